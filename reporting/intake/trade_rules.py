"""Named functions behind the rules on derivatives, margin, collateral and securities financing; see `rules`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.intake.codes import load_codes
from reporting.intake.membership import among
from reporting.intake.schedules import average_notional

Mask = npt.NDArray[np.bool_]
Columns = tuple[str, ...]

_INFLATION = "inflation:"
_PAIR = re.compile(r"([A-Z]{3})/([A-Z]{3})")


# --- Rows of one thing -----------------------------------------------------------------------------------------------


def unique_with_blanks(frame: pd.DataFrame, columns: Columns) -> Mask:
    """No earlier row has the same values in all the columns, blank being a value. Silent where the first is blank."""
    return ~frame.duplicated(list(columns)).to_numpy() | frame[columns[0]].isna().to_numpy()


def agrees_within(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The first column has the value that it has in the first row with the same second column. Blanks are silent."""
    value, group = frame[columns[0]], frame[columns[1]]
    known = value.notna() & group.notna()
    first = value[known].groupby(group[known], sort=False).transform("first")
    agrees = np.ones(len(frame), dtype=bool)
    agrees[known.to_numpy()] = (value[known] == first).to_numpy(dtype=bool)
    return agrees


def exactly_one_given(frame: pd.DataFrame, columns: Columns) -> Mask:
    """One of the columns has a value, and the others have none."""
    return np.asarray(np.sum([frame[column].notna().to_numpy() for column in columns], axis=0) == 1)


def not_zero(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The number is not 0."""
    return np.asarray(_numbers(frame, columns[0]) != 0)


def part_of(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The first number lies between 0 and the second, which may be negative. A blank second one has no part."""
    part, whole = _numbers(frame, columns[0]), np.nan_to_num(_numbers(frame, columns[1]))
    return np.isnan(part) | ((part >= np.minimum(whole, 0)) & (part <= np.maximum(whole, 0)))


def margin_period_known(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The first column, the margin period of risk, has a value, or all the others have: from them follows its floor."""
    period, *circumstances = (frame[column].notna().to_numpy() for column in columns)
    return np.asarray(period | np.logical_and.reduce(circumstances))


# --- Classes and hedging sets ----------------------------------------------------------------------------------------


def fits_class(frame: pd.DataFrame, columns: Columns, **sub_classes: Sequence[str]) -> Mask:
    """The first column is one of the sub-classes of the class in the second; blank where the class has none.

    Silent where the class or the sub-class is none that any class knows: that is told where it stands.
    """
    sub_class, asset_class = frame[columns[0]], frame[columns[1]]
    known = {name for names in sub_classes.values() for name in names}
    fits = np.ones(len(frame), dtype=bool)
    for name, names in sub_classes.items():
        of_class = (asset_class == name).fillna(False).to_numpy(dtype=bool)
        right = among(sub_class, names) | (sub_class.isna().to_numpy() & (not names))
        fits &= ~of_class | right
    return fits | (sub_class.notna().to_numpy() & ~among(sub_class, known))


def currency_or_inflation(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The text is a currency code, or `inflation:` and a currency code."""
    return _each(frame[columns[0]], lambda text: text.removeprefix(_INFLATION) in load_codes()["currency"])


def pair_of_currencies(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The text is a pair of two different currencies, and if both legs have a currency, a pair of these.

    columns   pair, currency of the first leg, currency of the second leg. Equal currencies have a rule of their own.
    """
    pair, first, second = (frame[column] for column in columns[:3])
    is_pair = _each(pair, lambda text: _currencies(text) is not None)
    legs_differ = (first.notna() & second.notna() & (first != second)).to_numpy(dtype=bool)
    either = [(one + "/" + other == pair).fillna(False) for one, other in ((first, second), (second, first))]
    of_the_legs = np.logical_or(*(same.to_numpy(dtype=bool) for same in either))
    return is_pair & (pair.isna().to_numpy() | ~legs_differ | of_the_legs)


def _currencies(text: str) -> tuple[str, str] | None:
    """The two different currencies of a pair; None where the text is no pair."""
    match = _PAIR.fullmatch(text)
    codes = load_codes()["currency"]
    if match is None or match[1] == match[2] or match[1] not in codes or match[2] not in codes:
        return None
    return match[1], match[2]


def written_one_way(frame: pd.DataFrame, columns: Columns) -> Mask:
    """No earlier fx row has the pair the other way round.

    columns   pair, asset class. Offsetting goes by pair, so EUR/USD and USD/EUR must not be two hedging sets.
    """
    pairs = frame[columns[0]].where((frame[columns[1]] == "fx").fillna(False))
    first: dict[frozenset[str], str] = {}
    for pair in pairs.dropna().unique():
        first.setdefault(frozenset(str(pair).split("/")), str(pair))
    return _each(pairs, lambda text: first[frozenset(text.split("/"))] == text)


# --- Sizes and times -------------------------------------------------------------------------------------------------


def schedule_readable(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The text is a schedule of notionals."""
    return _each(frame[columns[0]], lambda text: average_notional(text) is not None)


def maturity_known(frame: pd.DataFrame, columns: Columns) -> Mask:
    """One of the first two columns has a value, or the third, settled daily, is true."""
    years, day, daily = (frame[column] for column in columns)
    return np.asarray(years.notna() | day.notna() | daily.fillna(False).astype(bool))


# --- Options ---------------------------------------------------------------------------------------------------------


def fits_option(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The direction is long for a call bought and a put sold, and short for the others.

    columns   direction, option type, option side; silent where one is blank
    """
    direction, kind, side = (frame[column] for column in columns)
    long = (kind == "call") == (side == "bought")
    known = direction.isin(["long", "short"]) & kind.isin(["call", "put"]) & side.isin(["bought", "sold"])
    return np.asarray(~known | ((direction == "long") == long), dtype=bool)


def strike_of_digital(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The strike of a digital option, which is one that has a payoff, is not 0."""
    return not_zero(frame, columns) | frame[columns[1]].isna().to_numpy()


def shift_suffices(frame: pd.DataFrame, columns: Columns, digital_width: float) -> Mask:
    """Price and strike are above 0 once the shift is added. Silent where no shift is given.

    columns   shift, price, strike, digital payoff. The collar of a digital option reaches to strike * `digital_width`,
              which for a negative strike is its lower end.
    """
    shift, price, strike, payoff = (_numbers(frame, column) for column in columns)
    lowest = np.fmin(price, np.where(np.isnan(payoff), strike, np.fmin(strike, strike * digital_width)))
    return ~(lowest + shift <= 0)


def no_option_on_a_tranche(frame: pd.DataFrame, columns: Columns) -> Mask:
    """The first column is blank where one of the others has a value."""
    option, *tranche = (frame[column].notna().to_numpy() for column in columns)
    return np.asarray(~(option & np.logical_or.reduce(tranche)))


def _numbers(frame: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    return frame[column].to_numpy(dtype=np.float64)


def _each(cells: pd.Series[Any], passes: Callable[[str], bool]) -> Mask:
    """(n,) True where the text passes or is blank; each different text is looked at once."""
    failing = [text for text in cells.dropna().unique() if not passes(str(text))]
    return ~among(cells, failing)


TRADE_CHECKS: tuple[Callable[..., Mask], ...] = (
    agrees_within, currency_or_inflation, exactly_one_given, fits_class, fits_option, margin_period_known,
    maturity_known, no_option_on_a_tranche, not_zero, pair_of_currencies, part_of, schedule_readable,
    shift_suffices, strike_of_digital, unique_with_blanks, written_one_way,
)  # fmt: skip
