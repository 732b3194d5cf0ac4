"""Reconciliations between sheets that need amounts in one currency: each difference is a problem with its cells."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

import pandas as pd

from reporting.intake.catalogue import all_rules
from reporting.intake.tables import Table
from reporting.origin import Cells
from reporting.portfolio.balance import NOT_ASSETS, equity, total_assets
from reporting.portfolio.portfolio import Portfolio
from reporting.portfolio.reconcile_trading import trading_reconciliations
from reporting.problems import LISTED, Breach, Problem
from reporting.rulebook import load_rulebook


def reconciliations(portfolio: Portfolio) -> tuple[Breach, ...]:
    """Exposures against balance-sheet lines, by class (within the rulebook's tolerance) and in all, and funding."""
    rulebook = load_rulebook(portfolio.entity.jurisdiction, portfolio.entity.reference_date)
    tolerance = rulebook.number("reconciliation_tolerance") / 100
    found: list[Breach] = []
    if "exposures" in portfolio.tables and "balance_sheet" in portfolio.tables:
        found += _classes(portfolio, tolerance)
        found += _total(portfolio)
    return (*found, *_obligations(portfolio), *trading_reconciliations(portfolio, tolerance))


def _on_balance(portfolio: Portfolio) -> pd.DataFrame:
    exposures = portfolio.frames["exposures"]
    return exposures[~exposures["off_balance_sheet"].fillna(True).astype(bool)]


def _classes(portfolio: Portfolio, tolerance: float) -> Iterator[Breach]:
    """REC-001: the sum of exposures of a class against the balance-sheet lines of that class.

    Not where a class could not be read in some row: that row may belong to any of them.
    """
    if any(_refused(portfolio, name, "exposure_class") for name in ("exposures", "balance_sheet")):
        return
    lines = portfolio.frames["balance_sheet"].dropna(subset=["exposure_class"])
    exposures = _on_balance(portfolio)
    table = portfolio.tables["balance_sheet"]
    unit = portfolio.entity.unit
    problems = []
    for name, of_class in lines.groupby("exposure_class", observed=True):
        in_class = exposures.loc[exposures["exposure_class"] == name, "net_amount"]
        if of_class["net_amount"].isna().any() or in_class.isna().any():
            continue  # an amount is missing, which has its own problem; the sum would say nothing
        booked, listed = fsum(of_class["net_amount"]), fsum(in_class)
        if abs(listed - booked) > tolerance * abs(booked):
            found = (
                f"exposures of class {name} sum to {listed / unit:,.2f}, the balance-sheet lines of that class to "
                f"{booked / unit:,.2f}, a difference of {(listed - booked) / unit:,.2f} (in the entity's unit)"
            )
            problems.append(Problem(all_rules()["REC-001"].rule, _at(table, of_class), found))
    if problems:
        yield Breach(all_rules()["REC-001"].rule, len(problems), tuple(problems[:LISTED]))


def _total(portfolio: Portfolio) -> Iterator[Breach]:
    """REC-002: the sum of all on-balance-sheet exposures against total assets."""
    lines = portfolio.frames["balance_sheet"]
    assets = lines[~lines["lr_treatment"].isin(NOT_ASSETS)]
    exposures = _on_balance(portfolio)["net_amount"]
    if assets["net_amount"].isna().any() or exposures.isna().any():
        return  # as above
    booked, listed = fsum(assets["net_amount"]), fsum(exposures)
    if listed > booked:
        unit = portfolio.entity.unit
        found = f"on-balance-sheet exposures sum to {listed / unit:,.2f}, total assets to {booked / unit:,.2f}"
        problem = Problem(all_rules()["REC-002"].rule, _at(portfolio.tables["balance_sheet"], assets), found)
        yield Breach(all_rules()["REC-002"].rule, 1, (problem,))


def _obligations(portfolio: Portfolio) -> Iterator[Breach]:
    """REC-003: the sum of all obligations against total assets less equity, where these are known."""
    if "funding" not in portfolio.tables:
        return
    owed = portfolio.frames["funding"]["obligation_amount"]
    assets, own = total_assets(portfolio), equity(portfolio)
    if owed.isna().any() or assets.reason or own.reason:
        return  # as above
    listed, most = fsum(owed), fsum((assets.value, -own.value))
    if listed > most:
        unit = portfolio.entity.unit
        found = f"the obligations sum to {listed / unit:,.2f}, total assets less equity are {most / unit:,.2f}"
        table, rule = portfolio.tables["funding"], all_rules()["REC-003"].rule
        yield Breach(rule, 1, (Problem(rule, table.cells("amount"), found),))


def _refused(portfolio: Portfolio, sheet: str, column: str) -> bool:
    cells = portfolio.tables[sheet].cells(column)
    return any(blocked.overlaps(cells) for breach in portfolio.breaches for blocked in breach.blocks)


def _at(table: Table, rows: pd.DataFrame) -> Cells:
    return table.cells("gross_carrying_amount", rows.index.to_numpy())
