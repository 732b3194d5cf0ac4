"""The functions behind the rules on derivatives, margin, collateral and securities financing, at their edges."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reporting.intake import check_submission
from reporting.intake.schedules import average_notional
from reporting.intake.schema import load_schemas
from reporting.intake.trade_rules import (
    agrees_within,
    currency_or_inflation,
    exactly_one_given,
    fits_class,
    fits_option,
    margin_period_known,
    pair_of_currencies,
    part_of,
    shift_suffices,
    unique_with_blanks,
    written_one_way,
)
from reporting.measures import assess
from reporting.rulebook import load_rulebook
from tests.factories import DAY, Sheets, base_sheets, portfolio_of, raw_submission

_TEXT = {"asset_class", "sub_class", "hedging_set", "first", "second", "kind", "side", "direction", "id", "agreement"}


def frame(**columns: list[Any]) -> pd.DataFrame:
    """Text columns as the intake has them; all others as floats with NaN for None."""
    return pd.DataFrame({
        name: pd.Series(values, dtype="str" if name in _TEXT else "float64") for name, values in columns.items()
    })  # fmt: skip


def of_trades(row: dict[str, Any], **entity: Any) -> list[str]:
    """Codes of what is found in a small bank with one unmargined netting set and this trade."""
    sheets: Sheets = base_sheets()
    sheets["entity"][0] |= entity
    sheets["netting_sets"] = [
        {"netting_set_id": "N", "counterparty_id": "C1", "currency": "EUR", "margined": False, "enforceable": True,
         "qccp": False, "client_cleared": False},
    ]  # fmt: skip
    sheets["derivatives"] = [{"trade_id": "T", "netting_set_id": "N", "market_value": 1, "currency": "EUR"} | row]
    return sorted(p.rule.code for b in check_submission(raw_submission(sheets)).breaches for p in b.problems)


SWAP = {
    "asset_class": "ir", "hedging_set": "EUR", "direction": "long", "notional": 100, "notional_currency": "EUR",
    "e_years": 4, "m_years": 4,
}  # fmt: skip
OPTION = SWAP | {
    "direction": None, "option_type": "call", "option_side": "bought", "option_price": 0.02, "option_strike": 0.03,
    "t_years": 1,
}  # fmt: skip
SHARE = OPTION | {
    "asset_class": "equity", "sub_class": "single", "hedging_set": None, "reference_entity": "X", "e_years": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        (SWAP, []),
        (OPTION, []),
        (SWAP | {"asset_class": "swap"}, ["CEL-014"]),
        (SWAP | {"sub_class": "zzz"}, ["CEL-014"]),
        (SWAP | {"sub_class": "bbb"}, ["DRV-002"]),
        (SWAP | {"asset_class": "crypto", "sub_class": None, "hedging_set": "BTC"}, ["DRV-002"]),
        (SWAP | {"asset_class": "crypto", "sub_class": "2a", "hedging_set": "BTC"}, []),
        (SWAP | {"asset_class": "crypto", "sub_class": "single", "hedging_set": "BTC"}, ["DRV-002"]),
        (SWAP | {"hedging_set": None}, ["DRV-003"]),
        (SWAP | {"direction": None}, ["DRV-009"]),
        (OPTION | {"option_strike": None}, ["DRV-034"]),
        (OPTION | {"option_price": None}, ["DRV-035"]),
        (OPTION | {"option_side": None}, ["DRV-033"]),
        (OPTION | {"t_years": None}, ["DRV-036"]),
        (SWAP | {"m_years": -1}, ["DRV-030"]),
        (SWAP | {"m_years": None, "daily_settled": True}, []),
        (SWAP | {"netting_set_id": "M"}, ["DRV-101"]),
        (SWAP | {"notional_currency": "GBP"}, ["DRV-105"]),
        (SWAP | {"currency": "CHF"}, ["DRV-108"]),
        (SWAP | {"s_years": 5}, ["DRV-112"]),
        (SWAP | {"start": date(2031, 9, 30)}, ["DRV-112"]),
        (SWAP | {"s_years": -2}, []),
        (SWAP | {"nth": 2, "basket_size": 5}, ["DRV-048"]),
    ],
)
def test_a_fault_of_a_trade_is_told_once(row: dict[str, Any], codes: list[str]) -> None:
    assert of_trades(row) == codes


@pytest.mark.parametrize(
    ("row", "jurisdiction", "codes"),
    [
        (OPTION | {"option_price": -0.002}, "eu", []),
        (OPTION | {"option_price": -0.002}, "basel", ["DRV-117"]),
        (OPTION | {"option_price": -0.002, "option_strike": -0.001}, "basel", ["DRV-117"]),
        (OPTION | {"option_price": -0.002, "option_shift": 0.01}, "basel", []),
        (OPTION | {"option_price": -0.02, "option_shift": 0.01}, "eu", ["DRV-040"]),
        (SHARE | {"option_price": -1}, "eu", ["DRV-117"]),
        (SWAP | {"asset_class": "other", "hedging_set": "Freight"}, "eu", []),
        (SWAP | {"asset_class": "other", "hedging_set": "Freight"}, "basel", ["DRV-119"]),
    ],
)
def test_what_the_law_of_the_jurisdiction_mends_is_no_fault(
    row: dict[str, Any], jurisdiction: str, codes: list[str]
) -> None:
    assert of_trades(row, jurisdiction=jurisdiction) == codes


@pytest.mark.parametrize(("years", "codes"), [(1.0, []), (1.0099, []), (1.011, ["DRV-115"])])
def test_years_may_differ_from_the_date_by_a_hundredth(years: float, codes: list[str]) -> None:
    assert of_trades(SWAP | {"m_years": years, "maturity": DAY.replace(year=DAY.year + 1)}) == codes


def test_sub_class_must_be_of_its_class_and_is_silent_where_either_is_unknown() -> None:
    found = fits_class(
        frame(sub_class=["a", "a", None, None, "x", "a"], asset_class=["k", "l", "k", "m", "k", "zzz"]),
        ("sub_class", "asset_class"), k=["a"], l=["b"], m=[],
    )  # fmt: skip
    assert found.tolist() == [True, False, False, True, True, True]


def test_pair_is_of_two_different_currencies_and_of_those_of_the_legs() -> None:
    rows = frame(
        hedging_set=["EUR/USD", "USD/EUR", "EUR/EUR", "EURUSD", "EUR/ABC", "EUR/GBP", "EUR/GBP", None],
        first=["EUR", "EUR", "EUR", "EUR", "EUR", "EUR", None, "EUR"],
        second=["USD", "USD", "USD", "USD", "USD", "USD", "USD", "USD"],
    )
    passes = pair_of_currencies(rows, ("hedging_set", "first", "second", "asset_class"))
    assert passes.tolist() == [True, True, False, False, False, False, True, True]


def test_first_way_round_counts_for_fx_only() -> None:
    rows = frame(
        hedging_set=["EUR/USD", "USD/EUR", "EUR/USD", "GBP/EUR", None],
        asset_class=["fx", "fx", "fx", "other", "fx"],
    )
    passes = written_one_way(rows, ("hedging_set", "asset_class"))
    assert passes.tolist() == [True, False, True, True, True]


def test_interest_rates_are_of_a_currency_or_of_its_inflation() -> None:
    texts = ["EUR", "inflation:EUR", "inflation:", "Euribor", "inflation EUR", None]
    found = currency_or_inflation(frame(hedging_set=texts), ("hedging_set",))
    assert found.tolist() == [True, True, False, False, False, True]


def test_direction_of_an_option_is_that_of_its_type_and_side() -> None:
    rows = frame(
        direction=["long", "long", "short", "short", "long", None],
        kind=["call", "call", "put", "put", None, "call"],
        side=["bought", "sold", "bought", "sold", "bought", "bought"],
    )
    assert fits_option(rows, ("direction", "kind", "side")).tolist() == [True, False, True, False, True, True]


def test_eligible_cash_is_a_part_of_the_margin_of_the_same_sign() -> None:
    rows = frame(part=[0, 5, 6, -1, -5, 1, None, 1, 0], whole=[5, 5, 5, 5, -5, -5, 5, None, None])
    found = part_of(rows, ("part", "whole"))
    assert found.tolist() == [True, True, False, False, True, False, True, False, True]


def test_margin_period_is_given_or_all_circumstances_are() -> None:
    rows = frame(period=[10, None, None], days=[None, 1, 1], disputes=[None, 0, None])
    assert margin_period_known(rows, ("period", "days", "disputes")).tolist() == [True, True, False]


def test_shift_lifts_the_lower_end_of_a_digital_collar_too() -> None:
    rows = frame(shift=[0.1, 0.1, None], price=[1, 1, -1], strike=[-0.099, -0.099, 1], payoff=[None, 5, None])
    passes = shift_suffices(rows, ("shift", "price", "strike", "payoff"), digital_width=1.05)
    assert passes.tolist() == [True, False, True]


def test_blank_is_a_value_where_a_netting_set_has_no_margin_agreement() -> None:
    rows = frame(id=["a", "a", "a", "b", None, None], agreement=[None, "x", None, None, None, None])
    assert unique_with_blanks(rows, ("id", "agreement")).tolist() == [True, True, False, True, True, True]


def test_rows_of_a_group_agree_with_its_first_row() -> None:
    rows = frame(id=["x", "x", "y", None, "z"], agreement=["a", "a", "a", "a", None])
    assert agrees_within(rows, ("id", "agreement")).tolist() == [True, True, False, True, True]


def test_exactly_one_of_the_columns_is_given() -> None:
    rows = frame(one=[1, None, 1], two=[None, None, 1])
    assert exactly_one_given(rows, ("one", "two")).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("text", "average"),
    [
        ("0-1:100;1-2:50", 75.0),
        ("0-1:100;1-4:20", 40.0),
        ("1.5-2:3e3", 3000.0),
        ("0-1:100;2-3:50", 75.0),  # nothing is outstanding in between, and no time counts
        ("0-1:100;0.5-2:50", None),
        ("1-1:100", None),
        ("0-1:-100", None),
        ("0-1=100", None),
        ("", None),
    ],
)
def test_notional_that_changes_is_averaged_over_time(text: str, average: float | None) -> None:
    assert average_notional(text) == average


def test_trades_of_a_set_with_two_agreements_must_name_one() -> None:
    sheets = base_sheets()
    base = {"netting_set_id": "N", "counterparty_id": "C1", "currency": "EUR", "margined": False, "enforceable": True,
            "qccp": False, "client_cleared": False}  # fmt: skip
    sheets["netting_sets"] = [base | {"margin_agreement_id": name} for name in ("A", "B")]
    trade = SWAP | {"netting_set_id": "N", "market_value": 1, "currency": "EUR"}
    sheets["derivatives"] = [
        trade | {"trade_id": str(number), "margin_agreement_id": name} for number, name in enumerate(["A", None, "C"])
    ]
    (breach,) = check_submission(raw_submission(sheets)).breaches
    assert [(breach.rule.code, problem.where.rows) for problem in breach.problems] == [
        ("DRV-102", ((3, 3),)),
        ("DRV-102", ((4, 4),)),
    ]


def test_every_sub_class_of_the_schema_belongs_to_a_class() -> None:
    derivatives = load_schemas()["derivatives"]
    (rule,) = (rule for rule in derivatives.rules if rule.check == "fits_class")
    assert set(rule.arguments) == set(derivatives.columns["asset_class"].values)
    listed = [name for names in rule.arguments.values() for name in names]
    assert sorted(set(listed)) == sorted(derivatives.columns["sub_class"].values)
    assert np.unique(listed).size == len(listed)


# --- Daily values ----------------------------------------------------------------------------------------------------


def of_days(days: pd.DatetimeIndex) -> list[str]:
    """What is found in a small bank with daily values of these days."""
    sheets: Sheets = base_sheets()
    sheets["sft_daily"] = [{"date": day.date(), "gross_sft_assets": 5} for day in days]
    return [str(p) for b in check_submission(raw_submission(sheets)).breaches for p in b.problems]


WEEKDAYS = pd.bdate_range("2026-07-01", DAY)


@pytest.mark.parametrize(
    "days",
    [WEEKDAYS, WEEKDAYS[5:], WEEKDAYS.delete([3, 8, 20, 21, 64]), pd.date_range("2026-07-01", DAY)],
    ids=["every weekday", "five at the beginning lacking", "five lacking", "every day"],
)
def test_weekdays_without_daily_values_may_be_holidays(days: pd.DatetimeIndex) -> None:
    assert of_days(days) == []


def test_a_quarter_that_lacks_more_days_than_holidays_is_told_once() -> None:
    (text,) = of_days(WEEKDAYS[6:])
    assert text == (
        "testbank.xlsx!sft_daily!B: gross_sft_assets has no value for 6 of the 66 weekdays of the quarter to "
        "2026-09-30 (2026-07-01, 2026-07-02, 2026-07-03, ...), should have a value for every working day of the "
        "quarter, the reference date among them [SFD-006]"
    )


def test_what_rests_on_incomplete_daily_values_says_so() -> None:
    sheets: Sheets = {**base_sheets(), "sft_daily": [{"date": DAY, "gross_sft_assets": 5}]}
    portfolio = portfolio_of(sheets)
    figures = assess(portfolio, load_rulebook("eu", DAY), effects=())
    (note,) = figures["mean_sft_assets"].footnotes
    assert note.startswith("Warning SFD-006, found once, first at testbank.xlsx!sft_daily!B: gross_sft_assets has no")


def test_the_reference_date_is_among_the_daily_values() -> None:
    (text,) = of_days(WEEKDAYS[:-1])
    assert "no value for 1 of the 66 weekdays of the quarter to 2026-09-30 (2026-09-30)" in text


def test_days_outside_the_quarter_and_days_given_twice_are_errors() -> None:
    days = pd.DatetimeIndex([*WEEKDAYS, pd.Timestamp("2026-06-30"), pd.Timestamp("2026-07-01")])
    assert [text[-9:] for text in of_days(days)] == ["[SFD-001]", "[SFD-005]"]
