"""A minimal valid submission made of the example rows of the schemas, and the examples of the rules planted into it.

The examples of a rule (`passes`, `fails`) are changes, as a mapping, to the rule's example row, or a list of steps:

    sheet      the sheet; without it that of the rule
    set        column -> value, in the rule's example row, or in the first row that matches `where`
    set_all    column -> value, in every row
    raise      column -> what is added to the number, in the row that matches `where`
    add        a new row: the rule's example row with these changes
    drop       empties the rows that have these values ({}: all rows); their row numbers stay blank
    fault      column -> what the cell holds instead of a value
    headings, drop_columns, add_column, no_headings   changes of the headings
    rename_sheet, copy_as, drop_sheet, clear, hide, above, stray, errors_seen   changes of the sheet
    nothing    no change: only says where
    at         where the fault must be told: cell, row, column, heading, headings, sheet, above, submission, or the
               name of a column. The last step is meant where no step has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from reporting.intake.headings import find_headings, match_headings
from reporting.intake.schema import SchemaRule, load_schemas
from reporting.intake.tables import InputFile, RawSheet, RawSubmission
from reporting.origin import Cells, letters
from reporting.spelling import plain

Names = Mapping[str, str]


def example_submission(file: str = "example.xlsx") -> RawSubmission:
    """The example rows of all schemas as one workbook, headings in row 1; of daily values the whole quarter."""
    sheets = []
    for name, schema in load_schemas().items():
        rows: list[list[object]] = [list(schema.columns)]
        rows += [[_stored(row.get(column)) for column in schema.columns] for row in schema.examples]
        if name == "sft_daily":
            rows += _other_days(rows[1])
        sheets.append(RawSheet(file, name, rows))
    return RawSubmission(file, (InputFile(file, 1, "0" * 64),), tuple(sheets))


def _other_days(first: list[object]) -> list[list[object]]:
    """The example row of the last day but one for each working day of the quarter before it."""
    days = pd.bdate_range("2026-07-01", "2026-09-28")
    return [[day.date(), *first[1:]] for day in days]


def _stored(value: object) -> object:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True)
class Planted:
    """A submission with the example of a rule in it, and where the rule must then point."""

    raw: RawSubmission
    where: Cells


def plant(
    raw: RawSubmission,
    rule: SchemaRule,
    example: Any,
    rows: Mapping[str, int] | None = None,
    names: Names | None = None,
) -> Planted:
    """Plant an example (`rule.passes` or `rule.fails`) into a workbook whose headings are those of the schemas.

    Where the rule must point is said for `rule.fails` only.

    rows    sheet -> row number in which changes without `where` are made, instead of the example row. That row must
            hold the values of the example row, other identifiers apart.
    names   identifier of the example rows -> one of the workbook, such as CP-001 -> C-17
    """
    steps = [{"set": example}] if isinstance(example, Mapping) else list(example)
    told = next((i for i, step in enumerate(steps) if "at" in step), len(steps) - 1)
    where = Cells(raw.name)
    for number, step in enumerate(steps):
        plot = _Plot(raw, rule, step, rows or {}, names or {})
        raw = plot.planted()
        if number == told and example is rule.fails:
            where = plot.where()
    return Planted(raw, where)


@dataclass
class _Plot:
    """One step on one sheet."""

    raw: RawSubmission
    rule: SchemaRule
    step: Mapping[str, Any]
    chosen: Mapping[str, int]
    names: Names
    row: int = 0
    new_column: int = 0
    sheets: list[RawSheet] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name: str = self.step.get("sheet") or self.rule.sheet
        self.schema = load_schemas()[self.name]
        (self.sheet,) = (s for s in self.raw.sheets if plain(s.sheet) == self.name)
        self.rows = [list(row) for row in self.sheet.rows]
        index = find_headings(self.rows, self.schema)
        assert index is not None
        self.top = index
        self.positions = match_headings(self.rows[index], [], index, self.schema).positions

    def planted(self) -> RawSubmission:
        changed = replace(self.sheet, rows=self.rows)
        for action in self.step.keys() - {"sheet", "at", "where", "columns", "nothing"}:
            changed = getattr(self, f"_{action}")(self.step[action], changed)
        sheets = [changed if s is self.sheet else s for s in self.raw.sheets]
        if "drop_sheet" in self.step:
            sheets = [s for s in sheets if s is not changed]
        return replace(self.raw, sheets=(*sheets, *self.sheets))

    def where(self) -> Cells:
        at = self.step.get("at", "cell")
        sheet = Cells(self.sheet.file, self.step.get("rename_sheet") or self.step.get("copy_as") or self.sheet.sheet)
        if at == "submission":
            return Cells(self.raw.name)
        if at == "sheet":
            return sheet
        if at in ("headings", "above"):
            row = self.sheet.first_row + (self.top if at == "headings" else 0)
            return replace(sheet, rows=((row, row),))
        if at == "heading":
            row = self.sheet.first_row + self.top
            return replace(sheet, column=self._letters(self.new_column), rows=((row, row),))
        if at == "row":
            return replace(sheet, rows=((self.row, self.row),))
        if at == "column":
            return replace(sheet, column=self._letters(self.new_column or self.positions[self._column()]))
        column = self._column() if at == "cell" else at
        return replace(sheet, column=self._letters(self.positions[column]), rows=((self.row, self.row),))

    def _column(self) -> str:
        if self.rule.columns:
            return self.rule.columns[0]
        for action in ("set", "fault", "set_all"):
            if action in self.step:
                return str(next(iter(self.step[action])))
        return str(self.step["columns"][0])

    def _letters(self, position: int) -> str:
        return letters(self.sheet.first_column + position)

    # --- Rows --------------------------------------------------------------------------------------------------------

    def _example(self) -> Mapping[str, Any]:
        number = self.rule.example if self.name == self.rule.sheet else 1
        return self.schema.examples[number - 1]

    def _put(self, index: int, changes: Mapping[str, Any]) -> None:
        for column, value in changes.items():
            self.rows[index][self.positions[column]] = _stored(
                self.names.get(value, value) if isinstance(value, str) else value
            )

    def _target(self) -> int:
        """Index of the row that is changed; its number goes to `row`."""
        matching = self.step.get("where")
        if matching:
            index = next(i for i in range(self.top + 1, len(self.rows)) if self._matches(i, matching))
        elif self.name in self.chosen:
            index = self.chosen[self.name] - self.sheet.first_row
        else:
            index = self.top + (self.rule.example if self.name == self.rule.sheet else 1)
        self.row = self.sheet.first_row + index
        return index

    def _matches(self, index: int, values: Mapping[str, Any]) -> bool:
        return all(self.rows[index][self.positions[column]] == _stored(value) for column, value in values.items())

    def _set(self, changes: Mapping[str, Any], sheet: RawSheet) -> RawSheet:
        self._put(self._target(), changes)
        return sheet

    def _raise(self, changes: Mapping[str, float], sheet: RawSheet) -> RawSheet:
        index = self._target()
        for column, value in changes.items():
            present = self.rows[index][self.positions[column]]
            assert isinstance(present, float)
            self.rows[index][self.positions[column]] = present + value
        return sheet

    def _set_all(self, changes: Mapping[str, Any], sheet: RawSheet) -> RawSheet:
        for index in range(self.top + 1, len(self.rows)):
            self._put(index, changes)
        return sheet

    def _add(self, changes: Mapping[str, Any], sheet: RawSheet) -> RawSheet:
        self.rows.append([None] * len(self.rows[self.top]))
        self._put(len(self.rows) - 1, {column: self._example().get(column) for column in self.positions})
        self._put(len(self.rows) - 1, changes)
        self.row = self.sheet.first_row + len(self.rows) - 1
        return sheet

    def _drop(self, values: Mapping[str, Any], sheet: RawSheet) -> RawSheet:
        for index in range(self.top + 1, len(self.rows)):
            if self._matches(index, values):
                self.rows[index] = [None] * len(self.rows[index])
        return sheet

    def _fault(self, faults: Mapping[str, str], sheet: RawSheet) -> RawSheet:
        index = self._target()
        self._put(index, dict.fromkeys(faults))
        places = {(self.row, self.sheet.first_column + self.positions[column]): text for column, text in faults.items()}
        return replace(sheet, faults={**sheet.faults, **places})

    def _stray(self, text: str, sheet: RawSheet) -> RawSheet:
        self._add_column("Remark", sheet)
        self.rows.append([None] * (len(self.rows[self.top]) - 1) + [text])
        self.row = self.sheet.first_row + len(self.rows) - 1
        return sheet

    # --- Headings and sheets -----------------------------------------------------------------------------------------

    def _headings(self, headings: Mapping[str, str], sheet: RawSheet) -> RawSheet:
        for column, text in headings.items():
            self.rows[self.top][self.positions[column]] = text
        return sheet

    def _drop_columns(self, columns: list[str], sheet: RawSheet) -> RawSheet:
        gone = {self.positions[column] for column in columns}
        self.rows[:] = [[cell for i, cell in enumerate(row) if i not in gone] for row in self.rows]
        return sheet

    def _add_column(self, heading: str | None, sheet: RawSheet) -> RawSheet:
        self.new_column = len(self.rows[self.top])
        for index, row in enumerate(self.rows):
            row.append(heading if index == self.top else "extra" if index > self.top and any(row) else None)
        return sheet

    def _no_headings(self, _: bool, sheet: RawSheet) -> RawSheet:
        self.rows[self.top] = [f"Field {i}" for i, _ in enumerate(self.rows[self.top])]
        return sheet

    def _above(self, title: str, sheet: RawSheet) -> RawSheet:
        self.rows.insert(0, [title] + [None] * (len(self.rows[0]) - 1))
        return sheet

    def _rename_sheet(self, name: str, sheet: RawSheet) -> RawSheet:
        return replace(sheet, sheet=name)

    def _copy_as(self, name: str, sheet: RawSheet) -> RawSheet:
        self.sheets.append(replace(sheet, sheet=name))
        return sheet

    def _drop_sheet(self, _: bool, sheet: RawSheet) -> RawSheet:
        return sheet

    def _clear(self, _: bool, sheet: RawSheet) -> RawSheet:
        self.rows.clear()
        return sheet

    def _errors_seen(self, seen: bool, sheet: RawSheet) -> RawSheet:
        return replace(sheet, errors_seen=seen)

    def _hide(self, what: str, sheet: RawSheet) -> RawSheet:
        if what == "sheet":
            return replace(sheet, visible=False)
        if what == "row":
            self.row = self.sheet.first_row + self.top + 1
            return replace(sheet, hidden_rows=((self.row, self.row),))
        (column,) = self.step["columns"]
        self.new_column = self.positions[column]
        return replace(sheet, hidden_columns=(self.sheet.first_column + self.new_column,))
