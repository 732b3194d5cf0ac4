"""Which institutions would cost the others most by failing: exact for the top of the list, with a proof of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.active_set import spectral_radius
from reporting.measures.contagion.adjoint import Adjoint, adjoint, loss_bounds
from reporting.measures.contagion.network import (
    BoolArray,
    IntArray,
    Matrix,
    as_claims,
    as_share,
    as_vector,
    frozen,
    inverse,
    scaled_rows,
    times,
)
from reporting.measures.contagion.propagation import differential
from reporting.measures.contagion.single_defaults import Setting, run_block

BLOCK = 8  # defaults run together: what is looked up for one claim fills one line of the cache


@dataclass(frozen=True, eq=False)
class Ranking:
    """The costliest single defaults. Arrays read-only; losses in the unit of the weights (currency by default).

    institutions        (top,) indices, costliest first; fewer where fewer can still fail
    loss                (top,) loss of all others due to the default of each, DebtRank 2015
    error_bound         (top,) on `loss`, rounding included; losses closer than their errors may stand in either order
    proven              no other institution can have a loss above the last of `loss` less its error
    reason              how it was proven, or why not, in words
    bounds              (n,) upper bound on the loss of each; for those that were run their loss and its error
    run                 (n,) bool, whose default was run
    next_bound          largest bound among those not run; 0 if all were
    spectral_radius     of Lambda, estimated; from 1 on distress grows until caps bind
    already_defaulted   (n,) bool, equity of 0 or less: in default in every run, never ranked
    iterations          products of Lambda with a block
    converged           every run met its tolerance; the error bounds hold in any case
    """

    institutions: IntArray
    loss: FloatArray
    error_bound: FloatArray
    proven: bool
    reason: str
    bounds: FloatArray
    run: BoolArray
    next_bound: float
    spectral_radius: float
    already_defaulted: BoolArray
    iterations: int
    converged: bool


def rank_institutions(
    exposures: Any,
    equity: Any,
    *,
    top: int = 20,
    loss_given_default: float = 1.0,
    weights: Any | None = None,
    max_exact: int = 500,
) -> Ranking:
    """Loss by default of i = sum over j other than i of weights[j] x DebtRank distress of j due to it, largest first.

    Due to it is the distress over that in the same state without the default of i. The two differ only where some
    institution has no equity: what it brings upon others it does in any case, and nobody else answers for it.

    exposures            (n, n) numpy or scipy.sparse, currency; [i, j] is the claim of i on j; diagonal zero
    equity               (n,), currency; 0 or less counts as already in default
    top                  length of the list
    loss_given_default   0 to 1
    weights              (n,), 0 or more; by default equity, so that a loss is an amount
    max_exact            defaults that may be run one by one

    One linear system prices a unit of distress of everybody and so bounds every loss from above; defaults are run from
    the largest bound downwards until the last place of the list is at least the next bound. From a spectral radius of 1
    on, as near to it as rounding can tell, or if the budget does not suffice, the list holds the largest losses found
    and is not proven. ValueError for input that is not as said.
    """
    if top < 1 or max_exact < 1:
        raise ValueError(f"top is {top} and max_exact {max_exact}, both must be 1 or more")
    claims = as_claims(exposures, "exposures")
    own = as_vector(equity, claims.shape[0], "equity", negative=True)
    relative = scaled_rows(claims, as_share(loss_given_default, "loss_given_default") * inverse(own))
    weight = np.maximum(own, 0.0) if weights is None else as_vector(weights, len(own), "weights")
    return _ranking(relative, weight, own <= 0, top, max_exact)


def _ranking(relative: Matrix, weights: FloatArray, dead: BoolArray, top: int, most: int) -> Ranking:
    priced = adjoint(relative, weights) if weights.any() else None
    # Nobody can lose more than all: the only bound where distress has no price.
    bounds = (weights.sum() - weights) * (1 + 1e-12)
    order_by = _first_round(relative, weights)
    if priced is not None:
        bounds = np.minimum(bounds, loss_bounds(relative, priced))
        order_by = bounds
    alive = np.flatnonzero(~dead)
    candidates = alive[np.argsort(-order_by[alive], kind="stable")]
    setting = _setting(relative, weights, dead, priced)
    found = _search(setting, np.where(dead, 0.0, bounds), candidates, top, min(most, len(alive)))
    return _result(found, dead, top, spectral_radius(relative), stable=priced is not None)


def _first_round(relative: Matrix, weights: FloatArray) -> FloatArray:
    """What the default of each costs others at once: an order to search in, not a bound."""
    hit = sparse.csr_array((np.minimum(relative.data, 1.0), relative.indices, relative.indptr), shape=relative.shape)
    return times(hit.T, weights)


def _setting(relative: Matrix, weights: FloatArray, dead: BoolArray, priced: Adjoint | None) -> Setting:
    source = dead.astype(np.float64)
    if not dead.any():
        return Setting(relative, source, source, 0.0, weights, priced)
    base = differential(relative, source, exact=False)
    bound = base.certificate.error_bound
    error = float(weights.sum()) * (np.inf if bound is None else bound)
    return Setting(relative, source, base.distress, error, weights, priced)


@dataclass(frozen=True)
class _Found:
    """The runs, in the order of their making, and what is left."""

    seeds: IntArray
    loss: FloatArray
    error: FloatArray
    bounds: FloatArray  # as they were before the runs
    rest: IntArray
    iterations: int
    converged: bool


def _search(setting: Setting, bounds: FloatArray, candidates: IntArray, top: int, most: int) -> _Found:
    """Run the candidates in their order until the place `top` is at least the bound of all that are left."""
    loss, error, done, iterations, converged = np.empty(most), np.empty(most), 0, 0, True
    upper = np.append(np.maximum.accumulate(bounds[candidates][::-1])[::-1], 0.0)
    while done < most and (done < top or _last_place(loss[:done] - error[:done], top) < upper[done]):
        block = candidates[done : min(done + BLOCK, most)]
        run = run_block(setting, block)
        loss[done : done + len(block)], error[done : done + len(block)] = run.loss, run.error
        done, iterations, converged = done + len(block), iterations + run.iterations, converged and run.converged
    return _Found(candidates[:done], loss[:done], error[:done], bounds, candidates[done:], iterations, converged)


def _last_place(losses: FloatArray, top: int) -> float:
    return float(np.partition(losses, -top)[-top])


def _result(found: _Found, dead: BoolArray, top: int, radius: float, *, stable: bool) -> Ranking:
    order = np.lexsort((found.seeds, -found.loss))[:top]
    next_bound = float(found.bounds[found.rest].max(initial=0.0))
    enough = len(found.seeds) >= top and _last_place(found.loss - found.error, top) >= next_bound
    proven = bool(found.converged and (not len(found.rest) or enough))
    bounds = found.bounds.copy()
    bounds[found.seeds] = np.minimum(found.loss + found.error, bounds[found.seeds])
    run = np.zeros(len(dead), dtype=np.bool_)
    run[found.seeds] = True
    return Ranking(
        institutions=frozen(found.seeds[order]),
        loss=frozen(found.loss[order]),
        error_bound=frozen(found.error[order]),
        proven=proven,
        reason=_reason(found, proven=proven, stable=stable, next_bound=next_bound),
        bounds=frozen(bounds),
        run=frozen(run),
        next_bound=next_bound,
        spectral_radius=radius,
        already_defaulted=frozen(dead),
        iterations=found.iterations,
        converged=found.converged,
    )


def _reason(found: _Found, *, proven: bool, stable: bool, next_bound: float) -> str:
    runs = f"{len(found.seeds)} single default{'s' if len(found.seeds) != 1 else ''} run"
    if not found.converged:
        return f"not proven: {runs}, not all of which met their tolerance"
    if proven and not len(found.rest):
        return f"proven: all {runs}"
    if proven:
        return f"proven: {runs}, the loss of any other is at most {next_bound:.6g}"
    why = "" if stable else "; no bound but the total weight, for the spectral radius was not shown to be below 1"
    return f"not proven: {runs}, the budget, and the loss of another may be up to {next_bound:.6g}{why}"
