"""Cascades of default over claims (Furfine 2003) and of withdrawn funding (Gai and Kapadia 2010)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.certificate import Certificate
from reporting.measures.contagion.engine import Spread, spread
from reporting.measures.contagion.network import (
    TOLERANCE,
    BoolArray,
    IntArray,
    Matrix,
    as_claims,
    as_seeds,
    as_share,
    as_vector,
    frozen,
    times,
)

FEW = 16  # a round that adds less than one in so many institutions looks up their claims only


@dataclass(frozen=True, eq=False)
class Cascade:
    """Who fails, when, and what it costs. Arrays (n,), read-only; amounts in the currency of the input.

    defaulted           bool, seeds and those already in default among them
    default_round       0 for these, then by round; -1 without default
    loss                loss given default x claims on all in default; may exceed equity
    withdrawn           funding that those in default, or hoarding, call back; 0 where the channel is off
    illiquid            what is withdrawn exceeds its liquid assets; False where the channel is off
    already_defaulted   insolvent without any loss, hence in default at round 0: equity below 0, or of 0 where a loss
                        equal to equity is a default
    seeds, equity, loss_given_default   as given
    """

    defaulted: BoolArray
    default_round: IntArray
    loss: FloatArray
    withdrawn: FloatArray
    illiquid: BoolArray
    already_defaulted: BoolArray
    seeds: BoolArray
    equity: FloatArray
    loss_given_default: float
    certificate: Certificate


def default_cascade(
    exposures: Any, equity: Any, seeds: Any, *, loss_given_default: float = 1.0, equality_defaults: bool = True
) -> Cascade:
    """Institution i defaults when loss given default x its claims on all in default reach its equity.

    exposures            (n, n) numpy or scipy.sparse, currency; [i, j] is the claim of i on j; diagonal zero
    equity               (n,), currency; below 0, or 0 with equality_defaults, is in default at the outset, and reported
    seeds                indices, or (n,) mask, of those that fail at the outset
    loss_given_default   0 to 1
    equality_defaults    a loss equal to equity (to 1e-12 of it) is a default, or (False) is not
    Rounds are simultaneous. ValueError for input that is not as said.
    """
    case = checked_case(exposures, equity, seeds, loss_given_default, equality_defaults=equality_defaults)
    found = spread(
        np.zeros(case.n),
        Claims(case.claims, case.lgd).lost_on,
        case.insolvent,
        switched_on,
        case.seeds,
    )
    nothing = np.zeros(case.n)
    return cascade_result(case, found, found.pressure, nothing, np.zeros(case.n, dtype=np.bool_))


@dataclass(frozen=True)
class Case:
    """Checked input of a cascade."""

    claims: Matrix
    equity: FloatArray
    seeds: BoolArray
    lgd: float
    equality_defaults: bool

    @property
    def n(self) -> int:
        """Number of institutions."""
        return len(self.equity)

    def insolvent(self, loss: FloatArray) -> BoolArray:
        """Whose losses reach, or exceed, its equity; closer than 1e-12 of equity is equal."""
        if self.equality_defaults:
            return loss >= self.equity - TOLERANCE * np.abs(self.equity)
        return loss > self.equity + TOLERANCE * np.abs(self.equity)


def checked_case(exposures: Any, equity: Any, seeds: Any, lgd: float, *, equality_defaults: bool) -> Case:
    """ValueError for input that is not as `default_cascade` says."""
    claims = as_claims(exposures, "exposures")
    n = claims.shape[0]
    share = as_share(lgd, "loss_given_default")
    return Case(claims, as_vector(equity, n, "equity", negative=True), as_seeds(seeds, n), share, equality_defaults)


class Claims:
    """What creditors lose on those that fail: by column, so that a small round costs little."""

    def __init__(self, claims: Matrix, lgd: float) -> None:
        self._rows, self._lgd = claims, lgd
        self._columns = claims.tocsc()

    def lost_on(self, failing: FloatArray) -> FloatArray:
        """Loss by creditor, (n,), when those with 1 in the vector fail."""
        who = np.flatnonzero(failing)
        if len(who) * FEW < len(failing):
            lost = np.asarray(self._columns[:, who].sum(axis=1)) * self._lgd
        else:
            lost = times(self._rows, failing) * self._lgd
        return lost


def switched_on(active: BoolArray, new: BoolArray, pressure: FloatArray) -> FloatArray:  # noqa: ARG001 - one signature
    """The state of a cascade is its set: who is new goes from 0 to 1."""
    return new.astype(np.float64)


def cascade_result(case: Case, found: Spread, loss: FloatArray, withdrawn: FloatArray, illiquid: BoolArray) -> Cascade:
    """The set is exact: one more application adds nobody."""
    last = int(found.rounds.max(initial=0))
    certificate = Certificate("sets", "least", found.iterations, max(last, 0), 0.0, None, None, True)
    return Cascade(
        frozen(found.active),
        frozen(found.rounds),
        frozen(loss),
        frozen(withdrawn),
        frozen(illiquid),
        frozen(case.insolvent(np.zeros(case.n))),
        frozen(case.seeds),
        frozen(case.equity),
        case.lgd,
        certificate,
    )
