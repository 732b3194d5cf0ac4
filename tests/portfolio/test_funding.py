"""The sheet funding: amounts in the reporting currency, and its sum against what the balance sheet can carry."""

from __future__ import annotations

from typing import Any

import pytest

from reporting.portfolio import Portfolio
from tests.factories import base_sheets, portfolio_of


def with_funding(*rows: dict[str, Any]) -> Portfolio:
    sheets = base_sheets()
    base = {"creditor_id": "C1", "currency": "EUR", "rank": "pari_passu", "secured": False}
    sheets["funding"] = [{"funding_id": f"F{n}", **base, **row} for n, row in enumerate(rows)]
    return portfolio_of(sheets)


def codes(portfolio: Portfolio) -> list[str]:
    return [breach.rule.code for breach in portfolio.breaches]


def test_an_obligation_is_converted_to_single_units_of_the_reporting_currency() -> None:
    portfolio = with_funding({"amount": 10}, {"amount": 10, "currency": "USD"})
    assert portfolio.frames["funding"]["obligation_amount"].tolist() == [10_000.0, 9_000.0]
    assert codes(portfolio) == []


# 90,000 - 1,000 + 600 of assets less 4,500 of Common Equity Tier 1 are 85,100, EUR thousand.
@pytest.mark.parametrize(("amount", "expected"), [(85_100, []), (85_100.01, ["REC-003"])])
def test_obligations_may_reach_total_assets_less_equity_and_no_more(amount: float, expected: list[str]) -> None:
    assert codes(with_funding({"amount": amount})) == expected


def test_the_message_names_both_sums() -> None:
    (breach,) = with_funding({"amount": 90_000}).breaches
    text = str(breach.problems[0])
    assert text.startswith(
        "testbank.xlsx!funding!F2: the obligations sum to 90,000.00, total assets less equity are 85,1"
    )
    assert breach.blocks == ()


def test_without_a_balance_sheet_nothing_is_compared() -> None:
    sheets = base_sheets()
    del sheets["balance_sheet"]
    sheets["funding"] = [
        {"funding_id": "F1", "creditor_id": "C1", "amount": 1e9, "currency": "EUR", "rank": "senior", "secured": True}
    ]
    assert "REC-003" not in codes(portfolio_of(sheets))
