"""A network of given margins with few claims, by matching lenders and borrowers one claim at a time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence

from reporting.measures.contagion.whole_units import Link, WholeMargins


def matched(margins: WholeMargins) -> dict[Link, int]:
    """Amounts of claims without cycles that have the margins: at most lenders + borrowers - 1.

    A lender and a borrower with the same amount are matched first, then the institution with the largest amount left
    and the largest on the other side. A claim is as large as both allow, but leaves every third institution enough
    others; one that has only just enough becomes a hub, and what is left follows. Ties go to the lower index.
    """
    state = _State(margins)
    while state.total and (hub := state.hub()) is None:
        lender, borrower = state.equal() or state.largest()
        state.link(lender, borrower, state.room(lender, borrower))
    if state.total:
        state.close(hub)
    return state.links


class _State:
    """What is left of the margins. The queues hold amounts of the past too, which are dropped when they come up."""

    def __init__(self, margins: WholeMargins) -> None:
        self.claims, self.obligations = list(margins.claims), list(margins.obligations)
        self.total = margins.total
        self.links: dict[Link, int] = {}
        nodes = range(len(self.claims))
        self._lenders = _queue(nodes, self.claims.__getitem__)
        self._borrowers = _queue(nodes, self.obligations.__getitem__)
        self._both = _queue(nodes, self._sum)
        self._equal_lenders = _by_amount(self.claims)
        self._equal_borrowers = _by_amount(self.obligations)
        self._changed = sorted(self._equal_lenders.keys() & self._equal_borrowers.keys())

    def _sum(self, node: int) -> int:
        return self.claims[node] + self.obligations[node]

    def hub(self) -> int | None:
        """The institution whose claims and obligations are all that is left, or None."""
        node = next(_largest(self._both, self._sum))
        return node if self._sum(node) >= self.total else None

    def equal(self) -> Link | None:
        """A lender and a borrower with the same amount, if both can have all of it in one claim."""
        while self._changed:
            amount = self._changed[-1]
            lenders = self._equal_lenders.get(amount, set())
            borrowers = self._equal_borrowers.get(amount, set())
            pair = _different(lenders, borrowers)
            if pair is not None and self.room(*pair) == amount:
                return pair
            self._changed.pop()
        return None

    def largest(self) -> Link:
        """The largest lender or borrower, and the largest on the other side."""
        lender = next(_largest(self._lenders, self.claims.__getitem__))
        borrower = next(_largest(self._borrowers, self.obligations.__getitem__))
        if lender != borrower:
            return lender, borrower
        if self.claims[lender] >= self.obligations[borrower]:
            others = _largest(self._borrowers, self.obligations.__getitem__)
            return lender, next(node for node in others if node != lender)
        others = _largest(self._lenders, self.claims.__getitem__)
        return next(node for node in others if node != borrower), borrower

    def room(self, lender: int, borrower: int) -> int:
        """The largest claim that leaves every third institution enough others."""
        most = min(self.claims[lender], self.obligations[borrower])
        third = next((node for node in _largest(self._both, self._sum) if node not in {lender, borrower}), None)
        return most if third is None else min(most, self.total - self._sum(third))

    def link(self, lender: int, borrower: int, amount: int) -> None:
        """Books a claim."""
        self.links[lender, borrower] = self.links.get((lender, borrower), 0) + amount
        self.total -= amount
        self._set(self.claims, lender, amount, self._equal_lenders, self._lenders)
        self._set(self.obligations, borrower, amount, self._equal_borrowers, self._borrowers)
        for node in (lender, borrower):
            heapq.heappush(self._both, (-self._sum(node), node))

    def _set(
        self, amounts: list[int], node: int, less: int, equal: dict[int, set[int]], queue: list[tuple[int, int]]
    ) -> None:
        equal[amounts[node]].discard(node)
        amounts[node] -= less
        if amounts[node]:
            equal.setdefault(amounts[node], set()).add(node)
            heapq.heappush(queue, (-amounts[node], node))
            self._changed.append(amounts[node])

    def close(self, hub: int | None) -> None:
        """All that is left is between the hub and the others."""
        if hub is None:
            raise AssertionError("amounts are left without a hub")
        for node in range(len(self.claims)):
            if node == hub:
                continue
            if self.claims[node]:
                self.link(node, hub, self.claims[node])
            if self.obligations[node]:
                self.link(hub, node, self.obligations[node])


def _by_amount(amounts: Sequence[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for node, amount in enumerate(amounts):
        if amount:
            found.setdefault(amount, set()).add(node)
    return found


def _queue(nodes: Sequence[int], amount: Callable[[int], int]) -> list[tuple[int, int]]:
    queue = [(-amount(node), node) for node in nodes if amount(node)]
    heapq.heapify(queue)
    return queue


def _largest(queue: list[tuple[int, int]], amount: Callable[[int], int]) -> Iterator[int]:
    """Nodes by descending amount; what the caller does not reach stays in the queue."""
    taken: list[tuple[int, int]] = []
    try:
        while queue:
            entry = heapq.heappop(queue)
            if -entry[0] == amount(entry[1]) and entry not in taken:
                taken.append(entry)
                yield entry[1]
    finally:
        for entry in taken:
            heapq.heappush(queue, entry)


def _different(lenders: set[int], borrowers: set[int]) -> Link | None:
    """The lowest lender and the lowest borrower that are not the same institution."""
    for lender in sorted(lenders)[:2]:
        for borrower in sorted(borrowers)[:2]:
            if lender != borrower:
                return lender, borrower
    return None
