"""What everybody pays after the base shock: clearing with default costs, its defaults and its audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

import numpy as np
import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.audit import AuditTrail, audit_trail
from reporting.measures.contagion.clearing import Clearing, clear
from reporting.measures.contagion.figures.network import Network
from reporting.measures.contagion.threat import threat_index
from reporting.measures.measure import measure, step

PAPERS = "Eisenberg and Noe (2001); Rogers and Veraart (2013)"


@dataclass(frozen=True, eq=False)
class Choices:
    """How a network is cleared; alpha and beta are shares from 0 to 1."""

    alpha: float
    beta: float
    external_rank: str


@step
def clearing_choices(contagion_alpha: float, contagion_beta: float, contagion_external_rank: str) -> Choices:
    """The parameters of the clearing."""
    return Choices(contagion_alpha / 100, contagion_beta / 100, contagion_external_rank)


def cleared_after(network: Network, choices: Choices, shock: float, liabilities: object = None) -> Clearing:
    """The clearing after everybody has lost the share `shock` (0 to 1) of its external assets.

    liabilities   (n, n), instead of those of the network
    """
    return clear(
        network.liabilities if liabilities is None else liabilities,
        network.external_assets * (1 - shock),
        network.external_liabilities,
        external_rank=choices.external_rank,
        alpha=choices.alpha,
        beta=choices.beta,
    )


@step
def cleared(
    network: Network, clearing_choices: Choices, contagion_external_asset_shock: float
) -> Clearing | Unavailable:
    """The greatest clearing vector after the base shock."""
    if network.unusable:
        return Unavailable(network.unusable)
    found = cleared_after(network, clearing_choices, contagion_external_asset_shock / 100)
    if not found.certificate.converged:
        return Unavailable(f"the clearing did not converge, residual {found.certificate.residual:.1e}")
    return found


@measure(unit="money", reference=PAPERS, label="Clearing after the base shock", key="lei")
def clearing_results(network: Network, cleared: Clearing) -> pd.DataFrame:
    """Payments = obligations where external assets and receipts cover them, else what the estate realises.

    The greatest clearing vector; external creditors rank as chosen. Payments and obligations are those to institutions,
    and to external creditors too where these rank pari passu.
    """
    defaulted = cleared.defaulted
    rounds = np.where(defaulted, cleared.default_round, np.nan).astype(np.float64)
    table = pd.DataFrame(
        {
            "name": pd.Series(network.names, dtype=object),
            "defaulted": np.where(defaulted, "yes", "no").astype(object),
            "default_round": rounds,
            "external_assets": cleared.external_assets,
            "received": cleared.interbank_inflow,
            "obligations": cleared.obligations,
            "payments": cleared.payments,
            "shortfall": cleared.obligations - cleared.payments,
            "recovery_rate": cleared.recovery_rate * 100,
            "default_costs": cleared.default_costs,
            "equity_after": cleared.shareholder_equity,
            "threat_index": _threat(network, cleared),
        }
    )
    return table.set_index(pd.Index(network.leis, name="lei", dtype=object))


def _threat(network: Network, cleared: Clearing) -> FloatArray:
    """Threat index; blank for all where it is not finite, as in a circle of defaults that passes everything on."""
    try:
        return threat_index(network.liabilities, cleared)
    except ValueError:
        return np.full(network.size, np.nan)


@measure(unit="count", reference=PAPERS, label="Defaults after the base shock")
def clearing_defaults(clearing_results: pd.DataFrame) -> float:
    """Number of institutions that cannot pay in full."""
    return float((clearing_results["defaulted"] == "yes").sum())


@measure(unit="count", reference=PAPERS, label="Defaults through others")
def contagious_defaults(cleared: Clearing) -> float:
    """Defaults in a later round than the first: those that the shock alone does not bring down."""
    return float((cleared.default_round > 0).sum())


@measure(unit="money", reference=PAPERS, label="Obligations not paid after the base shock")
def clearing_shortfall(clearing_results: pd.DataFrame) -> float:
    """Sum of obligations less payments."""
    return fsum(clearing_results["shortfall"])


@measure(unit="money", reference=PAPERS, label="Of it to creditors outside the system")
def clearing_shortfall_outside(network: Network, cleared: Clearing) -> float:
    """What external creditors are not paid: where they rank alike their share of all that is not, else their own."""
    if cleared.senior_obligations.any():
        return fsum(cleared.senior_obligations - cleared.senior_payments)
    among: FloatArray = np.asarray(network.liabilities.sum(axis=1)).ravel()
    outside = np.divide(network.external_liabilities, cleared.obligations, out=np.zeros(network.size),
                        where=cleared.obligations > among)  # fmt: skip
    return fsum((cleared.obligations - cleared.payments) * outside)


@measure(unit="money", reference=PAPERS, label="Default costs after the base shock")
def clearing_default_costs(clearing_results: pd.DataFrame) -> float:
    """Sum of what estates lose of their external assets and of their receipts."""
    return fsum(clearing_results["default_costs"])


@measure(unit="%", reference=PAPERS, label="Equity lost after the base shock")
def clearing_equity_loss(network: Network, cleared: Clearing) -> float | Unavailable:
    """(Positive equity before - shareholders' equity after the base shock) / positive equity before."""
    if network.without_equity:
        return Unavailable(network.without_equity)
    return equity_lost(network, cleared) * 100


def equity_lost(network: Network, cleared: Clearing) -> float:
    """The share, 0 to 1, of all positive equity that is gone in a clearing; some institution must have any."""
    before = fsum(np.maximum(network.equity, 0.0))
    return (before - fsum(cleared.shareholder_equity)) / before


@step
def clearing_audit(network: Network, cleared: Clearing) -> AuditTrail:
    """The losses of the clearing, claim by claim."""
    return audit_trail(cleared, network.liabilities)


@measure(unit="money", reference=PAPERS, label="Audit trail of the clearing", key="entry")
def clearing_trail(network: Network, clearing_audit: AuditTrail) -> pd.DataFrame:
    """Every loss of an institution: in the round of default of the counterparty, through which claim, how much."""
    return trail_table(network, clearing_audit)


@measure(unit="", reference="own control", label="Audit trail against balance sheets")
def clearing_trail_difference(clearing_audit: AuditTrail) -> float:
    """Largest difference between the losses of the trail and opening less closing equity, relative to the amounts."""
    return clearing_audit.largest_difference


def trail_table(network: Network, trail: AuditTrail) -> pd.DataFrame:
    """The trail as a table figure by `entry`, institutions by name and identifier."""
    frame = trail.frame()
    who, other = frame["institution"].to_numpy(), frame["counterparty"].to_numpy()
    found = pd.DataFrame(
        {
            "lei": [network.leis[i] for i in who],
            "name": [network.names[i] for i in who],
            "cause": frame["cause"].astype(object),
            "counterparty": [network.leis[j] if j >= 0 else None for j in other],
            "counterparty_name": [network.names[j] if j >= 0 else None for j in other],
            "pair": [
                f"{network.leis[i]} | {network.leis[j]}" if j >= 0 else None for i, j in zip(who, other, strict=True)
            ],
            "round": np.where(frame["round"] >= 0, frame["round"], np.nan).astype(np.float64),
            "amount": frame["amount"],
        }
    ).astype(dict.fromkeys(("lei", "name", "counterparty", "counterparty_name", "pair"), object))
    return found.set_index(pd.Index([f"{n:05d}" for n in range(1, len(found) + 1)], name="entry", dtype=object))


MEASURES = (
    clearing_choices, cleared, clearing_results, clearing_defaults, contagious_defaults, clearing_shortfall,
    clearing_shortfall_outside,
    clearing_default_costs, clearing_equity_loss, clearing_audit, clearing_trail, clearing_trail_difference,
)  # fmt: skip
