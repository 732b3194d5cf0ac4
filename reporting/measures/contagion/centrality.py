"""How central an institution is: numbers and amounts of claims, and measures that look beyond the neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg, sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import eigs, spsolve

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.links import betweenness, claims_of, closeness, links_of
from reporting.measures.contagion.network import IntArray, Matrix, as_share, frozen, inverse, times, transposed

DAMPING = 0.85  # the usual share of PageRank; a convention of the method
_SMALL = 200  # institutions up to which eigenvalues are computed densely
_EXACT = 1e-13  # error bound of the iterations, relative to the largest value
_SAME = 1e-9  # relative: eigenvalues closer than this count as equal


@dataclass(frozen=True, eq=False)
class Centralities:
    """All arrays (n,), read-only. Incoming, where it matters: an institution is central as a debtor.

    out_degree, in_degree      number of its claims, of the claims on it
    out_strength, in_strength  its claims, its obligations, currency
    eigenvector, pagerank, katz, betweenness, closeness   as the functions of these names
    """

    out_degree: FloatArray
    in_degree: FloatArray
    out_strength: FloatArray
    in_strength: FloatArray
    eigenvector: FloatArray
    pagerank: FloatArray
    katz: FloatArray
    betweenness: FloatArray
    closeness: FloatArray


def centralities(exposures: Any) -> Centralities:
    """Every centrality of each institution; exposures (n, n), dense or sparse, [i, j] is the claim of i on j.

    Betweenness and closeness take O(n x claims); for more than about 10,000 institutions call the others by themselves.
    """
    claims, links = claims_of(exposures), links_of(exposures)
    ones = np.ones(claims.shape[0])
    found = (
        times(links, ones), times(links.T, ones), times(claims, ones), times(claims.T, ones),
        eigenvector(claims), pagerank(claims), katz(claims), betweenness(claims), closeness(claims),
    )  # fmt: skip
    return Centralities(*(frozen(one) for one in found))


def pagerank(exposures: Any, *, damping: float = DAMPING) -> FloatArray:
    """(n,) shares that add up to 1: where one ends who walks from lender to borrower (Brin and Page 1998).

    From an institution with probability `damping` along one of its claims, in proportion to amounts, otherwise, and
    always from one without claims, to any institution.
    """
    share = as_share(damping, "damping")
    if share == 1.0:
        raise ValueError("damping is 1.0, must be below 1: else the walk need not come to rest")
    claims = claims_of(exposures)
    walk = transposed(claims, inverse(times(claims, np.ones(claims.shape[0]))))
    # Mass that is lost where there are no claims is spread evenly: that only scales the solution.
    found = _summed(walk, share, share)
    shares: FloatArray = found / found.sum()
    return shares


def katz(exposures: Any, *, attenuation: float = DAMPING) -> FloatArray:
    """(n,) chains of claims of any length that end at the institution, each step weighed by `a`, scaled to length 1.

    a = attenuation / largest number of lenders of any institution, so that the sum converges (Katz 1953).
    """
    share = as_share(attenuation, "attenuation")
    if share == 1.0:
        raise ValueError("attenuation is 1.0, must be below 1")
    incoming: Matrix = links_of(exposures).T.tocsr()
    most = float(times(incoming, np.ones(incoming.shape[0])).max())
    found = _summed(incoming, share / max(most, 1.0), share)
    return found / np.linalg.norm(found)


def _summed(matrix: Matrix, factor: float, rate: float) -> FloatArray:
    """(n,) the sum of (factor matrix)^k 1 over all k; terms shrink by `rate` in the sum or in the maximum norm."""
    term = np.ones(matrix.shape[0])
    total = term.copy()
    # The sum is the larger norm, so in either the remainder is below that of a geometric series.
    while term.sum() * rate > _EXACT * (1.0 - rate):
        term = factor * times(matrix, term)
        total += term
    return total


def eigenvector(exposures: Any) -> FloatArray:
    """(n,) x of length 1 with rho x_j = sum over i of exposures[i, j] x_i, rho the spectral radius (Bonacich 1972).

    NaN, not available, where no such vector is the only one: in networks without cycles (rho is zero) and where several
    groups that do not depend on each other have the same rho. Zero where no chain of claims leads from the group that
    has it.
    """
    claims = claims_of(exposures)
    scale = claims.max() if claims.nnz else 0.0
    if scale == 0.0:
        return np.full(claims.shape[0], np.nan)
    incoming = transposed(claims, np.full(claims.shape[0], 1.0 / scale))
    count, label = csgraph.connected_components(claims, directed=True, connection="strong")
    sizes = np.bincount(label, minlength=count)
    groups = [np.flatnonzero(label == number) for number in np.flatnonzero(sizes > 1)]
    solved = [(*_perron(incoming[group][:, group]), group) for group in groups]
    if not solved:
        return np.full(claims.shape[0], np.nan)
    rho, vector, group = max(solved, key=lambda one: one[0])
    if sum(other >= rho * (1.0 - _SAME) for other, _, _ in solved) > 1:
        return np.full(claims.shape[0], np.nan)
    return _downstream(incoming, claims, rho, vector, group)


def _perron(matrix: Matrix) -> tuple[float, FloatArray]:
    """Spectral radius and positive eigenvector of a matrix that is not negative and cannot be split."""
    if matrix.shape[0] <= _SMALL:
        values, vectors = linalg.eig(matrix.toarray())
    else:
        values, vectors = eigs(matrix, k=1, which="LR", v0=np.ones(matrix.shape[0]), tol=1e-14)
    place = int(np.argmax(values.real))
    return float(values[place].real), np.abs(vectors[:, place].real)


def _downstream(incoming: Matrix, claims: Matrix, rho: float, vector: FloatArray, group: IntArray) -> FloatArray:
    """The eigenvector of the group, continued to those whom its chains of claims reach."""
    found = np.zeros(incoming.shape[0])
    found[group] = vector
    reached = csgraph.breadth_first_order(claims, int(group[0]), return_predecessors=False)
    beyond = np.setdiff1d(reached, group)
    if len(beyond):
        system = sparse.diags_array(np.full(len(beyond), rho)) - incoming[beyond][:, beyond]
        found[beyond] = np.abs(spsolve(system.tocsc(), times(incoming[beyond], found)))
    return found / np.linalg.norm(found)
