"""The distribution function of the standard normal, for arrays."""

from __future__ import annotations

from math import erfc, exp, pi, sqrt

import numpy as np

from reporting.measures.arrays import FloatArray

_STEPS = 128  # nodes for one unit
_REACH = 39  # below -38.5 the function is smaller than any number
_ORDER = 8


def _taylor() -> FloatArray:
    """(order, nodes): coefficients of the series around each node, from the recurrence of the Hermite polynomials."""
    nodes = np.arange(-_REACH * _STEPS, _REACH * _STEPS + 1) / _STEPS
    found = np.zeros((_ORDER, len(nodes)))
    found[0] = [0.5 * erfc(-node / sqrt(2)) for node in nodes]
    found[1] = [exp(-0.5 * node * node) / sqrt(2 * pi) for node in nodes]
    found[2] = -nodes * found[1] / 2
    for order in range(3, _ORDER):
        found[order] = -(nodes * found[order - 1] * (order - 1) + found[order - 2] * (order - 2)) / order / (order - 1)
    return found


_COEFFICIENTS = _taylor()
_COEFFICIENTS.flags.writeable = False


def normal_distribution(x: FloatArray) -> FloatArray:
    """Phi(x), the share of a standard normal below x, element by element; infinities give 0 and 1.

    The Taylor series around the nearest of the nodes k/128, whose values come from the standard library's erfc.
    """
    inside = np.clip(x, -_REACH, _REACH)
    node = np.rint(inside * _STEPS)
    offset = inside - node / _STEPS
    place = node.astype(np.int64) + _REACH * _STEPS
    total: FloatArray = _COEFFICIENTS[-1][place]
    for coefficients in _COEFFICIENTS[-2::-1]:
        total *= offset
        total += coefficients[place]
    return total
