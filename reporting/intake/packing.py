"""From stored columns to bytes and back: the wall between the process that parses and the one that believes it.

Values cross as `marshal` data: numbers, texts, truth values and None, and bytes for dates, times and decimals. Nothing
in that runs on arrival (a pickle could name any function), and the receiver takes only the types listed here.
"""

from __future__ import annotations

import marshal
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from types import NoneType
from typing import Any

from reporting.intake.stored import NOT_A_NUMBER, Columns, StoredSheet

_VERSION = 2  # without the table of shared objects, which costs more than it saves
_PLAIN = frozenset((str, float, int, bool, NoneType))
_WRITE: Mapping[type, Callable[[Any], bytes]] = {
    date: lambda value: b"D" + value.isoformat().encode(),
    datetime: lambda value: b"M" + value.isoformat().encode(),
    time: lambda value: b"T" + value.isoformat().encode(),
    Decimal: lambda value: b"N" + str(value).encode(),
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
    return list(map(list, zip(*rows, strict=True)))


def tidy(columns: Columns, faults: dict[tuple[int, int], str]) -> Columns:
    """The columns as a sheet is stored: no empty texts, None where a fault stands, as long and wide as the faults reach.

    Adds to `faults` (row from 1, column from 0) what no program can use as a value: NaN, and durations, which no
    schema asks for.
    """
    height = max([row for row, _ in faults] + [len(column) for column in columns[:1]], default=0)
    width = max([column + 1 for _, column in faults] + [len(columns)], default=0)
    columns = [_without_empty_texts(column) for column in columns]
    columns = [column + [None] * (height - len(column)) for column in columns]
    columns += [[None] * height for _ in range(width - len(columns))]
    for position, column in enumerate(columns):
        faults.update({(row + 1, position): what for row, what in _unusable(column)})
    for row, position in faults:
        columns[position][row - 1] = None
    return columns


def pack(stored: StoredSheet) -> bytes:
    """A stored sheet as bytes."""
    fields = (
        stored.file, stored.sheet, [_encoded(column) for column in stored.columns], stored.faults,
        stored.visible, stored.hidden_rows, stored.hidden_columns,
    )  # fmt: skip
    return marshal.dumps(fields, _VERSION)


def unpack(packed: memoryview) -> StoredSheet:
    """The stored sheet in bytes made by `pack`. Raises Garbled for anything else."""
    try:
        file, sheet, columns, faults, visible, hidden_rows, hidden_columns = marshal.loads(packed)
        stored = StoredSheet(file, sheet, list(map(_decoded, columns)), faults, visible, hidden_rows, hidden_columns)
        _check(stored)
    except (EOFError, ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise Garbled(str(error)) from None
    return stored


def _without_empty_texts(column: list[Any]) -> list[Any]:
    kinds = set(map(type, column))
    if str not in kinds or "" not in column:
        return column
    if kinds <= {str, NoneType}:
        return [value or None for value in column]
    return [None if value == "" else value for value in column]


def _unusable(column: list[Any]) -> list[tuple[int, str]]:
    kinds = set(map(type, column))
    found: list[tuple[int, str]] = []
    if timedelta in kinds:
        found += [(row, f"a duration of {value}") for row, value in enumerate(column) if type(value) is timedelta]
    if float in kinds and _holds_nan(column, kinds):
        found += [(row, NOT_A_NUMBER) for row, value in enumerate(column) if value != value]  # noqa: PLR0124
    return found


def _holds_nan(column: list[Any], kinds: set[type]) -> bool:
    numbers = column if kinds == {float} else [value for value in column if type(value) is float]
    return math.isnan(sum(numbers))  # also where infinities of both signs meet: then it is looked at value by value


def _encoded(column: list[Any]) -> list[Any]:
    special = set(map(type, column)) - _PLAIN
    if not special:
        return column
    return [_WRITE[type(value)](value) if type(value) in special else value for value in column]


def _decoded(column: list[Any]) -> list[Any]:
    kinds = set(map(type, column))
    if not kinds <= _PLAIN | {bytes}:
        raise TypeError(f"values of the types {kinds}")
    if bytes not in kinds:
        return column
    values = {packed: _READ[packed[0]](packed[1:].decode()) for packed in column if type(packed) is bytes}
    return [values[value] if type(value) is bytes else value for value in column]


def _check(stored: StoredSheet) -> None:
    heights = set(map(len, stored.columns))
    places = set(map(type, chain.from_iterable(stored.faults))) | {
        type(number) for number in chain(chain.from_iterable(stored.hidden_rows), stored.hidden_columns)
    }
    texts = set(map(type, (stored.file, stored.sheet, *stored.faults.values())))
    if len(heights) > 1 or not places <= {int} or texts != {str} or type(stored.visible) is not bool:
        raise TypeError("a sheet of another form")
