"""Obligations and means of every institution, as the clearing iterations need them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.network import TOLERANCE, Matrix, inverse, times, transposed


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
        return inverse(self.obligations)

    def inflow(self, payments: FloatArray) -> FloatArray:
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
        left = self.alpha * self.assets + self.beta * inflow - self.senior
        return np.clip(left, 0.0, self.obligations, out=left)

    @cached_property
    def slack(self) -> FloatArray:
        """Missing amounts below this are rounding."""
        return TOLERANCE * (self.obligations + self.senior)
