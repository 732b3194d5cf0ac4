"""Columns, cells and ranges by the names that a spreadsheet program gives them."""

from __future__ import annotations

import re

Rectangle = tuple[int, int, int, int]  # first row, first column, last row, last column: rows from 1, columns from 0

_RANGE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})(?::([A-Z]{1,3})([1-9]\d{0,6}))?")


def letters(position: int) -> str:
    """Column letters of a position counted from 0 (as `origin.letters`, which would load numpy here)."""
    name, position = "", position + 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def address(rectangle: Rectangle) -> str:
    """A range as a spreadsheet program writes it: B3:D5."""
    first_row, first_column, last_row, last_column = rectangle
    return f"{letters(first_column)}{first_row}:{letters(last_column)}{last_row}"


def position(name: str) -> int:
    """Position, from 0, of a column named by capital letters."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def range_of(reference: str) -> Rectangle | None:
    """The rectangle of `B3:D5` or `B3`; None for anything else."""
    found = _RANGE.fullmatch(reference)
    if not found:
        return None
    first_column, first_row, last_column, last_row = found.groups()
    first = (int(first_row), position(first_column))
    return (*first, int(last_row), position(last_column)) if last_row else (*first, *first)
