"""From stored columns to bytes and back: the wall between the process that parses and the one that believes it.

Values cross as `marshal` data: numbers, texts, truth values and None, and bytes for dates, times and decimals. Nothing
in that runs on arrival (a pickle could name any function), and the receiver takes only the types listed here.
"""

from __future__ import annotations

import marshal
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from types import NoneType
from typing import Any, NamedTuple

from reporting.intake.stored import NOT_A_NUMBER, Columns, StoredSheet

_VERSION = 2  # without the table of shared objects, which costs more than it saves
_PLAIN = frozenset((str, float, int, bool, NoneType))
_ON_THE_WAY = _PLAIN | {bytes}
_WRITE: Mapping[type, Callable[[Any], bytes]] = {
    date: lambda value: b"D" + value.isoformat().encode(),
    datetime: lambda value: b"M" + value.isoformat().encode(),
    time: lambda value: b"T" + value.isoformat().encode(),
}
_READ: Mapping[int, Callable[[str], object]] = {
    ord("D"): date.fromisoformat,
    ord("M"): datetime.fromisoformat,
    ord("T"): time.fromisoformat,
    ord("N"): Decimal,
}


class Garbled(Exception):
    """What the reading process sent is not what it should have sent."""


def columns_of(rows: Sequence[Sequence[Any]]) -> Columns:
    """Rows of equal length as columns."""
    return list(zip(*rows, strict=True))


class Survey(NamedTuple):
    """What a column holds: the types of its cells, and how many empty texts."""

    kinds: set[type]
    empty: int


def survey(columns: Columns) -> list[Survey]:
    """Each column looked through once: with a million cells, every look takes its time."""
    kinds = [set(map(type, column)) for column in columns]
    return [Survey(k, column.count("") if str in k else 0) for k, column in zip(kinds, columns, strict=True)]


def tidy(columns: Columns, faults: dict[tuple[int, int], str], surveyed: Sequence[Survey] | None = None) -> Columns:
    """The columns as a sheet is stored: no empty texts, None for faults, as long and wide as the faults reach.

    surveyed  what `survey` says of the columns, where it is known

    Adds to `faults` (row from 1, column from 0) what no program can use as a value: NaN, and durations, which no
    schema asks for.
    """
    height = max([row for row, _ in faults] + [len(column) for column in columns[:1]], default=0)
    width = max([column + 1 for _, column in faults] + [len(columns)], default=0)
    tidied: Columns = []
    for position, (column, (kinds, empty)) in enumerate(zip(columns, surveyed or survey(columns), strict=True)):
        faults.update({(row, position): what for row, what in _unusable(column, kinds)})
        tidied.append(_lengthened(_without_empty_texts(column, kinds) if empty else column, height))
    tidied += [[None] * height for _ in range(width - len(columns))]
    rows: dict[int, list[int]] = {}
    for row, position in faults:
        rows.setdefault(position, []).append(row)
    for position, faulty in rows.items():
        tidied[position] = _cleared(tidied[position], faulty)
    return tidied


def letter_count(columns: Columns) -> int:
    """Letters of all texts together."""
    total = 0
    for column in columns:
        kinds = set(map(type, column))
        if str in kinds:
            texts = filter(None, column) if kinds <= {str, NoneType} else (v for v in column if type(v) is str)
            total += sum(map(len, texts))
    return total


def pack(stored: StoredSheet) -> bytes:
    """A stored sheet as bytes."""
    fields = (
        stored.file, stored.sheet, list(map(_packed, stored.columns)), stored.faults,
        stored.visible, stored.hidden_rows, stored.hidden_columns,
    )  # fmt: skip
    return marshal.dumps(fields, _VERSION)


def unpack(packed: memoryview) -> StoredSheet:
    """The stored sheet in bytes made by `pack`. Raises Garbled for anything else."""
    try:
        file, sheet, columns, faults, visible, hidden_rows, hidden_columns = marshal.loads(packed)  # noqa: S302  checked below
        stored = StoredSheet(file, sheet, list(map(_unpacked, columns)), faults, visible, hidden_rows, hidden_columns)
        _check(stored)
    except (EOFError, ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise Garbled(str(error)) from None
    return stored


def _without_empty_texts(column: Sequence[Any], kinds: set[type]) -> Sequence[Any]:
    if kinds <= {str, NoneType}:
        return [value or None for value in column]
    return [None if value == "" else value for value in column]


def _lengthened(column: Sequence[Any], height: int) -> Sequence[Any]:
    return column if len(column) == height else [*column, *[None] * (height - len(column))]


def _cleared(column: Sequence[Any], rows: Iterable[int]) -> Sequence[Any]:
    """The column with None in the given rows, counted from 1."""
    values = list(column)
    for row in rows:
        values[row - 1] = None
    return values


def _unusable(column: Sequence[Any], kinds: set[type]) -> list[tuple[int, str]]:
    """Row and description of each value that is none."""
    found: list[tuple[int, str]] = []
    if timedelta in kinds:
        found += [(row, f"a duration of {value}") for row, value in enumerate(column, 1) if type(value) is timedelta]
    if float in kinds and _may_hold_nan(column, kinds):
        found += [(row, NOT_A_NUMBER) for row, value in enumerate(column, 1) if value != value]  # noqa: PLR0124
    return found


def _may_hold_nan(column: Sequence[Any], kinds: set[type]) -> bool:
    numbers = column if kinds == {float} else [value for value in column if type(value) is float]
    return math.isnan(sum(numbers))  # also where infinities of both signs meet


def _packed(column: Sequence[Any]) -> bytes:
    try:
        return marshal.dumps(list(column), _VERSION)
    except ValueError:  # a date among the values: marshal knows none
        special = set(map(type, column)) - _PLAIN
    moments = special - {Decimal}  # repeat often; decimals that are equal may still be written differently
    written = {value: _WRITE[type(value)](value) for value in {value for value in column if type(value) in moments}}
    if Decimal in special:
        column = [b"N" + str(value).encode() if type(value) is Decimal else value for value in column]
    return marshal.dumps([written[value] if type(value) in moments else value for value in column], _VERSION)


def _unpacked(packed: bytes) -> list[Any]:
    loaded = marshal.loads(packed)  # noqa: S302  values only, and their types are checked here
    if type(loaded) is not list:
        raise TypeError("a column of another form")
    column: list[Any] = loaded
    kinds = set(map(type, column))
    if not kinds <= _ON_THE_WAY:
        raise TypeError(f"values of the types {kinds}")
    if bytes not in kinds:
        return column
    written = {value for value in column if type(value) is bytes}
    values = {value: _READ[value[0]](value[1:].decode()) for value in written}
    return [values[value] if type(value) is bytes else value for value in column]


def _check(stored: StoredSheet) -> None:
    heights = set(map(len, stored.columns))
    places = set(map(type, chain.from_iterable(stored.faults))) | {
        type(number) for number in chain(chain.from_iterable(stored.hidden_rows), stored.hidden_columns)
    }
    texts = set(map(type, (stored.file, stored.sheet, *stored.faults.values())))
    if len(heights) > 1 or not places <= {int} or texts != {str} or type(stored.visible) is not bool:
        raise TypeError("a sheet of another form")
