"""Upper bounds on the systemic loss of every single default, from one linear system (the adjoint)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import linalg

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.network import EPS, IntArray, Matrix, row_counts, times

LIFT = 1e-9  # by which the right-hand side is raised, so that the check below holds in spite of rounding
MOST_STEPS = 2_000


@dataclass(frozen=True)
class Adjoint:
    """Prices (n,): at least (I - Lambda^T)^-1 weights, in spite of rounding; radius: upper bound on that of Lambda."""

    prices: FloatArray
    radius: float


@np.errstate(over="ignore", invalid="ignore")
def adjoint(relative: Matrix, weights: FloatArray) -> Adjoint | None:
    """Prices of a unit of distress, proved; None if none was found, as always with a spectral radius of 1 or more.

    However they were computed, positive y with weights + Lambda^T y <= y are at least the exact prices, and prove that
    the spectral radius is below 1. This is checked with room for the rounding of every sum. Near a radius of 1 prices
    grow beyond all numbers: those that are not finite, or so large that rounding drowns the weights, prove nothing.
    """
    lifted = weights * (1 + LIFT) + LIFT * float(weights.mean())
    room = 1 + (_column_counts(relative) + 8) * EPS
    for prices in _candidates(relative, lifted):
        if not (np.isfinite(prices).all() and prices.min() > 0):
            continue
        passed = times(relative.T, prices)
        if np.all((weights + passed) * room <= prices):
            return Adjoint(prices, float(np.max(passed * room / prices)))
    return None


def _candidates(relative: Matrix, right: FloatArray) -> list[FloatArray]:
    n = len(right)
    system = linalg.LinearOperator((n, n), matvec=lambda x: x - relative.T @ x, dtype=np.float64)
    found, _ = linalg.bicgstab(system, right, x0=right, rtol=1e-13, atol=0.0, maxiter=MOST_STEPS)
    # Two steps of the iteration itself take off the roughness that the last Krylov step leaves.
    smooth = right + times(relative.T, found)
    return [found, right + times(relative.T, smooth)]


def _column_counts(matrix: Matrix) -> IntArray:
    return np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int64)


def loss_bounds(relative: Matrix, found: Adjoint) -> FloatArray:
    """At least the loss that the default of i brings to all others, (n,), in the unit of the weights.

    The first round is capped exactly, all later ones not at all: sum over j of prices[j] min(1, Lambda[j, i]).
    """
    hit = sparse.csr_array((np.minimum(relative.data, 1.0), relative.indices, relative.indptr), shape=relative.shape)
    return times(hit.T, found.prices) * (1 + (_column_counts(relative) + 8) * EPS)


def rounding_of_map(relative: Matrix, found: Adjoint) -> float:
    """What the rounding of one application of min(1, s + Lambda h) can add to a priced residual."""
    return float(found.prices @ (2.0 * (row_counts(relative) + 8))) * EPS
