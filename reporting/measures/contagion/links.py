"""Who has a claim on whom: degrees, distances and the paths between institutions, whatever the amounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.network import IntArray, Matrix, as_claims

_BLOCK = 128  # institutions from which distances are measured at once: n x 128 numbers


def links_of(exposures: Any) -> Matrix:
    """(n, n) ones where there is a claim above zero."""
    claims = claims_of(exposures)
    found: Matrix = sparse.csr_array((np.ones(claims.nnz), claims.indices, claims.indptr), shape=claims.shape)
    return found


def claims_of(exposures: Any) -> Matrix:
    """(n, n) the claims above zero."""
    claims = as_claims(exposures, "exposures")
    if claims.nnz and not claims.data.all():
        claims = claims.copy()
        claims.eliminate_zeros()
    return claims


def closeness(exposures: Any) -> FloatArray:
    """(n,) closeness of each institution to those from which a chain of claims leads to it.

    (r / sum of distances) x (r / (n - 1)), r of them at distances counted in claims (Wasserman and Faust 1994); zero
    without any. Incoming, like the other centralities: a loss of j reaches i sooner where i is nearer.
    """
    incoming: Matrix = links_of(exposures).T.tocsr()
    size = incoming.shape[0]
    found = np.zeros(size)
    for block in _blocks(size):
        distance = csgraph.dijkstra(incoming, indices=block, unweighted=True)
        near = np.isfinite(distance)
        reached = near.sum(axis=1) - 1.0
        total = np.where(near, distance, 0.0).sum(axis=1)
        found[block] = np.divide(reached**2, total * max(size - 1, 1), out=np.zeros(len(block)), where=total > 0.0)
    return found


def betweenness(exposures: Any) -> FloatArray:
    """(n,) share of the shortest chains of claims between two others that lead through each (Freeman 1977).

    Summed over all ordered pairs and divided by their number (n - 1)(n - 2); zero for fewer than three institutions.
    """
    links = links_of(exposures)
    shares = nx.betweenness_centrality(nx.from_scipy_sparse_array(links, create_using=nx.DiGraph))
    return np.fromiter((shares[node] for node in range(links.shape[0])), np.float64)


def _blocks(size: int) -> Iterator[IntArray]:
    for first in range(0, size, _BLOCK):
        yield np.arange(first, min(first + _BLOCK, size), dtype=np.int64)
