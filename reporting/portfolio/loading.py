"""From a submission on disk to a portfolio, or to the list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from reporting.intake import Checked, load_submission
from reporting.intake.limits import Limits
from reporting.intake.tables import Table
from reporting.portfolio.derived import derive, load_derived
from reporting.portfolio.portfolio import Entity, Portfolio, errors
from reporting.portfolio.reconcile import reconciliations
from reporting.problems import InputRejected

# Without these cells of the sheet `entity` no amount can be read and no parameter be chosen.
_NEEDED = (
    "lei",
    "name",
    "kind",
    "reference_date",
    "currency",
    "unit",
    "country",
    "scope",
    "accounting_standard",
    "jurisdiction",
)


def load_portfolio(
    path: Path,
    *,
    overrides: Path | None = None,
    partial: bool = False,
    limits: Limits | None = None,
) -> Portfolio:
    """Read, check and convert one submission: a workbook, or a folder of CSV or Parquet files.

    overrides   YAML file of breaches that a named person accepts
    partial     go on in spite of errors: the figures that rest on their cells are then not available
    InputRejected holds every problem that was found; FileNotFoundError and PermissionError are the system's own.
    """
    return build_portfolio(load_submission(path, limits or Limits(), overrides), partial=partial)


def build_portfolio(checked: Checked, *, partial: bool = False) -> Portfolio:
    """Convert and reconcile checked tables. InputRejected as for `load_portfolio`."""
    entity = _entity(checked.tables)
    if entity is None or (errors(checked.breaches) and not partial):
        raise InputRejected(checked.breaches)
    frames = _converted(checked.tables)
    portfolio = Portfolio(
        checked.name, checked.files, entity, MappingProxyType(dict(checked.tables)), frames, checked.breaches
    )
    return replace(portfolio, breaches=(*checked.breaches, *reconciliations(portfolio)))


def _entity(tables: Mapping[str, Table]) -> Entity | None:
    table = tables.get("entity")
    if table is None or len(table.frame) != 1:
        return None
    row = table.frame.iloc[0]
    if any(pd.isna(row[column]) for column in _NEEDED):
        return None
    return Entity(
        lei=str(row["lei"]),
        name=str(row["name"]),
        kind=str(row["kind"]),
        reference_date=pd.Timestamp(row["reference_date"]).date(),
        currency=str(row["currency"]),
        unit=float(row["unit"]),
        country=str(row["country"]),
        scope=str(row["scope"]),
        accounting_standard=str(row["accounting_standard"]),
        jurisdiction=str(row["jurisdiction"]),
    )


def _converted(tables: Mapping[str, Table]) -> Mapping[str, pd.DataFrame]:
    entity = {str(k): v for k, v in tables["entity"].frame.iloc[0].to_dict().items()}
    rates = tables["fx"].frame if "fx" in tables else pd.DataFrame(columns=["currency", "date", "rate"])
    derived = load_derived()
    return MappingProxyType({
        name: derive(table.frame, derived.get(name, {}), entity, rates) for name, table in tables.items()
    })  # fmt: skip
