"""Rules on trades that need another sheet, another row or the reference date; see `across`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.intake.between import Tables, applies, beside, entity_of, found_in, once
from reporting.intake.findings import Finding, Words, shown
from reporting.intake.schema import SchemaRule

Years = npt.NDArray[np.float64]


def agreement_of_set(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """The margin agreement is one of the netting set; it may be blank only where the set has a single row.

    columns   margin agreement, netting set. Silent where the netting set is not on its sheet.
    """
    if "netting_sets" not in tables:
        return
    table, sets = tables[rule.sheet], tables["netting_sets"].frame
    agreement, netting_set = (table.frame[column] for column in rule.columns)
    known = netting_set.isin(sets["netting_set_id"].dropna()).to_numpy(dtype=bool)
    rows = netting_set.map(sets["netting_set_id"].value_counts()).to_numpy(dtype=np.float64)
    there = pd.MultiIndex.from_frame(sets[["netting_set_id", "margin_agreement_id"]].fillna(""))
    named = pd.MultiIndex.from_arrays([netting_set.fillna(""), agreement.fillna("")])
    unasked = agreement.isna().to_numpy() & (rows == 1)
    yield from found_in(table, rule, applies(table, rule) & known & ~unasked & ~named.isin(there))


def matched_purchase_fits(tables: Tables, rule: SchemaRule, days_a_year: int) -> Iterator[Finding]:
    """The trade named is protection bought on the same reference entity, and does not end earlier.

    Silent where no trade has the identifier, or several have.
    """
    table, day = tables[rule.sheet], entity_of(tables).reference_date
    frame, name = table.frame, rule.columns[0]
    ends = _years(frame, "m_years", "maturity", day, days_a_year)
    trades = frame.assign(ends=ends).dropna(subset=["trade_id"]).drop_duplicates("trade_id", keep=False)
    named = frame[name].isin(trades["trade_id"]).to_numpy(dtype=bool)
    bought = trades.set_index("trade_id").reindex(frame[name].where(named, None)).reset_index(drop=True)
    of_credit = (bought["asset_class"] == "credit") & (bought["direction"] == "short")
    same = bought["reference_entity"].to_numpy() == frame["reference_entity"].to_numpy()
    fits = of_credit.to_numpy(dtype=bool) & same & ~(bought["ends"].to_numpy(dtype=np.float64) < ends)
    failing = applies(table, rule) & named & ~fits

    def words(row: int) -> Words:
        other = bought.iloc[int(np.flatnonzero(table.rows == row)[0])]
        parts = (other["direction"], other["asset_class"], other["reference_entity"], f"{other['ends']:.2f} years")
        return f"{name} is {shown(str(frame.at[row, name]))} ({', '.join(str(p) for p in parts if pd.notna(p))})", ""

    yield from found_in(table, rule, failing, words)


# --- Times -----------------------------------------------------------------------------------------------------------


def ends_after_start(tables: Tables, rule: SchemaRule, days_a_year: int) -> Iterator[Finding]:
    """The period does not end before it starts, whether dates or years are given.

    columns   end, start, years until the end, years until the start; years win, and a start in the past is today
    """
    table, day = tables[rule.sheet], entity_of(tables).reference_date
    end, start, e_years, s_years = rule.columns
    begins = np.maximum(_years(table.frame, s_years, start, day, days_a_year), 0)
    ends = _years(table.frame, e_years, end, day, days_a_year)
    # An end in the past has a rule of its own.
    yield from found_in(table, rule, applies(table, rule) & (ends < begins) & (ends >= 0))


def years_agree(tables: Tables, rule: SchemaRule, tolerance: float, days_a_year: int) -> Iterator[Finding]:
    """Years and date, where both are given, differ by no more than `tolerance`. A date in the past stands for today.

    columns   years, date
    """
    table, day = tables[rule.sheet], entity_of(tables).reference_date
    if day is None:
        return
    given, from_date = (table.frame[rule.columns[0]].to_numpy(dtype=np.float64), _from_dates(
        table.frame[rule.columns[1]], day, days_a_year
    ))  # fmt: skip
    apart = np.abs(np.maximum(given, 0) - np.maximum(from_date, 0)) > tolerance

    def words(row: int) -> Words:
        place = int(np.flatnonzero(table.rows == row)[0])
        note = f"{rule.columns[1]} is {table.seen(rule.columns[1], row)}, {from_date[place]:.4f} years away"
        return beside(table, rule, note)(row)

    yield from found_in(table, rule, applies(table, rule) & apart, words)


def in_the_quarter(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """The date lies in the three months that end on the reference date."""
    table, day = tables[rule.sheet], entity_of(tables).reference_date
    if day is None:
        return
    first, last = _quarter(day)
    dates = table.frame[rule.columns[0]]
    outside = ((dates < first) | (dates > last)).to_numpy(dtype=bool)
    note = f"the quarter runs from {first.date()} to {day}"
    yield from found_in(table, rule, applies(table, rule) & outside, beside(table, rule, note))


def quarter_complete(tables: Tables, rule: SchemaRule, holidays: int) -> Iterator[Finding]:
    """No more than `holidays` weekdays of the quarter lack a row, and the reference date, if a weekday, has one.

    No calendar of holidays is known here: as many weekdays may be some. Silent where a date does not fit its type.

    columns   value, by which the finding stands so that what rests on the values says so; date
    """
    table, day = tables[rule.sheet], entity_of(tables).reference_date
    name, dates = rule.columns
    if day is None or table.faulty[dates].any() or table.frame.empty:
        return
    days = pd.bdate_range(*_quarter(day))
    lacking = days.difference(pd.DatetimeIndex(table.frame[dates].dropna()))
    if len(lacking) > holidays or pd.Timestamp(day) in lacking:
        some = ", ".join(str(one.date()) for one in lacking[:3]) + (", ..." if len(lacking) > 3 else "")
        found = f"{name} has no value for {len(lacking)} of the {len(days)} weekdays of the quarter to {day} ({some})"
        yield once(rule, table.column(name), found)


def _quarter(day: date) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first and the last day of the three months that end on the day."""
    last = pd.Timestamp(day)
    return last + pd.Timedelta(days=1) - pd.DateOffset(months=3), last


def _years(frame: pd.DataFrame, years: str, dates: str, day: object, days_a_year: int) -> Years:
    """(n,) the years that are given, otherwise those until the date; NaN where neither is."""
    given = frame[years].to_numpy(dtype=np.float64)
    return given if day is None else np.where(np.isnan(given), _from_dates(frame[dates], day, days_a_year), given)


def _from_dates(dates: pd.Series[Any], day: object, days_a_year: int) -> Years:
    days = (dates - pd.Timestamp(str(day))) / pd.Timedelta(days=1)
    return np.asarray(days, dtype=np.float64) / days_a_year


# --- Options ---------------------------------------------------------------------------------------------------------


def shift_given(tables: Tables, rule: SchemaRule, by_rule: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """An option whose price or strike is not positive has a shift, unless the law of the jurisdiction derives one.

    columns   shift, price, strike, asset class
    by_rule   jurisdiction -> asset classes whose shift follows from a rule
    """
    table, jurisdiction = tables[rule.sheet], entity_of(tables).jurisdiction
    if jurisdiction is None:
        return
    shift, price, strike, asset_class = (table.frame[column] for column in rule.columns)
    derived = asset_class.isin(list(by_rule.get(jurisdiction, ()))).to_numpy(dtype=bool)
    needs = ((price <= 0) | (strike <= 0)).to_numpy(dtype=bool) & price.notna().to_numpy() & strike.notna().to_numpy()
    yield from found_in(table, rule, applies(table, rule) & needs & ~derived & shift.isna().to_numpy())


TRADE_CHECKS: tuple[Callable[..., Iterator[Finding]], ...] = (
    agreement_of_set, ends_after_start, in_the_quarter, matched_purchase_fits, quarter_complete, shift_given,
    years_agree,
)  # fmt: skip
