"""How cells look: fonts, fills and number formats, each made once for a workbook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reporting.reports.model import Shown, Status

FONT = "Calibri"
INK, RULE, BLUE, PALE, COMPUTED = "#1F2933", "#9AA5B1", "#0072B2", "#E8EEF4", "#FFF4DC"

_STYLES: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "font_color": BLUE},
    "subtitle": {"font_color": "#52606D"},
    "heading": {"bold": True, "font_size": 12, "font_color": BLUE},
    "group": {"bold": True, "align": "left", "indent": 1, "top": 1, "top_color": RULE},
    "text": {"align": "left", "indent": 1},
    "strong": {"bold": True, "align": "left", "indent": 1},
    "total": {"bold": True, "align": "left", "indent": 1, "top": 1, "top_color": INK},
    "wrapped": {"text_wrap": True, "align": "left", "indent": 1},
    "paragraph": {"text_wrap": True},
    "note": {"italic": True, "font_color": "#52606D"},
    "right": {"align": "right"},
    "total_right": {"bold": True, "top": 1, "top_color": INK, "align": "right"},
    "link": {"align": "left", "indent": 1, "font_color": BLUE, "underline": 1},
    "head": {"bold": True, "bg_color": PALE, "bottom": 1, "bottom_color": INK, "text_wrap": True,
             "align": "left", "indent": 1},
    "head_right": {"bold": True, "bg_color": PALE, "bottom": 1, "bottom_color": INK, "text_wrap": True,
                   "align": "right"},
    "head_computed": {"bold": True, "bg_color": COMPUTED, "bottom": 1, "bottom_color": INK, "text_wrap": True,
                      "valign": "top", "align": "right"},
    "source": {"align": "left", "indent": 1, "font_color": "#52606D"},
    "classification": {"bold": True, "font_color": "#FFFFFF", "bg_color": INK},
}  # fmt: skip

# Words stand beside every colour; the colours are those of Okabe and Ito, lightened for the ground.
_STATUS: Mapping[Status, Mapping[str, Any]] = {
    "met": {"bg_color": "#CDEBE1", "font_color": "#00543D"},
    "amber": {"bg_color": "#FBE3B5", "font_color": "#6B4A00"},
    "breached": {"bg_color": "#F6CDB3", "font_color": "#7A2E00", "bold": True},
    "none": {"font_color": "#52606D"},
    "not available": {"bg_color": "#E4E7EB", "font_color": "#52606D", "italic": True},
}

_SCALES = {"thousand": ",", "million": ",,", "billion": ",,,"}
_DIVISORS = {"": 1, ",": 1_000, ",,": 1_000_000, ",,,": 1_000_000_000}
_DECIMALS = re.compile(r"\.(\d+)")


class Formats:
    """The formats of one workbook.

    money_unit  as printed, such as `EUR thousand`: amounts stay in single units and are shown in this one
    """

    def __init__(self, workbook: Any, money_unit: str) -> None:
        self.workbook = workbook
        self.scale = money_scale(money_unit)
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    @property
    def divisor(self) -> int:
        """How many single units one printed unit of money is."""
        return _DIVISORS[self.scale]

    def style(self, name: str) -> Any:
        """A format of text."""
        return self._format(_STYLES[name])

    def status(self, status: Status) -> Any:
        """The colours of a status."""
        return self._format(_STATUS[status])

    def number(self, pattern: str, style: str = "text", **changes: Any) -> Any:
        """A format of numbers or dates, on top of a style."""
        plain = {name: value for name, value in _STYLES[style].items() if name not in ("align", "indent")}
        return self._format({**plain, **changes, "num_format": pattern})

    def shown(self, shown: Shown, style: str = "text") -> Any:
        """The format in which a number looks as it is printed."""
        found = _DECIMALS.search(shown.text)
        return self.number(self.pattern(shown.format, len(found[1]) if found else 0), style, align="right")

    def pattern(self, form: str, decimals: int) -> str:
        """Number format: brackets for negative numbers, money in its unit, per cent with its sign."""
        digits = "#,##0" + ("." + "0" * decimals if decimals else "")
        if form == "money":
            return bracketed(digits + self.scale)
        if form == "percent":
            return bracketed(digits + '" %"')
        return bracketed(digits)

    def _format(self, properties: Mapping[str, Any]) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self.workbook.add_format(
                {"font_name": FONT, "font_size": 10, "valign": "top", **properties}
            )
        return self._made[key]


AMOUNT = "#,##0.00_);(#,##0.00)"
GENERAL = "General"
DATE = "yyyy-mm-dd"


def bracketed(digits: str) -> str:
    """Positive numbers with room for the bracket, negative ones in brackets."""
    return f"{digits}_);({digits})"


def money_scale(money_unit: str) -> str:
    """Commas that divide by the unit: `EUR thousand` gives one. ValueError for a unit that no number format shows."""
    _, _, word = money_unit.strip().partition(" ")
    if word and word not in _SCALES:
        raise ValueError(f"money unit {money_unit!r}: after the currency only {', '.join(_SCALES)} can stand")
    return _SCALES[word] if word else ""
