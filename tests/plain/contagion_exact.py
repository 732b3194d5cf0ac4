"""Clearing in exact fractions, for small networks where a bank may have exactly what it owes; no code of the toolkit.

The algorithms are those that end after finitely many steps: the fictitious default sequence of Eisenberg and Noe 2001
(section 3) with the costs of default of Rogers and Veraart 2013 (Definition 3.6, the "GA"). External creditors are
pari passu. Floats are read as the decimal numbers that they print as.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Vector = list[Fraction]
Matrix = list[list[Fraction]]


@dataclass(frozen=True)
class Exact:
    """Payments, who is in default, and the round in which each entered the default set (-1: never)."""

    payments: Vector
    defaulted: list[bool]
    rounds: list[int]


def exactly(number: float) -> Fraction:
    """The decimal number that this float prints as: 0.1 is a tenth."""
    return Fraction(repr(float(number)))


@dataclass(frozen=True)
class Network:
    """Obligations p_bar, shares Pi, external assets e; alpha and beta are the parts recovered in default."""

    owed: Vector
    shares: Matrix
    external: Vector
    alpha: Fraction
    beta: Fraction

    def value(self, payments: Vector, i: int) -> Fraction:
        """e_i + sum_j Pi_ji p_j."""
        return self.external[i] + sum((self.shares[j][i] * p for j, p in enumerate(payments)), Fraction(0))


def network(
    liabilities: Sequence[Sequence[float]],
    external_assets: Sequence[float],
    external_liabilities: Sequence[float],
    alpha: float = 1,
    beta: float = 1,
) -> Network:
    """The network in fractions."""
    rows = [[exactly(x) for x in row] for row in liabilities]
    owed = [sum(row, exactly(b)) for row, b in zip(rows, external_liabilities, strict=True)]
    shares = [[x / p if p else Fraction(0) for x in row] for row, p in zip(rows, owed, strict=True)]
    return Network(owed, shares, [exactly(x) for x in external_assets], exactly(alpha), exactly(beta))


def clear_greatest(net: Network) -> Exact:
    """GA: all pay; whoever cannot joins the default set; solve for what the set pays; until the set stands still."""
    size = len(net.owed)
    payments, rounds, turn = list(net.owed), [-1] * size, 0
    while True:
        joining = [i for i in range(size) if rounds[i] < 0 and net.value(payments, i) < net.owed[i]]
        if not joining:
            return Exact(payments, [r >= 0 for r in rounds], rounds)
        for i in joining:
            rounds[i] = turn
        turn += 1
        payments = _solve_default_set(net, [i for i in range(size) if rounds[i] >= 0], payments)


def clear_least(net: Network) -> Exact:
    """The least vector: nobody is known to be solvent at first; payments under that are the least solution of

    p = min(p_bar, alpha e + beta inflow); whoever has enough there is solvent, which is added and never taken back.
    """
    size = len(net.owed)
    solvent = {i for i in range(size) if net.owed[i] == 0}
    while True:
        payments = _least_capped(net, solvent)
        more = {i for i in range(size) if net.value(payments, i) >= net.owed[i]} - solvent
        if not more:
            return Exact(payments, [i not in solvent for i in range(size)], [-1] * size)
        solvent |= more


def _solve_default_set(net: Network, members: list[int], payments: Vector) -> Vector:
    """x_i = alpha e_i + beta (inflow from others at `payments` + inflow from members at x), for the members."""
    others = [j for j in range(len(net.owed)) if j not in set(members)]
    right = [
        net.alpha * net.external[i] + net.beta * sum((net.shares[j][i] * payments[j] for j in others), Fraction(0))
        for i in members
    ]
    left = [[(1 if i == j else 0) - net.beta * net.shares[j][i] for j in members] for i in members]
    result = list(payments)
    for i, x in zip(members, _solve(left, right), strict=True):
        result[i] = x
    return result


def _least_capped(net: Network, solvent: set[int]) -> Vector:
    """Least p with p = p_bar on `solvent` and p = min(p_bar, alpha e + beta inflow) elsewhere.

    Who is reached by no money pays nothing. Among the others the solution is unique (monotone, concave, and every
    orbit starts from something positive), so it may be sought from above.
    """
    size = len(net.owed)
    reached = {i for i in range(size) if i in solvent or net.alpha * net.external[i] > 0}
    while True:
        more = {i for i in range(size) if any(net.shares[j][i] for j in reached if net.owed[j])} - reached
        if not more:
            break
        reached |= more
    payments = [net.owed[i] if i in reached else Fraction(0) for i in range(size)]
    short: list[int] = []
    while True:
        poor = [i for i in sorted(reached - solvent) if i not in short and _recovered(net, payments, i) < net.owed[i]]
        if not poor:
            return payments
        short = sorted(short + poor)
        payments = _solve_default_set(net, short, payments)


def _recovered(net: Network, payments: Vector, i: int) -> Fraction:
    inflow = net.value(payments, i) - net.external[i]
    return net.alpha * net.external[i] + net.beta * inflow


def _solve(left: Matrix, right: Vector) -> Vector:
    """Gaussian elimination."""
    rows = [[*row, b] for row, b in zip(left, right, strict=True)]
    size = len(rows)
    for k in range(size):
        pivot = next(r for r in range(k, size) if rows[r][k] != 0)
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for r in range(size):
            factor = rows[r][k]
            if r != k and factor != 0:
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]
