"""Valid changes of single cells: other amounts, other categories, other currencies and dates, flags turned over.

A change may need companions, for a rule asks that other cells follow (an off-balance-sheet item has a nominal amount).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from tests.acceptance.banks import BUCKETS, Bank, Cell

Change = Mapping[Cell, Any]

_LONG_AGO = date(2015, 3, 31)  # before any parameter of the law was in force
_TREATMENTS = (
    "fiduciary", "ordinary", "tier1_deducted", "eu_429a_d", "eu_429a_d_promotional", "eu_429_8", "eu_429a_c",
    "eu_429a_j", "central_bank_exempt", "derivative_asset", "derivative_collateral_derecognised", "pva", "cash_pool",
    "cash_vm_receivable_eligible", "sft_asset", "sft_security_received", "regular_way", "srt_securitisation",
)  # fmt: skip
_OWN_FUNDS = (
    "nav", "tier2", "deduction_other", "other_reserves", "cet1_instruments", "additional_tier1", "cet1", "tier1",
)  # fmt: skip
_REQUIREMENTS = (
    "distributions", "interim_profit", "p2r_lr", "gsib_hla_rate", "amber_leverage_ratio", "em_calibration",
    "cb_calibration", "cb_exemption", "internal_limit_leverage_ratio",
)  # fmt: skip
_FIXED = {("entity", "schema_version")}  # cells with one valid value
_CHOICES: Mapping[tuple[str, str], tuple[Any, ...]] = {
    ("entity", "kind"): ("bank", "investment_firm"),
    ("entity", "scope"): ("consolidated", "individual"),
    ("entity", "accounting_standard"): ("ifrs", "local_gaap"),
    ("entity", "country"): ("DE", "IE"),
    ("entity", "lei"): ("FICTIONALNORTHBANK63", "00000000000000000098"),
    ("entity", "unit"): (1, 1000, 1_000_000),
    ("balance_sheet", "lr_treatment"): _TREATMENTS,
    ("own_funds", "item"): _OWN_FUNDS,
    ("requirements", "item"): _REQUIREMENTS,
    ("counterparties", "country"): ("FR", "ES"),
    ("exposures", "instrument"): ("trade_finance", "equity"),
    ("exposures", "book"): ("banking",),
    ("exposures", "ccf_category"): ("unconditionally_cancellable", "direct_credit_substitute"),
}  # fmt: skip


def alternatives(bank: Bank, cell: Cell) -> Iterator[Change]:
    """Changes of this cell, the likeliest to show first. Whether the data stay valid is for the checks to say."""
    sheet, column, row = cell
    value = bank[sheet][row][column]
    if (sheet, column) in _FIXED:
        return
    if (sheet, column) in _SPECIAL:
        yield from ({cell: None, **change} for change in _SPECIAL[sheet, column](bank, cell, value))
    elif (sheet, column) in _CHOICES:
        yield from ({cell: other} for other in _CHOICES[sheet, column] if other != value)
    elif value is not None:
        yield from ({cell: other} for other in _other(value))


def _other(value: Any) -> tuple[Any, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int | float):
        return (value * 1.37 + 1,)
    if isinstance(value, date):
        return (value + timedelta(days=30),)
    return (f"{value}x",)


def _optional_amount(_: Bank, cell: Cell, value: Any) -> Iterator[Change]:
    yield {cell: 5.25 if value is None else value * 1.37 + 1}


def _rate_or_amount(_: Bank, cell: Cell, value: float) -> Iterator[Change]:
    """A little more, and so much more that a limit is crossed."""
    yield {cell: value * 1.37 + 1}
    yield {cell: value * 100}


def _currency_of_the_bank(bank: Bank, cell: Cell, value: str) -> Iterator[Change]:
    """The rates of the new currency become rates of the old one, so that every amount can still be converted."""
    fx = bank.get("fx", {})
    for new in dict.fromkeys(row["currency"] for row in fx.values()):
        change: dict[Cell, Any] = {cell: new}
        for number, row in fx.items():
            if row["currency"] == new:
                change["fx", "currency", number] = value
                change["fx", "rate", number] = round(1 / row["rate"], 9)
        yield change


def _reference_date(bank: Bank, cell: Cell, value: date) -> Iterator[Change]:
    fx = bank.get("fx", {})
    for other in sorted({row["date"] for row in fx.values()} - {value}):
        yield {cell: other}
    moved = {("fx", "date", number): _LONG_AGO for number, row in fx.items() if row["date"] == value}
    yield {cell: _LONG_AGO, **moved}


def _jurisdiction(bank: Bank, cell: Cell, value: str) -> Iterator[Change]:
    lines = bank.get("balance_sheet", {})
    european = {n: row for n, row in lines.items() if str(row["lr_treatment"]).startswith("eu_429")}
    counted = {("balance_sheet", "lr_treatment", number): "ordinary" for number in european}
    yield {cell: "eu"} if value == "basel" else {cell: "basel", **counted}


def _flag(_: Bank, cell: Cell, value: bool | None) -> Iterator[Change]:
    yield {cell: not value}


def _own_funds_amount(bank: Bank, cell: Cell, value: float) -> Iterator[Change]:
    """Totals follow their components, and a component the total."""
    at = {row["item"]: number for number, row in bank["own_funds"].items()}
    item = bank["own_funds"][cell[2]]["item"]
    more = value * 0.37 + 1
    change = {cell: value + more}
    core = -more if item.startswith("deduction_") else more
    if item == "additional_tier1":
        followers = {"tier1": more}
    elif item == "tier1":
        followers = {"additional_tier1": more} if "cet1" in at else {}
    elif item == "cet1":
        followers = {"cet1_instruments": more, "tier1": more}
    elif item in ("tier2", "nav"):
        followers = {}
    else:
        followers = {"cet1": core, "tier1": core}
    for follower, by in followers.items():
        if follower in at:
            number = at[follower]
            change["own_funds", "amount", number] = bank["own_funds"][number]["amount"] + by
    yield change


def _valid_from(bank: Bank, cell: Cell, value: date) -> Iterator[Change]:
    """Into force or out of it."""
    day = _day(bank)
    until = bank["requirements"][cell[2]]["valid_to"]
    last: Change = {("requirements", "valid_to", cell[2]): None} if until is not None and until <= day else {}
    yield {cell: day + timedelta(days=1), **last} if value <= day else {cell: day}


def _valid_to(bank: Bank, cell: Cell, value: date | None) -> Iterator[Change]:
    day = _day(bank)
    if value is not None and value < day:
        yield {cell: day + timedelta(days=92)}
        return
    first = bank["requirements"][cell[2]]["valid_from"]
    begun: Change = {("requirements", "valid_from", cell[2]): day - timedelta(days=30)} if first >= day else {}
    yield {cell: day - timedelta(days=1), **begun}


def _currency(bank: Bank, cell: Cell, value: str) -> Iterator[Change]:
    day = _day(bank)
    known = [row["currency"] for row in bank["fx"].values() if row["date"] == day]
    yield from ({cell: other} for other in (bank["entity"][_only(bank)]["currency"], *known) if other != value)


def _off_balance_sheet(bank: Bank, cell: Cell, value: bool) -> Iterator[Change]:
    """The item moves to the other side with its amount, its category and its instrument."""
    row = bank["exposures"][cell[2]]
    gross, nominal = row["gross_carrying_amount"], row["nominal"]
    sides = (
        {"gross_carrying_amount": nominal, "nominal": None, "ccf_category": None, "instrument": "loan"}
        if value
        else {"nominal": gross, "ccf_category": BUCKETS[cell[2] % len(BUCKETS)], "instrument": "commitment"}
    )
    yield {cell: not value, **{("exposures", column, cell[2]): new for column, new in sides.items()}}


def _off_balance_sheet_only(bank: Bank, cell: Cell, value: Any) -> Iterator[Change]:
    """A cell that must be blank on the balance sheet."""
    if value is not None:
        other = _CHOICES.get(cell[:2], None)
        yield from ({cell: new} for new in (other or _other(value)) if new != value)


def _gross(bank: Bank, cell: Cell, value: float | None) -> Iterator[Change]:
    yield {cell: 1_000_000.5 if value is None else value * 1.37 + 1}


def _fx_currency(bank: Bank, cell: Cell, value: str) -> Iterator[Change]:
    """Two currencies of one day change places; a rate that is not used may be of any currency."""
    rows = bank["fx"]
    for number, row in rows.items():
        if row["date"] == rows[cell[2]]["date"] and row["currency"] != value:
            yield {cell: row["currency"], ("fx", "currency", number): value}
    if rows[cell[2]]["date"] != _day(bank):
        yield {cell: "SEK"}


def _fx_date(bank: Bank, cell: Cell, value: date) -> Iterator[Change]:
    """Two days of one currency change places; a rate that is not used may be of any other day."""
    rows = bank["fx"]
    for number, row in rows.items():
        if row["currency"] == rows[cell[2]]["currency"] and row["date"] != value:
            yield {cell: row["date"], ("fx", "date", number): value}
    if value != _day(bank):
        yield {cell: value - timedelta(days=31)}


def _counterparty(bank: Bank, cell: Cell, value: str) -> Iterator[Change]:
    others = [row["counterparty_id"] for row in bank["counterparties"].values() if row["counterparty_id"] != value]
    yield from ({cell: other} for other in others[:1])


def _unused(bank: Bank, cell: Cell, value: Any) -> Iterator[Change]:
    """Left alone: other sheets refer to it, and no figure rests on it."""
    yield from ()


def _day(bank: Bank) -> date:
    day: date = bank["entity"][_only(bank)]["reference_date"]
    return day


def _only(bank: Bank) -> int:
    (row,) = bank["entity"]
    return row


_SPECIAL: Mapping[tuple[str, str], Callable[[Bank, Cell, Any], Iterator[Change]]] = {
    ("entity", "currency"): _currency_of_the_bank,
    ("entity", "reference_date"): _reference_date,
    ("entity", "jurisdiction"): _jurisdiction,
    ("entity", "g_sib"): _flag,
    ("own_funds", "amount"): _own_funds_amount,
    ("own_funds", "linked_asset_line"): _unused,
    ("requirements", "value"): _rate_or_amount,
    ("requirements", "valid_from"): _valid_from,
    ("requirements", "valid_to"): _valid_to,
    ("balance_sheet", "general_provision_deducted_from_tier1"): _optional_amount,
    ("balance_sheet", "amount_published"): _optional_amount,
    ("counterparties", "counterparty_id"): _unused,
    ("exposures", "counterparty_id"): _counterparty,
    ("exposures", "currency"): _currency,
    ("exposures", "off_balance_sheet"): _off_balance_sheet,
    ("exposures", "nominal"): _off_balance_sheet_only,
    ("exposures", "ccf_category"): _off_balance_sheet_only,
    ("exposures", "general_provision"): _optional_amount,
    ("exposures", "gross_carrying_amount"): _gross,
    ("fx", "currency"): _fx_currency,
    ("fx", "date"): _fx_date,
}  # fmt: skip
