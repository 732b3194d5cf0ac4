"""Replacement cost (BCBS CRE52.10-52.19, 52.75, 52.77; CRR Art. 275)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import Codes
from reporting.measures.counterparty.sums import sums_by


def unmargined_replacement_cost(value: FloatArray, collateral: FloatArray) -> FloatArray:
    """max(V - C, 0) (CRE52.10)."""
    return np.maximum(value - collateral, 0.0)


def margined_replacement_cost(value: FloatArray, collateral: FloatArray, largest_uncalled: FloatArray) -> FloatArray:
    """max(V - C, TH + MTA - NICA, 0) (CRE52.18); the second is the largest exposure that triggers no margin call."""
    return np.maximum(np.maximum(value - collateral, largest_uncalled), 0.0)


@dataclass(frozen=True)
class Pools:
    """Collateral that serves several units: one margin agreement over several netting sets, or trades that do not net.

    pool        (u,) pool of each unit, of which there are `count`
    value       (u,) zero for units that have no part in the collateral
    collateral  (u,) of the netting set, on its own unit; net, + received
    """

    pool: Codes
    count: int
    value: FloatArray
    collateral: FloatArray

    def replacement_cost(self) -> FloatArray:
        """(u,) max(sum max(V, 0) - max(C, 0), 0) + max(sum min(V, 0) - min(C, 0), 0) of each pool, shared out.

        CRE52.75. The first term, what is not collateralised, is shared by positive value; the second, what was posted
        in excess, by the collateral posted.
        """
        positive, posted = np.maximum(self.value, 0.0), np.maximum(-self.collateral, 0.0)
        owed, owing = self._totals(positive), self._totals(np.maximum(-self.value, 0.0))
        held = self._totals(self.collateral)
        uncovered = np.maximum(owed - np.maximum(held, 0.0), 0.0)
        excess = np.maximum(np.maximum(-held, 0.0) - owing, 0.0)
        return self._share(uncovered, positive, owed) + self._share(excess, posted, self._totals(posted))

    def allocated(self, add_on: FloatArray) -> FloatArray:
        """(u,) the collateral by unit for the multiplier, -infinite where it leaves no benefit (CRE52.76 FAQ1).

        Received: first to positive values, up to these; what is left by add-on, which is the bank's choice. Posted:
        first to negative values, up to these; if more was posted, every multiplier of the pool is one.
        """
        positive, negative = np.maximum(self.value, 0.0), np.maximum(-self.value, 0.0)
        owed, owing, held = self._totals(positive), self._totals(negative), self._totals(self.collateral)
        covering, surplus = np.clip(held, 0.0, owed), np.maximum(held - owed, 0.0)
        received = self._share(covering, positive, owed) + self._share(surplus, add_on, self._totals(add_on))
        posted = self._share(np.maximum(-held, 0.0), negative, owing)
        return np.where((-held > owing)[self.pool], -np.inf, received - posted)

    def _totals(self, amounts: FloatArray) -> FloatArray:
        return sums_by(self.pool, amounts, self.count)

    def _share(self, totals: FloatArray, weights: FloatArray, of: FloatArray) -> FloatArray:
        """(u,) totals of pools, in proportion to weights whose totals are `of`; zero where there are none."""
        part = np.divide(totals, of, out=np.zeros(self.count), where=of > 0.0)
        return part[self.pool] * weights
