"""Columns computed row by row from the columns of a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.documents import read_yaml
from reporting.expressions import RATES, Expression, ExpressionError, Reference, parse
from reporting.expressions.nodes import Function, Node, Referring, children

_ENTITY = "entity."
_BLANKS = frozenset({"value", "rate", "days"})  # kinds of references to a cell that leave nothing where it is blank


@lru_cache
def load_derived() -> Mapping[str, Mapping[str, Expression]]:
    """Sheet -> derived column -> expression over the rows of the sheet. ExpressionError names the column at fault."""
    text = Path(__file__).with_name("derived.yaml").read_text(encoding="utf-8")
    raw = read_yaml(text)
    return MappingProxyType({
        sheet: MappingProxyType({column: _parsed(sheet, column, formula) for column, formula in columns.items()})
        for sheet, columns in raw.items()
    })  # fmt: skip


def _parsed(sheet: str, column: str, text: str) -> Expression:
    try:
        return parse(text)
    except ExpressionError as error:
        raise ExpressionError(f"derived.yaml, {sheet}.{column}: {error.message}", error.text, error.column) from None


def derive(
    frame: pd.DataFrame, expressions: Mapping[str, Expression], entity: Mapping[str, object], fx: pd.DataFrame | None
) -> pd.DataFrame:
    """The sheet with its derived columns, float64, behind the others.

    entity  unit, currency and reference_date of the institution
    fx      columns currency, date, rate; None where the sheet is not there
    An expression may use a column derived before it. A row is NaN where a number it needs is blank (`stated` reads
    blank as zero, `first` takes the next), and where its currency is blank or has no rate on the reference date: never
    the last known rate. ExpressionError where a row comes to no finite number for another reason.
    """
    names: dict[str, object] = {f"{_ENTITY}{name}": value for name, value in entity.items()}
    if any(reference.kind == "rate" for e in expressions.values() for reference in e.references()):
        names[RATES] = rates(entity, fx)
    columns: dict[str, pd.Series[Any]] = {str(name): frame[name] for name in frame.columns}
    for column, expression in expressions.items():
        values = _column(column, expression, names, columns, len(frame))
        columns[column] = pd.Series(values, index=frame.index, dtype=np.float64)
    return frame.assign(**{column: columns[column] for column in expressions})


def _column(
    column: str, expression: Expression, names: Mapping[str, object], columns: Mapping[str, pd.Series[Any]], rows: int
) -> npt.NDArray[np.float64]:
    try:
        values = np.broadcast_to(np.asarray(expression.evaluate({**columns, **names}), dtype=np.float64), rows).copy()
    except ExpressionError as error:
        raise ExpressionError(f"derived column {column}: {error.message}", str(expression)) from None
    blank, without_rate = blank_rows(expression.node, columns, rows), np.zeros(rows, dtype=bool)
    for reference in needed(expression):
        if reference.kind == "rate":
            without_rate |= ~columns[reference.name].isin(_currencies(names)).to_numpy(dtype=bool)
    values[blank] = np.nan
    faulty = np.flatnonzero(np.isnan(values) & ~blank & ~without_rate)
    if faulty.size:
        raise ExpressionError(f"derived column {column}: row {faulty[0]} has no finite value", str(expression))
    return values


def _currencies(names: Mapping[str, object]) -> list[str]:
    known = names[RATES]
    return list(known) if isinstance(known, Mapping) else []


def blank_rows(node: Node, columns: Mapping[str, pd.Series[Any]] | pd.DataFrame, rows: int) -> npt.NDArray[np.bool_]:
    """(rows,) True where a cell that the expression needs is blank; of `first`, where all its alternatives are."""
    if isinstance(node, Referring):
        of_a_cell = node.reference.kind in _BLANKS and not node.reference.name.startswith(_ENTITY)
        return columns[node.reference.name].isna().to_numpy(dtype=bool) if of_a_cell else np.zeros(rows, dtype=bool)
    below = [blank_rows(child, columns, rows) for child in children(node)]
    if not below:
        return np.zeros(rows, dtype=bool)
    is_first = isinstance(node, Function) and node.name == "first"
    return np.asarray((np.logical_and if is_first else np.logical_or).reduce(below))


def needed(expression: Expression) -> tuple[Reference, ...]:
    """The columns of the sheet whose blank makes the derived cell blank whatever the others hold."""
    found = (
        reference
        for reference in _needed(expression.node)
        if reference.kind in _BLANKS and not reference.name.startswith(_ENTITY)
    )
    return tuple(dict.fromkeys(found))


def _needed(node: Node) -> Iterator[Reference]:
    if isinstance(node, Referring):
        yield node.reference
    elif not (isinstance(node, Function) and node.name == "first"):
        for child in children(node):
            yield from _needed(child)


def currency_column(sheet: str, column: str) -> str:
    """The column of a sheet that says in which currency the amounts of `column` are: the one it is converted by."""
    for expression in load_derived().get(sheet, {}).values():
        found = expression.references()
        if any(reference.name == column for reference in found if reference.kind != "rate"):
            return next((reference.name for reference in found if reference.kind == "rate"), "currency")
    return "currency"


def rates(entity: Mapping[str, object], fx: pd.DataFrame | None) -> Mapping[str, float]:
    """Currency -> units of the reporting currency for one unit of it, on the reference date; the former itself is 1."""
    known: dict[str, float] = {}
    if fx is not None and len(fx):
        there = fx[_on_the_date(entity, fx) & fx["rate"].notna() & fx["currency"].notna()]
        known.update(zip(there["currency"].astype(str), there["rate"].astype(float), strict=True))
    return {**known, str(entity["currency"]): 1.0}


def _on_the_date(entity: Mapping[str, object], fx: pd.DataFrame) -> pd.Series[bool]:
    return pd.to_datetime(fx["date"]) == pd.Timestamp(str(entity["reference_date"]))
