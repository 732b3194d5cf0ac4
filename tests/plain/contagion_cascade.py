"""Cascades once more, plainly: sets of banks that grow round by round, in exact fractions; no code of the toolkit.

Written from the papers: Furfine 2003 (Journal of Money, Credit and Banking 35:111-128) for defaults, Gai and Kapadia
2010 (Proceedings of the Royal Society A 466:2401-2423) and Gai, Haldane and Kapadia 2011 (Journal of Monetary Economics
58:453-470) for funding that is withdrawn. `exposures[i][j]` is the claim of i on j. Amounts are read as the decimal
numbers they print as, so that a loss that eats up equity exactly is equal to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

Rows = Sequence[Sequence[float]]
Row = Sequence[float]


@dataclass(frozen=True)
class Cascade:
    """Round of entry (0 for seeds, -1: never) and the loss of each bank on claims on the banks in default."""

    rounds: list[int]
    losses: list[Fraction]

    @property
    def members(self) -> set[int]:
        return {i for i, r in enumerate(self.rounds) if r >= 0}


def default_cascade(
    exposures: Rows,
    equity: Row,
    seeds: Collection[int],
    *,
    loss_given_default: float = 1,
    equality_defaults: bool = True,
) -> Cascade:
    """D = seeds; each round adds every i with LGD * sum over j in D of A_ij >= E_i, or > E_i (Furfine 2003).

    Whoever satisfies this without any loss (equity below zero; at zero where equality defaults, as in Gai and Kapadia
    2010, where solvent means a net worth above zero) is in default before the first round.
    """
    claims, owned, lgd = _exact_rows(exposures), _exact(equity), _exact([loss_given_default])[0]
    at_once = {i for i, e in enumerate(owned) if e < 0 or (e == 0 and equality_defaults)}

    def joins(i: int, members: set[int]) -> bool:
        loss = _lost(claims, lgd, i, members)
        return loss >= owned[i] if equality_defaults else loss > owned[i]

    rounds = _grow(len(owned), set(seeds) | at_once, joins)
    return Cascade(rounds, [_lost(claims, lgd, i, _members(rounds)) for i in range(len(owned))])


def funding_cascade(exposures: Rows, liquid: Row, seeds: Collection[int], *, withdrawn: float = 1) -> Cascade:
    """H = seeds; each round adds every i with liquid_i < lambda * sum over j in H of A_ji: its lenders withdraw.

    Gai and Kapadia 2010, Gai, Haldane and Kapadia 2011: liquid assets no longer cover what is withdrawn. The amounts
    are the funding that i loses, not a loss.
    """
    funding, owned, part = _transposed(_exact_rows(exposures)), _exact(liquid), _exact([withdrawn])[0]
    rounds = _grow(len(owned), set(seeds), lambda i, members: owned[i] < _lost(funding, part, i, members))
    return Cascade(rounds, [_lost(funding, part, i, _members(rounds)) for i in range(len(owned))])


def default_and_funding_cascade(
    exposures: Rows,
    equity: Row,
    liquid: Row,
    seeds: Collection[int],
    *,
    loss_given_default: float = 1,
    withdrawn: float = 1,
    equality_defaults: bool = True,
) -> tuple[Cascade, list[Fraction]]:
    """Both at once: whoever fails for either reason costs its creditors, and withdraws what it lends.

    Gai and Kapadia 2010 for claims, Gai, Haldane and Kapadia 2011 for funding. Returned: the cascade with the losses on
    claims, and the funding that each loses.
    """
    claims, owned, lgd = _exact_rows(exposures), _exact(equity), _exact([loss_given_default])[0]
    funding, cash, part = _transposed(claims), _exact(liquid), _exact([withdrawn])[0]
    at_once = {i for i, e in enumerate(owned) if e < 0 or (e == 0 and equality_defaults)}

    def joins(i: int, members: set[int]) -> bool:
        loss = _lost(claims, lgd, i, members)
        insolvent = loss >= owned[i] if equality_defaults else loss > owned[i]
        return insolvent or cash[i] < _lost(funding, part, i, members)

    rounds = _grow(len(owned), set(seeds) | at_once, joins)
    everyone = range(len(owned))
    losses = [_lost(claims, lgd, i, _members(rounds)) for i in everyone]
    return Cascade(rounds, losses), [_lost(funding, part, i, _members(rounds)) for i in everyone]


def _grow(size: int, first: set[int], joins: Callable[[int, set[int]], bool]) -> list[int]:
    """The rounds in which members join: all who would join the set as it stands, together."""
    rounds = [0 if i in first else -1 for i in range(size)]
    turn = 0
    while True:
        turn += 1
        members = _members(rounds)
        joining = [i for i in range(size) if i not in members and joins(i, members)]
        if not joining:
            return rounds
        for i in joining:
            rounds[i] = turn


def _members(rounds: list[int]) -> set[int]:
    return {i for i, r in enumerate(rounds) if r >= 0}


def _lost(rows: list[list[Fraction]], part: Fraction, i: int, members: set[int]) -> Fraction:
    return part * sum((rows[i][j] for j in members), Fraction(0))


def _transposed(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _exact(row: Row) -> list[Fraction]:
    return [Fraction(repr(float(x))) for x in row]


def _exact_rows(rows: Rows) -> list[list[Fraction]]:
    return [_exact(row) for row in rows]
