"""figures.parquet: all figures in long form, one row a number or text, for queries over many runs."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from reporting.figures import Figure
from reporting.reports.model import Report

FORMAT = "1"  # raised when a reader of an older file would misread a newer one

SCHEMA = pa.schema(
    [
        ("lei", pa.string()),
        ("institution", pa.string()),
        ("reference_date", pa.date32()),
        ("currency", pa.string()),
        ("report", pa.string()),
        ("run_id", pa.string()),
        ("figure", pa.string()),
        ("key", pa.string()),
        ("column", pa.string()),
        ("value", pa.float64()),
        ("text", pa.string()),
        ("unit", pa.string()),
        ("status", pa.string()),
    ],
    {"format": FORMAT},
)
_OF_FIGURE = ("figure", "key", "column", "value", "text", "unit", "status")


def figures_parquet(report: Report) -> bytes:
    """The figures of a report as Parquet; the same figures give the same bytes.

    lei, institution, reference_date, currency, report, run_id   the same in every row
    figure, key, column   name of the figure; for a table the key of the row and the column, otherwise null
    value                 a number in `unit`, or null; money is in single units of `currency`
    text                  what is not a number: a text, a day, true or false, or why a figure is not available
    unit                  of the figure, for a table one for all its numbers; empty beside a text
    status                available, blank (an empty cell of a table) or not available
    """
    parts = [pa.table(columns) for columns in _parts(report.figures.values())]
    long = pa.concat_tables([part.cast(_long_schema()) for part in parts]) if parts else _long_schema().empty_table()
    table = _with_institution(long, report)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", version="2.6")
    return sink.getvalue()


def _long_schema() -> Any:
    return pa.schema([SCHEMA.field(name) for name in _OF_FIGURE])


def _with_institution(long: Any, report: Report) -> Any:
    who = report.identification
    same = (who.lei, who.institution, who.reference_date, who.currency, report.name, who.run_id)
    columns = [
        pa.repeat(pa.scalar(value, field.type), long.num_rows)
        for value, field in zip(same, list(SCHEMA)[: len(same)], strict=True)
    ]
    return pa.table([*columns, *long.columns], schema=SCHEMA)


def _parts(figures: Iterable[Figure]) -> Iterator[dict[str, Any]]:
    for figure in figures:
        if isinstance(figure.value, pd.DataFrame):
            yield from (_column(figure, str(name)) for name in figure.value.columns)
        else:
            yield _scalar(figure)


def _scalar(figure: Figure) -> dict[str, Any]:
    status = "available" if figure.available else "not available"
    value, text = (None, figure.reason) if not figure.available else _parted(figure.value)
    row = (figure.name, None, None, value, text, figure.unit, status)
    return {name: pa.array([cell], SCHEMA.field(name).type) for name, cell in zip(_OF_FIGURE, row, strict=True)}


def _column(figure: Figure, name: str) -> dict[str, Any]:
    """A column of a table figure, one row for each key."""
    column = figure.table[name]
    count = len(column)
    parted = [_parted(value) for value in column.astype(object).where(column.notna(), None).tolist()]
    status = np.where(column.isna(), "blank", "available")
    return {
        "figure": pa.repeat(figure.name, count),
        "key": pa.array([str(key) for key in column.index], pa.string()),
        "column": pa.repeat(name, count),
        "value": pa.array([value for value, _ in parted], pa.float64()),
        "text": pa.array([text for _, text in parted], pa.string()),
        "unit": pa.array(["" if value is None else figure.unit for value, _ in parted], pa.string()),
        "status": pa.array(status.tolist(), pa.string()),
    }


def _parted(value: object) -> tuple[float | None, str | None]:
    """A value as number or as text."""
    if isinstance(value, bool | np.bool_):
        return None, "true" if value else "false"
    if isinstance(value, int | float | np.number):
        return float(value), None
    if isinstance(value, datetime):
        value = value.date()
    return None, None if value is None else str(value)
