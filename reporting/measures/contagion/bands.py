"""Any measure over many networks, as quantile bands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.network import Matrix, frozen


@dataclass(frozen=True, eq=False)
class Bands:
    """Quantiles of a measure over samples, in its own unit. Arrays are read-only.

    quantiles   (q,) shares from 0 to 1, ascending
    values      (q, ...) the measure at each quantile, element by element; between two samples linearly
    mean        (...)
    samples     number of networks
    """

    quantiles: FloatArray
    values: FloatArray
    mean: FloatArray
    samples: int


def bands(
    measure: Callable[[FloatArray | Matrix], npt.ArrayLike],
    samples: Iterable[FloatArray | Matrix],
    quantiles: Sequence[float] = (0.05, 0.5, 0.95),
) -> Bands:
    """The measure of every network, as quantiles.

    measure    takes exposures (n, n), dense or sparse; gives a number or an array, the same shape for every network
    samples    the networks, for example a `Reconstruction`
    quantiles  shares from 0 to 1

    Raises ValueError without samples, for shapes that differ and for results that are not finite: a quantile over the
    rest would not be one of the measure.
    """
    levels = np.sort(np.asarray(quantiles, dtype=np.float64))
    if levels.ndim != 1 or not len(levels) or not np.all((levels >= 0.0) & (levels <= 1.0)):
        raise ValueError(f"quantiles are {quantiles}, must be one or more shares from 0 to 1")
    found = [np.asarray(measure(network), dtype=np.float64) for network in samples]
    if not found:
        raise ValueError("there are no samples")
    shapes = {one.shape for one in found}
    if len(shapes) > 1:
        raise ValueError(f"the measure has different shapes over the samples: {sorted(shapes)}")
    stacked = np.stack(found)
    wrong = [number for number, one in enumerate(found) if not np.isfinite(one).all()]
    if wrong:
        raise ValueError(f"the measure is not finite for {len(wrong)} samples, the first of them number {wrong[0]}")
    values = np.quantile(stacked, levels, axis=0)
    return Bands(frozen(levels), frozen(values), frozen(np.asarray(stacked.mean(axis=0))), len(found))
