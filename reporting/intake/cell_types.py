"""Reads a column of cells as its type: what does not fit becomes blank and is told by position and kind of fault.

A reader gets the cells of one column, from top to bottom, and tells faults by the name of their check in
`schemas/_every_sheet.yaml`. The common case (every cell as it should be) is vectorised; a loop runs only over columns
that hold something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from types import NoneType

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from reporting.intake.number_cells import read_numbers
from reporting.intake.readings import ERRORS, Cells, Kinds, Positions, Reading, dtype_of, from_arrow, strings, told
from reporting.intake.schema import TEXTUAL
from reporting.intake.text_cells import read_text

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_FIRST_DAY, _LAST_DAY = np.datetime64("1900-01-01"), np.datetime64("2199-12-31")
_LOGICAL: Mapping[object, bool | None] = {
    None: None, True: True, False: False,  # 1 and 0 equal True and False
    "true": True, "True": True, "TRUE": True, "yes": True, "Yes": True, "YES": True, "1": True,
    "false": False, "False": False, "FALSE": False, "no": False, "No": False, "NO": False, "0": False,
}  # fmt: skip


def read_cells(kind: str, cells: Cells, typed: bool) -> Reading:
    """Read the cells of a column as type `kind`.

    typed   True where the file stores numbers as numbers (a workbook): there a number stored as text is a fault
    """
    kinds = set(map(type, cells))
    if str in kinds and "" in cells:
        cells = [None if cell == "" else cell for cell in cells]
        kinds = set(map(type, cells))
    if kinds <= {NoneType}:
        return Reading(pd.Series(index=range(len(cells)), dtype=dtype_of(kind)).array, {}, {})
    if kind in TEXTUAL:
        return read_text(kind, cells, kinds)
    if kind == "boolean":
        reading = _read_booleans(cells)
    elif kind == "date":
        reading = _read_dates(cells, kinds)
    else:
        reading = read_numbers(kind, cells, kinds, typed)
    return _errors_apart(reading, cells) if str in kinds else reading


def _errors_apart(reading: Reading, cells: Cells) -> Reading:
    """The same faults, but that a text such as #N/A is told as the error that it stands for."""
    faults: dict[str, Positions] = {}
    errors: list[int] = []
    for fault, places in reading.faults.items():
        is_error = np.array([cells[place] in ERRORS for place in places.tolist()], dtype=bool)
        errors += places[is_error].tolist()
        faults |= told(fault, places[~is_error])
    return replace(reading, faults=faults | told("error_cell", sorted(errors)))


def _read_booleans(cells: Cells) -> Reading:
    different = {cell for cell in set(cells) if cell not in _LOGICAL}
    wrong = [position for position, cell in enumerate(cells) if cell in different] if different else []
    values = pa.array([_LOGICAL.get(cell) for cell in cells], type=pa.bool_())
    blank = values.is_null().to_numpy(zero_copy_only=False)
    true = values.fill_null(False).to_numpy(zero_copy_only=False)
    return Reading(pd.arrays.BooleanArray(true, blank), told("not_a_boolean", wrong), {})


def _read_dates(cells: Cells, kinds: Kinds) -> Reading:
    if kinds <= {date, NoneType}:
        faults: dict[str, Positions] = {}
        days = from_arrow(pa.array(cells, type=pa.date32())).astype("datetime64[s]")
    elif kinds <= {str, NoneType}:
        days, faults = _days_from_text(cells)
    else:
        days, faults = _days_from_mixed(cells)
    beyond = np.flatnonzero((days < _FIRST_DAY) | (days > _LAST_DAY))
    if beyond.size:
        faults["date_out_of_range"] = beyond
        days[beyond] = np.datetime64("NaT")
    return Reading(days, faults, {})


def _days_from_text(cells: Cells) -> tuple[npt.NDArray[np.datetime64], dict[str, Positions]]:
    labels, different = pd.factorize(strings(cells))
    found = np.array([_day(text) for text in different] + ["NaT"], dtype="datetime64[s]")  # the last one: blank
    days = found[labels]
    wrong = np.flatnonzero(np.isnat(days) & (labels >= 0))
    return days, told("not_a_date", wrong)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if re.fullmatch(_DAY, text, re.ASCII) else "NaT"
    except ValueError:  # such as 2026-02-30
        return "NaT"


def _days_from_mixed(cells: Cells) -> tuple[npt.NDArray[np.datetime64], dict[str, Positions]]:
    days = np.full(len(cells), "NaT", dtype="datetime64[s]")
    wrong: dict[str, list[int]] = {}
    for position, cell in enumerate(cells):
        if cell is None:
            continue
        if isinstance(cell, datetime) and (cell.time() != time() or cell.tzinfo is not None):
            wrong.setdefault("date_with_time", []).append(position)
            continue
        day = cell.strftime("%Y-%m-%d") if isinstance(cell, date) else _day(cell) if isinstance(cell, str) else "NaT"
        days[position] = np.datetime64(day)
        if day == "NaT":
            wrong.setdefault("not_a_date", []).append(position)
    return days, {fault: np.array(places, dtype=np.int64) for fault, places in wrong.items()}
