"""The most parts into which lenders and borrowers fall so that each part can settle all its claims by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.whole_units import ROUNDING, WholeMargins

LARGEST = 30  # lenders and borrowers together; a search through 2 x 2^15 sums
MOST_PARTS = 2_000  # that balance, of which the best are chosen
_WINDOW = 1e-11  # of the total: sums within it are compared exactly


@dataclass(frozen=True)
class Part:
    """Lenders and borrowers, by index, whose margins add up to the same."""

    lenders: tuple[int, ...]
    borrowers: tuple[int, ...]


def most_parts(margins: WholeMargins) -> list[Part] | None:
    """The partition into the most parts, or None if the margins are too many to tell.

    A network without cycles has as many claims as lenders and borrowers, less its connected parts; a network with the
    fewest claims has no cycle. So the fewest claims follow from the most parts. In a part claims and obligations add up
    to the same (to 1e-12 of its largest margin), and no institution has more of both together than the part.
    """
    nodes = _Nodes(margins)
    if nodes.count > LARGEST:
        return None
    candidates = _near_zero(nodes.amounts)
    if candidates is None:
        return None
    parts = [mask for mask in sorted(candidates) if nodes.settles(mask)]
    whole = (1 << nodes.count) - 1
    return [nodes.part(mask) for mask in _largest_partition(whole, [*parts, whole])]


class _Nodes:
    """Lenders and borrowers as bits of a mask, lenders first."""

    def __init__(self, margins: WholeMargins) -> None:
        self.lenders = [i for i, amount in enumerate(margins.claims) if amount]
        self.borrowers = [j for j, amount in enumerate(margins.obligations) if amount]
        self.count = len(self.lenders) + len(self.borrowers)
        self._margins = margins
        signed = [margins.claims[i] for i in self.lenders] + [-margins.obligations[j] for j in self.borrowers]
        total = margins.total
        self.amounts = np.array([amount / total for amount in signed])

    def part(self, mask: int) -> Part:
        """Lenders, then borrowers, whose bits are set: bit k is that of `amounts[k]`."""
        chosen = [bool(mask >> bit & 1) for bit in range(self.count)]
        middle = len(self.lenders)
        return Part(
            tuple(i for i, taken in zip(self.lenders, chosen[:middle], strict=True) if taken),
            tuple(j for j, taken in zip(self.borrowers, chosen[middle:], strict=True) if taken),
        )

    def settles(self, mask: int) -> bool:
        """Whether the margins of a part balance, and some network without self-exposures has them."""
        part = self.part(mask)
        claims = {i: self._margins.claims[i] for i in part.lenders}
        obligations = {j: self._margins.obligations[j] for j in part.borrowers}
        if not claims or not obligations:
            return False
        total, other = sum(claims.values()), sum(obligations.values())
        largest = max(*claims.values(), *obligations.values())
        both = max(claims[i] + obligations[i] for i in claims if i in obligations) if claims.keys() & obligations else 0
        return abs(total - other) * ROUNDING <= largest and both <= min(total, other)


def _near_zero(amounts: FloatArray) -> list[int] | None:
    """Masks of the amounts that add up to nearly zero, but for none and all; None if they are very many.

    The sums of one half of the amounts are sorted; of each sum of the other half those are taken that cancel it.
    """
    middle = len(amounts) // 2
    left, right = _sums(amounts[:middle]), _sums(amounts[middle:])
    order = np.argsort(left, kind="stable")
    ordered = left[order]
    first = np.searchsorted(ordered, -right - _WINDOW, side="left")
    last = np.searchsorted(ordered, -right + _WINDOW, side="right")
    count = last - first
    if int(count.sum()) > MOST_PARTS + 2:
        return None
    found = [
        (int(mask) << middle) | int(order[place])
        for mask in np.flatnonzero(count)
        for place in range(first[mask], last[mask])
    ]
    return [mask for mask in found if mask not in {0, (1 << len(amounts)) - 1}]


def _sums(amounts: FloatArray) -> FloatArray:
    """(2^n,) the sum of the amounts of each mask."""
    sums: npt.NDArray[np.float64] = np.zeros(1)
    for amount in amounts:
        sums = np.concatenate([sums, sums + amount])
    return sums


def _largest_partition(whole: int, parts: Sequence[int]) -> list[int]:
    """The most of the parts that do not overlap and together are the whole, which is one of them."""
    by_lowest: dict[int, list[int]] = {}
    for part in parts:
        by_lowest.setdefault(part & -part, []).append(part)

    @cache
    def best(rest: int) -> tuple[int, ...] | None:
        if not rest:
            return ()
        fitting = (part for part in by_lowest.get(rest & -rest, []) if part & rest == part)
        found = [(part, *others) for part in fitting if (others := best(rest & ~part)) is not None]
        return max(found, key=len, default=None)

    return list(best(whole) or [whole])
