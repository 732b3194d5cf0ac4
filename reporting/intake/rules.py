"""The named functions behind the rules of a sheet: each looks at whole columns and says which rows pass.

A function gets the frame of the sheet, the columns of the rule (the first is the one that the message is about) and
the rule's arguments, and returns (n,) bool: True where the row passes. A blank cell passes, unless blankness is what
the rule is about: that it is blank is told once, by the rule on required cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.intake.codes import LEI_FORM, check_digits_right, load_codes
from reporting.intake.membership import among
from reporting.intake.schema import CURRENT_VERSION
from reporting.intake.trade_rules import TRADE_CHECKS

Mask = npt.NDArray[np.bool_]
Columns = tuple[str, ...]
Check = Callable[..., Mask]


def rows_where(frame: pd.DataFrame, when: Mapping[str, tuple[Any, ...]]) -> Mask:
    """(n,) True for the rows in which every named column has one of the values. A blank cell has none of them.

    A text that ends in * takes every value that begins so.
    """
    chosen = np.ones(len(frame), dtype=bool)
    for column, values in when.items():
        chosen &= _has_one_of(frame[column], values)
    return chosen


def _has_one_of(cells: pd.Series[Any], values: Sequence[Any]) -> Mask:
    starts = tuple(value[:-1] for value in values if isinstance(value, str) and value.endswith("*"))
    exact = [value for value in values if not (isinstance(value, str) and value.endswith("*"))]
    found = among(cells, exact)
    if starts:
        found = found | cells.str.startswith(starts).fillna(False).to_numpy(dtype=bool)
    return np.asarray(found)


# --- Blank or given --------------------------------------------------------------------------------------------------


def given(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The first column has a value."""
    return frame[columns[0]].notna().to_numpy()


def blank(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The first column has no value."""
    return frame[columns[0]].isna().to_numpy()


def one_given(frame: pd.DataFrame, columns: Columns) -> Mask:
    """At least one of the columns has a value."""
    return np.asarray(np.any([frame[column].notna().to_numpy() for column in columns], axis=0))


def given_if_other_is(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The first column has a value wherever the second has one."""
    return given(frame, columns) | frame[columns[1]].isna().to_numpy()


def both_or_neither(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The two columns have a value, or neither has."""
    return np.asarray(given(frame, columns[:1]) == given(frame, columns[1:]))


# --- Numbers and dates -----------------------------------------------------------------------------------------------


def at_least(frame: pd.DataFrame, columns: Columns, value: float) -> Mask:
    """The number is `value` or more."""
    return ~(_numbers(frame, columns[0]) < value)


def at_most(frame: pd.DataFrame, columns: Columns, value: float) -> Mask:
    """The number is `value` or less."""
    return ~(_numbers(frame, columns[0]) > value)


def above(frame: pd.DataFrame, columns: Columns, value: float) -> Mask:
    """The number is more than `value`."""
    return ~(_numbers(frame, columns[0]) <= value)


def between(frame: pd.DataFrame, columns: Columns, low: float, high: float) -> Mask:
    """The number lies between `low` and `high`, both included."""
    return at_least(frame, columns, low) & at_most(frame, columns, high)


def one_of(frame: pd.DataFrame, columns: Columns, values: Sequence[Any]) -> Mask:
    """The value is one of those listed."""
    cells = frame[columns[0]]
    return cells.isna().to_numpy() | among(cells, values)


def not_above(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The first number does not exceed the second. Silent where the second is negative: that is its own fault."""
    amount, most = _numbers(frame, columns[0]), _numbers(frame, columns[1])
    return ~((amount > most) & (most >= 0))


def below(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The first number is less than the second."""
    return ~(_numbers(frame, columns[0]) >= _numbers(frame, columns[1]))


def not_above_net(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The amount does not exceed the gross amount, or where that is blank the nominal, less the specific allowance.

    columns   amount, gross amount, nominal, specific allowance
    """
    amount, gross, nominal, allowance = (_numbers(frame, column) for column in columns)
    net = np.where(np.isnan(gross), nominal, gross) - np.nan_to_num(allowance)
    # A difference of two decimals is not exact in binary; money has six decimals at most in the largest unit.
    above: Mask = (np.round(amount - net, 6) > 0) & (net >= 0)
    return ~above


def not_before(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The first date is not before the second."""
    return ~(frame[columns[0]] < frame[columns[1]]).to_numpy(dtype=bool)


def month_end(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The date is the last day of a month."""
    days = frame[columns[0]]
    return np.asarray(days.isna().to_numpy() | days.dt.is_month_end.to_numpy(dtype=bool))


def current_version(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The version is that of the schemas of this release."""
    return one_of(frame, columns, [CURRENT_VERSION])


# --- Text, codes and keys --------------------------------------------------------------------------------------------


def differs(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The two columns do not hold the same value."""
    return ~(frame[columns[0]] == frame[columns[1]]).fillna(False).to_numpy(dtype=bool)


def allowed(frame: pd.DataFrame, columns: Columns, values: Collection[str], pattern: str | None) -> Mask:
    """The text is one of those allowed, or has the form of an open one such as `deduction_<name>`."""
    cells = frame[columns[0]]
    fits = cells.isna().to_numpy() | among(cells, values)
    if pattern is not None and not fits.all():
        other = cells[~fits]
        fits[~fits] = [bool(re.fullmatch(pattern, text)) for text in other]
    return fits


def lei_form(frame: pd.DataFrame, columns: Columns) -> Mask:
    """18 capitals or digits, then two digits (ISO 17442)."""
    cells = frame[columns[0]]
    return cells.isna().to_numpy() | cells.str.match(LEI_FORM).fillna(False).to_numpy(dtype=bool)


def lei_check_digits(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The last two digits are those that the rest asks for (ISO 17442). Silent where the form is wrong."""
    return check_digits_right(frame[columns[0]])


def on_code_list(frame: pd.DataFrame, columns: Columns, standard: str) -> Mask:
    """The code is, or was once, one of the list `currency` or `country`."""
    codes, cells = load_codes()[standard], frame[columns[0]]
    return cells.isna().to_numpy() | among(cells, codes.ever)


def unique(frame: pd.DataFrame, columns: Columns) -> Mask:
    """No earlier row has the same values in all the columns. Silent where one of them is blank."""
    keys = list(columns)
    return ~frame.duplicated(keys).to_numpy() | frame[keys].isna().any(axis=1).to_numpy()


# --- Whole tables ----------------------------------------------------------------------------------------------------


def alone(frame: pd.DataFrame, columns: Columns, value: str, beside: Sequence[str]) -> Mask:
    """A row with this value is the only one, but for rows that have a value of `beside`."""
    cells = frame[columns[0]]
    counted = cells.notna() & ~among(cells, beside)
    return ~((cells == value).fillna(False).to_numpy(dtype=bool) & (int(counted.sum()) > 1))


def periods_apart(frame: pd.DataFrame, columns: Columns) -> Mask:
    """No row of the same item that begins earlier (or on the same day, further up) is still valid when this one begins.

    columns   first and last day, item. A last day that is blank is open; a first day that is blank passes.
    """
    first, last, item = columns
    known = frame[frame[first].notna()].sort_values(first, kind="stable")
    ends = known[last].fillna(pd.Timestamp("2999-12-31"))
    latest = ends.groupby(known[item], sort=False).cummax().groupby(known[item], sort=False).shift()
    meets = (known[first] <= latest).reindex(frame.index, fill_value=False)
    return ~meets.to_numpy(dtype=bool)


def _numbers(frame: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    return frame[column].to_numpy(dtype=np.float64)


_CHECKS: tuple[Check, ...] = (
    above, allowed, alone, at_least, at_most, below, between, blank, both_or_neither, current_version, differs, given,
    given_if_other_is, lei_check_digits, lei_form, month_end, not_above, not_above_net, not_before, on_code_list,
    one_given, one_of, periods_apart, unique,
)  # fmt: skip
CHECKS: Mapping[str, Check] = MappingProxyType({check.__name__: check for check in (*_CHECKS, *TRADE_CHECKS)})
