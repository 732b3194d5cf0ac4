"""Where a value came from: cells of a file, as a spreadsheet program shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

Runs = tuple[tuple[int, int], ...]

_PLAIN_SHEET_NAME = re.compile(r"[\w.-]+")
_LONGEST_NAME = 60  # letters of a sheet's name that are shown; spreadsheet programs allow 31


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of one column of one sheet, in runs of rows; prints as `northbank.xlsx!Exposures!F2:F90`.

    Whole rows print as `northbank.xlsx!Exposures!row 7`, or `rows 7:9,12`.

    file      path relative to the folder of the submission, with forward slashes
    sheet     name of the sheet as the file has it; "" for a CSV or Parquet file
    column    letters as a spreadsheet program shows them; "" for whole rows
    rows      inclusive runs of row numbers from 1, ascending; () for the whole column
    heading   name of the column in the schema
    """

    file: str
    sheet: str = ""
    column: str = ""
    rows: Runs = ()
    heading: str = ""

    def __str__(self) -> str:
        sheet = printable(self.sheet, _LONGEST_NAME)
        sheet = sheet if _PLAIN_SHEET_NAME.fullmatch(sheet) else f"'{sheet}'"
        file = printable(self.file)
        place = f"{file}!{sheet}" if self.sheet else file
        spans = ",".join(self._span(first, last) for first, last in self.rows)
        whole_rows = "" if self.column or not self.rows else "row " if len(self) == 1 else "rows "
        return f"{place}!{whole_rows}{spans or self.column}" if spans or self.column else place

    def _span(self, first: int, last: int) -> str:
        one = f"{self.column}{first}"
        return one if first == last else f"{one}:{self.column}{last}"

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.rows)

    def row_numbers(self) -> Iterator[int]:
        """Each row number, ascending."""
        for first, last in self.rows:
            yield from range(first, last + 1)

    def overlaps(self, other: Cells) -> bool:
        """True if both name a common cell. No rows means every row, no column every column."""
        if (self.file, self.sheet) != (other.file, other.sheet):
            return False
        if self.column and other.column and self.column != other.column:
            return False
        if not self.rows or not other.rows:
            return True
        return _runs_meet(self.rows, other.rows)


def _runs_meet(left: Runs, right: Runs) -> bool:
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i][1] < right[j][0]:
            i += 1
        elif right[j][1] < left[i][0]:
            j += 1
        else:
            return True
    return False


def runs(rows: Iterable[int]) -> Runs:
    """Inclusive runs of consecutive numbers: 2, 3, 4, 7 becomes ((2, 4), (7, 7)). Order and repeats do not matter."""
    numbers = np.unique(rows if isinstance(rows, np.ndarray) else np.fromiter(rows, dtype=np.int64))
    if not numbers.size:
        return ()
    breaks = np.flatnonzero(np.diff(numbers) != 1)
    first = numbers[np.concatenate(([0], breaks + 1))]
    last = numbers[np.concatenate((breaks, [numbers.size - 1]))]
    return tuple(zip(first.tolist(), last.tolist(), strict=True))


def printable(text: str, longest: int | None = None) -> str:
    """A text on one line: what cannot be printed written as an escape, and cut after `longest` letters.

    Line breaks and control characters in a name would forge lines of a list, or steer the terminal that shows it.
    """
    if longest is not None and len(text) > longest:
        text = text[: longest - 3] + "..."
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def letters(position: int) -> str:
    """Column letters of a position counted from 0: 0 is A, 25 is Z, 26 is AA."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
