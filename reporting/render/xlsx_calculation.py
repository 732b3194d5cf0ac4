"""The calculation sheets: each figure once, as a formula with a name of its own, and each table figure in full."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from reporting.figures import Figure
from reporting.render.xlsx_formats import AMOUNT, GENERAL, bracketed
from reporting.render.xlsx_formulas import NotLive
from reporting.render.xlsx_layout import FIGURES, FIRST_FIGURE, FIRST_TABLE, PARAMETERS, TABLES
from reporting.render.xlsx_page import Book, Page
from reporting.render.xlsx_selections import ROW
from reporting.reports.model import Format, Grid, Status

NOT_AVAILABLE = "n/a"
_PATTERNS: Mapping[Format, str] = {"money": AMOUNT, "percent": bracketed('#,##0.00##" %"'), "count": "#,##0"}


def write_figures(book: Book) -> None:
    """A row a figure: name, label, value, unit, status, how it was computed."""
    report = book.report
    page = Page(book, FIGURES, "Figures", f"Amounts in single units of {report.identification.currency}")
    page.row = FIRST_FIGURE - 2
    page.head(["Name", "Figure", "Value", "Unit", "Status", "How it is computed", "Lineage"], [2])
    status = {key.current.figure: key.status_text for key in report.key_figures if key.current.figure}
    for name in book.layout.figures:
        figure = report.figures[name]
        page.text(0, name)
        page.text(1, figure.label)
        page.text(3, report.identification.currency if figure.unit == "money" else figure.unit)
        page.text(4, status.get(name, "" if figure.available else NOT_AVAILABLE))
        page.text(5, _write_value(page, figure))
        page.lineage_link(6, name)
        page.row += 1
    status_colours(page, 4, FIRST_FIGURE - 1, page.row - 1)
    page.finish(FIRST_FIGURE - 1, filtered=True, widest=90)


def _write_value(page: Page, figure: Figure) -> str:
    """Writes the value and returns what is to be said about it."""
    pattern = {"money": AMOUNT, "%": _PATTERNS["percent"]}.get(figure.unit, GENERAL)
    if not figure.available:
        page.text(2, NOT_AVAILABLE, "right")
        return figure.reason
    if isinstance(figure.value, bool | str):
        page.value(2, figure.value)
        return "computed by the program"
    try:
        formula = page.book.formulas.of_figure(figure)
    except NotLive as reason:
        page.number(2, figure.number, page.book.formats.number(pattern))
        return str(reason)
    page.formula(2, formula, figure.number, page.book.formats.number(pattern), f"{figure.number:,.2f}")
    return "formula"


def status_colours(page: Page, column: int, first: int, last: int) -> None:
    """Colours for the words of a status; rows count from 0."""
    words: dict[str, Status] = {NOT_AVAILABLE: "not available"}
    words.update({key.status_text: key.status for key in page.book.report.key_figures if key.status_text})
    for word, status in words.items():
        form = page.book.formats.status(status)
        quoted = '"' + word.replace('"', '""') + '"'
        rule = {"type": "cell", "criteria": "==", "value": quoted, "format": form}
        page.sheet.conditional_format(first, column, max(first, last), column, rule)


def write_tables(book: Book) -> None:
    """All rows of all table figures; the columns that have an expression are formulas."""
    currency = book.report.identification.currency
    page = Page(book, TABLES, "Tables", f"Amounts in single units of {currency}")
    forms = _column_formats(book)
    for name, block in book.layout.tables.items():
        figure = book.report.figures[name]
        page.row = block.first - 3
        page.text(0, f"{figure.label} ({name})", "heading", wide=True)
        page.lineage_link(len(block.columns) + 1, name)
        page.row += 1
        table = figure.table
        page.head([str(table.index.name or "key"), *block.columns], range(1, len(block.columns) + 1))
        _write_table(page, figure, table, forms)
    page.row = max(page.row, FIRST_TABLE)
    page.finish(2, frozen_columns=1)


def _write_table(page: Page, figure: Figure, table: pd.DataFrame, forms: Mapping[tuple[str, str], Format]) -> None:
    templates, patterns = [], []
    for column in map(str, table.columns):
        try:
            templates.append(page.book.formulas.of_column(figure, column).split(ROW))
        except NotLive:
            templates.append([])
        usual = AMOUNT if figure.unit == "money" else GENERAL
        patterns.append(_PATTERNS.get(forms.get((figure.name, column), "text"), usual))
    for key, values in zip(table.index, table.itertuples(index=False, name=None), strict=True):
        page.text(0, str(key))
        for place, (parts, pattern, value) in enumerate(zip(templates, patterns, values, strict=True), 1):
            if parts and not pd.isna(value) and not isinstance(value, str | bool):
                formula = str(page.row + 1).join(parts)
                page.formula(place, formula, float(value), page.book.formats.number(pattern), f"{value:,.2f}")
            else:
                page.value(place, None if pd.isna(value) else value, pattern)
        page.row += 1


def _column_formats(book: Book) -> Mapping[tuple[str, str], Format]:
    """How a column of a table figure is printed, where some section prints it."""
    grids = [block for section in book.report.sections for block in section.blocks if isinstance(block, Grid)]
    return {(grid.figure, column.name): column.format for grid in grids if grid.figure for column in grid.columns}


def define_names(book: Book) -> None:
    """Names for figures, parameters with one value, the cells of the institution, and the columns of rates."""
    layout = book.layout
    for name, row in layout.figures.items():
        book.workbook.define_name(layout.figure_names[name], f"={FIGURES}!$C${row}")
    for name, defined in layout.parameter_names.items():
        if layout.parameters[name].lines.keys() == {""}:
            book.workbook.define_name(defined, f"={PARAMETERS}!$D${layout.parameters[name].first}")
    entity = layout.inputs.get("entity")
    if entity is not None:
        for column in entity.columns:
            book.workbook.define_name(f"entity_{column}", f"={entity.top(column)}")
    fx = layout.inputs.get("fx")
    if fx is not None:
        for column in fx.columns:
            book.workbook.define_name(f"fx_{column}", f"={fx.range(column)}")
