"""Reading .xls by xlrd, which knows error cells, hidden rows and the date system of the workbook."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import time, timedelta
from io import StringIO
from typing import Any

import xlrd
from xlrd.biffh import error_text_from_code
from xlrd.xldate import xldate_as_datetime

from reporting.intake.counted import counted
from reporting.intake.limits import Limits
from reporting.intake.packing import columns_of
from reporting.intake.stored import Refused, Remark, Scanned, StoredSheet, UsedRange
from reporting.intake.workbook_xlsx import check_sheet_names, joined

_MACROS = "_VBA_PROJECT_CUR".encode("utf-16-le")
_SUPBOOK = 0x01AE
_SAME_WORKBOOK, _ADD_IN = b"\x01\x04", b"\x01\x3a"
_AS_STORED = {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_BLANK}
_ELAPSED = ("[h", "[m", "[s")  # opens the format of a duration


def read_xls(data: bytes, file: str, limits: Limits) -> Iterator[StoredSheet | Remark]:
    """The worksheets of an old workbook, with what there is to say of them. Raises Refused."""
    book = _open(data, file)
    try:
        check_sheet_names(book.sheet_names(), file, limits)
        yield from _contents(data, book, file)
        cells = 0
        for number in range(book.nsheets):
            sheet = book.sheet_by_index(number)
            scanned = _scan(sheet, UsedRange(limits, file, sheet.name, cells))
            cells = scanned.used.cells
            columns = columns_of(list(_rows(book, sheet, scanned.used)))
            yield from joined(file, sheet.name, sheet.visibility == 0, columns, scanned)
            book.unload_sheet(number)
    finally:
        book.release_resources()


def _open(data: bytes, file: str) -> Any:
    """The workbook, its sheets not yet read. What xlrd would print goes nowhere."""
    try:
        return xlrd.open_workbook(
            file_contents=data, logfile=StringIO(), formatting_info=True, on_demand=True, ragged_rows=True
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise Refused(Remark("FIL-010", "is protected with a password", file)) from None
        raise Refused(Remark("FIL-011", f"the workbook cannot be read ({error})", file)) from None


def _scan(sheet: Any, used: UsedRange) -> Scanned:
    """Used range, error cells, hidden rows and columns, merged ranges."""
    scanned = Scanned(used)
    for row in range(sheet.nrows):
        kinds = sheet.row_types(row)
        for column, kind in enumerate(kinds):
            if kind == xlrd.XL_CELL_ERROR:
                code = sheet.cell_value(row, column)
                scanned.fault(row + 1, column, error_text_from_code.get(code, "error"))
            elif kind not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                used.use(row + 1, column)
    for row in sorted(row for row, info in sheet.rowinfo_map.items() if info.hidden):
        scanned.hidden_rows.add(row + 1)
    scanned.hidden_columns.update(column for column, info in sheet.colinfo_map.items() if info.hidden)
    scanned.merged += [(r1 + 1, c1, r2, c2 - 1) for r1, r2, c1, c2 in sheet.merged_cells]
    return scanned


def _rows(book: Any, sheet: Any, used: UsedRange) -> Iterator[list[Any]]:
    """The values of the used range, row by row."""
    for row in range(used.rows):
        kinds, values = sheet.row_types(row), sheet.row_values(row)
        if not _AS_STORED.issuperset(kinds):
            values = [_value(book, sheet, row, column) for column in range(len(values))]
        yield (values + [None] * used.columns)[: used.columns]


def _value(book: Any, sheet: Any, row: int, column: int) -> object:
    kind, value = sheet.cell_type(row, column), sheet.cell_value(row, column)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_ERROR:
        return None
    if kind != xlrd.XL_CELL_DATE:
        return value
    form = book.format_map[book.xf_list[sheet.cell_xf_index(row, column)].format_key].format_str
    if any(mark in form.lower() for mark in _ELAPSED):
        return timedelta(days=value)
    return _moment(value, book.datemode)


def _moment(value: float, datemode: int) -> object:
    """A date, a date with a time, or a time of day, as the other readers give them; the number if it is no date."""
    if value < 0:
        return value
    try:
        moment = xldate_as_datetime(value, datemode)
    except OverflowError:
        return value
    if value < 1:
        return moment.time()
    return moment.date() if moment.time() == time(0) else moment


def _contents(data: bytes, book: Any, file: str) -> Iterator[Remark]:
    """Notes on what a workbook brings along besides its sheets."""
    if _MACROS in data:
        yield Remark("FIL-024", "holds macros", file)
    links = [link for link in _links(book) if link[2:4] not in (_SAME_WORKBOOK, _ADD_IN)]
    live = [link for link in links if b"\x03" in link[4:]]
    if len(links) > len(live):
        yield Remark("FIL-025", f"holds {counted(len(links) - len(live), 'link')} to other workbooks", file)
    if live:
        yield Remark("FIL-026", "holds a live link to another program (DDE)", file)


def _links(book: Any) -> Iterator[bytes]:
    """The records that name workbooks and programs which formulas refer to: sheet count, then the name."""
    at, end = book.base, book.base + book.stream_len
    while at + 4 <= end:
        kind, length = struct.unpack_from("<HH", book.mem, at)
        if kind == _SUPBOOK:
            yield bytes(book.mem[at + 4 : at + 4 + length])
        at += 4 + length
