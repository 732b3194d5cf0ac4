"""A small bank with a handful of trades of every class, every kind of netting set, and securities financing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd

from tests.acceptance.banks import TRADING_LINES, Bank, giving_components, stating_totals
from tests.factories import DAY

Row = dict[str, Any]

_SET: Row = {
    "netting_set_id": None, "margin_agreement_id": None, "counterparty_id": "C1", "currency": "EUR", "margined": False,
    "one_way_for_counterparty": None, "threshold": None, "minimum_transfer_amount": None, "nica": None,
    "variation_margin": None, "variation_margin_cash_eligible": None, "margin_period_days": None,
    "remargining_days": None, "client_clearing": None, "disputes": None, "illiquid": None, "enforceable": True,
    "qccp": False, "client_cleared": False, "ccp_leg_exempt": None,
}  # fmt: skip
_MARGINED: Row = {
    "margined": True, "one_way_for_counterparty": False, "threshold": 30.0, "minimum_transfer_amount": 5.0,
    "nica": 12.5, "variation_margin": 40.25, "variation_margin_cash_eligible": 30.0, "remargining_days": 1,
    "client_clearing": False, "disputes": 0, "illiquid": False,
}  # fmt: skip
_TRADE: Row = {
    "trade_id": None, "netting_set_id": None, "margin_agreement_id": None, "asset_class": None, "sub_class": None,
    "hedging_set": None, "reference_entity": None, "direction": "long", "notional": None, "notional_currency": None,
    "second_notional": None, "second_notional_currency": None, "underlying_units": None, "underlying_price": None,
    "underlying_price_currency": None, "market_value": 2.5, "currency": "EUR", "start": None, "end": None,
    "maturity": None, "exercise": None, "s_years": None, "e_years": None, "m_years": 0.7, "t_years": None,
    "option_type": None, "option_side": None, "option_price": None, "option_strike": None, "option_shift": None,
    "digital_payoff": None, "tranche_attach": None, "tranche_detach": None, "nth": None, "basket_size": None,
    "special": None, "special_pair": None, "leverage_multiplier": None, "principal_exchanges": None,
    "notional_schedule": None, "premium_paid": None, "unpaid_premia": None, "daily_settled": None,
    "credit_seniority": None, "fv_change_in_tier1": None, "matched_purchase_id": None,
}  # fmt: skip


def trading_in_europe() -> Bank:
    """Under the CRR: shifts of options by rule, a class of other risks, climatic commodities, a small bank besides."""
    others = [
        _trade("T50", "N2", "other", hedging_set="freight", notional=300.0, notional_currency="EUR", market_value=7.0),
        _trade("T51", "N2", "commodity", sub_class="climatic", reference_entity="Rainfall", underlying_units=15.0,
               underlying_price=2.5, underlying_price_currency="EUR", direction="short"),
        _trade("T52", "N1", "ir", hedging_set="EUR", notional=900.0, notional_currency="EUR", direction=None,
               e_years=3.0, m_years=3.0, t_years=0.8, option_type="put", option_side="bought", option_price=-0.002,
               option_strike=0.001, market_value=-3.0),
    ]  # fmt: skip
    return _with_trading(stating_totals(), others)


def trading_under_basel() -> Bank:
    """Under the Basel framework."""
    return _with_trading(giving_components(), [])


def _trade(trade_id: str, netting_set_id: str, asset_class: str, **given: Any) -> Row:
    assert not given.keys() - _TRADE.keys(), given.keys() - _TRADE.keys()
    own = {"trade_id": trade_id, "netting_set_id": netting_set_id, "asset_class": asset_class}
    return {**_TRADE, **own, **given}


def _with_trading(bank: Bank, trades: list[Row]) -> Bank:
    """The bank with the sheets of trading, and lines of the balance sheet that hold what is on them."""
    lines = dict(bank["balance_sheet"])
    for row, treatment in zip(list(lines)[:3], TRADING_LINES, strict=True):
        lines[row] = {**lines[row], "lr_treatment": treatment}
    sheets = {
        "netting_sets": _netting_sets(),
        "derivatives": [*_trades(), *trades],
        "collateral": _collateral(),
        "sft": _transactions(),
        "sft_daily": _days(),
    }
    return {**bank, "balance_sheet": lines, **{name: dict(enumerate(rows, 2)) for name, rows in sheets.items()}}


def _netting_sets() -> list[Row]:
    sets: list[Row] = [
        {"netting_set_id": "N1", **_MARGINED},
        {"netting_set_id": "N2", "nica": 8.0, "currency": "USD"},
        {"netting_set_id": "N3", "margin_agreement_id": "M1", **_MARGINED, "margin_period_days": 14},
        {"netting_set_id": "N3", "margin_agreement_id": "M2", **_MARGINED, "variation_margin": -20.0,
         "variation_margin_cash_eligible": -20.0, "illiquid": True},
        {"netting_set_id": "N4", "margin_agreement_id": "M3", **_MARGINED, "counterparty_id": "C2"},
        {"netting_set_id": "N5", "margin_agreement_id": "M3", **_MARGINED, "counterparty_id": "C2",
         "variation_margin": 5.0, "variation_margin_cash_eligible": 5.0},
        {"netting_set_id": "N6", "counterparty_id": "C3", "enforceable": False},
        {"netting_set_id": "N7", **_MARGINED, "counterparty_id": "C4", "qccp": True, "client_cleared": True,
         "ccp_leg_exempt": True},
        {"netting_set_id": "N8", **_MARGINED, "one_way_for_counterparty": True, "variation_margin": -30.0,
         "variation_margin_cash_eligible": -30.0},
    ]  # fmt: skip
    return [{**_SET, **row} for row in sets]


def _trades() -> list[Row]:
    rates = {"hedging_set": "EUR", "notional": 1000.0, "notional_currency": "EUR"}
    credit: Row = {"notional": 200.0, "notional_currency": "EUR", "e_years": 4.0, "m_years": 4.0}
    units = {"underlying_units": 20.0, "underlying_price": 45.5, "underlying_price_currency": "EUR"}
    option: Row = {"direction": None, "option_type": "call", "option_side": "bought", "t_years": 0.5}
    return [
        _trade("T01", "N1", "ir", **rates, s_years=0.5, e_years=5.5, m_years=5.5, market_value=33.0),
        _trade("T02", "N1", "ir", **rates, direction="short", end=DAY + timedelta(days=400),
               maturity=DAY + timedelta(days=400), m_years=None, market_value=-12.0, currency="USD"),
        _trade("T03", "N1", "ir", **{**rates, "notional_schedule": "0-1:700;1-2:300", "notional": None}, e_years=2.0,
               special="basis", special_pair="EURIBOR 3M/6M", market_value=1.5),
        _trade("T04", "N1", "fx", hedging_set="EUR/USD", notional=500.0, notional_currency="EUR", second_notional=560.0,
               second_notional_currency="USD", market_value=21.0),
        _trade("T05", "N1", "fx", hedging_set="GBP/USD", notional=80.0, notional_currency="GBP", second_notional=99.0,
               second_notional_currency="USD", direction="short", leverage_multiplier=2.0),
        _trade("T06", "N2", "credit", **credit, sub_class="bbb", reference_entity="Harbour Co Ltd",
               credit_seniority="senior", fv_change_in_tier1=-6.0, matched_purchase_id="T07", market_value=-4.0),
        _trade("T07", "N2", "credit", **{**credit, "notional": 150.0}, sub_class="bbb", direction="short",
               reference_entity="Harbour Co Ltd", credit_seniority="senior", fv_change_in_tier1=2.0, market_value=2.0),
        _trade("T08", "N2", "credit", **credit, sub_class="index_ig", reference_entity="Sample Index",
               credit_seniority="senior", tranche_attach=0.03, tranche_detach=0.07),
        _trade("T09", "N2", "credit", **credit, sub_class="index_sg", reference_entity="Other Index", direction="short",
               nth=2, basket_size=5),
        _trade("T10", "N3", "equity", **units, margin_agreement_id="M1", sub_class="single",
               reference_entity="Käferholm", market_value=14.0),
        _trade("T11", "N3", "equity", **units, **option, margin_agreement_id="M2", sub_class="single",
               reference_entity="Käferholm", option_price=45.5, option_strike=47.0, market_value=6.0),
        _trade("T12", "N3", "equity", **option, margin_agreement_id="M2", sub_class="index",
               reference_entity="Broad Index", option_price=45.5, option_strike=44.0, digital_payoff=25.0,
               underlying_price=45.5, underlying_price_currency="USD"),
        _trade("T13", "N4", "commodity", **units, sub_class="oil_gas", margin_agreement_id="M3",
               reference_entity="Brent", market_value=70.0),
        _trade("T14", "N5", "commodity", **units, sub_class="electricity", margin_agreement_id="M3",
               reference_entity="Baseload", direction="short", market_value=9.0),
        _trade("T15", "N5", "commodity", **units, sub_class="metals", margin_agreement_id="M3",
               reference_entity="Copper", special="volatility", principal_exchanges=3),
        _trade("T16", "N6", "crypto", sub_class="2a", hedging_set="BTC", notional=60.0, notional_currency="USD",
               market_value=11.0),
        _trade("T17", "N6", "crypto", sub_class="2b", hedging_set="DOGE", notional=20.0, notional_currency="EUR",
               market_value=-1.0),
        _trade("T18", "N6", "equity", **units, **{**option, "option_side": "sold"}, sub_class="single",
               reference_entity="Käferholm", option_price=45.5, option_strike=50.0, premium_paid=True,
               market_value=-5.0),
        _trade("T19", "N6", "credit", **credit, sub_class="a", reference_entity="Mill Ltd", credit_seniority="senior",
               unpaid_premia=0.4, market_value=-2.0),
        _trade("T20", "N7", "ir", **rates, e_years=0.9, m_years=None, daily_settled=True, market_value=17.0),
        _trade("T21", "N7", "ir", **rates, e_years=7.0, m_years=7.0, direction="short", market_value=-45.0),
        _trade("T22", "N8", "fx", hedging_set="EUR/USD", notional=120.0, notional_currency="EUR", second_notional=130.0,
               second_notional_currency="USD", direction="short", market_value=-8.0),
    ]  # fmt: skip


def _collateral() -> list[Row]:
    blank = {"netting_set_id": None, "margin_agreement_id": None, "sft_id": None, "im_vm": None, "issuer_id": None,
             "issuer_credit_quality_step": None, "residual_maturity_years": None, "segregated": False}  # fmt: skip
    bond = {"type": "sovereign", "issuer_id": "C1", "issuer_credit_quality_step": 1, "residual_maturity_years": 4.5}
    items: list[Row] = [
        {"collateral_id": "K1", "netting_set_id": "N1", "direction": "received", "im_vm": "im", **bond,
         "currency": "EUR", "value": 22.0},
        {"collateral_id": "K2", "netting_set_id": "N2", "direction": "posted", "im_vm": "im", "type": "cash",
         "currency": "GBP", "value": 9.0},
        {"collateral_id": "K3", "netting_set_id": "N7", "direction": "received", "im_vm": "vm", "type": "cash",
         "currency": "EUR", "value": 6.0},
        {"collateral_id": "K4", "netting_set_id": "N2", "direction": "posted", "im_vm": "im", "type": "gold",
         "currency": "USD", "value": 4.0, "segregated": True},
        {"collateral_id": "K5", "sft_id": "S2", "direction": "received", "type": "cash", "currency": "USD",
         "value": 3.0},
        {"collateral_id": "K6", "sft_id": "S1", "direction": "posted", "type": "cash", "currency": "EUR", "value": 7.0},
    ]  # fmt: skip
    return [{**blank, **item} for item in items]


def _transactions() -> list[Row]:
    common = {
        "counterparty_id": "C1", "role": "principal", "currency": "EUR", "netting_agreement_id": None,
        "netting_conditions_met": False, "settlement_date": None,
    }  # fmt: skip
    netted = {"netting_agreement_id": "G1", "netting_conditions_met": True, "settlement_date": DAY + timedelta(days=14)}
    rows: list[Row] = [
        {"sft_id": "S1", "kind": "reverse_repo", "cash_leg": 500.0, "securities_leg": 480.0, **netted},
        {"sft_id": "S2", "kind": "repo", "cash_leg": 320.0, "securities_leg": 330.5, **netted, "currency": "USD"},
        {"sft_id": "S3", "kind": "securities_lending", "cash_leg": 80.0, "securities_leg": 90.0},
        {"sft_id": "S4", "kind": "margin_lending", "cash_leg": 40.0, "securities_leg": 65.0, "currency": "GBP"},
        {"sft_id": "S5", "kind": "repo", "cash_leg": 25.0, "securities_leg": 29.0, "role": "agent",
         "netting_agreement_id": "G2", "counterparty_id": "C2"},
        {"sft_id": "S6", "kind": "reverse_repo", "cash_leg": 75.0, "securities_leg": 70.0, **netted,
         "settlement_date": DAY + timedelta(days=30)},
    ]  # fmt: skip
    return [{**common, **row} for row in rows]


def _days() -> list[Row]:
    days: list[date] = [day.date() for day in pd.bdate_range("2026-07-01", str(DAY))]
    return [
        {"date": day, "gross_sft_assets": 600.0 + place, "netted_cash": None if place % 5 else 200.0 + place}
        for place, day in enumerate(days)
    ]
