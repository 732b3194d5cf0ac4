"""Netting sets, margin agreements and what nets with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import BLANK, Codes, Flags, Labels, filled, labels, numbers, switches
from reporting.measures.counterparty.faults import refuse
from reporting.measures.counterparty.maturity_factor import margin_period_floors
from reporting.measures.counterparty.standard import Standard
from reporting.measures.counterparty.sums import sums_by

UNMARGINED = -1.0  # stands for the margin period of what has none


@dataclass(frozen=True)
class Agreements:
    """The r rows of the sheet netting_sets: one for each netting set, or for each margin agreement within one.

    ids               (r,) names of the netting sets, for messages
    netting_sets      the s names of the netting sets, in the order of their first rows
    netting_set       (r,) place among them
    agreement         (r,) name of the margin agreement
    margined          (r,) the counterparty posts variation margin under this row, not only the bank (CRE52.2)
    under_agreement   (r,) any margin agreement, also one under which only the bank posts
    pool              (s,) netting sets with the same number share collateral
    shared            (s,) whether a margin agreement covers other netting sets too (CRE52.75)
    enforceable       (s,) whether netting is; if not, each trade stands alone
    """

    ids: pd.Series
    netting_sets: tuple[str, ...]
    netting_set: Codes
    agreement: Labels
    margined: Flags
    under_agreement: Flags
    pool: Codes
    shared: Flags
    enforceable: Flags
    client_cleared: Flags
    threshold: FloatArray
    minimum_transfer_amount: FloatArray
    independent: FloatArray
    variation_margin: FloatArray
    other_collateral: FloatArray
    eligible_cash: FloatArray
    stated_period: FloatArray
    remargining_days: FloatArray
    client_clearing: Flags
    qualifying_ccp: Flags
    illiquid: Flags
    disputes: FloatArray
    complete: Flags

    @property
    def count(self) -> int:
        """Number of netting sets."""
        return len(self.netting_sets)

    def total(self, amounts: FloatArray) -> FloatArray:
        """(s,) sums of amounts by row (r,)."""
        return sums_by(self.netting_set, amounts, self.count)

    def any_of(self, flags: Flags) -> Flags:
        """(s,) whether any row of the netting set has the flag (r,)."""
        return np.bincount(self.netting_set, flags, self.count) > 0


def read_agreements(frame: pd.DataFrame) -> Agreements:
    """The columns of `frame`. Amounts that are blank do not apply and count as nothing; nothing is checked here."""
    named, agreement = labels(frame, "netting_set_id"), labels(frame, "margin_agreement_id")
    refuse({"netting set without a name, in row": ~named.given}, pd.Series(range(1, len(frame) + 1)))
    netting_set, first = pd.factorize(named.codes)
    order = tuple(named.names[code] for code in first)
    count = len(order)
    declared, one_way = switches(frame, "margined"), switches(frame, "one_way_for_counterparty")
    margined = declared & ~one_way
    pool = _pools(netting_set, agreement, margined, count)
    enforceable = switches(frame, "enforceable") if "enforceable" in frame else np.ones(len(frame), dtype=np.bool_)
    stated = {name: frame[name].notna().to_numpy() for name in ("margined", "enforceable") if name in frame}
    return Agreements(
        ids=frame["netting_set_id"],
        netting_sets=order,
        netting_set=netting_set,
        agreement=agreement,
        margined=margined,
        under_agreement=declared | one_way,
        pool=pool,
        shared=np.bincount(pool, minlength=count)[pool] > 1,
        enforceable=np.bincount(netting_set, ~enforceable, count) == 0,
        client_cleared=np.bincount(netting_set, switches(frame, "client_cleared"), count) > 0,
        threshold=numbers(frame, "threshold"),
        minimum_transfer_amount=numbers(frame, "minimum_transfer_amount"),
        independent=filled(frame, "nica", 0.0),
        variation_margin=filled(frame, "variation_margin", 0.0),
        other_collateral=filled(frame, "collateral", 0.0),
        eligible_cash=filled(frame, "variation_margin_cash_eligible", 0.0),
        stated_period=numbers(frame, "margin_period_days"),
        remargining_days=numbers(frame, "remargining_days"),
        client_clearing=switches(frame, "client_clearing"),
        qualifying_ccp=switches(frame, "qccp"),
        illiquid=switches(frame, "illiquid"),
        disputes=_disputes(frame),
        complete=np.logical_and.reduce([*stated.values()], axis=0) if stated else np.ones(len(frame), dtype=np.bool_),
    )


def agreement_checks(rows: Agreements) -> Mapping[str, Flags]:
    """What is wrong -> (r,) whether the row has that fault."""
    pair = pd.MultiIndex.from_arrays([rows.netting_set, rows.agreement.codes])
    period = np.isnan(rows.stated_period) & np.isnan(rows.remargining_days)
    amounts = (rows.independent, rows.variation_margin, rows.other_collateral, rows.eligible_cash)
    return {
        "netting set found twice with the same margin agreement": pair.duplicated(),
        "margined and enforceable must be stated": ~rows.complete,
        "margined, without threshold or minimum transfer amount": rows.margined
        & (np.isnan(rows.threshold) | np.isnan(rows.minimum_transfer_amount)),
        "margined, without margin period or days between margin calls": rows.margined & period,
        "negative threshold or minimum transfer amount": (rows.threshold < 0.0) | (rows.minimum_transfer_amount < 0.0),
        "days between margin calls below one, or margin period below zero": (rows.remargining_days < 1.0)
        | (rows.stated_period < 0.0),
        "infinite amount": np.logical_or.reduce([np.isinf(one) for one in amounts], axis=0),
    }


def rows_of_trades(rows: Agreements, netting_set: Labels, agreement: Labels) -> Codes:
    """(n,) the row under which each trade falls: BLANK where the netting set is not there or has no such agreement.

    A trade need not name the agreement of a netting set that has only one row.
    """
    place = netting_set.as_in(rows.netting_sets)
    if not rows.count:
        return np.full(len(place), BLANK)
    known = (place >= 0) & (place < rows.count)
    place = np.where(known, place, 0)
    counts, first = np.bincount(rows.netting_set, minlength=rows.count), np.zeros(rows.count, dtype=np.int64)
    first[rows.netting_set[::-1]] = np.arange(len(rows.netting_set))[::-1]
    found = first[place]
    asked = agreement.given | (counts[place] > 1)
    if asked.any():
        size = len(rows.agreement.names) + 2
        keys = rows.netting_set * size + rows.agreement.codes + 1
        wanted = place[asked] * size + agreement.as_in(rows.agreement.names)[asked] + 1
        found[asked] = pd.Index(keys).get_indexer(wanted)
    return np.where(known, found, BLANK)


def trade_counts(rows: Agreements, row: Codes) -> Codes:
    """(s,) how many trades each netting set has.

    row   (n,) the row under which each trade falls
    """
    return np.bincount(rows.netting_set[row], minlength=rows.count)


def margin_periods(rows: Agreements, trade_counts: Codes, standard: Standard) -> FloatArray:
    """(r,) business days; NaN where the row is not margined.

    The higher of the bank's own estimate and the floor (CRE52.50). An estimate without the days between margin calls
    is held against the floor for daily margining.

    trade_counts   (s,) trades of each netting set
    """
    floors = margin_period_floors(
        trade_counts[rows.netting_set],
        np.where(np.isnan(rows.remargining_days), 1.0, rows.remargining_days),
        client_clearing=rows.client_clearing,
        qualifying_ccp=rows.qualifying_ccp,
        illiquid=rows.illiquid,
        disputes=rows.disputes,
        standard=standard,
    )
    return np.where(rows.margined, np.fmax(rows.stated_period, floors), np.nan)


def _pools(netting_set: Codes, agreement: Labels, margined: Flags, count: int) -> Codes:
    """(s,) the lowest number among the netting sets that are linked by margin agreements.

    Agreements and netting sets may be many to many; numbers spread along the links until none changes.
    """
    pool = np.arange(count)
    linked = margined & agreement.given
    sets, agreements = netting_set[linked], agreement.codes[linked]
    while True:
        least = np.full(len(agreement.names), count)
        np.minimum.at(least, agreements, pool[sets])
        spread = pool.copy()
        np.minimum.at(spread, sets, least[agreements])
        if np.array_equal(spread, pool):
            return pool
        pool = spread


def _disputes(frame: pd.DataFrame) -> FloatArray:
    """(r,) their number, zero where blank; a column of true and false says whether there were too many."""
    if "disputes" in frame and frame["disputes"].dtype == np.bool_:
        return np.where(frame["disputes"].to_numpy(), np.inf, 0.0)
    return filled(frame, "disputes", 0.0)
