"""Another bank that shares only the named cells: everything else holds other, valid values."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from reporting.intake import Checked
from tests.acceptance.banks import BUCKETS, TRADING_SHEETS, Bank, Cell, copied
from tests.acceptance.neutral_trading import neutral_trading

_COMPONENTS = (
    "cet1_instruments", "share_premium", "retained_earnings", "accumulated_oci", "other_reserves", "minority_interests",
)  # fmt: skip
_TREATMENTS = ("ordinary", "fiduciary", "tier1_deducted", "derivative_asset", "sft_asset", "pva")
_DAYS = (date(2024, 12, 31), date(2025, 6, 30), date(2025, 12, 31))
_CURRENCIES = ("EUR", "CHF", "SEK", "PLN", "USD", "GBP", "JPY")
_NEEDED = ("entity",)


def neutral(bank: Bank, named: Collection[Cell], seed: int) -> Bank:
    """A bank with the named cells of `bank` and, wherever the rules leave a choice, other values in all other cells."""
    return neutral_and_checked(bank, named, seed)[0]


def neutral_and_checked(bank: Bank, named: Collection[Cell], seed: int) -> tuple[Bank, Checked]:
    """The same, with what the checks say of it."""
    other = _Other(copied(bank), frozenset(named), random.Random(seed))
    for name in list(other.bank):
        if name not in _NEEDED and not any(cell[0] == name for cell in named):
            _left_out(other, name)
    _entity(other)
    for sheet in (_fx, _requirements, _own_funds, _balance_sheet, _counterparties, _exposures):
        sheet(other)
    return other.bank, neutral_trading(other.bank, other.named, other.draw)


@dataclass
class _Other:
    """The bank in the making."""

    bank: Bank
    named: frozenset[Cell]
    draw: random.Random

    def put(self, sheet: str, row: int, **values: Any) -> None:
        """Set those of the cells that are not named, and that the sheet has."""
        for column, value in values.items():
            if (sheet, column, row) not in self.named and column in self.bank[sheet][row]:
                self.bank[sheet][row][column] = value

    def amount(self, most: float = 5_000) -> float:
        return round(self.draw.uniform(1, most), 2)

    @property
    def institution(self) -> dict[str, Any]:
        (row,) = self.bank["entity"].values()
        return row


def _left_out(other: _Other, name: str) -> None:
    """A sheet of which nothing is named is left out, unless another one refers to it, or filled anew."""
    if name in ("counterparties", "fx", "own_funds", "balance_sheet", *TRADING_SHEETS):
        return
    if other.draw.random() < 0.5 or name in ("protection", "connections"):
        del other.bank[name]


def _entity(other: _Other) -> None:
    (row,) = other.bank["entity"]
    draw = other.draw
    treatments = {other.bank[sheet][line][column] for sheet, column, line in other.named if column == "lr_treatment"}
    european = any(str(treatment).startswith("eu_429") for treatment in treatments)
    european |= other.institution["jurisdiction"] == "eu" and any(cell[0] == "derivatives" for cell in other.named)
    other.put(
        "entity", row, name="Another bank", scope="individual", accounting_standard="local_gaap", country="IE",
        lei="FICTIONALNORTHBANK63", kind="investment_firm", unit=draw.choice([1, 1000, 1_000_000]), g_sib=False,
        jurisdiction="eu" if european else draw.choice(["eu", "basel"]), reference_date=draw.choice(_DAYS),
        market_cap=other.amount(), currency=draw.choice(["CHF", "SEK"]), debt=other.amount(), equity_asset_id="X",
        note="Other",
    )  # fmt: skip


def _fx(other: _Other) -> None:
    """Rates that are not named are of other currencies, days and amounts; a named one needs its day."""
    if "fx" not in other.bank:
        return
    kept = {cell[2] for cell in other.named if cell[0] == "fx"}
    if not kept and other.draw.random() < 0.5:
        del other.bank["fx"]
        return
    day, own = other.institution["reference_date"], other.institution["currency"]
    taken = {other.bank["fx"][row]["currency"] for row in kept} | {own}
    free = [currency for currency in _CURRENCIES if currency not in taken]
    for place, row in enumerate(sorted(other.bank["fx"].keys() - kept)):
        old = place >= len(free)
        other.put(
            "fx", row, currency=free[place % len(free)], rate=other.amount(3), note="Other",
            date=day - timedelta(days=place) if old else day,
        )  # fmt: skip


def _requirements(other: _Other) -> None:
    """Periods that are not named are moved, but of a declaration and what must go with it."""
    day = other.institution["reference_date"]
    for row, cells in other.bank.get("requirements", {}).items():
        bound = cells["item"] in ("cb_exemption", "em_calibration", "cb_calibration")
        if ("requirements", "item", row) not in other.named:
            other.put("requirements", row, item=f"internal_limit_{row}", value=other.amount(9))
            bound = False
        elif cells["item"] != "cb_exemption":
            other.put("requirements", row, value=other.amount(9))
        if bound and ("requirements", "valid_from", row) not in other.named:
            other.put("requirements", row, valid_from=day - timedelta(days=3000), valid_to=day + timedelta(days=3000))
        elif not bound and ("requirements", "valid_from", row) not in other.named:
            first = day - timedelta(days=other.draw.randrange(1, 900)) * other.draw.choice([-1, 1])
            other.put("requirements", row, valid_from=first, valid_to=first + timedelta(days=1))
        other.put("requirements", row, decision="Other decision", note="Other")


def _own_funds(other: _Other) -> None:
    """Amounts that are not named follow from those that are, so that totals agree with their components."""
    rows = other.bank.get("own_funds", {})
    for row, cells in rows.items():
        bound = ("own_funds", "item", row) in other.named
        if not bound and cells["item"].startswith("deduction_"):
            other.put("own_funds", row, item=f"deduction_other_{row}")
        other.put("own_funds", row, linked_asset_line=None, note="Other")
        if cells["item"] not in ("cet1", "tier1"):
            other.put("own_funds", row, amount=other.amount(900))
    _agree(other, {cells["item"]: row for row, cells in rows.items()})


def _agree(other: _Other, at: dict[str, int]) -> None:
    rows = other.bank.get("own_funds", {})

    def amount(item: str) -> float:
        return float(rows[at[item]]["amount"])

    def free(item: str) -> bool:
        return item in at and ("own_funds", "amount", at[item]) not in other.named

    def put(item: str, value: float) -> None:
        other.put("own_funds", at[item], amount=value)

    plus = [item for item in at if item in _COMPONENTS]
    minus = [item for item in at if item.startswith("deduction_")]
    all_named = not any(map(free, (*plus, *minus)))
    if free("cet1"):
        down = "tier1" in at and not free("tier1") and "additional_tier1" in at
        from_parts = sum(map(amount, plus)) - sum(map(amount, minus))
        put("cet1", amount("tier1") - amount("additional_tier1") if down and not all_named else from_parts)
    if "tier1" in at and "additional_tier1" in at and "cet1" in at:
        put("tier1", amount("cet1") + amount("additional_tier1"))
        put("additional_tier1", amount("tier1") - amount("cet1"))
    if "cet1" in at and (plug := next(filter(free, plus), "")):
        rest = sum(amount(item) for item in plus if item != plug) - sum(map(amount, minus))
        put(plug, amount("cet1") - rest)


def _balance_sheet(other: _Other) -> None:
    for row in other.bank.get("balance_sheet", {}):
        loss = other.amount(50)
        other.put("balance_sheet", row, loss_allowance_specific=loss)
        other.put("balance_sheet", row, general_provision_deducted_from_tier1=None)
        cells = other.bank["balance_sheet"][row]
        least = max(cells["loss_allowance_specific"], cells["general_provision_deducted_from_tier1"] or 0)
        other.put(
            "balance_sheet", row, line_id=f"Z{row}", item=f"Other line {row}", amount_published=other.amount(),
            gross_carrying_amount=least + other.amount(), lr_treatment=other.draw.choice(_TREATMENTS),
            exposure_class=other.draw.choice([None, "Retail"]), note="Other",
        )  # fmt: skip


def _counterparties(other: _Other) -> None:
    for row in other.bank.get("counterparties", {}):
        other.put("counterparties", row, name=f"Other client {row}", country="FR", note="Other")


def _exposures(other: _Other) -> None:
    """Amounts that are not named stay consistent with those that are; currencies are those that have a rate."""
    day, own = other.institution["reference_date"], other.institution["currency"]
    known = [own, *(row["currency"] for row in other.bank.get("fx", {}).values() if row["date"] == day)]
    for row, cells in other.bank.get("exposures", {}).items():
        if not _named(other, row, "off_balance_sheet"):
            other.put("exposures", row, off_balance_sheet=other.draw.random() < 0.5)
        off = cells["off_balance_sheet"]
        if not _named(other, row, "loss_allowance_specific"):
            other.put("exposures", row, loss_allowance_specific=other.amount(9))
        amount = cells["loss_allowance_specific"] + other.amount()
        other.put(
            "exposures", row, exposure_id=f"Z{row}", currency=other.draw.choice(known), book="banking",
            instrument="trade_finance", exposure_class=other.draw.choice([None, "Retail"]), maturity=None, note="Other",
            gross_carrying_amount=None if off else amount, nominal=amount if off else None, exempt_amount=None,
            exemption_reference=None, ccf_category=other.draw.choice(BUCKETS) if off else None, position_sign=None,
            general_provision=other.amount(5) if off else None,
        )  # fmt: skip


def _named(other: _Other, row: int, column: str) -> bool:
    return ("exposures", column, row) in other.named
