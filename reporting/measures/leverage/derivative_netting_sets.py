"""Derivatives step by step: add-ons of asset classes, and exposures of netting sets.

The workbook computes these tables from those of the hedging sets, so that each column is one step of arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from typing import Any

import numpy as np
import pandas as pd

from reporting.measures.arrays import table_of
from reporting.measures.counterparty import CounterpartyExposure, agreement_steps
from reporting.measures.leverage.derivative_columns import MARGINED, UNMARGINED, Columns
from reporting.measures.leverage.derivatives import Derivatives, sums_of, values_alone
from reporting.measures.leverage.secured_sets import SHARED_MARGIN, any_share_margin
from reporting.measures.measure import Taken, measure

BY_PROGRAM = "computed by the program"  # the basis of what the workbook does not follow


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
def derivative_netting_sets(
    derivatives: Derivatives, derivative_asset_classes: pd.DataFrame, margin_agreement_rows: pd.DataFrame | None
) -> pd.DataFrame | Taken:
    """Exposure at default = 1.4 x (replacement cost + multiplier x add-on); margined at most as much as unmargined.

    largest_class   the asset class with the largest add-on; blank without trades
    basis           margined, unmargined, or computed by the program: collateral that several netting sets share, or
                    trades that do not net
    uncalled        threshold and minimum transfer amount less independent collateral, where margined
    ..._unmargined  if it were not margined
    """
    of = derivatives.exposure
    if of is None:
        return _NETTING.empty()
    by_size = derivative_asset_classes.sort_values("add_on", ascending=False, kind="stable")
    largest = by_size.drop_duplicates("netting_set_id").set_index("netting_set_id")["asset_class"]
    table = of.netting_sets
    margined = table["margined"].to_numpy()
    table = table.assign(
        largest_class=largest.reindex(table.index),
        basis=np.where(_by_program(derivatives, of), BY_PROGRAM, np.where(margined, MARGINED, UNMARGINED)),
        trades=table["trades"].astype(np.float64),
        **_margin(derivatives, table),
        exposure=derivatives.alpha * (table["replacement_cost"] + table["pfe"]),
        exposure_unmargined=table["ead_unmargined"],
    )
    only_margined = [name for name in _NETTING.numbers if name.endswith("_unmargined")]
    table = _NETTING.of(table.assign(**{name: table[name].where(margined) for name in only_margined}))
    if any_share_margin(margin_agreement_rows):
        uses = ("derivatives", "derivative_asset_classes", "margin_agreement_rows")
        return Taken(table, uses, SHARED_MARGIN, whole=("derivatives",))
    return table


_NETTING = Columns(
    "netting_set_id",
    ("largest_class", "basis"),
    (
        "trades", "value", "collateral", "uncalled", "replacement_cost", "add_on", "multiplier", "pfe", "exposure",
        "collateral_unmargined", "replacement_cost_unmargined", "add_on_unmargined", "multiplier_unmargined",
        "exposure_unmargined", "exposure_at_default",
    ),
)  # fmt: skip


def _by_program(derivatives: Derivatives, of: CounterpartyExposure) -> Any:
    """(s,) netting sets that share collateral, or some of whose trades do not net."""
    values = values_alone(derivatives)
    alone = values.loc[values["alone"], "netting_set_id"].astype(str)
    return of.netting_sets["shares_collateral"].to_numpy() | of.netting_sets.index.astype(str).isin(alone)


def _margin(derivatives: Derivatives, table: pd.DataFrame) -> Mapping[str, Any]:
    """What margined netting sets have not called, and their collateral if they were not margined."""
    sets, names = derivatives.sets, table.index
    own = agreement_steps(derivatives.trades, sets, derivatives.parameters)["margined"]
    other = sets["collateral"].fillna(0.0) if "collateral" in sets else 0.0
    independent = sets["nica"].fillna(0.0) + other
    calls = (sets["threshold"] + sets["minimum_transfer_amount"]).where(own, 0.0)
    margin = sets["variation_margin"].fillna(0.0)
    counted = margin if derivatives.parameters["sa_ccr_cap_counts_variation_margin"] else margin.where(~own, 0.0)
    uncalled = pd.Series(sums_of(calls - independent, sets["netting_set_id"], names), index=names)
    return {
        "uncalled": uncalled.where(table["margined"]),
        "collateral_unmargined": sums_of(independent + counted, sets["netting_set_id"], names),
    }


MEASURES = (derivative_asset_classes, derivative_netting_sets)
