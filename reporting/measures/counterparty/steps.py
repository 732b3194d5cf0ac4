"""The smaller steps of trades and margin agreements, for those who follow a calculation one step at a time.

`sa_ccr` computes the same for all trades at once and keeps only what its tables show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.adjusted_notional import notionals, supervisory_durations
from reporting.measures.counterparty.columns import labels
from reporting.measures.counterparty.hedging_sets import maturity_buckets
from reporting.measures.counterparty.maturity_factor import margin_period_floors
from reporting.measures.counterparty.netting import net
from reporting.measures.counterparty.netting_sets import (
    margin_periods,
    read_agreements,
    rows_of_trades,
    trade_counts,
)
from reporting.measures.counterparty.results import named
from reporting.measures.counterparty.standard import BY_DURATION, IR, Standard
from reporting.measures.counterparty.supervisory_delta import Options, collar_strikes, normals, read_options, shifts
from reporting.measures.counterparty.trades import Trades, read_trades


def trade_steps(
    trades: pd.DataFrame, netting_sets: pd.DataFrame, parameters: Mapping[str, Any], *, reporting_currency: str
) -> pd.DataFrame:
    """One row a trade, with the index that came in; the arguments are those of `sa_ccr`, which has accepted them.

    notional                          with leverage and exchanges of principal, before the supervisory duration
    supervisory_duration              years; NaN where the class has none
    maturity                          years, 0 where it has none; maturity_bucket 1 to 3, NaN but for interest rates
    option_price, option_strike       NaN but for options; of a digital one the lower strike of its collar, and
    option_strike_upper               the upper one
    option_shift, option_shift_upper  what is added to price and strike
    deviation                         supervisory volatility times the square root of the time to exercise
    norm_d1, norm_d1_upper            Phi(d1), Phi(-d1) of a put that is not digital
    risk_class                        class and sub-class as in the parameters, such as credit/bbb
    agreement                         row of `netting_sets`, from 0
    margined                          takes the margined maturity factor
    """
    standard = Standard(parameters)
    agreements, read = read_agreements(netting_sets), read_trades(trades, standard)
    row = rows_of_trades(agreements, read.netting_set, read.margin_agreement)
    counts = trade_counts(agreements, row)
    netting = net(read, agreements, row, margin_periods(agreements, counts, standard), standard)
    columns = {
        "notional": notionals(read, standard, reporting_currency) * read.size_factor,
        "supervisory_duration": _where(
            read.of_class(*BY_DURATION), supervisory_durations(read.start, read.end, standard)
        ),
        "maturity": np.nan_to_num(read.maturity),
        "maturity_bucket": _where(read.of_class(IR), maturity_buckets(read.end, standard).astype(np.float64) + 1.0),
        **_option_steps(read, standard),
        "risk_class": named(read.sub_class, standard.sub_classes.names),
        "agreement": row,
        "margined": ~np.isnan(netting.sub_set_period[netting.sub_set]),
    }
    return pd.DataFrame(columns, index=trades.index)


def agreement_steps(trades: pd.DataFrame, netting_sets: pd.DataFrame, parameters: Mapping[str, Any]) -> pd.DataFrame:
    """One row for each row of `netting_sets`.

    trades, margined          trades of the whole netting set; whether the counterparty posts variation margin
    margin_period_floor       business days, NaN where not margined; margin_period_days likewise
    """
    standard = Standard(parameters)
    agreements = read_agreements(netting_sets)
    row = rows_of_trades(agreements, labels(trades, "netting_set_id"), labels(trades, "margin_agreement_id"))
    counts = trade_counts(agreements, row)
    floors = margin_period_floors(
        counts[agreements.netting_set],
        np.where(np.isnan(agreements.remargining_days), 1.0, agreements.remargining_days),
        client_clearing=agreements.client_clearing,
        qualifying_ccp=agreements.qualifying_ccp,
        illiquid=agreements.illiquid,
        disputes=agreements.disputes,
        standard=standard,
    )
    columns = {
        "trades": counts[agreements.netting_set].astype(np.float64),
        "margined": agreements.margined,
        "margin_period_floor": _where(agreements.margined, floors),
        "margin_period_days": margin_periods(agreements, counts, standard),
    }
    return pd.DataFrame(columns, index=netting_sets.index)


def _where(chosen: Any, values: FloatArray) -> FloatArray:
    return np.where(chosen, values, np.nan)


def _option_steps(trades: Trades, standard: Standard) -> dict[str, FloatArray]:
    options = read_options(trades, standard)
    lower, upper = collar_strikes(options.strike, standard)
    first = np.where(options.digital, lower, options.strike)
    second = _where(options.digital, upper)
    steps = {
        "option_price": options.price,
        "option_strike": first,
        "option_strike_upper": second,
        "option_shift": shifts(options, first),
        "option_shift_upper": _where(options.digital, shifts(options, second)),
        "deviation": options.volatility * np.sqrt(options.exercise),
        "norm_d1": _normal(options, first),
        "norm_d1_upper": _where(options.digital, _normal(options, np.where(options.digital, upper, options.strike))),
    }
    return {name: _on_trades(values, options, trades.count) for name, values in steps.items()}


def _normal(options: Options, strike: FloatArray) -> FloatArray:
    weighted = ~np.isnan(options.volatility)
    found = np.full(len(strike), np.nan)
    found[weighted] = normals(options.only(weighted), strike[weighted], (options.call | options.digital)[weighted])
    return found


def _on_trades(values: FloatArray, options: Options, count: int) -> FloatArray:
    found = np.full(count, np.nan)
    found[options.rows] = values
    return found
