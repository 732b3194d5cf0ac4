"""The 51 banks of the EBA 2016 EU-wide stress test as submissions. The data stay where they are; nothing is copied."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

FOLDER = Path(os.environ.get("REPORTING_REAL_DATA", Path(__file__).parents[2] / "shared" / "data")) / "eba_2016"
DAY = date(2015, 12, 31)
ENTITY_CLASSES = ("Total assets", "Common tier1 equity capital")

needs_real_data = pytest.mark.skipif(
    not FOLDER.is_dir(),
    reason="the EBA 2016 data are not here: set REPORTING_REAL_DATA to the folder that holds eba_2016",
)

_ISO = {"Channel Islands": "JE"}
_OTHER = "ZZ"  # the countries that are not shown one by one
_SECTORS = {
    "Central banks and central governments": "central_government",
    "Institutions": "credit_institution",
    "Corporates": "non_financial_corporate",
    "Retail": "household",
}


@dataclass(frozen=True)
class Bank:
    """One bank as published; amounts in EUR million. `exposures`: (country, class) -> (loans, bonds)."""

    lei: str
    name: str
    country: str
    total_assets: float
    cet1: float
    exposures: dict[tuple[str, str], tuple[float, float]]


def banks() -> Iterator[Bank]:
    """All banks, in the order of their LEI."""
    rows = defaultdict(list)
    with (FOLDER / "exposures.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["lei"]].append(row)
    for lei in sorted(rows):
        of_entity = {
            row["exposure_class"]: float(row["total"]) for row in rows[lei] if row["exposure_class"] in ENTITY_CLASSES
        }
        first = rows[lei][0]
        yield Bank(
            lei, first["bank_name"], first["bank_country"], of_entity["Total assets"],
            of_entity["Common tier1 equity capital"], _exposures(rows[lei]),
        )  # fmt: skip


def _exposures(rows: list[dict[str, str]]) -> dict[tuple[str, str], tuple[float, float]]:
    """By country and class; what the total of a class has above its countries goes to other countries."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    totals: dict[str, tuple[float, float]] = {}
    for row in rows:
        name = row["exposure_class"]
        if name in ENTITY_CLASSES:
            continue
        amounts = float(row["loans"]), float(row["bonds"])
        if row["country"] == "Total":
            totals[name] = amounts
        else:
            found[_ISO.get(row["country"], row["country"]), name] = amounts
    for name, amounts in totals.items():
        shown = [sum(a[i] for (_, c), a in found.items() if c == name) for i in (0, 1)]
        loans, bonds = amounts[0] - shown[0], amounts[1] - shown[1]
        found[_OTHER, name] = (loans, bonds) if min(loans, bonds) >= 0 else (max(0.0, loans + bonds), 0.0)
    return found


def write_submission(bank: Bank, folder: Path) -> Path:
    """The bank as a workbook: one balance-sheet line that is not split, CET1, and exposures by country and class."""
    path = folder / f"{bank.lei}.xlsx"
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in _sheets(bank).items():
        sheet = book.add_worksheet(name)
        headings = list(rows[0])
        sheet.write_row(0, 0, headings)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row.values()):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif value is not None:
                    sheet.write(number, column, value)
    book.close()
    return path


def _sheets(bank: Bank) -> dict[str, list[dict[str, object]]]:
    entity = {
        "lei": bank.lei, "name": bank.name, "kind": "bank", "reference_date": DAY, "currency": "EUR", "unit": 1_000_000,
        "country": bank.country, "scope": "consolidated", "accounting_standard": "ifrs", "jurisdiction": "eu",
        "schema_version": 1,
    }  # fmt: skip
    line = {
        "line_id": "TOTAL", "item": "Total assets", "gross_carrying_amount": bank.total_assets,
        "loss_allowance_specific": 0, "lr_treatment": "total_assets_unsplit",
    }  # fmt: skip
    keys = sorted(bank.exposures)
    return {
        "entity": [entity],
        "own_funds": [{"item": "cet1", "amount": bank.cet1}],
        "balance_sheet": [line],
        "counterparties": [_counterparty(country, name) for country, name in keys],
        "exposures": [e for key in keys for e in _exposure_rows(key, bank.exposures[key])],
    }


def _counterparty(country: str, name: str) -> dict[str, object]:
    return {
        "counterparty_id": f"{country} {name}", "id_code": f"{country} {name}", "id_type": "aggregate",
        "name": f"{name}, {country}", "natural_person": False, "sector": _SECTORS.get(name, "other"),
        "country": country, "institution": name == "Institutions", "g_sib": False, "qccp": False,
        "shadow_banking": False, "sovereign_controlled": False,
    }  # fmt: skip


def _exposure_rows(key: tuple[str, str], amounts: tuple[float, float]) -> Iterator[dict[str, object]]:
    country, name = key
    for instrument, amount in zip(("loan", "bond"), amounts, strict=True):
        yield {
            "exposure_id": f"{country} {name} {instrument}", "counterparty_id": f"{country} {name}",
            "instrument": instrument, "exposure_class": name, "gross_carrying_amount": amount,
            "loss_allowance_specific": 0, "currency": "EUR", "off_balance_sheet": False, "book": "banking",
        }  # fmt: skip
