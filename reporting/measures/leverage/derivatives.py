"""Derivatives in the exposure measure: SA-CCR from the trade to the netting set; rows 8 to 10 of template LR2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
import pandas as pd

from reporting.figures import Unavailable
from reporting.intake.schedules import average_notional
from reporting.measures.arrays import table_of
from reporting.measures.counterparty import (
    CounterpartyExposure,
    haircuts,
    holding_periods,
    sa_ccr,
)
from reporting.measures.measure import Taken, measure, step

# Columns of the engine and where the portfolio has them in single units of the reporting currency, or in years.
_TRADE_COLUMNS = {
    "notional_amount": "notional",
    "second_notional_amount": "second_notional",
    "price_amount": "underlying_price",
    "market_value_amount": "market_value",
    "digital_payoff_amount": "digital_payoff",
    "unpaid_premia_amount": "unpaid_premia",
    "start_in_years": "s_years",
    "end_in_years": "e_years",
    "maturity_in_years": "m_years",
    "exercise_in_years": "t_years",
}
_SET_COLUMNS = {
    "threshold_amount": "threshold",
    "transfer_amount": "minimum_transfer_amount",
    "nica_amount": "nica",
    "variation_margin_amount": "variation_margin",
    "eligible_cash_amount": "variation_margin_cash_eligible",
}


@dataclass(frozen=True, eq=False)
class Derivatives:
    """The derivatives of one institution: their exposure, alpha, and the netting sets whose CCP leg is exempt."""

    exposure: CounterpartyExposure | None = None
    alpha: float = 0.0
    exempt: frozenset[str] = frozenset()


@step
def derivatives(
    derivative_rows: pd.DataFrame | None,
    netting_set_rows: pd.DataFrame | None,
    netting_set_collateral_rows: pd.DataFrame | None,
    reporting_currency: str,
    derivative_lines: int,
    unsplit_lines: int,
    sa_ccr_parameters: Mapping[str, Any],
    supervisory_haircuts: Mapping[str, float] | None,
    currency_mismatch_haircut: float | None,
    haircut_period: float | None,
) -> Derivatives | Taken | Unavailable:
    """Exposures of all netting sets; none where neither sheets nor balance sheet hold derivatives."""
    if derivative_rows is None or netting_set_rows is None:
        return _without_sheets(derivative_rows, netting_set_rows, derivative_lines, unsplit_lines)
    if not sa_ccr_parameters or supervisory_haircuts is None:
        return Unavailable("the parameters of SA-CCR are not in force on the reference date")
    parameters = {
        **sa_ccr_parameters,
        "supervisory_haircuts": supervisory_haircuts,
        "currency_mismatch_haircut": currency_mismatch_haircut,
        "haircut_period": haircut_period,
    }
    trades, sets = _trades(derivative_rows), netting_set_rows.drop(columns=list(_SET_COLUMNS.values()), errors="ignore")
    sets = sets.rename(columns=_SET_COLUMNS)
    if netting_set_collateral_rows is not None and len(netting_set_collateral_rows):
        sets = _with_collateral(sets, trades, netting_set_collateral_rows, parameters)
    exempt = netting_set_rows.loc[netting_set_rows["ccp_leg_exempt"].eq(True), "netting_set_id"]
    exposure = sa_ccr(trades, sets, parameters, reporting_currency=reporting_currency)
    return Derivatives(exposure, parameters["sa_ccr_alpha"], frozenset(map(str, exempt)))


def _without_sheets(
    trades: pd.DataFrame | None, sets: pd.DataFrame | None, derivative_lines: int, unsplit_lines: int
) -> Taken | Unavailable:
    if unsplit_lines:
        return Unavailable("the balance sheet holds only an unsplit total, from which derivatives cannot be told")
    lacking = [name for name, rows in (("netting_sets", sets), ("derivatives", trades)) if rows is None]
    are = "sheet " + lacking[0] + " is" if len(lacking) == 1 else "sheets netting_sets and derivatives are"
    if derivative_lines:
        lines = "line" if derivative_lines == 1 else "lines"
        return Unavailable(
            f"the balance sheet has {derivative_lines} {lines} of derivatives or their margin, "
            f"and the {are} not in the submission"
        )
    if len(lacking) == 1:
        return Unavailable(f"the {are} not in the submission")
    uses = ("derivative_rows", "netting_set_rows", "derivative_lines", "unsplit_lines")
    return Taken(Derivatives(), uses, "there are no derivatives")


def _trades(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of the engine. A notional that changes is replaced by its time-weighted average.

    Price, strike and shift of options on what is priced in another currency are converted like that price.
    """
    trades = rows.drop(columns=list(_TRADE_COLUMNS.values()), errors="ignore").rename(columns=_TRADE_COLUMNS)
    changing = rows["notional_schedule"].notna()
    if changing.any():
        averages = rows.loc[changing, "notional_schedule"].map(average_notional).astype(np.float64)
        trades.loc[changing, "notional"] = averages * rows.loc[changing, "notional_scale"]
    into_own = rows["price_rate"].fillna(1.0)
    of_options = {name: trades[name] * into_own for name in ("option_price", "option_strike", "option_shift")}
    return trades.assign(**of_options).drop(columns=["notional_schedule", "notional_scale", "price_rate"])


def _with_collateral(
    sets: pd.DataFrame, trades: pd.DataFrame, rows: pd.DataFrame, parameters: Mapping[str, Any]
) -> pd.DataFrame:
    """Collateral outside the margin amounts, after haircuts, each in the settlement currency of its netting set."""
    days = holding_periods(trades, sets, parameters)
    currency = dict(zip(sets["netting_set_id"], sets["currency"], strict=True))
    items = rows.rename(columns={"value_amount": "value"})
    parts = [
        haircuts(of_currency, days, parameters, settlement_currency=str(name)).netting_sets["collateral"]
        for name, of_currency in items.groupby(items["netting_set_id"].map(currency), observed=True)
    ]
    total = pd.concat(parts).groupby(level=0).sum()
    first = ~sets["netting_set_id"].duplicated()
    return sets.assign(collateral=sets["netting_set_id"].map(total).where(first, 0.0).fillna(0.0))


@measure(
    unit="money",
    reference="BCBS CRE52.30-52.53; CRR Art. 279-279c",
    label="Derivatives by trade",
    key="trade_id",
)
def derivative_trades(derivatives: Derivatives) -> pd.DataFrame:
    """Effective notional = adjusted notional x supervisory delta x maturity factor."""
    if derivatives.exposure is None:
        return table_of("trade_id", {}, _TRADE_TEXTS, _TRADE_NUMBERS)
    of = derivatives.exposure
    table = of.trades.assign(
        hedging_set_id=_hedging_set_ids(of)[of.positions["hedging_set_row"].to_numpy()[of.trades["position"]]]
    )
    return _plain(table.set_index("trade_id")[[*_TRADE_TEXTS, *_TRADE_NUMBERS]])


_TRADE_TEXTS = ["netting_set_id", "asset_class", "hedging_set", "hedging_set_id"]
_TRADE_NUMBERS = [
    "adjusted_notional", "supervisory_delta", "maturity_factor", "supervisory_factor", "effective_notional",
]  # fmt: skip


@measure(
    unit="money",
    reference="BCBS CRE52.45-52.47, 52.57-52.72; CRR Art. 277-277a, 280a-280f",
    label="Add-ons of derivatives by hedging set",
    key="hedging_set_id",
)
def derivative_hedging_sets(derivatives: Derivatives, derivative_trades: pd.DataFrame) -> Taken:
    """Effective notionals offset within the hedging set, times the supervisory factor.

    trades   how many trades are in it
    """
    texts, numbers = ["netting_set_id", "asset_class", "asset_class_id", "hedging_set", "kind"], ["trades", "add_on"]
    of = derivatives.exposure
    if of is None:
        table = table_of("hedging_set_id", {}, texts, numbers)
    else:
        ids = pd.Index(_hedging_set_ids(of), name="hedging_set_id")
        sets = of.hedging_sets.assign(asset_class_id=_joined(of.hedging_sets, ["netting_set_id", "asset_class"]))
        counts = derivative_trades["hedging_set_id"].value_counts()
        table = _plain(sets.set_index(ids).assign(trades=counts.reindex(ids))[[*texts, *numbers]])
    return Taken(table, ("derivative_trades",), "from the effective notionals of its trades")


@measure(
    unit="money",
    reference="BCBS CRE52.25; CRR Art. 278(1)",
    label="Add-ons of derivatives by asset class",
    key="asset_class_id",
)
def derivative_asset_classes(derivative_hedging_sets: pd.DataFrame) -> pd.DataFrame:
    """Sum of the add-ons of the hedging sets of the asset class in the netting set."""
    table = {
        name: (sets["netting_set_id"].iloc[0], sets["asset_class"].iloc[0], len(sets), fsum(sets["add_on"]))
        for name, sets in derivative_hedging_sets.groupby("asset_class_id", sort=False)
    }
    return table_of("asset_class_id", table, ["netting_set_id", "asset_class"], ["hedging_sets", "add_on"])


@measure(
    unit="money",
    reference="BCBS CRE52.1, 52.10-52.24; CRR Art. 274, 275, 278",
    label="Counterparty credit risk exposure of derivatives by netting set",
    key="netting_set_id",
)
def derivative_netting_sets(derivatives: Derivatives, derivative_asset_classes: pd.DataFrame) -> pd.DataFrame:
    """Exposure at default = 1.4 x (replacement cost + multiplier x add-on); margined at most as much as unmargined.

    largest_class   the asset class with the largest add-on; blank without trades
    """
    columns = ["value", "collateral", "replacement_cost", "add_on", "multiplier", "pfe", "exposure_at_default"]
    if derivatives.exposure is None:
        return table_of("netting_set_id", {}, ["largest_class"], columns)
    by_size = derivative_asset_classes.sort_values("add_on", ascending=False, kind="stable")
    largest = by_size.drop_duplicates("netting_set_id").set_index("netting_set_id")["asset_class"]
    table = derivatives.exposure.netting_sets[columns]
    return table.assign(largest_class=largest.reindex(table.index))[["largest_class", *columns]]


@measure(
    unit="money",
    reference="BCBS LEV30 (derivative exposures); CRR Art. 429c",
    label="Derivative exposures in the leverage ratio by netting set",
    key="netting_set_id",
)
def derivative_leverage_sets(derivatives: Derivatives) -> pd.DataFrame:
    """1.4 x replacement cost and 1.4 x add-on: only eligible cash margin counts, and the multiplier is 1.

    For client-cleared trades the client's margin counts, and the multiplier is that of SA-CCR.
    """
    columns = ["replacement_cost", "potential_future_exposure", "exposure", "exempted_ccp_leg"]
    if derivatives.exposure is None:
        return table_of("netting_set_id", {}, [], columns)
    of = derivatives.exposure.netting_sets
    table = pd.DataFrame(
        {
            "replacement_cost": derivatives.alpha * of["replacement_cost_leverage"],
            "potential_future_exposure": derivatives.alpha * of["pfe_leverage"],
            "exposure": of["exposure_leverage"],
        }
    )
    exempt = np.isin(table.index.astype(str), list(derivatives.exempt))
    return table.assign(exempted_ccp_leg=np.where(exempt, 0.0 - table["exposure"], 0.0))


@measure(
    unit="money",
    reference="BCBS LEV30 (derivative exposures); CRR Art. 429c(1)-(3)",
    label="Replacement cost of derivatives, net of eligible cash variation margin",
)
def derivative_replacement_cost(derivative_leverage_sets: pd.DataFrame) -> float:
    """1.4 times the replacement cost of all netting sets."""
    return fsum(derivative_leverage_sets["replacement_cost"])


@measure(
    unit="money",
    reference="BCBS LEV30 (derivative exposures); CRR Art. 429c(1), (4)",
    label="Add-on amounts for potential future exposure of derivatives",
)
def derivative_future_exposure(derivative_leverage_sets: pd.DataFrame) -> float:
    """1.4 times the potential future exposure of all netting sets."""
    return fsum(derivative_leverage_sets["potential_future_exposure"])


@measure(
    unit="money",
    reference="BCBS LEV30 (derivative exposures); CRR Art. 429a(1)(g), (h)",
    label="Exempted CCP leg of client-cleared trade exposures",
)
def exempted_ccp_leg(derivative_leverage_sets: pd.DataFrame) -> float:
    """Less the exposure of netting sets with a central counterparty that are exempt."""
    return fsum(derivative_leverage_sets["exempted_ccp_leg"])


@measure(
    unit="money",
    reference="BCBS LEV20.5; CRR Art. 429(4)(b)",
    label="Total derivative exposures",
)
def derivative_exposures(
    derivative_replacement_cost: float,
    derivative_future_exposure: float,
    exempted_ccp_leg: float,
    written_credit_notional: float,
    written_credit_offset: float,
) -> float:
    """Sum of rows 8 to 12."""
    parts = (derivative_replacement_cost, derivative_future_exposure, exempted_ccp_leg)
    return fsum((*parts, written_credit_notional, written_credit_offset))


def _hedging_set_ids(of: CounterpartyExposure) -> Any:
    days = of.hedging_sets["margin_period_days"]
    periods = days.map(lambda period: f"{period:g} days", na_action="ignore")
    names = ["netting_set_id", "asset_class", "hedging_set", "kind", "basis_pair", "margin_period", "trade_id"]
    return _joined(of.hedging_sets.assign(margin_period=periods), names)


def _joined(table: pd.DataFrame, names: list[str]) -> Any:
    """A name for each row, from the columns that are not blank."""
    texts = table[names].astype(object).where(table[names].notna(), "")
    return np.array([" | ".join(str(part) for part in row if part != "") for row in texts.to_numpy()], dtype=object)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Texts as objects, blank as None, so that a table reads and writes like any other."""
    texts = [name for name, kind in table.dtypes.items() if kind == "category"]
    return table.assign(**{str(name): table[name].astype(object).where(table[name].notna(), None) for name in texts})


MEASURES = (
    derivatives,
    derivative_trades,
    derivative_hedging_sets,
    derivative_asset_classes,
    derivative_netting_sets,
    derivative_leverage_sets,
    derivative_replacement_cost,
    derivative_future_exposure,
    exempted_ccp_leg,
    derivative_exposures,
)
