"""When an iteration is near enough to its limit: a bound on what is still to come, from two windows of gains."""

from __future__ import annotations

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.network import EPS

FLOOR = 8 * EPS  # of the value: the rounding of one application, and what is told from it
LONGEST = 64  # applications
NEAR = 10  # times the tolerance: a window that gains more is not the last
ROUNDING_ALLOWED = 100  # times the tolerance: close to a rate of 1 rounding is all that is left


class Windows:
    """The gains of h = min(cap, source + M h) over windows of k applications each.

    While no cap is reached, the gain W' of a window is M^k times that of the window before, W. If W' <= r W in every
    component, then what is still to come is at most r / (1 - r) W' (a Collatz-Wielandt bound: no eigenvalue is
    estimated). Steps as such bound nothing: at a rate of 0.99 a step of 1e-6 leaves an error of 1e-4.

    end               application after which to look next
    error, rate       once closed: bound relative to the scale, rounding included; decay by application
    accurate          the bound is a hundred times the tolerance at most
    """

    def __init__(self, start: FloatArray, length: int, scale: FloatArray | float, tolerance: float) -> None:
        self.end, self.error, self.accurate = length, np.inf, False
        self._mark, self._length, self._scale, self._tolerance = start, length, scale, tolerance
        self.rate: float | None = None
        self._before: FloatArray | None = None
        self._clean = True

    def disturbed(self) -> None:
        """A cap was reached: neither this window nor the one before says what comes after."""
        self._clean = False

    def closed(self, value: FloatArray, used: int) -> bool:
        """Whether nothing worth mentioning is still to come; opens the next window if not."""
        gained = value - self._mark
        if not gained.any():
            self._close(FLOOR * value * (used + 1))
            return True
        if self._clean and self._before is not None and largest(gained, self._scale) <= NEAR * self._tolerance:
            worst = _worst_ratio(gained, self._before, FLOOR * value)
            if worst < 1 and largest(worst / (1 - worst) * gained, self._scale) <= self._tolerance:
                self.rate = worst ** (1 / self._length)
                self._close(worst / (1 - worst) * gained + FLOOR * value / (1 - worst ** (1 / self._length)))
                return True
            if worst >= 1:  # not all are reached yet, or what goes round is longer than the window
                self._length, self._clean = min(2 * self._length, LONGEST), False
        self._before = gained if self._clean else None
        self._mark, self._clean, self.end = value, True, used + self._length
        return False

    def _close(self, error: FloatArray) -> None:
        self.error = largest(error, self._scale)
        self.accurate = self.error <= ROUNDING_ALLOWED * self._tolerance


def _worst_ratio(gained: FloatArray, before: FloatArray, rounding: FloatArray) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.max(np.where(gained <= rounding, 0.0, gained / before)))


def largest(values: FloatArray, scale: FloatArray | float) -> float:
    """Largest value relative to the scale; 0 without any."""
    return float(np.max(values / scale, initial=0.0))
