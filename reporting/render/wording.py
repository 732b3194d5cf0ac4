"""How the PDF words what the report hands over as dates, counts and parameters. Amounts arrive as printed text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from reporting.figures import ParameterValue
from reporting.reports.model import Shown

_VALUE_AND_UNIT = re.compile(r"(?<=\d) (?=%)")


def with_unit(shown: Shown, percent: str) -> str:
    """The printed text, followed by `percent` ("%" or "pp") where it is a percentage; without it where that is empty.

    Tables that mix amounts and percentages need the sign at the number; others have the unit in the header.
    """
    bare = shown.format != "percent" or shown.value is None or shown.text.endswith("%")
    return shown.text if bare or not percent else f"{shown.text}\N{NO-BREAK SPACE}{percent}"


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


def categories(value: ParameterValue) -> list[tuple[str, str]]:
    """Category and value of a parameter that differs by category; empty for one that does not."""
    return [(str(name), plain(number)) for name, number in value.items()] if isinstance(value, Mapping) else []


def kept_together(text: str) -> Markup:
    """The text, escaped, with no line break between a number and its per cent sign."""
    return Markup(_VALUE_AND_UNIT.sub("&nbsp;", str(escape(text))))  # noqa: S704  # escaped on the line itself
