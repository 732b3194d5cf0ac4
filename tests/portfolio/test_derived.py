from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from reporting.expressions import ExpressionError, parse
from reporting.portfolio.derived import currency_column, derive, load_derived, rates

ENTITY = {"unit": 1000, "currency": "EUR", "reference_date": date(2026, 9, 30)}
FX = pd.DataFrame({
    "currency": ["USD", "USD", "JPY"],
    "date": pd.to_datetime(["2026-09-30", "2026-06-30", "2026-06-30"]),
    "rate": [0.9, 5.0, 0.006],
})  # fmt: skip


def exposures(**columns: list[object]) -> pd.DataFrame:
    base: dict[str, list[object]] = {
        "gross_carrying_amount": [10.0, None, 10.0, 10.0, 10.0],
        "loss_allowance_specific": [1.0, 1.0, None, 0.0, 0.0],
        "currency": ["EUR", "EUR", "EUR", "USD", "JPY"],
        "nominal": [None, 4.0, None, 5.0, None],
        "general_provision": [None, 2.0, None, None, None],
    }
    return pd.DataFrame({**base, **columns}, index=[3, 4, 6, 7, 9])


def test_amounts_are_in_single_units_of_the_reporting_currency() -> None:
    frame = derive(exposures(), load_derived()["exposures"], ENTITY, FX)
    assert frame["net_amount"].iloc[[0, 3]].tolist() == [9_000.0, 9_000.0]
    assert frame["nominal_amount"].dropna().tolist() == [4_000.0, 4_500.0]
    assert frame["general_provision_amount"].iloc[:2].tolist() == [0.0, 2_000.0]
    assert frame.index.tolist() == [3, 4, 6, 7, 9]


def test_a_blank_amount_is_blank_and_not_zero() -> None:
    frame = derive(exposures(), load_derived()["exposures"], ENTITY, FX)
    assert frame["net_amount"].isna().tolist() == [False, True, True, False, True]


def test_a_currency_without_a_rate_on_the_date_gets_no_other_rate() -> None:
    assert rates(ENTITY, FX) == {"USD": 0.9, "EUR": 1.0}
    assert rates(ENTITY, None) == {"EUR": 1.0}
    frame = derive(exposures(), load_derived()["exposures"], ENTITY, FX)
    assert frame["general_provision_amount"].isna().tolist() == [False, False, False, False, True]


def test_a_sheet_without_rows_gets_empty_columns() -> None:
    empty = exposures().astype({"general_provision": "float64"}).iloc[:0]
    derived = derive(empty, load_derived()["exposures"], ENTITY, None)
    assert derived["net_amount"].dtype == np.float64
    assert derived.empty


def test_a_row_that_comes_to_no_number_is_an_error_and_not_a_blank() -> None:
    frame = pd.DataFrame({"a": [1.0, 1.0], "b": [1.0, 0.0]})
    with pytest.raises(ExpressionError, match="derived column c: row 1 has no finite value"):
        derive(frame, {"c": parse("a / b")}, ENTITY, None)


def test_a_branch_that_does_not_need_a_blank_cell_is_blank_all_the_same() -> None:
    frame = pd.DataFrame({"a": [1.0, None], "b": [1.0, 1.0]})
    derived = derive(frame, {"c": parse("b if b > 0 else a")}, ENTITY, None)
    assert derived["c"].isna().tolist() == [False, True]


def test_a_derived_column_may_use_one_before_it() -> None:
    derived = derive(pd.DataFrame({"a": [2.0]}), {"b": parse("a * 2"), "c": parse("b + entity.unit")}, ENTITY, None)
    assert derived["c"].tolist() == [1_004.0]


@pytest.mark.parametrize(
    ("sheet", "column", "currency"),
    [
        ("exposures", "gross_carrying_amount", "currency"),
        ("derivatives", "notional", "notional_currency"),
        ("derivatives", "second_notional", "second_notional_currency"),
        ("derivatives", "market_value", "currency"),
        ("protection", "amount", "currency"),
    ],
)
def test_the_currency_of_a_column_is_the_one_it_is_converted_by(sheet: str, column: str, currency: str) -> None:
    assert currency_column(sheet, column) == currency
