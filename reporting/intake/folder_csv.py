"""Reading a table from CSV: every value is text, an empty field is blank, and a record that does not fit is named."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from reporting.intake.counted import counted
from reporting.intake.limits import Limits
from reporting.intake.packing import columns_of, tidy
from reporting.intake.stored import ERROR_LITERALS, Columns, Refused, Remark, StoredSheet, UsedRange

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}


def read_csv(data: bytes, file: str, limits: Limits, before: int = 0) -> Iterator[StoredSheet | Remark]:
    """The table of a CSV file, with what there is to say of it. Raises Refused.

    before  cells of the files read before this one
    """
    text = _decoded(data, file)
    delimiter = _delimiter(text)
    if delimiter != ",":
        yield Remark("FIL-034", f"the fields are separated by {_DELIMITERS[delimiter]}", file)
    rows: list[list[str | None]] = []
    ragged: list[Remark] = []
    used = UsedRange(limits, file, "", before)
    width = 0
    for record in _records(text, delimiter, file):
        width = width or len(record)
        if record and len(record) != width:
            number = len(rows) + 1
            found = f"the record has {counted(len(record), 'field')} and the heading has {width}"
            ragged.append(Remark("FIL-033", found, file, "", "", number, number))
        if record:
            used.use(len(rows) + 1, width - 1)
        rows.append([*record[:width], *[None] * (width - len(record))])
    yield from ragged
    columns: Columns = columns_of([row + [None] * (width - len(row)) for row in rows] if width else [])
    faults = _error_texts(columns) if "#" in text else {}
    yield StoredSheet(file, "", tidy(columns, faults), faults)


def _decoded(data: bytes, file: str) -> str:
    if data.startswith(_UTF_16):
        raise Refused(Remark("FIL-030", "starts like text in UTF-16", file))
    body = data.removeprefix(_BOM)
    skipped = len(data) - len(body)
    nul = body.find(0)
    if nul >= 0:
        found = f"byte {nul + skipped} (counted from 0), on line {_line(body, nul)}, is a zero byte"
        raise Refused(Remark("FIL-031", found, file))
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        value = f"0x{body[error.start]:02X}"
        found = f"byte {error.start + skipped} (counted from 0), on line {_line(body, error.start)}, is {value}"
        raise Refused(Remark("FIL-030", found, file)) from None


def _line(body: bytes, at: int) -> int:
    return body.count(b"\n", 0, at) + 1


def _delimiter(text: str) -> str:
    """The sign that stands most often outside quotes on the first line that is not empty; a comma if none does."""
    heading = next((line for line in StringIO(text, newline="") if line.strip("\r\n")), "")
    outside = "".join(heading.split('"')[0::2])
    return max(_DELIMITERS, key=outside.count)


def _records(text: str, delimiter: str, file: str) -> Iterator[list[str]]:
    """The records in order, so that their number is the row a spreadsheet program shows; [] for an empty line."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for record in reader:
            number += 1
            yield record
    except csv.Error as error:
        row = number + 1
        code, found = ("FIL-032", "a quote opens here and never closes")
        if "end of data" not in str(error):
            code, found = ("FIL-035", f"the record cannot be read ({error})")
        raise Refused(Remark(code, found, file, "", "", row, row)) from None


def _error_texts(columns: Columns) -> dict[tuple[int, int], str]:
    """The error cells of the spreadsheet that the file was saved from: as text, `#N/A` is all that is left of them."""
    return {
        (row, position): value
        for position, column in enumerate(columns)
        if not ERROR_LITERALS.isdisjoint(column)
        for row, value in enumerate(column, 1)
        if value in ERROR_LITERALS
    }
