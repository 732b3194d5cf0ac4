"""What an expression comes to: floats, or whole columns at once.

The rules are those of a spreadsheet, so that its formula says the same: in `and` and `or` every part is computed, in
`a if condition else b` only the branch that is taken; what is not a number spoils everything made from it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from reporting.expressions.errors import ExpressionError
from reporting.expressions.nodes import (
    COMPUTED,
    Arithmetic,
    Blank,
    Choice,
    Comparison,
    Computed,
    Function,
    Logic,
    Negative,
    Node,
    Not,
    NotAvailable,
    Number,
    Reference,
    Referring,
    Same,
    Text,
    written,
)
from reporting.expressions.references import (
    Array,
    Names,
    Numbers,
    as_numbers,
    cells_of,
    find,
    flag_of,
    given,
    number_of,
    objects,
)


def value_of(node: Node, names: Names) -> Numbers:
    """The number or column of numbers of a node; see `Expression.evaluate`."""
    match node:
        case Number(value):
            return value
        case NotAvailable():
            raise ExpressionError("not available")
        case Blank():
            raise ExpressionError("blank")
        case Computed():
            return as_numbers(COMPUTED, find(COMPUTED, names))
        case Referring(reference):
            return number_of(reference, names)
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


def _first(columns: Sequence[Array]) -> Array:
    """Row by row the first that is a number."""
    found = columns[-1]
    for column in reversed(columns[:-1]):
        found = np.where(np.isnan(column), found, column)
    return found


_SINGLE: Mapping[str, Callable[..., float]] = {
    "min": lambda *of: min(of),
    "max": lambda *of: max(of),
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "ln": math.log,
    "norm_cdf": _phi,
    "first": lambda *of: of[0],
}
_WHOLE: Mapping[str, Callable[..., Any]] = {
    "min": lambda *of: np.minimum.reduce(of),
    "max": lambda *of: np.maximum.reduce(of),
    "abs": np.abs,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "ln": np.log,
    "norm_cdf": lambda x: [_phi(one) for one in x.tolist()],
    "first": lambda *of: _first(of),
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
    chosen = np.where(truth == 1.0, _in_a_column(then, names), _in_a_column(other, names))
    return np.where(np.isnan(truth), np.nan, chosen)


def _in_a_column(branch: Node, names: Names) -> Numbers:
    return math.nan if isinstance(branch, NotAvailable | Blank) else value_of(branch, names)


def _truth(node: Node, names: Names) -> bool | Array:
    """A condition: for columns 1 where it holds, 0 where not, NaN where a part of it is not a number."""
    match node:
        case Comparison(sign, Referring(Reference("text")) | Text() as left, right):
            return _same_text(sign, _text(left, names), _text(right, names))
        case Comparison(sign, left, right):
            return _compared(sign, value_of(left, names), value_of(right, names))
        case Same(left, right):
            return _same_cells(_text(left, names), _text(right, names))
        case Not(of):
            truth = _truth(of, names)
            return not truth if isinstance(truth, bool) else 1.0 - truth
        case Logic(word, of):
            return _joined(word, [_truth(item, names) for item in of])
        case Referring(reference) if reference.kind == "given":
            return given(cells_of(reference, names))
        case Referring(reference):
            return flag_of(reference.name, cells_of(reference, names))
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
        return cells_of(node.reference, names)
    raise ExpressionError(f"`{written(node)}` is not a text")


def _same_text(sign: str, left: object, right: object) -> bool | Array:
    """Letter by letter. A blank text equals no text."""
    if isinstance(left, str | None) and isinstance(right, str | None):
        return (left == right) is (sign == "==")
    column, text = (right, left) if isinstance(left, str) else (left, right)
    same = objects(column) == text
    return np.asarray(same if sign == "==" else ~same, dtype=np.float64)


def _same_cells(left: object, right: object) -> bool | Array:
    """Cell by cell: the same number, text or truth value, or both blank."""
    if not (_is_column(left) or _is_column(right)):
        return bool(left == right)
    one, other = (objects(side) if _is_column(side) else np.array([side], dtype=object) for side in (left, right))
    one, other = np.broadcast_arrays(one, other)
    return np.array([a == b for a, b in zip(one, other, strict=True)], dtype=np.float64)


def _is_column(side: object) -> bool:
    return isinstance(side, pd.Series | np.ndarray)
