"""Reconciliations of trades with the balance sheet: derivatives by market value, financing transactions by cash leg.

Accounts may show what can be set off gross or net, so the balance-sheet lines are compared with a range of two sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum, isnan

import pandas as pd

from reporting.intake.catalogue import all_rules
from reporting.portfolio.portfolio import Portfolio
from reporting.problems import Breach, Problem

# In these the institution lends cash against securities; in the others it lends securities against cash.
LENDS_CASH = ("reverse_repo", "securities_borrowing", "margin_lending")
_SET_OFF = ("netting_agreement_id", "counterparty_id", "settlement_date")


def trading_reconciliations(portfolio: Portfolio, tolerance: float) -> Iterator[Breach]:
    """REC-004 and REC-005; `tolerance` is a share of the amount compared with.

    Neither where the balance sheet is one unsplit total, nor where an amount is missing, which has its own problem.
    """
    if "balance_sheet" not in portfolio.tables or _is_unsplit(portfolio):
        return
    if {"derivatives", "netting_sets"} <= portfolio.tables.keys():
        between = _market_values(portfolio)
        yield from _compared(portfolio, "REC-004", "derivative_asset", ("derivatives", *between), tolerance)
    if "sft" in portfolio.tables:
        between = _cash_lent(portfolio)
        yield from _compared(portfolio, "REC-005", "sft_asset", ("financing transactions", *between), tolerance)


def _is_unsplit(portfolio: Portfolio) -> bool:
    return bool(portfolio.frames["balance_sheet"]["lr_treatment"].eq("total_assets_unsplit").any())


def _market_values(portfolio: Portfolio) -> tuple[float, float]:
    """Positive market values: by netting set after variation margin received, and trade by trade."""
    trades, sets = portfolio.frames["derivatives"], portfolio.frames["netting_sets"]
    values = trades["market_value_amount"]
    margin = _sums(sets, "netting_set_id", sets["variation_margin_amount"].fillna(0.0))
    netted = _sums(trades, "netting_set_id", values)
    return (
        fsum(max(0.0, value - max(0.0, margin.get(name, 0.0))) for name, value in netted.items()),
        fsum(max(0.0, value) for value in values),
    )


def _cash_lent(portfolio: Portfolio) -> tuple[float, float]:
    """Cash receivable as principal: after what may be set off against payables, and before."""
    rows = portfolio.frames["sft"]
    own = rows[rows["role"].eq("principal")]
    lends = own["kind"].isin(LENDS_CASH)
    may = own["netting_conditions_met"].eq(True) & own["netting_agreement_id"].notna()
    signed = own["cash_amount"].where(lends, -own["cash_amount"])
    groups = signed[may].groupby([own.loc[may, name] for name in _SET_OFF], observed=True)
    netted = fsum(max(0.0, fsum(of_group)) for _, of_group in groups)
    return fsum((netted, *signed[lends & ~may])), fsum(signed[lends])


def _sums(frame: pd.DataFrame, key: str, values: pd.Series[float]) -> dict[str, float]:
    return {str(name): fsum(of_key) for name, of_key in values.groupby(frame[key], observed=True)}


def _compared(
    portfolio: Portfolio, code: str, treatment: str, listed: tuple[str, float, float], tolerance: float
) -> Iterator[Breach]:
    """A problem at the balance-sheet lines of a treatment whose sum lies outside the range of what is listed."""
    table, frame = portfolio.tables["balance_sheet"], portfolio.frames["balance_sheet"]
    lines = frame[frame["lr_treatment"].eq(treatment)]
    name, low, high = listed
    booked = fsum(lines["net_amount"])
    if any(map(isnan, (booked, low, high))):
        return
    if low - tolerance * low <= booked <= high + tolerance * high:
        return
    unit = portfolio.entity.unit
    found = (
        f"balance-sheet lines of treatment {treatment} sum to {booked / unit:,.2f}, the {name} listed to "
        f"{low / unit:,.2f} net and {high / unit:,.2f} gross (in the entity's unit)"
    )
    where = lines if len(lines) else frame
    cells = table.cells("gross_carrying_amount", where.index.to_numpy())
    yield Breach(all_rules()[code].rule, 1, (Problem(all_rules()[code].rule, cells, found),))
