"""How the PDF words what the report hands over as dates, counts and parameters. Amounts arrive as printed text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from reporting.figures import Parameter
from reporting.reports.model import Grid

LEFT_FORMATS = ("text", "date")

# Names of months do not come from the locale of the machine.
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_TEXT_WIDTH = 470.0  # points between the margins of the page
_CHARACTER = 4.35  # points of a digit in a table
_PADDING = 10.0
_NUMBERS_AT_MOST = 0.78  # share of the width that columns of numbers may take


def long_date(day: date) -> str:
    """30 September 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """30 Sep 2026."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def shorten(text: str, letters: int) -> str:
    """The text, cut with an ellipsis if it has more letters: for headers, where the full text stands on the cover."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def short_digest(digest: str) -> str:
    """The first letters of a hash, enough to tell runs apart by eye."""
    return digest.removeprefix("sha256:")[:12]


def plain(value: float | bool | str) -> str:
    """A parameter or count with all its digits: 3, 0.1, 1,234,567; switches are yes or no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:,.15g}"


def bracketed(value: float) -> str:
    """An amount in single currency units with cents, in brackets if negative."""
    text = f"{abs(value):,.2f}"
    return f"({text})" if value < 0 and text != "0.00" else text


def parameter_lines(parameter: Parameter) -> list[str]:
    """The value with its unit, one line for each category where it is a mapping."""
    unit = f" {parameter.unit}" if parameter.unit else ""
    if isinstance(parameter.value, Mapping):
        return [f"{category}: {plain(value)}{unit}" for category, value in parameter.value.items()]
    return [plain(parameter.value) + unit]


def column_widths(grid: Grid) -> list[str]:
    """CSS widths of the columns: what the longest number needs, the rest shared by the texts as they are long.

    Where the numbers need more than there is, all columns of numbers shrink alike and their text wraps.
    """
    texts = [[row[i].text for row in (*grid.rows, grid.total) if i < len(row)] for i in range(len(grid.columns))]
    needs = [
        _width_needed([column.unit, *words], column.label) for column, words in zip(grid.columns, texts, strict=True)
    ]
    numbers = [column.format not in LEFT_FORMATS for column in grid.columns]
    if not any(numbers) or all(numbers):
        return [_points(_TEXT_WIDTH / len(needs)) for _ in needs]
    wanted = sum(need for need, number in zip(needs, numbers, strict=True) if number)
    room = min(wanted, _TEXT_WIDTH * _NUMBERS_AT_MOST)
    weights = [min(need, 200.0) for need in needs]
    total = sum(weight for weight, number in zip(weights, numbers, strict=True) if not number)
    return [
        _points(need * room / wanted if number else (_TEXT_WIDTH - room) * weight / total)
        for need, weight, number in zip(needs, weights, numbers, strict=True)
    ]


def _width_needed(texts: list[str], label: str) -> float:
    heading = max([len(label) / 3, *(len(word) * 1.1 for word in label.replace("-", "- ").split())])
    return max(heading, *(len(text) for text in texts)) * _CHARACTER + _PADDING


def _points(width: float) -> str:
    return f"{width:.1f}pt"
