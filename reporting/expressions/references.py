"""What the references of an expression stand for: cells, selections that are added up, factors and rates."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.expressions.errors import ExpressionError
from reporting.expressions.nodes import REFERENCE_DATE, Reference

KEY = "key"  # name under which `evaluate` finds the key, or the keys (n,), of the rows of a table
RATES = "rate()"  # name under which it finds a mapping: currency -> units of the reporting currency for one unit of it

Names = Mapping[str, object]
Array = npt.NDArray[np.float64]
Numbers = float | Array


def number_of(reference: Reference, names: Names) -> Numbers:
    """The number, or column of numbers, that a reference stands for; see `Expression.evaluate`."""
    found = find(RATES, names) if reference.kind == "rate" else cells_of(reference, names)
    match reference.kind:
        case "total" | "largest":
            return _totals(reference, found, names) if reference.by else _total(reference, found, names)
        case "count":
            return float(np.count_nonzero(~np.isnan(_amounts(reference.name, found))))
        case "lookup" if isinstance(found, Mapping):
            return _looked_up(reference.name, found, _own(reference.at[0], names))
        case "entry":
            return _looked_up(reference.name, found, reference.at[0])
        case "stated":
            column = as_numbers(reference.name, found)
            return column if isinstance(column, float) else np.where(np.isnan(column), 0.0, column)
        case "rate":
            return _rates(found, find(reference.name, names))
        case "days":
            return _days(reference.name, found, find(REFERENCE_DATE, names))
        case _:
            return as_numbers(reference.name, found)


def cells_of(reference: Reference, names: Names) -> object:
    """What a name stands for; with columns in brackets the cells of the rows that have what the own rows have there."""
    if not reference.at or reference.kind == "entry":
        return find(reference.name, names)
    head, _, column = reference.name.partition(".")
    frame = names.get(head)
    if column and head in names and frame is None:
        return _nothing(reference, names)
    if not isinstance(frame, pd.DataFrame):
        return find(reference.name, names)
    whole = _of_frame(frame, column)
    pairs = [both(place) for place in reference.at]
    theirs = zip(*(objects(_of_frame(frame, name)) for name, _ in pairs), strict=True)
    place = {key: row for row, key in enumerate(theirs)}
    rows = [place.get(key) for key in zip(*(objects(_own(name, names)) for _, name in pairs), strict=True)]
    cells = objects(whole)
    values = [None if row is None else cells[row] for row in rows]
    if pd.api.types.is_numeric_dtype(whole) and not pd.api.types.is_bool_dtype(whole):
        return np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    return pd.Series(values)


def _nothing(reference: Reference, names: Names) -> object:
    """Blank cells for all own rows, where the other sheet is not in the submission."""
    rows = len(objects(_own(both(reference.at[0])[1], names)))
    texts = reference.kind in ("text", "flag", "given")
    return pd.Series([None] * rows, dtype=object) if texts else np.full(rows, np.nan)


def both(place: str) -> tuple[str, str]:
    """Of what stands in brackets the column there and the own one."""
    theirs, _, own = place.partition(": ")
    return theirs, own or theirs


def _of_frame(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """A column, or the index that goes by the name."""
    if name not in frame and frame.index.name != name:
        raise ExpressionError(f"there is no column {name} among {', '.join(map(str, frame.columns))}")
    return frame[name] if name in frame else frame.index.to_series()


def _own(name: str, names: Names) -> object:
    """A column of the table in whose rows the expression stands, or their keys."""
    return names[name] if name in names else find(KEY, names)


def given(cells: object) -> bool | Array:
    """Whether a cell holds anything; for a column 1 and 0."""
    if isinstance(cells, pd.Series | np.ndarray):
        return np.asarray(pd.Series(cells).notna(), dtype=np.float64)
    return not pd.isna(cells)  # type: ignore[call-overload]  # one cell


def find(name: str, names: Names) -> object:
    """What a name or dotted name stands for. ExpressionError, with the nearest name, where there is none."""
    if name in names:
        return names[name]
    head, _, column = name.partition(".")
    whole = names.get(head)
    if column and isinstance(whole, Mapping | pd.DataFrame) and column in whole:
        return whole[column]
    if column and head in names and whole is None:
        return None
    known = [f"{head}.{inner}" for inner in whole] if column and isinstance(whole, Mapping | pd.DataFrame) else names
    near = difflib.get_close_matches(name, [str(one) for one in known], 1)
    raise ExpressionError(f"unknown name {name}" + (f", did you mean {near[0]}?" if near else ""))


def as_numbers(name: str, value: object) -> Numbers:
    """A float, or a column with NaN for blank. ExpressionError for text, booleans, None and what is not finite."""
    if isinstance(value, pd.Series | np.ndarray):
        if pd.api.types.is_bool_dtype(value) or not pd.api.types.is_numeric_dtype(value):
            raise ExpressionError(f"{name} is not a column of numbers")
        return pd.Series(value).to_numpy(dtype=np.float64, na_value=np.nan)
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        raise ExpressionError(f"{name} is not a number but {type(value).__name__}")
    if not math.isfinite(value):
        raise ExpressionError(f"{name} is not a finite number")
    return float(value)


def _amounts(name: str, value: object) -> Array:
    """The cells that a total adds up or a count counts."""
    if value is None:
        return np.empty(0)
    if isinstance(value, pd.DataFrame):
        raise ExpressionError(f"{name} has several columns; name one, as in {name}.{value.columns[0]}")
    return np.atleast_1d(as_numbers(name, value))


def _total(reference: Reference, found: object, names: Names) -> float:
    amounts = _amounts(reference.name, found)
    return _sum(reference.name, amounts[~np.isnan(amounts) & _wanted(reference, len(amounts), names)].tolist())


def _totals(reference: Reference, found: object, names: Names) -> Numbers:
    """For each key the sum over the rows that carry it, or the largest; 0 for a key that no row carries."""
    amounts = _amounts(reference.name, found)
    head = reference.name.partition(".")[0]
    frame = names.get(head)
    column = (
        _of_frame(frame, reference.by) if isinstance(frame, pd.DataFrame) else find(f"{head}.{reference.by}", names)
    )
    counted = ~np.isnan(amounts) & _wanted(reference, len(amounts), names)
    parts: dict[object, list[float]] = {}
    for key, amount, counts in zip(objects(column), amounts.tolist(), counted, strict=True):
        if counts:
            parts.setdefault(key, []).append(amount)
    if reference.kind == "largest":
        sums = {key: max(0.0, *values) for key, values in parts.items()}
    else:
        sums = {key: _sum(reference.name, values) for key, values in parts.items()}
    keys = _own(reference.by, names)
    if isinstance(keys, str):
        return sums.get(keys, 0.0)
    return np.array([sums.get(key, 0.0) for key in objects(keys)], dtype=np.float64)


def _wanted(reference: Reference, rows: int, names: Names) -> npt.NDArray[np.bool_]:
    """(rows,) the rows that have the constants that a total asks for."""
    found = np.ones(rows, dtype=np.bool_)
    for column, value in reference.where:
        cells = objects(find(f"{reference.name.partition('.')[0]}.{column}", names))
        found &= np.array([cell == value for cell in cells], dtype=np.bool_)
    return found


def _sum(name: str, amounts: list[float]) -> float:
    try:
        total = math.fsum(amounts)
    except (OverflowError, ValueError):
        total = math.inf
    if not math.isfinite(total):
        raise ExpressionError(f"total({name}) is not a finite number")
    return total


def _looked_up(name: str, mapping: object, keys: object) -> Numbers:
    if not isinstance(mapping, Mapping):
        raise ExpressionError(f"{name} is not a mapping, {name}[key] has no meaning")
    if isinstance(keys, str):
        if keys not in mapping:
            raise ExpressionError(f"{name} has no value for {keys!r}")
        return as_numbers(f"{name}[{keys!r}]", mapping[keys])
    return np.array([mapping.get(key, math.nan) for key in objects(keys)], dtype=np.float64)


def _rates(rates: object, currencies: object) -> Numbers:
    """The rate of each currency; NaN where the currency is blank or has no rate."""
    if not isinstance(rates, Mapping):
        raise ExpressionError(f"{RATES} must be a mapping from currency to rate")
    if isinstance(currencies, str):
        return as_numbers(f"rate of {currencies}", rates.get(currencies))
    column = pd.Series(objects(currencies), dtype=object).map(dict(rates))
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _days(name: str, dates: object, since: object) -> Numbers:
    """Calendar days from `since` to each date; NaN where there is none."""
    if not isinstance(dates, pd.Series) or not pd.api.types.is_datetime64_any_dtype(dates):
        raise ExpressionError(f"{name} is not a column of dates")
    days = (dates - pd.Timestamp(str(since))) / pd.Timedelta(days=1)
    return np.asarray(days, dtype=np.float64)


def flag_of(name: str, value: object) -> bool | Array:
    """A boolean, or 1 and 0 for a column; None, which is a blank, does not hold."""
    if value is None or value is pd.NA:
        return False
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, pd.Series) and value.dtype == object and value.isin([True, False, None]).all():
        value = value.astype("boolean")
    if isinstance(value, pd.Series | np.ndarray) and pd.api.types.is_bool_dtype(value):
        return np.asarray(pd.Series(value).astype("boolean").fillna(False), dtype=np.float64)
    raise ExpressionError(f"{name} is not a boolean")


def objects(column: object) -> npt.NDArray[np.object_]:
    """A column of texts, None for blank."""
    values = pd.Series(column)
    return values.astype(object).where(values.notna(), None).to_numpy(dtype=object)
