"""Totals of claims and obligations by institution, and whether any network can have them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reporting.measures.arrays import FloatArray

TOLERANCE = 1e-9  # of margins: relative, between the two totals and of each margin in a result
_ROUNDING = 4.0 * float(np.finfo(np.float64).eps)


class InfeasibleMargins(ValueError):
    """No network without self-exposures has these margins.

    node    index of the institution whose claims and obligations exceed what the others can take, or None if the two
            totals differ
    excess  currency, by how much
    """

    def __init__(self, message: str, *, node: int | None, excess: float) -> None:
        self.node = node
        self.excess = excess
        super().__init__(message)


@dataclass(frozen=True, eq=False)
class Margins:
    """Margins that some network without self-exposures has. Arrays (n,), currency, read-only.

    claims       sum of the row of each institution
    obligations  sum of its column; they add up to `total` like the claims
    hub          the institution whose claims and obligations together are the total, so that it is party to every
                 claim, or None
    """

    claims: FloatArray
    obligations: FloatArray
    total: float
    hub: int | None

    @property
    def size(self) -> int:
        """Number of institutions."""
        return len(self.claims)


def checked_margins(claims: npt.ArrayLike, obligations: npt.ArrayLike) -> Margins:
    """The margins, if there is a network with them.

    A network with zero diagonal exists if and only if the totals are equal and claims[i] + obligations[i] is at most
    the total for every i. Totals may differ by 1e-9 of their size: the difference goes to the largest obligation if it
    is at most 1e-9 of that, otherwise to all obligations in proportion, so that each margin holds to 1e-9.

    Raises InfeasibleMargins, and ValueError for wrong shapes, negative amounts and amounts that are not finite.
    """
    rows, columns = _amounts(claims, "claims"), _amounts(obligations, "obligations")
    if len(rows) != len(columns):
        raise ValueError(
            f"{len(rows)} claims and {len(columns)} obligations: one of each for every institution is needed"
        )
    total = math.fsum(rows)
    columns = _to_total(columns, total)
    hub = _hub(rows, columns, total)
    rows.flags.writeable = columns.flags.writeable = False
    return Margins(rows, columns, total, hub)


def _amounts(values: npt.ArrayLike, name: str) -> FloatArray:
    found: FloatArray = np.array(values, dtype=np.float64)
    if found.ndim != 1 or not len(found):
        raise ValueError(f"{name} have the shape {found.shape}, must be (n,) with n of 1 or more")
    bad = np.flatnonzero(~(np.isfinite(found) & (found >= 0.0)))
    if len(bad):
        shown = ", ".join(f"{found[i]} of node {i}" for i in bad[:20])
        raise ValueError(f"{name} must be finite and not negative, found {shown}")
    return found


def _to_total(columns: FloatArray, total: float) -> FloatArray:
    difference = total - math.fsum(columns)
    if abs(difference) > TOLERANCE * total:
        raise InfeasibleMargins(
            f"claims add up to {total}, obligations to {math.fsum(columns)}: they differ by {abs(difference)}",
            node=None,
            excess=abs(difference),
        )
    largest = int(np.argmax(columns))
    if abs(difference) > TOLERANCE * columns[largest]:
        return columns * (total / math.fsum(columns))
    columns[largest] += difference
    return columns


def _hub(rows: FloatArray, columns: FloatArray, total: float) -> int | None:
    """The institution that leaves the others nothing among themselves; at most one can exceed the total."""
    if total == 0.0:
        return None
    node = int(np.argmax(rows + columns))
    excess = math.fsum([rows[node], columns[node], -total])
    room = TOLERANCE * min(rows[node], columns[node]) + _ROUNDING * total
    if excess > room:
        raise InfeasibleMargins(
            f"node {node} has claims of {rows[node]} and obligations of {columns[node]}, together {excess} more than "
            f"the total of {total}: without self-exposures the others cannot take them",
            node=node,
            excess=excess,
        )
    return node if excess >= -room else None
