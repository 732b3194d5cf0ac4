"""figures.parquet: all figures in long form, one row a number or text, for queries over many runs."""

from __future__ import annotations

import io
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
    cells: dict[str, list[Any]] = {name: [] for name in _OF_FIGURE}
    for figure in report.figures.values():
        for name, values in zip(_OF_FIGURE, _rows(figure), strict=True):
            cells[name] += values
    long = pa.table({name: pa.array(values, SCHEMA.field(name).type) for name, values in cells.items()})
    table = _with_institution(long, report)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", version="2.6")
    return sink.getvalue()


def _with_institution(long: Any, report: Report) -> Any:
    who = report.identification
    same = (who.lei, who.institution, who.reference_date, who.currency, report.name, who.run_id)
    columns = [
        pa.repeat(pa.scalar(value, field.type), long.num_rows)
        for value, field in zip(same, list(SCHEMA)[: len(same)], strict=True)
    ]
    return pa.table([*columns, *long.columns], schema=SCHEMA)


def _rows(figure: Figure) -> tuple[list[Any], ...]:
    """What stands in the columns of `_OF_FIGURE`: for a table one row for each column and key, otherwise one."""
    if not isinstance(figure.value, pd.DataFrame):
        status = "available" if figure.available else "not available"
        value, text = _parted(figure.value) if figure.available else (None, figure.reason)
        return [figure.name], [None], [None], [value], [text], [figure.unit], [status]
    table, keys = figure.value, [str(key) for key in figure.value.index]
    blank = [flag for name in table.columns for flag in table[name].isna().tolist()]
    stored = (value for name in table.columns for value in table[name].tolist())
    parted = [(None, None) if is_blank else _parted(value) for value, is_blank in zip(stored, blank, strict=True)]
    return (
        [figure.name] * len(parted),
        keys * len(table.columns),
        [str(name) for name in table.columns for _ in keys],
        [value for value, _ in parted],
        [text for _, text in parted],
        ["" if value is None else figure.unit for value, _ in parted],
        ["blank" if is_blank else "available" for is_blank in blank],
    )


def _parted(value: object) -> tuple[float | None, str | None]:
    """A value as number or as text."""
    if isinstance(value, bool | np.bool_):
        return None, "true" if value else "false"
    if isinstance(value, int | float | np.number):
        return float(value), None
    if isinstance(value, datetime):
        value = value.date()
    return None, None if value is None else str(value)
