"""Reading .xlsb: the records of each sheet are walked, then calamine gives the values.

Records as [MS-XLSB] lays them out: a number of one or two bytes and a length of one to four (seven bits in each byte),
then the data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from reporting.intake.guard import Archive
from reporting.intake.limits import Limits
from reporting.intake.stored import Refused, Remark, Scanned, StoredSheet, UsedRange
from reporting.intake.workbook_xlsx import check_sheet_names, contents, read_values, related_parts

_ROW, _BLANK, _ERROR, _FORMULA_ERROR = 0, 1, 3, 11
_CELLS = range(1, 12)
_UNREAD_CELLS = (*range(12, 19), 62)  # cells without a column number, and rich texts outside the table of texts
_COLUMNS, _MERGED, _SHEET = 60, 176, 156
_HIDDEN_ROW, _HIDDEN_COLUMN = 0x10, 0x01
_ERROR_NAMES = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip


def read_xlsb(data: bytes, archive: Archive, file: str, limits: Limits) -> Iterator[StoredSheet | Remark]:
    """The worksheets of a binary workbook, with what there is to say of them. Raises Refused."""
    parts = _sheet_parts(archive, file)
    yield from contents(archive, file)
    scanned: dict[str, Scanned] = {}
    cells = 0
    for sheet, part in parts.items():
        if part:
            used = UsedRange(limits, file, sheet, cells)
            scanned[sheet] = _scan(archive.stream(part), used, part)
            cells = used.cells
    archive.check_rest()
    yield from read_values(data, scanned, file)


def _scan(pieces: Iterable[bytes], used: UsedRange, part: str) -> Scanned:
    """What the records of a sheet tell besides the values. Raises Refused."""
    scanned = Scanned(used)
    row = 0
    try:
        for kind, data in _records(pieces):
            if kind == _ROW:
                row = struct.unpack_from("<I", data)[0] + 1
                if data[11] & _HIDDEN_ROW:
                    scanned.hidden_rows.add(row)
            elif kind in _CELLS:
                _take_cell(scanned, kind, row, data)
            elif kind in _UNREAD_CELLS:
                found = f"row {row} has cells in the short form, which some programs write and this one cannot read"
                raise Refused(Remark("FIL-022", found, used.file, used.sheet, "", row, row))
            elif kind == _MERGED:
                first_row, last_row, first_column, last_column = struct.unpack_from("<4I", data)
                scanned.merged.append((first_row + 1, first_column, last_row + 1, last_column))
            elif kind == _COLUMNS:
                first, last, _, _, flags = struct.unpack_from("<4IH", data)
                if flags & _HIDDEN_COLUMN:
                    scanned.hidden_columns.update(range(first, min(last + 1, used.limits.columns)))
    except (struct.error, IndexError):
        found = f"the part {part} is damaged (a record is cut off)"
        raise Refused(Remark("FIL-011", found, used.file, used.sheet)) from None
    return scanned


def _take_cell(scanned: Scanned, kind: int, row: int, data: bytes) -> None:
    column = struct.unpack_from("<I", data)[0]
    if kind in (_ERROR, _FORMULA_ERROR):
        scanned.fault(row, column, _ERROR_NAMES.get(data[8], "error"))
    elif kind != _BLANK:
        scanned.used.use(row, column)


def _records(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Number and data of each record. IndexError where the last one is cut off."""
    rest = b""
    for piece in pieces:
        batch = rest + piece
        at = 0
        while True:
            try:
                kind, length, start = _heading(batch, at)
            except IndexError:
                break
            if start + length > len(batch):
                break
            yield kind, batch[start : start + length]
            at = start + length
        rest = batch[at:]
    if rest:
        raise IndexError("record cut off")


def _heading(batch: bytes, at: int) -> tuple[int, int, int]:
    """Number and length of the record at a place, and where its data start."""
    kind = batch[at]
    at += 1
    if kind & 0x80:
        kind = (kind & 0x7F) | (batch[at] & 0x7F) << 7
        at += 1
    length = 0
    for shift in (0, 7, 14, 21):
        byte = batch[at]
        at += 1
        length |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
    return kind, length, at


def _sheet_parts(archive: Archive, file: str) -> dict[str, str]:
    """Sheet name -> name of its part ("" where it has none), in the order of the workbook."""
    workbook = archive.find("xl/workbook.bin")
    if workbook is None:
        raise Refused(Remark("FIL-009", "is a zip archive without xl/workbook.bin, not a binary workbook", file))
    related = related_parts(archive, file, workbook)
    try:
        sheets = [_sheet(data) for kind, data in _records(archive.stream(workbook)) if kind == _SHEET]
    except (struct.error, IndexError, UnicodeDecodeError):
        raise Refused(Remark("FIL-011", "the part xl/workbook.bin is damaged (a record is cut off)", file)) from None
    check_sheet_names([name for _, name in sheets], file, archive.limits)
    return {name: related.get(ident, ("", ""))[1] for ident, name in sheets}


def _sheet(data: bytes) -> tuple[str, str]:
    """Relationship id and name in the record of a sheet: state, number, then two texts with their lengths."""
    ident, at = _text(data, 8)
    name, _ = _text(data, at)
    return ident, name


def _text(data: bytes, at: int) -> tuple[str, int]:
    length = struct.unpack_from("<I", data, at)[0]
    if length == 0xFFFFFFFF:  # no text
        return "", at + 4
    end = at + 4 + 2 * length
    if end > len(data):
        raise IndexError("text cut off")
    return data[at + 4 : end].decode("utf-16-le"), end
