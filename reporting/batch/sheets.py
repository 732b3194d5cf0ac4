"""The sheets of a submission as a run read them: hashed for its manifest, and read back from its own workbook."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reporting.intake.tables import Table
from reporting.origin import Cells
from reporting.portfolio import Portfolio

_PREFIX = "Inputs_"
_COMPUTED = "computed"  # in place of column letters, above a column that the run derived


@dataclass(frozen=True, eq=False)
class InputSheet:
    """The rows of one sheet.

    name      of the sheet in the schemas
    place     `northbank.xlsx!Exposures`
    columns   headings of the sheet itself -> letters of the column, "" where the file lacks it
    frame     these columns and the derived ones, indexed by the row number in the file
    """

    name: str
    place: str
    columns: Mapping[str, str]
    frame: pd.DataFrame

    def cell(self, column: str, row: int) -> str:
        """The address of a cell."""
        return f"{self.place}!{self.columns.get(column, '')}{row}"


def sheets_of_workbook(workbook: Path) -> Mapping[str, InputSheet]:
    """The sheets in the workbook that a run wrote, by name; those without rows are left out."""
    from python_calamine import CalamineWorkbook

    found = {}
    with workbook.open("rb") as file:
        book = CalamineWorkbook.from_filelike(file)
        for name in book.sheet_names:
            if name.startswith(_PREFIX):
                _, _, letters, headings, *rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                if rows:
                    sheet = _sheet(name.removeprefix(_PREFIX), letters[1:], pd.DataFrame(rows, columns=headings))
                    found[sheet.name] = sheet
    return found


def _sheet(name: str, letters: list[Any], frame: pd.DataFrame) -> InputSheet:
    place = frame["Source cell"].str.rpartition("!")
    own = {
        str(heading): str(at) if len(str(at)) <= 3 else ""
        for heading, at in zip(frame.columns[1:], letters, strict=False)
        if at != _COMPUTED
    }
    return InputSheet(name, str(place[0].iloc[0]), own, frame.set_index(place[2].astype(np.int64)))


def sheets_of_portfolio(portfolio: Portfolio) -> Mapping[str, InputSheet]:
    """The same from a submission that was read again."""
    return {
        name: InputSheet(
            name, str(Cells(table.file, table.sheet)),
            {str(c): table.letters.get(str(c), "") for c in table.frame.columns}, portfolio.frames[name],
        )
        for name, table in portfolio.tables.items()
        if len(table.frame)
    }  # fmt: skip


def sheet_digest(table: Table) -> str:
    """SHA-256 over the columns and values of a checked sheet, in the order of its rows; row numbers do not enter."""
    content = hashlib.sha256()
    for name in table.frame.columns:
        content.update(json.dumps(str(name)).encode() + b"\0" + _bytes(table.frame[name]) + b"\n")
    return content.hexdigest()


def _bytes(column: pd.Series[Any]) -> bytes:
    """Numbers by their bits, where blank is one NaN; days as text; everything else as JSON, where blank is null."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return json.dumps(np.datetime_as_string(column.to_numpy(dtype="datetime64[s]")).tolist()).encode()
    if pd.api.types.is_float_dtype(column.dtype):
        return column.to_numpy(dtype="<f8", na_value=float("nan")).tobytes()
    return json.dumps(column.astype(object).where(column.notna(), None).tolist(), default=str).encode()
