"""Default by default: the cascade of the costliest default over claims, and what it withdraws of funding."""

from __future__ import annotations

from math import fsum

import numpy as np
import pandas as pd
from scipy import sparse

from reporting.figures import Unavailable
from reporting.measures.arrays import per_cent, table_of
from reporting.measures.contagion.audit import AuditTrail, audit_trail
from reporting.measures.contagion.cascade import Cascade, default_cascade
from reporting.measures.contagion.figures.clearing import trail_table
from reporting.measures.contagion.figures.network import Network
from reporting.measures.contagion.funding_cascade import FundingCascade, funding_cascade
from reporting.measures.contagion.network import IntArray
from reporting.measures.contagion.ranking import Ranking
from reporting.measures.measure import measure, step

PAPER = "Furfine (2003)"
FUNDING = "Gai and Kapadia (2010)"


@step
def cascade(
    network: Network, ranked: Ranking, contagion_cascade_loss_given_default: float, contagion_equality_defaults: bool
) -> Cascade:
    """The cascade that the costliest default begins."""
    return default_cascade(
        network.exposures,
        network.equity,
        [int(ranked.institutions[0])],
        loss_given_default=contagion_cascade_loss_given_default / 100,
        equality_defaults=contagion_equality_defaults,
    )


@measure(unit="money", reference=PAPER, label="Cascade by institution", key="lei")
def cascade_results(network: Network, cascade: Cascade) -> pd.DataFrame:
    """An institution defaults when loss given default x its claims on all in default reach its equity."""
    rows = {}
    for i in _by_round(cascade.default_round):
        if cascade.defaulted[i] or cascade.loss[i] > 0:
            own, loss, number = float(network.equity[i]), float(cascade.loss[i]), float(cascade.default_round[i])
            defaulted = "yes" if cascade.defaulted[i] else "no"
            rows[network.leis[i]] = [
                network.names[i], defaulted, number if number >= 0 else float("nan"), loss, own,
                per_cent(loss, own),
            ]  # fmt: skip
    return table_of("lei", rows, ("name", "defaulted"), ("round", "loss", "equity", "of_equity"))


@measure(unit="money", reference=PAPER, label="Cascade by round", key="round")
def cascade_rounds(cascade_results: pd.DataFrame) -> pd.DataFrame:
    """Defaults of each round, the first being the one that begins, and the equity of those that default in it."""
    fallen = cascade_results[cascade_results["defaulted"] == "yes"]
    rows = {
        f"{number:g}": [float(len(group)), fsum(np.maximum(group["equity"], 0.0))]
        for number, group in fallen.groupby("round", sort=True)
    }
    return table_of("round", rows, (), ("defaults", "equity"))


@measure(unit="count", reference=PAPER, label="Defaults in the cascade of the costliest default")
def cascade_defaults(cascade_rounds: pd.DataFrame) -> float:
    """Number of defaults in all rounds, the one that begins included."""
    return fsum(cascade_rounds["defaults"])


@step
def cascade_audit(network: Network, cascade: Cascade) -> AuditTrail:
    """The losses of the cascade, claim by claim."""
    return audit_trail(cascade, network.exposures)


@measure(unit="money", reference=PAPER, label="Audit trail of the cascade", key="entry")
def cascade_trail(network: Network, cascade_audit: AuditTrail) -> pd.DataFrame:
    """Every loss of an institution: in the round of default of the counterparty, through which claim, how much."""
    return trail_table(network, cascade_audit)


@step
def runnable(network: Network, claims: pd.DataFrame) -> sparse.csr_array | Unavailable:
    """(n, n) funding that can be called back at once: [i, j] of j by i, as the borrowers report it."""
    told = claims[(claims["side"] == "borrower") & claims["runnable_share"].notna()]
    if told.empty:
        return Unavailable("no institution reports what share of its funding can be called back (runnable_share)")
    i, j = (told[end].map(network.place).to_numpy(dtype=np.int64) for end in ("lender", "borrower"))
    amounts = (told["amount"] * told["runnable_share"]).to_numpy(dtype=np.float64)
    return sparse.csr_array(sparse.coo_array((amounts, (i, j)), shape=network.exposures.shape))


@step
def hoarding(
    network: Network, runnable: sparse.csr_array, cascade: Cascade, contagion_liquid_share: float
) -> FundingCascade | Unavailable:
    """Who calls funding back once those that default in the cascade do."""
    if network.unusable:
        return Unavailable(network.unusable)
    liquid = network.external_assets * contagion_liquid_share / 100
    return funding_cascade(runnable, liquid, cascade.defaulted)


@measure(unit="money", reference=FUNDING, label="Funding cascade", key="lei")
def funding_results(network: Network, hoarding: FundingCascade, contagion_liquid_share: float) -> pd.DataFrame:
    """An institution calls its funding back when what is called back from it exceeds its liquid assets.

    Those that default in the cascade begin.
    """
    rows = {}
    for i in _by_round(hoarding.round):
        if hoarding.hoards[i] or hoarding.withdrawn[i] > 0:
            number = float(hoarding.round[i])
            rows[network.leis[i]] = [
                network.names[i], "yes" if hoarding.hoards[i] else "no", number if number >= 0 else float("nan"),
                float(hoarding.withdrawn[i]), float(network.external_assets[i]) * contagion_liquid_share / 100,
            ]  # fmt: skip
    return table_of("lei", rows, ("name", "calls_back"), ("round", "called_back_from_it", "liquid_assets"))


@measure(unit="count", reference=FUNDING, label="Institutions that call funding back")
def hoarding_count(funding_results: pd.DataFrame) -> float:
    """Number of institutions that call their funding back, those in default included."""
    return float((funding_results["calls_back"] == "yes").sum())


def _by_round(rounds: IntArray) -> list[int]:
    """Positions by round, those that are never reached last."""
    last = np.where(rounds < 0, np.iinfo(np.int64).max, rounds)
    found: list[int] = np.argsort(last, kind="stable").tolist()
    return found


MEASURES = (
    cascade, cascade_results, cascade_rounds, cascade_defaults, cascade_audit, cascade_trail, runnable, hoarding,
    funding_results, hoarding_count,
)  # fmt: skip
