"""Clearing with classes of seniority, Eisenberg-Noe within each (Elsinger 2009)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.certificate import Certificate
from reporting.measures.contagion.engine import Increase, least_increase, spread
from reporting.measures.contagion.network import (
    NEVER,
    TOLERANCE,
    BoolArray,
    IntArray,
    Matrix,
    as_claims,
    as_vector,
    frozen,
    inverse,
    times,
    transposed,
)

SETTLED = 1e-13


@dataclass(frozen=True, eq=False)
class ClassClearing:
    """Payments by class, most senior first. Arrays read-only, amounts in the currency of the input.

    obligations, payments   (k, n) by class and institution
    interbank_inflow        (n,) over all classes
    net_worth               (n,) external assets + inflow - all obligations; negative in default
    defaulted               (n,) some class is not paid in full
    default_round           (n,) round in which the first of its classes was hit, -1 without default
    """

    obligations: FloatArray
    payments: FloatArray
    interbank_inflow: FloatArray
    net_worth: FloatArray
    defaulted: BoolArray
    default_round: IntArray
    certificate: Certificate


@dataclass(frozen=True)
class _Classes:
    """Every class of an institution is an account of its own; (k n,) vectors, classes one after the other."""

    owed: tuple[Matrix, ...]
    obligations: FloatArray  # (k, n)

    def inflow(self, accounts: FloatArray) -> FloatArray:
        """(n,) what each institution receives in all classes if the accounts (k n,) pay pro rata."""
        shares = accounts.reshape(self.obligations.shape) * inverse(self.obligations)
        parts = [times(owed.T, paid) for owed, paid in zip(self.owed, shares, strict=True)]
        return np.asarray(np.sum(parts, axis=0))

    def product(self, accounts: FloatArray) -> FloatArray:
        """(k n,) the inflow of the institution of each account."""
        return np.tile(self.inflow(accounts), len(self.owed))

    def matrix(self) -> Matrix:
        """(k n, k n) `product` as a matrix."""
        row = [transposed(owed, inverse(due)) for owed, due in zip(self.owed, self.obligations, strict=True)]
        whole: Matrix = sparse.block_array([row] * len(row), format="csr")
        return whole


def clear_by_seniority(
    liabilities: Sequence[Any], external_assets: Any, external_liabilities: Sequence[Any] | None = None
) -> ClassClearing:
    """Payments of class k = min(obligations_k, max(0, external assets + inflow - obligations of the classes above)).

    liabilities            one (n, n) matrix for each class, most senior first; [i, j] is what i owes j in that class
    external_assets        (n,), currency, 0 or more
    external_liabilities   one (n,) vector for each class, pari passu with the institutions of that class; None for none
    Returns the greatest clearing vector, without default costs. ValueError for input that is not as said.
    """
    classes, assets = _classes(liabilities, external_assets, external_liabilities)
    k, n = classes.obligations.shape
    due = classes.obligations.reshape(-1)
    needed = np.cumsum(classes.obligations, axis=0).reshape(-1) - np.tile(assets, k)
    slack = TOLERANCE * np.cumsum(classes.obligations, axis=0).reshape(-1)
    unpaid = [np.zeros(k * n)]

    def settle(active: BoolArray, new: BoolArray, inflow: FloatArray) -> Increase:  # noqa: ARG001 - one signature
        target = np.clip(needed - inflow, unpaid[-1], due)
        room = np.where(active, due - unpaid[-1], 0.0)
        scale = np.where(due > 0, due, 1.0)
        found = least_increase(
            classes.product,
            np.where(active, target - unpaid[-1], 0.0),
            room,
            scale=scale,
            tolerance=SETTLED,
            matrix=classes.matrix,
        )
        unpaid.append(unpaid[-1] + found.value)
        return found

    found = spread(
        classes.product(due),
        lambda change: -classes.product(change),
        lambda inflow: (needed - inflow > slack) & (due > 0),
        settle,
        np.zeros(k * n, dtype=np.bool_),
    )
    paid = np.where(found.active, np.clip(due - (needed - found.pressure), 0.0, due), due)
    residual = float(np.max(np.abs(due - unpaid[-1] - paid) / np.where(due > 0, due, 1.0)))
    certificate = Certificate(
        found.last.method if found.last else "active sets",
        "greatest",
        found.iterations + 1,
        int(found.rounds.max()) + 1,
        residual,
        found.last.error_bound if found.last else 0.0,
        found.last.rate if found.last else None,
        found.converged and residual <= TOLERANCE,
    )
    inflow = np.maximum(found.pressure[:n], 0.0)  # what is lost was taken off, and rounding with it
    return _result(classes, assets, paid.reshape(k, n), inflow, found.rounds.reshape(k, n), certificate)


def _classes(liabilities: Sequence[Any], assets: Any, external: Sequence[Any] | None) -> tuple[_Classes, FloatArray]:
    if not liabilities:
        raise ValueError("liabilities must hold one matrix for each class of seniority, found none")
    owed = tuple(as_claims(given, f"liabilities[{number}]") for number, given in enumerate(liabilities))
    n = owed[0].shape[0]
    for number, one in enumerate(owed):
        if one.shape[0] != n:
            raise ValueError(f"liabilities[{number}] has the shape {one.shape}, must be ({n}, {n}) as the first")
    if external is not None and len(external) != len(owed):
        raise ValueError(f"external_liabilities has {len(external)} classes, must have {len(owed)} as liabilities")
    outside = [
        np.zeros(n) if external is None else as_vector(external[number], n, f"external_liabilities[{number}]")
        for number in range(len(owed))
    ]
    obligations = np.stack([one.sum(axis=1) + extra for one, extra in zip(owed, outside, strict=True)])
    return _Classes(owed, obligations), as_vector(assets, n, "external_assets")


def _result(
    classes: _Classes,
    assets: FloatArray,
    paid: FloatArray,
    inflow: FloatArray,
    rounds: IntArray,
    certificate: Certificate,
) -> ClassClearing:
    first = np.where(rounds == NEVER, np.iinfo(np.int64).max, rounds).min(axis=0)
    defaulted = (rounds != NEVER).any(axis=0)
    return ClassClearing(
        frozen(classes.obligations),
        frozen(paid),
        frozen(inflow),
        frozen(assets + inflow - classes.obligations.sum(axis=0)),
        frozen(defaulted),
        frozen(np.where(defaulted, first, NEVER)),
        certificate,
    )
