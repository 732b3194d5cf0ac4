"""A walk through the XML of a worksheet, tag by tag, that takes nothing which programs read in different ways.

Readers settle what contradicts itself each in its own way: a cell that stands twice, two values in one cell, a comment
in the middle of a number. Such a sheet is refused at the cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from reporting.intake.cell_names import letters, position, range_of
from reporting.intake.stored import NO_STORED_VALUE, Refused, Remark, Scanned, UsedRange

_CELL = re.compile(r"([A-Za-z]{1,7})([1-9]\d{0,8})")
_TEXT_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_LONGEST = 32  # letters of a value that are kept
_TRUE = ("1", "true")
_SEPARATOR = "\n"  # between a namespace and a name, as expat gives them
_TYPES = frozenset(("", "n", "s", "str", "b", "e", "d", "inlineStr"))
# What may stand in what (ECMA-376 Part 1, 18.3.1 and 18.4), for the elements that readers look into.
_CHILDREN: Mapping[str, frozenset[str]] = {
    "sheetData": frozenset(("row",)),
    "row": frozenset(("c", "extLst")),
    "c": frozenset(("f", "v", "is", "extLst")),
    "is": frozenset(("t", "r", "rPh", "phoneticPr")),
    "r": frozenset(("rPr", "t")),
    "rPh": frozenset(("t",)),
    **dict.fromkeys(("v", "f", "t"), frozenset[str]()),
}
_READ_ANYWHERE = frozenset(("row", "c", "v", "is"))  # readers take these wherever they stand among the cells
# The errors that calamine knows; any other makes it give up the sheet.
_KNOWN_ERRORS = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#DATA!", "")
)

_SECOND = "stands in a second table of cells (sheetData)"


@dataclass
class SecondLook:
    """What a second walk is for: the cell that a reader cannot take, or values as they are stored.

    texts   number of shared texts
    wanted  (row, column) -> the value as it is stored, filled in by the walk
    """

    texts: int | None = None
    wanted: dict[tuple[int, int], str] = field(default_factory=dict)


def walk_sheet_xml(pieces: Iterable[bytes], used: UsedRange, part: str, look: SecondLook) -> Scanned:
    """What the XML of a worksheet tells, every cell looked at. Raises Refused."""
    walk = Walk(Scanned(used), part, look)
    for piece in pieces:
        walk.feed(piece)
    return walk.close()


class Walk:
    """What expat tells, tag by tag.

    rows  numbers of the rows that have passed by
    """

    def __init__(self, scanned: Scanned, part: str, look: SecondLook | None = None) -> None:
        self.scanned, self.part, self._look = scanned, part, look
        self.unnumbered = False
        self.rows: set[int] = set()
        self._namespace: str | None = None
        self._path: list[str] = []  # open elements from sheetData on
        self._tables = 0
        self._second = False  # True inside a table of cells that is not the one of the sheet
        self._row = 0
        self._numbered = False
        self._column = -1
        self._columns: set[int] = set()
        self._cell: tuple[int, int, str] | None = None  # row, column, type
        self._formula = self._valued = self._inline = False
        self._text: list[str] | None = None
        self._value = ""
        self._inside: Mapping[str, Callable[[dict[str, str]], None]] = {
            "row": self._start_row, "c": self._start_cell, "f": self._start_formula, "v": self._start_value,
            "is": self._start_inline,
        }  # fmt: skip
        self._outside: Mapping[str, Callable[[dict[str, str]], None]] = {
            "col": self._hide_columns, "mergeCell": self._merge, "dimension": self._check_dimension,
        }  # fmt: skip
        self._parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.DefaultHandler = self._as_written  # text, but also references and comments as they are written

    def feed(self, xml: bytes) -> None:
        """Take in the next bytes of the part. Raises Refused."""
        self._parse(xml, final=False)

    def close(self) -> Scanned:
        """What was seen. Raises Refused."""
        self._parse(b"", final=True)
        return self.scanned

    def damaged(self, found: str) -> Refused:
        """The refusal of the part as a whole."""
        used = self.scanned.used
        return Refused(Remark("FIL-011", f"the part {self.part} is damaged ({found})", used.file, used.sheet))

    def row_twice(self, row: int) -> Refused:
        """The refusal of a sheet that holds a row twice."""
        return self._doubtful(f"row {row} is stored twice", row)

    def _doubtful(self, found: str, row: int, column: int = -1) -> Refused:
        used, name = self.scanned.used, letters(column) if column >= 0 else ""
        return Refused(Remark("FIL-029", found, used.file, used.sheet, name, row, row))

    def _refuse_here(self, found: str) -> NoReturn:
        row, column, _ = self._cell or (self._row, -1, "")
        raise self._doubtful(found if self._cell else f"row {row} {found}", row, column)

    def _refuse_at(self, name: str, found: str) -> NoReturn:
        """Refuse the cell of that name; the one at hand, or its row, where it is no name of a cell."""
        place = _CELL.fullmatch(name)
        if not place or self._cell:
            self._refuse_here(f"the cell {found}" if self._cell else found)
        raise self._doubtful(f"the cell {found}", int(place.group(2)), position(place.group(1).upper()))

    def _parse(self, xml: bytes, final: bool) -> None:
        try:
            self._parser.Parse(xml, final)
        except expat.ExpatError as error:
            raise self.damaged(expat.errors.messages[error.code]) from None
        except ValueError as error:  # an encoding that expat does not know
            raise self.damaged(str(error)) from None

    # --- Elements ----------------------------------------------------------------------------------------------------

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(_SEPARATOR)
        if self._namespace is None:
            self._namespace = namespace
        if self._path:
            self._check_place(local, namespace, attributes.get("r", ""))
            self._path.append(local)
            handle = self._inside.get(local)
        else:
            handle = self._outside.get(local)
            if local == "sheetData":
                self._start_table(namespace)
        if handle:
            handle(attributes)

    def _start_table(self, namespace: str) -> None:
        self._tables += 1
        self._second = self._tables > 1 or namespace != self._namespace
        self._path = ["sheetData"]

    def _check_place(self, local: str, namespace: str, name: str) -> None:
        """Refuses an element that does not belong where it stands, or is of another namespace. `name` is a cell's."""
        if self._second and local != "row":
            self._refuse_at(name, _SECOND)
        children = _CHILDREN.get(self._path[-1])
        if children is None:  # inside an extension or the format of a text
            if local in _READ_ANYWHERE:
                self._refuse_at(name, f"holds an element {local[:_LONGEST]!r} inside {self._path[-1][:_LONGEST]!r}")
        elif local not in children or namespace != self._namespace:
            kind = "" if namespace == self._namespace else " of another namespace"
            self._refuse_at(name, f"holds an element {local[:_LONGEST]!r}{kind} inside {self._path[-1]!r}")

    def _end(self, _: str) -> None:
        if not self._path:
            return
        local = self._path.pop()
        if local == "c":
            self._end_cell()
        elif local == "v" and self._text is not None:
            self._value, self._text = "".join(self._text)[:_LONGEST], None
        elif local == "row":
            self._end_row()
        elif local == "sheetData" and self._second:
            used = self.scanned.used
            raise Refused(Remark("FIL-029", "the sheet has a second table of cells (sheetData)", used.file, used.sheet))

    def _as_written(self, text: str) -> None:
        if self._text is None:
            return
        if text.startswith("<"):
            self._refuse_here("the cell has a comment, a CDATA section or an instruction in its value")
        if text.startswith("&") and self._cell and self._cell[2] != "str":
            self._refuse_here(f"the cell has the reference {text[:_LONGEST]!r} in its value")
        if len(self._text) < _LONGEST:
            self._text.append(text[:_LONGEST])

    # --- Rows and cells ----------------------------------------------------------------------------------------------

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self._numbered = number is not None
        if number is None:
            self.unnumbered = True
            self._row += 1
        elif number.isdecimal() and number.isascii() and len(number) < 10 and int(number):
            self._row = int(number)
        else:
            raise self.damaged(f"a row is numbered {number[:20]!r}")
        self._column = -1
        self._columns = set()
        if attributes.get("hidden") in _TRUE or _is_zero(attributes.get("ht")):
            self.scanned.hidden_rows.add(self._row)

    def _end_row(self) -> None:
        if self._row in self.rows:
            raise self.row_twice(self._row)
        self.rows.add(self._row)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        row, self._column = self._row, self._column + 1
        if reference is not None:
            place = _CELL.fullmatch(reference)
            if not place:
                raise self.damaged(f"a cell is named {reference[:20]!r}")
            row, self._column = int(place.group(2)), position(place.group(1).upper())
        if row != self._row and (self._numbered or self._columns):
            raise self._doubtful(f"the cell stands in row {self._row}", row, self._column)
        self._row = row
        if self._column in self._columns:
            raise self._doubtful("the cell is stored twice", row, self._column)
        self._columns.add(self._column)
        self._cell = (row, self._column, attributes.get("t", ""))
        self._formula = self._valued = self._inline = False
        self._value = ""

    def _start_formula(self, _: dict[str, str]) -> None:
        self._formula = True

    def _start_value(self, _: dict[str, str]) -> None:
        self._check_only_value()
        self._text = []

    def _start_inline(self, _: dict[str, str]) -> None:
        self._check_only_value()
        self._inline, self._value = True, "text"

    def _check_only_value(self) -> None:
        if self._valued:
            self._refuse_here("the cell holds two values")
        self._valued = True

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        row, column, kind = self._cell
        if self._value and not self._inline:
            self._check_value(kind, self._value)
        if kind not in _TYPES:
            self._refuse_here(f"the cell is of the unknown type {kind[:_LONGEST]!r}")
        if self._look:
            self._look_closer(self._look, row, column, kind)
        self._cell = None
        self._take(row, column, kind)

    def _take(self, row: int, column: int, kind: str) -> None:
        if kind == "e":
            self.scanned.fault(row, column, self._value or "error")
        elif self._formula and not self._value and not (self._valued and kind == "str"):
            self.scanned.fault(row, column, NO_STORED_VALUE)
        elif self._formula or self._valued:
            self.scanned.used.use(row, column)
            self.scanned.valued += bool(self._value)

    def _check_value(self, kind: str, value: str) -> None:
        """Refuses a value for which a reader puts another one, or none."""
        if kind == "s" and not _TEXT_NUMBER.fullmatch(value):
            self._refuse_here(f"the cell refers to the shared text {value!r}")
        if kind == "b" and value not in ("0", "1", "true", "false"):
            self._refuse_here(f"the cell holds the truth value {value!r}")
        if kind == "inlineStr":
            self._refuse_here("the cell is a text of its own and holds a value beside it")

    def _look_closer(self, look: SecondLook, row: int, column: int, kind: str) -> None:
        if (row, column) in look.wanted:
            look.wanted[row, column] = self._value
        if look.texts is None or self._inline:
            return
        if kind == "s" and self._value and int(self._value) >= look.texts:
            self._refuse_here(f"the cell refers to the shared text {self._value} and there are {look.texts}")
        if kind == "e" and self._value not in _KNOWN_ERRORS:
            self._refuse_here(f"the cell holds the unknown error {self._value!r}")
        if kind == "n" and self._value and not _is_number(self._value):
            self._refuse_here(f"the cell is of the type of numbers and holds {self._value!r}")

    # --- Outside the cells -------------------------------------------------------------------------------------------

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

    def _check_dimension(self, attributes: dict[str, str]) -> None:
        named = attributes.get("ref", "")
        if self._look and self._look.texts is not None and not range_of(named):
            raise self.damaged(f"its used range is given as {named[:_LONGEST]!r}")


def _is_zero(size: str | None) -> bool:
    return size is not None and size.strip("0") in ("", ".") and size != ""


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
