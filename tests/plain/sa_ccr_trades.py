"""One trade of SA-CCR, plainly: adjusted notional, supervisory delta, maturity factor, effective notional.

A trade is a dictionary with the columns of the sheet `derivatives`, years instead of dates, amounts in the reporting
currency; an absent value is None. Paragraphs of the BCBS standard (CRE52) and articles of the CRR stand at each line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.plain import sa_ccr_table as law

Trade = Mapping[str, Any]


@dataclass(frozen=True)
class Terms:
    """What every trade of a portfolio shares: jurisdiction, currency of the report, switches."""

    jurisdiction: str
    reporting_currency: str
    tranche_sign_as_printed: bool = False  # the + for purchased protection of the CRE52.41 table
    no_offset: bool = False  # CRE52.57(5), second formula; not open to `eu`: CRR Art. 280a(3) has only the first


@dataclass(frozen=True)
class TradeResult:
    """Intermediates of one trade; the effective notional is the one of the way its netting set is treated."""

    trade_id: str
    netting_set_id: str
    asset_class: str
    hedging_set: str
    kind: str
    entity: str
    bucket: int
    adjusted_notional: float
    supervisory_delta: float
    maturity_factor: float
    maturity_factor_unmargined: float
    maturity_factor_margined: float | None
    effective_notional: float
    supervisory_factor: float
    correlation: float


def trade_result(trade: Trade, terms: Terms, margin_days: float | None) -> TradeResult:
    """The trade within a (sub-)netting set; margin_days is its margin period of risk, None where it is unmargined."""
    row = law.row_of(trade["asset_class"], trade["sub_class"], terms.jurisdiction)
    factor = row.factor * _kind_multiple(trade)
    notional = adjusted_notional(trade, terms)
    delta = supervisory_delta(trade, terms)
    unmargined = maturity_factor(trade, None)
    margined = None if margin_days is None else maturity_factor(trade, margin_days)
    used = unmargined if margined is None else margined
    effective = notional * used * delta  # CRE52.30(1): D = d * MF * delta
    if trade["digital_payoff"] is not None and terms.jurisdiction == "basel":
        # CRE52.42(3), last sentence: |D| is at most payoff / SF. CRR Art. 274(6) has the collar without this limit.
        limit = trade["digital_payoff"] / factor
        effective = max(-limit, min(limit, effective))
    return TradeResult(
        trade_id=trade["trade_id"],
        netting_set_id=trade["netting_set_id"],
        asset_class=trade["asset_class"],
        hedging_set=hedging_set(trade),
        kind=trade["special"] or "plain",
        entity=trade["reference_entity"] or "",
        bucket=maturity_bucket(trade, terms.jurisdiction),
        adjusted_notional=notional,
        supervisory_delta=delta,
        maturity_factor=used,
        maturity_factor_unmargined=unmargined,
        maturity_factor_margined=margined,
        effective_notional=effective,
        supervisory_factor=factor,
        correlation=row.correlation or 0.0,
    )


def _kind_multiple(trade: Trade) -> float:
    if trade["special"] == "basis":  # CRE52.46, 52.73; CRR Art. 280
        return law.BASIS
    if trade["special"] == "volatility":  # CRE52.47, 52.73; CRR Art. 280
        return law.VOLATILITY
    return 1.0


# --- Hedging sets ----------------------------------------------------------------------------------------------------


def hedging_set(trade: Trade) -> str:
    """Label of the hedging set; with the class and the kind it is unique in a netting set."""
    if trade["special"] == "basis":  # CRE52.46: one for each pair of risk factors
        return str(trade["special_pair"])
    asset_class = trade["asset_class"]
    # CRE52.47: volatility transactions follow the construction of CRE52.45, apart from the others (the kind does that).
    if asset_class in ("ir", "fx", "crypto", "other"):  # CRE52.45(1)-(2); 52.57 FAQ1 inflation; CRR Art. 277a(1)(f)
        return str(trade["hedging_set"])
    if asset_class == "commodity":  # CRE52.45(5)
        return law.COMMODITY_SETS[trade["sub_class"]]
    return str(asset_class)  # CRE52.45(3)-(4): a single one


def maturity_bucket(trade: Trade, jurisdiction: str) -> int:
    """1, 2 or 3 of CRE52.57(3) by the end date E (CRE52.31(3)); 0 for the other classes."""
    if trade["asset_class"] != "ir":
        return 0
    end = trade["e_years"]
    if jurisdiction == "eu":  # CRR Art. 280a(3) table 2: up to one year, to five, above
        return 1 if end <= 1 else 2 if end <= 5 else 3
    return 1 if end < 1 else 2 if end <= 5 else 3  # CRE52.57(3): less than one, one to five, more than five


# --- Adjusted notional -----------------------------------------------------------------------------------------------


def adjusted_notional(trade: Trade, terms: Terms) -> float:
    """CRE52.33-52.37; CRR Art. 279b. Not negative; the sign is the delta's."""
    asset_class = trade["asset_class"]
    if trade["digital_payoff"] is not None:
        return _digital_notional(trade)
    if asset_class in ("ir", "credit"):
        return _trade_notional(trade, _average_notional(trade)) * supervisory_duration(trade)  # CRE52.34
    if asset_class == "fx":
        return _trade_notional(trade, _foreign_leg(trade, terms.reporting_currency))
    if asset_class in ("equity", "commodity") and trade["underlying_units"] is not None:
        return _trade_notional(trade, trade["underlying_units"] * trade["underlying_price"])  # CRE52.36
    return _trade_notional(trade, trade["notional"])


def _trade_notional(trade: Trade, amount: float) -> float:
    # CRE52.37(3): times the factor on the rates of a leveraged swap; 52.37(4): times the exchanges of principal.
    return float(amount * (trade["leverage_multiplier"] or 1.0) * (trade["principal_exchanges"] or 1.0))


def _average_notional(trade: Trade) -> float:
    """CRE52.37(2): the time-weighted average over the remaining life; interest rate and credit only."""
    if trade["notional_schedule"] is None:
        return float(trade["notional"])
    weighted = 0.0
    years = 0.0
    for piece in trade["notional_schedule"].split(";"):
        period, amount = piece.split(":")
        begin, end = period.split("-")
        weighted += float(amount) * (float(end) - float(begin))
        years += float(end) - float(begin)
    return weighted / years


def _foreign_leg(trade: Trade, reporting_currency: str) -> float:
    """CRE52.35: the foreign leg; of two foreign legs the larger one."""
    if trade["second_notional"] is None:
        return float(trade["notional"])
    if trade["notional_currency"] == reporting_currency:
        return float(trade["second_notional"])
    if trade["second_notional_currency"] == reporting_currency:
        return float(trade["notional"])
    return float(max(trade["notional"], trade["second_notional"]))


def supervisory_duration(trade: Trade) -> float:
    """CRE52.34: S is 0 once started; the duration, not S, is floored at ten business days."""
    start = max(trade["s_years"] or 0.0, 0.0)
    duration = (math.exp(-law.DISCOUNT * start) - math.exp(-law.DISCOUNT * trade["e_years"])) / law.DISCOUNT
    return max(duration, law.TEN_DAYS)


def _digital_notional(trade: Trade) -> float:
    """CRE52.42(3): a collar at 0.95 K and 1.05 K pays the digital's payoff outside the two strikes.

    Its size is payoff / (0.1 K), as one unit gains 0.1 K between the strikes. For a rate or a spread the size is the
    notional. For prices it is a number of units, so that the adjusted notional is the size times the price.
    """
    size = trade["digital_payoff"] / (0.1 * abs(trade["option_strike"]))
    if trade["asset_class"] in ("ir", "credit"):
        return float(size * supervisory_duration(trade))
    price = trade["option_price"] if trade["underlying_price"] is None else trade["underlying_price"]
    return float(size * price)


# --- Supervisory delta -----------------------------------------------------------------------------------------------


def supervisory_delta(trade: Trade, terms: Terms) -> float:
    """CRE52.38-52.42; CRR Art. 279a."""
    sign = 1.0 if trade["direction"] == "long" else -1.0  # CRE52.39
    if trade["digital_payoff"] is not None:
        return _digital_delta(trade, terms)
    if trade["option_type"] is not None:  # CRE52.40: the sign follows from type and side, not from the direction
        return _vanilla(trade, terms, trade["option_type"], trade["option_side"], trade["option_strike"])
    if trade["nth"] is not None:  # CRE52.41 footnote 9
        attach = (trade["nth"] - 1) / trade["basket_size"]
        return sign * _tranche_sign(terms) * _tranche(attach, trade["nth"] / trade["basket_size"])
    if trade["tranche_attach"] is not None:
        return sign * _tranche_sign(terms) * _tranche(trade["tranche_attach"], trade["tranche_detach"])
    return sign


def _tranche(attach: float, detach: float) -> float:
    return 15 / ((1 + 14 * attach) * (1 + 14 * detach))  # CRE52.41; CRR Art. 279a(1)(b)


def _tranche_sign(terms: Terms) -> float:
    # Protection sold is long credit, as for every other credit derivative; CRE52.41 prints + for protection purchased.
    return -1.0 if terms.tranche_sign_as_printed else 1.0


def _digital_delta(trade: Trade, terms: Terms) -> float:
    """CRE52.42(3): a call is bought at 0.95 K and sold at 1.05 K, a put the other way round; mirrored when sold."""
    low, high = sorted((0.95 * trade["option_strike"], 1.05 * trade["option_strike"]))
    own = trade["option_side"]
    other = "sold" if own == "bought" else "bought"
    if trade["option_type"] == "call":
        return _vanilla(trade, terms, "call", own, low) + _vanilla(trade, terms, "call", other, high)
    return _vanilla(trade, terms, "put", own, high) + _vanilla(trade, terms, "put", other, low)


def _vanilla(trade: Trade, terms: Terms, kind: str, side: str, strike: float) -> float:
    """CRE52.40."""
    price = trade["option_price"]
    shift = _shift(trade, terms, price, strike)
    sigma = law.row_of(trade["asset_class"], trade["sub_class"], terms.jurisdiction).volatility
    years = trade["t_years"]
    d1 = (math.log((price + shift) / (strike + shift)) + 0.5 * sigma**2 * years) / (sigma * math.sqrt(years))
    delta = _normal(d1) if kind == "call" else -_normal(-d1)
    return delta if side == "bought" else -delta


def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def _shift(trade: Trade, terms: Terms, price: float, strike: float) -> float:
    """Lambda. A shift stated with the trade comes first, in both jurisdictions."""
    if trade["option_shift"] is not None:
        return float(trade["option_shift"])
    if terms.jurisdiction == "eu":  # Delegated Regulation (EU) 2021/931 Art. 5(2): by option, no other condition
        if trade["asset_class"] == "ir":
            return max(law.RATE_THRESHOLD - min(price, strike), 0.0)
        if trade["asset_class"] == "commodity":
            return max(-(1 + law.COMMODITY_THRESHOLD) * min(price, strike), 0.0)
        return 0.0
    # CRE52.40 FAQ2 leaves lambda to supervisor and bank: without a stated shift there is none, and ln(P/K) must exist.
    return 0.0


# --- Maturity factor -------------------------------------------------------------------------------------------------


def maturity_factor(trade: Trade, margin_days: float | None) -> float:
    """CRE52.48-52.49 unmargined, 52.52-52.53 margined; CRR Art. 279c."""
    if trade["daily_settled"]:  # CRE52.32 FAQ1 with 52.37(5): as unmargined, M at its floor
        return math.sqrt(law.TEN_DAYS)
    if margin_days is not None:
        return 1.5 * math.sqrt(margin_days / law.YEAR)
    return math.sqrt(min(max(trade["m_years"], law.TEN_DAYS), 1.0))
