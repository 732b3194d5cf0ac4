"""Whether the theory leaves room for a second clearing vector: Eisenberg and Noe (2001), Theorem 2."""

from __future__ import annotations

import numpy as np

from reporting.measures.contagion.estate import Estate
from reporting.measures.contagion.network import BoolArray, times


def has_one_vector(estate: Estate) -> bool | None:
    """True where the clearing vector is unique; None where nothing is said of it.

    Without default costs and senior creditors, two vectors can differ only by a payment that goes round among
    institutions that owe nobody else, inside or outside, and have no assets. So there is one where everybody, along
    obligations, reaches somebody with external assets, with external creditors, or without obligations. With default
    costs the map jumps, and there may be several vectors whatever the network.
    """
    if estate.alpha < 1 or estate.beta < 1 or estate.senior.any():
        return None
    among = np.asarray(estate.liabilities.sum(axis=1), dtype=np.float64)
    settled = (estate.assets > 0) | (estate.obligations == 0) | (estate.obligations > among)
    return True if _leading_to(estate, settled).all() else None


def _leading_to(estate: Estate, there: BoolArray) -> BoolArray:
    """(n,) who is there, or owes something to somebody who leads there; at most n rounds over the claims."""
    while not there.all():
        further = there | (times(estate.liabilities, there.astype(np.float64)) > 0)
        if (further == there).all():
            break
        there = further
    return there
