"""A made-up submission of any size, valid under all rules: what the benchmarks read, check and report on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum
from pathlib import Path
from typing import Any

import xlsxwriter

DAY = date(2026, 9, 30)

Row = Mapping[str, Any]

_RATES = {"USD": 0.9, "GBP": 1.15, "CHF": 1.05, "SEK": 0.09}
_CLASSES = ("Corporates", "Institutions", "Central governments", "Private clients")
_SECTORS = ("non_financial_corporate", "credit_institution", "central_government", "household")
_COUNTRIES = ("DE", "FR", "NL", "NA", "US", "GB", "CH", "SE")
_CATEGORIES = (
    "direct_credit_substitute", "note_issuance_facility", "performance_contingency", "other_commitment",
    "self_liquidating_trade", "unconditionally_cancellable",
)  # fmt: skip
_NOTES = (None, None, None, "Renewed in June", "Documents to be completed", "Watch list since last year")


@dataclass(frozen=True)
class Size:
    """How many rows the larger sheets have."""

    exposures: int = 10_000
    counterparties: int = 300
    lines: int = 40


def write_submission(path: Path, size: Size, lei: str = "") -> Path:
    """The submission as an .xlsx workbook with shared strings, as spreadsheet programs write them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in _sheets(size, lei or _lei(0)).items():
        sheet = book.add_worksheet(name)
        headings = list(dict.fromkeys(heading for row in rows for heading in row))
        sheet.write_row(0, 0, headings)
        for number, row in enumerate(rows, 1):
            for column, heading in enumerate(headings):
                value = row.get(heading)
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif value is not None:
                    sheet.write(number, column, value)
    book.close()
    return path


def _sheets(size: Size, lei: str) -> Mapping[str, Sequence[Row]]:
    rng = random.Random("benchmark")
    exposures = list(_exposures(rng, size))
    lines = list(_lines(exposures, size))
    return {
        "entity": [_entity(lei)],
        "own_funds": _own_funds(lines),
        "requirements": [{"item": "p2r_lr", "value": 0.1, "valid_from": date(2026, 1, 1), "decision": "Decision"}],
        "balance_sheet": lines,
        "counterparties": [_counterparty(rng, number) for number in range(size.counterparties)],
        "exposures": exposures,
        "fx": [{"currency": code, "date": DAY, "rate": rate} for code, rate in _RATES.items()],
    }


def _entity(lei: str) -> Row:
    return {
        "lei": lei, "name": "Benchmark Bank AG", "kind": "bank", "reference_date": DAY, "currency": "EUR",
        "unit": 1000, "country": "DE", "scope": "consolidated", "accounting_standard": "ifrs", "jurisdiction": "eu",
        "g_sib": False, "schema_version": 1,
    }  # fmt: skip


def _own_funds(lines: Sequence[Row]) -> list[Row]:
    tier1 = round(0.06 * fsum(line["gross_carrying_amount"] for line in lines), 2)
    return [{"item": "cet1", "amount": tier1}, {"item": "additional_tier1", "amount": round(tier1 / 10, 2)}]


def _counterparty(rng: random.Random, number: int) -> Row:
    kind = number % len(_SECTORS)
    identity = {"id_code": f"{number:08d}", "id_type": "customer number"} if kind == 3 else {"lei": _lei(number + 1)}
    return {
        "counterparty_id": f"C{number:05d}", **identity, "name": f"{_CLASSES[kind]} Müller & Søn {number}",
        "natural_person": kind == 3, "sector": _SECTORS[kind], "country": rng.choice(_COUNTRIES),
        "institution": kind == 1, "g_sib": False, "qccp": False, "shadow_banking": False,
        "sovereign_controlled": False, "credit_quality_step": rng.choice([None, 1, 2, 3, 4]),
    }  # fmt: skip


def _exposures(rng: random.Random, size: Size) -> Iterator[Row]:
    """Four in five stand on the balance sheet; 17 columns, of which each row fills 13 or 14."""
    for number in range(size.exposures):
        client = rng.randrange(size.counterparties)
        off = number % 5 == 4
        amount, risk = round(rng.lognormvariate(8, 1), 2), rng.random()
        sums = _off_balance(rng, amount) if off else {"gross_carrying_amount": amount, "seniority": "senior"}
        yield {
            "exposure_id": f"X{number:07d}", "counterparty_id": f"C{client:05d}",
            "instrument": "commitment" if off else rng.choice(["loan", "loan", "bond"]),
            "exposure_class": _CLASSES[client % len(_CLASSES)], "gross_carrying_amount": None,
            "loss_allowance_specific": 0 if risk < 0.8 else round(amount * 0.02, 2),
            "currency": rng.choice(["EUR", "EUR", "EUR", *_RATES]), "off_balance_sheet": off, **sums,
            "book": "banking", "maturity": DAY + timedelta(days=rng.randrange(30, 3000)),
            "pd": round(risk / 20, 4), "elgd": 0.45, "note": rng.choice(_NOTES),
        }  # fmt: skip


def _off_balance(rng: random.Random, amount: float) -> Row:
    category = rng.choice(_CATEGORIES)
    return {"nominal": amount, "ccf_category": category, "general_provision": round(amount * 0.001, 2)}


def _lines(exposures: Sequence[Row], size: Size) -> Iterator[Row]:
    """Lines that the exposures of their class add up to, and others without a class."""
    net = dict.fromkeys(_CLASSES, 0.0)
    for row in exposures:
        if not row["off_balance_sheet"]:
            rate = _RATES.get(row["currency"], 1.0)
            net[row["exposure_class"]] += rate * (row["gross_carrying_amount"] - row["loss_allowance_specific"])
    for number in range(size.lines):
        name = _CLASSES[number] if number < len(_CLASSES) else None
        yield {
            "line_id": f"A-{number:03d}", "item": f"{name or 'Other assets'}, line {number}",
            "gross_carrying_amount": round(net[name], 2) if name else 1000.5 + number, "loss_allowance_specific": 0,
            "lr_treatment": "ordinary", "exposure_class": name,
        }  # fmt: skip


def _lei(number: int) -> str:
    """A made-up LEI with right check digits (ISO 17442: the remainder by 97 is 1)."""
    stem = f"BENCHMARKBANK{number:05d}"
    return f"{stem}{98 - int(''.join(str(int(letter, 36)) for letter in stem) + '00') % 97:02d}"
