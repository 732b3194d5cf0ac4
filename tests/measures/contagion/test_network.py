"""What may come in as a network, and where the fault is if it may not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reporting.measures.contagion.network import as_claims, as_seeds

FAULTS = [
    (np.ones((2, 3)), r"claims has the shape \(2, 3\), must be \(n, n\)"),
    (np.zeros((0, 0)), r"claims has the shape \(0, 0\)"),
    ([[0, -2], [0, 0]], r"claims\[0, 1\] is -2.0, must be a finite number of 0 or more"),
    ([[0, 1], [np.nan, 0]], r"claims\[1, 0\] is nan"),
    ([[0, np.inf], [1, 0]], r"claims\[0, 1\] is inf"),
    ([[0, 1], [1, 3]], r"claims\[1, 1\] is 3.0: an institution has no claim on itself"),
]


@pytest.mark.parametrize(("given", "message"), FAULTS)
@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_a_fault_is_refused_with_its_place(given: Any, message: str, kind: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_claims(given if kind == "dense" else sparse.coo_array(np.asarray(given, dtype=float)), "claims")


def test_a_pair_given_twice_is_refused_and_not_added_up() -> None:
    twice = sparse.coo_array(([1.0, 2.0, 3.0], ([2, 0, 2], [1, 1, 1])), shape=(3, 3))
    with pytest.raises(ValueError, match=r"claims\[2, 1\] is given more than once"):
        as_claims(twice, "claims")
    rows = sparse.csr_array((np.array([1.0, 2.0]), np.array([1, 1]), np.array([0, 2, 2])), shape=(2, 2))
    with pytest.raises(ValueError, match=r"claims\[0, 1\] is given more than once"):
        as_claims(rows, "claims")
    columns = sparse.csc_array((np.array([1.0, 2.0]), np.array([1, 1]), np.array([0, 2, 2])), shape=(2, 2))
    with pytest.raises(ValueError, match=r"claims\[1, 0\] is given more than once"):
        as_claims(columns, "claims")


def test_unsorted_rows_are_read_and_left_as_they_were() -> None:
    rows = sparse.csr_array((np.array([1.0, 2.0]), np.array([2, 1]), np.array([0, 2, 2, 2])), shape=(3, 3))
    assert as_claims(rows, "claims").toarray()[0].tolist() == [0.0, 2.0, 1.0]
    assert rows.indices.tolist() == [2, 1]


def test_seeds_are_indices_or_a_mask() -> None:
    assert as_seeds([2, 0], 3).tolist() == [True, False, True]
    assert as_seeds([False, True, False], 3).tolist() == [False, True, False]
    assert not as_seeds([], 3).any()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([3], "seeds names institution 3, must be from 0 to 2"),
        ([-1], "seeds names institution -1"),
        ([0.5], "seeds must be indices"),
        ([True, False], r"seeds has the shape \(2,\), must be \(3,\)"),
    ],
)
def test_seeds_that_are_neither_are_refused(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_seeds(given, 3)
