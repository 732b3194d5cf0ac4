"""Sheets of trading in another bank: rows that are not named go, or they and all other cells hold other values.

Which values go together is for the checks to say: what they refuse is taken back, row by row, until they are content.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

from reporting.intake import Checked, check_submission
from reporting.portfolio import errors
from tests.acceptance.banks import TRADING_SHEETS, Bank, Cell, raw
from tests.acceptance.trading import trading_alternatives

Row = tuple[str, int]

# Cells by which rows refer to each other: of a row that others refer to they are kept.
_IDENTIFIERS = {
    "netting_sets": ("netting_set_id", "margin_agreement_id"), "derivatives": ("trade_id",), "sft": ("sft_id",),
    "collateral": (), "sft_daily": (),
}  # fmt: skip
_REFERENCES = {
    "netting_set_id": ("netting_sets", "netting_set_id"), "sft_id": ("sft", "sft_id"),
    "matched_purchase_id": ("derivatives", "trade_id"),
}  # fmt: skip
# Cells that several rows must have alike, or unlike: the checks tell only the later of them.
_TOGETHER = {("netting_sets", "counterparty_id"), ("netting_sets", "enforceable"), ("sft_daily", "date")}
_TRIES = 12


def neutral_trading(bank: Bank, named: Collection[Cell], draw: random.Random) -> Checked:
    """Change the sheets of trading in place, the named cells apart. Returns what the checks say of the bank then."""
    kept = {(sheet, row) for sheet, _, row in named}
    _without_rows(bank, kept, draw)
    _known_currencies(bank, named, draw)
    _days_of_the_quarter(bank)
    changes = dict(_changes(bank, frozenset(named), draw))
    before = {cell: bank[cell[0]][cell[2]][cell[1]] for cell in changes}
    for (sheet, column, row), value in changes.items():
        bank[sheet][row][column] = value
    for _ in range(_TRIES):
        checked = check_submission(raw(bank))
        refused = _refused(bank, checked)
        if not refused:
            return checked
        for sheet, row in refused:
            _taken_back(bank, before, sheet, row, droppable=(sheet, row) not in kept)
    return check_submission(raw(bank))


def _without_rows(bank: Bank, kept: Collection[Row], draw: random.Random) -> None:
    """Half of the rows of which nothing is named and to which nothing refers any more."""
    for sheet in ("collateral", "derivatives", "sft", "sft_daily", "netting_sets"):
        for row in list(bank.get(sheet, {})):
            if (sheet, row) not in kept and draw.random() < 0.5 and not _referred_to(bank, sheet, row):
                del bank[sheet][row]
    for sheet in TRADING_SHEETS:
        if sheet in bank and not bank[sheet]:
            del bank[sheet]


def _known_currencies(bank: Bank, named: Collection[Cell], draw: random.Random) -> None:
    """Only currencies that have a rate. Those of trades, whose legs must be those of a pair, get one."""
    (entity,) = bank["entity"].values()
    day, own = entity["reference_date"], entity["currency"]
    known = [own, *(row["currency"] for row in bank.get("fx", {}).values() if row["date"] == day)]
    for cell in list(_currencies(bank)):
        sheet, column, row = cell
        if bank[sheet][row][column] in known or cell in named:
            continue
        if sheet == "derivatives":
            rates = bank.setdefault("fx", {})
            known.append(bank[sheet][row][column])
            rates[max(rates, default=1) + 1] = {"currency": known[-1], "date": day, "rate": draw.uniform(0.1, 3)}
        else:
            bank[sheet][row][column] = draw.choice(known)


def _days_of_the_quarter(bank: Bank) -> None:
    """Nothing rests on which days they are, but they must lie in the quarter."""
    (entity,) = bank["entity"].values()
    rows = bank.get("sft_daily", {})
    for back, row in enumerate(reversed(rows)):
        rows[row]["date"] = entity["reference_date"] - timedelta(days=back)


def _currencies(bank: Bank) -> Iterator[Cell]:
    for sheet in TRADING_SHEETS:
        for row, cells in bank.get(sheet, {}).items():
            yield from ((sheet, c, row) for c, value in cells.items() if c.endswith("currency") and value is not None)


def _referred_to(bank: Bank, sheet: str, row: int) -> bool:
    for column, (target, key) in _REFERENCES.items():
        if target == sheet:
            own = bank[sheet][row][key]
            users = [name for name in TRADING_SHEETS if (name, column) != (target, key)]
            if any(cells.get(column) == own for name in users for cells in bank.get(name, {}).values()):
                return True
    return False


def _changes(bank: Bank, named: frozenset[Cell], draw: random.Random) -> Iterator[tuple[Cell, Any]]:
    for sheet in TRADING_SHEETS:
        for row, cells in bank.get(sheet, {}).items():
            fixed = _IDENTIFIERS[sheet] if _referred_to(bank, sheet, row) else ()
            for column in cells:
                cell = (sheet, column, row)
                options = () if cell in named or column in fixed else _options(bank, cell)
                if options:
                    yield cell, draw.choice(options)


def _options(bank: Bank, cell: Cell) -> list[Any]:
    """Other values of the cell, blank for what may name another row and need not."""
    sheet, column, row = cell
    value = bank[sheet][row][column]
    if (sheet, column) in _TOGETHER:
        return []
    if column in ("counterparty_id", "issuer_id"):
        others = [cells["counterparty_id"] for cells in bank["counterparties"].values()]
        return [other for other in others if value not in (None, other)]
    if column in ("matched_purchase_id", "margin_agreement_id") and value is not None:
        return [None]
    if column.endswith("currency") or (column in ("netting_set_id", "sft_id") and sheet == "collateral"):
        return []
    return [change[cell] for change in trading_alternatives(bank, cell)]


def _refused(bank: Bank, checked: Checked) -> set[Row]:
    """The rows of trading on which the checks find an error."""
    places = (problem.where for breach in errors(checked.breaches) for problem in breach.problems)
    return {
        (place.sheet, row)
        for place in places
        if place.sheet in TRADING_SHEETS
        for row in (list(place.row_numbers()) or bank.get(place.sheet, {}))
    }


def _taken_back(bank: Bank, before: dict[Cell, Any], sheet: str, row: int, *, droppable: bool) -> None:
    own = [cell for cell in before if cell[0] == sheet and cell[2] == row]
    for cell in own:
        bank[sheet][row][cell[1]] = before.pop(cell)
    if not own and droppable and row in bank[sheet] and not _referred_to(bank, sheet, row):
        del bank[sheet][row]
