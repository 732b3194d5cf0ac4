"""Margins as whole numbers, so that amounts that are equal on paper are equal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.margins import Margins

Link = tuple[int, int]  # lender, borrower
ROUNDING = 10**12  # amounts that differ by less than their size divided by this are the same amount, rounded


@dataclass(frozen=True)
class WholeMargins:
    """Claims and obligations in units of 1 / `units` of the currency, exactly as their decimals read.

    Binary fractions of decimals do not add up: 0.1 + 0.2 leaves 5e-17 of 0.3 over, which would be one more claim.
    """

    claims: tuple[int, ...]
    obligations: tuple[int, ...]
    units: int

    @property
    def total(self) -> int:
        """Sum of the claims, in units of 1 / `units` of the currency; the obligations add up to the same."""
        return sum(self.claims)

    def without_dust(self, amounts: dict[Link, int]) -> dict[Link, int]:
        """The claims that are more than the rounding of a margin."""
        return {
            (i, j): amount
            for (i, j), amount in amounts.items()
            if amount * ROUNDING > min(self.claims[i], self.obligations[j])
        }


def whole_margins(margins: Margins) -> WholeMargins:
    """The margins in the largest unit that divides them all; what rounding leaves goes to the largest obligation."""
    claims, obligations = _decimals(margins.claims), _decimals(margins.obligations)
    units = math.lcm(*(value.denominator for value in [*claims, *obligations]))
    return balanced([int(value * units) for value in claims], [int(value * units) for value in obligations], units)


def balanced(claims: list[int], obligations: list[int], units: int) -> WholeMargins:
    """Margins whose totals are made equal at the largest obligation."""
    largest = obligations.index(max(obligations))
    obligations = [
        *obligations[:largest],
        obligations[largest] + sum(claims) - sum(obligations),
        *obligations[largest + 1 :],
    ]
    return WholeMargins(tuple(claims), tuple(obligations), units)


def _decimals(values: FloatArray) -> list[Fraction]:
    return [Fraction(repr(float(value))) for value in values]
