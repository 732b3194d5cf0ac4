"""Small submissions made in memory: dictionaries in, portfolio out, through the real checks."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from reporting.intake import check_submission
from reporting.intake.tables import InputFile, RawSheet, RawSubmission
from reporting.portfolio import Portfolio, build_portfolio

Row = Mapping[str, Any]
Sheets = dict[str, list[dict[str, Any]]]

LEI = "00000000000000000098"
DAY = date(2026, 9, 30)

_BASE: Sheets = {
    "entity": [
        {
            "lei": LEI, "name": "Testbank AG", "kind": "bank", "reference_date": DAY, "currency": "EUR", "unit": 1000,
            "country": "DE", "scope": "consolidated", "accounting_standard": "ifrs", "jurisdiction": "eu",
            "g_sib": False, "schema_version": 1,
        }
    ],
    "own_funds": [
        {"item": "cet1", "amount": 4500},
        {"item": "additional_tier1", "amount": 500},
    ],
    "balance_sheet": [
        {
            "line_id": "A1", "item": "Loans", "gross_carrying_amount": 90000, "loss_allowance_specific": 1000,
            "lr_treatment": "ordinary",
        },
        {
            "line_id": "A2", "item": "Intangibles", "gross_carrying_amount": 600, "loss_allowance_specific": 0,
            "lr_treatment": "tier1_deducted",
        },
    ],
    "counterparties": [
        {
            "counterparty_id": "C1", "id_code": "X1", "id_type": "national", "name": "Client", "natural_person": False,
            "sector": "non_financial_corporate", "country": "DE", "institution": False, "g_sib": False, "qccp": False,
            "shadow_banking": False, "sovereign_controlled": False,
        }
    ],
    "exposures": [
        {
            "exposure_id": "E1", "counterparty_id": "C1", "instrument": "loan", "gross_carrying_amount": 400,
            "loss_allowance_specific": 0, "currency": "EUR", "off_balance_sheet": False, "book": "banking",
        },
        {
            "exposure_id": "E2", "counterparty_id": "C1", "instrument": "commitment", "nominal": 1000,
            "loss_allowance_specific": 10, "general_provision": 3, "currency": "USD", "off_balance_sheet": True,
            "ccf_category": "other_commitment", "book": "banking",
        },
    ],
    "fx": [{"currency": "USD", "date": DAY, "rate": 0.9}],
}  # fmt: skip


def base_sheets() -> Sheets:
    """A valid small bank in EUR thousand, to be changed by the test."""
    return copy.deepcopy(_BASE)


def raw_submission(sheets: Mapping[str, Sequence[Row]]) -> RawSubmission:
    """The sheets as a workbook would be read: a heading in row 1, columns in the order of first use."""
    return RawSubmission(
        "testbank", (InputFile("testbank.xlsx", 1, "0" * 64),), tuple(_sheet(n, rows) for n, rows in sheets.items())
    )


def _sheet(name: str, rows: Sequence[Row]) -> RawSheet:
    headings: list[object] = list(dict.fromkeys(heading for row in rows for heading in row))
    return RawSheet("testbank.xlsx", name, [list(headings), *([row.get(str(h)) for h in headings] for row in rows)])


def portfolio_of(sheets: Mapping[str, Sequence[Row]], *, partial: bool = False) -> Portfolio:
    """The portfolio of these sheets, checked; InputRejected if they have errors."""
    return build_portfolio(check_submission(raw_submission(sheets)), partial=partial)


def write_workbook(path: Path, sheets: Mapping[str, Sequence[Row]]) -> Path:
    """The sheets as an .xlsx file, typed as given; a text that looks like a formula stays text."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for raw in raw_submission(sheets).sheets:
        sheet = book.create_sheet(raw.sheet)
        for number, row in enumerate(raw.rows, 1):
            for column, value in enumerate(row, 1):
                cell = sheet.cell(number, column, value)
                if isinstance(value, str):
                    cell.data_type = "s"
    book.save(path)
    return path
