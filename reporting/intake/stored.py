"""What the reading process hands back: plain values only, so that nothing in them can run in the parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reporting.intake.cell_names import Rectangle, letters
from reporting.intake.counted import counted
from reporting.intake.limits import Limits

Columns = list[Sequence[Any]]

LISTED = 200  # remarks of one rule on one sheet that are sent (as `problems.LISTED`, which would load numpy here)

# What a cell holds instead of a value, as RawSheet.faults words it.
NO_STORED_VALUE = "formula without a stored value"
NOT_A_NUMBER = "not a number"
ERROR_LITERALS = frozenset(
    (
        "#NULL!",
        "#DIV/0!",
        "#VALUE!",
        "#REF!",
        "#NAME?",
        "#NUM!",
        "#N/A",
        "#GETTING_DATA",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
    )
)


class Remark(NamedTuple):
    """What one rule found at one place. `column` is letters; rows 0 means the whole column, sheet or file.

    `unlisted` is the number of further faults of the rule on the sheet that are counted and not told one by one.
    """

    code: str
    found: str
    file: str = ""
    sheet: str = ""
    column: str = ""
    first_row: int = 0
    last_row: int = 0
    unlisted: int = 0


class Refused(Exception):
    """The file is not read (or not read on): the remark says why."""

    def __init__(self, remark: Remark) -> None:
        self.remark = remark
        super().__init__(remark.found)


class RunList:
    """Inclusive runs of ascending numbers: 2, 3, 4, 7 is kept as [2, 4], [7, 7]."""

    def __init__(self) -> None:
        self.runs: list[list[int]] = []

    def add(self, first: int, last: int | None = None) -> None:
        """Take in a number, or a run of them."""
        end = first if last is None else last
        if self.runs and first <= self.runs[-1][1] + 1:
            self.runs[-1][1] = max(end, self.runs[-1][1])
        else:
            self.runs.append([first, end])

    def within(self, rows: int) -> list[tuple[int, int]]:
        """The runs, cut off after the given number."""
        return [(first, min(last, rows)) for first, last in self.runs if first <= rows]


class UsedRange:
    """Last row and column that hold anything; refuses a sheet as soon as it reaches beyond the limits.

    before   cells of the sheets that were read before this one
    """

    def __init__(self, limits: Limits, file: str, sheet: str, before: int = 0) -> None:
        self.limits, self.file, self.sheet, self.before = limits, file, sheet, before
        self.rows = self.columns = 0

    @property
    def cells(self) -> int:
        """Cells that count towards the limit: of the sheets before, and up to the last row and column of this one."""
        return self.before + self.rows * self.columns

    def use(self, row: int, column: int) -> None:
        """Take in a cell: row from 1, column from 0. Raises Refused."""
        if row <= self.rows and column < self.columns:
            return
        if row > self.limits.rows:
            found = f"row {row} is used and the limit is {counted(self.limits.rows, 'row')}"
            self._refuse("FIL-006", row, column, found)
        if column >= self.limits.columns:
            found = f"column {letters(column)} is used and the limit is {counted(self.limits.columns, 'column')}"
            self._refuse("FIL-007", row, column, found)
        self.rows, self.columns = max(self.rows, row), max(self.columns, column + 1)
        if self.cells > self.limits.cells:
            size = f"{counted(self.rows, 'row')} by {counted(self.columns, 'column')}"
            size += f" after {counted(self.before, 'cell')} of other sheets" if self.before else ""
            found = f"the used range is {size} and the limit is {counted(self.limits.cells, 'cell')}"
            self._refuse("FIL-008", row, column, found)

    def _refuse(self, code: str, row: int, column: int, found: str) -> None:
        raise Refused(Remark(code, found, self.file, self.sheet, letters(column), row, row))


@dataclass
class Scanned:
    """What a scan of a sheet tells besides its values. Row numbers from 1, column positions from 0.

    faults  the first of them, as many as the limit allows; `faulty` counts them all
    valued  cells with a value, however often the same cell stands there
    """

    used: UsedRange
    faults: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: RunList = field(default_factory=RunList)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Rectangle] = field(default_factory=list)
    faulty: int = 0
    valued: int = 0

    def fault(self, row: int, column: int, what: str) -> None:
        """Note a cell that holds no value but a fault; the used range takes it in."""
        self.used.use(row, column)
        self.faulty += 1
        if self.faulty <= max(self.used.limits.faults, 1):  # the first is named where none is allowed, too
            self.faults[row, column] = what

    def check_faults(self) -> None:
        """Refuses a sheet with more faults than the limit allows; the first one is named."""
        if self.faulty > self.used.limits.faults:
            raise too_many_faults(self.used.file, self.used.sheet, self.faulty, self.used.limits, self.faults)


def too_many_faults(
    file: str, sheet: str, count: int, limits: Limits, faults: Mapping[tuple[int, int], str]
) -> Refused:
    """The refusal of a sheet with `count` cells that hold no value but a fault."""
    row, column = min(faults)
    found = (
        f"{count} cells hold no value but an error and the limit is {limits.faults}, the first {faults[row, column]}"
    )
    return Refused(Remark("FIL-037", found, file, sheet, letters(column), row, row))


@dataclass
class StoredSheet:
    """One sheet, column by column, each column as long as the sheet has rows. `faults` as in RawSheet."""

    file: str
    sheet: str
    columns: Columns
    faults: dict[tuple[int, int], str] = field(default_factory=dict)
    visible: bool = True
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
