"""Derivatives in the exposure measure: SA-CCR from the trade to the netting set; rows 8 to 10 of template LR2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
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
    """The derivatives of one institution.

    exposure            of all netting sets; None where there are no derivatives
    trades, sets        as `sa_ccr` takes them; given, given_sets as the sheets have them, row by row the same
    collateral          after haircuts, with the columns of the sheet; None without any
    parameters          by which all of it is computed
    exempt              netting sets whose CCP leg is exempt
    """

    exposure: CounterpartyExposure | None = None
    trades: pd.DataFrame = field(default_factory=pd.DataFrame)
    sets: pd.DataFrame = field(default_factory=pd.DataFrame)
    given: pd.DataFrame = field(default_factory=pd.DataFrame)
    given_sets: pd.DataFrame = field(default_factory=pd.DataFrame)
    collateral: pd.DataFrame | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reporting_currency: str = ""
    exempt: frozenset[str] = frozenset()

    @property
    def alpha(self) -> float:
        """The factor on replacement cost and add-on (BCBS CRE52.1; CRR Art. 274(2)); KeyError without derivatives."""
        return float(self.parameters["sa_ccr_alpha"])

    @cached_property
    def unmargined(self) -> CounterpartyExposure | None:
        """The exposure of the netting sets that are margined, if they were not; None where there are none."""
        if self.exposure is None or not self.exposure.netting_sets["margined"].any():
            return None
        margined = self.exposure.netting_sets.index[self.exposure.netting_sets["margined"]]
        sets = self.sets[self.sets["netting_set_id"].isin(margined)]
        return sa_ccr(
            self.trades[self.trades["netting_set_id"].isin(margined)],
            sets.assign(margined=False, one_way_for_counterparty=False),
            self.parameters,
            reporting_currency=self.reporting_currency,
        )


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
    collateral = None
    if netting_set_collateral_rows is not None and len(netting_set_collateral_rows):
        sets, collateral = _with_collateral(sets, trades, netting_set_collateral_rows, parameters)
    exempt = netting_set_rows.loc[netting_set_rows["ccp_leg_exempt"].eq(True), "netting_set_id"]
    exposure = sa_ccr(trades, sets, parameters, reporting_currency=reporting_currency)
    return Derivatives(
        exposure, trades, sets, derivative_rows, netting_set_rows, collateral, parameters, reporting_currency,
        frozenset(map(str, exempt)),
    )  # fmt: skip


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
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Netting sets with their collateral outside the margin amounts, and this, after haircuts, item by item.

    The settlement currency is that of the netting set.
    """
    days = holding_periods(trades, sets, parameters)
    currency = dict(zip(sets["netting_set_id"], sets["currency"], strict=True))
    items = rows.rename(columns={"value_amount": "value"})
    parts = [
        haircuts(of_currency, days, parameters, settlement_currency=str(name))
        for name, of_currency in items.groupby(items["netting_set_id"].map(currency), observed=True)
    ]
    total = pd.concat([part.netting_sets["collateral"] for part in parts]).groupby(level=0).sum()
    first = ~sets["netting_set_id"].duplicated()
    after = items.join(pd.concat([part.collateral for part in parts]))
    return sets.assign(collateral=sets["netting_set_id"].map(total).where(first, 0.0).fillna(0.0)), after


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
    of = derivatives.exposure
    if of is None:
        return table_of("netting_set_id", {}, _LEVERAGE_TEXTS, _LEVERAGE_NUMBERS)
    sets, names = of.netting_sets, of.netting_sets.index.astype(str)
    values = values_alone(derivatives)
    cleared = derivatives.given_sets.loc[derivatives.given_sets["client_cleared"].eq(True), "netting_set_id"]
    table = pd.DataFrame(
        {
            "client_cleared": np.where(names.isin(list(map(str, cleared))), "yes", "no"),
            "ccp_leg_exempt": np.where(names.isin(list(derivatives.exempt)), "yes", "no"),
            "netted_value": sums_of(values["netted_value"], values["netting_set_id"], names),
            "standalone_value": sums_of(values["standalone_value"], values["netting_set_id"], names),
            "eligible_cash": sums_of(
                derivatives.sets["variation_margin_cash_eligible"].fillna(0.0),
                derivatives.sets["netting_set_id"],
                names,
            ),
            "replacement_cost": derivatives.alpha * sets["replacement_cost_leverage"],
            "potential_future_exposure": derivatives.alpha * sets["pfe_leverage"],
            "exposure": sets["exposure_leverage"],
        },
        index=sets.index,
    )
    exempted = np.where(table["ccp_leg_exempt"].eq("yes"), 0.0 - table["exposure"], 0.0)
    return table.assign(exempted_ccp_leg=exempted)[[*_LEVERAGE_TEXTS, *_LEVERAGE_NUMBERS]]


_LEVERAGE_TEXTS = ["client_cleared", "ccp_leg_exempt"]
_LEVERAGE_NUMBERS = [
    "netted_value", "standalone_value", "eligible_cash", "replacement_cost", "potential_future_exposure", "exposure",
    "exempted_ccp_leg",
]  # fmt: skip


def values_alone(derivatives: Derivatives) -> pd.DataFrame:
    """One row a trade: netting_set_id, alone (it nets with no other), netted_value, standalone_value.

    The last is what a trade that stands alone adds to the replacement cost: its value where positive.
    """
    trades, of = derivatives.trades, derivatives.exposure
    if of is None:
        return pd.DataFrame(columns=["netting_set_id", "alone", "netted_value", "standalone_value"])
    alone = of.positions["trade_id"].notna().to_numpy()[of.trades["position"].to_numpy()]
    value = trades["market_value"]
    return pd.DataFrame(
        {
            "netting_set_id": trades["netting_set_id"],
            "alone": alone,
            "netted_value": value.where(~alone, 0.0),
            "standalone_value": value.clip(lower=0.0).where(alone, 0.0),
        }
    )


def sums_of(amounts: pd.Series, names: pd.Series, wanted: Iterable[str]) -> list[float]:
    """The exact sum of the amounts of each name; zero for a name without any."""
    sums = {str(name): fsum(values) for name, values in amounts.groupby(names.astype(str))}
    return [sums.get(str(name), 0.0) for name in wanted]


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


MEASURES = (
    derivatives,
    derivative_leverage_sets,
    derivative_replacement_cost,
    derivative_future_exposure,
    exempted_ccp_leg,
    derivative_exposures,
)
