"""Derivatives step by step: trades.

The workbook computes this table from its input sheets, so that each of its columns is one step of arithmetic.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from reporting.intake.schedules import average_notional
from reporting.measures.counterparty import CounterpartyExposure, trade_steps
from reporting.measures.leverage.derivative_columns import (
    AS_IT_IS,
    BY_ENTITY,
    IF_UNMARGINED,
    MARGINED,
    UNMARGINED,
    Basis,
    Columns,
    agreement_names,
    entity_ids,
    hedging_set_ids,
)
from reporting.measures.leverage.derivatives import Derivatives, values_alone
from reporting.measures.measure import measure


@measure(
    unit="money",
    reference="BCBS CRE52.30-52.53; CRR Art. 279-279c",
    label="Derivatives by trade",
    key="trade_id",
)
def derivative_trades(derivatives: Derivatives) -> pd.DataFrame:
    """Effective notional = adjusted notional x supervisory delta x maturity factor.

    The columns of text, and scheduled_notional, say how the program read the trade and where it put it.

    counted                 1: it counts in its hedging set
    stated_notional         as on the sheet, or by the schedule
    maturity                years, 0 where it has none; maturity_bucket of interest rates
    scheduled_notional      time-weighted average of a notional that changes, in the unit of the sheet
    notional                with leverage and exchanges of principal, before the supervisory duration (years)
    deviation               supervisory volatility times the square root of the years to exercise
    norm_d1                 N(d1) of an option, of a put N(-d1), of a digital one N(d1) at both strikes of its collar
    standalone_value        its value where positive, of a trade that nets with no other
    ..._unmargined          for the cap of margined netting sets
    """
    of = derivatives.exposure
    if of is None:
        return _TRADE.empty()
    given, values = derivatives.given, values_alone(derivatives)
    steps = trade_steps(
        derivatives.trades, derivatives.sets, derivatives.parameters, reporting_currency=derivatives.reporting_currency
    )
    schedules = given["notional_schedule"]
    table = of.trades.drop(columns=["netting_set_id", "asset_class"]).assign(
        **{name: given[name] for name in _AS_GIVEN},
        reference_entity=given["reference_entity"].where(given["asset_class"].isin(BY_ENTITY)),
        scheduled_notional=schedules.map(average_notional, na_action="ignore").astype(np.float64),
        margin_agreement=agreement_names(derivatives.sets)[steps["agreement"].to_numpy()],
        netting=np.where(values["alone"], "alone", "netted"),
        basis=np.where(steps["margined"], MARGINED, UNMARGINED),
        counted=1.0,
        stated_notional=derivatives.trades["notional"],
        market_value=derivatives.trades["market_value"],
        standalone_value=values["standalone_value"],
        **{name: steps[name] for name in _STEPS},
        **_ids(of, AS_IT_IS),
        **_ids(derivatives.unmargined, IF_UNMARGINED),
    )
    return _TRADE.of(table.set_index("trade_id"))


_AS_GIVEN = [
    "netting_set_id", "margin_agreement_id", "asset_class", "sub_class", "special", "special_pair", "notional_schedule",
]  # fmt: skip
_STEPS = [
    "risk_class", "notional", "supervisory_duration", "maturity", "maturity_bucket", "option_price", "option_strike",
    "option_strike_upper", "option_shift", "option_shift_upper", "deviation", "norm_d1", "norm_d1_upper",
]  # fmt: skip
_TRADE = Columns(
    "trade_id",
    (
        "netting_set_id", "margin_agreement_id", "margin_agreement", "netting", "basis", "asset_class", "sub_class",
        "risk_class", "hedging_set", "reference_entity", "special", "special_pair", "notional_schedule",
        "hedging_set_id", "entity_id", "unmargined_hedging_set_id", "unmargined_entity_id",
    ),
    (
        "counted", "market_value", "standalone_value", "scheduled_notional", "stated_notional", "notional",
        "supervisory_duration", "adjusted_notional", "option_price", "option_strike", "option_strike_upper",
        "option_shift", "option_shift_upper", "deviation", "norm_d1", "norm_d1_upper", "supervisory_delta", "maturity",
        "maturity_factor_unmargined", "maturity_factor", "supervisory_factor", "maturity_bucket", "effective_notional",
        "effective_notional_unmargined",
    ),
)  # fmt: skip


def _ids(of: CounterpartyExposure | None, basis: Basis) -> dict[str, pd.Series | None]:
    """Hedging set and entity of each trade of the exposure; blank for any other."""
    if of is None:
        return {basis.hedging_set_id: None, basis.entity_id: None}
    position, index = of.trades["position"].to_numpy(), of.trades.index
    row = of.positions["hedging_set_row"].to_numpy()[position]
    return {
        basis.hedging_set_id: pd.Series(hedging_set_ids(of)[row], index=index, dtype=object),
        basis.entity_id: pd.Series(entity_ids(of)[position], index=index, dtype=object),
    }


MEASURES = (derivative_trades,)
