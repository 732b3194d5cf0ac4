"""Widths of table columns: what the longest number needs, the rest for the texts. No name, however long, moves them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reporting.render.wording import with_unit
from reporting.reports.model import Grid, KeyFigure, Line, Lines, Shown

LEFT_FORMATS = ("text", "date")

_TEXT_WIDTH = 470.0  # points between the margins of the page
_CHARACTER = 4.4  # points of a digit at the size of a table
_KEY_CHARACTER = 4.75  # and at that of the key figures
_PADDING = 13.0  # points to the next column, with room for the bracket of a negative amount and for footnote marks
_NUMBERS_AT_MOST = 0.78  # share of the width that columns of numbers may take
_SHORT_TEXT = 12  # letters; a column of codes as short as these stays on one line
_LONGEST_TEXT = 45  # letters; a longer text wraps
_LONGEST_WORD = 18  # letters of a word in a heading; a longer one is broken
_UNBROKEN = 13  # letters; a heading as short as "EUR thousand" or "30 Sep 2026" stays on one line


@dataclass(frozen=True)
class _Column:
    heading: tuple[str, ...]  # lines of the heading: label, unit
    texts: tuple[str, ...]
    number: bool

    @property
    def letters(self) -> float:
        """Width in letters of the widest text or heading, 1 or more."""
        return max([1.0, *map(_heading_letters, self.heading), *(len(text) for text in self.texts)])


def grid_widths(grid: Grid) -> list[str]:
    """CSS widths of the columns of a grid."""
    rows = [*grid.rows, grid.total]
    columns = [
        _Column((c.label, c.unit), tuple(row[i].text for row in rows if i < len(row)), c.format not in LEFT_FORMATS)
        for i, c in enumerate(grid.columns)
    ]
    return _shared(columns, _TEXT_WIDTH)


def line_widths(block: Lines, dates: Sequence[str]) -> list[str]:
    """CSS widths of row code (where any row has one), item, amounts of one or both `dates`, change, and reference."""
    lines = [line for line in block.lines if not line.heading]
    both = is_compared(lines)
    amounts = [_Column((dates[0],), _texts(line.current for line in lines), True)]
    if both:
        amounts.append(_Column((dates[1],), _texts(line.previous for line in lines), True))
        amounts.append(_Column(("Change",), _texts(line.change for line in lines), True))
    letters = max((len(line.row) for line in lines), default=0)
    code = max(31.0, letters * _CHARACTER + _PADDING) if letters else 0.0
    longest = max((len(line.reference) for line in lines), default=0)
    reference = min(98.0 if both else 150.0, max(76.0, longest * 2.0 + 12.0))  # in two lines of small type
    shared = _shared([_Column(("Item",), (), False), *amounts], _TEXT_WIDTH - code - reference)
    return [*([_points(code)] if code else []), *shared, _points(reference)]


def key_figure_widths(keys: Sequence[KeyFigure], dates: Sequence[str]) -> list[str]:
    """CSS widths of figure, amounts, limit, headroom and status (where any has one) and page."""
    amounts = [_Column((dates[0],), _texts(k.current for k in keys), True)]
    if is_compared(keys):
        amounts.append(_Column((dates[1],), _texts(k.previous for k in keys), True))
        amounts.append(_Column(("Change",), _texts(k.change for k in keys), True))
    if not is_limited(keys):
        return [*_shared([_Column(("Figure",), (), False), *amounts], _TEXT_WIDTH - 34.0, _KEY_CHARACTER), "34.0pt"]
    amounts.append(_Column(("Limit",), _texts(k.limit for k in keys), True))
    amounts.append(_Column(("Headroom",), _texts(k.headroom for k in keys), True))
    shared = _shared([_Column(("Figure",), (), False), *amounts], _TEXT_WIDTH - 98.0, _KEY_CHARACTER)
    return [*shared, "64.0pt", "34.0pt"]


def is_compared(rows: Iterable[Line | KeyFigure]) -> bool:
    """True if any row has a previous value, so that its columns are printed."""
    return any(row.previous is not None for row in rows)


def is_limited(keys: Iterable[KeyFigure]) -> bool:
    """True if any key figure has a limit, headroom or a status, so that their columns are printed."""
    return any(key.limit is not None or key.headroom is not None or key.status != "none" for key in keys)


def _heading_letters(heading: str) -> float:
    """Letters of the widest line when a heading longer than a date wraps between its words."""
    if len(heading) <= _UNBROKEN:
        return len(heading) * 1.1
    words = heading.replace("-", "- ").split()
    return max(len(heading) / 3, *(min(len(word), _LONGEST_WORD) * 1.1 for word in words))


def _texts(shown: Iterable[Shown | None]) -> tuple[str, ...]:
    return tuple(with_unit(one, "pp") for one in shown if one is not None)


def _shared(columns: Sequence[_Column], width: float, character: float = _CHARACTER) -> list[str]:
    fixed = [c.number or (bool(c.texts) and c.letters <= _SHORT_TEXT) for c in columns]
    if all(fixed):
        fixed = [column.number for column in columns]
    needs = sum(_needed(column, character) for column, is_fixed in zip(columns, fixed, strict=True) if is_fixed)
    texts = sum(min(c.letters, _LONGEST_TEXT) for c, is_fixed in zip(columns, fixed, strict=True) if not is_fixed)
    if not texts or not needs:
        weights = [min(column.letters, _LONGEST_TEXT) for column in columns]
        return [_points(width * weight / sum(weights)) for weight in weights]
    room = min(needs, width * _NUMBERS_AT_MOST)
    return [
        _points(
            _needed(column, character) * room / needs
            if is_fixed
            else (width - room) * min(column.letters, _LONGEST_TEXT) / texts
        )
        for column, is_fixed in zip(columns, fixed, strict=True)
    ]


def _needed(column: _Column, character: float) -> float:
    return column.letters * character + _PADDING


def _points(width: float) -> str:
    return f"{width:.1f}pt"
