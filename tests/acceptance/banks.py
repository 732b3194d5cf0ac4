"""Small banks that together take every branch of the leverage measures, and the way from their cells to figures.

A bank is a mapping sheet -> row number -> column -> value, so that a cell is (sheet, column, row number).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd

from reporting.figures import Figure
from reporting.intake import check_submission
from reporting.intake.tables import InputFile, RawSheet, RawSubmission, Table
from reporting.measures import assess
from reporting.origin import letters
from reporting.portfolio import build_portfolio, errors
from reporting.portfolio.portfolio import Portfolio
from reporting.rulebook import load_rulebook
from tests.factories import DAY, LEI

Cell = tuple[str, str, int]
Bank = dict[str, dict[int, dict[str, Any]]]
Mode = Literal["strict", "partial", "unchecked"]
FILE = "bank.xlsx"

EARLIER = date(2026, 6, 30)
RATES = {"USD": 0.8517, "GBP": 1.1603, "JPY": 0.006137}
BUCKETS = (
    "direct_credit_substitute", "forward_asset_purchase", "note_issuance_facility", "performance_contingency",
    "other_commitment", "self_liquidating_trade", "unconditionally_cancellable",
)  # fmt: skip


def copied(bank: Bank) -> Bank:
    """A copy whose rows can be changed."""
    return {sheet: {row: dict(cells) for row, cells in rows.items()} for sheet, rows in bank.items()}


def changed(bank: Bank, cells: Mapping[Cell, Any]) -> Bank:
    """The bank with other values in these cells."""
    other = copied(bank)
    for (sheet, column, row), value in cells.items():
        other[sheet][row][column] = value
    return other


def raw(bank: Bank) -> RawSubmission:
    """The bank as a workbook would be read: headings in row 1, every row where its number says."""
    sheets = tuple(_raw_sheet(name, rows) for name, rows in bank.items())
    return RawSubmission("bank", (InputFile(FILE, 1, "0" * 64),), sheets)


def _raw_sheet(name: str, rows: Mapping[int, Mapping[str, Any]]) -> RawSheet:
    headings = list(dict.fromkeys(heading for row in rows.values() for heading in row))
    numbers = range(2, max(rows, default=1) + 1)
    stored: list[list[object]] = [[rows.get(number, {}).get(heading) for heading in headings] for number in numbers]
    return RawSheet(FILE, name, [list(headings), *stored])


def address(bank: Bank, cell: Cell) -> str:
    """The cell as messages name it: `bank.xlsx!fx!C2`."""
    sheet, column, row = cell
    headings = list(dict.fromkeys(heading for cells in bank[sheet].values() for heading in cells))
    return f"{FILE}!{sheet}!{letters(headings.index(column))}{row}"


def from_tables(tables: Mapping[str, Table]) -> Bank:
    """A checked submission as a bank, each value at its row and under its column."""
    return {name: _rows(table) for name, table in tables.items()}


def _rows(table: Table) -> dict[int, dict[str, Any]]:
    frame = table.frame[[column for column in table.frame.columns if column in table.letters]]
    return {
        int(number): {str(column): _plain(value) for column, value in row.items()}
        for number, row in zip(frame.index.tolist(), frame.to_dict("records"), strict=True)
    }


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if hasattr(value, "item") else value


def portfolio_of(bank: Bank, mode: Mode = "strict") -> Portfolio | None:
    """The portfolio.

    mode  strict: None where the data have errors; partial: errors block what rests on their cells; unchecked: all that
          the checks found is forgotten
    """
    checked = check_submission(raw(bank))
    if mode == "unchecked":
        return build_portfolio(replace(checked, breaches=()))
    if mode == "strict" and errors(checked.breaches):
        return None
    return build_portfolio(checked, partial=mode == "partial")


def figures_of(bank: Bank, mode: Mode = "strict") -> Mapping[str, Figure] | None:
    """All figures of the bank; None for what has no portfolio."""
    portfolio = portfolio_of(bank, mode)
    if portfolio is None:
        return None
    return assess(portfolio, load_rulebook(portfolio.entity.jurisdiction, portfolio.entity.reference_date))


def problems_of(bank: Bank) -> list[str]:
    """The errors of a bank, as text."""
    return [str(problem) for breach in errors(check_submission(raw(bank)).breaches) for problem in breach.problems]


def stating_totals() -> Bank:
    """European bank that states totals and components of its own funds; P2R, early-warning level, no exemption."""
    draw = random.Random(1)
    own_funds = {
        "cet1_instruments": 3000.0, "retained_earnings": 1700.5, "deduction_goodwill": 200.25, "cet1": 4500.255,
        "additional_tier1": 500.125, "tier1": 5000.385, "tier2": 120.0,
    }  # fmt: skip
    requirements = [
        ("p2r_lr", 0.35, date(2026, 1, 1), date(2026, 12, 31)),
        ("p2r_lr", 0.25, date(2025, 1, 1), date(2025, 12, 31)),
        ("amber_leverage_ratio", 4.0, date(2026, 1, 1), None),
        ("gsib_hla_rate", 1.5, date(2026, 1, 1), None),
        ("interim_profit", 77.0, date(2026, 7, 1), None),
        ("internal_limit_leverage_ratio", 3.5, date(2024, 1, 1), date(2024, 12, 31)),
        ("internal_limit_leverage_ratio", 4.2, date(2026, 1, 1), None),
    ]
    treatments = ["ordinary"] * 8 + ["tier1_deducted", "pva", "eu_429a_d", "central_bank_exempt", "fiduciary",
                                     "cash_pool", "srt_securitisation"]  # fmt: skip
    return _bank(draw, {"jurisdiction": "eu", "unit": 1000, "g_sib": False}, treatments, own_funds, requirements)


def giving_components() -> Bank:
    """Global bank under the Basel framework that gives components only; central-bank exemption, no P2R."""
    draw = random.Random(2)
    own_funds = {
        "cet1_instruments": 6000.0, "share_premium": 250.0, "accumulated_oci": -75.5, "deduction_intangibles": 310.0,
        "additional_tier1": 900.0,
    }  # fmt: skip
    requirements = [
        ("cb_exemption", 1, date(2026, 1, 1), date(2026, 12, 31)),
        ("em_calibration", 110_000.0, date(2026, 1, 1), None),
        ("cb_calibration", 9_000.0, date(2026, 1, 1), None),
        ("gsib_hla_rate", 1.0, date(2026, 1, 1), None),
        ("amber_leverage_ratio", 4.5, date(2024, 1, 1), date(2025, 12, 31)),
    ]
    treatments = ["ordinary"] * 9 + ["tier1_deducted", "regular_way", "central_bank_exempt", "central_bank_exempt",
                                     "pva", "cash_pool"]  # fmt: skip
    return _bank(draw, {"jurisdiction": "basel", "unit": 1_000_000, "g_sib": True}, treatments, own_funds, requirements)


def holding_derivatives() -> Bank:
    """European bank with derivatives and SFTs on its balance sheet, whose ratio is therefore not available."""
    draw = random.Random(3)
    own_funds = {"cet1": 2500.75, "additional_tier1": 0.0}
    requirements = [("p2r_lr", 0.5, date(2026, 9, 30), date(2026, 9, 30)), ("amber_leverage_ratio", 4.0, DAY, None)]
    treatments = ["ordinary"] * 6 + ["derivative_asset", "derivative_collateral_derecognised", "sft_asset",
                                     "cash_vm_receivable_eligible", "sft_security_received", "eu_429a_d_promotional",
                                     "tier1_deducted", "pva", "fiduciary"]  # fmt: skip
    return _bank(draw, {"jurisdiction": "eu", "unit": 1, "g_sib": None}, treatments, own_funds, requirements)


def _bank(
    draw: random.Random,
    entity: Mapping[str, Any],
    treatments: list[str],
    own_funds: Mapping[str, float],
    requirements: list[tuple[str, float, date, date | None]],
) -> Bank:
    lines = [_line(draw, number, treatment) for number, treatment in enumerate(treatments, 1)]
    sheets: dict[str, list[dict[str, Any]]] = {
        "entity": [{
            "lei": LEI, "name": "Testbank AG", "kind": "bank", "reference_date": DAY, "currency": "EUR",
            "country": "DE", "scope": "consolidated", "accounting_standard": "ifrs", "schema_version": 1, **entity,
        }],
        "own_funds": [{"item": item, "amount": amount, "note": None} for item, amount in own_funds.items()],
        "requirements": [
            {"item": item, "value": value, "valid_from": first, "valid_to": last, "decision": "Decision of the year"}
            for item, value, first, last in requirements
        ],
        "balance_sheet": lines,
        "counterparties": [_counterparty(number) for number in range(1, 5)],
        "exposures": [_exposure(draw, number) for number in range(40)],
        "fx": [
            {"currency": currency, "date": day, "rate": rate if day == DAY else round(rate * 1.0413, 6), "note": None}
            for day in (EARLIER, DAY) for currency, rate in RATES.items()
        ],
    }  # fmt: skip
    return {name: dict(enumerate(rows, 2)) for name, rows in sheets.items()}


def _line(draw: random.Random, number: int, treatment: str) -> dict[str, Any]:
    gross = round(draw.uniform(2_000, 9_000), 2)
    return {
        "line_id": f"A{number}", "item": f"Line {number}", "gross_carrying_amount": gross,
        "loss_allowance_specific": round(gross * draw.uniform(0.001, 0.02), 2),
        "general_provision_deducted_from_tier1": draw.choice([None, round(gross * 0.003, 2)]),
        "amount_published": draw.choice([None, round(gross * 0.99, 2)]), "lr_treatment": treatment,
        "exposure_class": draw.choice([None, "Corporates"]),
    }  # fmt: skip


def _counterparty(number: int) -> dict[str, Any]:
    return {
        "counterparty_id": f"C{number}", "id_code": f"X{number}", "id_type": "national", "name": f"Client {number}",
        "natural_person": False, "sector": "non_financial_corporate", "country": "DE", "institution": False,
        "g_sib": False, "qccp": False, "shadow_banking": False, "sovereign_controlled": False,
    }  # fmt: skip


def _exposure(draw: random.Random, number: int) -> dict[str, Any]:
    amount = round(draw.uniform(100, 900), 2)
    on_balance = number % 4 == 0
    return {
        "exposure_id": f"E{number}", "counterparty_id": f"C{number % 4 + 1}",
        "instrument": "loan" if on_balance else "commitment", "exposure_class": draw.choice([None, "Corporates"]),
        "gross_carrying_amount": amount if on_balance else None,
        "loss_allowance_specific": round(amount * draw.uniform(0.002, 0.03), 2),
        "currency": ("EUR", *RATES)[draw.randrange(4)], "off_balance_sheet": not on_balance,
        "nominal": None if on_balance else amount,
        "ccf_category": None if on_balance else BUCKETS[number % len(BUCKETS)],
        "general_provision": None if on_balance else draw.choice([None, round(amount * 0.004, 2)]),
        "book": "banking", "maturity": DAY + timedelta(days=draw.randrange(1, 2_000)),
    }  # fmt: skip


TRADING_SHEETS = ("netting_sets", "derivatives", "collateral", "sft", "sft_daily")
TRADING_LINES = ("derivative_asset", "sft_asset", "cash_vm_receivable_eligible")


def without_trading(bank: Bank) -> Bank:
    """The bank without derivatives and securities financing, whose exposures the workbook shows as values."""
    kept = {sheet: rows for sheet, rows in bank.items() if sheet not in TRADING_SHEETS}
    lines = {row: cells for row, cells in bank["balance_sheet"].items() if cells["lr_treatment"] not in TRADING_LINES}
    return {**kept, "balance_sheet": lines}
