"""From rows that fail a rule to breaches: exact counts, the first problems in words, the cells that are blocked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from reporting.intake.schema import SchemaRule
from reporting.origin import Cells, runs
from reporting.problems import LISTED, Breach, Override, Problem

if TYPE_CHECKING:
    from reporting.intake.schema import Scope

Rows = npt.NDArray[np.int64]
Words = tuple[str, str]  # what was found, and what is asked instead of the rule's own words ("" keeps them)

NO_ROWS: Rows = np.empty(0, dtype=np.int64)
_LONGEST = 60


@dataclass(frozen=True, eq=False)
class Finding:
    """What one rule found in one column, or on one sheet.

    where    the column (or row, or sheet) that the problems point at; its rows do not count
    rows     (n,) row numbers, one fault each, ascending; empty for a single fault that stands at `where` as it is
    words    row number -> what was found there; called only for the problems that are listed. Row 0 where there are
             no rows
    also     further columns of the same rows that an error blocks
    blocks   the blocked cells, where they do not follow from rows and scope
    override who accepts these faults, and why; then nothing is blocked
    """

    rule: SchemaRule
    where: Cells
    words: Callable[[int], Words]
    rows: Rows = field(default_factory=lambda: NO_ROWS)
    also: tuple[Cells, ...] = ()
    blocks: tuple[Cells, ...] | None = None
    override: Override | None = None

    @property
    def count(self) -> int:
        """Number of faults: one for each row, 1 where the fault is of no row."""
        return len(self.rows) or 1

    def problem(self, row: int) -> Problem:
        """The fault of a row (0: the single one), in words."""
        found, asked = self.words(row)
        rule = replace(self.rule.rule, asked=asked) if asked else self.rule.rule
        where = replace(self.where, rows=((row, row),)) if row else self.where
        return Problem(rule, where, found, self.override)

    def numbers(self) -> list[int]:
        """Row numbers as `problem` takes them."""
        return self.rows.tolist() if len(self.rows) else [0]

    def split(self, accepted: Rows, override: Override) -> tuple[Finding, ...]:
        """The faults of the rows `accepted`, accepted, and the rest as it is; parts without a fault are left out."""
        inside = np.isin(self.rows, accepted)
        parts = (replace(self, rows=self.rows[inside], override=override), replace(self, rows=self.rows[~inside]))
        return tuple(part for part in parts if len(part.rows))

    def blocked(self, submission: Sequence[Cells]) -> tuple[Cells, ...]:
        """The cells on which no figure may rest. `submission` has one entry for each sheet that is read."""
        if self.rule.blocks is None or self.rule.blocks == "nothing" or self.override is not None:
            return ()
        if self.blocks is not None:
            return self.blocks
        return self._reach(self.rule.blocks, submission)

    def _reach(self, scope: Scope, submission: Sequence[Cells]) -> tuple[Cells, ...]:
        if scope == "submission":
            return tuple(submission)
        sheet = Cells(self.where.file, self.where.sheet)
        spans = runs(self.rows.tolist()) if len(self.rows) else self.where.rows
        if scope == "sheet" or not spans:
            return (sheet,)
        if scope == "row":
            return (replace(sheet, rows=spans),)
        return tuple(replace(cells, rows=spans) for cells in (self.where, *self.also))


def to_breaches(findings: Iterable[Finding], submission: Sequence[Cells]) -> tuple[Breach, ...]:
    """One breach for each rule and sheet, in the order in which they first appear; what is accepted stands apart."""
    groups: dict[tuple[str, str, str, Override | None], list[Finding]] = {}
    for finding in findings:
        key = (finding.where.file, finding.where.sheet, finding.rule.code, finding.override)
        groups.setdefault(key, []).append(finding)
    return tuple(_breach(group, submission) for group in groups.values())


def _breach(group: Sequence[Finding], submission: Sequence[Cells]) -> Breach:
    blocks = tuple(dict.fromkeys(cells for finding in group for cells in finding.blocked(submission)))
    return Breach(group[0].rule.rule, sum(finding.count for finding in group), _first_problems(group), blocks)


def _first_problems(group: Sequence[Finding]) -> tuple[Problem, ...]:
    """The first LISTED faults of a group, by row and then by column."""
    places = [
        (row, len(finding.where.column), finding.where.column, index)
        for index, finding in enumerate(group)
        for row in finding.numbers()[:LISTED]
    ]
    return tuple(group[index].problem(row) for row, _, _, index in sorted(places)[:LISTED])


def shown(value: object) -> str:
    """A value as a message shows it: text in quotes, at most 60 characters, nothing invisible left invisible."""
    if value is None:
        return "blank"
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float | int | np.number):
        return _number(float(value))
    text = repr(value if len(str(value)) <= _LONGEST else str(value)[: _LONGEST - 3] + "...")
    return text if isinstance(value, str) else text.strip("'")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
