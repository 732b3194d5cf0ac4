"""The cells behind a column: its own, or for a derived column those its expression points at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import repeat

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.expressions import Reference
from reporting.expressions.nodes import Function, Node, Referring, children, references
from reporting.figures import Source
from reporting.intake.tables import Table
from reporting.portfolio.derived import blank_rows, load_derived

Rows = npt.NDArray[np.int64]
Keys = npt.NDArray[np.object_]


def column_sources(
    tables: Mapping[str, Table], table: Table, column: str, rows: Rows, keys: Keys | None
) -> Iterator[Source]:
    """The cells that make up `column` in `rows`; `keys` names the table row to which each belongs."""
    expression = load_derived().get(table.name, {}).get(column)
    if expression is None:
        if column in table.letters:
            yield table.source(column, rows, keys=keys)
        return
    for reference, used in _used(expression.node, table, rows):
        chosen = None if keys is None else keys[np.isin(rows, used)]
        yield from _referenced(tables, table, reference, used, chosen)


def _used(node: Node, table: Table, rows: Rows) -> Iterator[tuple[Reference, Rows]]:
    """Each reference with the rows in which it counts: of `first`, up to the alternative that has a value."""
    for reference, used in _walked(node, table.frame, rows):
        if len(used) or not len(rows):
            yield reference, used


def _walked(node: Node, frame: pd.DataFrame, rows: Rows) -> Iterator[tuple[Reference, Rows]]:
    if isinstance(node, Referring):
        yield node.reference, rows
    elif isinstance(node, Function) and node.name == "first":
        for alternative in node.of:
            yield from _walked(alternative, frame, rows)
            names = [reference.name for reference in references(alternative) if reference.name in frame]
            rows = rows[blank_rows(alternative, frame.loc[rows, names], len(rows))]
    else:
        for child in children(node):
            yield from _walked(child, frame, rows)


def _referenced(
    tables: Mapping[str, Table], table: Table, reference: Reference, rows: Rows, keys: Keys | None
) -> Iterator[Source]:
    sheet, _, column = reference.name.rpartition(".")
    if reference.kind == "rate":
        yield from _rates(tables, table, reference.name, rows, keys)
    elif sheet:
        if len(rows):
            yield tables[sheet].source(column, role="converts")
    else:
        yield from column_sources(tables, table, reference.name, rows, keys)
        if reference.kind == "days" and len(rows) and reference.name in table.letters:
            yield tables["entity"].source("reference_date", role="converts")


def _rates(tables: Mapping[str, Table], table: Table, column: str, rows: Rows, keys: Keys | None) -> Iterator[Source]:
    """The currency cells, and the rate, currency and date cells of the rates that were used."""
    if not len(rows):
        return
    if column not in table.letters:
        return
    yield table.source(column, rows, role="converts", keys=keys)
    yield tables["entity"].source("currency", role="converts")
    if "fx" not in tables:
        return
    numbers, rate_keys = _rates_used(tables, table.frame.loc[rows, column], keys)
    if not len(numbers):
        return
    yield tables["entity"].source("reference_date", role="converts")
    for name in ("rate", "currency", "date"):
        source = tables["fx"].source(name, numbers, role="converts", keys=None if keys is None else rate_keys)
        yield replace(source, via=column)


def _rates_used(tables: Mapping[str, Table], currencies: pd.Series[str], keys: Keys | None) -> tuple[Rows, Keys]:
    """Row numbers of the sheet fx with the key of the table row that used them, each pair once."""
    entity, fx = tables["entity"].frame, tables["fx"].frame
    rates = fx[fx["date"] == entity["reference_date"].iloc[0]]
    row_of = dict(zip(rates["currency"], rates.index.tolist(), strict=True))
    row_of.pop(entity["currency"].iloc[0], None)
    each = zip(currencies.unique(), repeat("")) if keys is None else zip(currencies.tolist(), keys, strict=True)
    used = sorted({(row_of[one], key) for one, key in each if one in row_of}, key=lambda pair: (pair[0], str(pair[1])))
    return np.array([row for row, _ in used], dtype=np.int64), np.array([key for _, key in used], dtype=object)
