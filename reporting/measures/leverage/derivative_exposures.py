"""Rows 8 to 10 and 13 of template LR2: the exposures of derivatives by netting set, and their sums."""

from __future__ import annotations

from math import fsum

import numpy as np
import pandas as pd

from reporting.measures.arrays import table_of
from reporting.measures.leverage.derivatives import Derivatives, sums_of, values_alone
from reporting.measures.leverage.secured_sets import SHARED_MARGIN, any_share_margin
from reporting.measures.measure import Taken, measure


@measure(
    unit="money",
    reference="BCBS LEV30 (derivative exposures); CRR Art. 429c",
    label="Derivative exposures in the leverage ratio by netting set",
    key="netting_set_id",
)
def derivative_leverage_sets(
    derivatives: Derivatives, margin_agreement_rows: pd.DataFrame | None
) -> pd.DataFrame | Taken:
    """1.4 x replacement cost and 1.4 x add-on: only eligible cash margin counts, and the multiplier is 1.

    For client-cleared trades the client's margin counts, and the multiplier is that of SA-CCR.
    """
    of = derivatives.exposure
    if of is None:
        return table_of("netting_set_id", {}, _LEVERAGE_TEXTS, _LEVERAGE_NUMBERS)
    sets, names = of.netting_sets, of.netting_sets.index.astype(str)
    values = values_alone(derivatives)
    cleared, exempt = derivatives.sets_that_are("client_cleared"), derivatives.sets_that_are("ccp_leg_exempt")
    table = pd.DataFrame(
        {
            "client_cleared": np.where(names.isin(cleared), "yes", "no"),
            "ccp_leg_exempt": np.where(names.isin(exempt), "yes", "no"),
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
    table = table.assign(exempted_ccp_leg=exempted)[[*_LEVERAGE_TEXTS, *_LEVERAGE_NUMBERS]]
    if any_share_margin(margin_agreement_rows):
        return Taken(table, ("derivatives", "margin_agreement_rows"), SHARED_MARGIN, whole=("derivatives",))
    return table


_LEVERAGE_TEXTS = ["client_cleared", "ccp_leg_exempt"]
_LEVERAGE_NUMBERS = [
    "netted_value", "standalone_value", "eligible_cash", "replacement_cost", "potential_future_exposure", "exposure",
    "exempted_ccp_leg",
]  # fmt: skip


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
    derivative_leverage_sets,
    derivative_replacement_cost,
    derivative_future_exposure,
    exempted_ccp_leg,
    derivative_exposures,
)
