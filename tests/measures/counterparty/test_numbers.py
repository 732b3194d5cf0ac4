"""The arithmetic beneath: sums that do not depend on order, groups, the normal distribution, reading of columns."""

from __future__ import annotations

from math import erfc, fsum, inf, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.measures.counterparty import sums
from reporting.measures.counterparty.columns import BLANK, labels, numbers, switches
from reporting.measures.counterparty.normal import normal_distribution

AMOUNTS = st.lists(st.tuples(st.integers(0, 3), st.floats(-1e12, 1e12)), max_size=60)


@given(AMOUNTS, st.integers(0, 10))
def test_sums_are_exact_and_do_not_depend_on_order(rows: list[tuple[int, float]], shuffle: int) -> None:
    codes = np.array([code for code, _ in rows], dtype=np.int64)
    values = np.array([value for _, value in rows])
    found = sums.sums_by(codes, values, 4)
    largest = max((abs(value) for _, value in rows), default=0.0)
    for group in range(4):
        assert found[group] == pytest.approx(fsum(values[codes == group]), rel=1e-15, abs=largest * 2**-80)
    order = np.random.default_rng(shuffle).permutation(len(rows))
    np.testing.assert_array_equal(sums.sums_by(codes[order], values[order], 4), found)


def test_a_sum_in_order_would_depend_on_it() -> None:
    values, codes = np.array([1e16, 1.0, 1.0, -1e16]), np.zeros(4, dtype=np.int64)
    assert sums.plain_sums(codes, values, 1)[0] != 2.0
    assert sums.sums_by(codes, values, 1)[0] == 2.0


@pytest.mark.parametrize("limit", [2**62, 10])
def test_groups_come_in_the_order_of_their_keys_however_many_there_are(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sums, "_MOST_COMBINATIONS", limit)
    keys = np.array([[2, BLANK, 0, 2, 2], [1, 3, BLANK, 1, 0], [0, 1, 1, 0, 1]])
    group, row = sums.grouped([(key, 5) for key in keys])
    assert group.tolist() == [3, 0, 1, 3, 2]
    assert [tuple(keys[:, one]) for one in row] == sorted({tuple(key) for key in keys.T})


@given(st.floats(-37, 12))
def test_the_normal_distribution_agrees_with_the_standard_library(x: float) -> None:
    assert normal_distribution(np.array([x]))[0] == pytest.approx(0.5 * erfc(-x / sqrt(2)), rel=1e-11)


def test_the_normal_distribution_of_infinities() -> None:
    assert normal_distribution(np.array([-inf, -60.0, 0.0, 60.0, inf])).tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_a_text_column_is_codes_of_sorted_names_whatever_its_kind() -> None:
    texts = ["b", None, "a", "", "b"]
    for column in (pd.Series(texts, dtype="str"), pd.Series(texts, dtype=object), pd.Series(texts, dtype="category")):
        found = labels(pd.DataFrame({"name": column}), "name")
        assert found.names == ("a", "b")
        assert found.codes.tolist() == [1, BLANK, 0, BLANK, 1]
    assert found.as_in(("b", "c")).tolist() == [0, BLANK, 2, BLANK, 0]


def test_a_column_that_is_not_there_is_blank_throughout() -> None:
    frame = pd.DataFrame({"other": [1, 2]})
    assert np.isnan(numbers(frame, "amount")).all()
    assert not switches(frame, "flag").any()
    assert not labels(frame, "text").given.any()


def test_numbers_and_switches_may_stand_in_columns_of_objects() -> None:
    frame = pd.DataFrame(
        {"amount": pd.Series([1, None, 2.5], dtype=object), "flag": pd.Series([True, None, False], dtype=object)}
    )
    assert numbers(frame, "amount").tolist()[::2] == [1.0, 2.5]
    assert switches(frame, "flag").tolist() == [True, False, False]
