"""Reads the cells of a column as numbers."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from types import NoneType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from reporting.intake.readings import Cells, Kinds, Positions, Reading, from_arrow, strings
from reporting.intake.schema import standard_rules

# A number in a text file: ASCII digits, a point, no grouping. A power of ten is taken except for money: programs that
# write 1.23E+12 have rounded the amount to what was on the screen.
_PLAIN = r"-?[0-9]+(\.[0-9]+)?"
_POWER = r"([eE][+-]?[0-9]{1,3})?"


def read_numbers(kind: str, cells: Cells, kinds: Kinds, typed: bool) -> Reading:
    """Read cells, whose types are `kinds`, as the numbers of a column of type `kind`. `typed` as for `read_cells`."""
    text = _PLAIN if kind == "money" else _PLAIN + _POWER
    faults: dict[str, Positions] = {}
    if kinds <= {float, int, NoneType}:
        numbers = _as_floats(cells)
    elif kinds <= {str, NoneType} and not typed:
        numbers, faults = _from_text(cells, text)
    else:
        numbers, faults = _from_mixed(cells, text, typed)
    _set_aside(numbers, cells, kind, faults)
    return Reading(numbers, faults, {})


def _as_floats(cells: Cells) -> npt.NDArray[np.float64]:
    try:
        return from_arrow(pa.array(cells, type=pa.float64()))
    except (pa.ArrowInvalid, OverflowError):  # a whole number of more digits than a float64 keeps
        return np.array([_float(cell) for cell in cells], dtype=np.float64)


def _float(cell: Any) -> float:
    try:
        return float("nan") if cell is None else float(cell)
    except OverflowError:
        return float("inf")


def _from_text(cells: Cells, form: str) -> tuple[npt.NDArray[np.float64], dict[str, Positions]]:
    text = pd.Series(strings(cells))
    fits = text.str.fullmatch(form).fillna(False).to_numpy(dtype=bool)
    numbers = np.full(len(text), np.nan)
    numbers[fits] = from_arrow(pc.cast(pa.array(text[fits]), pa.float64()))
    wrong = np.flatnonzero(~fits & text.notna().to_numpy())
    return numbers, ({"not_a_number": wrong} if wrong.size else {})


def _from_mixed(cells: Cells, form: str, typed: bool) -> tuple[npt.NDArray[np.float64], dict[str, Positions]]:
    plain = re.compile(form)
    numbers = np.full(len(cells), np.nan)
    wrong: dict[str, list[int]] = {}
    for position, cell in enumerate(cells):
        if cell is None:
            continue
        fault = _number_fault(cell, plain, typed)
        if fault:
            wrong.setdefault(fault, []).append(position)
        else:
            numbers[position] = _float(cell)
    return numbers, {fault: np.array(places, dtype=np.int64) for fault, places in wrong.items()}


def _number_fault(cell: object, plain: re.Pattern[str], typed: bool) -> str:
    if isinstance(cell, bool):
        return "boolean_for_number"
    if isinstance(cell, float | int | Decimal):
        return ""
    if isinstance(cell, date | time):
        return "date_for_number"
    if isinstance(cell, str) and plain.fullmatch(cell.strip()):
        return "number_stored_as_text" if typed else "" if plain.fullmatch(cell) else "not_a_number"
    return "not_a_number"


def _set_aside(numbers: npt.NDArray[np.float64], cells: Cells, kind: str, faults: dict[str, Positions]) -> None:
    """Blank the numbers that no amount can have, and tell them. Changes `numbers` and `faults`, which are new."""
    strange = np.isinf(numbers)
    if int(np.isnan(numbers).sum()) > cells.count(None) + sum(map(len, faults.values())):
        told = {position for places in faults.values() for position in places.tolist()}
        unknown = [i for i in np.flatnonzero(np.isnan(numbers)).tolist() if cells[i] is not None and i not in told]
        strange[unknown] = True
    limit = float(standard_rules()["too_large"].arguments[kind])
    with np.errstate(invalid="ignore"):
        found = {
            "not_finite": strange,
            "too_large": ~strange & (np.abs(numbers) > limit),
            "not_whole": ~strange & (np.abs(numbers) <= limit) & (numbers != np.floor(numbers)),
        }
    if kind != "integer":
        del found["not_whole"]
    for fault, mask in found.items():
        if mask.any():
            faults[fault] = np.flatnonzero(mask)
            numbers[mask] = np.nan
