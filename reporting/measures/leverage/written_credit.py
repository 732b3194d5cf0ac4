"""Written credit derivatives in the exposure measure: rows 11 and 12 of template LR2."""

from __future__ import annotations

from math import fsum

import numpy as np
import pandas as pd

from reporting.measures.arrays import table_of
from reporting.measures.measure import Taken, measure


@measure(
    unit="money",
    reference="BCBS LEV30 (written credit derivatives); CRR Art. 429d",
    label="Written credit derivatives",
    key="trade_id",
)
def written_credit_derivatives(credit_derivative_rows: pd.DataFrame | None) -> pd.DataFrame | Taken:
    """Effective notional of each credit derivative sold, less losses in Tier 1, and the protection bought against it.

    Effective notional: notional times leverage multiplier, less the negative change of fair value that Tier 1 has taken
    in, not below zero. Protection bought counts if it is on the same reference, of the same or a more junior rank, and
    lasts at least as long; reduced by its own positive change of fair value where the sold one was reduced. What one
    purchase offers is shared by the trades that name it, in proportion to their effective notionals.

    purchase_counts     1 where the purchase that the trade names may offset it, otherwise 0
    covered_notional    effective notional where the purchase that the trade names counts; loss_in_tier1 likewise
    purchased_notional  what that purchase offers to all trades that name it; blank where it does not count
    """
    if credit_derivative_rows is None:
        empty = table_of("trade_id", {}, _TEXTS, _AMOUNTS)
        return Taken(empty, ("credit_derivative_rows",), "the sheet derivatives is not in the submission")
    table = _written(credit_derivative_rows.set_index("trade_id"))
    if table["matched_purchase_id"].isna().all():
        return table
    because = "protection bought is shared by the trades that name it"
    return Taken(table, ("credit_derivative_rows",), because, whole=("credit_derivative_rows",))


def _written(rows: pd.DataFrame) -> pd.DataFrame:
    """The table of credit derivatives sold, from all credit derivatives by trade_id."""
    notional = rows["notional_amount"] * rows["leverage_multiplier"].fillna(1.0)
    change = rows["fv_change_amount"].fillna(0.0)
    written = rows.index[rows["direction"].eq("long") & rows["option_type"].isna()]
    effective = (notional + change.clip(upper=0.0)).clip(lower=0.0).loc[written]
    named = rows.loc[written, "matched_purchase_id"]
    purchase = named
    purchase = purchase.where([_offsets(rows, sold, bought) for sold, bought in purchase.items()], None)
    offered = {
        bought: _offered(
            notional, change, bought, reduced=bool((change[purchase.index[purchase.eq(bought)]] < 0).any())
        )
        for bought in purchase.dropna().unique()
    }
    offset, covered = pd.Series(0.0, index=written), pd.Series(np.nan, index=written)
    for bought, amount in offered.items():
        trades = purchase.index[purchase.eq(bought)]
        total = fsum(effective[trades])
        covered[trades] = amount
        if total > 0:
            offset[trades] = effective[trades] * min(1.0, amount / total)
    return pd.DataFrame(
        {
            "reference_entity": rows.loc[written, "reference_entity"],
            "offset_by": purchase.where(purchase.notna(), None),
            "matched_purchase_id": named.astype(object).where(named.notna(), None),
            "effective_notional": effective,
            "purchase_counts": purchase.notna().astype(np.float64),
            "covered_notional": effective.where(purchase.notna(), 0.0),
            "loss_in_tier1": change.loc[written].clip(upper=0.0).where(purchase.notna(), 0.0),
            "purchased_notional": covered,
            "offset": 0.0 - offset,
        }
    )


_TEXTS = ["reference_entity", "offset_by", "matched_purchase_id"]
_AMOUNTS = [
    "effective_notional",
    "purchase_counts",
    "covered_notional",
    "loss_in_tier1",
    "purchased_notional",
    "offset",
]


def _offsets(rows: pd.DataFrame, sold: object, bought: object) -> bool:
    """True if a purchase may offset a sale."""
    if pd.isna(bought) or bought not in rows.index:  # type: ignore[call-overload]
        return False
    own, other = rows.loc[sold], rows.loc[bought]  # type: ignore[call-overload]
    senior_enough = other["credit_seniority"] == own["credit_seniority"] or other["credit_seniority"] == "subordinated"
    return bool(
        other["direction"] == "short"
        and other["reference_entity"] == own["reference_entity"]
        and senior_enough
        and other["maturity_in_years"] >= own["maturity_in_years"]
    )


def _offered(notional: pd.Series, change: pd.Series, bought: str, *, reduced: bool) -> float:
    amount = float(notional[bought])
    return max(0.0, amount - max(0.0, float(change[bought]))) if reduced else amount


@measure(
    unit="money",
    reference="BCBS LEV30 (written credit derivatives); CRR Art. 429d(2)",
    label="Adjusted effective notional amount of written credit derivatives",
)
def written_credit_notional(written_credit_derivatives: pd.DataFrame) -> float:
    """Sum of effective notionals."""
    return fsum(written_credit_derivatives["effective_notional"])


@measure(
    unit="money",
    reference="BCBS LEV30 (written credit derivatives); CRR Art. 429d(3)",
    label="Adjusted effective notional offsets of written credit derivatives",
)
def written_credit_offset(written_credit_derivatives: pd.DataFrame) -> float:
    """Less protection bought on the same references. Add-ons of the sold legs stay in row 9."""
    return fsum(written_credit_derivatives["offset"])


MEASURES = (written_credit_derivatives, written_credit_notional, written_credit_offset)
