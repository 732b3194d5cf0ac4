"""The three ways in which DebtRank passes distress on. All take Lambda, (n, n), and shocks of (n,) or (n, m)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.certificate import Certificate
from reporting.measures.contagion.engine import Increase, climb, least_increase
from reporting.measures.contagion.network import NEVER, TOLERANCE, IntArray, Matrix, times

BLOCK = 16  # shocks that are iterated together: two cache lines for each claim that is looked up


@dataclass(frozen=True)
class Propagated:
    """Distress, what was passed on, round of default; shaped as the shock."""

    distress: FloatArray
    transmitted: FloatArray
    default_round: IntArray
    certificate: Certificate


def differential(relative: Matrix, shock: FloatArray, *, exact: bool) -> Propagated:
    """Least h = min(1, shock + Lambda h), which is where the increments of the 2015 model add up to."""
    blocks = [_least(relative, block, exact=exact) for block in _blocks(shock)]
    value: FloatArray = _joined([one.value for one in blocks])
    rounds: IntArray = _joined([one.full_at for one in blocks])
    residual = max(_residual(relative, one.value, block) for one, block in zip(blocks, _blocks(shock), strict=True))
    rates = [one.rate for one in blocks if one.rate is not None]
    bounds = [one.error_bound for one in blocks if one.error_bound is not None]
    certificate = Certificate(
        method=next((one.method for one in blocks if one.method != "iteration"), "iteration"),
        which="least",
        iterations=sum(one.iterations for one in blocks) + len(blocks),
        rounds=int(rounds.max(initial=0)),
        residual=residual,
        error_bound=max(bounds) if len(bounds) == len(blocks) else None,
        contraction=max(rates) if len(rates) == len(blocks) else None,
        converged=all(one.converged for one in blocks) and residual <= 100 * TOLERANCE,
    )
    return Propagated(value, value, rounds, certificate)


def _least(relative: Matrix, shock: FloatArray, *, exact: bool) -> Increase:
    return least_increase(
        lambda step: times(relative, step),
        shock,
        np.ones_like(shock),
        scale=1.0,
        tolerance=TOLERANCE,
        matrix=lambda: relative,
        most=0 if exact else 20_000,
    )


def _blocks(shock: FloatArray) -> list[FloatArray]:
    if shock.ndim == 1:
        return [shock]
    return [np.ascontiguousarray(shock[:, k : k + BLOCK]) for k in range(0, shock.shape[1], BLOCK)]


def _joined(parts: Sequence[Any]) -> Any:
    return parts[0] if parts[0].ndim == 1 else np.concatenate(parts, axis=1)


def _residual(relative: Matrix, value: FloatArray, shock: FloatArray) -> float:
    return float(np.max(np.abs(np.minimum(1.0, shock + relative @ value) - value)))


def nonlinear(relative: Matrix, shock: FloatArray, steepness: float) -> Propagated:
    """Least h = min(1, shock + Lambda p(h)), p(h) = h exp(steepness (h - 1)): time steps, then a bracket."""

    def passed_on(h: FloatArray) -> FloatArray:
        return h * np.exp(steepness * (h - 1))

    found = climb(lambda h: np.minimum(1.0, shock + relative @ passed_on(h)), shock, cap=1.0, tolerance=TOLERANCE)
    certificate = Certificate(
        "iteration", "least", found.iterations, int(found.full_at.max(initial=0)), found.residual, found.error_bound,
        None, found.converged,
    )  # fmt: skip
    return Propagated(found.value, passed_on(found.value), found.full_at, certificate)


def single_hit(relative: Matrix, shock: FloatArray) -> Propagated:
    """In each step those newly distressed pass their distress on, once: h[i] = min(1, h[i] + W[i, j] h[j]), W <= 1."""
    impact = sparse.csr_array((np.minimum(relative.data, 1.0), relative.indices, relative.indptr), shape=relative.shape)
    h, passed, steps = shock.copy(), np.zeros_like(shock), 0
    full_at = np.where(h >= 1, 0, NEVER).astype(np.int64)
    speaking, silent = h > 0, np.zeros(h.shape, dtype=np.bool_)
    while speaking.any():
        said = np.where(speaking, h, 0.0)
        passed += said
        silent |= speaking
        h = np.minimum(1.0, h + impact @ said)
        steps += 1
        full_at[(h >= 1) & (full_at == NEVER)] = steps
        speaking = (h > 0) & ~silent
    # The steps are the model: the result is exact and nothing is left to converge.
    certificate = Certificate("sets", "path", steps, steps, 0.0, None, None, True)
    return Propagated(h, passed, full_at, certificate)
