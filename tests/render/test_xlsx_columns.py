"""Rows written at once against the same rows written cell by cell by XlsxWriter."""

from __future__ import annotations

import math
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from reporting.render.xlsx_columns import Column, Kind
from reporting.render.xlsx_page import Sheet
from reporting.render.xlsx_text import visible

FIRST = 2
WRITES = {"text": "write_string", "number": "write_number", "boolean": "write_boolean"}
AWKWARD = (
    "plain", "", None, "a & b", "<tag>", "</t>", '"quoted"', " before", "after ", "two\nlines", "tab\there", "\u00a0x",
    "_x0041_", "_x41_", "|", "a|b", "| x", "Müller", "\u5317\u4eac", "<r>rich</r>", "=1+1", "'quoted", "end\n",
)  # fmt: skip


def sheet_xml(tmp_path: Path, columns: list[tuple[int, Kind, list[Any], list[str]]], *, at_once: bool) -> str:
    """The sheet with a heading above the rows and a cell below them."""
    rows = len(columns[0][2])
    content = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": str(tmp_path)}
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet("Data", Sheet)
        made = [
            Column(place, kind, values, book.add_format({"indent": number}), formula)
            for number, (place, kind, values, formula) in enumerate(columns, 1)
        ]
        for column in made:
            sheet.write_string(0, column.place, "heading", column.form)
        sheet.set_row(FIRST - 1, 20)
        if at_once:
            sheet.write_columns(FIRST, made, rows)
        else:
            write_cell_by_cell(sheet, made, rows)
        sheet.write_string(FIRST + rows, 0, "below")
    with zipfile.ZipFile(content) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def write_cell_by_cell(sheet: Sheet, columns: list[Column], rows: int) -> None:
    for row in range(FIRST, FIRST + rows):
        for column in columns:
            value = column.values[row - FIRST]
            if column.kind == "formula":
                sheet.write_formula(row, column.place, "=" + str(row + 1).join(column.formula), column.form, value)
            elif value is not None:
                assert getattr(sheet, WRITES[column.kind])(row, column.place, value, column.form) == 0


def test_awkward_texts_are_written_as_the_library_writes_them(tmp_path: Path) -> None:
    texts = [text if text is None else visible(text) for text in AWKWARD]
    for text in texts:  # alone, so that no other text of the column asks for care
        columns: list[tuple[int, Kind, list[Any], list[str]]] = [(1, "text", [text, "plain"], [])]
        assert sheet_xml(tmp_path, columns, at_once=True) == sheet_xml(tmp_path, columns, at_once=False)
    together: list[tuple[int, Kind, list[Any], list[str]]] = [(0, "text", texts, []), (30, "text", texts[::-1], [])]
    assert sheet_xml(tmp_path, together, at_once=True) == sheet_xml(tmp_path, together, at_once=False)


@given(
    texts=st.lists(st.none() | st.text().map(visible), min_size=3, max_size=3),
    numbers=st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3),
    booleans=st.lists(st.none() | st.booleans(), min_size=3, max_size=3),
    results=st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(["", "#N/A", "a & b"]),
                     min_size=3, max_size=3),
)  # fmt: skip
def test_any_rows_are_written_as_the_library_writes_them(
    texts: list[str | None],
    numbers: list[float | None],
    booleans: list[bool | None],
    results: list[float | str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    columns: list[tuple[int, Kind, list[Any], list[str]]] = [
        (0, "text", texts, []),
        (1, "number", numbers, []),
        (3, "boolean", booleans, []),
        (27, "formula", results, ["IF(B", '="",0,B', '&"<&>")']),
    ]
    assert sheet_xml(folder, columns, at_once=True) == sheet_xml(folder, columns, at_once=False)


def test_more_rows_than_are_held_at_once_and_rows_without_a_value(tmp_path: Path) -> None:
    numbers = [None if row % 7 == 0 else row / 8 for row in range(2_500)]
    columns: list[tuple[int, Kind, list[Any], list[str]]] = [(2, "number", numbers, [])]
    assert sheet_xml(tmp_path, columns, at_once=True) == sheet_xml(tmp_path, columns, at_once=False)


def test_two_columns_can_share_a_place(tmp_path: Path) -> None:
    columns: list[tuple[int, Kind, list[Any], list[str]]] = [
        (1, "text", ["a", None], []),
        (0, "number", [1.0, 2.0], []),
        (1, "number", [None, 3.0], []),
    ]
    xml = sheet_xml(tmp_path, columns, at_once=True)
    assert [part.split('"')[0] for part in xml.split('<c r="')[1:]][-5:] == ["A3", "B3", "A4", "B4", "A5"]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(number: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="NaN and infinity"):
        sheet_xml(tmp_path, [(0, "number", [1.0, number], [])], at_once=True)


def test_rows_above_what_is_written_are_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(BytesIO(), {"constant_memory": True, "tmpdir": str(tmp_path)}) as book:
        sheet = book.add_worksheet("Data", Sheet)
        column = Column(0, "number", [1.0], book.add_format())
        sheet.write_columns(5, [column], 1)
        with pytest.raises(ValueError, match="rows 3 to 3 cannot be written"):
            sheet.write_columns(2, [column], 1)
        with pytest.raises(ValueError, match="cannot be written"):
            sheet.write_columns(1_048_576, [column], 1)
