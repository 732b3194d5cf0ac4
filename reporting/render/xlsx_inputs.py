"""The checked input rows as read, each with its source cell, and beside them the derived columns as row formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from reporting.expressions import Expression
from reporting.intake.tables import Table
from reporting.origin import Cells
from reporting.portfolio.derived import derive, needed
from reporting.render.xlsx_formats import AMOUNT, COMPUTED, DATE, GENERAL
from reporting.render.xlsx_layout import FIRST_INPUT, derived_columns
from reporting.render.xlsx_page import Book, Page
from reporting.render.xlsx_selections import ROW
from reporting.render.xlsx_text import visible_column

_EPOCH = np.datetime64("1899-12-30")  # day 0 of spreadsheet programs, from March 1900 on
_FIRST_DATE = pd.Timestamp(1900, 3, 1)
_MEASURED = 200  # rows that decide the width of a column

Write = Callable[[int, int, Any, Any], int]


@dataclass(frozen=True)
class StoredColumn:
    """A column ready to be written: values as Python objects, None for blank."""

    write: Write
    values: Sequence[Any]
    form: Any
    numeric: bool = False


@dataclass(frozen=True)
class FormulaColumn:
    """A derived column: the formula split at the row number, and what each row comes to."""

    parts: Sequence[str]
    values: Sequence[float | str]
    form: Any


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
    stored = [_source_cells(page, table)]
    stored += [_stored(page, table, str(column), frame[column]) for column in table.frame.columns]
    formulas = [_formulas(book, name, frame, column, e) for column, e in expressions.items()]
    _headings(page, table, list(expressions), stored)
    _write_rows(page, FIRST_INPUT - 1, stored, formulas, len(frame))
    page.row = FIRST_INPUT - 1 + len(frame)
    page.finish(FIRST_INPUT - 1, filtered=True, widest=40, frozen_columns=2)


def _place(table: Table) -> str:
    return f"{table.file}, sheet {table.sheet}" if table.sheet else table.file


def _headings(page: Page, table: Table, derived: Sequence[str], stored: Sequence[StoredColumn]) -> None:
    """Row 3 says where each column stands in the file, row 4 is its heading."""
    page.text(0, "Column in the file", "note")
    for column, heading in enumerate(map(str, table.frame.columns), 1):
        page.text(column, table.letters.get(heading, "not in the file"), "note")
    for column, _ in enumerate(derived, 1 + len(table.frame.columns)):
        page.text(column, "computed", "note")
    page.row += 1
    page.head(["Source cell", *map(str, table.frame.columns)], [c for c, s in enumerate(stored) if s.numeric])
    page.row -= 1
    for column, heading in enumerate(derived, 1 + len(table.frame.columns)):
        page.text(column, heading, "head_computed")
    page.row += 1
    for place, column_stored in enumerate(stored):
        lengths = [len(str(value)) for value in column_stored.values[:_MEASURED] if value is not None]
        page.widths[place] = max([page.widths.get(place, 0), *lengths])


def _source_cells(page: Page, table: Table) -> StoredColumn:
    place = str(Cells(table.file, table.sheet))
    texts = visible_column([f"{place}!{row}" for row in table.frame.index.tolist()])
    return StoredColumn(page.sheet.write_string, texts, page.book.formats.style("source"))


def _stored(page: Page, table: Table, name: str, column: pd.Series[Any]) -> StoredColumn:
    """The values of a column as read, by their own type."""
    formats = page.book.formats
    if pd.api.types.is_bool_dtype(column.dtype):
        return StoredColumn(page.sheet.write_boolean, _objects(column), formats.style("text"))
    if pd.api.types.is_numeric_dtype(column.dtype):
        pattern = AMOUNT if name in table.money else GENERAL
        return StoredColumn(page.sheet.write_number, _objects(column), formats.number(pattern), numeric=True)
    if pd.api.types.is_datetime64_any_dtype(column.dtype) and not (column < _FIRST_DATE).any():
        return StoredColumn(page.sheet.write_number, _serials(column), formats.number(DATE, align="left", indent=1))
    if pd.api.types.is_string_dtype(column.dtype) and column.dtype != object:
        return StoredColumn(page.sheet.write_string, visible_column(_objects(column)), formats.style("text"))
    return _of_mixed_types(page, column)


def _objects(column: pd.Series[Any]) -> list[Any]:
    return column.astype(object).where(column.notna(), None).tolist()


def _serials(column: pd.Series[Any]) -> list[float | None]:
    """Days as spreadsheet programs count them."""
    days = (column.to_numpy(dtype="datetime64[s]") - _EPOCH) / np.timedelta64(1, "D")
    return [None if np.isnan(day) else day for day in days.tolist()]


def _of_mixed_types(page: Page, column: pd.Series[Any]) -> StoredColumn:
    def write(row: int, place: int, value: Any, _: Any) -> int:
        page.row = row
        page.value(place, value)
        return 0

    plain = [value.date() if isinstance(value, datetime) else _scalar(value) for value in _objects(column)]
    return StoredColumn(write, plain, None)


def _scalar(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return value if value is None or isinstance(value, str | bool | int | float | date) else str(value)


def _formulas(book: Book, sheet: str, frame: pd.DataFrame, column: str, expression: Expression) -> FormulaColumn:
    template = "=" + book.formulas.of_derived(sheet, column, expression)
    form = book.formats.number(GENERAL if column.startswith("rate(") else AMOUNT, bg_color=COMPUTED)
    blank = np.zeros(len(frame), dtype=bool)
    for reference in needed(expression):
        blank |= frame[reference.name].isna().to_numpy(dtype=bool)
    values: list[float | str] = frame[column].tolist()
    for place in np.flatnonzero(frame[column].isna().to_numpy(dtype=bool)).tolist():
        values[place] = "" if blank[place] else "#N/A"
    return FormulaColumn(template.split(ROW), values, form)


def _write_rows(
    page: Page, first: int, stored: Sequence[StoredColumn], formulas: Sequence[FormulaColumn], rows: int
) -> None:
    """Row by row, as the file is written so; `first` counts from 0."""
    if not rows:
        return
    plan = [(column.write, place, column.form) for place, column in enumerate(stored)]
    computed = [(place, column.parts, column.form) for place, column in enumerate(formulas, len(stored))]
    write_formula = page.sheet.write_formula
    results = _by_row([column.values for column in formulas], rows)
    for row, values, comes_to in zip(
        range(first, first + rows), _by_row([c.values for c in stored], rows), results, strict=True
    ):
        for (write, place, form), value in zip(plan, values):  # noqa: B905 - `strict` costs a tenth here
            if value is not None:
                write(row, place, value, form)
        number = str(row + 1)
        for (place, parts, form), value in zip(computed, comes_to):  # noqa: B905 - as above
            write_formula(row, place, number.join(parts), form, value)


def _by_row(columns: Sequence[Sequence[Any]], rows: int) -> Iterator[tuple[Any, ...]]:
    return zip(*columns, strict=True) if columns else iter([()] * rows)
