"""Reads a column of cells as its type: what does not fit becomes blank and is told by position and kind of fault.

Every function here gets the cells of one column, from top to bottom, and tells faults by the name of their check in
`schemas/_every_sheet.yaml`. The common case (every cell as it should be) is vectorised; a loop runs only over columns
that hold something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from types import NoneType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.intake.schema import TEXTUAL, standard_rules

Positions = npt.NDArray[np.int64]
Cells = Sequence[object]
Values = Any  # a pandas or numpy array (n,) of the column's dtype

# The dtype of a column's frame, by type. Text columns have pandas' own "str", in which blank is NaN.
DTYPES: Mapping[str, str] = {"boolean": "boolean", "date": "datetime64[s]", **dict.fromkeys(TEXTUAL, "str")}
NUMBER_DTYPE = "float64"

# A number in a text file: ASCII digits, a point, no grouping. A power of ten is taken except for money: programs that
# write 1.23E+12 have rounded the amount to what was on the screen.
_PLAIN = r"-?[0-9]+(\.[0-9]+)?"
_POWER = r"([eE][+-]?[0-9]{1,3})?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_FIRST_DAY, _LAST_DAY = np.datetime64("1900-01-01"), np.datetime64("2199-12-31")
_LOGICAL: Mapping[object, bool | None] = {
    None: None, True: True, False: False,  # 1 and 0 equal True and False
    "true": True, "True": True, "TRUE": True, "yes": True, "Yes": True, "YES": True, "1": True,
    "false": False, "False": False, "FALSE": False, "no": False, "No": False, "NO": False, "0": False,
}  # fmt: skip
# Free text may hold line breaks and any script, but no other control character and nothing that turns the direction
# of the text around what follows it.
_HARMFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_OTHER_ALPHABETS = re.compile("[\u0370-\u03ff\u0400-\u04ff]")
_LATIN = re.compile("[A-Za-z]")


@dataclass(frozen=True, eq=False)
class Reading:
    """A column as read.

    values    (n,) of the column's dtype; blank where the cell is blank or does not fit
    faults    name of the check -> positions of the cells that do not fit, ascending
    suspects  the same for cells that fit but deserve a warning; their value stands
    """

    values: Values
    faults: Mapping[str, Positions]
    suspects: Mapping[str, Positions]


def dtype_of(kind: str) -> str:
    """The dtype of a column of this type in a frame."""
    return DTYPES.get(kind, NUMBER_DTYPE)


def read_cells(kind: str, cells: Cells, typed: bool) -> Reading:
    """Read the cells of a column as type `kind`.

    typed   True where the file stores numbers as numbers (a workbook): there a number stored as text is a fault
    """
    if "" in cells:
        cells = [None if cell == "" else cell for cell in cells]
    if kind == "boolean":
        return _read_booleans(cells)
    if kind == "date":
        return _read_dates(cells)
    if kind in TEXTUAL:
        return _read_text(kind, cells)
    return _read_numbers(kind, cells, typed)


# --- Numbers ---------------------------------------------------------------------------------------------------------


def _read_numbers(kind: str, cells: Cells, typed: bool) -> Reading:
    kinds = set(map(type, cells))
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
        return np.array(cells, dtype=np.float64)
    except OverflowError:  # a whole number of more than 308 digits
        return np.array([_float(cell) for cell in cells], dtype=np.float64)


def _float(cell: Any) -> float:
    try:
        return float("nan") if cell is None else float(cell)
    except OverflowError:
        return float("inf")


def _from_text(cells: Cells, form: str) -> tuple[npt.NDArray[np.float64], dict[str, Positions]]:
    text = pd.Series(pd.array(cells, dtype="str"))
    fits = text.str.fullmatch(form).fillna(False).to_numpy(dtype=bool)  # type: ignore[arg-type]
    numbers = np.full(len(text), np.nan)
    numbers[fits] = text[fits].to_numpy(dtype=object).astype(np.float64)
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


# --- Booleans and dates ----------------------------------------------------------------------------------------------


def _read_booleans(cells: Cells) -> Reading:
    different = {cell for cell in set(cells) if cell not in _LOGICAL}
    wrong = [position for position, cell in enumerate(cells) if cell in different] if different else []
    values = [_LOGICAL.get(cell) for cell in cells]
    return Reading(pd.array(values, dtype="boolean"), _told("not_a_boolean", wrong), {})


def _read_dates(cells: Cells) -> Reading:
    kinds = set(map(type, cells))
    if kinds <= {date, NoneType}:
        days, faults = np.array(cells, dtype="datetime64[s]"), {}
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
    labels, different = pd.factorize(pd.array(cells, dtype="str"))
    found = np.array([_day(text) for text in different] + ["NaT"], dtype="datetime64[s]")  # the last one: blank
    days = found[labels]
    wrong = np.flatnonzero(np.isnat(days) & (labels >= 0))
    return days, _told("not_a_date", wrong)


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


# --- Text ------------------------------------------------------------------------------------------------------------


def _read_text(kind: str, cells: Cells) -> Reading:
    if set(map(type, cells)) <= {str, NoneType} and _is_clean(cells):
        return Reading(pd.array(cells, dtype="str"), {}, {})
    texts, faults = _only_text(kind, cells)
    for fault, is_wrong in _TEXT_TESTS["text" if kind == "text" else "code"]:
        if wrong := _places(texts, is_wrong):
            faults[fault] = wrong
            for position in wrong:
                texts[position] = None
    suspects = _places(texts, _mixes_alphabets) if kind == "code" else []
    told = {fault: np.array(places, dtype=np.int64) for fault, places in faults.items()}
    return Reading(pd.array(texts, dtype="str"), told, _told("mixed_alphabets", suspects))


def _is_clean(cells: Cells) -> bool:
    """True if it is plain at a glance that no text needs a closer look: one pass over the whole column."""
    joined = "|".join(filter(None, cells))  # type: ignore[arg-type]
    fenced = f"|{joined}|"
    return joined.isascii() and joined.isprintable() and "| " not in fenced and " |" not in fenced


def _only_text(kind: str, cells: Cells) -> tuple[list[str | None], dict[str, list[int]]]:
    """The cells as text. In free text a number is its digits; elsewhere it is a fault, as zeros may have been lost."""
    texts: list[str | None] = []
    faults: dict[str, list[int]] = {}
    for position, cell in enumerate(cells):
        if cell is None or isinstance(cell, str):
            texts.append(cell)
        elif kind == "text":
            texts.append(_as_text(cell))
        else:
            texts.append(None)
            faults.setdefault(_code_fault(cell), []).append(position)
    return texts, faults


def _code_fault(cell: object) -> str:
    is_number = isinstance(cell, float | int | Decimal) and not isinstance(cell, bool)
    return "number_in_code" if is_number else "code_changed"


def _as_text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _invisible(cell: str) -> bool:
    return not cell.isprintable()  # of the blanks, only the ordinary one is printable to Python


def _harmful(cell: str) -> bool:
    return bool(_HARMFUL.search(cell))


def _has_blanks_around(cell: str) -> bool:
    return cell != cell.strip()


def _is_only_blanks(cell: str) -> bool:
    return not cell.strip()


def _mixes_alphabets(cell: str) -> bool:
    return bool(_LATIN.search(cell) and _OTHER_ALPHABETS.search(cell))


_TEXT_TESTS: Mapping[str, tuple[tuple[str, Callable[[str], bool]], ...]] = {
    "code": (("invisible_characters", _invisible), ("blanks_around", _has_blanks_around)),
    "text": (("invisible_characters", _harmful), ("blanks_around", _is_only_blanks)),
}


def _places(texts: Sequence[str | None], is_wrong: Callable[[str], bool]) -> list[int]:
    """Positions of the texts that fail. Each different text is tested once."""
    wrong = {text for text in set(texts) if text is not None and is_wrong(text)}
    return [position for position, text in enumerate(texts) if text in wrong] if wrong else []


def _told(fault: str, places: Sequence[int] | Positions) -> dict[str, Positions]:
    return {fault: np.array(places, dtype=np.int64)} if len(places) else {}
