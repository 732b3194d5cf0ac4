"""What the references of an expression stand for: cells, selections that are added up, factors and rates."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping

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
    found = find(RATES if reference.kind == "rate" else reference.name, names)
    match reference.kind:
        case "total":
            return _totals(reference, found, names) if reference.by else _total(reference, found)
        case "count":
            return float(np.count_nonzero(~np.isnan(_amounts(reference.name, found))))
        case "lookup":
            return _looked_up(reference.name, found, find(KEY, names))
        case "stated":
            column = as_numbers(reference.name, found)
            return column if isinstance(column, float) else np.where(np.isnan(column), 0.0, column)
        case "rate":
            return _rates(found, find(reference.name, names))
        case "days":
            return _days(reference.name, found, find(REFERENCE_DATE, names))
        case _:
            return as_numbers(reference.name, found)


def find(name: str, names: Names) -> object:
    """What a name or dotted name stands for. ExpressionError, with the nearest name, where there is none."""
    if name in names:
        return names[name]
    head, _, column = name.partition(".")
    whole = names.get(head)
    if column and isinstance(whole, Mapping | pd.DataFrame) and column in whole:
        return whole[column]
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


def _total(reference: Reference, found: object) -> float:
    amounts = _amounts(reference.name, found)
    return _sum(reference.name, amounts[~np.isnan(amounts)].tolist())


def _totals(reference: Reference, found: object, names: Names) -> Numbers:
    """For each key the sum over the rows that carry it; 0 for a key that no row carries."""
    amounts = _amounts(reference.name, found)
    column = find(f"{reference.name.partition('.')[0]}.{reference.by}", names)
    parts: dict[object, list[float]] = {}
    for key, amount in zip(objects(column), amounts.tolist(), strict=True):
        if not math.isnan(amount):
            parts.setdefault(key, []).append(amount)
    sums = {key: _sum(reference.name, values) for key, values in parts.items()}
    keys = find(KEY, names)
    if isinstance(keys, str):
        return sums.get(keys, 0.0)
    return np.array([sums.get(key, 0.0) for key in objects(keys)], dtype=np.float64)


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
    single = isinstance(keys, str)
    values = []
    for key in [keys] if single else objects(keys):
        if key not in mapping:
            raise ExpressionError(f"{name} has no value for {key!r}")
        values.append(as_numbers(f"{name}[{key!r}]", mapping[key]))
    return values[0] if single else np.array(values, dtype=np.float64)


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


def flag_of(name: str, names: Names) -> bool | Array:
    """A boolean, or 1 and 0 for a column; None, which is a blank, does not hold."""
    value = find(name, names)
    if value is None or value is pd.NA:
        return False
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, pd.Series | np.ndarray) and pd.api.types.is_bool_dtype(value):
        return np.asarray(pd.Series(value).astype("boolean").fillna(False), dtype=np.float64)
    raise ExpressionError(f"{name} is not a boolean")


def objects(column: object) -> npt.NDArray[np.object_]:
    """A column of texts, None for blank."""
    values = pd.Series(column)
    return values.astype(object).where(values.notna(), None).to_numpy(dtype=object)
