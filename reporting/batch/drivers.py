"""The input rows behind a changed figure: by lineage, the largest contribution first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reporting.batch.matching import Objects, Rows, SheetMatch, by_place, plain_column
from reporting.batch.sheets import InputSheet
from reporting.figures import Figure, Parameter, Source
from reporting.intake.schema import load_schemas
from reporting.origin import Cells


@dataclass(frozen=True)
class Driver:
    """A cell that a figure rests on, and that is not the same in the other run.

    kind           changed, row added, row removed, or: counted now, counted no longer, for a cell whose row another
                   cell has brought into the figure, or taken out
    before, after  address in either run; "" where there is none
    old, new       the cell's value in either run; None for blank or none
    difference     for a number that enters the figure, what the figure counts of it now less what it counted before,
                   in the unit of the sheet; otherwise None
    """

    sheet: str
    column: str
    kind: str
    before: str
    after: str
    old: float | bool | str | None
    new: float | bool | str | None
    difference: float | None


@dataclass
class Below:
    """What lies below a figure, or a row of a table figure.

    cells       (`file!sheet`, heading) -> row numbers
    values      those of them whose numbers enter
    files       names of the files
    parameters  name -> value, for a row of a table the one of its key
    formulas    name of each figure -> formula and names of its inputs
    """

    cells: dict[tuple[str, str], list[Rows]] = field(default_factory=dict)
    values: set[tuple[str, str]] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    parameters: dict[str, object] = field(default_factory=dict)
    formulas: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


def below(figure: Figure | None, key: str | None) -> Below:
    """Everything that a figure, or the row `key` of it, rests on; nothing for None."""
    found, seen = Below(), set()
    queue = [(figure, key)] if figure is not None else []
    while queue:
        one, row = queue.pop()
        if (one.name, row) in seen:
            continue
        seen.add((one.name, row))
        names = []
        for item in one.inputs:
            if isinstance(item, Figure):
                queue += [(item, name) for name in ([None] if row is None else item.rows_behind(one.key, row))]
                names.append(item.name)
            elif isinstance(item, Parameter):
                value = item.value
                found.parameters[item.name] = _of_row(value, row)
                names.append(item.name)
            else:
                _add_cells(found, item, row)
        found.formulas[one.name] = (one.formula, tuple(names))
    return found


def _of_row(value: object, row: str | None) -> object:
    return value[row] if row is not None and isinstance(value, Mapping) and row in value else value


def _add_cells(found: Below, source: Source, key: str | None) -> None:
    rows = source.rows if key is None or source.keys is None else source.rows[source.keys == key]
    if not len(rows):
        return
    place = (str(Cells(source.cells.file, source.cells.sheet)), source.cells.heading)
    found.cells.setdefault(place, []).append(rows)
    found.files.add(source.cells.file)
    if source.role == "value":
        found.values.add(place)


def drivers(before: Below, after: Below, columns: Columns, most: int) -> tuple[tuple[Driver, ...], int]:
    """The `most` cells with the largest contribution among those below a figure that differ, and the count of all.

    Amounts of money stand before other numbers, for the two have no common size.
    """
    old, new = _by_sheet(before, columns.names["before"]), _by_sheet(after, columns.names["after"])
    found: list[Driver] = []
    count = 0
    for sheet, heading in sorted({*old, *new}):
        rows_before, enters_before = old.get((sheet, heading), (_NONE, False))
        rows_after, enters_after = new.get((sheet, heading), (_NONE, False))
        column = columns.column(sheet, heading)
        some, number = column.drivers(rows_before, rows_after, most, enters=enters_before or enters_after)
        found += some
        count += number
    found.sort(key=_rank)
    return tuple(found[:most]), count


def _rank(driver: Driver) -> tuple[object, ...]:
    """Money before units, prices and days, those before cells that only select or convert; then by size."""
    column = load_schemas()[driver.sheet].columns.get(driver.column) if driver.sheet in load_schemas() else None
    money = column is not None and column.type == "money"
    size = abs(driver.difference or 0.0)
    return driver.difference is None, not money, -size, driver.sheet, driver.column, driver.after or driver.before


_NONE: Rows = np.empty(0, dtype=np.int64)


def _by_sheet(side: Below, names: Mapping[str, str]) -> dict[tuple[str, str], tuple[Rows, bool]]:
    return {
        (names[place], heading): (np.unique(np.concatenate(rows)), (place, heading) in side.values)
        for (place, heading), rows in side.cells.items()
        if place in names
    }


class Columns:
    """The columns of all sheets in both runs, each looked up once."""

    def __init__(self, matches: Mapping[str, SheetMatch]) -> None:
        self.matches = matches
        self.names = by_place(matches)
        self._made: dict[tuple[str, str], _Column] = {}

    def column(self, sheet: str, heading: str) -> _Column:
        """A column in both runs."""
        if (sheet, heading) not in self._made:
            self._made[sheet, heading] = _Column(self.matches[sheet], heading)
        return self._made[sheet, heading]


class _Column:
    """A column of a sheet in both runs."""

    def __init__(self, match: SheetMatch, heading: str) -> None:
        self.match, self.heading = match, heading
        self.after_of = dict(match.pairs.tolist())
        self.before_of = {after: before for before, after in self.after_of.items()}
        self.old = _values(match.before, heading)
        self.new = _values(match.after, heading)

    def drivers(self, rows_before: Rows, rows_after: Rows, most: int, *, enters: bool) -> tuple[list[Driver], int]:
        """Those with the largest contribution, and how many there are.

        rows_before, rows_after   the rows that the figure rests on
        enters                    whether the numbers in them enter the figure
        """
        if self._untouched(rows_before, rows_after):
            return [], 0
        counted_before, counted_after = set(rows_before.tolist()), set(rows_after.tolist())
        pairs = {(row, self.after_of.get(row)) for row in counted_before}
        pairs |= {(self.before_of.get(row), row) for row in counted_after}
        found = []
        for row_before, row_after in pairs:
            was, now = row_before in counted_before, row_after in counted_after
            old, new = self.old.get(row_before), self.new.get(row_after)
            if was is not now or old != new:
                difference = _difference(old if was else None, new if now else None) if enters else None
                found.append((difference, row_before, row_after))
        found.sort(key=lambda entry: (-abs(entry[0] or 0.0), entry[2] or 0, entry[1] or 0))
        made = [self._driver(*entry, counted_before, counted_after) for entry in found[:most]]
        return made, len(found)

    def _untouched(self, rows_before: Rows, rows_after: Rows) -> bool:
        match = self.match
        moved = len(match.removed) or len(match.added) or not np.array_equal(match.pairs[:, 0], match.pairs[:, 1])
        return not moved and self.heading not in match.changed and np.array_equal(rows_before, rows_after)

    def _driver(
        self, difference: float | None, row_before: int | None, row_after: int | None, was: set[int], now: set[int]
    ) -> Driver:
        old, new = self.old.get(row_before), self.new.get(row_after)
        if row_before is None:
            kind = "row added"
        elif row_after is None:
            kind = "row removed"
        elif old != new:
            kind = "changed"
        else:
            kind = "counted now" if row_after in now and row_before not in was else "counted no longer"
        before, after = self.match.before, self.match.after
        return Driver(
            self.match.name, self.heading, kind,
            before.cell(self.heading, row_before) if before and row_before is not None else "",
            after.cell(self.heading, row_after) if after and row_after is not None else "",
            _shown(old), _shown(new), difference,
        )  # fmt: skip


def _difference(old: Any, new: Any) -> float | None:
    numbers = [value for value in (old, new) if value is not None]
    if not numbers or not all(type(value) is float for value in numbers):
        return None
    return float((new or 0.0) - (old or 0.0))


def _values(sheet: InputSheet | None, heading: str) -> dict[int | None, Any]:
    if sheet is None:
        return {}
    column: Objects = plain_column(sheet, heading)
    return dict(zip(sheet.frame.index.tolist(), column.tolist(), strict=True))


def _shown(value: Any) -> float | bool | str | None:
    return value if value is None or isinstance(value, float | bool | str) else str(value)


def changed_parameters(before: Below, after: Below) -> tuple[str, ...]:
    """Names of the parameters below a figure whose values differ, or that only one run used."""
    old, new = before.parameters, after.parameters
    return tuple(n for n in sorted({*old, *new}) if n not in old or n not in new or _differ(old[n], new[n]))


def _differ(old: object, new: object) -> bool:
    return dict(old) != dict(new) if isinstance(old, Mapping) and isinstance(new, Mapping) else old != new


def changed_formulas(before: Below, after: Below) -> tuple[str, ...]:
    """Names of the figures below a figure that say another formula, or rest on others."""
    old, new = before.formulas, after.formulas
    return tuple(name for name in sorted({*old, *new}) if old.get(name) != new.get(name))


def rests_on(side: Below, files: Iterable[str]) -> bool:
    """Whether any of these files lies below the figure."""
    return not side.files.isdisjoint(files)
