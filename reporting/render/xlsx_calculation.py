"""The calculation sheets: each figure once, as a formula with a name of its own, and each table figure in full."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from reporting.expressions.nodes import has_blank
from reporting.figures import Figure
from reporting.render.xlsx_formats import AMOUNT, GENERAL, bracketed
from reporting.render.xlsx_formulas import NotLive
from reporting.render.xlsx_layout import FIGURES, FIRST_FIGURE, FIRST_TABLE, PARAMETERS, TABLES
from reporting.render.xlsx_page import Book, Page
from reporting.render.xlsx_rows import RowFormula
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
        formulas, values = _row_formulas(page, figure)
        said = f"; {values}" if values else ""
        page.text(0, f"{figure.label} ({name}){said}", "heading", wide=True)
        page.lineage_link(len(block.columns) + 1, name)
        page.row += 1
        table = figure.table
        page.head([str(table.index.name or "key"), *block.columns], range(1, len(block.columns) + 1))
        _write_table(page, figure, formulas, forms)
    page.row = max(page.row, FIRST_TABLE)
    page.finish(2, frozen_columns=1)


def _row_formulas(page: Page, figure: Figure) -> tuple[Mapping[str, RowFormula], str]:
    """The formulas of the columns that have one, and which numbers are values, with the reason."""
    found: dict[str, RowFormula] = {}
    values: dict[str, list[str]] = {}
    table = figure.table
    for column in map(str, table.columns):
        try:
            found[column] = page.book.formulas.of_column(figure, column)
        except NotLive as reason:
            if len(table) and pd.api.types.is_numeric_dtype(table[column]):
                values.setdefault(str(reason), []).append(column)
    numbers = set(map(str, table.select_dtypes("number").columns))
    texts = [reason if set(of) == numbers else f"{', '.join(of)} {reason}" for reason, of in values.items()]
    return found, "; ".join(texts)


def _write_table(
    page: Page, figure: Figure, formulas: Mapping[str, RowFormula], forms: Mapping[tuple[str, str], Format]
) -> None:
    table = figure.table
    usual = AMOUNT if figure.unit == "money" else GENERAL
    patterns = [_PATTERNS.get(forms.get((figure.name, str(column)), "text"), usual) for column in table.columns]
    known = [formulas.get(str(column)) for column in table.columns]
    blanks = [_may_be_blank(page, figure, str(column)) for column in table.columns]
    for place, (key, values) in enumerate(zip(table.index, table.itertuples(index=False, name=None), strict=True)):
        page.text(0, str(key))
        cells = zip(known, patterns, blanks, values, strict=True)
        for column, (formula, pattern, blank, value) in enumerate(cells, 1):
            missing = pd.isna(value)
            if formula and not isinstance(value, str | bool) and (blank or not missing):
                text, form = formula.at(place, page.row + 1), page.book.formats.number(pattern)
                page.formula(column, text, "" if missing else float(value), form, "" if missing else f"{value:,.2f}")
            else:
                page.value(column, None if missing else value, pattern)
        page.row += 1


def _may_be_blank(page: Page, figure: Figure, column: str) -> bool:
    """True for an expression that says where a cell is empty."""
    live = page.book.report.live
    expression = live.tables.get(figure.name, {}).get(column) if live else None
    return expression is not None and has_blank(expression.node)


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
