"""What a trade must have before anything can be computed from it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import BLANK, Flags, Labels
from reporting.measures.counterparty.standard import BY_DURATION, BY_ENTITY, BY_PRICE, CREDIT, FX
from reporting.measures.counterparty.trades import Trades

Checks = Mapping[str, Flags]


def trade_checks(trades: Trades, reporting_currency: str) -> Checks:
    """What is wrong -> (n,) whether the trade has that fault."""
    return {
        **_class_checks(trades),
        **_size_checks(trades, reporting_currency),
        **_time_checks(trades),
        **_option_checks(trades),
        **_tranche_checks(trades),
    }


def _class_checks(trades: Trades) -> Checks:
    known = trades.sub_class != BLANK
    labelled = ~trades.of_class(*BY_ENTITY)
    basis = trades.special.equal("basis")
    return {
        "asset class or sub-class that the rules do not know": ~known,
        "no hedging set": known & labelled & ~trades.hedging_set.given,
        "no reference entity": known & ~labelled & ~trades.entity.given,
        "special must be basis or volatility": _other_than(trades.special, ("basis", "volatility")),
        "basis trade without its pair": basis & ~trades.pair.given,
        "direction must be long or short": _other_than(trades.direction, ("long", "short")),
        "no direction": ~trades.option & ~trades.direction.given,
    }


def _size_checks(trades: Trades, reporting_currency: str) -> Checks:
    fx = trades.of_class(FX)
    measured = trades.of_class(*BY_PRICE) & ~np.isnan(trades.units)
    sized = ~np.isnan(trades.notional) | measured | (fx & ~np.isnan(trades.second_notional)) | trades.digital
    first, second = (one.equal(reporting_currency) for one in (trades.currency, trades.second_currency))
    legs = ~(np.isnan(trades.notional) | np.isnan(trades.second_notional))
    foreign = np.where(first, trades.second_notional, np.where(second, trades.notional, 0.0))
    return {
        "no market value": ~np.isfinite(trades.market_value),
        "no notional": ~sized,
        "underlying units without price": measured & np.isnan(trades.price) & ~trades.digital,
        "negative or infinite notional, units, leverage or exchanges of principal": _negative(trades.notional)
        | _negative(trades.second_notional)
        | _negative(trades.units)
        | _negative(trades.size_factor),
        "no notional of the foreign leg": fx & ~trades.digital & np.isnan(foreign),
        "both legs in the reporting currency": fx & first & second,
        "two legs, and the currency of one is not given": fx
        & legs
        & ~(trades.currency.given & trades.second_currency.given),
        "notional schedule that cannot be read": trades.schedule_unread,
    }


def _time_checks(trades: Trades) -> Checks:
    duration = trades.of_class(*BY_DURATION)
    missing = np.isnan(trades.maturity) & ~trades.daily_settled
    return {
        "negative or infinite maturity, end or exercise date": _negative(trades.maturity)
        | _negative(trades.end)
        | _negative(trades.exercise),
        "no maturity": missing,
        "no end of the period that the rate refers to": duration & np.isnan(trades.end),
        "the period that the rate refers to ends before it starts": duration & (trades.end < trades.start),
    }


def _option_checks(trades: Trades) -> Checks:
    option = trades.option
    return {
        "option type must be call or put": _other_than(trades.option_type, ("call", "put")),
        "option side must be bought or sold": _other_than(trades.option_side, ("bought", "sold")),
        "option without side": option & ~trades.option_side.given,
        "option without strike": option & np.isnan(trades.strike),
        "option without price of the underlying": option & np.isnan(trades.option_price),
        "option without exercise date": option & np.isnan(trades.exercise),
        "digital payoff of a trade that is no option": trades.digital & ~option,
        "digital option with a strike of zero": trades.digital & (trades.strike == 0.0),
        "infinite price, strike or shift": np.isinf(trades.option_price)
        | np.isinf(trades.strike)
        | np.isinf(trades.shift)
        | np.isinf(trades.price),
        "negative digital payoff or unpaid premia": _negative(trades.payoff) | _negative(trades.unpaid_premia),
    }


def _tranche_checks(trades: Trades) -> Checks:
    tranche = trades.tranche
    if not tranche.any():
        return {}
    points = ~(np.isnan(trades.attach) | np.isnan(trades.detach))
    names = ~(np.isnan(trades.nth) | np.isnan(trades.basket))
    ordered = (trades.attach >= 0.0) & (trades.attach < trades.detach) & (trades.detach <= 1.0)
    counted = (trades.nth >= 1.0) & (trades.nth <= trades.basket)
    return {
        "tranche or nth-to-default of a trade that is no credit derivative": tranche & ~trades.of_class(CREDIT),
        "option on a tranche": tranche & trades.option,
        "tranche must have 0 <= attachment < detachment <= 1, nth-to-default 1 <= n <= basket size": tranche
        & ~(points & ordered)
        & ~(names & counted),
    }


def _other_than(column: Labels, known: tuple[str, ...]) -> Flags:
    if set(column.names) <= set(known):
        return np.zeros(len(column.codes), dtype=np.bool_)
    found: Flags = column.as_in(known) == len(known)
    return found


def _negative(values: FloatArray) -> Flags:
    """Below zero or infinite; not where blank."""
    found: Flags = (values < 0.0) | np.isinf(values)
    return found
