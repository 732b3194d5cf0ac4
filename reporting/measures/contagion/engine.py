"""The monotone fixed-point engine under clearing, DebtRank and the cascades.

All of them ask for the least solution of y = F(y), y >= 0, with F monotone: what obligors fail to pay, relative
losses, sets of defaults. `least_increase` solves the piece where F is linear up to caps; `spread` adds the thresholds,
each of which switches an institution on for good; `climb` takes any monotone and continuous F.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.active_set import least_by_active_sets
from reporting.measures.contagion.decay import ROUNDING_ALLOWED, Windows, largest
from reporting.measures.contagion.network import EPS, NEVER, BoolArray, IntArray, Matrix

Product = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Increase:
    """The least solution of h = min(cap, source + M h).

    value         (n,) or (n, m)
    full_at       application at which the cap was reached, 0 for the source itself, NEVER if not
    iterations    matrix-vector products
    error_bound   relative to the scale; None if none was found
    rate          upper bound on the decay by application; None after an exact solution
    method        `iteration` or `active sets`
    converged     what is still to come is within the tolerance, and rounding not far above it
    """

    value: FloatArray
    full_at: IntArray
    iterations: int
    error_bound: float | None
    rate: float | None
    method: str
    converged: bool


def least_increase(
    product: Product,
    source: FloatArray,
    cap: FloatArray,
    *,
    scale: FloatArray | float,
    tolerance: float,
    matrix: Callable[[], Matrix],
    window: int = 8,
    most: int = 20_000,
) -> Increase:
    """Least h with h = min(cap, source + M h), M not negative: by iteration from the source, else exactly.

    product, matrix   h -> M h, and M itself, which is asked for only when the iteration is too slow
    source, cap       (n,) or (n, m), not negative; a cap of 0 keeps an institution out
    scale             what errors are measured against: (n, 1), (n,) or a number
    window, most      applications between two looks at the error bound, and at most in all
    """
    value = np.minimum(source, cap)
    full = value >= cap
    full_at = np.where(full, 0, NEVER).astype(np.int64)
    count, windows = int(np.count_nonzero(full)), Windows(value, window, scale, tolerance)
    for used in range(1, most + 1):
        value = product(value)
        value += source
        np.greater_equal(value, cap, out=full)
        now = int(np.count_nonzero(full))
        if now:
            np.minimum(value, cap, out=value)
        if now != count:
            full_at[full & (full_at == NEVER)] = used
            count = now
            windows.disturbed()
        if used == windows.end and windows.closed(value, used):
            return Increase(value, full_at, used, windows.error, windows.rate, "iteration", windows.accurate)
    return _exactly(matrix(), source, cap, full_at, most, scale, tolerance)


def _exactly(
    matrix: Matrix,
    source: FloatArray,
    cap: FloatArray,
    full_at: IntArray,
    used: int,
    scale: FloatArray | float,
    tolerance: float,
) -> Increase:
    """Column by column by active sets; what reaches its cap only in the limit does so after the last application."""
    columns = source.reshape(len(source), -1)
    caps = np.broadcast_to(cap.reshape(len(source), -1), columns.shape)
    found = [least_by_active_sets(matrix, columns[:, k], caps[:, k]) for k in range(columns.shape[1])]
    value, residual, error = (
        np.stack(parts, axis=1).reshape(source.shape)
        for parts in zip(*((one.value, one.residual, one.error) for one in found), strict=True)
    )
    full_at = np.where((value >= cap) & (full_at == NEVER), used + 1, full_at)
    used += sum(one.products for one in found)
    # The sets are exact. Of a nearly singular system the residual is small and the error is what the data leave open.
    solved = largest(residual, scale) <= ROUNDING_ALLOWED * tolerance
    return Increase(value, full_at, used, largest(error, scale), None, "active sets", bool(solved))


@dataclass(frozen=True)
class Spread:
    """The least set and state that no threshold leaves.

    value, active, rounds   state, who is on, in which round (NEVER if not)
    pressure                what is compared with the thresholds, at the end
    last                    the last increase, for its error bound; None if nobody was switched on
    iterations, converged   over all rounds
    """

    value: FloatArray
    active: BoolArray
    rounds: IntArray
    pressure: FloatArray
    last: Increase | None
    iterations: int
    converged: bool


Settle = Callable[[BoolArray, BoolArray, FloatArray], "FloatArray | Increase"]


def spread(
    pressure: FloatArray, product: Product, fires: Callable[[FloatArray], BoolArray], settle: Settle, seeds: BoolArray
) -> Spread:
    """Switch on whoever `fires`, let the state settle, and look again, until nobody is added.

    pressure   at the start, of whatever shape `fires` takes; product(increment of the state) is added in each round
    settle     (active, new, pressure) -> increment of the state, (n,)
    seeds      (n,), on in round 0 whatever their pressure

    The set only grows and every state is below the least solution, so the last set is exact, jumps of the map included;
    at most n rounds.
    """
    active = np.zeros(len(seeds), dtype=np.bool_)
    rounds = np.full(len(seeds), NEVER, dtype=np.int64)
    value, last, used, converged, number = np.zeros(len(seeds)), None, 0, True, 0
    new = fires(pressure) | seeds
    while new.any():
        active |= new
        rounds[new] = number
        settled = settle(active, new, pressure)
        if isinstance(settled, Increase):
            last, used, converged = settled, used + settled.iterations, converged and settled.converged
            settled = settled.value
        value += settled
        pressure = pressure + product(settled)
        used, number = used + 1, number + 1
        new = fires(pressure) & ~active
    return Spread(value, active, rounds, pressure, last, used, converged)


@dataclass(frozen=True)
class Climb:
    """A fixed point reached from below; residual: the last step; all else as in `Increase`."""

    value: FloatArray
    full_at: IntArray
    iterations: int
    residual: float
    error_bound: float | None
    converged: bool


def climb(apply: Product, start: FloatArray, *, cap: float, tolerance: float, most: int = 100_000) -> Climb:
    """Least fixed point of a monotone continuous map at or above `start`, where start <= apply(start) <= cap.

    The error bound is a bracket: if apply(upper) <= upper for some upper above the value, then the fixed point lies
    between the two, whatever the slope of the map.
    """
    value, full_at = start, np.where(start >= cap, 0, NEVER).astype(np.int64)
    residual, used, look = np.inf, 0, 1
    while used < most:
        new = apply(value)
        used += 1
        step, value = new - value, new
        full_at[(value >= cap) & (full_at == NEVER)] = used
        residual = float(np.max(np.abs(step), initial=0.0))
        if residual <= tolerance and used >= look:
            bound, tried = _bracket(apply, value, step, cap, tolerance)
            used += tried
            if bound is not None or not step.any():
                return Climb(value, full_at, used, residual, bound, True)
            look = 2 * used
    return Climb(value, full_at, used, residual, None, False)


def _bracket(
    apply: Product, value: FloatArray, step: FloatArray, cap: float, tolerance: float
) -> tuple[float | None, int]:
    """Twice, four times ... the last step above the value, until the map does not lead above it any more."""
    rounding = 8 * EPS * cap
    distance, tried = 2 * step + rounding, 0
    while float(distance.max()) <= max(tolerance, 100 * rounding):
        upper = np.minimum(value + distance, cap)
        tried += 1
        if np.all(apply(upper) <= upper):
            return float(distance.max()), tried
        distance = 2 * distance
    return None, tried
