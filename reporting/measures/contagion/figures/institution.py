"""One institution inside the system: what it loses through whom, whom it hits, and how it fares after the shocks."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.arrays import FloatArray, per_cent, table_of
from reporting.measures.contagion.clearing import Clearing
from reporting.measures.contagion.figures.clearing import Choices, cleared_after
from reporting.measures.contagion.figures.distress import SingleDefaults
from reporting.measures.contagion.figures.network import OWN, Network
from reporting.measures.contagion.reverse import smallest_shock
from reporting.measures.measure import measure

DEBTRANK = "Bardoscia et al. (2015)"
CLEARING = "Eisenberg and Noe (2001); Rogers and Veraart (2013)"
_WIDTH = 1e-6


def _number(table: pd.DataFrame, key: str, column: str) -> float:
    return float(table[column].to_dict()[key])


@measure(unit="money", reference=OWN, label="Equity")
def own_equity(institutions: pd.DataFrame, institution: str) -> float:
    """Equity of the institution as reported."""
    return _number(institutions, institution, "equity")


@measure(unit="money", reference=OWN, label="Claims on others in the system")
def own_claims(bilateral_claims: pd.DataFrame, institution: str) -> float:
    """Sum of the claims of the institution on others in the system."""
    return float(bilateral_claims.loc[bilateral_claims["lender"] == institution, "claim"].sum())


@measure(unit="money", reference=OWN, label="Obligations to others in the system")
def own_obligations(bilateral_claims: pd.DataFrame, institution: str) -> float:
    """Sum of the claims of others in the system on the institution."""
    return float(bilateral_claims.loc[bilateral_claims["borrower"] == institution, "claim"].sum())


@measure(unit="money", reference=DEBTRANK, label="Impact of its default")
def own_impact(impact_and_vulnerability: pd.DataFrame, institution: str) -> float:
    """Loss of all others when the institution defaults."""
    return _number(impact_and_vulnerability, institution, "impact")


@measure(unit="%", reference=DEBTRANK, label="Impact of its default to the equity of all others")
def own_impact_share(impact_and_vulnerability: pd.DataFrame, institution: str) -> float | Unavailable:
    """Loss of all others / their equity."""
    share = _number(impact_and_vulnerability, institution, "impact_share")
    return share if math.isfinite(share) else Unavailable("no other institution has equity above zero")


@measure(unit="count", reference=DEBTRANK, label="Place by impact")
def own_place(impact_and_vulnerability: pd.DataFrame, institution: str) -> float:
    """1 + number of institutions whose default costs the others more."""
    impact = impact_and_vulnerability["impact"]
    return float((impact > impact.loc[institution]).sum() + 1)


@measure(unit="%", reference=DEBTRANK, label="Vulnerability")
def own_vulnerability(impact_and_vulnerability: pd.DataFrame, institution: str) -> float:
    """Mean share of its equity that the institution loses when another one defaults."""
    return _number(impact_and_vulnerability, institution, "vulnerability")


@measure(unit="%", reference=DEBTRANK, label="Hardest hit by one default")
def own_hardest_hit(impact_and_vulnerability: pd.DataFrame, institution: str) -> float:
    """Largest share of its equity that the institution loses when one other defaults."""
    return _number(impact_and_vulnerability, institution, "hardest_hit")


@measure(unit="", reference=DEBTRANK, label="Institution whose default hits it hardest")
def own_hardest_hit_by(impact_and_vulnerability: pd.DataFrame, institution: str) -> str | Unavailable:
    """The other institution whose default costs it most."""
    found = impact_and_vulnerability["hardest_hit_by_name"].to_dict()[institution]
    return found if isinstance(found, str) else Unavailable("no default of another costs it anything")


@measure(unit="money", reference=DEBTRANK, label="Who hits it", key="pair")
def who_hits_it(network: Network, single_defaults: SingleDefaults, institution: str) -> pd.DataFrame:
    """Loss of the institution when each other one defaults, with its claim on it, if it has one; largest loss first."""
    i = network.place[institution]
    return _hits(network, single_defaults.loss[i], institution, lends=True)


@measure(unit="money", reference=DEBTRANK, label="Whom it hits", key="pair")
def whom_it_hits(network: Network, single_defaults: SingleDefaults, institution: str) -> pd.DataFrame:
    """Loss of each other institution when this one defaults, with its claim on it, if any; largest loss first."""
    i = network.place[institution]
    return _hits(network, single_defaults.loss[:, i], institution, lends=False)


def _hits(network: Network, losses: FloatArray, institution: str, *, lends: bool) -> pd.DataFrame:
    place = network.place[institution]
    own = network.equity[place]
    claims = (network.exposures if lends else network.liabilities)[[place], :].toarray()[0]
    rows = {}
    for j in np.argsort(-losses, kind="stable").tolist():
        other = network.leis[j]
        pair = f"{institution} | {other}" if lends else f"{other} | {institution}"
        claim = float(claims[j])
        equity = float(own if lends else network.equity[j])
        if other != institution and (losses[j] > 0 or claim > 0):
            rows[pair] = [other, network.names[j], claim, float(losses[j]), per_cent(float(losses[j]), equity)]
    return table_of("pair", rows, ("counterparty", "counterparty_name"), ("claim", "loss", "of_equity"))


@measure(unit="%", reference=CLEARING, label="Paid of its obligations after the base shock")
def own_recovery_rate(clearing_results: pd.DataFrame, institution: str) -> float:
    """Payments / obligations of the institution; 100 % where it is not in default."""
    return _number(clearing_results, institution, "recovery_rate")


@measure(unit="", reference=CLEARING, label="Survives the base shock")
def own_survival(clearing_results: pd.DataFrame, institution: str) -> bool:
    """The institution pays in full after the base shock."""
    return bool(clearing_results.loc[institution, "defaulted"] == "no")


@measure(unit="money", reference=CLEARING, label="Equity after the base shock")
def own_equity_after(clearing_results: pd.DataFrame, institution: str) -> float:
    """What is left for its shareholders after the base shock and the losses on others."""
    return _number(clearing_results, institution, "equity_after")


@measure(unit="%", reference=CLEARING, label="Smallest common shock that brings it down")
def own_smallest_shock(
    network: Network, clearing_choices: Choices, cleared: Clearing, institution: str
) -> float | Unavailable:
    """Share of external assets that everybody must lose before the institution cannot pay in full.

    The upper end of the bracket of a bisection.
    """
    i = network.place[institution]
    if cleared.obligations[i] <= 0:
        return Unavailable("it owes nothing and cannot default")

    def fails(shock: float) -> float:
        return float(cleared_after(network, clearing_choices, shock).defaulted[i])

    found = smallest_shock(fails, 1.0, tolerance=_WIDTH)
    return Unavailable("no common shock brings it down") if found.upper is None else found.upper * 100


@measure(unit="%", reference="Gandy and Veraart (2016)", label="Uncertainty band of its impact", key="lei")
def own_impact_band(impact_bands: pd.DataFrame, institution: str) -> pd.DataFrame:
    """Impact of its default, of all equity, on the reported network and over networks of the same sums."""
    return impact_bands.loc[[institution]]


MEASURES = (
    own_equity, own_claims, own_obligations, own_impact, own_impact_share, own_place, own_vulnerability,
    own_hardest_hit, own_hardest_hit_by, who_hits_it, whom_it_hits, own_recovery_rate, own_survival, own_equity_after,
    own_smallest_shock, own_impact_band,
)  # fmt: skip
