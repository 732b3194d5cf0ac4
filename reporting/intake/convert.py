"""From a sheet as stored to a typed table that knows the cell of every value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.intake.cell_types import read_cells
from reporting.intake.findings import Finding, Words, shown
from reporting.intake.headings import Headings, find_headings, match_headings
from reporting.intake.layout import layout_findings, of_sheet, stray_values
from reporting.intake.readings import Reading, dtype_of
from reporting.intake.schema import Schema, standard_rules
from reporting.intake.tables import RawSheet, Table
from reporting.origin import Cells, letters

Mask = npt.NDArray[np.bool_]
ERROR_WITHOUT_VALUE = "formula without a stored value"


@dataclass(frozen=True, eq=False)
class Converted:
    """A table before its rules are checked.

    faulty   column -> (n,) True where the cell does not fit its type, or where the sheet lacks a required column:
             rules on values say nothing there
    """

    schema: Schema
    raw: RawSheet
    table: Table
    headings: Headings
    faulty: Mapping[str, Mask]

    @property
    def frame(self) -> pd.DataFrame:
        """The frame of the table: a column for each schema column, by row number."""
        return self.table.frame

    @cached_property
    def rows(self) -> npt.NDArray[np.int64]:
        """(n,) row numbers."""
        return self.frame.index.to_numpy(dtype=np.int64)

    def seen(self, column: str, row: int) -> object:
        """What the file holds in a column of a row; None where it lacks the column."""
        position = self.headings.positions.get(column)
        stored = self.raw.rows[row - self.raw.first_row]
        return stored[position] if position is not None and position < len(stored) else None

    def column(self, name: str) -> Cells:
        """A column as a place without rows; the sheet itself where it lacks the column."""
        return Cells(self.table.file, self.table.sheet, self.table.letters.get(name, ""), (), name)


def convert_sheet(raw: RawSheet, schema: Schema) -> tuple[Converted | None, tuple[Finding, ...]]:
    """Read a sheet by its schema.

    Returns the table, or None where the sheet is empty or without headings, and what is wrong with the sheet, its
    headings and the types of its cells. Blank rows are counted and left out.
    """
    if not any(cell not in (None, "") for row in raw.rows for cell in row):
        return None, (of_sheet(raw, "sheet_is_empty", "has no cells"),)
    index = find_headings(raw.rows, schema)
    if index is None:
        return None, (of_sheet(raw, "no_headings", "has no row of headings"),)
    columns = _columns(raw.rows[index + 1 :])
    headings = match_headings(raw.rows[index], columns, index, schema)
    first = raw.first_row + index + 1
    rows = np.arange(first, first + len(raw.rows) - index - 1, dtype=np.int64)
    readings = _read_columns(raw, schema, headings, columns, len(rows))
    faulty = {name: _mask(reading, len(rows)) for name, reading in readings.items()}
    blank = _blank_rows(readings, faulty, len(rows))
    converted = _assemble(raw, schema, headings, readings, faulty, rows, blank)
    findings = (
        *layout_findings(raw, schema, headings, converted.rows),
        *_cell_findings(readings, rows, converted),
        *stray_values(raw, headings, columns, rows[blank], first),
    )
    return converted, findings


def _columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    """The cells by position; a row that ends early is blank from there on."""
    width = max(map(len, rows), default=0)
    if any(len(row) < width for row in rows):
        rows = [[*row, *[None] * (width - len(row))] for row in rows]
    return [[row[position] for row in rows] for position in range(width)]


def _read_columns(
    raw: RawSheet, schema: Schema, headings: Headings, columns: Sequence[Sequence[object]], count: int
) -> Mapping[str, Reading]:
    faults = _stored_faults(raw, headings)
    nothing: Sequence[object] = (None,) * count
    readings = {}
    for name, position in headings.positions.items():
        cells = columns[position] if position < len(columns) else nothing
        reading = read_cells(schema.columns[name].type, cells, typed=bool(raw.sheet))
        stored = faults.get(position, {})
        together = {
            check: np.sort(np.concatenate([found[check] for found in (reading.faults, stored) if check in found]))
            for check in {**reading.faults, **stored}
        }
        readings[name] = replace(reading, faults=together)
    return readings


def _stored_faults(raw: RawSheet, headings: Headings) -> Mapping[int, Mapping[str, npt.NDArray[np.int64]]]:
    """Position of a column -> check -> places, counted below the headings, of error cells and formulas."""
    places: dict[int, dict[str, list[int]]] = {}
    for (row, column), text in sorted(raw.faults.items()):
        place = row - raw.first_row - headings.index - 1
        if place >= 0:
            check = "formula_without_value" if text == ERROR_WITHOUT_VALUE else "error_cell"
            places.setdefault(column - raw.first_column, {}).setdefault(check, []).append(place)
    return {
        position: {check: np.array(found, dtype=np.int64) for check, found in checks.items()}
        for position, checks in places.items()
    }


def _mask(reading: Reading, count: int) -> Mask:
    mask = np.zeros(count, dtype=bool)
    for places in reading.faults.values():
        mask[places] = True
    return mask


def _blank_rows(readings: Mapping[str, Reading], faulty: Mapping[str, Mask], count: int) -> Mask:
    blank = np.ones(count, dtype=bool)
    for name, reading in readings.items():
        blank &= np.asarray(pd.isna(reading.values)) & ~faulty[name]
    return blank


def _assemble(
    raw: RawSheet,
    schema: Schema,
    headings: Headings,
    readings: Mapping[str, Reading],
    faulty: Mapping[str, Mask],
    rows: npt.NDArray[np.int64],
    blank: Mask,
) -> Converted:
    """The table of all columns of the schema, without the blank rows."""
    columns = {
        name: readings[name].values if name in readings else pd.Series(index=rows, dtype=dtype_of(column.type)).array
        for name, column in schema.columns.items()
    }  # fmt: skip
    frame = pd.DataFrame(columns, index=rows, copy=False)
    lacking = {*headings.missing, *headings.repeated}
    faults = {name: faulty.get(name, np.full(len(rows), name in lacking)) for name in schema.columns}
    used = np.flatnonzero(~blank)
    blank_inside = int(blank[: used[-1] + 1].sum()) if used.size else 0
    if blank.any():
        frame = frame.loc[~blank]
        faults = {name: mask[~blank] for name, mask in faults.items()}
    read = len(frame)
    table = Table(
        name=schema.sheet,
        file=raw.file,
        sheet=raw.sheet,
        frame=frame,
        letters={name: letters(raw.first_column + place) for name, place in headings.positions.items()},
        counts={"read": read, "blank": blank_inside, "accepted": read, "rejected": 0},
        money=tuple(name for name, column in schema.columns.items() if column.type == "money"),
    )
    return Converted(schema, raw, table, headings, faults)


def _cell_findings(
    readings: Mapping[str, Reading], rows: npt.NDArray[np.int64], converted: Converted
) -> Iterator[Finding]:
    for name, reading in readings.items():
        for check, places in (*reading.faults.items(), *reading.suspects.items()):
            words = _CellWords(converted, name, check)
            yield Finding(standard_rules()[check], converted.column(name), words, rows[np.sort(places)])


@dataclass(frozen=True, eq=False)
class _CellWords:
    converted: Converted
    column: str
    check: str

    def __call__(self, row: int) -> Words:
        if self.check == "formula_without_value":
            return f"{self.column} holds a {ERROR_WITHOUT_VALUE}", ""
        if self.check == "error_cell":
            raw = self.converted.raw
            position = raw.first_column + self.converted.headings.positions[self.column]
            error = raw.faults.get((row, position)) or self.converted.seen(self.column, row)
            return f"{self.column} holds the error {error}", ""
        return f"{self.column} is {shown(self.converted.seen(self.column, row))}", ""
