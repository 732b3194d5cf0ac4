"""What an expression comes to: floats, or whole columns at once.

The rules are those of a spreadsheet, so that its formula says the same: in `and` and `or` every part is computed, in
`a if condition else b` only the branch that is taken; what is not a number spoils everything made from it.
"""

from __future__ import annotations

import difflib
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.expressions.errors import ExpressionError
from reporting.expressions.nodes import (
    Arithmetic,
    Choice,
    Comparison,
    Function,
    Logic,
    Negative,
    Node,
    Not,
    Number,
    Reference,
    Referring,
    Text,
    written,
)

KEY = "key"  # name under which `evaluate` finds the key, or the keys (n,), of the rows of a table
RATES = "rate()"  # name under which it finds a mapping: currency -> units of the reporting currency for one unit of it

Names = Mapping[str, object]
Array = npt.NDArray[np.float64]
Numbers = float | Array


def value_of(node: Node, names: Names) -> Numbers:
    """The number or column of numbers of a node; see `Expression.evaluate`."""
    match node:
        case Number(value):
            return value
        case Referring(reference):
            return _referred(reference, names)
        case Negative(of):
            return -value_of(of, names)
        case Arithmetic(sign, left, right):
            return _finite(node, _computed(node, sign, value_of(left, names), value_of(right, names)))
        case Choice(condition, then, other):
            return _chosen(_truth(condition, names), then, other, names)
        case Function(name, of):
            return _finite(node, _applied(node, name, [value_of(item, names) for item in of]))
        case _:
            raise ExpressionError(f"`{written(node)}` is a condition, not a number")


_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _computed(node: Node, sign: str, left: Numbers, right: Numbers) -> Numbers:
    with np.errstate(all="ignore"):
        try:
            result: Numbers = _OPERATIONS[sign](left, right)
        except ZeroDivisionError:
            raise ExpressionError(f"division by zero in `{written(node)}`") from None
    return result


def _applied(node: Node, name: str, of: list[Numbers]) -> Numbers:
    if all(isinstance(value, float) for value in of):
        try:
            return _SINGLE[name](*of)
        except (ValueError, OverflowError):
            raise ExpressionError(f"`{written(node)}` is not a number") from None
    with np.errstate(all="ignore"):
        columns = np.broadcast_arrays(*of)
        return np.asarray(_WHOLE[name](*columns), dtype=np.float64)


def _phi(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


_SINGLE: Mapping[str, Callable[..., float]] = {
    "min": lambda *of: min(of),
    "max": lambda *of: max(of),
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "norm_cdf": _phi,
}
_WHOLE: Mapping[str, Callable[..., Any]] = {
    "min": lambda *of: np.minimum.reduce(of),
    "max": lambda *of: np.maximum.reduce(of),
    "abs": np.abs,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "norm_cdf": lambda x: [_phi(one) for one in x.tolist()],
}


def _finite(node: Node, value: Numbers) -> Numbers:
    """A single value that is not finite is an error, in a column it becomes NaN: infinity is no result."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ExpressionError(f"`{written(node)}` is not a finite number")
        return value
    return np.where(np.isfinite(value), value, np.nan)


def _chosen(truth: bool | Array, then: Node, other: Node, names: Names) -> Numbers:
    if isinstance(truth, bool):
        return value_of(then if truth else other, names)
    chosen = np.where(truth == 1.0, value_of(then, names), value_of(other, names))
    return np.where(np.isnan(truth), np.nan, chosen)


def _truth(node: Node, names: Names) -> bool | Array:
    """A condition: for columns 1 where it holds, 0 where not, NaN where a part of it is not a number."""
    match node:
        case Comparison(sign, Referring(Reference("text")) | Text() as left, right):
            return _same_text(sign, _text(left, names), _text(right, names))
        case Comparison(sign, left, right):
            return _compared(sign, value_of(left, names), value_of(right, names))
        case Not(of):
            truth = _truth(of, names)
            return not truth if isinstance(truth, bool) else 1.0 - truth
        case Logic(word, of):
            return _joined(word, [_truth(item, names) for item in of])
        case Referring(reference):
            return _flag(reference.name, find(reference.name, names))
        case _:
            raise ExpressionError(f"`{written(node)}` is a number, not a condition")


def _compared(sign: str, left: Numbers, right: Numbers) -> bool | Array:
    truth = _COMPARES[sign](left, right)
    if isinstance(left, float) and isinstance(right, float):
        return bool(truth)
    return np.where(np.isnan(left) | np.isnan(right), np.nan, truth)


_COMPARES: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _joined(word: str, truths: list[bool | Array]) -> bool | Array:
    if all(isinstance(truth, bool) for truth in truths):
        return all(truths) if word == "and" else any(truths)
    columns = np.broadcast_arrays(*(np.asarray(truth, dtype=np.float64) for truth in truths))
    least_or_most = np.minimum if word == "and" else np.maximum
    return np.asarray(least_or_most.reduce(columns))


def _text(node: Node, names: Names) -> object:
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Referring):
        return find(node.reference.name, names)
    raise ExpressionError(f"`{written(node)}` is not a text")


def _same_text(sign: str, left: object, right: object) -> bool | Array:
    """Letter by letter. A blank text equals no text."""
    if isinstance(left, str | None) and isinstance(right, str | None):
        return (left == right) is (sign == "==")
    column, text = (right, left) if isinstance(left, str) else (left, right)
    same = _objects(column) == text
    return np.asarray(same if sign == "==" else ~same, dtype=np.float64)


def _objects(column: object) -> npt.NDArray[np.object_]:
    values = pd.Series(column)
    return values.astype(object).where(values.notna(), None).to_numpy(dtype=object)


def _flag(name: str, value: object) -> bool | Array:
    """A boolean; None, which is a blank, does not hold."""
    if value is None or value is pd.NA:
        return False
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, pd.Series | np.ndarray) and pd.api.types.is_bool_dtype(value):
        return np.asarray(pd.Series(value).astype("boolean").fillna(False), dtype=np.float64)
    raise ExpressionError(f"{name} is not a boolean")


def _referred(reference: Reference, names: Names) -> Numbers:
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
    for key, amount in zip(_objects(column), amounts.tolist(), strict=True):
        if not math.isnan(amount):
            parts.setdefault(key, []).append(amount)
    sums = {key: _sum(reference.name, values) for key, values in parts.items()}
    keys = find(KEY, names)
    if isinstance(keys, str):
        return sums.get(keys, 0.0)
    return np.array([sums.get(key, 0.0) for key in _objects(keys)], dtype=np.float64)


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
    for key in [keys] if single else _objects(keys):
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
    column = pd.Series(_objects(currencies), dtype=object).map(dict(rates))
    return column.to_numpy(dtype=np.float64, na_value=np.nan)
