"""Derivatives in the exposure measure: from the sheets to the exposures of SA-CCR, trade by trade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import fsum
from typing import Any

import numpy as np
import pandas as pd

from reporting.intake.schedules import average_notional
from reporting.measures.counterparty import CounterpartyExposure, sa_ccr
from reporting.measures.leverage.secured_sets import SecuredSets
from reporting.measures.measure import Taken, step

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


@dataclass(frozen=True, eq=False)
class Derivatives:
    """The derivatives of one institution.

    exposure  of all netting sets; None where there are no derivatives
    trades    as `sa_ccr` takes them; given as the sheet has them, row by row the same
    secured   the netting sets and what secures them
    """

    exposure: CounterpartyExposure | None = None
    trades: pd.DataFrame = field(default_factory=pd.DataFrame)
    given: pd.DataFrame = field(default_factory=pd.DataFrame)
    secured: SecuredSets = field(default_factory=SecuredSets)
    reporting_currency: str = ""

    @property
    def sets(self) -> pd.DataFrame:
        """The netting sets as `sa_ccr` takes them."""
        return self.secured.sets

    @property
    def parameters(self) -> Mapping[str, Any]:
        """By which all of it is computed."""
        return self.secured.parameters

    @property
    def alpha(self) -> float:
        """The factor on replacement cost and add-on (BCBS CRE52.1; CRR Art. 274(2)); KeyError without derivatives."""
        return float(self.parameters["sa_ccr_alpha"])

    def sets_that_are(self, flag: str) -> list[str]:
        """The netting sets one of whose rows has the flag: `client_cleared`, `ccp_leg_exempt`."""
        given = self.secured.given
        return list(map(str, given.loc[given[flag].eq(True), "netting_set_id"]))

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
    derivative_rows: pd.DataFrame | None, secured_sets: SecuredSets, reporting_currency: str
) -> Derivatives | Taken:
    """Exposures of all netting sets; none where neither sheets nor balance sheet hold derivatives."""
    if derivative_rows is None or not secured_sets.parameters:
        return Taken(Derivatives(), ("derivative_rows", "secured_sets"), "there are no derivatives")
    trades = _trades(derivative_rows)
    exposure = sa_ccr(trades, secured_sets.sets, secured_sets.parameters, reporting_currency=reporting_currency)
    return Derivatives(exposure, trades, derivative_rows, secured_sets, reporting_currency)


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


MEASURES = (derivatives,)
