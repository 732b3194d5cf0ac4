"""The books of Northbank AG on both dates: balance-sheet lines, own funds, requirements, rates. In EUR million here."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from math import fsum

from making.names import lei
from making.workbook import Row, Rows

JUNE, SEPTEMBER = date(2026, 6, 30), date(2026, 9, 30)
DATES = (JUNE, SEPTEMBER)
NORTHBANK_LEI = lei("FICTIONALNORTHBANK")

# Euro for one unit, invented.
RATES = {
    date(2026, 3, 31): {"USD": 0.8623, "GBP": 1.1571, "CHF": 1.0598, "SEK": 0.0891},
    JUNE: {"USD": 0.8547, "GBP": 1.1612, "CHF": 1.0655, "SEK": 0.0898},
    SEPTEMBER: {"USD": 0.8604, "GBP": 1.1523, "CHF": 1.0702, "SEK": 0.0906},
}


@dataclass(frozen=True)
class Line:
    """A line of the balance sheet.

    gross, allowance   on the two dates, EUR million
    exposure_class     "" where the line is not listed exposure by exposure
    """

    line_id: str
    item: str
    gross: tuple[float, float]
    allowance: tuple[float, float] = (0.0, 0.0)
    exposure_class: str = ""
    treatment: str = "ordinary"
    general_provision: tuple[float, float] = (0.0, 0.0)
    note: str = ""


_GRANULAR = "Many small loans; not listed on the sheet exposures"

LINES = (
    Line("A-010", "Cash on hand", (182, 179)),
    Line("A-020", "Balances with the Eurosystem", (3_250, 3_410), exposure_class="Central banks"),
    Line("A-030", "Balances with other central banks", (540, 515), exposure_class="Central banks"),
    Line("A-110", "Loans and advances to banks, on demand", (615, 598), (0.4, 0.4), "Institutions"),
    Line("A-120", "Loans and advances to banks, term", (1_480, 1_535), (1.9, 2.0), "Institutions"),
    Line("A-130", "Cash pooling balances of corporate groups", (265, 271), (0.6, 0.6), treatment="cash_pool",
         note="Pools that are not settled daily, gross of the credit balances"),
    Line("A-140", "Deposits and default fund contributions at central counterparties", (96, 104),
         exposure_class="Central counterparties"),
    Line("A-210", "Loans to central governments", (410, 402), (0.3, 0.3), "Central governments"),
    Line("A-220", "Loans to regional governments and local authorities", (1_920, 1_960), (0.8, 0.8),
         "Regional governments"),
    Line("A-230", "Loans to public sector entities", (835, 850), (0.7, 0.7), "Public sector entities"),
    Line("A-310", "Loans to other financial corporations", (1_425, 1_490), (6.2, 6.6), "Other financial corporations"),
    Line("A-330", "Loans to funds (capital call facilities)", (430, 468), (1.1, 1.3), "Funds"),
    Line("A-410", "Loans to large corporates", (5_450, 5_640), (98.4, 104.9), "Corporates"),
    Line("A-420", "Loans to small and medium-sized enterprises", (3_480, 3_520), (76.3, 79.2),
         general_provision=(4.2, 4.4), note=_GRANULAR),
    Line("A-430", "Project and infrastructure finance", (1_290, 1_355), (15.2, 15.9), "Corporates"),
    Line("A-450", "Commercial real estate loans", (3_220, 3_190), (61.7, 68.8), "Commercial real estate",
         general_provision=(3.1, 3.3)),
    Line("A-460", "Finance lease receivables", (480, 494), (7.4, 7.5), "Corporates"),
    Line("A-510", "Residential mortgage loans", (6_700, 6_860), (34.6, 35.8),
         general_provision=(5.5, 5.6), note=_GRANULAR),
    Line("A-520", "Consumer loans", (1_360, 1_395), (58.2, 60.1), note=_GRANULAR),
    Line("A-530", "Overdrafts and card balances", (310, 318), (17.9, 18.4), note=_GRANULAR),
    Line("A-540", "Loans to private clients, individually managed", (690, 712), (5.3, 5.5), "Private clients"),
    Line("A-610", "Government bonds at amortised cost", (1_620, 1_700), (0.4, 0.4), "Central governments"),
    Line("A-620", "Government bonds at fair value through OCI", (1_000, 985), (0.2, 0.2), "Central governments"),
    Line("A-630", "Bonds of regional governments", (420, 441), (0.1, 0.1), "Regional governments"),
    Line("A-640", "Bonds of multilateral development banks", (310, 325),
         exposure_class="Multilateral development banks"),
    Line("A-650", "Covered bonds", (960, 990), (0.3, 0.3), "Covered bonds"),
    Line("A-660", "Senior bonds of banks", (520, 534), (0.6, 0.6), "Institutions"),
    Line("A-670", "Corporate bonds", (610, 640), (3.2, 3.4), "Corporates"),
    Line("A-680", "Bonds held for trading", (145, 162), exposure_class="Corporates"),
    Line("A-710", "Units in funds", (120, 118), exposure_class="Funds"),
    Line("A-720", "Shares, non-trading", (78, 81), exposure_class="Equity"),
    Line("A-730", "Shares in associated companies", (64, 64), exposure_class="Equity"),
    Line("A-810", "Receivables for securities sold, not yet settled", (118, 96), treatment="regular_way",
         note="Trade-date accounting"),
    Line("A-820", "Property and equipment, including rights of use", (410, 405)),
    Line("A-840", "Goodwill, software and other intangible assets", (236, 233), treatment="tier1_deducted"),
    Line("A-850", "Deferred tax assets that rely on future profitability", (88, 84), treatment="tier1_deducted"),
    Line("A-860", "Tax assets, other", (132, 127)),
    Line("A-870", "Prepayments and other assets", (274, 288), (1.2, 1.2)),
    Line("A-880", "Assets held on a fiduciary basis", (520, 531), treatment="fiduciary"),
    Line("A-890", "Prudent valuation adjustment", (14, 15), treatment="pva"),
)  # fmt: skip

# Item, EUR million on the two dates or None for the amount of the balance-sheet line, and that line.
_COMPONENTS = (
    ("cet1_instruments", (640.0, 640.0), ""),
    ("share_premium", (410.0, 410.0), ""),
    ("retained_earnings", (1_140.0, 1_158.0), ""),
    ("accumulated_oci", (-18.0, -21.0), ""),
    ("other_reserves", (110.0, 111.0), ""),
    ("minority_interests", (22.0, 22.0), ""),
    ("deduction_intangible_assets", None, "A-840"),
    ("deduction_deferred_tax_assets", None, "A-850"),
    ("deduction_prudent_valuation", None, "A-890"),
)
_ADDITIONAL_TIER1, _TIER2 = (350.0, 350.0), (300.0, 292.0)


def to_thousand(million: float, name: str) -> float:
    """An amount in EUR thousand with cents that look like a ledger's, the same for a name in every run."""
    cents = random.Random(name).uniform(-0.0005, 0.0005)
    return round(million * 1000 * (1 + cents), 3)


def balance_sheet(period: int) -> Rows:
    """The forty lines on a date (0: June, 1: September), in EUR thousand."""
    return [_line(line, period) for line in LINES]


def _line(line: Line, period: int) -> Row:
    provision = line.general_provision[period]
    return {
        "line_id": line.line_id,
        "item": line.item,
        "gross_carrying_amount": to_thousand(line.gross[period], f"{line.line_id} gross {period}"),
        "loss_allowance_specific": to_thousand(line.allowance[period], f"{line.line_id} allowance {period}"),
        "general_provision_deducted_from_tier1": to_thousand(provision, f"{line.line_id} general {period}") or None,
        "lr_treatment": line.treatment,
        "exposure_class": line.exposure_class or None,
        "note": line.note or None,
    }


def own_funds(period: int) -> Rows:
    """Components and totals, in EUR thousand; the totals are the sums of the components."""
    lines = {row["line_id"]: row["gross_carrying_amount"] for row in balance_sheet(period)}
    rows: Rows = []
    for item, amounts, line in _COMPONENTS:
        amount = lines[line] if amounts is None else to_thousand(amounts[period], f"{item} {period}")
        rows.append({"item": item, "amount": amount, "linked_asset_line": line or None})
    signed = (-row["amount"] if row["item"].startswith("deduction_") else row["amount"] for row in rows)
    cet1 = round(fsum(signed), 3)
    additional = to_thousand(_ADDITIONAL_TIER1[period], "additional_tier1")
    totals = {
        "cet1": cet1,
        "additional_tier1": additional,
        "tier1": round(cet1 + additional, 3),
        "tier2": to_thousand(_TIER2[period], f"tier2 {period}"),
    }
    return [*rows, *({"item": item, "amount": amount} for item, amount in totals.items())]


def entity(period: int) -> Rows:
    """The bank."""
    return [
        {
            "lei": NORTHBANK_LEI,
            "name": "Northbank AG (fictional)",
            "kind": "bank",
            "reference_date": DATES[period],
            "currency": "EUR",
            "unit": 1000,
            "country": "DE",
            "scope": "consolidated",
            "accounting_standard": "ifrs",
            "jurisdiction": "eu",
            "g_sib": False,
            "schema_version": 1,
        }
    ]


def requirements() -> Rows:
    """What the supervisor and the bank's own board ask for, in per cent."""
    decision = "Supervisory decision of 11 December 2025 (fictional)"
    risk_appetite = "Risk appetite statement 2026, section 4"
    start, end = date(2026, 1, 1), date(2026, 12, 31)
    return [
        {"item": "p2r_lr", "value": 0.1, "valid_from": start, "valid_to": end, "decision": decision},
        {"item": "amber_leverage_ratio", "value": 4.0, "valid_from": start, "decision": risk_appetite},
        {"item": "internal_limit_leverage_ratio", "value": 3.6, "valid_from": start, "decision": risk_appetite},
    ]


def rates(period: int) -> Rows:
    """Rates of the reference date and of the one before."""
    days = list(RATES)[period : period + 2]
    return [{"currency": code, "date": day, "rate": rate} for day in days for code, rate in RATES[day].items()]
