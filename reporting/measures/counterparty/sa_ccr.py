"""The standardised approach for counterparty credit risk, from frames to figures (BCBS CRE52; CRR Art. 274-280f)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.add_on import AddOns, add_ons
from reporting.measures.counterparty.adjusted_notional import adjusted_notionals
from reporting.measures.counterparty.columns import BLANK, Codes, Flags
from reporting.measures.counterparty.exposure_at_default import (
    Basis,
    Exposure,
    capped,
    collateral_of,
    exposures,
    largest_uncalled,
    leverage_exposures,
)
from reporting.measures.counterparty.faults import refuse
from reporting.measures.counterparty.hedging_sets import KINDS, merged, positions_of
from reporting.measures.counterparty.maturity_factor import margined_maturity_factors, unmargined_maturity_factors
from reporting.measures.counterparty.netting import Netting, net
from reporting.measures.counterparty.netting_sets import (
    Agreements,
    agreement_checks,
    margin_periods,
    read_agreements,
    rows_of_trades,
    trade_counts,
)
from reporting.measures.counterparty.results import (
    Context,
    CounterpartyExposure,
    named,
    netting_set_table,
    position_tables,
    table,
)
from reporting.measures.counterparty.standard import ASSET_CLASSES, WITHOUT_OFFSET, Standard
from reporting.measures.counterparty.sums import sums_by
from reporting.measures.counterparty.supervisory_delta import read_options, supervisory_deltas, without_logarithm
from reporting.measures.counterparty.trade_checks import trade_checks
from reporting.measures.counterparty.trades import Trades, read_trades


@dataclass(frozen=True)
class _Factors:
    """Of each trade (n,): the parts of its effective notional and its supervisory factor.

    own          maturity factor that its netting set calls for; margined is NaN where that is not a margined one
    """

    adjusted: FloatArray
    delta: FloatArray
    own: FloatArray
    unmargined: FloatArray
    margined: FloatArray
    supervisory: FloatArray
    effective: FloatArray
    effective_unmargined: FloatArray


def sa_ccr(
    trades: pd.DataFrame,
    netting_sets: pd.DataFrame,
    parameters: Mapping[str, Any],
    *,
    reporting_currency: str,
    offset_between_buckets: bool = True,
) -> CounterpartyExposure:
    """Exposure at default = alpha x (replacement cost + multiplier x add-on) of every netting set, with every step.

    trades                  one row each; the columns stand in the method note. Money in the reporting currency, times
                            in years, blank where something does not apply. A column that is missing is blank throughout
    netting_sets            one row for each netting set, or for each margin agreement within one
    parameters              `load_rulebook(jurisdiction, day).parameters`, or plain values by the same names
    reporting_currency      decides which leg of a foreign exchange trade is the foreign one
    offset_between_buckets  of interest rates; False is the bank's choice where the rules permit it

    Exact sums: the order of the rows changes no figure. ValueError (FrameFault) names every trade, or netting set, that
    cannot be computed, with the reason; ValueError too where the choice not to offset is not permitted.
    """
    standard = Standard(parameters)
    if not (offset_between_buckets or standard.value("sa_ccr_no_offset_permitted")):
        raise ValueError("positions of different maturity buckets must be offset: the rules in force permit no choice")
    agreements = read_agreements(netting_sets)
    refuse(agreement_checks(agreements), agreements.ids)
    read = read_trades(trades, standard)
    row = rows_of_trades(agreements, read.netting_set, read.margin_agreement)
    refuse({**_netting_checks(read, row), **trade_checks(read, reporting_currency)}, read.ids)
    counts = trade_counts(agreements, row)
    periods = margin_periods(agreements, counts, standard)
    netting = net(read, agreements, row, periods, standard)
    factors = _factors(read, netting, standard, reporting_currency)
    return _result(trades.index, read, agreements, netting, factors, counts, periods, standard, offset_between_buckets)


def _netting_checks(trades: Trades, row: Codes) -> Mapping[str, Flags]:
    unnamed = ~trades.netting_set.given
    return {
        "trade without netting set": unnamed,
        "netting set, or margin agreement, that is not among the netting sets": (row == BLANK) & ~unnamed,
    }


def _factors(trades: Trades, netting: Netting, standard: Standard, reporting_currency: str) -> _Factors:
    options = read_options(trades, standard)
    refuse(
        {"price and strike must be positive, after a shift if need be": without_logarithm(options, standard)},
        trades.ids.iloc[options.rows],
    )
    adjusted = adjusted_notionals(trades, standard, reporting_currency)
    delta = supervisory_deltas(trades, options, standard)
    unmargined = unmargined_maturity_factors(trades.maturity, trades.daily_settled, standard)
    gross = trades.sub_class == standard.sub_classes.names.index(WITHOUT_OFFSET)
    if gross.any():
        unmargined, delta = np.where(gross, 1.0, unmargined), np.where(gross, np.sign(delta), delta)
    margined = margined_maturity_factors(netting.sub_set_period, standard)[netting.sub_set]
    margined = np.where(trades.daily_settled & ~np.isnan(margined), unmargined, margined)
    own = np.where(np.isnan(margined), unmargined, margined)
    supervisory = _supervisory_factors(trades, standard)
    size = adjusted * delta
    effective, flat = size * own, size * unmargined
    if standard.value("sa_ccr_digital_capped"):
        digital = np.flatnonzero(trades.digital)
        most = trades.payoff[digital] / supervisory[digital]  # CRE52.42(3)
        for notional in (effective, flat):
            notional[digital] = np.clip(notional[digital], -most, most)
    return _Factors(adjusted, delta, own, unmargined, margined, supervisory, effective, flat)


def _supervisory_factors(trades: Trades, standard: Standard) -> FloatArray:
    found = standard.sub_classes.factor[trades.sub_class]
    for kind, scale in standard.value("sa_ccr_special_factors").items():
        found[trades.special.equal(kind)] *= scale
    return found


def _result(
    index: pd.Index,
    trades: Trades,
    agreements: Agreements,
    netting: Netting,
    factors: _Factors,
    counts: Codes,
    periods: FloatArray,
    standard: Standard,
    offset: bool,
) -> CounterpartyExposure:
    positions, position, names = positions_of(trades, netting, standard)
    own = add_ons(
        positions, sums_by(position, factors.effective, positions.count), netting.sub_sets, standard, offset=offset
    )
    unmargined = own.of_netted
    if netting.margined.any():
        flat, place = merged(positions, names, netting, standard)
        notional = sums_by(position, factors.effective_unmargined, positions.count)
        unmargined = add_ons(
            flat, sums_by(place, notional, flat.count), netting.units, standard, offset=offset
        ).of_netted
    value = sums_by(netting.unit, trades.market_value, netting.units)
    figures, final, binds = _exposures(value, own, unmargined, agreements, netting, standard)
    context = Context(trades.ids, agreements, netting, positions, names, standard)
    return CounterpartyExposure(
        _trade_table(index, trades, factors, context, position),
        *position_tables(context, own),
        netting_set_table(
            agreements, sums_by(netting.unit_set, value, agreements.count),
            collateral_of(agreements, margin_of_margined=True), counts, periods, figures, final, binds, netting,
        ),
    )  # fmt: skip


def _exposures(
    value: FloatArray, own: AddOns, unmargined: FloatArray, agreements: Agreements, netting: Netting, standard: Standard
) -> tuple[Mapping[str, Exposure], FloatArray, Flags]:
    """Exposures as netting sets call for, unmargined and in the leverage ratio; after the cap; where the cap binds."""
    uncalled = largest_uncalled(agreements, netting)
    collateral = collateral_of(agreements, margin_of_margined=True)
    counted = bool(standard.value("sa_ccr_cap_counts_variation_margin"))
    at_cap = np.where(netting.margined, collateral_of(agreements, margin_of_margined=counted), collateral)
    elsewhere = np.zeros(netting.units - agreements.count)
    of_unit = sums_by(netting.sub_set_unit, own.of_netted, netting.units)
    basis = Basis(value, of_unit, np.concatenate([collateral, elsewhere]), uncalled)
    flat = Basis(
        value,
        unmargined if netting.margined.any() else of_unit,
        np.concatenate([at_cap, elsewhere]),
        np.full(netting.units, -np.inf),
    )
    regulatory = exposures(basis, netting, agreements, standard)
    cap = exposures(flat, netting, agreements, standard)
    leverage = leverage_exposures(basis, regulatory, netting, agreements, standard)
    final, binds = capped(regulatory, cap, netting)
    return {"own": regulatory, "unmargined": cap, "leverage": leverage}, final, binds


def _trade_table(index: pd.Index, trades: Trades, factors: _Factors, context: Context, position: Codes) -> pd.DataFrame:
    positions = context.positions
    columns = {
        "trade_id": trades.ids.array,
        "netting_set_id": named(context.agreements.netting_set[context.netting.row], context.agreements.netting_sets),
        "asset_class": named(trades.asset_class, ASSET_CLASSES),
        "hedging_set": named(positions.label[position], context.names.hedging_sets),
        "kind": named(positions.kind[position], KINDS),
        "adjusted_notional": factors.adjusted,
        "supervisory_delta": factors.delta,
        "maturity_factor": factors.own,
        "maturity_factor_unmargined": factors.unmargined,
        "maturity_factor_margined": factors.margined,
        "supervisory_factor": factors.supervisory,
        "effective_notional": factors.effective,
        "effective_notional_unmargined": factors.effective_unmargined,
        "position": position,
    }
    return table(columns, index)
