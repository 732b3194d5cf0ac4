"""Threat index: what one unit of bail-out brings the whole system (Demange 2018)."""

from __future__ import annotations

from typing import Any

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.active_set import solve_rest
from reporting.measures.contagion.clearing import Clearing
from reporting.measures.contagion.network import as_claims, frozen, inverse, scaled_rows


def threat_index(liabilities: Any, cleared: Clearing) -> FloatArray:
    """Index = alpha (I - beta Pi_DD)^-1 1: further payments in the whole system by unit of external assets given to i.

    liabilities   (n, n) as they were cleared; [i, j] is what i owes j
    cleared       their clearing; D are those in default whose next unit goes to the creditors of this vector
    Returns (n,), a pure number: 0 for who is solvent, and for an estate whose senior creditors still lose; otherwise
    at least alpha. Holds as long as the set of defaults stays what it is. ValueError if the clearing is of another
    network, or if a circle of defaults passes everything on (no finite index).
    """
    owed = as_claims(liabilities, "liabilities")
    if owed.shape[0] != len(cleared.payments):
        raise ValueError(f"liabilities are of {owed.shape[0]} institutions, the clearing of {len(cleared.payments)}")
    short_of_senior = cleared.senior_payments < cleared.senior_obligations
    inside = np.flatnonzero(cleared.defaulted & ~short_of_senior)
    shares = scaled_rows(owed, cleared.beta * inverse(cleared.obligations))[inside][:, inside]
    index = np.zeros(len(cleared.payments))
    index[inside] = cleared.alpha * solve_rest(shares, np.ones(len(inside)), np.ones(len(inside)))[0]
    if not np.isfinite(index).all():
        raise ValueError("a circle of institutions in default passes on all that it receives: the index is not finite")
    found: FloatArray = frozen(index)
    return found
