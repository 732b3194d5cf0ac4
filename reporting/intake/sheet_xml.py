"""One pass over the XML of a worksheet: used range, error cells, formulas without a value, what is hidden or merged.

Expat reads the part and decides everything. So that 100,000 rows do not cost a call for each tag, the rows in ordinary
form are cut out before it sees them: a regular expression matches them whole, in C, and matches only rows that cannot
hold a fault, are not hidden and reach no further right than what has been seen before. What it leaves (the first rows,
and any row with something out of the ordinary) goes to expat. Only that a cell stands twice in an ordinary row is not
seen here: values are counted instead, and where calamine gives fewer the part is walked once more, by expat alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from reporting.intake.batches import batches
from reporting.intake.ordinary_rows import Pattern, row_patterns
from reporting.intake.sheet_walk import Walk
from reporting.intake.stored import Scanned, UsedRange

_ROOT = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?worksheet[\s>]")


def scan_sheet_xml(pieces: Iterable[bytes], used: UsedRange, part: str) -> Scanned:
    """What the XML of a worksheet, given in pieces of any length, tells besides the values.

    part  name of the part in the archive, for messages

    Raises Refused: beyond the limits, not well-formed, with row numbers on some rows only, or with cells that programs
    read in different ways.
    """
    scan = _SheetScan(used, part)
    for batch in batches(pieces, b"row>"):
        scan.feed(batch)
    return scan.finish()


def _holds_aside(xml: bytes) -> bool:
    """True if a comment, a CDATA section or an instruction (other than the one at the start) may begin here."""
    return b"<!" in xml or xml.count(b"<?") > xml.count(b"<?xml ")


class _SheetScan:
    """Feeds expat with what the pattern of ordinary rows leaves."""

    def __init__(self, used: UsedRange, part: str) -> None:
        self._walk = Walk(Scanned(used), part)
        self._used = used
        self._prefix: bytes | None = None  # of the tags, with its colon
        self._closing = b""  # of a cell
        self._ordinary: Pattern | None = None
        self._blank: Pattern | None = None
        self._columns = 0  # of which the pattern of ordinary rows knows
        self._cut = False
        self._rows: list[int] = []  # cut out
        self._last = b""
        self._aside = False  # True from the first comment, CDATA section or instruction on: a row may stand inside it

    def feed(self, batch: bytes) -> None:
        """Take in a batch: its ordinary rows by their numbers, the rest by expat."""
        self._compile(batch)
        if self._ordinary is None or self._blank is None or self._aside or self._walk.unnumbered:
            self._walk.feed(batch)
            self._aside = self._aside or _holds_aside(self._last + batch)
            self._last = batch[-1:]
            return
        pieces = self._ordinary.split(batch)
        rows = list(map(int, pieces[1::2]))
        gaps = list(filter(None, pieces[0::2]))
        if _holds_aside(self._last + b"\0".join(gaps)):
            self._aside = True
            self._walk.feed(batch)
            return
        self._last = batch[-1:]
        if rows:
            self._cut = True
            self._rows += rows
            self._used.use(max(rows), 0)
            self._walk.scanned.valued += batch.count(self._closing) - sum(gap.count(self._closing) for gap in gaps)
        for gap in gaps:
            left = self._blank.sub(b"", gap)
            self._cut = self._cut or len(left) < len(gap)
            self._walk.feed(left)
        self._check_numbering()

    def finish(self) -> Scanned:
        """What was seen."""
        scanned = self._walk.close()
        self._check_numbering()
        self._check_rows()
        return scanned

    def _check_numbering(self) -> None:
        """A row without a number follows the one before it, which may have been cut out."""
        if self._cut and self._walk.unnumbered:
            raise self._walk.damaged("some rows carry a number and others do not")

    def _check_rows(self) -> None:
        """No row stands twice, neither among those cut out nor once there and once in the walk."""
        rows = set(self._rows)
        twice = rows & self._walk.rows
        if len(rows) < len(self._rows):
            ordered = sorted(self._rows)
            twice |= {row for row, after in pairwise(ordered) if row == after}
        if twice:
            raise self._walk.row_twice(min(twice))

    def _compile(self, batch: bytes) -> None:
        """Patterns for the columns seen so far; none before the first cell."""
        if self._prefix is None:
            root = _ROOT.search(batch)
            self._prefix = root.group(1) + b":" if root and root.group(1) else b""
            self._closing = b"</%bc>" % self._prefix  # an ordinary row has no cell without a value that ends so
        if self._used.columns > self._columns:
            self._columns = self._used.columns
            self._ordinary, self._blank = row_patterns(self._columns, self._prefix)
