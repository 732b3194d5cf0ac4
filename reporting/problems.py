"""What is wrong with the data: collected as values, shown at once, each with its cell and its rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from reporting.origin import Cells, printable

LISTED = 200  # problems shown of one rule on one sheet; the count of a breach is always exact
_RUNS_PRINTED = 6  # runs of rows in the address of a printed problem


class Severity(StrEnum):
    """An error blocks the figures that depend on its cells; a warning prints a footnote; a note is only listed."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the catalogue (`reporting rules`): what it asks, why, and how a fault is mended.

    code          stable for ever, such as EXP-003
    asked         "must be 0 or more": the end of `<what was found>, <asked>` and of the sentence `<subject> <asked>`.
                  It begins with "must" for an error and with "should" for a warning or a note
    mend          what the preparer does about it, in sentences
    reference     the paragraph that asks for it; for technical rules, the page of this project's documentation
    overridable   whether a named person may accept the fault: only where a usable value is there
    subject       what the rule is about, such as exposures.nominal or "A sheet"
    """

    code: str
    severity: Severity
    asked: str
    mend: str
    reference: str
    overridable: bool = False
    subject: str = ""

    @property
    def expected(self) -> str:
        """What is asked, where no finding stands before it: "exposures.nominal must be 0 or more"."""
        return f"{self.subject} {self.asked}".lstrip()


@dataclass(frozen=True, slots=True)
class Override:
    """A named person's decision to accept the breaches of a rule, on one cell or (cells "") wherever it fires."""

    rule: str
    reason: str
    name: str
    cells: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: where, what was found, what was expected."""

    rule: Rule
    where: Cells
    found: str
    override: Override | None = None

    def __str__(self) -> str:
        return f"{_address(self.where)}: {printable(self.found)}, {printable(self.rule.asked)} [{self.rule.code}]"


def _address(where: Cells) -> str:
    """Cells as printed: a long list of runs is cut and what is left out counted."""
    first = replace(where, rows=where.rows[:_RUNS_PRINTED])
    left_out = len(where) - len(first)
    one = "cell" if where.column else "row"
    return f"{first} and {left_out:,} more {one}{'s' * (left_out > 1)}" if left_out else str(first)


@dataclass(frozen=True, slots=True)
class Breach:
    """All that one rule found on one sheet.

    count      number of faults, exact
    problems   the first LISTED of them, in the order of rows
    blocks     every cell on which no figure may rest while the fault stands (empty unless the severity is error
               and no override accepts it)
    """

    rule: Rule
    count: int
    problems: tuple[Problem, ...]
    blocks: tuple[Cells, ...] = ()


class ConfigurationFault(ValueError):
    """What was configured, not reported, is wrong: a parameter file, a template, a previous run. Exit code 3."""


class InputRejected(Exception):
    """The data have errors that nobody has overridden. `breaches` holds everything that was found."""

    def __init__(self, breaches: Iterable[Breach]) -> None:
        self.breaches = tuple(breaches)
        errors = [b for b in self.breaches if b.rule.severity is Severity.ERROR]
        count = sum(b.count for b in errors)
        first = next((f", the first: {problem}" for b in errors for problem in b.problems), "")
        super().__init__(f"{count} error{'' if count == 1 else 's'} in the input{first}")
