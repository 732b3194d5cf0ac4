"""The trades as arrays, and what a trade must have before anything can be computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from reporting.intake.schedules import average_notional
from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import BLANK, Codes, Flags, Labels, filled, labels, numbers, switches
from reporting.measures.counterparty.standard import ASSET_CLASSES, Standard


@dataclass(frozen=True)
class Trades:
    """Columns of n trades; amounts in the reporting currency, times in years, NaN where a number does not apply.

    sub_class       (n,) row in the table of sub-classes, BLANK where the rules do not know it
    asset_class     (n,) place in ASSET_CLASSES, BLANK likewise
    start           (n,) zero for trades that have started
    option          (n,) whether an option type is given; digital and tranche likewise
    notional        (n,) the average over the remaining life where the notional changes
    size_factor     (n,) leverage of the swap times the number of exchanges of principal
    """

    ids: pd.Series
    netting_set: Labels
    margin_agreement: Labels
    sub_class: Codes
    asset_class: Codes
    hedging_set: Labels
    entity: Labels
    pair: Labels
    special: Labels
    direction: Labels
    market_value: FloatArray
    notional: FloatArray
    second_notional: FloatArray
    currency: Labels
    second_currency: Labels
    units: FloatArray
    price: FloatArray
    size_factor: FloatArray
    start: FloatArray
    end: FloatArray
    maturity: FloatArray
    daily_settled: Flags
    option_type: Labels
    option_side: Labels
    exercise: FloatArray
    option_price: FloatArray
    strike: FloatArray
    shift: FloatArray
    payoff: FloatArray
    attach: FloatArray
    detach: FloatArray
    nth: FloatArray
    basket: FloatArray
    premium_paid: Flags
    unpaid_premia: FloatArray
    schedule_unread: Flags

    @property
    def count(self) -> int:
        """The number n of trades."""
        return len(self.market_value)

    @property
    def option(self) -> Flags:
        """(n,) whether an option type is given."""
        return self.option_type.given

    @property
    def digital(self) -> Flags:
        """(n,) whether a digital payoff is given."""
        return ~np.isnan(self.payoff)

    @property
    def tranche(self) -> Flags:
        """(n,) whether an attachment or detachment point is given, or the n or the size of an nth-to-default basket."""
        return ~(np.isnan(self.attach) & np.isnan(self.detach) & np.isnan(self.nth) & np.isnan(self.basket))

    def of_class(self, *classes: int) -> Flags:
        """(n,) whether the trade's asset class is one of these."""
        wanted = np.zeros(len(ASSET_CLASSES) + 1, dtype=np.bool_)  # the last place is that of BLANK
        wanted[list(classes)] = True
        return wanted[self.asset_class]


def read_trades(frame: pd.DataFrame, standard: Standard) -> Trades:
    """The columns of `frame`; a column that it has not is blank throughout. Nothing is checked here."""
    table = standard.sub_classes
    sub_class = table.of(labels(frame, "asset_class"), labels(frame, "sub_class"))
    average, unread = _average_notionals(labels(frame, "notional_schedule"))
    notional = numbers(frame, "notional")
    start = filled(frame, "s_years", 0.0)
    return Trades(
        ids=frame["trade_id"],
        netting_set=labels(frame, "netting_set_id"),
        margin_agreement=labels(frame, "margin_agreement_id"),
        sub_class=sub_class,
        asset_class=np.append(table.asset_class, BLANK)[sub_class],
        hedging_set=labels(frame, "hedging_set"),
        entity=labels(frame, "reference_entity"),
        pair=labels(frame, "special_pair"),
        special=labels(frame, "special"),
        direction=labels(frame, "direction"),
        market_value=numbers(frame, "market_value"),
        notional=notional if average is None else np.where(np.isnan(average), notional, average),
        second_notional=numbers(frame, "second_notional"),
        currency=labels(frame, "notional_currency"),
        second_currency=labels(frame, "second_notional_currency"),
        units=numbers(frame, "underlying_units"),
        price=numbers(frame, "underlying_price"),
        size_factor=filled(frame, "leverage_multiplier", 1.0) * filled(frame, "principal_exchanges", 1.0),
        start=np.maximum(start, 0.0),
        end=numbers(frame, "e_years"),
        maturity=numbers(frame, "m_years"),
        daily_settled=switches(frame, "daily_settled"),
        option_type=labels(frame, "option_type"),
        option_side=labels(frame, "option_side"),
        exercise=numbers(frame, "t_years"),
        option_price=numbers(frame, "option_price"),
        strike=numbers(frame, "option_strike"),
        shift=numbers(frame, "option_shift"),
        payoff=numbers(frame, "digital_payoff"),
        attach=numbers(frame, "tranche_attach"),
        detach=numbers(frame, "tranche_detach"),
        nth=numbers(frame, "nth"),
        basket=numbers(frame, "basket_size"),
        premium_paid=switches(frame, "premium_paid"),
        unpaid_premia=numbers(frame, "unpaid_premia"),
        schedule_unread=unread,
    )


def _average_notionals(schedule: Labels) -> tuple[FloatArray | None, Flags]:
    """(n,) time-weighted averages, NaN without schedule (None: no trade has one); (n,) schedules that make no sense."""
    if not schedule.names:
        return None, np.zeros(len(schedule.codes), dtype=np.bool_)
    found = [average_notional(text) for text in schedule.names]
    averages = np.array([*(np.nan if one is None else one for one in found), np.nan])
    unread = np.array([*(one is None for one in found), False])
    return averages[schedule.codes], unread[schedule.codes]
