"""Columns computed row by row from the columns of a sheet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.documents import read_yaml
from reporting.expressions import RATES, Expression, ExpressionError, Reference, parse

_ENTITY = "entity."


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
    blank as zero), and where its currency is blank or has no rate on the reference date: never the last known rate.
    ExpressionError where a row comes to no finite number for another reason.
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
    blank, without_rate = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
    try:
        values = np.broadcast_to(np.asarray(expression.evaluate({**columns, **names}), dtype=np.float64), rows).copy()
        for reference in needed(expression):
            blank |= columns[reference.name].isna().to_numpy(dtype=bool)
            if reference.kind == "rate":
                without_rate |= ~columns[reference.name].isin(_currencies(names)).to_numpy(dtype=bool)
    except ExpressionError as error:
        raise ExpressionError(f"derived column {column}: {error.message}", str(expression)) from None
    values[blank] = np.nan
    faulty = np.flatnonzero(np.isnan(values) & ~blank & ~without_rate)
    if faulty.size:
        raise ExpressionError(f"derived column {column}: row {faulty[0]} has no finite value", str(expression))
    return values


def _currencies(names: Mapping[str, object]) -> list[str]:
    known = names[RATES]
    return list(known) if isinstance(known, Mapping) else []


def needed(expression: Expression) -> tuple[Reference, ...]:
    """The columns of the sheet whose blank makes the derived cell blank: numbers, and currencies to convert from."""
    return tuple(
        reference
        for reference in expression.references()
        if reference.kind in ("value", "rate") and not reference.name.startswith(_ENTITY)
    )


def rates(entity: Mapping[str, object], fx: pd.DataFrame | None) -> Mapping[str, float]:
    """Currency -> units of the reporting currency for one unit of it, on the reference date; the former itself is 1."""
    known: dict[str, float] = {}
    if fx is not None and len(fx):
        there = fx[_on_the_date(entity, fx) & fx["rate"].notna() & fx["currency"].notna()]
        known.update(zip(there["currency"].astype(str), there["rate"].astype(float), strict=True))
    return {**known, str(entity["currency"]): 1.0}


def _on_the_date(entity: Mapping[str, object], fx: pd.DataFrame) -> pd.Series[bool]:
    return pd.to_datetime(fx["date"]) == pd.Timestamp(str(entity["reference_date"]))
