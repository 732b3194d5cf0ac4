"""A sheet that is written from top to bottom: text as text, numbers as numbers, formulas with their stored values."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from textwrap import wrap
from typing import Any

from reporting.origin import letters
from reporting.render.xlsx_columns import ColumnSheet, digits
from reporting.render.xlsx_formats import DATE, Formats
from reporting.render.xlsx_formulas import Formulas
from reporting.render.xlsx_layout import LINEAGE, Layout, refuse_too_many
from reporting.render.xlsx_text import sheet_reference, visible
from reporting.reports.model import Report, Shown

_FIRST_DATE = date(1900, 3, 1)  # before it spreadsheet programs disagree about days
_MOST_LINKS = 65_000  # Excel takes 65,530 a sheet
_PAPER_A4 = 9
_HEADING = 18  # letters of a line in a heading
WRAPPED = 45  # letters of a line in a wrapped cell
_LINE, _TITLE = 14.0, 24.0  # points
_MOST_LINES = 29  # a row is at most 409 points high


class Sheet(ColumnSheet):
    """A sheet whose formulas are taken as they are written, and whose numbers keep all their digits."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: ARG002
        """Without the search for functions newer than Excel 2010, which costs more than all else and finds none here.

        The parent looks for some 30 of them in every formula; the expressions of reports know none.
        """
        return formula.removeprefix("=")

    def _xml_number_element(self, number: float, attributes: Sequence[tuple[str, object]] = ()) -> None:
        marks = "".join(f' {key}="{value}"' for key, value in attributes)
        self.fh.write(f"<c{marks}><v>{digits(number)}</v></c>")


@dataclass(frozen=True)
class Book:
    """What all sheets share."""

    workbook: Any
    report: Report
    layout: Layout
    formulas: Formulas
    formats: Formats


class Page:
    """One sheet. `row` counts from 0, as do columns; a row that is finished cannot be written again."""

    def __init__(self, book: Book, name: str, title: str, subtitle: str = "") -> None:
        self.book, self.name = book, name
        self.sheet = book.workbook.add_worksheet(name, Sheet)
        self.row = 0
        self.links = 0
        self.lines = 0, 1  # a row, and how many lines of text it has
        self.widths: dict[int, int] = {}
        self.columns = 1
        self.sheet.set_row(0, _TITLE)
        self.text(0, title, "title", wide=True)
        self.row = 1
        if subtitle:
            self.text(0, subtitle, "subtitle", wide=True)
        self.row = 2

    # --- Cells -----------------------------------------------------------------------------------------------------

    def text(self, column: int, text: str, style: str = "text", *, wide: bool = False) -> None:
        """A text; nothing for an empty one. `wide` text does not widen its column."""
        if text:
            self._written(self.sheet.write_string(self.row, column, visible(text), self.book.formats.style(style)))
            self._widen(column, 0 if wide else max(map(len, text.split("\n"))))
            if style == "wrapped":
                self._heighten(len(wrap(text, WRAPPED)))

    def number(self, column: int, value: float, form: Any, text: str = "") -> None:
        """A number; `text` is how wide it is printed."""
        self._written(self.sheet.write_number(self.row, column, float(value), form))
        self._widen(column, max(len(text), 8))

    def formula(self, column: int, formula: str, stored: float | str, form: Any, text: str = "") -> None:
        """A formula, without `=`, and what it comes to."""
        self._written(self.sheet.write_formula(self.row, column, f"={formula}", form, stored))
        self._widen(column, max(len(text), 8))

    def day(self, column: int, value: date, style: str = "text") -> None:
        """A date; as text where it lies before the first date of spreadsheet programs."""
        if value < _FIRST_DATE:
            self.text(column, value.isoformat(), style)
            return
        form = self.book.formats.number(DATE, style, align="left", indent=1)
        self._written(self.sheet.write_datetime(self.row, column, value, form))
        self._widen(column, 11)

    def value(self, column: int, value: object, pattern: str = "General", style: str = "text") -> None:
        """A value of any type by its own type; nothing for None and NaN."""
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return
        if isinstance(value, bool):
            self._written(self.sheet.write_boolean(self.row, column, value, self.book.formats.style(style)))
        elif isinstance(value, int | float):
            self.number(column, float(value), self.book.formats.number(pattern, style))
        elif isinstance(value, date):
            self.day(column, value.date() if isinstance(value, datetime) else value, style)
        else:
            self.text(column, str(value), style)

    def shown(self, column: int, shown: Shown | None, *, live: bool = True, total: bool = False) -> None:
        """A printed value: a formula on its figure where there is one and it is `live`, otherwise the value."""
        if shown is None:
            return
        style = "total" if total else "text"
        found = self.book.formulas.of_shown(shown) if live else None
        if found:
            self.formula(column, *found, self.book.formats.shown(shown, style), shown.text)
        elif isinstance(shown.value, int | float) and not isinstance(shown.value, bool):
            self.number(column, shown.value, self.book.formats.shown(shown, style), shown.text)
        else:
            left = shown.format in ("text", "date") and (isinstance(shown.value, str) or not shown.figure)
            self.text(column, shown.text, style if left else "total_right" if total else "right")

    def link(self, column: int, target: str, text: str) -> None:
        """A link to a cell of this workbook, such as `Lineage!A5`; `text` is shown, and never part of the target."""
        if self.links >= _MOST_LINKS:
            self.text(column, text)
            return
        self.links += 1
        style = self.book.formats.style("link")
        self._written(self.sheet.write_url(self.row, column, f"internal:{target}", style, "link"))
        self._written(self.sheet.write_string(self.row, column, visible(text), style))
        self._widen(column, len(text))

    def lineage_link(self, column: int, figure: str) -> None:
        """A link to the lineage of a figure, where it has one."""
        if figure in self.book.layout.entry_of:
            self.link(column, f"{LINEAGE}!A{self.book.layout.entry_of[figure]}", "Lineage")

    def head(self, texts: Sequence[str], numeric: Container[int] = (), first: int = 0) -> None:
        """A row of headings; those at the `numeric` places stand to the right."""
        for column, text in enumerate(texts, first):
            style = self.book.formats.style("head_right" if column in numeric else "head")
            self._written(self.sheet.write_string(self.row, column, visible(text), style))
            self._widen(column, max(*map(len, text.split() or [""]), min(len(text), _HEADING)))
        lines = max((len(wrap(text, _HEADING, break_long_words=False)) for text in texts), default=1)
        if lines > 1:
            self.sheet.set_row(self.row, _LINE * min(lines, _MOST_LINES))
        self.row += 1

    def paragraph(self, text: str, last: int, style: str = "paragraph") -> None:
        """A text over the columns from the first to `last`, high enough to be read."""
        form = self.book.formats.style(style)
        lines = sum(1 + len(line) // 110 for line in visible(text).split("\n"))
        self.sheet.set_row(self.row, _LINE * min(lines, _MOST_LINES))
        self._written(self.sheet.merge_range(self.row, 0, self.row, last, "", form))
        self._written(self.sheet.write_string(self.row, 0, visible(text), form))
        self.columns = max(self.columns, last + 1)
        self.row += 1

    def _widen(self, column: int, width: int) -> None:
        self.columns = max(self.columns, column + 1)
        self.widths[column] = max(self.widths.get(column, 0), width)

    def _heighten(self, lines: int) -> None:
        """Room for so many lines in this row."""
        if self.lines[0] != self.row or lines > self.lines[1]:
            self.lines = self.row, lines
            if lines > 1:
                self.sheet.set_row(self.row, _LINE * min(lines, _MOST_LINES))

    def _written(self, code: int) -> None:
        if code:
            raise RuntimeError(f"sheet {self.name}, row {self.row + 1}: the cell was not written (code {code})")

    # --- The sheet as a whole ----------------------------------------------------------------------------------------

    def finish(
        self, head: int, *, filtered: bool = False, widest: int = 60, frozen_columns: int = 0, printed: int = 0
    ) -> None:
        """Widths, frozen rows, filter and print settings.

        head     the last row, from 1, that stays on the screen
        printed  how many columns are printed; 0 for all
        """
        refuse_too_many(self.name, self.row)
        last = max(self.row - 1, head)
        for column, width in self.widths.items():
            self.sheet.set_column(column, column, min(max(width + 2, 6), widest))
        self.sheet.freeze_panes(head, frozen_columns)
        if filtered:
            self.sheet.autofilter(head - 1, 0, last, self.columns - 1)
        self.sheet.hide_gridlines(2)
        self.sheet.set_landscape()
        self.sheet.set_paper(_PAPER_A4)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(0, head - 1)
        self.sheet.print_area(0, 0, last, (printed or self.columns) - 1)
        self.sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        identification = self.book.report.identification
        self.sheet.set_header(
            f"&L{_plain(identification.institution)}&C{_plain(identification.classification)}"
            f"&R{identification.reference_date.isoformat()}"
        )
        self.sheet.set_footer(f"&L{_plain(identification.state)}  {_plain(identification.run_id)}&R&P / &N")

    def address(self, column: int, row: int | None = None) -> str:
        """A cell of this sheet, for links and formulas; `row` counts from 0."""
        return f"{sheet_reference(self.name)}!{letters(column)}{(self.row if row is None else row) + 1}"


def _plain(text: str) -> str:
    """A text in a page header, where & begins a command."""
    return " ".join(visible(text[:40]).split()).replace("&", "&&")
