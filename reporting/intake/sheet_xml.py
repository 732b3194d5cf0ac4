"""One pass over the XML of a worksheet: used range, error cells, formulas without a value, what is hidden or merged.

Expat reads the part and decides everything. So that 100,000 rows do not cost a call for each tag, the rows in ordinary
form are cut out before it sees them: a regular expression matches them whole, in C, and matches only rows that cannot
hold a fault, are not hidden and reach no further right than what has been seen before. What it leaves (the first rows,
and any row with something out of the ordinary) goes to expat.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from xml.parsers import expat

from reporting.intake.batches import batches
from reporting.intake.cell_names import position, range_of
from reporting.intake.ordinary_rows import Pattern, row_patterns
from reporting.intake.stored import NO_STORED_VALUE, Refused, Remark, Scanned, UsedRange

_CELL = re.compile(r"([A-Za-z]{1,7})([1-9]\d{0,8})")
_ROOT = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?worksheet[\s>]")
_LONGEST_ERROR = 32
_TRUE = ("1", "true")


def scan_sheet_xml(pieces: Iterable[bytes], used: UsedRange, part: str) -> Scanned:
    """What the XML of a worksheet, given in pieces of any length, tells besides the values.

    part  name of the part in the archive, for messages

    Raises Refused: beyond the limits, not well-formed, or with row numbers on some rows only.
    """
    scan = _SheetScan(used, part)
    for batch in batches(pieces, b"row>"):
        scan.feed(batch)
    return scan.finish()


class _SheetScan:
    """Feeds expat with what the pattern of ordinary rows leaves."""

    def __init__(self, used: UsedRange, part: str) -> None:
        self._walk = _Walk(Scanned(used), part)
        self._used = used
        self._prefix: bytes | None = None  # of the tags, with its colon
        self._ordinary: Pattern | None = None
        self._blank: Pattern | None = None
        self._columns = 0  # of which the pattern of ordinary rows knows
        self._cut = False

    def feed(self, batch: bytes) -> None:
        """Take in a batch: its ordinary rows by their numbers, the rest by expat."""
        self._compile(batch)
        if self._ordinary is None or self._blank is None or self._walk.unnumbered:
            self._walk.feed(batch)
            return
        pieces = self._ordinary.split(batch)
        rows = list(map(int, pieces[1::2]))
        if rows:
            self._cut = True
            self._used.use(max(rows), 0)
        for gap in filter(None, pieces[0::2]):
            left = self._blank.sub(b"", gap)
            self._cut = self._cut or len(left) < len(gap)
            self._walk.feed(left)
        self._check_numbering()

    def finish(self) -> Scanned:
        """What was seen."""
        scanned = self._walk.close()
        self._check_numbering()
        return scanned

    def _check_numbering(self) -> None:
        """A row without a number follows the one before it, which may have been cut out."""
        if self._cut and self._walk.unnumbered:
            raise self._walk.damaged("some rows carry a number and others do not")

    def _compile(self, batch: bytes) -> None:
        """Patterns for the columns seen so far; none before the first cell."""
        if self._prefix is None:
            root = _ROOT.search(batch)
            self._prefix = root.group(1) + b":" if root and root.group(1) else b""
        if self._used.columns > self._columns:
            self._columns = self._used.columns
            self._ordinary, self._blank = row_patterns(self._columns, self._prefix)


class _Walk:
    """What expat tells, tag by tag."""

    def __init__(self, scanned: Scanned, part: str) -> None:
        self.scanned, self.part = scanned, part
        self.unnumbered = False
        self._row = 0
        self._column = -1
        self._cell: tuple[int, int, str] | None = None  # row, column, type
        self._formula = self._valued = False
        self._text: list[str] | None = None
        self._value = ""
        self._starts: dict[str, Callable[[dict[str, str]], None]] = {
            "row": self._start_row,
            "c": self._start_cell,
            "f": self._start_formula,
            "v": self._start_value,
            "is": self._start_inline,
            "col": self._hide_columns,
            "mergeCell": self._merge,
        }
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def feed(self, xml: bytes) -> None:
        self._parse(xml, final=False)

    def close(self) -> Scanned:
        self._parse(b"", final=True)
        return self.scanned

    def damaged(self, found: str) -> Refused:
        used = self.scanned.used
        return Refused(Remark("FIL-011", f"the part {self.part} is damaged ({found})", used.file, used.sheet))

    def _parse(self, xml: bytes, final: bool) -> None:
        try:
            self._parser.Parse(xml, final)
        except expat.ExpatError as error:
            raise self.damaged(expat.errors.messages[error.code]) from None
        except ValueError as error:  # an encoding that expat does not know
            raise self.damaged(str(error)) from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        handle = self._starts.get(name.rpartition(":")[2])
        if handle:
            handle(attributes)

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            self._end_cell()
        elif local == "v" and self._text is not None:
            self._value, self._text = "".join(self._text)[:_LONGEST_ERROR], None

    def _characters(self, text: str) -> None:
        if self._text is not None and len(self._text) < _LONGEST_ERROR:
            self._text.append(text[:_LONGEST_ERROR])

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        if number is None:
            self.unnumbered = True
            self._row += 1
        elif number.isdecimal() and number.isascii() and len(number) < 10:
            self._row = int(number)
        else:
            raise self.damaged(f"a row is numbered {number[:20]!r}")
        self._column = -1
        if attributes.get("hidden") in _TRUE or _is_zero(attributes.get("ht")):
            self.scanned.hidden_rows.add(self._row)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        row, self._column = self._row, self._column + 1
        if reference is not None:
            place = _CELL.fullmatch(reference)
            if not place:
                raise self.damaged(f"a cell is named {reference[:20]!r}")
            row, self._column = int(place.group(2)), position(place.group(1).upper())
        self._cell = (row, self._column, attributes.get("t", ""))
        self._formula = self._valued = False
        self._value = ""

    def _start_formula(self, _: dict[str, str]) -> None:
        self._formula = True

    def _start_value(self, _: dict[str, str]) -> None:
        self._valued, self._text = True, []

    def _start_inline(self, _: dict[str, str]) -> None:
        self._valued, self._value = True, "text"

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        (row, column, kind), self._cell = self._cell, None
        if kind == "e":
            self.scanned.fault(row, column, self._value or "error")
        elif self._formula and not self._value and not (self._valued and kind == "str"):
            self.scanned.fault(row, column, NO_STORED_VALUE)
        elif self._formula or self._valued:
            self.scanned.used.use(row, column)

    def _hide_columns(self, attributes: dict[str, str]) -> None:
        first, last = attributes.get("min", ""), attributes.get("max", "")
        hidden = attributes.get("hidden") in _TRUE or _is_zero(attributes.get("width"))
        if hidden and first.isdecimal() and last.isdecimal():
            end = min(int(last[:9]), self.scanned.used.limits.columns)
            self.scanned.hidden_columns.update(range(int(first[:9]) - 1, end))

    def _merge(self, attributes: dict[str, str]) -> None:
        rectangle = range_of(attributes.get("ref", ""))
        if rectangle:
            self.scanned.merged.append(rectangle)


def _is_zero(size: str | None) -> bool:
    return size is not None and size.strip("0") in ("", ".") and size != ""
