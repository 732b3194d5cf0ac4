"""The checked input rows as read, each with its source cell, and beside them the derived columns as row formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from reporting.expressions import Expression
from reporting.intake.tables import Table
from reporting.origin import Cells
from reporting.portfolio.derived import blank_rows, derive
from reporting.render.xlsx_columns import Column, Kind
from reporting.render.xlsx_formats import AMOUNT, COMPUTED, DATE, GENERAL
from reporting.render.xlsx_layout import FIRST_INPUT, derived_columns
from reporting.render.xlsx_page import Book, Page
from reporting.render.xlsx_selections import ROW
from reporting.render.xlsx_text import visible, visible_column

_EPOCH = np.datetime64("1899-12-30")  # day 0 of spreadsheet programs, from March 1900 on
_FIRST_DATE = pd.Timestamp(1900, 3, 1)
_MEASURED = 200  # rows that decide the width of a column


def write_inputs(book: Book) -> None:
    """An Inputs_ sheet for each table of the submission."""
    entity, fx = _institution(book), book.report.inputs.get("fx")
    for name, table in book.report.inputs.items():
        expressions = derived_columns(book.report, name)
        frame = table.frame
        if expressions:
            frame = derive(frame, expressions, entity, None if fx is None else fx.frame)
        _write_input(book, name, table, frame, expressions)


def _institution(book: Book) -> Mapping[str, object]:
    entity = book.report.inputs.get("entity")
    if entity is None or not len(entity.frame):
        return {}
    return {str(name): value for name, value in entity.frame.iloc[0].items()}


def _write_input(
    book: Book, name: str, table: Table, frame: pd.DataFrame, expressions: Mapping[str, Expression]
) -> None:
    block = book.layout.inputs[name]
    page = Page(book, block.sheet, f"Inputs: {name}", f"{_place(table)}, {len(frame):,} rows as read")
    stored = [_source_cells(book, table)]
    for place, column in enumerate(map(str, table.frame.columns), 1):
        stored += _stored(book, table, column, place)
    formulas = [
        _formulas(book, name, frame, column, expression, place)
        for place, (column, expression) in enumerate(expressions.items(), 1 + len(table.frame.columns))
    ]
    _headings(page, table, list(expressions), stored)
    page.sheet.write_columns(FIRST_INPUT - 1, [*stored, *formulas], len(frame))
    page.row = FIRST_INPUT - 1 + len(frame)
    page.finish(FIRST_INPUT - 1, filtered=True, widest=40, frozen_columns=2)


def _place(table: Table) -> str:
    return f"{table.file}, sheet {table.sheet}" if table.sheet else table.file


def _headings(page: Page, table: Table, derived: Sequence[str], stored: Sequence[Column]) -> None:
    """Row 3 says where each column stands in the file, row 4 is its heading."""
    page.text(0, "Column in the file", "note")
    for column, heading in enumerate(map(str, table.frame.columns), 1):
        page.text(column, table.letters.get(heading, "not in the file"), "note")
    for column, _ in enumerate(derived, 1 + len(table.frame.columns)):
        page.text(column, "computed", "note")
    page.row += 1
    page.head(["Source cell", *map(str, table.frame.columns)], [c.place for c in stored if _is_amount(table, c)])
    page.row -= 1
    for column, heading in enumerate(derived, 1 + len(table.frame.columns)):
        page.text(column, heading, "head_computed")
    page.row += 1
    for written in stored:
        lengths = [len(str(value)) for value in written.values[:_MEASURED] if value is not None]
        page.widths[written.place] = max([page.widths.get(written.place, 0), *lengths])


def _is_amount(table: Table, column: Column) -> bool:
    """True for numbers that are no dates: their heading stands to the right."""
    return column.kind == "number" and pd.api.types.is_numeric_dtype(table.frame.dtypes.iloc[column.place - 1])


def _source_cells(book: Book, table: Table) -> Column:
    place = str(Cells(table.file, table.sheet))
    texts = visible_column([f"{place}!{row}" for row in table.frame.index.tolist()])
    return Column(0, "text", texts, book.formats.style("source"))


def _stored(book: Book, table: Table, name: str, place: int) -> list[Column]:
    """The values of a column as read, by their own type."""
    column, formats = table.frame[name], book.formats
    if pd.api.types.is_bool_dtype(column.dtype):
        return [Column(place, "boolean", _objects(column), formats.style("text"))]
    if pd.api.types.is_numeric_dtype(column.dtype):
        form = formats.number(AMOUNT if name in table.money else GENERAL)
        return [Column(place, "number", _objects(column), form)]
    if pd.api.types.is_datetime64_any_dtype(column.dtype) and not (column < _FIRST_DATE).any():
        return [Column(place, "number", _serials(column), formats.number(DATE, align="left", indent=1))]
    if pd.api.types.is_string_dtype(column.dtype) and column.dtype != object:
        return [Column(place, "text", visible_column(_objects(column)), formats.style("text"))]
    return _of_mixed_types(book, column, place)


def _objects(column: pd.Series[Any]) -> list[Any]:
    return column.astype(object).where(column.notna(), None).tolist()


def _serials(column: pd.Series[Any]) -> list[float | None]:
    """Days as spreadsheet programs count them."""
    days = (column.to_numpy(dtype="datetime64[s]") - _EPOCH) / np.timedelta64(1, "D")
    return [None if np.isnan(day) else day for day in days.tolist()]


def _of_mixed_types(book: Book, column: pd.Series[Any], place: int) -> list[Column]:
    """A column for each type of value that occurs, all at the same place."""
    formats = book.formats
    kinds: Mapping[type, tuple[Kind, Any]] = {
        str: ("text", formats.style("text")),
        bool: ("boolean", formats.style("text")),
        float: ("number", formats.number(GENERAL)),
        date: ("number", formats.number(DATE, align="left", indent=1)),
    }
    values = [_plain(value) for value in _objects(column)]
    return [
        Column(place, kind, [_content(value) if type(value) is of else None for value in values], form)
        for of, (kind, form) in kinds.items()
        if of in set(map(type, values))
    ]


def _plain(value: Any) -> str | bool | float | date | None:
    """A value as one of four types. A date that no spreadsheet program knows is a text."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return day.isoformat() if day < _FIRST_DATE.date() else day
    if value is None or isinstance(value, bool):
        return value
    return float(value) if isinstance(value, int | float) else str(value)


def _content(value: str | bool | float | date | None) -> str | bool | float | None:
    if isinstance(value, date):
        return float((np.datetime64(value) - _EPOCH) // np.timedelta64(1, "D"))
    return visible(value) if isinstance(value, str) else value


def _formulas(book: Book, sheet: str, frame: pd.DataFrame, column: str, expression: Expression, place: int) -> Column:
    template = book.formulas.of_derived(sheet, column, expression)
    form = book.formats.number(GENERAL if column.startswith("rate(") else AMOUNT, bg_color=COMPUTED)
    blank = blank_rows(expression.node, frame, len(frame))
    values: list[float | str] = frame[column].tolist()
    for row in np.flatnonzero(frame[column].isna().to_numpy(dtype=bool)).tolist():
        values[row] = "" if blank[row] else "#N/A"
    return Column(place, "formula", values, form, template.split(ROW))
