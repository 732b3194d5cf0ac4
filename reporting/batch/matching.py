"""Which row of a sheet is which in another version of it: by the key of the sheet, or by content where it has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from reporting.batch.sheets import InputSheet
from reporting.intake.schema import load_schemas

Rows = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class SheetMatch:
    """Two versions of a sheet, row by row.

    before, after   None where the run has no such sheet, or none with rows
    pairs           (n, 2) row numbers before and after of the rows that are in both
    removed, added  row numbers of the others, before and after
    changed         heading -> (n,) whether the cell of a pair differs; only headings with a difference
    """

    name: str
    before: InputSheet | None
    after: InputSheet | None
    pairs: Rows
    removed: Rows
    added: Rows
    changed: Mapping[str, npt.NDArray[np.bool_]]

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many rows were added, removed and changed."""
        some = np.zeros(len(self.pairs), dtype=bool)
        for cells in self.changed.values():
            some |= cells
        return len(self.added), len(self.removed), int(some.sum())


def match_sheets(name: str, before: InputSheet | None, after: InputSheet | None) -> SheetMatch:
    """Match the rows of two versions of a sheet."""
    none = np.empty(0, dtype=np.int64)
    if before is None or after is None:
        old, new = (none if sheet is None else _numbers(sheet) for sheet in (before, after))
        return SheetMatch(name, before, after, np.empty((0, 2), dtype=np.int64), old, new, {})
    headings = list(dict.fromkeys([*after.columns, *before.columns]))
    old_cells = {heading: plain_column(before, heading) for heading in headings}
    new_cells = {heading: plain_column(after, heading) for heading in headings}
    pairs = _pairs(name, old_cells, new_cells)
    old, new = _numbers(before), _numbers(after)
    changed = {}
    for heading in headings:
        differs = np.not_equal(old_cells[heading][pairs[:, 0]], new_cells[heading][pairs[:, 1]]).astype(bool)
        if differs.any():
            changed[heading] = differs
    return SheetMatch(
        name, before, after, np.column_stack([old[pairs[:, 0]], new[pairs[:, 1]]]),
        np.delete(old, pairs[:, 0]), np.delete(new, pairs[:, 1]), changed,
    )  # fmt: skip


def plain_column(sheet: InputSheet, heading: str) -> Objects:
    """The values of a column as text, number, true or false or day; None for blank, and where the column is missing."""
    if heading not in sheet.frame:
        return np.full(len(sheet.frame), None, dtype=object)
    column = sheet.frame[heading]
    values = np.empty(len(column), dtype=object)
    values[:] = [_plain(value) for value in column.astype(object).where(column.notna(), None).tolist()]
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, datetime):  # a date of pandas is one too
        value = value.date()
    if value is None or value == "" or isinstance(value, str | bool | date):
        return None if value == "" else value
    return float(value) if isinstance(value, int | float) else str(value)


def _numbers(sheet: InputSheet) -> Rows:
    return sheet.frame.index.to_numpy(dtype=np.int64)


def _pairs(name: str, old: Mapping[str, Objects], new: Mapping[str, Objects]) -> Rows:
    """Positions before and after of the rows that are in both."""
    schema = load_schemas().get(name)
    key = [column for column in schema.key if column in new] if schema else []
    names_before, names_after = _tuples(old, key), _tuples(new, key)
    if not key or len(set(names_before)) < len(names_before) or len(set(names_after)) < len(names_after):
        names_before, names_after = (_counted(_tuples(cells, list(new))) for cells in (old, new))
    places = {row: place for place, row in enumerate(names_before)}
    found = [(places[row], place) for place, row in enumerate(names_after) if row in places]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _tuples(cells: Mapping[str, Objects], headings: Sequence[str]) -> list[Hashable]:
    return list(zip(*(cells[heading].tolist() for heading in headings), strict=True)) if headings else []


def _counted(rows: Sequence[Hashable]) -> list[Hashable]:
    """Each row with the number of its like before it, so that equal rows stay apart."""
    seen: Counter[Hashable] = Counter()
    counted: list[Hashable] = []
    for row in rows:
        counted.append((row, seen[row]))
        seen[row] += 1
    return counted


def by_place(matches: Mapping[str, SheetMatch]) -> Mapping[str, Mapping[str, str]]:
    """`before` and `after` -> `file!sheet` -> name of the sheet."""
    found: dict[str, dict[str, str]] = {"before": {}, "after": {}}
    for match in matches.values():
        for side, sheet in (("before", match.before), ("after", match.after)):
            if sheet is not None:
                found[side][sheet.place] = match.name
    return found


def same_content(before: InputSheet, after: InputSheet) -> SheetMatch:
    """The match of two versions that are known to hold the same rows in the same order, perhaps elsewhere."""
    pairs = np.column_stack([_numbers(before), _numbers(after)])
    none = np.empty(0, dtype=np.int64)
    return SheetMatch(before.name, before, after, pairs, none, none, {})
