"""Where everything stands in the workbook: fixed before the first cell is written, as formulas point ahead and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from reporting.expressions import Expression, parse
from reporting.figures import Figure
from reporting.intake.tables import Table
from reporting.origin import Cells, letters
from reporting.render.xlsx_text import defined_names, sheet_names, sheet_reference
from reporting.reports.model import Report

MOST_ROWS = 1_000_000

COVER, SUMMARY, FIGURES, TABLES = "Cover", "Summary", "Figures", "Tables"
LINEAGE, PROBLEMS, PARAMETERS, CONTROLS = "Lineage", "Problems", "Parameters", "Controls"
_OWN = (COVER, SUMMARY, FIGURES, TABLES, LINEAGE, PROBLEMS, PARAMETERS, CONTROLS)

# Rows are counted from 1 here, as in formulas. On each sheet the title stands in row 1.
FIRST_FIGURE = FIRST_ENTRY = FIRST_PARAMETER = FIRST_TABLE = 4
FIRST_INPUT = 5


class TooManyRows(ValueError):
    """A sheet of the workbook would have more rows than a spreadsheet program can show."""


@dataclass(frozen=True)
class Block:
    """Rows and columns of one table on a sheet.

    columns  column -> letters
    first    row of the first line; `last` is not before it, so that a range over no line is one blank row
    lines    row number in the input file, or key of a table figure -> row
    """

    sheet: str
    columns: Mapping[str, str]
    first: int
    last: int
    lines: Mapping[int | str, int]

    def range(self, column: str) -> str:
        """All cells of a column, for a formula on any sheet."""
        at = self.columns[column]
        return f"{sheet_reference(self.sheet)}!${at}${self.first}:${at}${self.last}"

    def cell(self, column: str, line: int | str) -> str:
        """One cell, for a formula on any sheet."""
        return f"{sheet_reference(self.sheet)}!${self.columns[column]}${self.lines[line]}"

    def top(self, column: str) -> str:
        """The first cell of a column."""
        return f"{sheet_reference(self.sheet)}!${self.columns[column]}${self.first}"


@dataclass(frozen=True, eq=False)
class Layout:
    """Places in the workbook of one report."""

    report: Report
    sections: tuple[str, ...]
    inputs: Mapping[str, Block]
    figures: Mapping[str, int]
    figure_names: Mapping[str, str]
    tables: Mapping[str, Block]
    parameters: Mapping[str, Block]
    parameter_names: Mapping[str, str]
    entries: Mapping[str, int]

    @cached_property
    def entry_of(self) -> Mapping[str, int]:
        """Name of a figure -> row of its lineage."""
        return {entry.name: self.entries[entry.anchor] for entry in self.report.lineage}

    def input_cell(self, cells: Cells) -> str:
        """The cell of an Inputs_ sheet that holds the first of `cells`; "" where no sheet does."""
        for name, table in self.report.inputs.items():
            if (table.file, table.sheet) == (cells.file, cells.sheet):
                return self._copy(name, table, cells.column, cells.rows[0][0] if cells.rows else None)
        return ""

    def input_cell_named_in(self, text: str) -> str:
        """The same for the first cell that a line of text names, such as `nominal: northbank.xlsx!Exposures!F2:F90`."""
        found = self._places.search(text) if self._prefixes else None
        if found is None:
            return ""
        name = self._prefixes[found["place"]]
        return self._copy(name, self.report.inputs[name], found["column"], int(found["row"]) if found["row"] else None)

    @cached_property
    def _prefixes(self) -> Mapping[str, str]:
        return {f"{Cells(table.file, table.sheet)}!": name for name, table in self.report.inputs.items()}

    @cached_property
    def _places(self) -> re.Pattern[str]:
        longest_first = sorted(self._prefixes, key=len, reverse=True)
        places = "|".join(re.escape(prefix) for prefix in longest_first)
        return re.compile(rf"(?<![\w./-])(?P<place>{places})(?P<column>[A-Z]{{1,3}})(?P<row>[0-9]+)?")

    def _copy(self, name: str, table: Table, at: str, row: int | None) -> str:
        block = self.inputs[name]
        column = next((c for c, stored in table.letters.items() if stored == at), None)
        if row is not None and row not in block.lines:
            return ""
        line = block.first if row is None else block.lines[row]
        return f"{sheet_reference(block.sheet)}!{block.columns[column] if column else 'A'}{line}"


def lay_out(report: Report) -> Layout:
    """Fix all places. TooManyRows where a sheet would not fit into a spreadsheet program."""
    scalars = [name for name, figure in report.figures.items() if not isinstance(figure.value, pd.DataFrame)]
    input_sheets = sheet_names((f"Inputs_{name}" for name in report.inputs), _OWN)
    sections = sheet_names((section.title for section in report.sections), (*_OWN, *input_sheets))
    layout = Layout(
        report=report,
        sections=sections,
        inputs={
            name: _input_block(sheet, table, derived_columns(report, name))
            for sheet, (name, table) in zip(input_sheets, report.inputs.items(), strict=True)
        },
        figures={name: row for row, name in enumerate(scalars, FIRST_FIGURE)},
        figure_names=defined_names("fig_", scalars),
        tables=_table_blocks(report.figures.values()),
        parameters=_parameter_blocks(report),
        parameter_names=defined_names("par_", dict.fromkeys(parameter.name for parameter in report.parameters)),
        entries={entry.anchor: row for row, entry in enumerate(report.lineage, FIRST_ENTRY)},
    )
    for block in (*layout.inputs.values(), *layout.tables.values()):
        refuse_too_many(block.sheet, block.last)
    return layout


def refuse_too_many(sheet: str, rows: int) -> None:
    """TooManyRows where a sheet is longer than a spreadsheet program can show."""
    if rows > MOST_ROWS:
        raise TooManyRows(
            f"sheet {sheet} would have {rows:,} rows; a workbook holds {MOST_ROWS:,} rows a sheet. "
            "Write the other outputs without the workbook, or split the submission"
        )


def derived_columns(report: Report, sheet: str) -> Mapping[str, Expression]:
    """The computed columns of an input sheet: first the rates that others convert with, each looked up once a row."""
    expressions = report.live.derived.get(sheet, {}) if report.live else {}
    used = (r for expression in expressions.values() for r in expression.references() if r.kind == "rate")
    return {**{f"rate({r.name})": parse(f"rate({r.name})") for r in used}, **expressions}


def _input_block(sheet: str, table: Table, derived: Iterable[str]) -> Block:
    """The source cell stands in column A, then the columns of the schema, then those that are computed."""
    names = [*map(str, table.frame.columns), *derived]
    columns = {name: letters(position) for position, name in enumerate(names, 1)}
    lines: dict[int | str, int] = dict(
        zip(table.frame.index.tolist(), range(FIRST_INPUT, MOST_ROWS * 10), strict=False)
    )
    return Block(sheet, columns, FIRST_INPUT, FIRST_INPUT + max(len(table.frame), 1) - 1, lines)


def _table_blocks(figures: Iterable[Figure]) -> Mapping[str, Block]:
    """One below the other: title, headings, rows, an empty row. The key stands in column A."""
    blocks, row = {}, FIRST_TABLE
    for figure in figures:
        if isinstance(figure.value, pd.DataFrame):
            first, count = row + 2, max(len(figure.value), 1)
            columns = {str(name): letters(position) for position, name in enumerate(figure.value.columns, 1)}
            lines = _lines_of_keys(figure.value, first)
            blocks[figure.name] = Block(TABLES, columns, first, first + count - 1, lines)
            row = first + count + 1
    return blocks


def _lines_of_keys(table: pd.DataFrame, first: int) -> dict[int | str, int]:
    """Key -> row. A key that stands twice names no row, and its cells are written as values."""
    there_once = ~table.index.duplicated(keep=False)
    return {str(key): first + place for place, key in enumerate(table.index) if there_once[place]}


def _parameter_blocks(report: Report) -> Mapping[str, Block]:
    """A row a parameter, and a row a category of a mapping: keys in column C, values in column D."""
    blocks, row = {}, FIRST_PARAMETER
    for parameter in report.parameters:
        keys = list(parameter.value) if isinstance(parameter.value, Mapping) else [""]
        lines: dict[int | str, int] = {key: row + place for place, key in enumerate(keys)}
        blocks[parameter.name] = Block(PARAMETERS, {"key": "C", "value": "D"}, row, row + max(len(keys), 1) - 1, lines)
        row += max(len(keys), 1)
    return blocks
