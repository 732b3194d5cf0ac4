"""Derivatives step by step: collateral after haircuts, netting sets and margin agreements as they enter.

The workbook computes these tables from its input sheets, so that each of their columns is one step of arithmetic.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from reporting.measures.counterparty import agreement_steps
from reporting.measures.leverage.derivative_columns import MARGINED, UNMARGINED, Columns, agreement_names, yes_or_no
from reporting.measures.leverage.secured_sets import SecuredSets
from reporting.measures.measure import measure


@measure(
    unit="money",
    reference="BCBS CRE52.5, CRE22.49-22.59; CRR Art. 224, 276",
    label="Collateral of derivatives after haircuts",
    key="collateral_id",
)
def derivative_collateral(secured_sets: SecuredSets) -> pd.DataFrame:
    """Received: value x (1 - haircut); posted: -value x (1 + haircut), nothing if segregated.

    counted                 1: it counts with its netting set
    haircut_of_ten_days     in per cent, with that for a mismatch of currencies
    haircut                 in per cent, for the holding period of the netting set
    """
    rows = secured_sets.collateral
    if rows is None:
        return _COLLATERAL.empty()
    table = rows.assign(
        eligible=yes_or_no(rows["eligible"]),
        counted=1.0,
        haircut_of_ten_days=rows["unscaled"] * 100,
        haircut=rows["haircut"] * 100,
    )
    return _COLLATERAL.of(table.set_index("collateral_id"))


_COLLATERAL = Columns(
    "collateral_id",
    ("netting_set_id", "direction", "im_vm", "type", "currency", "eligible"),
    (
        "issuer_credit_quality_step", "residual_maturity_years", "counted", "value", "haircut_of_ten_days", "haircut",
        "value_after_haircut",
    ),
)  # fmt: skip


@measure(
    unit="",
    reference="BCBS CRE52.12-52.19, 52.48-52.53; CRR Art. 275, 285",
    label="Netting sets and margin agreements as they enter",
    key="margin_agreement",
)
def derivative_margin_agreements(secured_sets: SecuredSets) -> pd.DataFrame:
    """The higher of the bank's own margin period of risk and its floor; amounts held and still to be called.

    counted             1: it counts as the columns of text say
    trades              of the netting set
    netted_within_days  the period within which its trades net; blank where the netting set has one row
    holding_days        of its collateral, in business days: the margin period of risk, or that of the longest trade
    call_amount         threshold and minimum transfer amount where margined
    """
    if not secured_sets.parameters:
        return _AGREEMENT.empty()
    given, sets = secured_sets.given, secured_sets.sets
    steps = agreement_steps(secured_sets.terms, sets, secured_sets.parameters)
    several = sets["netting_set_id"].duplicated(keep=False)
    margined = steps["margined"]
    table = pd.DataFrame(
        {
            "margin_agreement": agreement_names(sets),
            "netting_set_id": sets["netting_set_id"],
            "margin_agreement_id": given["margin_agreement_id"],
            "currency": given["currency"],
            "basis": np.where(margined, MARGINED, UNMARGINED),
            **{name: yes_or_no(given[name]) for name in ("enforceable", "client_cleared", "ccp_leg_exempt")},
            "counted": 1.0,
            "trades": steps["trades"],
            "margin_period_floor": steps["margin_period_floor"],
            "margin_period_days": steps["margin_period_days"],
            "netted_within_days": steps["margin_period_days"].where(several),
            "holding_days": steps["margin_period_days"].where(margined, _unmargined_days(secured_sets)),
            "call_amount": (sets["threshold"] + sets["minimum_transfer_amount"]).where(margined, 0.0),
            "independent_collateral": sets["nica"].fillna(0.0),
            "variation_margin": sets["variation_margin"].fillna(0.0),
            "eligible_cash": sets["variation_margin_cash_eligible"].fillna(0.0),
        }
    )
    return _AGREEMENT.of(table.set_index("margin_agreement"))


_AGREEMENT = Columns(
    "margin_agreement",
    (
        "netting_set_id", "margin_agreement_id", "currency", "basis", "enforceable", "client_cleared", "ccp_leg_exempt",
    ),
    (
        "counted", "trades", "margin_period_floor", "margin_period_days", "netted_within_days", "holding_days",
        "call_amount", "independent_collateral", "variation_margin", "eligible_cash",
    ),
)  # fmt: skip


def _unmargined_days(secured: SecuredSets) -> pd.Series:
    """Of each row of the netting sets the holding period if it is not margined: see `holding_periods`."""
    terms, parameters = secured.terms, secured.parameters
    year = float(parameters["sa_ccr_business_days"])
    longest = terms["m_years"].fillna(0.0).groupby(terms["netting_set_id"].astype(str)).max() * year
    own = secured.sets["netting_set_id"].astype(str).map(longest).fillna(0.0)
    days: pd.Series = own.clip(1.0, year) + parameters["haircut_period"] - 1.0
    return days


MEASURES = (derivative_collateral, derivative_margin_agreements)
