"""What is wrong with a trade is told at its cell, with its rule, and nothing is computed: by workbook and by CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reporting.portfolio import load_portfolio
from reporting.problems import InputRejected
from tests.factories import Sheets, base_sheets, write_workbook

SET = {
    "netting_set_id": "N", "counterparty_id": "C1", "currency": "EUR", "margined": False, "enforceable": True,
    "qccp": False, "client_cleared": False,
}  # fmt: skip
SWAP: dict[str, Any] = {
    "trade_id": "T1", "netting_set_id": "N", "asset_class": "ir", "sub_class": None, "hedging_set": "EUR",
    "reference_entity": None, "direction": "long", "notional": 100, "notional_currency": "EUR", "second_notional": None,
    "second_notional_currency": None, "underlying_units": None, "underlying_price": None,
    "underlying_price_currency": None, "market_value": 1, "currency": "EUR", "maturity": None, "e_years": 4,
    "m_years": 4, "t_years": None, "option_type": None, "option_side": None, "option_price": None,
    "option_strike": None, "option_shift": None, "premium_paid": None,
}  # fmt: skip
SHARE = SWAP | {
    "trade_id": "T2", "asset_class": "equity", "sub_class": "single", "hedging_set": None, "direction": None,
    "reference_entity": "Käferholm AG", "notional": None, "notional_currency": None, "underlying_units": 10,
    "underlying_price": 45, "underlying_price_currency": "EUR", "e_years": None, "t_years": 1, "m_years": 1,
    "option_type": "call", "option_side": "bought", "option_price": 45, "option_strike": 50,
}  # fmt: skip
FORWARD = SWAP | {
    "trade_id": "T3", "asset_class": "fx", "hedging_set": "EUR/USD", "second_notional": 110,
    "second_notional_currency": "USD", "e_years": None,
}  # fmt: skip
TRADES = (SWAP, SHARE, FORWARD)
CREDIT = {"asset_class": "credit", "hedging_set": None, "reference_entity": "Harbour Co Ltd", "direction": "short"}

# The trade by its place, what is changed, the column that is to blame, and the code of its rule.
FAULTS: dict[str, tuple[int, dict[str, Any], str, str]] = {
    "unknown class": (0, {"asset_class": "interest"}, "asset_class", "CEL-014"),
    "no class": (0, {"asset_class": None}, "asset_class", "CEL-001"),
    "unknown sub-class": (1, {"sub_class": "emerging"}, "sub_class", "CEL-014"),
    "sub-class of another class": (1, {"sub_class": "bbb"}, "sub_class", "DRV-002"),
    "no sub-class": (1, {"sub_class": None}, "sub_class", "DRV-002"),
    "credit without sub-class": (0, CREDIT, "sub_class", "DRV-002"),
    "option without strike": (1, {"option_strike": None}, "option_strike", "DRV-034"),
    "negative years to maturity": (0, {"m_years": -1}, "m_years", "DRV-030"),
    "negative years to the end": (0, {"e_years": -0.5}, "e_years", "DRV-031"),
    "maturity in the past": (2, {"m_years": None, "maturity": date(2026, 9, 29)}, "maturity", "DRV-109"),
    "no netting set": (0, {"netting_set_id": None}, "netting_set_id", "CEL-001"),
    "netting set that is not there": (0, {"netting_set_id": "N9"}, "netting_set_id", "DRV-101"),
    "notional without rate": (0, {"notional_currency": "GBP"}, "notional_currency", "DRV-105"),
    "other leg without rate": (
        2, {"second_notional_currency": "GBP", "hedging_set": "EUR/GBP"}, "second_notional_currency", "DRV-106",
    ),
    "price without rate": (1, {"underlying_price_currency": "GBP"}, "underlying_price_currency", "DRV-107"),
    "value without rate": (0, {"currency": "GBP"}, "currency", "DRV-108"),
    "currency that does not exist": (0, {"currency": "EURO"}, "currency", "CEL-022"),
    "strike below zero, price above, no shift": (1, {"option_strike": -5}, "option_shift", "DRV-117"),
    "price below zero, strike above, no shift": (1, {"option_price": -5}, "option_shift", "DRV-117"),
    "strike of zero, no shift": (1, {"option_strike": 0}, "option_shift", "DRV-117"),
    "shift that is too small": (1, {"option_strike": -5, "option_shift": 4}, "option_shift", "DRV-040"),
}  # fmt: skip


def submission(place: int | None = None, change: dict[str, Any] | None = None) -> Sheets:
    trades = [dict(trade) for trade in TRADES]
    if place is not None:
        trades[place] |= change or {}
    return {**base_sheets(), "netting_sets": [dict(SET)], "derivatives": trades}


def as_csv(folder: Path, sheets: Sheets) -> Path:
    folder.mkdir()
    for name, rows in sheets.items():
        headings = list(dict.fromkeys(heading for row in rows for heading in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([headings, *([row.get(heading) for heading in headings] for row in rows)])
    return folder


def as_workbook(folder: Path, sheets: Sheets) -> Path:
    return write_workbook(folder.with_suffix(".xlsx"), sheets)


def letters_of(column: str) -> str:
    place = list(SWAP).index(column)
    return chr(ord("A") + place)


@pytest.mark.parametrize("write", [as_workbook, as_csv])
def test_trades_without_fault_are_loaded(write: Callable[[Path, Sheets], Path], tmp_path: Path) -> None:
    portfolio = load_portfolio(write(tmp_path / "bank", submission()))
    assert len(portfolio.frames["derivatives"]) == len(TRADES)


@pytest.mark.parametrize("write", [as_workbook, as_csv])
@pytest.mark.parametrize("fault", FAULTS)
def test_bad_trade_is_refused_with_one_problem_at_its_cell(
    fault: str, write: Callable[[Path, Sheets], Path], tmp_path: Path
) -> None:
    place, change, column, code = FAULTS[fault]
    path = write(tmp_path / "bank", submission(place, change))
    with pytest.raises(InputRejected) as rejected:
        load_portfolio(path)
    found = [(p.rule.code, str(p.where)) for breach in rejected.value.breaches for p in breach.problems]
    sheet = "bank.xlsx!derivatives" if write is as_workbook else "derivatives.csv"
    assert found == [(code, f"{sheet}!{letters_of(column)}{place + 2}")]
