"""The question turned round: how small a shock is enough."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_ROUNDING = 1e-12  # relative: a loss that falls by less has not fallen


@dataclass(frozen=True)
class SmallestShock:
    """Where a loss is first reached.

    lower         a shock that does not reach it; None if no shock at all is enough
    upper         a shock that reaches it, at most the tolerance above `lower`; None if it is not reached
    evaluations   (shock, loss) of every evaluation, by ascending shock
    not_monotone  pairs of evaluated shocks of which the larger has the smaller loss. If there are any, [lower, upper]
                  is a crossing, but smaller shocks may reach the loss too
    """

    at_least: float
    lower: float | None
    upper: float | None
    evaluations: tuple[tuple[float, float], ...]
    not_monotone: tuple[tuple[float, float], ...]

    @property
    def reached(self) -> bool:
        """Whether any evaluated shock reaches the loss."""
        return self.upper is not None

    @property
    def monotone(self) -> bool:
        """Whether no evaluated pair says otherwise; it is not a proof."""
        return not self.not_monotone

    def __str__(self) -> str:
        """The bracket in words, with what casts doubt on it."""
        if self.upper is None:
            found = f"not reached at the largest shock {self.lower}"
        elif self.lower is None:
            found = "reached without any shock"
        else:
            found = f"first reached between {self.lower} and {self.upper}"
        doubt = (
            "" if self.monotone else "; the loss is not monotone in the shock, this is a crossing and not the smallest"
        )
        return f"a loss of {self.at_least} is {found} ({len(self.evaluations)} evaluations){doubt}"


def smallest_shock(
    loss_of: Callable[[float], float], at_least: float, *, upper: float = 1.0, tolerance: float = 1e-9
) -> SmallestShock:
    """The smallest shock with a loss of `at_least` or more, by bisection between zero and `upper`.

    loss_of    the loss at a shock, of the system or of one institution: for example
               `lambda share: debtrank(exposures, equity, share * pattern).h[i]` with `at_least=1` for the failure of i.
               Assumed not to fall as the shock grows; all evaluated points are held against that
    at_least   in the unit of the loss; for a loss strictly above x pass `math.nextafter(x, math.inf)`
    upper      the largest shock, in the unit that loss_of takes, above zero
    tolerance  width of the bracket, as a share of `upper`

    Raises ValueError if a loss is not a number, and for an upper end or tolerance that is not above zero.
    """
    if not 0.0 < upper < math.inf or not 0.0 < tolerance < 1.0 or math.isnan(at_least):
        raise ValueError(f"at_least {at_least}, upper {upper}, tolerance {tolerance}: numbers above zero are needed")
    evaluated: dict[float, float] = {}

    def reaches(shock: float) -> bool:
        loss = float(loss_of(shock))
        if math.isnan(loss):
            raise ValueError(f"the loss at the shock {shock} is not a number")
        evaluated[shock] = loss
        return loss >= at_least

    low, high = _bracket(reaches, upper, tolerance * upper)
    points = tuple(sorted(evaluated.items()))
    return SmallestShock(at_least, low, high, points, _falls(points))


def _bracket(reaches: Callable[[float], bool], upper: float, width: float) -> tuple[float | None, float | None]:
    if reaches(0.0):
        return None, 0.0
    if not reaches(upper):
        return upper, None
    low, high = 0.0, upper
    while high - low > width:
        middle = low + (high - low) / 2.0
        if not low < middle < high:
            break
        if reaches(middle):
            high = middle
        else:
            low = middle
    return low, high


def _falls(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """For each point whose loss is below one before it, the shock of the largest loss before it and its own."""
    found = []
    largest = points[0]
    for shock, loss in points[1:]:
        if loss < largest[1] - _ROUNDING * abs(largest[1]):
            found.append((largest[0], shock))
        if loss > largest[1]:
            largest = (shock, loss)
    return tuple(found)
