"""Derivatives step by step: collateral, margin agreements, trades, hedging sets, asset classes, netting sets.

The workbook computes these tables from its input sheets, so that each of their columns is one step of arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from typing import Any

import numpy as np
import pandas as pd

from reporting.intake.schedules import average_notional
from reporting.measures.arrays import table_of
from reporting.measures.counterparty import CounterpartyExposure, agreement_steps, trade_steps
from reporting.measures.leverage.derivatives import Derivatives, sums_of, values_alone
from reporting.measures.measure import Taken, measure

BY_ENTITY = ("credit", "equity", "commodity")
# What a netting set is computed by; the workbook follows the first two.
MARGINED, UNMARGINED, BY_PROGRAM = "margined", "unmargined", "computed by the program"


@measure(
    unit="money",
    reference="BCBS CRE52.5, CRE22.49-22.59; CRR Art. 224, 276",
    label="Collateral of derivatives after haircuts",
    key="collateral_id",
)
def derivative_collateral(derivatives: Derivatives) -> pd.DataFrame:
    """Received: value x (1 - haircut); posted: -value x (1 + haircut), nothing if segregated.

    counted                 1: it counts with its netting set
    haircut_of_ten_days     in per cent, with that for a mismatch of currencies
    haircut                 in per cent, for the holding period of the netting set
    """
    rows = derivatives.collateral
    if rows is None:
        return table_of("collateral_id", {}, _COLLATERAL_TEXTS, _COLLATERAL_NUMBERS)
    table = rows.assign(
        eligible=_yes_or_no(rows["eligible"]),
        counted=1.0,
        value=rows["value"],
        haircut_of_ten_days=rows["unscaled"] * 100,
        haircut=rows["haircut"] * 100,
    )
    return _plain(table.set_index("collateral_id"), _COLLATERAL_TEXTS, _COLLATERAL_NUMBERS)


_COLLATERAL_TEXTS = ["netting_set_id", "direction", "im_vm", "type", "currency", "eligible"]
_COLLATERAL_NUMBERS = [
    "issuer_credit_quality_step", "residual_maturity_years", "counted", "value", "haircut_of_ten_days", "haircut",
    "value_after_haircut",
]  # fmt: skip


@measure(
    unit="",
    reference="BCBS CRE52.12-52.19, 52.48-52.53; CRR Art. 275, 285",
    label="Netting sets and margin agreements as they enter",
    key="margin_agreement",
)
def derivative_margin_agreements(derivatives: Derivatives) -> pd.DataFrame:
    """The higher of the bank's own margin period of risk and its floor; amounts held and still to be called.

    counted             1: it counts as the columns of text say
    trades              of the netting set
    netted_within_days  the period within which its trades net; blank where the netting set has one row
    holding_days        of its collateral, in business days: the margin period of risk, or that of the longest trade
    call_amount         threshold and minimum transfer amount where margined
    """
    if derivatives.exposure is None:
        return table_of("margin_agreement", {}, _AGREEMENT_TEXTS, _AGREEMENT_NUMBERS)
    given, sets, parameters = derivatives.given_sets, derivatives.sets, derivatives.parameters
    steps = agreement_steps(derivatives.trades, sets, parameters)
    several = sets["netting_set_id"].duplicated(keep=False)
    margined = steps["margined"]
    table = pd.DataFrame(
        {
            "margin_agreement": _agreement_names(sets),
            "netting_set_id": sets["netting_set_id"],
            "margin_agreement_id": given["margin_agreement_id"],
            "currency": given["currency"],
            "basis": np.where(margined, MARGINED, UNMARGINED),
            **{name: _yes_or_no(given[name]) for name in ("enforceable", "client_cleared", "ccp_leg_exempt")},
            "counted": 1.0,
            "trades": steps["trades"],
            "margin_period_floor": steps["margin_period_floor"],
            "margin_period_days": steps["margin_period_days"],
            "netted_within_days": steps["margin_period_days"].where(several),
            "holding_days": steps["margin_period_days"].where(margined, _unmargined_days(derivatives)),
            "call_amount": (sets["threshold"] + sets["minimum_transfer_amount"]).where(margined, 0.0),
            "independent_collateral": sets["nica"].fillna(0.0),
            "variation_margin": sets["variation_margin"].fillna(0.0),
            "eligible_cash": sets["variation_margin_cash_eligible"].fillna(0.0),
        }
    )
    return _plain(table.set_index("margin_agreement"), _AGREEMENT_TEXTS, _AGREEMENT_NUMBERS)


_AGREEMENT_TEXTS = [
    "netting_set_id", "margin_agreement_id", "currency", "basis", "enforceable", "client_cleared", "ccp_leg_exempt",
]  # fmt: skip
_AGREEMENT_NUMBERS = [
    "counted", "trades", "margin_period_floor", "margin_period_days", "netted_within_days", "holding_days",
    "call_amount", "independent_collateral", "variation_margin", "eligible_cash",
]  # fmt: skip


def _unmargined_days(derivatives: Derivatives) -> pd.Series:
    """Of each row of the netting sets the holding period if it is not margined: see `holding_periods`."""
    trades, sets, parameters = derivatives.trades, derivatives.sets, derivatives.parameters
    year = float(parameters["sa_ccr_business_days"])
    longest = trades["m_years"].fillna(0.0).groupby(trades["netting_set_id"].astype(str)).max() * year
    own = sets["netting_set_id"].astype(str).map(longest).fillna(0.0)
    days: pd.Series = own.clip(1.0, year) + parameters["haircut_period"] - 1.0
    return days


def _agreement_names(sets: pd.DataFrame) -> list[str]:
    return list(_joined(sets, ["netting_set_id", "margin_agreement_id"]))


def _yes_or_no(flags: pd.Series) -> Any:
    return np.where(flags.eq(True).fillna(False), "yes", "no")


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
        return table_of("trade_id", {}, _TRADE_TEXTS, _TRADE_NUMBERS)
    given, values = derivatives.given, values_alone(derivatives)
    steps = trade_steps(
        derivatives.trades, derivatives.sets, derivatives.parameters, reporting_currency=derivatives.reporting_currency
    )
    ids, names = _hedging_set_ids(of), _agreement_names(derivatives.sets)
    position = of.trades["position"].to_numpy()
    schedules = given["notional_schedule"]
    table = of.trades.drop(columns=["netting_set_id", "asset_class"]).assign(
        **{name: given[name] for name in _AS_GIVEN},
        reference_entity=given["reference_entity"].where(given["asset_class"].isin(BY_ENTITY)),
        scheduled_notional=schedules.map(average_notional, na_action="ignore").astype(np.float64),
        margin_agreement=[names[row] for row in steps["agreement"]],
        netting=np.where(values["alone"], "alone", "netted"),
        basis=np.where(steps["margined"], MARGINED, UNMARGINED),
        hedging_set_id=ids[of.positions["hedging_set_row"].to_numpy()[position]],
        entity_id=_entity_ids(of)[position],
        counted=1.0,
        stated_notional=derivatives.trades["notional"],
        market_value=derivatives.trades["market_value"],
        standalone_value=values["standalone_value"],
        **{name: steps[name] for name in _STEPS},
        **_unmargined_ids(of, derivatives.unmargined),
    )
    return _plain(table.set_index("trade_id"), _TRADE_TEXTS, _TRADE_NUMBERS)


_AS_GIVEN = [
    "netting_set_id", "margin_agreement_id", "asset_class", "sub_class", "special", "special_pair", "notional_schedule",
]  # fmt: skip
_STEPS = [
    "risk_class", "notional", "supervisory_duration", "maturity", "maturity_bucket", "option_price", "option_strike",
    "option_strike_upper", "option_shift", "option_shift_upper", "deviation", "norm_d1", "norm_d1_upper",
]  # fmt: skip
_TRADE_TEXTS = [
    "netting_set_id", "margin_agreement_id", "margin_agreement", "netting", "basis", "asset_class", "sub_class",
    "risk_class", "hedging_set", "reference_entity", "special", "special_pair", "notional_schedule", "hedging_set_id",
    "entity_id", "unmargined_hedging_set_id", "unmargined_entity_id",
]  # fmt: skip
_TRADE_NUMBERS = [
    "counted", "market_value", "standalone_value", "scheduled_notional", "stated_notional", "notional",
    "supervisory_duration", "adjusted_notional", "option_price", "option_strike", "option_strike_upper",
    "option_shift", "option_shift_upper", "deviation", "norm_d1", "norm_d1_upper", "supervisory_delta", "maturity",
    "maturity_factor_unmargined", "maturity_factor", "supervisory_factor", "maturity_bucket", "effective_notional",
    "effective_notional_unmargined",
]  # fmt: skip


def _unmargined_ids(of: CounterpartyExposure, unmargined: CounterpartyExposure | None) -> dict[str, pd.Series]:
    """Hedging set and entity of each trade on an unmargined basis, blank where its netting set is not margined."""
    columns = {name: pd.Series(None, index=of.trades.index, dtype=object) for name in _TRADE_TEXTS[-2:]}
    if unmargined is not None:
        position, index = unmargined.trades["position"].to_numpy(), unmargined.trades.index
        row = unmargined.positions["hedging_set_row"].to_numpy()[position]
        columns["unmargined_hedging_set_id"].loc[index] = _hedging_set_ids(unmargined)[row]
        columns["unmargined_entity_id"].loc[index] = _entity_ids(unmargined)[position]
    return columns


@measure(
    unit="money",
    reference="BCBS CRE52.60-52.72; CRR Art. 280c-280e",
    label="Positions of derivatives by reference entity or commodity type",
    key="entity_id",
)
def derivative_entities(derivatives: Derivatives, derivative_trades: pd.DataFrame) -> Taken:
    """Effective notionals of one entity or commodity type offset in full; add-on = factor x effective notional.

    supervisory_factor, correlation   fractions
    systematic, idiosyncratic         correlation x add-on; (1 - correlation^2) x add-on^2
    """
    return Taken(
        _entities(derivatives.exposure, derivatives, derivative_trades, ""), ("derivative_trades",), "from its trades"
    )


@measure(
    unit="money",
    reference="BCBS CRE52.2, 52.60-52.72; CRR Art. 274(3), 280c-280e",
    label="Positions of margined derivatives by reference entity or commodity type, if they were not margined",
    key="unmargined_entity_id",
)
def derivative_unmargined_entities(derivatives: Derivatives, derivative_trades: pd.DataFrame) -> Taken:
    """Effective notionals of one entity or commodity type offset in full; add-on = factor x effective notional."""
    table = _entities(derivatives.unmargined, derivatives, derivative_trades, "unmargined_")
    return Taken(table, ("derivative_trades",), "from its trades")


_ENTITY_TEXTS = ["risk_class", "special", "reference_entity"]
_ENTITY_NUMBERS = ["effective_notional", "supervisory_factor", "correlation", "add_on", "systematic", "idiosyncratic"]


def _entities(
    of: CounterpartyExposure | None, derivatives: Derivatives, trades: pd.DataFrame, prefix: str
) -> pd.DataFrame:
    key, texts = f"{prefix}entity_id", [f"{prefix}hedging_set_id", *_ENTITY_TEXTS]
    if of is None:
        return table_of(key, {}, texts, _ENTITY_NUMBERS)
    correlations = {name: share / 100 for name, share in derivatives.parameters["sa_ccr_correlations"].items()}
    chosen = of.positions["asset_class"].isin(BY_ENTITY)
    positions = of.positions[chosen]
    ids = pd.Index(_entity_ids(of)[chosen], name=key)
    notional = sums_of(trades[f"effective_notional{'_unmargined' if prefix else ''}"], trades[key], ids)
    table = positions.set_index(ids).assign(
        **{texts[0]: _hedging_set_ids(of)[positions["hedging_set_row"].to_numpy()]},
        risk_class=positions["sub_class"].array,
        special=positions["kind"].astype(object).where(positions["kind"] != "plain").to_numpy(),
        reference_entity=positions["member"].array,
        effective_notional=notional,
        correlation=positions["sub_class"].astype(object).map(correlations).to_numpy(dtype=np.float64),
        add_on=positions["supervisory_factor"].to_numpy() * np.array(notional),
    )
    table = table.assign(
        systematic=table["correlation"] * table["add_on"],
        idiosyncratic=(1.0 - table["correlation"] ** 2) * table["add_on"] ** 2,
    )
    return _plain(table, texts, _ENTITY_NUMBERS)


@measure(
    unit="money",
    reference="BCBS CRE52.45-52.47, 52.57-52.72; CRR Art. 277-277a, 280a-280f",
    label="Add-ons of derivatives by hedging set",
    key="hedging_set_id",
)
def derivative_hedging_sets(
    derivatives: Derivatives, derivative_trades: pd.DataFrame, derivative_entities: pd.DataFrame
) -> Taken:
    """Effective notionals offset within the hedging set, times the supervisory factor.

    trades              how many trades are in it
    effective_notional  of all of them; bucket_1 to bucket_3 by maturity, of interest rates
    systematic, idiosyncratic   sums over the entities; the add-on is the root of systematic^2 + idiosyncratic
    """
    table = _hedging_sets(derivatives.exposure, derivative_trades, derivative_entities, "")
    return Taken(table, ("derivative_trades", "derivative_entities"), "from the effective notionals of its trades")


@measure(
    unit="money",
    reference="BCBS CRE52.2, 52.45-52.47, 52.57-52.72; CRR Art. 274(3), 277-277a, 280a-280f",
    label="Add-ons of margined derivatives by hedging set, if they were not margined",
    key="unmargined_hedging_set_id",
)
def derivative_unmargined_hedging_sets(
    derivatives: Derivatives, derivative_trades: pd.DataFrame, derivative_unmargined_entities: pd.DataFrame
) -> Taken:
    """Effective notionals offset within the hedging set, times the supervisory factor."""
    table = _hedging_sets(derivatives.unmargined, derivative_trades, derivative_unmargined_entities, "unmargined_")
    uses = ("derivative_trades", "derivative_unmargined_entities")
    return Taken(table, uses, "from the effective notionals of its trades")


_SET_TEXTS = ["netting_set_id", "asset_class", "asset_class_id", "hedging_set", "kind", "risk_class"]
_SET_NUMBERS = [
    "trades", "supervisory_factor", "effective_notional", "bucket_1", "bucket_2", "bucket_3", "systematic",
    "idiosyncratic", "add_on",
]  # fmt: skip


def _hedging_sets(
    of: CounterpartyExposure | None, trades: pd.DataFrame, entities: pd.DataFrame, prefix: str
) -> pd.DataFrame:
    key = f"{prefix}hedging_set_id"
    if of is None:
        return table_of(key, {}, _SET_TEXTS, _SET_NUMBERS)
    ids = pd.Index(_hedging_set_ids(of), name=key)
    first = of.positions.drop_duplicates("hedging_set_row")[["sub_class", "supervisory_factor"]]
    sets = of.hedging_sets.assign(
        asset_class_id=_joined(of.hedging_sets, ["netting_set_id", "asset_class"]),
        risk_class=first["sub_class"].to_numpy(),
        supervisory_factor=first["supervisory_factor"].to_numpy(),
    ).set_index(ids)
    by_entity = sets["asset_class"].isin(BY_ENTITY)
    notional = trades[f"effective_notional{'_unmargined' if prefix else ''}"]
    found = sets.assign(
        risk_class=sets["risk_class"].astype(object).where(~by_entity),
        supervisory_factor=sets["supervisory_factor"].where(~by_entity),
        trades=sums_of(trades["counted"], trades[key], ids),
        effective_notional=sums_of(notional, trades[key], ids),
        systematic=pd.Series(sums_of(entities["systematic"], entities[key], ids), index=ids).where(by_entity),
        idiosyncratic=pd.Series(sums_of(entities["idiosyncratic"], entities[key], ids), index=ids).where(by_entity),
        **{
            f"bucket_{number}": pd.Series(
                sums_of(notional.where(trades["maturity_bucket"].eq(number), 0.0), trades[key], ids), index=ids
            ).where(sets["asset_class"].eq("ir"))
            for number in (1, 2, 3)
        },
    )
    return _plain(found, _SET_TEXTS, _SET_NUMBERS)


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
    basis           margined, unmargined, or computed by the program: collateral that several netting sets share, or
                    trades that do not net
    uncalled        threshold and minimum transfer amount less independent collateral, where margined
    ..._unmargined  if it were not margined
    """
    of = derivatives.exposure
    if of is None:
        return table_of("netting_set_id", {}, _NETTING_TEXTS, _NETTING_NUMBERS)
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
    only_margined = [name for name in _NETTING_NUMBERS if name.endswith("_unmargined")]
    table = table.assign(**{name: table[name].where(margined) for name in only_margined})
    return _plain(table, _NETTING_TEXTS, _NETTING_NUMBERS)


_NETTING_TEXTS = ["largest_class", "basis"]
_NETTING_NUMBERS = [
    "trades", "value", "collateral", "uncalled", "replacement_cost", "add_on", "multiplier", "pfe", "exposure",
    "collateral_unmargined", "replacement_cost_unmargined", "add_on_unmargined", "multiplier_unmargined",
    "exposure_unmargined", "exposure_at_default",
]  # fmt: skip


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


def _hedging_set_ids(of: CounterpartyExposure) -> Any:
    days = of.hedging_sets["margin_period_days"]
    periods = days.map(lambda period: f"{period:g} days", na_action="ignore")
    names = ["netting_set_id", "asset_class", "hedging_set", "kind", "basis_pair", "margin_period", "trade_id"]
    return _joined(of.hedging_sets.assign(margin_period=periods), names)


def _entity_ids(of: CounterpartyExposure) -> Any:
    """Of each position its hedging set, sub-class and entity; blank for classes without entities."""
    table = of.positions.assign(hedging_set_id=_hedging_set_ids(of)[of.positions["hedging_set_row"].to_numpy()])
    names = _joined(table, ["hedging_set_id", "sub_class", "member"])
    return np.where(table["asset_class"].isin(BY_ENTITY), names, None)


def _joined(table: pd.DataFrame, names: list[str]) -> Any:
    """A name for each row, from the columns that are not blank."""
    texts = table[names].astype(object).where(table[names].notna(), "")
    return np.array([" | ".join(str(part) for part in row if part != "") for row in texts.to_numpy()], dtype=object)


def _plain(table: pd.DataFrame, texts: list[str], numbers: list[str]) -> pd.DataFrame:
    """These columns, texts as objects and blank as None, so that a table reads and writes like any other."""
    plain = {name: table[name].astype(object).where(table[name].notna(), None) for name in texts}
    return table.assign(**plain)[[*texts, *numbers]].astype(dict.fromkeys(numbers, np.float64))


MEASURES = (
    derivative_collateral,
    derivative_margin_agreements,
    derivative_trades,
    derivative_entities,
    derivative_hedging_sets,
    derivative_unmargined_entities,
    derivative_unmargined_hedging_sets,
    derivative_asset_classes,
    derivative_netting_sets,
)
