"""The network of given margins that is as even as possible: the limit of RAS, iterative proportional fitting."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.forms import FactorForm, Form, hub_network, sums_without_own
from reporting.measures.contagion.margins import Margins

_MOST_SCALINGS = 50
_EXACT = 1e-14  # relative change of a margin below which another scaling changes nothing


def maximum_entropy(margins: Margins) -> tuple[Form, int]:
    """The network closest to an even one (least relative entropy to ones off the diagonal), and the steps it took.

    RAS scales rows and columns in turn until exposures[i, j] = u_i v_j off the diagonal has both margins (Upper and
    Worms 2004; Blien and Graef 1998). Its limit is computed here without its slow convergence where one institution
    takes part in nearly every claim: with U, V the sums of u, v and x_i = u_i v_i the margins say u_i V = r_i + x_i
    and v_i U = c_i + x_i, hence with s = U V

        x_i^2 + (r_i + c_i - s) x_i + r_i c_i = 0   and   s = total + sum of x_i,

    one equation in s. x_i is the smaller root, but for at most one institution, whose root is the larger. A few
    scalings of rows and columns then take off the rounding. A margin of zero leaves its row or column empty.
    """
    if margins.hub is not None:
        return hub_network(margins, margins.hub), 0
    if margins.total == 0.0:
        return _factors(np.zeros(margins.size), np.zeros(margins.size)), 0
    rows, columns = margins.claims / margins.total, margins.obligations / margins.total
    lender, borrower, steps = _solved(rows, columns)
    lender, borrower, scalings = _scaled_to(rows, columns, lender, borrower)
    return _factors(lender * margins.total, borrower), steps + scalings


def _factors(lender: FloatArray, borrower: FloatArray) -> FactorForm:
    lender.flags.writeable = borrower.flags.writeable = False
    return FactorForm(lender, borrower)


def smaller_roots(rows: FloatArray, columns: FloatArray, s: float) -> FloatArray:
    """(n,) the smaller solution of x^2 + (r + c - s) x + r c = 0, for s of at least (sqrt r + sqrt c)^2."""
    half = s - rows - columns
    low, high = (np.sqrt(rows) - np.sqrt(columns)) ** 2, (np.sqrt(rows) + np.sqrt(columns)) ** 2
    root = np.sqrt(np.maximum(s - high, 0.0) * np.maximum(s - low, 0.0))
    found: FloatArray = np.divide(
        2.0 * rows * columns, half + root, out=np.zeros(len(rows)), where=rows * columns > 0.0
    )
    return found


def _solved(rows: FloatArray, columns: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Factors for margins that add up to one, and the number of evaluations."""
    largest = int(np.argmax((np.sqrt(rows) + np.sqrt(columns)) ** 2))
    lowest = float((np.sqrt(rows[largest]) + np.sqrt(columns[largest])) ** 2)
    gap = _gap(rows, columns, largest)

    def even(s: float) -> float:
        return float(1.0 - s + smaller_roots(rows, columns, s).sum())

    def dominated(logarithm: float) -> float:
        x = smaller_roots(rows, columns, math.exp(logarithm))
        return float(gap + x.sum() - 2.0 * x[largest])

    if even(lowest) >= 0.0:
        s, report = brentq(even, lowest, 2.0, xtol=1e-15, full_output=True)
        x = smaller_roots(rows, columns, s)
        return (rows + x) / math.sqrt(s), (columns + x) / math.sqrt(s), int(report.function_calls)
    product = float(rows[largest] * columns[largest])
    highest = 1.0 + product / gap  # where the smaller root of the largest institution is the gap
    logarithm, report = brentq(dominated, math.log(lowest), math.log(highest) + 1e-9, xtol=1e-15, full_output=True)
    s = math.exp(logarithm)
    x = smaller_roots(rows, columns, s)
    x[largest] = s - rows[largest] - columns[largest] - x[largest]
    return (rows + x) / math.sqrt(s), (columns + x) / math.sqrt(s), int(report.function_calls)


def _gap(rows: FloatArray, columns: FloatArray, node: int) -> float:
    """What the others have among themselves, total - r - c of the node: from the side on which less cancels."""
    if rows[node] <= columns[node]:
        return math.fsum([*np.delete(columns, node), -rows[node]])
    return math.fsum([*np.delete(rows, node), -columns[node]])


def _scaled_to(
    rows: FloatArray, columns: FloatArray, lender: FloatArray, borrower: FloatArray
) -> tuple[FloatArray, FloatArray, int]:
    """Factors scaled to rows and columns in turn until nothing changes, and how often."""
    scalings = 0
    while scalings < _MOST_SCALINGS:
        scalings += 1
        before = lender, borrower
        lender = _quotient(rows, sums_without_own(borrower))
        borrower = _quotient(columns, sums_without_own(lender))
        if _same(lender, before[0]) and _same(borrower, before[1]):
            break
    return lender, borrower, scalings


def _same(now: FloatArray, before: FloatArray) -> bool:
    return bool(np.all(np.abs(now - before) <= _EXACT * before))


def _quotient(margin: FloatArray, others: FloatArray) -> FloatArray:
    found: FloatArray = np.divide(margin, others, out=np.zeros(len(margin)), where=margin > 0.0)
    return found
