"""Lineage of tables: a row of one table that rests on rows of another is explained by those rows alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reporting.figures import Figure, Source
from reporting.origin import Cells


def trades() -> Figure:
    table = pd.DataFrame({"netting_set_id": ["N1", "N2", "N1"], "value": [5.0, 7.0, -2.0]}, index=["T1", "T2", "T3"])
    keys = np.array(["T1", "T2", "T3"], dtype=object)
    cells = Source(Cells("a.xlsx", "derivatives", "C", (), "market_value"), np.array([2, 3, 4]), keys=keys)
    return Figure("trades", "Trades", table, "money", "Each trade.", "", (cells,), "trade_id")


def netting_sets() -> Figure:
    table = pd.DataFrame({"value": [3.0, 7.0]}, index=["N1", "N2"])
    return Figure("netting_sets", "Netting sets", table, "money", "Sum of trades.", "", (trades(),), "netting_set_id")


def test_a_row_is_explained_by_the_rows_it_is_made_of() -> None:
    assert netting_sets().explain("N1").splitlines() == [
        "netting_sets[N1] = value 3",
        "    Netting sets: Sum of trades. []",
        "    trades[T1] = netting_set_id N1, value 5",
        "        Trades: Each trade. []",
        "        value a.xlsx!derivatives!C2 (market_value)",
        "    trades[T3] = netting_set_id N1, value -2",
        "        Trades: Each trade. []",
        "        value a.xlsx!derivatives!C4 (market_value)",
    ]


def test_the_whole_table_is_explained_by_the_whole_of_the_other() -> None:
    text = netting_sets().explain()
    assert "trades = a table of 3 rows by trade_id" in text
    assert "a.xlsx!derivatives!C2:C4" in text


def test_a_table_without_the_column_stands_behind_every_row_as_a_whole() -> None:
    figure = Figure("ratio", "Ratio", pd.DataFrame({"x": [1.0]}, index=["A"]), "", "One.", "", (trades(),), "other")
    assert "trades = a table of 3 rows by trade_id" in figure.explain("A")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), np.float64("nan")])
def test_a_figure_that_is_not_a_finite_number_is_refused_where_it_is_made(value: float) -> None:
    with pytest.raises(ValueError, match=r"ratio is (nan|inf|-inf), must be a finite number; one that cannot be given"):
        Figure("ratio", "Ratio", value, "%", "One.", "")


def test_a_table_with_an_infinite_number_is_refused_and_one_with_a_blank_is_not() -> None:
    table = pd.DataFrame({"name": ["X", None], "share": [np.nan, 1.0]}, index=["A", "B"])
    assert len(Figure("shares", "Shares", table, "%", "One.", "", (), "id").table) == 2
    with pytest.raises(ValueError, match=r"shares\[B\]\.share is inf, must be a finite number or blank"):
        Figure("shares", "Shares", table.assign(share=[np.nan, np.inf]), "%", "One.", "", (), "id")
