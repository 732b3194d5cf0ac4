"""Networks of exposures in the two forms in which a reconstruction gives them: factors and sparse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.margins import Margins
from reporting.measures.contagion.network import Matrix, times

LARGEST_DENSE = 5_000  # institutions of a network that is written out, 200 MB


@dataclass(frozen=True, eq=False)
class FactorForm:
    """exposures[i, j] = lender[i] x borrower[j] for i other than j, zero for i = j: the claim of i on j.

    lender, borrower   (n,), not negative, read-only; their products are currency. Memory is O(n).
    """

    lender: FloatArray
    borrower: FloatArray

    @property
    def size(self) -> int:
        """Number of institutions."""
        return len(self.lender)

    @property
    def links(self) -> int:
        """Number of claims above zero."""
        lends, borrows = self.lender > 0.0, self.borrower > 0.0
        return int(lends.sum()) * int(borrows.sum()) - int((lends & borrows).sum())

    def row(self, i: int) -> FloatArray:
        """(n,) the claims of i."""
        found: FloatArray = self.lender[i] * self.borrower
        found[i] = 0.0
        return found

    def matvec(self, x: FloatArray) -> FloatArray:
        """Product exposures @ x, for x (n,) or (n, m), in O(n m)."""
        weighted = _scaled(self.borrower, x)
        return _scaled(self.lender, sums_without_own(weighted))

    def rmatvec(self, x: FloatArray) -> FloatArray:
        """Product exposures.T @ x, for x (n,) or (n, m), in O(n m)."""
        return FactorForm(self.borrower, self.lender).matvec(x)

    def matrix(self) -> FloatArray:
        """(n, n) dense; refused above 5,000 institutions."""
        _refuse_large(self.size)
        found: FloatArray = np.outer(self.lender, self.borrower)
        np.fill_diagonal(found, 0.0)
        return found

    def exposures(self) -> FloatArray:
        """The network as solvers take it: dense, because every institution is linked to nearly every other."""
        return self.matrix()


@dataclass(frozen=True, eq=False)
class SparseForm:
    """The claims above zero; claims[i, j] is the claim of i on j."""

    claims: Matrix

    @property
    def size(self) -> int:
        """Number of institutions."""
        return int(self.claims.shape[0])

    @property
    def links(self) -> int:
        """Number of claims above zero."""
        return int(self.claims.nnz)

    def row(self, i: int) -> FloatArray:
        """(n,) the claims of i."""
        found: FloatArray = self.claims[[i], :].toarray()[0]
        return found

    def matvec(self, x: FloatArray) -> FloatArray:
        """Product exposures @ x, for x (n,) or (n, m)."""
        return times(self.claims, x)

    def rmatvec(self, x: FloatArray) -> FloatArray:
        """Product exposures.T @ x, for x (n,) or (n, m)."""
        return times(self.claims.T, x)

    def matrix(self) -> FloatArray:
        """(n, n) dense; refused above 5,000 institutions."""
        _refuse_large(self.size)
        found: FloatArray = self.claims.toarray()
        return found

    def exposures(self) -> Matrix:
        """The network as solvers take it: sparse."""
        return self.claims


Form = FactorForm | SparseForm


def sparse_form(rows: npt.ArrayLike, columns: npt.ArrayLike, amounts: npt.ArrayLike, size: int) -> SparseForm:
    """The network of these claims, zeros left out, in the order of rows and columns."""
    found: Matrix = sparse.csr_array(
        (
            np.asarray(amounts, dtype=np.float64),
            (np.asarray(rows, dtype=np.int32), np.asarray(columns, dtype=np.int32)),
        ),
        shape=(size, size),
    )
    found.eliminate_zeros()
    found.sort_indices()
    found.data.flags.writeable = False
    return SparseForm(found)


def hub_network(margins: Margins, hub: int) -> SparseForm:
    """The only network of margins with a hub: all others have claims on it and obligations to it, and no more."""
    lends, borrows = margins.claims.copy(), margins.obligations.copy()
    lends[hub] = borrows[hub] = 0.0
    others = np.arange(margins.size)
    hubs = np.full(margins.size, hub)
    return sparse_form(
        np.concatenate([others, hubs]), np.concatenate([hubs, others]), np.concatenate([lends, borrows]), margins.size
    )


def margin_residual(network: Form, margins: Margins) -> float:
    """Largest difference of a row or column sum of the network from its margin, relative to the margin.

    Infinite where the margin is zero and the sum is not.
    """
    ones = np.ones(network.size)
    found = np.concatenate([network.matvec(ones), network.rmatvec(ones)])
    wanted = np.concatenate([margins.claims, margins.obligations])
    difference = np.abs(found - wanted)
    relative = np.divide(difference, wanted, out=np.where(difference > 0.0, np.inf, 0.0), where=wanted > 0.0)
    return float(relative.max())


def sums_without_own(values: FloatArray) -> FloatArray:
    """Of each row the sum of all other rows, for values (n,) or (n, m): from both ends, so that nothing cancels."""
    found = np.zeros_like(values)
    found[1:] = np.cumsum(values[:-1], axis=0)
    found[:-1] += np.cumsum(values[:0:-1], axis=0)[::-1]
    return found


def _scaled(factors: FloatArray, values: FloatArray) -> FloatArray:
    return factors * values if values.ndim == 1 else factors[:, np.newaxis] * values


def _refuse_large(size: int) -> None:
    if size > LARGEST_DENSE:
        raise ValueError(
            f"{size} institutions are too many for a dense matrix, at most {LARGEST_DENSE}: use matvec and row"
        )
