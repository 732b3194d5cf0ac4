"""Clearing once more, plainly: a linear programme and one map applied until it stands still; no code of the toolkit.

Written from the papers: Eisenberg and Noe 2001 (Management Science 47:236-249), Rogers and Veraart 2013 (Management
Science 59:882-898), Elsinger 2009 (OeNB Working Paper 156) for creditors of different rank. `liabilities[i, j]` is what
i owes j. With external creditors pari passu they are one more creditor, so that the total obligation includes them;
with senior ones they are paid before anyone in the network and payments are those to the network alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# A bank whose value falls short by less than this part of what it owes is solvent: the shortfall is rounding.
ROUNDING = 1e-12
# The map stands still when no payment moves by more than this part of the largest obligation.
STILL = 4e-16


@dataclass(frozen=True)
class Debts:
    """A network of debts with its external sides, and the part recovered of each kind of asset in default."""

    liabilities: Array
    external_assets: Array
    external_liabilities: Array
    senior: bool = False
    alpha: float = 1.0
    beta: float = 1.0

    @cached_property
    def obligations(self) -> Array:
        """p_bar, the total obligations: all that is owed in the rank that is cleared (Eisenberg and Noe, section 2)."""
        total: Array = self.liabilities.sum(axis=1)
        return total if self.senior else total + self.external_liabilities

    @cached_property
    def shares(self) -> Array:
        """Pi, the relative liabilities: L_ij / p_bar_i, zeros where nothing is owed (Eisenberg and Noe, section 2)."""
        owed = self.obligations
        pi = np.zeros_like(self.liabilities)
        for i in range(len(owed)):
            if owed[i] > 0:
                pi[i] = self.liabilities[i] / owed[i]
        return pi

    @property
    def paid_before(self) -> Array:
        """What goes to senior creditors before anything goes to the network (Elsinger 2009, on seniority)."""
        return self.external_liabilities if self.senior else np.zeros_like(self.external_liabilities)

    def value(self, payments: Array) -> Array:
        """External assets and inflow at these payments, less the senior creditors' due; may be negative."""
        found: Array = self.external_assets + payments @ self.shares - self.paid_before
        return found

    def solvent(self, payments: Array) -> Bools:
        """Value of at least the obligation; equality is solvent (Rogers and Veraart 2013, the clearing function)."""
        allowed = ROUNDING * (self.obligations + self.paid_before)
        return np.asarray(self.value(payments) >= self.obligations - allowed, dtype=np.bool_)


def clear_by_programme(debts: Debts) -> Array:
    """Greatest clearing vector of Eisenberg and Noe by Lemma 4: maximise an increasing function of p subject to

    0 <= p <= p_bar and p <= e + Pi^T p. External creditors pari passu, no cost of default. Amounts are divided by the
    largest obligation before, because the solver's tolerances are absolute.
    """
    assert not debts.senior, "no linear programme with senior external creditors"
    assert debts.alpha == debts.beta == 1, "no linear programme with costs of default"
    owed = debts.obligations
    scale = float(owed.max())
    if scale == 0:
        return np.zeros_like(owed)
    found = linprog(
        c=-np.ones(len(owed)),
        A_ub=np.eye(len(owed)) - debts.shares.T,
        b_ub=np.minimum(debts.external_assets / scale, 1e6),  # more than a million times all obligations never binds
        bounds=[(0, one / scale) for one in owed],
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    assert found.status == 0, found.message
    return np.asarray(found.x, dtype=np.float64) * scale


def one_application(debts: Debts, payments: Array) -> Array:
    """Phi(p): in full where solvent, else alpha e + beta inflow (Rogers and Veraart 2013, the clearing function); with

    alpha = beta = 1 this is min(p_bar, e + Pi^T p) (Eisenberg and Noe 2001, Theorem 1). Senior creditors take
    theirs first and may leave nothing (Elsinger 2009).
    """
    owed = debts.obligations
    inflow = payments @ debts.shares
    recovered = debts.alpha * debts.external_assets + debts.beta * inflow - debts.paid_before
    return np.where(debts.solvent(payments), owed, np.clip(recovered, 0, owed))


def clear_from_above(debts: Debts) -> Array:
    """The greatest clearing vector: Phi applied from p_bar on, decreasing (Rogers and Veraart 2013, section 3)."""
    return _stand_still(debts, debts.obligations)


def clear_from_below(debts: Debts) -> Array:
    """The least clearing vector: Phi applied from 0 on, increasing.

    Phi is not continuous from below, so the limit may be no clearing vector: a bank whose value only tends to its
    obligation pays in full there. Such a limit is where the iteration starts again (Rogers and Veraart 2013, section
    3, use that Phi is right-continuous, from above, only).
    """
    payments = np.zeros_like(debts.obligations)
    while True:
        payments = _stand_still(debts, payments)
        owed = debts.obligations
        reached = debts.value(payments) >= owed - 1e-10 * (owed + debts.paid_before)
        again = np.where(reached, owed, payments)
        if np.array_equal(again, payments):
            return payments
        payments = again


def _stand_still(debts: Debts, start: Array) -> Array:
    """Phi again and again; it must come to rest within a million applications."""
    limit, payments = STILL * debts.obligations.max(initial=0.0), start
    for _ in range(1_000_000):
        following = one_application(debts, payments)
        if np.abs(following - payments).max(initial=0.0) <= limit:
            return following
        payments = following
    raise AssertionError("a million applications were not enough")


def clear_classes(classes: Sequence[Array], external_assets: Array) -> list[Array]:
    """Payments by class of seniority, most senior first (Elsinger 2009, on seniority): from what a bank has, each class

    receives min(p_bar_k, max(0, value - sum of more senior p_bar)). Greatest solution, by iteration from above.
    """
    owed = [one.sum(axis=1) for one in classes]
    shares = [Debts(one, external_assets, np.zeros_like(external_assets)).shares for one in classes]
    paid = [one.copy() for one in owed]
    largest = max((one.max(initial=0.0) for one in owed), default=0.0)
    for _ in range(1_000_000):
        left = external_assets + sum(pi.T @ p for pi, p in zip(shares, paid, strict=True))
        following = []
        for one in owed:
            following.append(np.minimum(one, np.maximum(left, 0)))
            left = left - one
        moved = max(np.abs(a - b).max(initial=0.0) for a, b in zip(following, paid, strict=True))
        paid = following
        if moved <= STILL * largest:
            return paid
    raise AssertionError("a million applications were not enough")
