"""DebtRank: what each single default costs the others, who is hit by whom, and the base shock as distress."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum

import numpy as np
import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.arrays import FloatArray, per_cent, table_of
from reporting.measures.contagion.debtrank import DebtRank, debtrank
from reporting.measures.contagion.figures.network import Network
from reporting.measures.contagion.impact import Impact, impact
from reporting.measures.contagion.network import IntArray
from reporting.measures.measure import measure, step

PAPER = "Bardoscia et al. (2015)"
_MOST = 2_000  # institutions of which all single defaults are run, a matrix of 32 MB
_ALIKE = 1e-12  # distress, a share of equity, that counts as the same
_PATHS = 150  # institutions for which paths are summed, in time of the fourth power


@dataclass(frozen=True, eq=False)
class SingleDefaults:
    """Distress of everybody by the default of each, beyond what those already in default bring anyway.

    distress   (n, n), 0 to 1; [i, j] is what the default of j adds to that of i, the diagonal zero
    loss       (n, n), currency; the same times equity
    caused     (n,) how many others default when j does, and would not anyway
    """

    distress: FloatArray
    loss: FloatArray
    caused: IntArray
    result: DebtRank


def run_single_defaults(exposures: object, equity: FloatArray, loss_given_default: float) -> SingleDefaults:
    """DebtRank of the default of each institution; loss given default is a share from 0 to 1."""
    n = len(equity)
    nobody = np.zeros((n, 1))
    found = debtrank(exposures, equity, np.hstack([np.eye(n), nobody]), loss_given_default=loss_given_default)
    added = np.maximum(found.distress[:, :n] - found.distress[:, n:], 0.0)
    np.fill_diagonal(added, 0.0)
    new = found.defaulted[:, :n] & ~found.defaulted[:, n:]
    np.fill_diagonal(new, val=False)
    return SingleDefaults(added, added * np.maximum(equity, 0.0)[:, np.newaxis], new.sum(axis=0), found)


@step
def single_defaults(network: Network, contagion_loss_given_default: float) -> SingleDefaults | Unavailable:
    """All single defaults of a system that is not too large for it."""
    if network.size > _MOST:
        return Unavailable(
            f"all single defaults are run in systems of at most {_MOST:,} institutions, this one has {network.size:,}; "
            "the ranking has the costliest of them"
        )
    found = run_single_defaults(network.exposures, network.equity, contagion_loss_given_default / 100)
    if not found.result.certificate.converged:
        return Unavailable("DebtRank did not converge for every single default")
    return found


@measure(unit="money", reference=PAPER, label="Impact and vulnerability", key="lei")
def impact_and_vulnerability(network: Network, single_defaults: SingleDefaults) -> pd.DataFrame:
    """Impact: loss of all others by its default; vulnerability: mean share of its equity lost when another defaults.

    hardest_hit is the largest such share, in per cent, and hardest_hit_by the default that brings it; of several that
    bring the same, the one on whom the claim is largest. What those already in default bring anyway counts nowhere.
    """
    distress, loss, n = single_defaults.distress, single_defaults.loss, network.size
    others = distress.copy()
    np.fill_diagonal(others, -1.0)
    worst, ties = _hardest(network, others)
    whole = fsum(np.maximum(network.equity, 0.0))
    rows = {}
    for i, lei in enumerate(network.leis):
        cost, rest = fsum(loss[:, i]), whole - max(float(network.equity[i]), 0.0)
        mean = fsum(distress[i]) / (n - 1) * 100
        hit = float(others[i, worst[i]]) * 100
        through = network.leis[worst[i]] if hit > 0 else None
        alike = f" and {ties[i]} more" if ties[i] else ""
        through_name = f"{network.names[worst[i]]}{alike}" if hit > 0 else None
        rows[lei] = [
            network.names[i],
            through,
            through_name,
            cost,
            per_cent(cost, rest),
            mean,
            hit,
            float(single_defaults.caused[i]),
        ]
    return table_of(
        "lei", rows, ("name", "hardest_hit_by", "hardest_hit_by_name"),
        ("impact", "impact_share", "vulnerability", "hardest_hit", "defaults_caused"),
    )  # fmt: skip


def _hardest(network: Network, others: FloatArray) -> tuple[IntArray, list[int]]:
    """(n,) whose default hits each hardest, and how many other defaults hit it as hard."""
    claims = network.exposures.toarray()
    alike = others >= others.max(axis=1, keepdims=True) - _ALIKE
    worst = np.where(alike, claims, -1.0).argmax(axis=1)
    return worst, (alike.sum(axis=1) - 1).tolist()


@measure(unit="money", reference=PAPER, label="Largest impact of one default")
def largest_impact(impact_and_vulnerability: pd.DataFrame) -> float:
    """Largest loss of all others by the default of one institution."""
    return float(impact_and_vulnerability["impact"].max())


@measure(unit="%", reference=PAPER, label="Largest impact of one default to equity")
def largest_impact_share(network: Network, impact_and_vulnerability: pd.DataFrame) -> float | Unavailable:
    """Largest share of the equity of all others that is lost by the default of one institution."""
    if network.without_equity:
        return Unavailable(network.without_equity)
    return float(impact_and_vulnerability["impact_share"].max())


@measure(unit="%", reference=PAPER, label="Mean vulnerability")
def mean_vulnerability(impact_and_vulnerability: pd.DataFrame) -> float:
    """Mean over institutions of the mean share of equity that is lost when another one defaults."""
    return fsum(impact_and_vulnerability["vulnerability"]) / len(impact_and_vulnerability)


@measure(unit="money", reference=PAPER, label="Losses by counterparty", key="pair")
def losses_by_counterparty(
    network: Network, single_defaults: SingleDefaults, contagion_loss_given_default: float
) -> pd.DataFrame:
    """Loss of the lender by the borrower's default: at once, claim x loss given default, and in all by DebtRank.

    In all means with what comes back through the network, beyond what those already in default bring anyway; it is at
    most the equity of the lender.
    """
    rows = dict(_losses(network, single_defaults, contagion_loss_given_default / 100))
    texts = ("lender", "borrower", "lender_name", "borrower_name")
    return table_of("pair", rows, texts, ("claim", "direct_loss", "loss", "of_equity"))


def _losses(network: Network, defaults: SingleDefaults, lgd: float) -> Iterator[tuple[str, list[object]]]:
    entries = network.exposures.tocoo()
    for i, j, claim in zip(entries.row.tolist(), entries.col.tolist(), entries.data.tolist(), strict=True):
        ends = [network.leis[i], network.leis[j], network.names[i], network.names[j]]
        loss, own = float(defaults.loss[i, j]), float(network.equity[i])
        yield f"{network.leis[i]} | {network.leis[j]}", [*ends, claim, claim * lgd, loss, per_cent(loss, own)]


@step
def shocked(
    network: Network, contagion_external_asset_shock: float, contagion_loss_given_default: float
) -> DebtRank | Unavailable:
    """DebtRank of the base shock: external assets lost / equity, at most 1."""
    if network.unusable:
        return Unavailable(network.unusable)
    lost = network.external_assets * contagion_external_asset_shock / 100
    positive = network.equity > 0
    shock = np.minimum(1.0, np.divide(lost, network.equity, out=np.ones(network.size), where=positive))
    found = debtrank(network.exposures, network.equity, shock, loss_given_default=contagion_loss_given_default / 100)
    return found if found.certificate.converged else Unavailable("DebtRank of the base shock did not converge")


@measure(unit="money", reference=PAPER, label="Distress after the base shock", key="lei")
def distress_results(network: Network, shocked: DebtRank) -> pd.DataFrame:
    """Least solution of distress = min(1, shock + loss given default x claims / equity x distress of the debtors)."""
    own = np.maximum(network.equity, 0.0)
    rows = {
        lei: [
            network.names[i], own[i] * shocked.shock[i], own[i] * (shocked.distress[i] - shocked.shock[i]),
            shocked.shock[i] * 100, shocked.distress[i] * 100,
        ]
        for i, lei in enumerate(network.leis)
    }  # fmt: skip
    return table_of("lei", rows, ("name",), ("shock_loss", "further_loss", "shock", "distress"))


@measure(unit="money", reference=PAPER, label="Loss by the base shock itself")
def shock_loss(distress_results: pd.DataFrame) -> float:
    """Sum of the equity lost by the base shock, at most the equity of each institution."""
    return fsum(distress_results["shock_loss"])


@measure(unit="money", reference=PAPER, label="Further loss through the network")
def network_loss(distress_results: pd.DataFrame) -> float:
    """Sum of the equity lost through distress of debtors."""
    return fsum(distress_results["further_loss"])


@step
def paths(network: Network) -> Impact | Unavailable:
    """Susceptibility and diffusion of a system that is not too large for it."""
    if network.size > _PATHS:
        return Unavailable(f"paths are summed in systems of at most {_PATHS} institutions, this one has {network.size}")
    return impact(network.exposures, network.equity)


@measure(unit="", reference="Silva, Souza and Tabak (2015)", label="Susceptibility and diffusion", key="lei")
def diffusion(network: Network, paths: Impact) -> pd.DataFrame:
    """Criticality and vulnerability by direct exposures to equity; susceptibility and diffusion by paths."""
    columns = ("criticality", "vulnerability", "susceptibility", "diffusion_start", "diffusion_intermediate")
    rows = {
        lei: [network.names[i], *(float(getattr(paths, column)[i]) for column in columns)]
        for i, lei in enumerate(network.leis)
    }
    return table_of("lei", rows, ("name",), columns)


@measure(unit="", reference="Silva, Souza and Tabak (2015)", label="Fluidity")
def fluidity(paths: Impact) -> float:
    """Mean susceptibility: above 1, institutions are vulnerable to those that they have no claims on."""
    return paths.fluidity


MEASURES = (
    single_defaults, impact_and_vulnerability, largest_impact, largest_impact_share, mean_vulnerability,
    losses_by_counterparty, shocked, distress_results, shock_loss, network_loss, paths, diffusion, fluidity,
)  # fmt: skip
