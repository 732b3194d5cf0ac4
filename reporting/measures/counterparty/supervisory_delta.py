"""Supervisory delta of each trade: direction, options, digitals, tranches (BCBS CRE52.38-52.42; CRR Art. 279a)."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import Codes, Flags
from reporting.measures.counterparty.normal import normal_distribution
from reporting.measures.counterparty.standard import COMMODITY, IR, Standard
from reporting.measures.counterparty.trades import Trades


@dataclass(frozen=True)
class Options:
    """The m options among the trades.

    rows           (m,) their places among the trades
    sign           (m,) +1 for a bought call or a sold put, -1 for a bought put or a sold call
    call, digital  (m,)
    price, strike  (m,) without shift
    shift          (m,) stated with the trade, added to both; NaN where none is
    floor          (m,) to which the rule for interest rates lifts the lower of both; NaN without that rule
    share          (m,) of its size by which the rule for commodities lifts it; 0 without that rule
    exercise       (m,) years
    volatility     (m,) supervisory, a fraction
    """

    rows: Codes
    sign: FloatArray
    call: Flags
    digital: Flags
    price: FloatArray
    strike: FloatArray
    shift: FloatArray
    floor: FloatArray
    share: FloatArray
    exercise: FloatArray
    volatility: FloatArray

    def only(self, chosen: Flags) -> Options:
        """The options that are chosen (m,)."""
        return Options(*(getattr(self, column.name)[chosen] for column in fields(self)))


def supervisory_deltas(trades: Trades, options: Options, standard: Standard) -> FloatArray:
    """(n,) between -1 and 1, for tranches beyond: long or bought positive, short or sold negative.

    For a digital option the delta of its collar; the cap of its effective notional comes with the maturity factor. An
    option without a supervisory volatility, whose gross notional counts, has its sign.
    """
    found = np.where(trades.direction.equal("short"), -1.0, 1.0)
    found[options.rows] = options.sign
    weighted = options.only(~np.isnan(options.volatility))
    found[weighted.rows] = _option_deltas(weighted)
    digital = weighted.only(weighted.digital)
    found[digital.rows] = _collar_deltas(digital, standard)
    tranches = np.flatnonzero(trades.tranche)
    found[tranches] *= _tranche_deltas(trades, tranches, standard)
    return found


def read_options(trades: Trades, standard: Standard) -> Options:
    """The options among the trades, with what decides on their shifts."""
    rows = np.flatnonzero(trades.option)
    call = trades.option_type.equal("call")[rows]
    bought = trades.option_side.equal("bought")[rows]
    rule = standard.value("sa_ccr_option_shift_by_rule")
    rates, commodities = (trades.of_class(one)[rows] & rule for one in (IR, COMMODITY))
    return Options(
        rows=rows,
        sign=np.where(call == bought, 1.0, -1.0),
        call=call,
        digital=trades.digital[rows],
        price=trades.option_price[rows],
        strike=trades.strike[rows],
        shift=trades.shift[rows],
        floor=np.where(rates, standard.share("sa_ccr_option_shift_rates") if rule else np.nan, np.nan),
        share=np.where(commodities, 1.0 + standard.share("sa_ccr_option_shift_commodities") if rule else 0.0, 0.0),
        exercise=trades.exercise[rows],
        volatility=standard.sub_classes.volatility[trades.sub_class[rows]],
    )


def without_logarithm(options: Options, standard: Standard) -> Flags:
    """(m,) options whose price or strike is not positive even after the shift: their delta cannot be computed.

    Two negative numbers have a quotient and a logarithm, but of the wrong sign: the shift must lift both.
    """
    strikes = np.where(options.digital, collar_strikes(options.strike, standard)[0], options.strike)
    return np.minimum(options.price, strikes) + shifts(options, strikes) <= 0.0


def shifts(options: Options, strike: FloatArray) -> FloatArray:
    """(m,) what is added to price and strike: the shift stated with the trade, else that of the law, else nothing.

    The European Union has a rule for each option: interest rates max(floor - min(P, K), 0), commodities
    max(-(1 + threshold) min(P, K), 0) (Del. Reg. (EU) 2021/931 Art. 5(2), as amended by 2025/855). Each option of a
    collar has its own strike, and so its own shift (CRR Art. 274(6)).

    strike   (m,) the strike of the option, or one of its collar
    """
    lowest = np.minimum(options.price, strike)
    of_rates = np.where(np.isnan(options.floor), 0.0, options.floor - lowest)
    by_rule = np.maximum(0.0, np.maximum(of_rates, -options.share * lowest))
    return np.where(np.isnan(options.shift), by_rule, options.shift)


def _option_deltas(options: Options) -> FloatArray:
    """Phi(d1) for calls and Phi(-d1) for puts, with the sign of the position (CRE52.40)."""
    return options.sign * normals(options, options.strike, options.call)


def _collar_deltas(options: Options, standard: Standard) -> FloatArray:
    """A digital call is a call at the lower strike less one at the upper, a digital put a put at the upper less one.

    Both differences are Phi(d1 at the lower strike) - Phi(d1 at the upper strike).
    """
    lower, upper = (normal_distribution(_d1(options, one)) for one in collar_strikes(options.strike, standard))
    return options.sign * (lower - upper)


def normals(options: Options, strike: FloatArray, up: Flags) -> FloatArray:
    """(m,) Phi(d1) where `up`, otherwise Phi(-d1)."""
    d1 = _d1(options, strike)
    return normal_distribution(np.where(up, d1, -d1))


def collar_strikes(strike: FloatArray, standard: Standard) -> tuple[FloatArray, FloatArray]:
    """(m,) the lower and the upper of 0.95 K and 1.05 K, whatever the sign of K."""
    one, other = (share * strike for share in standard.shares("sa_ccr_digital_strikes").values())
    return np.minimum(one, other), np.maximum(one, other)


def _d1(options: Options, strike: FloatArray) -> FloatArray:
    """(ln((P + shift) / (K + shift)) + 0.5 s^2 T) / (s sqrt T); its limit where the option is exercised today."""
    deviation = options.volatility * np.sqrt(options.exercise)
    shift = shifts(options, strike)
    moneyness = np.log((options.price + shift) / (strike + shift))
    at_once = np.where(moneyness == 0.0, 0.0, np.copysign(np.inf, moneyness))
    return np.divide(moneyness, deviation, out=at_once, where=deviation > 0.0) + 0.5 * deviation


def _tranche_deltas(trades: Trades, rows: Codes, standard: Standard) -> FloatArray:
    """Of these trades 15 / ((1 + 14 A) (1 + 14 D)), to be given the sign of the direction (CRE52.41).

    An nth-to-default on m names has A = (n - 1) / m and D = n / m. A tranche bought is short, as protection bought on a
    single name is; the table of CRE52.41 prints the opposite sign, which a parameter selects.
    """
    terms = standard.value("sa_ccr_tranche")
    nth, basket, attach, detach = (one[rows] for one in (trades.nth, trades.basket, trades.attach, trades.detach))
    attach = np.where(np.isnan(attach), (nth - 1.0) / basket, attach)
    detach = np.where(np.isnan(detach), nth / basket, detach)
    sign = -1.0 if standard.value("sa_ccr_purchased_tranche_positive") else 1.0
    found: FloatArray = sign * terms["numerator"] / ((1.0 + terms["slope"] * attach) * (1.0 + terms["slope"] * detach))
    return found
