"""Exact least solution of h = min(cap, source + M h) by active sets, and the linear systems that it needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph, linalg

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.network import EPS, BoolArray, Matrix

DIRECT = 2_000  # unknowns up to which a sparse factorisation is used; its fill-in grows with the square
KRYLOV_STEPS = 1_000


@dataclass(frozen=True)
class Exact:
    """The solution, (n,), and what is left to say of it.

    residual   (n,) change by one more application
    error      (n,) residual and rounding carried through the linear system: large where the system is nearly singular
    products   matrix-vector products
    """

    value: FloatArray
    residual: FloatArray
    error: FloatArray
    products: int


def least_by_active_sets(matrix: Matrix, source: FloatArray, cap: FloatArray) -> Exact:
    """Least h >= 0 with h = min(cap, source + M h), for any spectral radius of M; M, source and cap not negative.

    Where nothing comes from a positive source the least solution is 0. On the rest it is the only solution (the map is
    monotone, concave and positive there), so that it may be approached from above: begin with everybody at the cap,
    take off the cap whoever cannot hold it, solve the linear system of these, and repeat; the set of these only grows.
    (Sets that grow from below overshoot when the spectral radius is above 1.)
    """
    live = np.flatnonzero(_reached(matrix, source, cap))
    found = _from_above(matrix[live][:, live], source[live], cap[live])
    value, residual, error = np.zeros((3, len(source)))
    value[live], residual[live], error[live] = found.value, found.residual, found.error
    return Exact(value, residual, error, found.products)


def _reached(matrix: Matrix, source: FloatArray, cap: FloatArray) -> BoolArray:
    """Who has a source or hears, over others, of somebody who has; a cap of 0 passes nothing on."""
    open_to = np.flatnonzero(cap > 0)
    part = matrix[open_to][:, open_to]
    n = len(open_to)
    start = sparse.csr_array((source[open_to] > 0).astype(np.float64).reshape(1, n))
    graph: Matrix = sparse.block_array([[part.T, None], [start, sparse.csr_array((1, 1))]], format="csr")
    order = csgraph.breadth_first_order(graph, n, directed=True, return_predecessors=False)
    reached = np.zeros(len(source), dtype=np.bool_)
    reached[open_to[order[order < n]]] = True
    return reached


def _from_above(matrix: Matrix, source: FloatArray, cap: FloatArray) -> Exact:
    value, below, products = cap.copy(), np.zeros(len(cap), dtype=np.bool_), 0
    while True:
        target = source + matrix @ value
        products += 1
        new = (target < cap * (1 - 4 * EPS)) & ~below
        if not new.any():
            break
        below |= new
        inside = np.flatnonzero(below)
        fixed = source + matrix @ np.where(below, 0.0, cap)
        solved, used = solve_rest(matrix[inside][:, inside], fixed[inside], value[inside])
        value[inside] = np.clip(solved, 0.0, cap[inside])
        products += used + 1
    left = np.abs(np.minimum(cap, target) - value)
    return Exact(value, left, _carried(matrix, below, left + 4 * EPS * value), products)


def _carried(matrix: Matrix, below: BoolArray, left: FloatArray) -> FloatArray:
    """What is left through the linear system: how far the solution may be from the exact one."""
    inside = np.flatnonzero(below)
    error = left.copy()
    if inside.size:
        error[inside] = np.abs(solve_rest(matrix[inside][:, inside], left[inside], left[inside])[0])
    return error


def solve_rest(matrix: Matrix, right: FloatArray, guess: FloatArray) -> tuple[FloatArray, int]:
    """Solve (I - M) x = right; returns x and the matrix-vector products used: factorised if small, else by BiCGSTAB.

    A singular system gives NaN, which no error bound accepts.
    """
    n = len(right)
    system = sparse.csc_array(sparse.eye_array(n, format="csc") - matrix)
    if n <= DIRECT:
        try:
            return linalg.splu(system).solve(right), 0
        except RuntimeError:  # exactly singular
            return np.full(n, np.nan), 0
    return _krylov(sparse.csr_array(system), right, guess)


def _krylov(system: Matrix, right: FloatArray, guess: FloatArray) -> tuple[FloatArray, int]:
    """BiCGSTAB with one refinement, which wins back what the recursion of the residual loses."""
    products: list[int] = []
    x = guess
    for _ in range(2):
        rest = right - system @ x
        size = float(np.linalg.norm(rest))
        if size <= EPS * float(np.linalg.norm(right)):
            break
        change, _ = linalg.bicgstab(
            system, rest, rtol=1e-12, atol=0.0, maxiter=KRYLOV_STEPS, callback=lambda _: products.append(2)
        )
        x = x + change
    return x, sum(products) + 2


def spectral_radius(matrix: Matrix, steps: int = 300) -> float:
    """Estimate of the largest eigenvalue of a matrix without negative entries: power method on (I + M) / 2."""
    x, found = np.full(matrix.shape[0], 1.0), 0.0
    for _ in range(steps):
        new = 0.5 * (x + matrix @ x)
        size = float(new.sum() / x.sum())
        x = new / new.sum()
        if abs(size - found) <= 1e-10 * size:
            break
        found = size
    return max(2 * size - 1, 0.0)
