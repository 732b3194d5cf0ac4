"""The audit trail of a result: round, institution, cause, claim, amount; checked against balance sheets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.cascade import Cascade
from reporting.measures.contagion.clearing import Clearing
from reporting.measures.contagion.debtrank import DebtRank
from reporting.measures.contagion.network import (
    NEVER,
    IntArray,
    Matrix,
    as_claims,
    frozen,
    scaled_rows,
    times,
    transposed,
)

CAUSES = ("shock", "claim", "default costs", "beyond equity")
NOBODY = -1  # the counterparty of a loss that came through no claim
TextArray = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class AuditTrail:
    """Every loss that an institution has made. Arrays of one length, read-only, by round, institution and counterparty.

    round            default round of the counterparty, with which the loss begins; of the institution itself for
                     default costs; 0 for a shock; -1 where the counterparty is distressed and not in default
    institution      who loses
    cause            `shock`; `claim` on the counterparty; `default costs` of its own estate; `beyond equity` (negative:
                     the part of its losses that an institution without equity left cannot make, DebtRank only)
    counterparty     through the claim on whom; -1 through none
    amount           currency, positive is a loss
    opening_equity, closing_equity   (n,) of every institution, from the balance sheets alone
    """

    round: IntArray
    institution: IntArray
    cause: TextArray
    counterparty: IntArray
    amount: FloatArray
    opening_equity: FloatArray
    closing_equity: FloatArray

    @property
    def losses(self) -> FloatArray:
        """Sum of the trail by institution, (n,)."""
        return np.bincount(self.institution, self.amount, minlength=len(self.opening_equity)).astype(np.float64)

    @property
    def largest_difference(self) -> float:
        """Between trail and balance sheets, relative to the amounts that they were made of: must be 1e-9 at most."""
        recomputed = self.opening_equity - self.closing_equity
        gross = np.bincount(self.institution, np.abs(self.amount), minlength=len(recomputed))
        size = np.maximum(np.maximum(gross, np.abs(self.opening_equity)), np.abs(self.closing_equity))
        return float(np.max(np.abs(self.losses - recomputed) / np.where(size > 0, size, 1.0)))

    def frame(self) -> pd.DataFrame:
        """The trail as a table: round, institution, cause, counterparty, amount."""
        names = ("round", "institution", "cause", "counterparty", "amount")
        return pd.DataFrame({name: getattr(self, name) for name in names})


@singledispatch
def audit_trail(result: Any, network: Any, *, shock: int = 0) -> AuditTrail:
    """Trail of a `Clearing`, with its liabilities, or of a `Cascade` or `DebtRank`, with its exposures.

    network   (n, n) as given to the solver: liabilities[i, j] is what i owes j, exposures[i, j] the claim of i on j
    shock     of a DebtRank with several shocks, which of them
    Losses are read off claim by claim from what their debtors pay; opening and closing equity are made up from the
    balance sheets of the result, so that `largest_difference` compares two ways. ValueError for a network of
    another size, TypeError for a result of another kind.
    """
    raise TypeError(f"{type(result).__name__} has no audit trail ({network!r}, {shock!r})")


@audit_trail.register
def _of_clearing(result: Clearing, network: Any, *, shock: int = 0) -> AuditTrail:  # noqa: ARG001 - one signature
    owed = _checked(network, len(result.payments), "liabilities")
    creditors = transposed(owed, np.ones(len(result.payments)))  # [i, j] is the claim of i on j
    claims = _claim_losses(creditors, 1 - result.recovery_rate, result.default_round)
    costs = _own(result.default_costs, "default costs", result.default_round)
    face = times(owed.T, np.ones(len(result.payments)))
    opening = result.external_assets + face - result.obligations - result.senior_obligations
    return _trail([claims, costs], opening, result.net_worth - result.default_costs)


@audit_trail.register
def _of_cascade(result: Cascade, network: Any, *, shock: int = 0) -> AuditTrail:  # noqa: ARG001 - one signature
    claims = _checked(network, len(result.loss), "exposures")
    share = np.where(result.defaulted, result.loss_given_default, 0.0)
    losses = _claim_losses(claims, share, result.default_round)
    return _trail([losses], result.equity, result.equity - result.loss)


@audit_trail.register
def _of_debtrank(result: DebtRank, network: Any, *, shock: int = 0) -> AuditTrail:
    claims = _checked(network, len(result.equity), "exposures")
    n, own = len(result.equity), result.equity
    distress, first, passed = (
        array.reshape(n, -1)[:, shock] for array in (result.distress, result.shock, result.transmitted)
    )
    rounds = result.default_round.reshape(n, -1)[:, shock]
    alive = ~result.already_defaulted
    shocks = _own(np.where(alive, first * own, 0.0), "shock", np.zeros(n, dtype=np.int64))
    lost = scaled_rows(claims, np.where(alive, result.loss_given_default, 0.0))
    if result.variant == "single_hit":  # its impacts are capped, claim by claim
        lost.data = np.minimum(lost.data, np.repeat(np.maximum(own, 0.0), np.diff(lost.indptr)))
    through = _claim_losses(lost, passed, rounds)
    made = np.bincount(through[1], through[4], minlength=n) + np.where(alive, first * own, 0.0)
    beyond = np.where(alive & (distress >= 1), np.minimum(own - made, 0.0), 0.0)
    closing = np.where(alive, own * (1 - distress), own)
    return _trail([shocks, through, _own(beyond, "beyond equity", rounds)], own, closing)


Entries = tuple[IntArray, IntArray, TextArray, IntArray, FloatArray]


def _claim_losses(claims: Matrix, share: FloatArray, rounds: IntArray) -> Entries:
    """Claim times the share of it that its debtor fails to be worth, where that is something."""
    creditor = np.repeat(np.arange(claims.shape[0], dtype=np.int64), np.diff(claims.indptr))
    debtor = claims.indices.astype(np.int64)
    amount = claims.data * share[debtor]
    kept = amount != 0
    creditor, debtor = creditor[kept], debtor[kept]
    return rounds[debtor], creditor, _texts("claim", len(creditor)), debtor, amount[kept]


def _own(amounts: FloatArray, cause: str, rounds: IntArray) -> Entries:
    (who,) = np.nonzero(amounts)
    nobody = np.full(len(who), NOBODY, dtype=np.int64)
    return rounds[who], who.astype(np.int64), _texts(cause, len(who)), nobody, amounts[who]


def _texts(text: str, count: int) -> TextArray:
    return np.full(count, text, dtype=object)


def _trail(parts: list[Entries], opening: FloatArray, closing: FloatArray) -> AuditTrail:
    number, institution, cause, counterparty, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
    last = np.iinfo(np.int64).max
    order = np.lexsort((counterparty, institution, np.where(number == NEVER, last, number)))
    return AuditTrail(
        frozen(number[order]),
        frozen(institution[order]),
        frozen(cause[order]),
        frozen(counterparty[order]),
        frozen(amount[order]),
        frozen(opening.copy()),
        frozen(closing.copy()),
    )


def _checked(network: Any, n: int, name: str) -> Matrix:
    claims = as_claims(network, name)
    if claims.shape[0] != n:
        raise ValueError(f"{name} are of {claims.shape[0]} institutions, the result is of {n}")
    return claims
