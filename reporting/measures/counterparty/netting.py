"""What nets with what: netting sets, the sub-sets of one margin period within them, and trades that stand alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import Codes, Flags
from reporting.measures.counterparty.netting_sets import Agreements
from reporting.measures.counterparty.standard import CREDIT, WITHOUT_OFFSET, Standard
from reporting.measures.counterparty.trades import Trades


@dataclass(frozen=True)
class Netting:
    """The u units within which values net: the s netting sets, then each trade that stands alone.

    row              (n,) row of the sheet netting_sets under which each trade falls
    unit, sub_set    (n,) of each trade
    unit_set         (u,) netting set of each unit
    unit_trade       (u - s,) the trade of each unit that is one
    sub_set_unit     (k,) unit of each sub-set
    sub_set_period   (k,) its margin period of risk in business days; NaN where it is not margined
    margined         (s,) some trades of the netting set are margined, and no collateral is shared with others
    pooled           (s,) collateral serves several units: netting is not enforceable, or other sets share it
    alone            (u,) the unit has no part in the collateral
    without_offset   (u,) a trade that counts with its gross notional
    free             (u,) a sold option whose premium is paid: no exposure
    unpaid           (u,) the exposure is at most these unpaid premia; infinite where that does not apply
    """

    row: Codes
    unit: Codes
    sub_set: Codes
    unit_set: Codes
    unit_trade: Codes
    sub_set_unit: Codes
    sub_set_period: FloatArray
    margined: Flags
    pooled: Flags
    alone: Flags
    without_offset: Flags
    free: Flags
    unpaid: FloatArray

    @property
    def units(self) -> int:
        """The number u of units: netting sets, and trades that stand alone."""
        return len(self.unit_set)

    @property
    def sub_sets(self) -> int:
        """The number k of sub-sets."""
        return len(self.sub_set_unit)


def net(trades: Trades, agreements: Agreements, row: Codes, periods: FloatArray, standard: Standard) -> Netting:
    """Units and sub-sets of all trades.

    A netting set under several margin agreements is split into sub-sets of the same margin period of risk, one of them
    for what is not margined (CRE52.74 FAQ1; CRR Art. 274(4)). A trade stands alone where netting is not enforceable or
    its class allows no offset.

    periods   (r,) margin period of risk of each row, NaN where not margined
    """
    pooled = agreements.shared | ~agreements.enforceable
    margined = agreements.margined & ~pooled[agreements.netting_set]
    period = np.where(margined, periods, np.nan)
    of_row, split_set, split_period = _split(agreements.netting_set, period)
    gross = trades.sub_class == standard.sub_classes.names.index(WITHOUT_OFFSET)
    set_of_trade = agreements.netting_set[row]
    own = np.flatnonzero(gross | ~agreements.enforceable[set_of_trade])
    unit, sub_set = set_of_trade.copy(), of_row[row]
    unit[own] = agreements.count + np.arange(len(own))
    sub_set[own] = len(split_set) + np.arange(len(own))
    unit_set = np.concatenate([np.arange(agreements.count), set_of_trade[own]])
    free, unpaid = _outside(trades, agreements, set_of_trade, own, standard)
    none = np.zeros(agreements.count, dtype=np.bool_)
    return Netting(
        row=row,
        unit=unit,
        sub_set=sub_set,
        unit_set=unit_set,
        unit_trade=own,
        sub_set_unit=np.concatenate([split_set, agreements.count + np.arange(len(own))]),
        sub_set_period=np.concatenate([split_period, np.full(len(own), np.nan)]),
        margined=agreements.any_of(margined),
        pooled=pooled,
        alone=np.concatenate([none, gross[own] | free | np.isfinite(unpaid)]),
        without_offset=np.concatenate([none, gross[own]]),
        free=np.concatenate([none, free]),
        unpaid=np.concatenate([np.full(agreements.count, np.inf), unpaid]),
    )


def _split(netting_set: Codes, period: FloatArray) -> tuple[Codes, Codes, FloatArray]:
    """Sub-set of each row (r,); netting set and margin period of each sub-set (k,)."""
    pairs = np.column_stack([netting_set, np.where(np.isnan(period), -1.0, period)])
    unique, of_row = np.unique(pairs, axis=0, return_inverse=True)
    return of_row, unique[:, 0].astype(np.int64), np.where(unique[:, 1] < 0.0, np.nan, unique[:, 1])


def _outside(
    trades: Trades, agreements: Agreements, set_of_trade: Codes, own: Codes, standard: Standard
) -> tuple[Flags, FloatArray]:
    """Trades outside netting and margin agreements (CRE52.1 FAQ1 and FAQ2; CRR Art. 274(5), (7)).

    Sold options whose premium is paid; and the unpaid premia of sold protection, infinite for other trades.
    """
    outside = ~(agreements.enforceable | agreements.any_of(agreements.under_agreement))[set_of_trade[own]]
    sold = trades.option_side.equal("sold")[own]
    protection = trades.of_class(CREDIT)[own] & trades.direction.equal("long")[own] & ~trades.option[own]
    premia = trades.unpaid_premia[own]
    free = outside & sold & trades.option[own] & trades.premium_paid[own]
    if standard.value("sa_ccr_free_options_negative"):
        free &= trades.market_value[own] < 0.0
    return free, np.where(outside & protection & ~np.isnan(premia), premia, np.inf)
