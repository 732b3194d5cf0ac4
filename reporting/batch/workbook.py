"""batch.xlsx: institutions, key figures with limits and changes, control totals and problems of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_WIDEST, _LONGEST = 60, 32_767  # characters of a column; letters that a cell takes
_CLOCK = datetime(2000, 1, 1)  # of the file; a batch may be of several dates, so none of them

Unit = Mapping[str, Any]
Values = Iterable[object]


def batch_xlsx(content: Mapping[str, Any]) -> bytes:
    """The workbook of a batch, from the content of its batch.json."""
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, _OPTIONS)
    book.set_properties({"title": f"Batch {content['batch']}", "created": _CLOCK})
    head = book.add_format({"bold": True, "bottom": 1, "font_color": "#5A6672", "text_wrap": True, "valign": "top"})
    formats = {
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "number": book.add_format({"num_format": "#,##0.00########"}),
    }
    units = content["units"]
    for name, headings, rows in (
        ("Institutions", _INSTITUTION, map(_institution, units)),
        ("Key figures", _KEY_FIGURE, _each(units, _key_figures)),
        ("Control totals", _CONTROL, _each(units, _controls)),
        ("Problems", _PROBLEM, _each(units, _problems)),
    ):
        _sheet(book, name, headings, [list(row) for row in rows], head, formats)
    book.close()
    return stream.getvalue()


_WHO = ("Institution", "LEI", "Reference date", "Submission")
_INSTITUTION = (
    *_WHO, "Status", "Check", "Measure", "Report", "Write", "Errors", "Warnings", "Notes", "Figures available",
    "Figures not available", "Run", "Run id", "Replaces", "Because of changed", "Message",
)  # fmt: skip
_KEY_FIGURE = (
    *_WHO, "Figure", "Name", "Value", "Previous", "Change", "Limit", "Headroom", "Status", "As printed", "Unit",
)  # fmt: skip
_CONTROL = (*_WHO, "Sheet", "Rows read", "Blank", "Accepted", "Rejected", "Column", "Currency", "Sum as stored")
_PROBLEM = (*_WHO, "Status", "Problem")


def _who(unit: Unit) -> tuple[object, ...]:
    day = unit["reference_date"]
    return unit["name"], unit["lei"], date.fromisoformat(day) if day else "", unit["unit"]


def _institution(unit: Unit) -> Values:
    figures, problems, earlier = unit["figures"] or {}, unit["problems"], unit["replaces"] or {}
    return (
        *_who(unit), unit["status"], *unit["steps"].values(), problems["error"], problems["warning"], problems["note"],
        figures.get("available", ""), figures.get("not_available", ""), unit["place"], unit["run_id"],
        earlier.get("version", ""), ", ".join(earlier.get("reasons", ())), unit["message"],
    )  # fmt: skip


def _key_figures(unit: Unit) -> Iterator[Values]:
    for key in unit["key_figures"]:
        shown = [key[name] for name in ("current", "previous", "change", "limit", "headroom")]
        values = [_value(one) for one in shown]
        printed = key["current"]["text"], key["unit"]
        yield (*_who(unit), key["label"], key["figure"], *values, key["status_text"], *printed)


def _value(shown: Mapping[str, Any] | None) -> object:
    """The unrounded value; the text where there is none, such as n/a."""
    if shown is None:
        return ""
    return shown["text"] if shown["value"] is None else shown["value"]


def _controls(unit: Unit) -> Iterator[Values]:
    for control in unit["controls"]:
        counts = (control["sheet"], control["read"], control["blank"], control["accepted"], control["rejected"])
        for column, currency, total in control["sums"] or [("", "", "")]:
            yield (*_who(unit), *counts, column, currency, total)


def _problems(unit: Unit) -> Iterator[Values]:
    for text in unit["listed"] or ([unit["message"]] if unit["message"] else []):
        yield (*_who(unit), unit["status"], text)


def _each(units: Iterable[Unit], rows: Any) -> Iterator[Values]:
    for unit in units:
        yield from rows(unit)


def _sheet(
    book: Any,
    name: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    head: Any,
    formats: Mapping[str, Any],
) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 1)
    sheet.write_row(0, 0, headings, head)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            _cell(sheet, number, column, value, formats)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(headings) - 1)
    for column, heading in enumerate(headings):
        longest = max((len(str(row[column])) for row in rows), default=0)
        sheet.set_column(column, column, min(_WIDEST, max(len(heading), longest) + 3))


def _cell(sheet: Any, row: int, column: int, value: object, formats: Mapping[str, Any]) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, float):
        sheet.write_number(row, column, value, formats["number"])
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["day"])
    elif value not in (None, ""):
        sheet.write_string(row, column, str(value)[:_LONGEST])
