"""Obligations and means of every institution, as the clearing iterations need them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.network import TOLERANCE, BoolArray, Matrix, inverse, times, transposed


@dataclass(frozen=True)
class Estate:
    """The network as the iteration needs it: inflow(p) = L^T (p / obligations)."""

    liabilities: Matrix
    assets: FloatArray
    senior: FloatArray
    obligations: FloatArray
    alpha: float
    beta: float

    @cached_property
    def shares(self) -> FloatArray:
        """(n,) 1 / obligations; 0 for an institution without any."""
        return inverse(self.obligations)

    def inflow(self, payments: FloatArray) -> FloatArray:
        """(n,) what each receives from the others, in currency, if they pay `payments` (n,) pro rata."""
        return times(self.liabilities.T, payments * self.shares)

    def passed_on(self, change: FloatArray) -> FloatArray:
        """What institutions in default pass on of a change in what they receive from each other."""
        return times(self.liabilities.T, change * self._passed)

    @cached_property
    def _passed(self) -> FloatArray:
        return self.beta * self.shares

    def matrix(self) -> Matrix:
        """`passed_on` as a matrix; made only for exact solutions."""
        return transposed(self.liabilities, self._passed)

    def in_default(self, inflow: FloatArray) -> FloatArray:
        """What an estate pays after default costs and senior creditors, not more than it owes."""
        left = self._left(inflow)
        return np.clip(left, 0.0, self.obligations, out=left)

    def can_pay_some(self, inflow: FloatArray) -> BoolArray:
        """Whose estate leaves something after senior creditors: more than the rounding of a difference.

        Without senior creditors there is no difference, and any amount counts however small.
        """
        found: BoolArray = self._left(inflow) > np.where(self.senior > 0, self._rounding, 0.0)
        return found

    def falls_short(self, inflow: FloatArray) -> BoolArray:
        """Who cannot pay in full, by more than rounding; never who owes nothing."""
        found: BoolArray = self.assets + inflow < self._enough
        return found

    def _left(self, inflow: FloatArray) -> FloatArray:
        return self.alpha * self.assets + self.beta * inflow - self.senior

    @cached_property
    def _enough(self) -> FloatArray:
        required = self.obligations + self.senior
        return np.where(required > 0, required - self._rounding, -np.inf)

    @cached_property
    def _rounding(self) -> FloatArray:
        """Amounts below this are rounding; the same in any unit."""
        return TOLERANCE * (self.obligations + self.senior)
