"""Reading .ods: the content is walked for used range, errors and what is hidden, then calamine gives the values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

from reporting.intake.batches import batches
from reporting.intake.guard import Archive
from reporting.intake.limits import Limits
from reporting.intake.stored import ERROR_LITERALS, NO_STORED_VALUE, Refused, Remark, Scanned, StoredSheet, UsedRange
from reporting.intake.workbook_xlsx import check_sheet_names, read_values

_MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_HIDDEN = ("collapse", "filter")
_TIME_OF_DAY = re.compile(r"PT(?:0?\d|1\d|2[0-3])H.*|PT[0-5]?\d[MS].*")
_LONGEST_ERROR = 32

# Cells with one plain text and no formula, error or duration: a row of them becomes one cell that stands for as many,
# because a call for each tag would take eight times as long as reading the file.
_ORDINARY = re.compile(
    rb"(?:<table:table-cell(?: (?!table:(?:formula|number)|calcext:value-type=\"error|office:time)"
    rb"[a-z][\w:.-]*+=\"[^\"<>]*+\")*+><text:p>[^<]*+</text:p></table:table-cell>)++"
)

_Attributes = dict[str, str]


def read_ods(data: bytes, archive: Archive, file: str, limits: Limits) -> Iterator[StoredSheet | Remark]:
    """The sheets of an OpenDocument spreadsheet, with what there is to say of them. Raises Refused."""
    content = archive.find("content.xml")
    if not archive.read("mimetype").startswith(_MIMETYPE) or content is None:
        raise Refused(Remark("FIL-009", "is an OpenDocument file, but no spreadsheet", file))
    manifest = archive.find("META-INF/manifest.xml")
    if archive.find("encrypted-package") or (manifest and b"encryption-data" in archive.read(manifest)):
        raise Refused(Remark("FIL-010", "is encrypted", file))
    walk = _Walk(file, limits)
    for batch in batches(archive.stream(content), b"</table:table-cell>"):
        walk.feed(_ORDINARY.sub(_counted, batch))
    walk.close()
    check_sheet_names(list(walk.names), file, limits)
    archive.check_rest()
    if any(name.startswith(("Basic/", "Scripts/")) for name in archive.names):
        yield Remark("FIL-024", "holds macros", file)
    yield from walk.remarks()
    yield from read_values(data, walk.scanned, file)


def _counted(cells: re.Match[bytes]) -> bytes:
    count = cells.group().count(b"<table:table-cell")
    return b'<table:table-cell office:value-type="any" table:number-columns-repeated="%d"/>' % count


class _Walk:
    """What expat tells of content.xml, tag by tag. Cells and rows may stand for many by a repeat count."""

    def __init__(self, file: str, limits: Limits) -> None:
        self.file, self.limits = file, limits
        self.names: list[str] = []
        self.scanned: dict[str, Scanned] = {}
        self.links = self.live = False
        self._sheet: Scanned | None = None
        self._row = self._column = 0  # positions from 0 of the current row and cell
        self._rows = self._columns = 0  # how many rows or cells the current one stands for
        self._cell: _Attributes | None = None
        self._text: list[str] | None = None
        self._aside = 0  # depth of annotations, whose text is not the cell's
        self._found: list[tuple[int, int, str]] = []  # cells of the current row: first and last column, fault or ""
        self._starts: dict[str, Callable[[_Attributes], None]] = {
            "table": self._start_table, "table-row": self._start_row, "table-column": self._start_column,
            "table-cell": self._start_cell, "covered-table-cell": self._start_cell, "p": self._start_text,
            "annotation": self._start_aside, "table-source": self._start_link, "dde-link": self._start_live,
            "dde-source": self._start_live,
        }  # fmt: skip
        self._ends: dict[str, Callable[[], None]] = {
            "table": self._end_table, "table-row": self._end_row, "table-cell": self._end_cell,
            "covered-table-cell": self._end_cell, "annotation": self._end_aside,
        }  # fmt: skip
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def feed(self, xml: bytes, final: bool = False) -> None:
        """Take in a piece of the part. Raises Refused."""
        try:
            self._parser.Parse(xml, final)
        except expat.ExpatError as error:
            raise self._damaged(expat.errors.messages[error.code]) from None
        except ValueError as error:  # an encoding that expat does not know, or a repeat count that is no number
            raise self._damaged(str(error)) from None

    def close(self) -> None:
        """The part ends here. Raises Refused where it stops short."""
        self.feed(b"", final=True)

    def remarks(self) -> Iterator[Remark]:
        """Notes on links to elsewhere."""
        if self.links:
            yield Remark("FIL-025", "holds links to other files", self.file)
        if self.live:
            yield Remark("FIL-026", "holds a live link to another program (DDE)", self.file)

    def _damaged(self, found: str) -> Refused:
        return Refused(Remark("FIL-011", f"the part content.xml is damaged ({found})", self.file))

    def _start(self, name: str, attributes: _Attributes) -> None:
        handle = self._starts.get(name.rpartition(":")[2])
        if handle:
            handle(attributes)

    def _end(self, name: str) -> None:
        handle = self._ends.get(name.rpartition(":")[2])
        if handle:
            handle()

    def _characters(self, text: str) -> None:
        if self._text is not None and len(self._text) < _LONGEST_ERROR:
            self._text.append(text[:_LONGEST_ERROR])

    def _start_table(self, attributes: _Attributes) -> None:
        if self._sheet is not None:
            raise self._damaged("a table lies inside another")
        name = attributes.get("table:name", "")
        self.names.append(name)
        if len(self.names) > self.limits.sheets:
            check_sheet_names(self.names, self.file, self.limits)
        before = sum(scanned.used.rows * scanned.used.columns for scanned in self.scanned.values())
        self._sheet = Scanned(UsedRange(self.limits, self.file, name, before))
        self.scanned[name] = self._sheet
        self._row = self._rows = self._column = self._columns = 0

    def _end_table(self) -> None:
        self._sheet = None

    def _start_column(self, attributes: _Attributes) -> None:
        count = _count(attributes, "table:number-columns-repeated")
        if self._sheet is not None and attributes.get("table:visibility") in _HIDDEN:
            end = min(self._column + count, self.limits.columns)
            self._sheet.hidden_columns.update(range(self._column, end))
        self._column += count

    def _start_row(self, attributes: _Attributes) -> None:
        self._rows = _count(attributes, "table:number-rows-repeated")
        self._column, self._found = 0, []
        if self._sheet is not None and attributes.get("table:visibility") in _HIDDEN:
            self._sheet.hidden_rows.add(self._row + 1, self._row + self._rows)

    def _end_row(self) -> None:
        if self._sheet is None:
            return
        first, last = self._row + 1, self._row + self._rows
        for first_column, last_column, fault in self._found:
            self._sheet.used.use(last, last_column)
            if fault:
                for row in range(first, last + 1):
                    for column in range(first_column, last_column + 1):
                        self._sheet.fault(row, column, fault)
        self._row += self._rows

    def _start_cell(self, attributes: _Attributes) -> None:
        self._cell, self._text = attributes, None
        self._columns = _count(attributes, "table:number-columns-repeated")
        rows = _count(attributes, "table:number-rows-spanned")
        columns = _count(attributes, "table:number-columns-spanned")
        if self._sheet is not None and (rows > 1 or columns > 1):
            end = (self._row + rows, self._column + columns - 1)
            self._sheet.merged.append((self._row + 1, self._column, *end))
        formula = attributes.get("table:formula", "")
        self.links = self.links or "file:/" in formula
        self.live = self.live or "DDE(" in formula

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        text = None if self._text is None else "".join(self._text)[:_LONGEST_ERROR]
        kind = self._cell.get("office:value-type")
        if kind or text is not None or "table:formula" in self._cell:
            last = self._column + self._columns - 1
            self._found.append((self._column, last, _fault(self._cell, kind, text)))
        self._column += self._columns
        self._cell = self._text = None

    def _start_text(self, _: _Attributes) -> None:
        if self._cell is not None and not self._aside and self._text is None:
            self._text = []

    def _start_aside(self, _: _Attributes) -> None:
        self._aside += 1

    def _end_aside(self) -> None:
        self._aside -= 1

    def _start_link(self, _: _Attributes) -> None:
        self.links = True

    def _start_live(self, _: _Attributes) -> None:
        self.live = True


def _fault(cell: _Attributes, kind: str | None, text: str | None) -> str:
    """What a cell holds instead of a value; "" where it holds one.

    LibreOffice marks an error by a type of its own, other programs store its text as the formula's result; a formula
    that gives an empty text has an empty paragraph, one that was never calculated has none.
    """
    formula = "table:formula" in cell
    if cell.get("calcext:value-type") == "error" or (formula and text in ERROR_LITERALS):
        return text or "error"
    if formula and not kind and text is None:
        return NO_STORED_VALUE
    duration = cell.get("office:time-value", "")
    if kind == "time" and not _TIME_OF_DAY.fullmatch(duration):
        return f"a duration of {duration[:_LONGEST_ERROR]}"
    return ""


def _count(attributes: _Attributes, name: str) -> int:
    count = int(attributes.get(name, "1"))
    if count < 1:
        raise ValueError(f"{name} is {count}")
    return count
