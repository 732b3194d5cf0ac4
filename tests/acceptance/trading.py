"""Derivatives and securities financing of the sample bank in a smaller book, and valid changes of their cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.acceptance.banks import Bank, Cell
from tests.acceptance.changes import Change, alternatives

_EVERY = 5  # trade that is kept, with the purchases that it names
_EVERY_EXPOSURE = 10

# Cells by which the program places a row. Where one is changed, the workbook may show #N/A in place of an amount.
PLACING = {
    "derivatives": {
        "trade_id", "netting_set_id", "margin_agreement_id", "asset_class", "sub_class", "hedging_set",
        "reference_entity", "special", "special_pair", "notional_schedule", "direction", "option_type",
        "matched_purchase_id",
    },
    "netting_sets": {
        "currency", "margined", "one_way_for_counterparty", "enforceable", "client_cleared", "ccp_leg_exempt",
        "margin_agreement_id", "margin_period_days", "remargining_days", "disputes", "illiquid", "qccp",
    },
    "collateral": {
        "netting_set_id", "direction", "im_vm", "type", "currency", "issuer_credit_quality_step",
        "residual_maturity_years",
    },
    "sft": {
        "sft_id", "counterparty_id", "role", "netting_agreement_id", "netting_conditions_met", "settlement_date",
    },
    "entity": {"currency", "reference_date", "jurisdiction"},
}  # fmt: skip

# Inputs that matter, by how often they are drawn.
COLUMNS: Mapping[tuple[str, str], int] = {
    ("derivatives", "notional"): 6, ("derivatives", "second_notional"): 3, ("derivatives", "underlying_units"): 3,
    ("derivatives", "underlying_price"): 3, ("derivatives", "market_value"): 6, ("derivatives", "end"): 5,
    ("derivatives", "start"): 2, ("derivatives", "maturity"): 4, ("derivatives", "e_years"): 3,
    ("derivatives", "m_years"): 3, ("derivatives", "t_years"): 3, ("derivatives", "exercise"): 3,
    ("derivatives", "option_price"): 4, ("derivatives", "option_strike"): 4, ("derivatives", "option_shift"): 2,
    ("derivatives", "option_side"): 3, ("derivatives", "option_type"): 3, ("derivatives", "digital_payoff"): 3,
    ("derivatives", "direction"): 5, ("derivatives", "tranche_attach"): 2, ("derivatives", "nth"): 2,
    ("derivatives", "basket_size"): 2, ("derivatives", "leverage_multiplier"): 2,
    ("derivatives", "principal_exchanges"): 2, ("derivatives", "notional_schedule"): 2,
    ("derivatives", "daily_settled"): 2, ("derivatives", "sub_class"): 3, ("derivatives", "hedging_set"): 2,
    ("derivatives", "reference_entity"): 2, ("derivatives", "netting_set_id"): 2, ("derivatives", "special"): 2,
    ("derivatives", "fv_change_in_tier1"): 4, ("derivatives", "matched_purchase_id"): 2,
    ("derivatives", "currency"): 3, ("derivatives", "notional_currency"): 2, ("derivatives", "credit_seniority"): 2,
    ("netting_sets", "threshold"): 3, ("netting_sets", "minimum_transfer_amount"): 3, ("netting_sets", "nica"): 3,
    ("netting_sets", "variation_margin"): 4, ("netting_sets", "variation_margin_cash_eligible"): 4,
    ("netting_sets", "margin_period_days"): 2, ("netting_sets", "remargining_days"): 2, ("netting_sets", "disputes"): 2,
    ("netting_sets", "illiquid"): 2, ("netting_sets", "margined"): 1, ("netting_sets", "enforceable"): 2,
    ("netting_sets", "client_cleared"): 1, ("netting_sets", "qccp"): 1,
    ("collateral", "value"): 4, ("collateral", "direction"): 1, ("collateral", "segregated"): 2,
    ("collateral", "residual_maturity_years"): 1, ("collateral", "currency"): 1,
    ("sft", "cash_leg"): 6, ("sft", "securities_leg"): 5, ("sft", "currency"): 3, ("sft", "kind"): 3,
    ("sft", "role"): 1,
    ("sft", "netting_conditions_met"): 2, ("sft", "settlement_date"): 2, ("sft", "netting_agreement_id"): 1,
    ("fx", "rate"): 4, ("entity", "unit"): 1,
}  # fmt: skip

_CREDIT = ("aaa", "aa", "a", "bbb", "bb", "b", "ccc")
_CHOICES: Mapping[tuple[str, str], tuple[Any, ...]] = {
    ("derivatives", "option_side"): ("bought", "sold"),
    ("derivatives", "option_type"): ("call", "put"),
    ("derivatives", "direction"): ("long", "short"),
    ("derivatives", "credit_seniority"): ("senior", "subordinated"),
    ("derivatives", "special"): ("volatility", None),
    ("derivatives", "matched_purchase_id"): (None,),
    ("derivatives", "notional_schedule"): ("0-1:10000;1-2:5000",),
    ("sft", "kind"): ("repo", "reverse_repo", "securities_lending", "margin_lending"),
    ("sft", "role"): ("principal", "agent"),
    ("collateral", "direction"): ("received", "posted"),
}
_HELD_APART = {"tranche_attach", "nth", "basket_size"}


def smaller_book(bank: Bank) -> Bank:
    """The bank with every fifth trade and the purchases that these name, and a tenth of its exposures."""
    trades = bank["derivatives"]
    kept = dict(list(trades.items())[::_EVERY])
    purchases = {cells["matched_purchase_id"] for cells in kept.values()} - {None}
    kept |= {row: cells for row, cells in trades.items() if cells["trade_id"] in purchases}
    exposures = dict(list(bank["exposures"].items())[::_EVERY_EXPOSURE])
    rest = {sheet: rows for sheet, rows in bank.items() if sheet not in ("protection", "connections")}
    return {**rest, "derivatives": dict(sorted(kept.items())), "exposures": exposures}


def trading_alternatives(bank: Bank, cell: Cell) -> Iterator[Change]:
    """Changes of a cell of the trading sheets, or of another sheet. Whether they are valid is for the checks to say."""
    sheet, column, row = cell
    value = bank[sheet][row].get(column)
    if (sheet, column) in _CHOICES:
        blank = value is None and column not in ("notional_schedule", "special")
        yield from () if blank else ({cell: other} for other in _CHOICES[sheet, column] if other != value)
    elif sheet not in PLACING or sheet == "entity":
        yield from alternatives(bank, cell)
    elif value is not None:
        yield from ({cell: other} for other in _others(bank, cell, value))


def _others(bank: Bank, cell: Cell, value: Any) -> tuple[Any, ...]:
    column = cell[1]
    if column.endswith("currency"):
        return tuple(other for other in ("EUR", "USD", "GBP") if other != value)
    if column == "netting_set_id":
        return tuple(row[column] for row in bank["netting_sets"].values() if row[column] != value)[:3]
    if column == "sub_class" and value in _CREDIT:
        return tuple(other for other in _CREDIT if other != value)
    if column in _HELD_APART:
        return (value / 2, value + 1) if column == "tranche_attach" else (value + 1,)
    if column in ("disputes", "remargining_days", "margin_period_days"):
        return (value + 7,)
    if column in ("notional", "underlying_units", "option_strike", "t_years", "m_years", "e_years"):
        return (value * 1.37, value * 0.61)
    return tuple(change[cell] for change in alternatives(bank, cell))


def may_be_lost(change: Change) -> bool:
    """True where a cell is changed by which the program places a row."""
    return any(column in PLACING.get(sheet, ()) for sheet, column, _ in change)
