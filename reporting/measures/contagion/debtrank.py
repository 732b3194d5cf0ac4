"""DebtRank: relative equity losses that spread along claims, without anybody having to default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.certificate import Certificate
from reporting.measures.contagion.network import (
    NEVER,
    BoolArray,
    IntArray,
    Matrix,
    as_claims,
    as_share,
    as_vector,
    check_amounts,
    frozen,
    inverse,
    scaled_rows,
)
from reporting.measures.contagion.propagation import Propagated, differential, nonlinear, single_hit

VARIANTS = ("differential", "single_hit", "nonlinear")
METHODS = ("iteration", "active_sets")


@dataclass(frozen=True, eq=False)
class DebtRank:
    """Relative losses (n,), or (n, m) for m shocks; read-only.

    distress            share of its equity that each has lost, 0 to 1
    shock               the initial loss that it began with; 1 for those already in default
    transmitted         the distress that each passed on to its creditors: a claim A[i, j] lost loss_given_default times
                        transmitted[j] of itself (`single_hit`: of at most the equity of i)
    defaulted           all equity lost
    default_round       application at which it was lost, 0 by the shock itself, -1 without default
    already_defaulted   (n,) equity of 0 or less at the outset: distress 1, no loss of their own, never divided by
    total_loss          sum of weights x distress: a share with the default weights; a number, or (m,)
    additional_loss     the same without the shock
    equity, loss_given_default, variant   as given
    """

    distress: FloatArray
    shock: FloatArray
    transmitted: FloatArray
    defaulted: BoolArray
    default_round: IntArray
    already_defaulted: BoolArray
    total_loss: FloatArray
    additional_loss: FloatArray
    equity: FloatArray
    loss_given_default: float
    variant: str
    certificate: Certificate


def debtrank(
    exposures: Any,
    equity: Any,
    shock: Any,
    *,
    variant: str = "differential",
    loss_given_default: float = 1.0,
    weights: Any | None = None,
    steepness: float = 0.0,
    method: str = "iteration",
) -> DebtRank:
    """Least solution of h = min(1, shock + Lambda h), Lambda[i, j] = loss given default x exposures[i, j] / equity[i].

    exposures            (n, n) numpy or scipy.sparse, currency; [i, j] is the claim of i on j; diagonal zero
    equity               (n,), currency; 0 or less counts as already in default, and is reported
    shock                (n,) or (n, m), initial relative loss, 0 to 1; many shocks are solved together
    variant              `differential` (Bardoscia et al. 2015), `single_hit` (Battiston et al. 2012: whoever has passed
                         on distress once falls silent; impacts are capped at 1), `nonlinear` (Bardoscia et al. 2016:
                         h exp(steepness (h - 1)) is passed on instead of h)
    steepness            of the nonlinear variant: 0 is linear, large is a default cascade
    loss_given_default   0 to 1
    weights              (n,), 0 or more, used as given; by default shares of equity, for `single_hit` of claims
    method               `iteration`, or `active_sets`: exact linear solutions, for any spectral radius of Lambda
                         (differential only; rounds of default are then not told apart: 0 or 1)

    With `single_hit` a larger shock can mean a smaller loss. ValueError for input that is not as said.
    """
    _check_options(variant, method, steepness)
    claims = as_claims(exposures, "exposures")
    own = as_vector(equity, claims.shape[0], "equity", negative=True)
    dead = own <= 0
    lgd = as_share(loss_given_default, "loss_given_default")
    initial = _shock(shock, dead)
    relative = scaled_rows(claims, lgd * inverse(own))
    weight = _weights(weights, own, claims, variant)
    if variant == "single_hit":
        found = single_hit(relative, initial)
    elif variant == "nonlinear":
        found = nonlinear(relative, initial, steepness)
    else:
        found = differential(relative, initial, exact=method == "active_sets")
    return _result(found, initial, dead, weight, own, lgd, variant)


def _check_options(variant: str, method: str, steepness: float) -> None:
    if variant not in VARIANTS:
        raise ValueError(f"variant is {variant!r}, must be one of {', '.join(VARIANTS)}")
    if method not in METHODS or (method == "active_sets" and variant != "differential"):
        raise ValueError(f"method is {method!r}, must be `iteration`, or `active_sets` with the differential variant")
    if not 0 <= steepness < np.inf or (steepness and variant != "nonlinear"):
        raise ValueError(f"steepness is {steepness}, must be 0 or more, and 0 but for the nonlinear variant")


def _shock(given: Any, dead: BoolArray) -> FloatArray:
    shock = np.array(given, dtype=np.float64, order="C")
    n = len(dead)
    if shock.ndim not in {1, 2} or shock.shape[0] != n or shock.size == 0:
        raise ValueError(f"shock has the shape {shock.shape}, must be ({n},) or ({n}, m)")
    check_amounts(shock, "shock")
    if shock.max() > 1:
        at = tuple(int(k) for k in np.argwhere(shock > 1)[0])
        raise ValueError(f"shock[{', '.join(map(str, at))}] is {shock[at]}, must be from 0 to 1")
    shock[dead] = 1.0
    return shock


def _weights(given: Any | None, equity: FloatArray, claims: Matrix, variant: str) -> FloatArray:
    if given is not None:
        return as_vector(given, len(equity), "weights")
    sizes = np.asarray(claims.sum(axis=1)) if variant == "single_hit" else np.maximum(equity, 0.0)
    total = sizes.sum()
    return sizes / total if total > 0 else np.zeros(len(equity))


def _result(
    found: Propagated,
    shock: FloatArray,
    dead: BoolArray,
    weights: FloatArray,
    equity: FloatArray,
    lgd: float,
    variant: str,
) -> DebtRank:
    return DebtRank(
        distress=frozen(found.distress),
        shock=frozen(shock),
        transmitted=frozen(found.transmitted),
        defaulted=frozen(found.default_round != NEVER),
        default_round=frozen(found.default_round),
        already_defaulted=frozen(dead),
        total_loss=frozen(np.asarray(weights @ found.distress)),
        additional_loss=frozen(np.asarray(weights @ (found.distress - shock))),
        equity=frozen(equity),
        loss_given_default=lgd,
        variant=variant,
        certificate=found.certificate,
    )
