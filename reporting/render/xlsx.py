"""The report as a workbook: every figure a formula down to the input rows, with the program's value stored in it."""

from __future__ import annotations

import io
import tempfile
from datetime import datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

from reporting.render.xlsx_annex import write_controls, write_lineage, write_parameters, write_problems
from reporting.render.xlsx_calculation import define_names, write_figures, write_tables
from reporting.render.xlsx_formats import FONT, Formats
from reporting.render.xlsx_formulas import Formulas
from reporting.render.xlsx_front import write_cover, write_summary
from reporting.render.xlsx_inputs import write_inputs
from reporting.render.xlsx_layout import lay_out
from reporting.render.xlsx_page import Book
from reporting.render.xlsx_sections import write_sections
from reporting.render.xlsx_text import visible
from reporting.reports.model import Report

# Rows are written as they come, and no text of the data can turn into something else.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}

_SHEETS = (
    write_cover,
    write_summary,
    write_sections,
    write_figures,
    write_tables,
    write_lineage,
    write_problems,
    write_parameters,
    write_inputs,
    write_controls,
)


def write_xlsx(report: Report, path: Path) -> None:
    """Write the workbook of a report to `path`; see `xlsx_bytes`. OSError where the file cannot be written."""
    path.write_bytes(xlsx_bytes(report))


def xlsx_bytes(report: Report) -> bytes:
    """The workbook of a report, the same bytes for the same report.

    Amounts are in single currency units and shown in the unit of the report. TooManyRows where a sheet would have more
    than 1,000,000 rows; ExpressionError where an expression names a column or fact that is not there; ValueError for
    a money unit that no number format can show.
    """
    layout = lay_out(report)
    content = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        workbook = xlsxwriter.Workbook(content, {**_OPTIONS, "tmpdir": folder})
        try:
            _write(Book(workbook, report, layout, Formulas(report, layout), _formats(workbook, report)))
        except BaseException:
            _abandon(workbook)
            raise
        workbook.close()
    return content.getvalue()


def _write(book: Book) -> None:
    book.workbook.set_properties(_properties(book.report))
    for write in _SHEETS:
        write(book)
    define_names(book)


def _formats(workbook: Any, report: Report) -> Formats:
    workbook.formats[0].set_font_name(FONT)
    return Formats(workbook, report.identification.money_unit)


def _abandon(workbook: Any) -> None:
    """Close the files in which the rows written so far wait for the end."""
    for sheet in workbook.worksheets():
        sheet.row_data_fh.close()


def _properties(report: Report) -> dict[str, object]:
    """The clock of a report is its reference date."""
    identification = report.identification
    return {
        "title": visible(f"{report.title}: {identification.institution}"),
        "subject": f"{identification.reference_date.isoformat()}, {visible(identification.state)}",
        "author": "",
        "company": visible(identification.institution),
        "category": visible(identification.classification),
        "created": datetime.combine(identification.reference_date, time()),
    }
