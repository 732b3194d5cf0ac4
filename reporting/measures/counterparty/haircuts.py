"""Supervisory haircuts on collateral (BCBS CRE52.5, 52.10 FAQ1, 52.11, CRE22.49-22.59; CRR Art. 224, 276)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import BLANK, Codes, Flags, Labels, labels, numbers, switches
from reporting.measures.counterparty.faults import refuse
from reporting.measures.counterparty.netting_sets import margin_periods, read_agreements, rows_of_trades
from reporting.measures.counterparty.results import table
from reporting.measures.counterparty.standard import Standard
from reporting.measures.counterparty.sums import sums_by

_NOT_ELIGIBLE = "other_equity"  # whose haircut is applied to what was posted although it would not be eligible


@dataclass(frozen=True, eq=False)
class CollateralAfterHaircuts:
    """What collateral is worth against exposures.

    collateral    one row each, with the index that came in: unscaled (haircut of ten days, fraction), haircut (for
                  the holding period), eligible, value_after_haircut (+ received, - posted; zero for what was posted
                  segregated)
    netting_sets  indexed by netting_set_id: independent (initial margin), variation, collateral (both)
    """

    collateral: pd.DataFrame
    netting_sets: pd.DataFrame


def haircuts(
    collateral: pd.DataFrame,
    holding_days: pd.Series,
    parameters: Mapping[str, Any],
    *,
    settlement_currency: str,
) -> CollateralAfterHaircuts:
    """Value of collateral after supervisory haircuts: received x (1 - H - Hfx), posted x (1 + H + Hfx).

    collateral           collateral_id, netting_set_id, direction (received, posted), im_vm (im, vm), type (cash, gold,
                         main_index_equity, other_equity, sovereign, other_issuer, securitisation),
                         issuer_credit_quality_step, residual_maturity_years, currency, value (in the reporting
                         currency, not negative), segregated
    holding_days         business days by netting_set_id: `holding_periods`
    settlement_currency  other currencies take the haircut for mismatch too

    H is that of ten days times sqrt(holding days / 10), both together at most 1. Collateral of a quality step that the
    table does not have is not eligible: received it is worth nothing. ValueError (FrameFault) names wrong rows.
    """
    standard = Standard(parameters)
    kind, direction = labels(collateral, "type"), labels(collateral, "direction")
    margin, netting_set = labels(collateral, "im_vm"), labels(collateral, "netting_set_id")
    value, known = numbers(collateral, "value"), tuple(str(one) for one in holding_days.index)
    place = netting_set.as_in(known)
    refuse(_checks(kind, direction, margin, place == len(known), value, standard), collateral["collateral_id"])
    scale = np.sqrt(holding_days.to_numpy(dtype=np.float64)[place] / standard.number("haircut_period"))
    of_kind, eligible = _of_kind(collateral, kind, standard)
    mismatch = ~labels(collateral, "currency").equal(settlement_currency)
    posted = direction.equal("posted")
    bare = np.where(eligible, of_kind, np.where(posted, standard.shares("supervisory_haircuts")[_NOT_ELIGIBLE], 1.0))
    unscaled = bare + mismatch * standard.share("currency_mismatch_haircut")
    haircut = np.minimum(scale * unscaled, 1.0)
    haircut = np.where(eligible | posted, haircut, 1.0)
    after = np.where(posted, -value * (1.0 + haircut) * ~switches(collateral, "segregated"), value * (1.0 - haircut))
    rows = {"unscaled": unscaled, "haircut": haircut, "eligible": eligible, "value_after_haircut": after}
    return CollateralAfterHaircuts(table(rows, collateral.index), _by_netting_set(place, margin, after, known))


def holding_periods(trades: pd.DataFrame, netting_sets: pd.DataFrame, parameters: Mapping[str, Any]) -> pd.Series:
    """Business days by netting_set_id: the margin period of risk, or for unmargined netting sets up to a year.

    Unmargined: the maturity of the longest trade, at most a year, in place of the days between margin calls (CRE52.10
    FAQ1). The longest period of a netting set with several margin agreements.
    """
    standard = Standard(parameters)
    agreements = read_agreements(netting_sets)
    row = rows_of_trades(agreements, labels(trades, "netting_set_id"), labels(trades, "margin_agreement_id"))
    refuse({"netting set that is not among the netting sets": row == BLANK}, trades["trade_id"])
    place = agreements.netting_set[row]
    periods = margin_periods(agreements, np.bincount(place, minlength=agreements.count), standard)
    year, base = standard.number("sa_ccr_business_days"), standard.number("haircut_period")
    longest = np.zeros(agreements.count)
    np.maximum.at(longest, place, np.nan_to_num(numbers(trades, "m_years")) * year)
    unmargined = np.clip(longest, 1.0, year) + base - 1.0
    found = np.full(agreements.count, -np.inf)
    np.maximum.at(
        found, agreements.netting_set, np.where(np.isnan(periods), unmargined[agreements.netting_set], periods)
    )
    return pd.Series(found, index=pd.Index(agreements.netting_sets, name="netting_set_id"), name="holding_days")


def _checks(
    kind: Labels, direction: Labels, margin: Labels, unknown_set: Flags, value: FloatArray, standard: Standard
) -> Mapping[str, Flags]:
    kinds = tuple({name.partition("/")[0] for name in standard.value("supervisory_haircuts")})
    return {
        "netting set without holding period": unknown_set,
        "type of collateral that the rules do not know": ~np.isin(kind.as_in(kinds), range(len(kinds))),
        "direction must be received or posted": ~(direction.equal("received") | direction.equal("posted")),
        "im_vm must be im or vm": ~(margin.equal("im") | margin.equal("vm")),
        "value must be zero or more": ~(value >= 0.0),
    }


def _of_kind(collateral: pd.DataFrame, kind: Labels, standard: Standard) -> tuple[FloatArray, Flags]:
    """(n,) haircut for ten days, NaN where the table has none; (n,) whether it has one."""
    shares = standard.shares("supervisory_haircuts")
    step = np.nan_to_num(numbers(collateral, "issuer_credit_quality_step")).astype(np.int64)
    maturity = numbers(collateral, "residual_maturity_years")
    ends = sorted({float(name.split("/")[2]) for name in shares if name.count("/") == 2 and name[-1].isdigit()})
    bucket = np.where(np.isnan(maturity), len(ends) + 1, np.searchsorted(ends, maturity, side="left"))
    steps = int(step.max(initial=0)) + 1
    grid = np.full((len(kind.names) + 1, steps, len(ends) + 2), np.nan)
    for row, name in enumerate(kind.names):
        if name in shares:
            grid[row] = shares[name]
        for quality in range(steps):
            for column, end in enumerate([*(f"{one:g}" for one in ends), "above"]):
                grid[row, quality, column] = shares.get(f"{name}/{quality}/{end}", grid[row, quality, column])
    found = grid[kind.codes, np.clip(step, 0, steps - 1), bucket]
    return found, ~np.isnan(found)


def _by_netting_set(place: Codes, margin: Labels, after: FloatArray, known: tuple[str, ...]) -> pd.DataFrame:
    independent = sums_by(place, np.where(margin.equal("im"), after, 0.0), len(known))
    variation = sums_by(place, np.where(margin.equal("vm"), after, 0.0), len(known))
    columns = {"independent": independent, "variation": variation, "collateral": independent + variation}
    return table(columns, pd.Index(known, name="netting_set_id"))
