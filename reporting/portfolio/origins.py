"""The cells behind a column: its own, or for a derived column those its expression points at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.expressions import Reference
from reporting.figures import Source
from reporting.intake.tables import Table
from reporting.portfolio.derived import load_derived

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
    for reference in expression.references():
        yield from _referenced(tables, table, reference, rows, keys)


def _referenced(
    tables: Mapping[str, Table], table: Table, reference: Reference, rows: Rows, keys: Keys | None
) -> Iterator[Source]:
    sheet, _, column = reference.name.rpartition(".")
    if reference.kind == "rate":
        yield from _rates(tables, table, reference.name, rows, keys)
    elif sheet:
        if len(rows):
            yield tables[sheet].source(column, role="converts")
    elif reference.name in table.letters:
        yield table.source(reference.name, rows, keys=keys)


def _rates(tables: Mapping[str, Table], table: Table, column: str, rows: Rows, keys: Keys | None) -> Iterator[Source]:
    """The currency cells, and the rate, currency and date cells of the rates that were used."""
    if not len(rows):
        return
    yield table.source(column, rows, role="converts", keys=keys)
    yield tables["entity"].source("currency", role="converts")
    if "fx" not in tables:
        return
    used = _rates_used(tables, table.frame.loc[rows, column], keys)
    if used.empty:
        return
    yield tables["entity"].source("reference_date", role="converts")
    rate_keys = used["key"].to_numpy(dtype=object) if keys is not None else None
    for name in ("rate", "currency", "date"):
        yield tables["fx"].source(name, used["row"].to_numpy(dtype=np.int64), role="converts", keys=rate_keys)


def _rates_used(tables: Mapping[str, Table], currencies: pd.Series[str], keys: Keys | None) -> pd.DataFrame:
    """Row numbers of the sheet fx with the key of the table row that used them, each pair once."""
    day = tables["entity"].frame["reference_date"].iloc[0]
    fx = tables["fx"].frame
    rates = fx[fx["date"] == day]
    row_of = dict(zip(rates["currency"], rates.index, strict=True))
    if keys is None:
        each = pd.DataFrame({"currency": currencies.unique(), "key": ""})
    else:
        each = pd.DataFrame({"currency": currencies.array, "key": keys}).drop_duplicates()
    own = tables["entity"].frame["currency"].iloc[0]
    each = each.assign(row=each["currency"].map(row_of))
    foreign: pd.DataFrame = each[each["currency"] != own].dropna(subset=["row"])
    return foreign.sort_values(["row", "key"], kind="stable")
