"""How concentrated lending is: Herfindahl-Hirschman index of lenders and of borrowers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.network import Matrix, as_claims, frozen, scaled_rows, times


@dataclass(frozen=True, eq=False)
class Concentration:
    """Sums of squared shares, from 1 / number to 1 (one counterparty); times 10,000 in the scale of competition law.

    of_lenders        (n,) of j: of the shares of its lenders in its obligations; NaN (not available) without any
    of_borrowers      (n,) of i: of the shares of its borrowers in its claims; NaN without any
    system_lenders    of the shares of the institutions in all claims; NaN in an empty network
    system_borrowers  of their shares in all obligations
    """

    of_lenders: FloatArray
    of_borrowers: FloatArray
    system_lenders: float
    system_borrowers: float


def concentration(exposures: Any) -> Concentration:
    """Herfindahl-Hirschman indices of a network; exposures (n, n), dense or sparse, [i, j] is the claim of i on j."""
    matrix = as_claims(exposures, "exposures")
    scale = matrix.max() if matrix.nnz else 1.0  # squares of the smallest and the largest amounts stay in range
    shares = scaled_rows(matrix, np.full(matrix.shape[0], 1.0 / scale if scale > 0.0 else 1.0))
    ones = np.ones(shares.shape[0])
    claims, obligations = times(shares, ones), times(shares.T, ones)
    squares: Matrix = shares.multiply(shares)
    return Concentration(
        frozen(_index(times(squares.T, ones), obligations)),
        frozen(_index(times(squares, ones), claims)),
        float(_index((claims**2).sum(keepdims=True), claims.sum(keepdims=True))[0]),
        float(_index((obligations**2).sum(keepdims=True), obligations.sum(keepdims=True))[0]),
    )


def _index(squares: FloatArray, sums: FloatArray) -> FloatArray:
    found: FloatArray = np.divide(squares, sums**2, out=np.full(len(sums), np.nan), where=sums > 0.0)
    return found
