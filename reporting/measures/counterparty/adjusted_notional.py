"""Adjusted notional d of each trade (BCBS CRE52.33-52.37; CRR Art. 279b)."""

from __future__ import annotations

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import Codes
from reporting.measures.counterparty.standard import BY_DURATION, BY_PRICE, FX, Standard
from reporting.measures.counterparty.trades import Trades


def adjusted_notionals(trades: Trades, standard: Standard, reporting_currency: str) -> FloatArray:
    """(n,) money, not negative unless a price is: the size of each trade before its direction.

    Interest rates and credit: notional times supervisory duration. Foreign exchange: the foreign leg in the reporting
    currency, the larger one of two foreign legs. Equity and commodities: price times units, or the notional where only
    that is given. All others: the notional. Leverage and exchanges of principal multiply.
    """
    found = notionals(trades, standard, reporting_currency)
    by_duration = np.flatnonzero(trades.of_class(*BY_DURATION))
    found[by_duration] *= supervisory_durations(trades.start[by_duration], trades.end[by_duration], standard)
    return found * trades.size_factor


def notionals(trades: Trades, standard: Standard, reporting_currency: str) -> FloatArray:
    """(n,) the same before the duration, leverage and exchanges of principal."""
    found = trades.notional.copy()
    fx = np.flatnonzero(trades.of_class(FX))
    found[fx] = _foreign_legs(trades, fx, reporting_currency)
    by_units = np.flatnonzero(~np.isnan(trades.units) & trades.of_class(*BY_PRICE))
    found[by_units] = trades.units[by_units] * trades.price[by_units]
    digital = np.flatnonzero(trades.digital)
    found[digital] = _digital_notionals(trades, digital, standard)
    return found


def supervisory_durations(start: FloatArray, end: FloatArray, standard: Standard) -> FloatArray:
    """(n,) (exp(-r S) - exp(-r E)) / r in years, at least ten business days (CRE52.34).

    The floor is on the duration: S is zero once the trade has started and never floored itself.
    """
    rate = standard.share("sa_ccr_duration_rate")
    return np.maximum((np.exp(-rate * start) - np.exp(-rate * end)) / rate, standard.years("sa_ccr_shortest_period"))


def _foreign_legs(trades: Trades, rows: Codes, reporting_currency: str) -> FloatArray:
    """Of these trades the leg not in the reporting currency; the larger one where neither is; the only one given."""
    first, second = trades.notional[rows], trades.second_notional[rows]
    first_is_domestic = trades.currency.equal(reporting_currency)[rows]
    second_is_domestic = trades.second_currency.equal(reporting_currency)[rows]
    return np.where(first_is_domestic, second, np.where(second_is_domestic, first, np.fmax(first, second)))


def _digital_notionals(trades: Trades, rows: Codes, standard: Standard) -> FloatArray:
    """Notional of the collars that pay the same as these digital options outside their strikes (CRE52.42(3)).

    A position has payoff / (upper strike - lower strike) units of the underlying, each worth its price; for rates and
    spreads the units are the notional itself.
    """
    strikes = standard.shares("sa_ccr_digital_strikes")
    units = trades.payoff[rows] / ((strikes["upper"] - strikes["lower"]) * np.abs(trades.strike[rows]))
    own = trades.of_class(*BY_PRICE)[rows] & ~np.isnan(trades.price[rows])
    price = np.where(own, trades.price[rows], trades.option_price[rows])
    found: FloatArray = np.where(trades.of_class(*BY_DURATION)[rows], units, units * price)
    return found
