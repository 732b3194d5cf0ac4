"""What passes between reading and checking: sheets as stored, then tables whose every value knows its cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.figures import Role, Source
from reporting.origin import Cells, Runs, runs


@dataclass(frozen=True)
class RawSheet:
    """One sheet as stored, nothing converted.

    rows           cell values: str, float, int, bool, date, datetime, time, Decimal, or None for an empty cell
    first_row      row number (from 1) of rows[0]
    first_column   column position (from 0, so A is 0) of rows[i][0]
    faults         (row number, column position) -> what the cell holds instead of a value: "#N/A", "#DIV/0!", or
                   "formula without a stored value"; the value in `rows` is None there
    errors_seen    False where the format cannot tell an error cell from an empty one
    hidden_rows    runs of hidden (or filtered) row numbers
    """

    file: str
    sheet: str
    rows: list[list[object]]
    first_row: int = 1
    first_column: int = 0
    faults: Mapping[tuple[int, int], str] = field(default_factory=dict)
    errors_seen: bool = True
    visible: bool = True
    hidden_rows: Runs = ()
    hidden_columns: tuple[int, ...] = ()


@dataclass(frozen=True)
class InputFile:
    """One file of a submission, as it was on disk when it was read."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class RawSubmission:
    """A workbook, or a folder of CSV or Parquet files, as stored. Sheets are in the order of the file."""

    name: str
    files: tuple[InputFile, ...]
    sheets: tuple[RawSheet, ...]


@dataclass(frozen=True, eq=False)
class Table:
    """A checked sheet.

    frame     one column a schema column (all of them, optional ones that the sheet lacks included, then empty);
              the index is the row number in the file. Blank is NaN, NaT or <NA>, never zero or an empty text.
    letters   schema column -> letters in the file; a column that the sheet does not have is missing here
    counts    "read", "blank", "accepted" (rows without an error) and "rejected"; read = accepted + rejected
    money     columns of type money, in the unit of the entity as stored
    """

    name: str
    file: str
    sheet: str
    frame: pd.DataFrame
    letters: Mapping[str, str]
    counts: Mapping[str, int]
    money: tuple[str, ...] = ()

    def cells(self, column: str, rows: npt.NDArray[np.int64] | None = None) -> Cells:
        """The cells of a column, in all rows or in those with the given row numbers."""
        numbers = self.frame.index.to_numpy() if rows is None else rows
        return Cells(self.file, self.sheet, self.letters.get(column, ""), runs(numbers), column)

    def source(
        self,
        column: str,
        rows: npt.NDArray[np.int64] | None = None,
        role: Role = "value",
        note: str = "",
        keys: npt.NDArray[np.object_] | None = None,
    ) -> Source:
        """The same cells as a source of a figure, kept as row numbers."""
        numbers = self.frame.index.to_numpy(dtype=np.int64) if rows is None else rows
        where = Cells(self.file, self.sheet, self.letters.get(column, ""), (), column)
        return Source(where, np.array(numbers, dtype=np.int64), role, note, keys)
