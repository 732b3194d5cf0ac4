"""Trades and netting sets as data frames with every column of the sheets, from dictionaries that name only a few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

TRADE_TEXT = (
    "trade_id", "netting_set_id", "margin_agreement_id", "asset_class", "sub_class", "hedging_set", "reference_entity",
    "direction", "notional_currency", "second_notional_currency", "option_type", "option_side", "special",
    "special_pair", "notional_schedule",
)  # fmt: skip
TRADE_NUMBERS = (
    "notional", "second_notional", "underlying_units", "underlying_price", "market_value", "s_years", "e_years",
    "m_years", "t_years", "option_price", "option_strike", "option_shift", "digital_payoff", "tranche_attach",
    "tranche_detach", "nth", "basket_size", "leverage_multiplier", "principal_exchanges", "unpaid_premia",
)  # fmt: skip
TRADE_FLAGS = ("premium_paid", "daily_settled")
SET_TEXT = ("netting_set_id", "margin_agreement_id")
SET_NUMBERS = (
    "threshold", "minimum_transfer_amount", "nica", "variation_margin", "variation_margin_cash_eligible", "collateral",
    "margin_period_days", "remargining_days", "disputes",
)  # fmt: skip
SET_FLAGS = (
    "margined", "client_clearing", "illiquid", "one_way_for_counterparty", "enforceable", "qccp", "client_cleared",
    "ccp_leg_exempt",
)  # fmt: skip


def trade(**given: Any) -> dict[str, Any]:
    """One trade with every column: text empty where the sheet leaves it empty, numbers None, flags false."""
    absent = dict.fromkeys((*TRADE_TEXT, *TRADE_NUMBERS)) | dict.fromkeys(TRADE_FLAGS, False) | {"sub_class": ""}
    return _all_known(absent, given)


def netting_set(**given: Any) -> dict[str, Any]:
    """One netting set, or one margin agreement of it: enforceable, unmargined, all else absent or false."""
    absent = dict.fromkeys((*SET_TEXT, *SET_NUMBERS)) | dict.fromkeys(SET_FLAGS, False) | {"enforceable": True}
    return _all_known(absent, given)


def _all_known(absent: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    assert not given.keys() - absent.keys(), f"no such columns: {given.keys() - absent.keys()}"
    return absent | given


def trade_frame(trades: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The trades as the toolkit takes them; NaN and None for what is absent."""
    return _frame(trades, TRADE_TEXT, TRADE_NUMBERS, TRADE_FLAGS)


def netting_set_frame(netting_sets: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The netting sets as the toolkit takes them; NaN and None for what is absent."""
    return _frame(netting_sets, SET_TEXT, SET_NUMBERS, SET_FLAGS)


def _frame(
    rows: Sequence[Mapping[str, Any]], text: Sequence[str], numbers: Sequence[str], flags: Sequence[str]
) -> pd.DataFrame:
    columns: dict[str, Any] = {name: pd.Series([row[name] for row in rows], dtype="str") for name in text}
    for name in numbers:
        columns[name] = np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)
    for name in flags:
        columns[name] = np.array([row[name] for row in rows], dtype=np.bool_)
    return pd.DataFrame(columns)
