"""How much of the results rests on who owes whom: the same measures over networks with the same sums."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.arrays import FloatArray, table_of
from reporting.measures.contagion.bands import Bands, bands
from reporting.measures.contagion.figures.clearing import Choices, cleared_after, equity_lost
from reporting.measures.contagion.figures.distress import run_single_defaults
from reporting.measures.contagion.figures.network import Network
from reporting.measures.contagion.gibbs import Prior
from reporting.measures.contagion.network import IntArray, Matrix
from reporting.measures.contagion.reconstruct import reconstruct
from reporting.measures.measure import measure, step

PAPER = "Gandy and Veraart (2016); Upper and Worms (2004); Anand, Craig and von Peter (2015)"
_OF_SYSTEM = {
    "claims": ("Claims", "count"),
    "clearing_defaults": ("Defaults after the base shock", "count"),
    "equity_lost": ("Equity lost after the base shock", "%"),
    "largest_impact": ("Largest impact of one default, of all equity", "%"),
    "mean_impact": ("Mean impact of one default, of all equity", "%"),
}
_QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Measures (m,) of one network, m = 5 of the system and then the impact of each institution; and their bands.

    drift   see `Reconstruction`
    """

    reported: FloatArray
    even: FloatArray
    sparse: FloatArray
    sampled: Bands
    drift: float


@step
def reconstructed(
    network: Network,
    clearing_choices: Choices,
    contagion_external_asset_shock: float,
    contagion_loss_given_default: float,
    contagion_band_samples: float,
    contagion_band_seed: float,
    contagion_band_burn_in: float,
    contagion_band_thinning: float,
    contagion_band_institutions: float,
) -> Uncertainty | Unavailable:
    """The measures over networks that have the sums of the reported one, whose density is the prior probability."""
    if reason := network.unusable or network.without_equity:
        return Unavailable(reason)
    if network.size > contagion_band_institutions:
        return Unavailable(
            f"bands are drawn for at most {contagion_band_institutions:g} institutions, the system has {network.size}"
        )
    share, lgd = contagion_external_asset_shock / 100, contagion_loss_given_default / 100

    # By size, so that the random networks are the same whatever institutions are called.
    order = np.lexsort((network.equity, network.obligations, network.claims))
    ordered = _in_order(network, order)

    def measures(exposures: object) -> FloatArray:
        return _measures(ordered, order, clearing_choices, exposures, share, lgd)

    density = network.exposures.nnz / (network.size * (network.size - 1))
    prior = Prior(density, None, int(contagion_band_burn_in), int(contagion_band_thinning))
    sums = ordered.claims, ordered.obligations
    drawn = reconstruct(
        *sums, method="gibbs", samples=int(contagion_band_samples), seed=int(contagion_band_seed), prior=prior
    )
    return Uncertainty(
        measures(ordered.exposures),
        measures(reconstruct(*sums).network.exposures()),
        measures(reconstruct(*sums, method="minimum_density").network.exposures()),
        bands(measures, drawn, _QUANTILES),
        math.nan if drawn.drift is None else drawn.drift,
    )


def _in_order(network: Network, order: IntArray) -> Network:
    exposures: Matrix = network.exposures[order][:, order]
    exposures.sort_indices()
    return Network(
        leis=tuple(network.leis[n] for n in order),
        names=tuple(network.names[n] for n in order),
        exposures=exposures,
        equity=network.equity[order],
        external_assets=network.external_assets[order],
        external_liabilities=network.external_liabilities[order],
    )


def _measures(
    network: Network, order: IntArray, choices: Choices, exposures: object, shock: float, lgd: float
) -> FloatArray:
    """The measures of exposures in the order of the network; those by institution in the order from which it came."""
    cleared = cleared_after(network, choices, shock, exposures.T)  # type: ignore[attr-defined]
    impact = run_single_defaults(exposures, network.equity, lgd).loss.sum(axis=0)
    whole = np.maximum(network.equity, 0.0).sum()
    shares = impact / whole * 100
    claims = np.count_nonzero(exposures) if isinstance(exposures, np.ndarray) else exposures.nnz  # type: ignore[attr-defined]
    of_system = [claims, cleared.defaulted.sum(), equity_lost(network, cleared) * 100, shares.max(), shares.mean()]
    by_institution = np.empty_like(shares)
    by_institution[order] = shares
    return np.concatenate([np.array(of_system, dtype=np.float64), by_institution])


@measure(unit="", reference=PAPER, label="Uncertainty bands of the system", key="measure")
def system_bands(reconstructed: Uncertainty) -> pd.DataFrame:
    """Each measure on the reported network, an even one, one with few claims, and its quantiles over random ones."""
    rows = {
        name: [label, unit, *_row(reconstructed, place)]
        for place, (name, (label, unit)) in enumerate(_OF_SYSTEM.items())
    }
    return table_of("measure", rows, ("label", "unit"), _COLUMNS)


@measure(unit="%", reference=PAPER, label="Uncertainty bands of impact", key="lei")
def impact_bands(network: Network, reconstructed: Uncertainty) -> pd.DataFrame:
    """Impact of the default of each, of all equity, on the reported network and over networks of the same sums."""
    rows = {lei: [network.names[i], *_row(reconstructed, len(_OF_SYSTEM) + i)] for i, lei in enumerate(network.leis)}
    return table_of("lei", rows, ("name",), _COLUMNS)


@measure(unit="", reference=PAPER, label="Drift of the random networks")
def sampler_drift(reconstructed: Uncertainty) -> float | Unavailable:
    """Change of the mean number of claims in the second half of the burn-in, in standard errors over the chains.

    Beyond 3 either way the networks still remembered where the sampler began, and the bands are too early.
    """
    return reconstructed.drift if math.isfinite(reconstructed.drift) else Unavailable("there are fewer than ten chains")


_COLUMNS = ("reported", "even", "sparse", "low", "median", "high")


def _row(found: Uncertainty, place: int) -> list[float]:
    quantiles = found.sampled.values[:, place].tolist()
    return [float(found.reported[place]), float(found.even[place]), float(found.sparse[place]), *quantiles]


MEASURES = (reconstructed, system_bands, impact_bands, sampler_drift)
