"""Every step of the calculation as a table, from the trade to the netting set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.add_on import AddOns, supervisory_factors
from reporting.measures.counterparty.columns import BLANK, Codes, Flags
from reporting.measures.counterparty.exposure_at_default import Exposure
from reporting.measures.counterparty.hedging_sets import KINDS, Names, Positions
from reporting.measures.counterparty.netting import Netting
from reporting.measures.counterparty.netting_sets import Agreements
from reporting.measures.counterparty.standard import ASSET_CLASSES, Standard
from reporting.measures.counterparty.sums import sums_by


@dataclass(frozen=True)
class Context:
    """What the tables of one calculation are about."""

    trade_ids: pd.Series
    agreements: Agreements
    netting: Netting
    positions: Positions
    names: Names
    standard: Standard

    def set_of(self, netted: Codes) -> Codes:
        """The netting set of sub-sets."""
        return self.netting.unit_set[self.netting.sub_set_unit[netted]]


@dataclass(frozen=True, eq=False)
class CounterpartyExposure:
    """Exposures at default and all that leads to them. The arrays behind the frames are read-only.

    trades         one row a trade, in the order and with the index that came in: adjusted_notional, supervisory_delta,
                   maturity_factor, effective_notional (their product; capped for digital options), supervisory_factor,
                   maturity_factor_unmargined and _margined (NaN where not margined), asset_class, hedging_set, kind,
                   position (row of `positions`)
    positions      one row for trades that offset in full: netting_set_id, trade_id (of a trade that stands alone),
                   margin_period_days, asset_class, sub_class, hedging_set, kind (plain, basis, volatility), basis_pair,
                   member (maturity bucket, entity or commodity type), effective_notional, supervisory_factor,
                   add_on (with its sign), hedging_set_row (row of `hedging_sets`)
    hedging_sets   one row each: netting_set_id, trade_id, margin_period_days, asset_class, hedging_set, kind,
                   basis_pair, add_on
    asset_classes  netting_set_id, asset_class, add_on
    netting_sets   indexed by netting_set_id: see `netting_set_table`
    """

    trades: pd.DataFrame
    positions: pd.DataFrame
    hedging_sets: pd.DataFrame
    asset_classes: pd.DataFrame
    netting_sets: pd.DataFrame


def table(columns: Mapping[str, Any], index: pd.Index | None = None) -> pd.DataFrame:
    """A frame over read-only arrays, which are not copied."""
    for column in columns.values():
        if isinstance(column, np.ndarray):
            column.flags.writeable = False
    return pd.DataFrame(dict(columns), index=index, copy=False)


def named(codes: npt.NDArray[Any], names: Sequence[str]) -> pd.Categorical:
    """Texts by their codes, missing for BLANK; names that occur twice become one."""
    distinct = dict.fromkeys(names)
    if len(distinct) < len(names):
        place = {name: number for number, name in enumerate(distinct)}
        codes = np.array([*(place[name] for name in names), BLANK])[codes]
    return pd.Categorical.from_codes(codes.astype(np.int32), pd.Index(list(distinct), dtype=object), validate=False)


def position_tables(context: Context, add_ons: AddOns) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The tables of positions, of hedging sets and of asset classes."""
    positions, standard = context.positions, context.standard
    keys, first = _keys(context), positions.first
    of_position = {
        **keys,
        "sub_class": named(positions.sub_class, standard.sub_classes.names),
        "member": named(positions.member, context.names.members),
        "effective_notional": add_ons.effective_notional,
        "supervisory_factor": supervisory_factors(positions, standard),
        "add_on": add_ons.of_position,
        "hedging_set_row": positions.hedging_set,
    }
    of_hedging_set = {name: column[first] for name, column in keys.items()} | {"add_on": add_ons.of_hedging_set}
    return table(of_position), table(of_hedging_set), _asset_classes(context, add_ons)


def _asset_classes(context: Context, add_ons: AddOns) -> pd.DataFrame:
    """Add-ons by netting set and asset class, of those that occur."""
    positions, count = context.positions, context.agreements.count
    first = positions.first
    key = context.set_of(positions.netted[first]) * len(ASSET_CLASSES) + positions.asset_class[first]
    total = sums_by(key, add_ons.of_hedging_set, count * len(ASSET_CLASSES))
    present = np.unique(key)
    return table(
        {
            "netting_set_id": named(present // len(ASSET_CLASSES), context.agreements.netting_sets),
            "asset_class": named(present % len(ASSET_CLASSES), ASSET_CLASSES),
            "add_on": total[present],
        }
    )


def netting_set_table(
    agreements: Agreements,
    value: FloatArray,
    collateral: FloatArray,
    trade_counts: Codes,
    periods: FloatArray,
    exposures: Mapping[str, Exposure],
    final: FloatArray,
    capped: Flags,
    netting: Netting,
) -> pd.DataFrame:
    """One row for each netting set, also without trades.

    value, collateral         V and C; collateral net, after haircuts
    replacement_cost, multiplier, add_on, pfe    by the formulas that the netting set calls for
    ..._unmargined            the same on an unmargined basis, which caps the margined one
    ead_margined              NaN where not margined; ead_unmargined; exposure_at_default after the cap
    mpor_days                 the longest of its margin agreements
    shares_collateral         one margin agreement covers several netting sets, or netting is not enforceable:
                              replacement cost and exposure are this netting set's share
    ..._leverage              in the leverage ratio
    """
    own, unmargined, leverage = exposures["own"], exposures["unmargined"], exposures["leverage"]
    longest = np.full(agreements.count, -np.inf)
    np.maximum.at(longest, agreements.netting_set, np.where(np.isnan(periods), -np.inf, periods))
    columns = {
        "trades": trade_counts,
        "value": value,
        "collateral": collateral,
        "margined": netting.margined,
        "shares_collateral": netting.pooled,
        "mpor_days": np.where(np.isneginf(longest), np.nan, longest),
        "replacement_cost": own.replacement_cost,
        "add_on": own.add_on,
        "multiplier": own.multiplier,
        "pfe": own.potential_future_exposure,
        "replacement_cost_unmargined": unmargined.replacement_cost,
        "add_on_unmargined": unmargined.add_on,
        "multiplier_unmargined": unmargined.multiplier,
        "pfe_unmargined": unmargined.potential_future_exposure,
        "ead_margined": np.where(netting.margined, own.exposure, np.nan),
        "ead_unmargined": unmargined.exposure,
        "capped": capped,
        "exposure_at_default": final,
        "replacement_cost_leverage": leverage.replacement_cost,
        "pfe_leverage": leverage.potential_future_exposure,
        "exposure_leverage": leverage.exposure,
    }
    return table(columns, pd.Index(agreements.netting_sets, name="netting_set_id"))


def _keys(context: Context) -> dict[str, Any]:
    """The columns that say to what a position belongs."""
    positions, names, netting, agreements = context.positions, context.names, context.netting, context.agreements
    alone = np.maximum(netting.sub_set_unit[positions.netted] - agreements.count, BLANK)
    trade = np.append(netting.unit_trade, BLANK)[alone]
    kind = positions.kind
    pair = np.where(kind == KINDS.index("basis"), positions.special - len(KINDS) + 1, BLANK)
    return {
        "netting_set_id": named(context.set_of(positions.netted), agreements.netting_sets),
        "trade_id": context.trade_ids.array.take(trade, allow_fill=True),
        "margin_period_days": netting.sub_set_period[positions.netted],
        "asset_class": named(positions.asset_class, ASSET_CLASSES),
        "hedging_set": named(positions.label, names.hedging_sets),
        "kind": named(kind, KINDS),
        "basis_pair": named(pair, names.pairs),
    }
