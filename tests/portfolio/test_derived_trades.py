"""Derived columns of trades: years from dates, amounts of each leg in its own currency, with the cells behind them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reporting.expressions import ExpressionError, parse
from reporting.portfolio.facts import FactSpec
from reporting.portfolio.portfolio import Fact, Portfolio
from tests.factories import DAY, base_sheets, portfolio_of

COLUMNS = ("notional_amount", "second_notional_amount", "maturity_in_years", "start_in_years")
SPEC = FactSpec("trades", "derivatives", COLUMNS, shape="frame", key="trade_id", optional=COLUMNS)
TRADES: list[dict[str, Any]] = [
    {"trade_id": "FX", "asset_class": "fx", "hedging_set": "EUR/USD", "direction": "long", "notional": 100,
     "notional_currency": "EUR", "second_notional": 110, "second_notional_currency": "USD",
     "maturity": date(2027, 9, 30)},
    {"trade_id": "IR", "asset_class": "ir", "hedging_set": "EUR", "direction": "long", "notional": 200,
     "notional_currency": "EUR", "start": date(2026, 1, 1), "e_years": 2, "m_years": 2, "maturity": date(2028, 9, 29)},
    {"trade_id": "EQ", "asset_class": "equity", "sub_class": "single", "reference_entity": "X", "direction": "short",
     "underlying_units": 10, "underlying_price": 50, "underlying_price_currency": "USD", "m_years": 0.5},
]  # fmt: skip


def portfolio(**changes: Any) -> Portfolio:
    sheets = base_sheets()
    sheets["netting_sets"] = [
        {"netting_set_id": "N", "counterparty_id": "C1", "currency": "USD", "margined": False, "enforceable": True,
         "qccp": False, "client_cleared": False, "nica": 10},
    ]  # fmt: skip
    common = {"netting_set_id": "N", "market_value": 5, "currency": "EUR"}
    sheets["derivatives"] = [common | row for row in TRADES]
    sheets["derivatives"][0] |= changes
    return portfolio_of(sheets, partial=bool(changes))


def trades(**changes: Any) -> Fact:
    return portfolio(**changes).fact(SPEC)


def test_each_leg_is_converted_from_its_own_currency_and_a_price_is_not_scaled() -> None:
    frame = portfolio().frames["derivatives"].set_index("trade_id")
    assert frame.loc["FX", "notional_amount"] == 100_000.0
    assert frame.loc["FX", "second_notional_amount"] == 99_000.0
    assert frame.loc["EQ", "price_amount"] == 45.0
    assert frame["market_value_amount"].tolist() == [5_000.0] * 3
    assert portfolio().frames["netting_sets"]["nica_amount"].tolist() == [9_000.0]


def test_given_years_win_and_dates_count_in_calendar_days() -> None:
    frame = portfolio().frames["derivatives"].set_index("trade_id")
    assert frame["maturity_in_years"].tolist() == [1.0, 2.0, 0.5]
    assert frame["end_in_years"].isna().tolist() == [True, False, True]


def test_a_period_that_has_begun_starts_today() -> None:
    frame = portfolio().frames["derivatives"].set_index("trade_id")
    assert frame.loc["IR", "start_in_years"] == 0.0
    assert frame["start_in_years"].isna().tolist() == [True, False, True]


def test_an_optional_amount_is_handed_over_blank_and_a_needed_one_is_not() -> None:
    assert trades().value["notional_amount"].isna().tolist() == [False, False, True]
    strict = FactSpec("trades", "derivatives", COLUMNS, shape="frame", key="trade_id")
    assert "notional_amount cannot be given" in portfolio().fact(strict).blocked


def test_an_optional_amount_without_a_rate_is_blocked_and_not_blank() -> None:
    fact = trades(second_notional_currency="GBP", hedging_set="EUR/GBP")
    assert fact.value is None
    assert "DRV-106" in fact.blocked


def test_cells_behind_the_years_are_those_that_count_in_each_row() -> None:
    found = {
        (source.cells.heading, key): row
        for source in trades().sources
        if source.role == "value" and source.keys is not None
        for row, key in zip(source.rows.tolist(), source.keys.tolist(), strict=True)
    }
    behind = {key for heading, key in found if heading == "maturity"}
    assert behind == {"FX"}  # where years are given the date is not read
    assert {key for heading, key in found if heading == "m_years"} == {"FX", "IR", "EQ"}
    assert {key for heading, key in found if heading == "second_notional"} == {"FX", "IR", "EQ"}


def test_reference_date_is_among_the_cells_behind_years_from_dates() -> None:
    headings = {(s.cells.sheet, s.cells.heading) for s in trades().sources}
    assert {("entity", "reference_date"), ("derivatives", "notional_currency"), ("fx", "rate")} <= headings


def test_formulas_of_a_spreadsheet_take_the_first_number_and_never_a_blank_for_zero() -> None:
    places = {"m_years": "B2", "maturity": "C2", "entity.reference_date": "D1"}
    text = parse("first(m_years, days(maturity) / 365)").to_formula(lambda reference: places[reference.name])
    days = "IF(ISNUMBER(C2),C2-D1,NA())/365"
    assert text == f"IF(ISNUMBER(B2),B2,IF(ISNUMBER({days}),{days},NA()))"


def test_days_are_counted_to_dates_only() -> None:
    with pytest.raises(ExpressionError, match="m_years is not a column of dates"):
        parse("days(m_years)").evaluate({"m_years": 2.0, "entity.reference_date": DAY})
