"""What is wrong with a sheet as a whole and with its headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from reporting.intake.counted import counted
from reporting.intake.findings import Finding, shown
from reporting.intake.headings import Headings
from reporting.intake.schema import Schema, standard_rules
from reporting.intake.tables import RawSheet
from reporting.origin import Cells, letters, runs
from reporting.spelling import did_you_mean, nearest

Rows = npt.NDArray[np.int64]


def of_sheet(raw: RawSheet, check: str, found: str, asked: str = "") -> Finding:
    """A finding that points at a sheet as a whole. `check` is that of a rule that holds on every sheet."""
    return single(check, Cells(raw.file, raw.sheet), f"the sheet {found}", asked)


def single(check: str, where: Cells, found: str, asked: str = "") -> Finding:
    """A finding of one fault that stands at `where` as it is."""
    return Finding(standard_rules()[check], where, lambda _: (found, asked))


def hinted(check: str, near: str) -> str:
    """What the rule asks, with the hint `near` behind it; "" where there is no hint."""
    return near and f"{standard_rules()[check].rule.asked}{near}"


def layout_findings(raw: RawSheet, schema: Schema, headings: Headings, rows: Rows) -> Iterator[Finding]:
    """Everything that can be said of a sheet without looking into its cells. `rows` are those that hold data."""
    heading_row = raw.first_row + headings.index
    if not raw.visible:
        yield of_sheet(raw, "hidden_sheet", "is hidden")
    if not raw.errors_seen:
        yield of_sheet(raw, "errors_not_seen", "is in a format in which error cells look blank")
    above = [i for i, row in enumerate(raw.rows[: headings.index]) if any(cell not in (None, "") for cell in row)]
    if above:
        spans = runs(raw.first_row + i for i in above)
        where = Cells(raw.file, raw.sheet, "", spans)
        stand = "stands" if len(above) == 1 else "stand"
        yield single("rows_above_headings", where, f"{counted(len(above), 'row')} {stand} above the headings")
    for name in headings.missing:
        where = Cells(raw.file, raw.sheet, "", ((heading_row, heading_row),), name)
        found = f"the column {name} is missing"
        near = did_you_mean(name, [str(text) for text in headings.unknown.values()])
        yield single("missing_column", where, found, hinted("missing_column", near))
    yield from _heading_findings(raw, schema, headings, heading_row)
    yield from _hidden(raw, headings, rows)
    if schema.single_row and len(rows) != 1:
        yield _row_count(raw, rows)
    elif not len(rows):
        yield of_sheet(raw, "no_rows", "has headings and no rows")


def _heading_findings(raw: RawSheet, schema: Schema, headings: Headings, heading_row: int) -> Iterator[Finding]:
    for position, text in headings.unknown.items():
        near = did_you_mean(str(text), schema.columns)
        where = _cell(raw, position, heading_row)
        found = f"the column {shown(text)} is not one of this sheet's"
        # Without the column that is meant its values count as blank, and no check would miss them.
        check = "misspelt_column" if nearest(str(text), schema.columns) in headings.absent else "unknown_column"
        yield single(check, where, found, hinted(check, near))
    for name, positions in headings.repeated.items():
        places = [letters(raw.first_column + position) for position in positions]
        blocks = tuple(Cells(raw.file, raw.sheet, place, (), name) for place in places)
        for position in positions[1:]:
            found = f"{name} is the heading of the columns {' and '.join(places)}"
            yield replace(single("repeated_column", _cell(raw, position, heading_row), found), blocks=blocks)
    for position in headings.unnamed:
        where = Cells(raw.file, raw.sheet, letters(raw.first_column + position))
        yield single("column_without_heading", where, f"column {where.column} has values but no heading")


def _hidden(raw: RawSheet, headings: Headings, rows: Rows) -> Iterator[Finding]:
    for name, position in headings.positions.items():
        column = raw.first_column + position
        if column in raw.hidden_columns:
            yield single("hidden_column", Cells(raw.file, raw.sheet, letters(column)), f"the column {name} is hidden")
    if raw.hidden_rows:
        first, last = np.array(sorted(raw.hidden_rows), dtype=np.int64).T
        run = np.searchsorted(first, rows, side="right") - 1
        hidden = rows[(run >= 0) & (rows <= last[run])]
        if hidden.size:
            where = Cells(raw.file, raw.sheet, "", runs(hidden.tolist()))
            verb = "is" if hidden.size == 1 else "are"
            yield single("hidden_rows", where, f"{counted(hidden.size, 'row')} with data {verb} hidden")


def _row_count(raw: RawSheet, rows: Rows) -> Finding:
    where = Cells(raw.file, raw.sheet, "", runs(rows[1:].tolist()))
    found = f"the sheet has {len(rows)} rows" if len(rows) else "the sheet has no row"
    return replace(single("not_one_row", where, found), blocks=(Cells(raw.file, raw.sheet),))


def stray_values(
    raw: RawSheet, headings: Headings, columns: Sequence[Sequence[object]], blank: Rows, first: int
) -> Iterator[Finding]:
    """Rows that hold something, but nothing in a column that is read.

    columns   cells below the headings, by position
    blank     numbers of the rows without a value in the columns that are read
    first     number of the row below the headings
    """
    unread = [columns[position] for position in (*headings.unknown, *headings.unnamed) if position < len(columns)]
    stray = [row for row in blank.tolist() if any(cells[row - first] not in (None, "") for cells in unread)]
    for row in stray:
        where = Cells(raw.file, raw.sheet, "", ((row, row),))
        yield single("values_outside_columns", where, f"row {row} has values only in columns that are not read")


def _cell(raw: RawSheet, position: int, row: int) -> Cells:
    return Cells(raw.file, raw.sheet, letters(raw.first_column + position), ((row, row),))
