"""The costliest single defaults, with a bound for everybody and the proof."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.contagion.figures.network import Network
from reporting.measures.contagion.ranking import Ranking, rank_institutions
from reporting.measures.measure import measure, step

PAPER = "Bardoscia et al. (2015); adjoint bounds, own"


@step
def ranked(
    network: Network,
    contagion_loss_given_default: float,
    contagion_ranking_length: float,
    contagion_ranking_most_runs: float,
) -> Ranking | Unavailable:
    """The costliest single defaults."""
    found = rank_institutions(
        network.exposures,
        network.equity,
        top=int(contagion_ranking_length),
        loss_given_default=contagion_loss_given_default / 100,
        max_exact=int(contagion_ranking_most_runs),
    )
    return found if len(found.institutions) else Unavailable("every institution is in default at the outset")


@measure(unit="money", reference=PAPER, label="Ranking by systemic loss", key="lei")
def systemic_ranking(network: Network, ranked: Ranking) -> pd.DataFrame:
    """Loss of all others by the default of each, largest first; for everybody an upper bound on that loss."""
    listed = ranked.institutions.tolist()
    rest = np.setdiff1d(np.argsort(-ranked.bounds, kind="stable"), listed, assume_unique=True).tolist()
    order = [*listed, *rest]
    loss = dict(zip(listed, ranked.loss.tolist(), strict=True))
    error = dict(zip(listed, ranked.error_bound.tolist(), strict=True))
    nan = float("nan")
    table = pd.DataFrame(
        {
            "name": [network.names[i] for i in order],
            "was_run": ["yes" if ranked.run[i] else "no" for i in order],
            "rank": [float(n) if n <= len(listed) else nan for n in range(1, len(order) + 1)],
            "loss": [loss.get(i, nan) for i in order],
            "error_bound": [error.get(i, nan) for i in order],
            "bound": ranked.bounds[order],
        }
    ).astype({"name": object, "was_run": object})
    return table.set_index(pd.Index([network.leis[i] for i in order], name="lei", dtype=object))


@measure(unit="", reference=PAPER, label="Proof of the ranking")
def ranking_proof(ranked: Ranking) -> str:
    """Whether no other institution can have a loss above the last of the list, and how that is known."""
    runs = int(ranked.run.sum())
    said = f"{runs} single default{'s' if runs != 1 else ''} run"
    if ranked.proven:
        rest = "nobody is left" if not ranked.next_bound else "the bound of everybody else is lower"
        return f"proven: {said}, {rest}"
    return f"not proven: {said}, " + ("and another may cost more" if ranked.converged else "not all to their tolerance")


@measure(unit="money", reference=PAPER, label="Largest bound of those that were not run")
def ranking_next_bound(ranked: Ranking) -> float:
    """No institution whose default was not run can cost the others more than this."""
    return ranked.next_bound


@measure(unit="", reference=PAPER, label="Ranking is proven")
def ranking_proven(ranked: Ranking) -> bool:
    """The last loss of the list is at least the bound of everybody who is not on it."""
    return ranked.proven


@measure(unit="", reference=PAPER, label="Spectral radius")
def spectral_radius(ranked: Ranking) -> float:
    """Largest eigenvalue of loss given default x claims / equity: from 1 on distress grows until equity is gone."""
    return ranked.spectral_radius


@measure(unit="", reference=PAPER, label="Costliest default")
def costliest_default(network: Network, ranked: Ranking) -> str:
    """The institution whose default costs the others most."""
    return network.names[int(ranked.institutions[0])]


MEASURES = (
    ranked, systemic_ranking, ranking_proof, ranking_next_bound, ranking_proven, spectral_radius, costliest_default,
)  # fmt: skip
