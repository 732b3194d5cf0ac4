"""The expressions of the workbook give the tables of derivatives: on random portfolios that take every branch."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reporting.expressions import COMPUTED, KEY
from reporting.measures import FACTS
from reporting.measures.leverage import (
    derivative_hedging_sets,
    derivative_margin,
    derivative_netting_sets,
    derivative_trades,
)
from reporting.measures.leverage.derivative_exposures import derivative_leverage_sets
from reporting.measures.leverage.derivatives import derivatives
from reporting.measures.leverage.secured_sets import secured_sets
from reporting.measures.measure import Taken, label_of
from reporting.reports.live import load_live
from reporting.resources import templates_folder
from reporting.rulebook import load_rulebook
from tests.random_derivatives import random_portfolio

DAY = date(2026, 9, 30)
TABLES = (
    *derivative_margin.MEASURES,
    *derivative_trades.MEASURES,
    *derivative_hedging_sets.MEASURES,
    *derivative_netting_sets.MEASURES,
)
TRADE_COLUMNS = {
    "notional": "notional_amount", "second_notional": "second_notional_amount", "underlying_price": "price_amount",
    "market_value": "market_value_amount", "digital_payoff": "digital_payoff_amount",
    "unpaid_premia": "unpaid_premia_amount", "s_years": "start_in_years", "e_years": "end_in_years",
    "m_years": "maturity_in_years", "t_years": "exercise_in_years",
}  # fmt: skip
SET_COLUMNS = {
    "threshold": "threshold_amount", "minimum_transfer_amount": "transfer_amount", "nica": "nica_amount",
    "variation_margin": "variation_margin_amount", "variation_margin_cash_eligible": "eligible_cash_amount",
}  # fmt: skip


def facts_of(seed: int) -> tuple[dict[str, Any], str]:
    """What the measure of derivatives is given, and the jurisdiction."""
    portfolio = random_portfolio(seed)
    trades = portfolio.trade_frame.rename(columns=TRADE_COLUMNS)
    trades = trades.assign(notional_scale=1.0, price_rate=np.where(trades["price_amount"].notna(), 1.0, np.nan))
    sets = portfolio.netting_set_frame.rename(columns=SET_COLUMNS).drop(columns="collateral")
    texts = {name: trades[name].replace("", None) for name in trades.columns if trades[name].dtype == object}
    known = {
        "derivative_rows": trades.assign(**texts),
        "trade_terms": trades[["trade_id", "netting_set_id", "margin_agreement_id", "maturity_in_years"]],
        "margin_agreement_rows": sets[
            ["margin_agreement_id", "netting_set_id", "margined", "one_way_for_counterparty"]
        ],
        "netting_set_rows": sets.assign(currency=portfolio.reporting_currency),
        "netting_set_collateral_rows": collateral(seed, sets),
        "reporting_currency": portfolio.reporting_currency,
        "derivative_lines": 0,
        "unsplit_lines": 0,
    }
    return known, portfolio.jurisdiction


def collateral(seed: int, sets: pd.DataFrame) -> pd.DataFrame:
    """An item for every second netting set: received or posted, in its currency or another, eligible or not."""
    names = list(dict.fromkeys(sets["netting_set_id"]))[seed % 2 :: 2]
    kinds = [("cash", None, None), ("sovereign", 1.0, 2.5), ("gold", None, None), ("securitisation", 9.0, 4.0)]
    rows = [
        (
            f"K{i}",
            name,
            ("posted", "received")[i % 3 > 0],
            "im",
            *kinds[i % 4],
            ("USD", "EUR")[i % 2],
            100.0 * i,
            not i % 6,
        )
        for i, name in enumerate(names)
    ]
    columns = [
        "collateral_id", "netting_set_id", "direction", "im_vm", "type", "issuer_credit_quality_step",
        "residual_maturity_years", "currency", "value_amount", "segregated",
    ]  # fmt: skip
    numbers = ("issuer_credit_quality_step", "residual_maturity_years", "value_amount")
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(numbers, np.float64))


@pytest.mark.parametrize("seed", range(60))
def test_each_expression_gives_its_column_for_any_portfolio(seed: int) -> None:
    known, jurisdiction = facts_of(seed)
    parameters: dict[str, Any] = {name: p.value for name, p in load_rulebook(jurisdiction, DAY).parameters.items()}
    given = {
        argument.name: known[argument.name] for argument in label_of(secured_sets).arguments if argument.name in known
    }
    secured: Any = secured_sets(
        **given,
        sa_ccr_parameters={name: value for name, value in parameters.items() if name.startswith("sa_ccr_")},
        **{name: parameters[name] for name in ("supervisory_haircuts", "currency_mismatch_haircut", "haircut_period")},
    )
    found = derivatives(known["derivative_rows"], secured, known["reporting_currency"])
    names: dict[str, Any] = {**known, **parameters, "secured_sets": secured, "derivatives": found}
    names["derivative_values"] = known["derivative_rows"]["market_value_amount"].to_numpy()
    for measure in (*TABLES, derivative_leverage_sets):
        label = label_of(measure)
        result = measure(**{argument.name: names[argument.name] for argument in label.arguments})
        names[label.name] = result.value if isinstance(result, Taken) else result
    expressions = load_live(templates_folder() / "leverage" / "workbook.yaml").tables
    for measure in (*TABLES, derivative_leverage_sets):
        name = label_of(measure).name
        table = names[name]
        key = table.index.to_series()
        own = {str(column): table[column] for column in table} | {str(table.index.name): key, KEY: key}
        for column, expression in expressions[name].items():
            values = np.asarray(expression.evaluate({**names, **own, COMPUTED: table[column]}), dtype=np.float64)
            scale = table[column].abs().max(skipna=True) if table[column].notna().any() else 1.0
            for row, value, wanted in zip(key, np.broadcast_to(values, len(table)), table[column], strict=True):
                blank = math.isnan(value) and math.isnan(wanted)
                same = math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-12 * scale)
                assert blank or same, (name, row, column, value, wanted)


def test_the_facts_that_the_expressions_name_are_declared() -> None:
    live = load_live(templates_folder() / "leverage" / "workbook.yaml")
    heads = {
        reference.name.partition(".")[0]
        for columns in live.tables.values()
        for expression in columns.values()
        for reference in expression.references()
        if "." in reference.name and not reference.name.startswith("entity.")
    }
    assert heads - set(live.tables) <= set(FACTS)
