"""Many rows of a sheet at once, column by column.

Cell by cell XlsxWriter takes ten times as long, and the rows of the input are nearly all that a workbook holds. They
are put into the file as text, in the form in which the library itself writes them: a test compares the two by bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from xlsxwriter.worksheet import Worksheet

from reporting.origin import letters

_AT_ONCE = 1_000  # rows that are held in memory as text
_WITH_CARE = re.compile(r"[&<>\x00-\x1f\ufffe\uffff]|_x[0-9a-fA-F]{4}_|\s\||\|\s")  # between two texts stands |

_ERRORS = frozenset(("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"))

Kind = Literal["text", "number", "boolean", "formula"]


@dataclass(frozen=True)
class Column:
    """Cells below each other.

    place    counted from 0
    values   one a row: texts that have passed `visible`, finite numbers, truth values, or what a formula comes to;
             None leaves the cell out
    form     the format of all cells
    formula  for a formula: its text without `=`, split where the number of the row stands
    """

    place: int
    kind: Kind
    values: Sequence[Any]
    form: Any
    formula: Sequence[str] = ()


def digits(number: float) -> str:
    """The shortest text that is this number; XlsxWriter's 16 digits do not tell every number from its neighbours."""
    return repr(float(number)).removesuffix(".0")


class ColumnSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A sheet of a workbook in constant memory that can be written by columns."""

    def write_columns(self, first: int, columns: Sequence[Column], rows: int) -> None:
        """Write `rows` rows from `first` (counted from 0) on. They are finished then, like all rows above.

        Two columns may share a place if no row has a value in both. ValueError for NaN and infinity, and for rows that
        lie beyond the sheet or above what has been written.
        """
        if not rows or not columns:
            return
        ordered = sorted(columns, key=lambda column: column.place)
        corners = ((first, ordered[0].place), (first + rows - 1, ordered[-1].place))
        if any(self._check_dimensions(*corner) for corner in corners):
            raise ValueError(f"rows {first + 1} to {first + rows} cannot be written")
        self._write_single_row(first + rows)
        for begin in range(0, rows, _AT_ONCE):
            numbers = range(first + begin + 1, first + min(begin + _AT_ONCE, rows) + 1)
            cells = [self._cells(column, column.values[begin : begin + _AT_ONCE], numbers) for column in ordered]
            joined = zip(numbers, map("".join, zip(*cells, strict=True)), strict=True)
            self.fh.write("".join([f'<row r="{number}">{row}</row>' for number, row in joined if row]))

    def _cells(self, column: Column, values: Sequence[Any], numbers: range) -> list[str]:
        """The cells of a column in some rows as XML; "" for a blank."""
        opening = f'<c r="{letters(column.place)}'
        style = f'" s="{column.form._get_xf_index()}"'  # noqa: SLF001 - the library's own cells ask for it so
        contents = self._contents(column, values, numbers)
        return [
            "" if content is None else f"{opening}{number}{style}{content}</c>"
            for number, content in zip(numbers, contents, strict=True)
        ]

    def _contents(self, column: Column, values: Sequence[Any], numbers: range) -> list[str | None]:
        if column.kind == "formula":
            return _formulas(column.formula, values, numbers)
        if column.kind == "number":
            return _numbers(values)
        if column.kind == "boolean":
            return [None if value is None else f' t="b"><v>{int(value)}</v>' for value in values]
        return self._texts(values)

    def _texts(self, values: Sequence[str | None]) -> list[str | None]:
        joined = "|".join(filter(None, values))
        plain = not _WITH_CARE.search(f"|{joined}|")
        return [
            None if text is None else f' t="inlineStr"><is>{f"<t>{text}</t>" if plain else self._text(text)}</is>'
            for text in values
        ]

    def _text(self, text: str) -> str:
        preserve = ' xml:space="preserve"' if text != text.strip() else ""
        return f"<t{preserve}>{_escaped(self._escape_control_characters(text))}</t>"


def _numbers(values: Sequence[float | None]) -> list[str | None]:
    if not all(map(math.isfinite, filter(None, values))):
        raise ValueError("NaN and infinity are no numbers of a workbook")
    return [None if value is None else f"><v>{digits(value)}</v>" for value in values]


def _formulas(formula: Sequence[str], values: Sequence[Any], numbers: range) -> list[str | None]:
    parts = [_escaped(part) for part in formula]
    return [
        f"{_text_type(value)}><f>{str(number).join(parts)}</f><v>{_escaped(value)}</v>"
        if isinstance(value, str)
        else f"><f>{str(number).join(parts)}</f><v>{value}</v>"
        for number, value in zip(numbers, values, strict=True)
    ]


def _text_type(value: str) -> str:
    """Errors are told from texts; one that is empty has no type, as XlsxWriter has it."""
    return ' t="e"' if value in _ERRORS else ' t="str"' if value else ""


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
