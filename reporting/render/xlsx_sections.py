"""A sheet for each section: official templates and tables whose values are formulas on the figures, and charts."""

from __future__ import annotations

from collections.abc import Sequence

from reporting.render.xlsx_charts import write_chart
from reporting.render.xlsx_front import noted, notes
from reporting.render.xlsx_layout import TABLES
from reporting.render.xlsx_page import Book, Page
from reporting.reports.model import Chart, Grid, Line, Lines, Section, Shown, Text

_LAST = 7  # last column of paragraphs, counted from 0


def write_sections(book: Book) -> None:
    """All sections, each on its sheet."""
    for name, section in zip(book.layout.sections, book.report.sections, strict=True):
        _write_section(book, name, section)


def _write_section(book: Book, name: str, section: Section) -> None:
    i = book.report.identification
    subtitle = f"{i.institution}, {i.reference_date.isoformat()}, amounts in {i.money_unit}"
    page = Page(book, name, section.title, subtitle)
    page.row = 3
    for block in section.blocks:
        match block:
            case Lines():
                _write_lines(page, block)
            case Grid():
                _write_grid(page, block)
            case Chart():
                write_chart(page, block)
            case Text():
                page.paragraph(f"{block.text}{noted(block.footnotes)}", _LAST)
        page.row += 1
    page.finish(3, frozen_columns=2, widest=90)


def _titles(page: Page, title: str, caption: str) -> None:
    page.text(0, title, "heading", wide=True)
    page.row += 1
    if caption:
        page.paragraph(caption, _LAST, "note")


def _write_lines(page: Page, block: Lines) -> None:
    """Row code, label, this and the previous date, change, reference, lineage, notes."""
    _titles(page, block.title, block.caption)
    identification = page.book.report.identification
    before = identification.previous_date
    previous = [f"{before.isoformat()}", "Change"] if before else []
    numeric = range(2, 3 + len(previous))
    current = (
        f"{identification.reference_date.isoformat()} ({block.unit})"
        if block.unit
        else identification.reference_date.isoformat()
    )
    page.head(["Row", "Item", current, *previous, "Reference", "Lineage", "Notes"], numeric)
    for line in block.lines:
        _write_line(page, line, bool(before))
        page.row += 1


def _write_line(page: Page, line: Line, with_previous: bool) -> None:
    style = "group" if line.heading else "total" if line.total else "text"
    page.text(0, line.row, style)
    page.text(1, line.label, style)
    if line.heading:
        return
    page.shown(2, line.current, total=line.total)
    if with_previous:
        page.shown(3, line.previous, live=False, total=line.total)
        page.shown(4, line.change, live=False, total=line.total)
    after = 5 if with_previous else 3
    page.text(after, line.reference)
    page.lineage_link(after + 1, line.current.figure)
    page.text(after + 2, notes(page, line.current))


def _write_grid(page: Page, block: Grid) -> None:
    """The printed rows; the sheet Tables has them all. A grid begins in the second column, below the labels."""
    _titles(page, block.title, f"{block.caption}{noted(block.footnotes)}")
    headings = [f"{c.label} ({c.unit})" if c.unit else c.label for c in block.columns]
    numeric = [place for place, column in enumerate(block.columns, 1) if column.format not in ("text", "date")]
    page.head([*headings, "Notes"], numeric, first=1)
    for row in block.rows:
        _write_cells(page, row, total=False)
    if block.total:
        _write_cells(page, block.total, total=True)
    if block.note:
        page.paragraph(block.note, _LAST, "note")
    if block.figure in page.book.layout.tables:
        page.link(1, f"{TABLES}!A{page.book.layout.tables[block.figure].first - 2}", "All rows on sheet Tables")
        page.lineage_link(2, block.figure)
        page.row += 1


def _write_cells(page: Page, row: Sequence[Shown], *, total: bool) -> None:
    for column, shown in enumerate(row, 1):
        page.shown(column, shown, total=total)
    page.text(len(row) + 1, notes(page, *row))
    page.row += 1
