"""The cells by which amounts were converted into the currency of the system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from reporting.figures import Source
from reporting.portfolio.system.rows import Member

RATES, CURRENCIES = "rates", "currencies"  # of the origins of a system: of each institution these cells
_SHEETS = ("exposures", "funding")

Origins = Mapping[str, Mapping[str, tuple[Source, ...]]]


def currency_cells(member: Member) -> tuple[Source, ...]:
    """The cells that say in which currencies the claims and obligations of an institution are."""
    tables = (member.table(sheet) for sheet in _SHEETS)
    return _placed(member, (table.source("currency", role="converts") for table in tables if table is not None))


def rate_cells(member: Member) -> tuple[Source, ...]:
    """The rates of an institution with their currencies and days, keyed by currency; its own currency and day."""
    fx, entity = member.table("fx"), member.portfolio.entity
    if fx is None:
        return ()
    of_day = pd.to_datetime(fx.frame["date"]) == pd.Timestamp(entity.reference_date)
    known = fx.frame[of_day & fx.frame["rate"].notna() & (fx.frame["currency"] != entity.currency)]
    rows, codes = known.index.to_numpy(dtype=np.int64), known["currency"].to_numpy(dtype=object)
    of_fx = (fx.source(name, rows, role="converts", keys=codes) for name in ("rate", "currency", "date"))
    own = (member.portfolio.tables["entity"].source(name, role="converts") for name in ("currency", "reference_date"))
    return _placed(member, (*own, *(replace(source, by="currency", via="currency") for source in of_fx)))


def _placed(member: Member, sources: Iterable[Source]) -> tuple[Source, ...]:
    return tuple(replace(source, cells=member.cells(source.cells)) for source in sources)


def behind_amount(member: Member, currency: str) -> tuple[Source, ...]:
    """The cells of the rate from the currency of an institution to that of the system; none where they are the same."""
    if member.portfolio.entity.currency == currency:
        return ()
    chosen = (source if source.keys is None else _of_keys(source, currency) for source in rate_cells(member))
    return tuple(chosen)


def _of_keys(source: Source, key: str) -> Source:
    return replace(source, rows=source.rows[source.keys == key], keys=None, by="")


def behind_claims(claims: pd.DataFrame, names: pd.Series[str], origins: Origins, currency: str) -> Iterator[Source]:
    """The cells by which claims were converted, keyed by the name of each claim; a cell may serve many.

    claims     rows as a system has them
    names      of the same rows
    currency   of the system; a claim in it needs no rate
    """
    converted = claims.assign(
        name=names.to_numpy(), reporter=claims["lender"].where(claims["side"] == "lender", claims["borrower"])
    )
    converted = converted[converted["currency"] != currency]
    for reporter, rows in converted.groupby("reporter", sort=True):
        for source in origins.get(RATES, {}).get(str(reporter), ()):
            if len(used := _rates_used(source, rows, currency)):
                yield _keyed(source, used)
        for source in origins.get(CURRENCIES, {}).get(str(reporter), ()):
            place = (rows["file"] == source.cells.file) & (rows["sheet"] == source.cells.sheet)
            if place.any():
                yield _keyed(source, rows.loc[place, ["row", "name"]])


def _rates_used(source: Source, rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Row of the cell and name of the claim for each pair of them: of its own rate and of that of the system."""
    cells = pd.DataFrame({"row": source.rows})
    if source.keys is None:
        return cells.merge(rows[["name"]], how="cross")
    cells = cells.assign(currency=source.keys)
    shared = cells.loc[cells["currency"] == currency, ["row"]].merge(rows[["name"]], how="cross")
    own = cells.merge(rows[["currency", "name"]], on="currency")[["row", "name"]]
    return pd.concat([own, shared], ignore_index=True)


def _keyed(source: Source, pairs: pd.DataFrame) -> Source:
    ordered = pairs.sort_values(["row", "name"], kind="stable")
    rows, keys = ordered["row"].to_numpy(dtype=np.int64).copy(), ordered["name"].to_numpy(dtype=object)
    return replace(source, rows=rows, keys=keys, by="cell", told=True)
