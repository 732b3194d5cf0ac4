"""Who has a claim on whom: degrees, distances and the paths between institutions, whatever the amounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.network import IntArray, Matrix, as_claims, times

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
    Brandes (2001), for many starting points at once: one product with the matrix for each step of distance.
    """
    links = links_of(exposures)
    incoming: Matrix = links.T.tocsr()
    size = links.shape[0]
    found = np.zeros(size)
    for block in _blocks(size):
        found += _through(links, incoming, block)
    return found / max((size - 1) * (size - 2), 1)


def _through(links: Matrix, incoming: Matrix, block: IntArray) -> FloatArray:
    """(n,) dependency of the starting points on each institution."""
    start = np.zeros((links.shape[0], len(block)))
    start[block, np.arange(len(block))] = 1.0
    paths, front = start.copy(), start
    fronts = [start]  # number of shortest paths to those at distance 0, 1, ...
    while True:
        front = np.where(paths == 0.0, times(incoming, front), 0.0)
        if not front.any():
            break
        paths += front
        fronts.append(front)
    behind = np.zeros_like(paths)
    for nearer, front in zip(fronts[-2::-1], fronts[:0:-1], strict=True):
        share = np.divide(1.0 + behind, front, out=np.zeros_like(paths), where=front > 0.0)
        behind += nearer * times(links, share)
    found: FloatArray = np.where(start > 0.0, 0.0, behind).sum(axis=1)
    return found


def _blocks(size: int) -> Iterator[IntArray]:
    for first in range(0, size, _BLOCK):
        yield np.arange(first, min(first + _BLOCK, size), dtype=np.int64)
