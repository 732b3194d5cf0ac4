"""How numbers are printed: rounded once, through Decimal, by one stated policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

from reporting.reports.model import Format

NOT_AVAILABLE = "n/a"

# Names of months do not come from the locale of the machine.
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_UNIT_NAMES = {1: "", 1_000: " thousand", 1_000_000: " million"}
_WORDS = {
    "ifrs": "IFRS",
    "local_gaap": "local accounting standards",
    "eu": "European Union (CRR)",
    "basel": "Basel Framework",
    "every": "none: choices of method of this toolkit",
}
_LAW = {"eu": ("CRR ", "CRD ", "Regulation ", "Directive "), "basel": ("BCBS ",)}  # how its references begin


@dataclass(frozen=True)
class Policy:
    """How a report rounds: half away from zero, money in `unit` currency units.

    money_decimals, percent_decimals   digits after the point
    """

    currency: str
    unit: int
    money_decimals: int
    percent_decimals: int

    @property
    def money_unit(self) -> str:
        """As printed in headers: `EUR thousand`."""
        return self.currency + _UNIT_NAMES[self.unit]

    def sentence(self, value: float | str | bool | date | None, form: Format) -> str:
        """A value inside a sentence, with its unit: `EUR 2,319 thousand`, `5.02 %`, `30 September 2026`."""
        if isinstance(value, date):
            return long_date(value)
        text = self.text(value, form)
        if value is None or form not in ("money", "percent"):
            return text
        return f"{self.currency} {text}{_UNIT_NAMES[self.unit]}" if form == "money" else f"{text} %"

    def text(self, value: float | str | bool | date | None, form: Format) -> str:
        """A value as printed. Negative numbers stand in brackets; None is blank."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, str):
            return value
        scale, decimals = self._scale(form)
        return _grouped(rounded(value, scale, decimals))

    def rounded(self, value: float, form: Format) -> Decimal:
        """The number that is printed, in the printed unit."""
        return rounded(value, *self._scale(form))

    def _scale(self, form: Format) -> tuple[int, int]:
        if form == "money":
            return self.unit, self.money_decimals
        if form == "percent":
            return 1, self.percent_decimals
        return 1, {"count": 0, "factor": 0, "points": 4}.get(form, 2)


def rounded(value: float, scale: int, decimals: int) -> Decimal:
    """`value` / `scale` rounded half away from zero, decided on the shortest decimal that is this binary number."""
    with localcontext(prec=330):  # all digits of the largest float
        exact = Decimal(repr(float(value))) / scale
        return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0


def _grouped(number: Decimal) -> str:
    if not number:
        number = abs(number)
    text = f"{abs(number):,f}"
    return f"({text})" if number < 0 else text


def long_date(day: date) -> str:
    """30 September 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """30 Sep 2026."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def in_words(code: str) -> str:
    """What a reader calls an accounting standard or a jurisdiction: `IFRS`, `European Union (CRR)`."""
    return _WORDS.get(code, code)


def under(reference: str, jurisdiction: str) -> str:
    """The parts of `BCBS LEV30.1; CRR Art. 429(4)` that are not of another jurisdiction's law; all if none is left."""
    other = tuple(start for law, starts in _LAW.items() if law != jurisdiction for start in starts)
    parts = reference.split("; ")
    return "; ".join([part for part in parts if not part.startswith(other)] or parts)
