"""What a figure, or a row of a table figure, rests on according to its lineage, and how it compares after a change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from reporting.figures import Figure, Parameter, Source
from tests.acceptance.banks import Bank, Cell

Figures = Mapping[str, Figure]


@dataclass(frozen=True)
class Target:
    """A figure, a row of a table figure, or (key None) a table figure as a whole."""

    name: str
    key: str | None = None

    def __str__(self) -> str:
        return self.name if self.key is None else f"{self.name}[{self.key}]"


def targets(figures: Figures) -> list[Target]:
    """Every figure and every row of every table figure that is available."""
    found = [Target(name) for name, figure in figures.items() if figure.available]
    return found + [
        Target(name, str(key))
        for name, figure in figures.items()
        if isinstance(figure.value, pd.DataFrame)
        for key in figure.value.index
    ]


def named(figures: Figures, target: Target) -> set[Cell]:
    """All cells below the target, as `explain` prints them: of a table row those of the rows that it is made of."""
    cells: set[Cell] = set()
    waiting: list[tuple[Figure, str | None]] = [(figures[target.name], target.key)]
    seen: set[tuple[str, str | None]] = set()
    while waiting:
        figure, key = waiting.pop()
        if (figure.name, key) in seen:
            continue
        seen.add((figure.name, key))
        cells.update(_cells((item for item in figure.inputs if isinstance(item, Source)), key))
        for item in figure.inputs:
            if isinstance(item, Figure):
                waiting += [(item, row) for row in ([None] if key is None else item.rows_behind(figure.key, key))]
    return cells


def answerable(figures: Figures, target: Target) -> set[Cell]:
    """The cells that must be able to change the target.

    For a row of a table those that belong to this row: a cell that selects may move an amount from any row to any
    other, so it answers for the table as a whole.
    """
    if target.key is None:
        return named(figures, target)
    keyed = (s for s in figures[target.name].inputs if isinstance(s, Source) and s.keys is not None)
    return set(_cells(keyed, target.key))


def _cells(sources: Iterable[Source], key: str | None) -> Iterator[Cell]:
    for source in sources:
        cells = source.at(key)
        yield from ((cells.sheet, cells.heading, row) for row in cells.row_numbers())


def state(figures: Figures, target: Target) -> Any:
    """What the target comes to, to be compared exactly: a number, a reason, or the columns of the row."""
    figure = figures[target.name]
    if not figure.available:
        return ("not available", figure.reason)
    if not isinstance(figure.value, pd.DataFrame):
        return figure.value
    if target.key is not None and target.key not in figure.value.index:
        return "no such row"
    table = figure.value.reset_index() if target.key is None else figure.value.loc[[target.key]]
    return tuple(table.astype(object).where(table.notna(), None).itertuples(index=False, name=None))


def same(left: Any, right: Any) -> bool:
    """Bit for bit; a number that is none equals nothing."""
    if isinstance(left, float) and math.isnan(left):
        return False
    return bool(left == right)


def explained(before: Figures, after: Figures, target: Target, cell: Cell) -> str:
    """Why a named cell left the target as it was; "changed" where it did not, "" where nothing explains it.

    other way  it came to the same in another way, and its formula says so: "Here: ..."
    cancels    two of the figures it is made of moved, against each other
    threshold  what it compares has moved, but not across the limit
    """
    if not same(state(before, target), state(after, target)):
        return "changed"
    figure = before[target.name]
    if figure.formula != after[target.name].formula:
        return "other way"
    below = [item for item in figure.inputs if isinstance(item, Figure) and cell in named(before, Target(item.name))]
    moved = [item for item in below if not same(state(before, Target(item.name)), state(after, Target(item.name)))]
    if moved and (isinstance(figure.value, bool) or target.name in ("buffer_met", "conservation_ratio")):
        return "threshold"
    if len(moved) >= 2:
        return "cancels"
    direct = any(cell in set(_cells([s], target.key)) for s in figure.inputs if isinstance(s, Source))
    if moved or direct or not below:
        return ""
    reasons = [explained(before, after, Target(item.name), cell) for item in below]
    return reasons[0] if all(reasons) else ""


# Adjustments of LR1, and the treatment of the lines they are about; "" for all others.
_PUBLISHED = {"scope_adjustment": "", "regular_way_adjustment": "regular_way", "cash_pooling_adjustment": "cash_pool"}


def _published(bank: Bank, treatment: str, cell: Cell) -> bool:
    """Whether the line of the cell, for a cell of another sheet any line of the treatment, has a published amount."""
    sheet, _, row = cell
    lines = bank["balance_sheet"]
    own = [lines[row]] if sheet == "balance_sheet" else lines.values()
    return any(line.get("amount_published") for line in own if not treatment or line["lr_treatment"] == treatment)


def excuse(bank: Bank, before: Figures, after: Figures, target: Target, cell: Cell) -> str:
    """The listed reasons for which a named cell cannot show in a number; "" where none applies.

    other law        the jurisdiction chose other parameters, whose numbers are the same
    zero             the cell converts or selects amounts that are all zero or blank
    not in force     the cell selects a row that another cell, a date, keeps out of force; the selection says so too
    nothing published  the line (for other sheets: no line) has no published amount from which it differs
    factor of 100 %  nothing of the nominal amount is left out by the conversion
    """
    sheet, column, row = cell
    if (sheet, column) == ("entity", "jurisdiction") and _law(after[target.name]) != _law(before[target.name]):
        return "other law"
    if target.name in _PUBLISHED and not _published(bank, _PUBLISHED[target.name], cell):
        return "nothing published"
    if sheet == "requirements" and _hidden_by_a_date(bank, column, row):
        return "not in force"
    if target.name == "off_balance_sheet_conversion" and sheet in ("exposures", "fx"):
        factors = _factors(before)
        if all(factors.get(bucket) == 100 for bucket in _buckets_using(bank, cell)):
            return "factor of 100 %"
    return "zero" if _about_zero(bank, before, target, cell) else ""


def _law(figure: Figure) -> set[str]:
    return {item.jurisdiction for item in figure.ancestors() if isinstance(item, Parameter)}


def _hidden_by_a_date(bank: Bank, column: str, row: int) -> bool:
    (institution,) = bank["entity"].values()
    day: date = institution["reference_date"]
    cells = bank["requirements"][row]
    to_come = column != "valid_from" and cells["valid_from"] > day
    over = column != "valid_to" and cells["valid_to"] is not None and cells["valid_to"] < day
    return bool(to_come or over)


def _factors(figures: Figures) -> Mapping[str, float]:
    table = figures["off_balance_sheet_by_bucket"].table
    return {str(bucket): float(factor) for bucket, factor in table["credit_conversion_factor"].items()}


def _buckets_using(bank: Bank, cell: Cell) -> set[str]:
    """The buckets of the off-balance-sheet items that the cell, or the rate it is part of, belongs to."""
    rows = bank["exposures"].values() if cell[0] == "fx" else [bank["exposures"][cell[2]]]
    currency = bank["fx"][cell[2]]["currency"] if cell[0] == "fx" else None
    return {
        str(row["ccf_category"]) for row in rows if row["off_balance_sheet"] and currency in (None, row["currency"])
    }


def _about_zero(bank: Bank, figures: Figures, target: Target, cell: Cell) -> bool:
    """True if the cell only converts or selects for the target, and all that it converts or selects is zero."""
    figure = figures[target.name]
    items = [*figure.inputs, *(figure.ancestors() if target.key is None else ())]
    sources = [item for item in items if isinstance(item, Source)]
    naming = [source for source in sources if cell in set(_cells([source], target.key))]
    if not naming or any(source.role == "value" for source in naming):
        return False
    values = [source for source in sources if source.role == "value"]
    if all(source.role == "selects" for source in naming):
        amounts = [bank[cell[0]][cell[2]][s.cells.heading] for s in values if s.cells.sheet == cell[0]]
        return bool(amounts) and not any(amounts)
    converted = {value for value in _cells(values, target.key) if _goes_with(bank, cell, value)}
    return not any(bank[sheet][row][column] for sheet, column, row in converted)


def _goes_with(bank: Bank, cell: Cell, value: Cell) -> bool:
    if cell[0] == "entity":
        return True
    if cell[0] == "fx":
        return value[0] == "exposures" and bank["exposures"][value[2]]["currency"] == bank["fx"][cell[2]]["currency"]
    return value[0] == cell[0] and value[2] == cell[2]
