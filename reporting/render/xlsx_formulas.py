"""Expressions as formulas over the sheets of the workbook: names become cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from reporting.expressions import Expression, ExpressionError, Reference
from reporting.expressions.nodes import Computed, Function, Node, children
from reporting.figures import Figure
from reporting.portfolio.derived import needed
from reporting.portfolio.facts import FactSpec
from reporting.render.xlsx_layout import Block, Layout
from reporting.render.xlsx_rows import RowFormula, Rows, total_of_table
from reporting.render.xlsx_selections import ROW, count_formula, known_column, rows_formula, total_formula
from reporting.reports.model import Report, Shown

_LONGEST = 8_000  # Excel refuses formulas above 8,192 characters
MOST_LIVE_ROWS = 5_000  # of a table figure; longer ones, and what rests on them, are values of the program
_ENTITY = "entity."


class NotLive(Exception):
    """Why a figure is written as a value, although it has an expression."""


@dataclass(frozen=True)
class Formulas:
    """Makes the formulas of one workbook. Texts come without `=`.

    most_live_rows   a table figure with more rows is shown as values
    """

    report: Report
    layout: Layout
    most_live_rows: int = MOST_LIVE_ROWS

    def of_shown(self, shown: Shown) -> tuple[str, float] | None:
        """A formula on the figure behind a printed value, with its stored value; None where there is none."""
        figure = self.report.figures.get(shown.figure)
        if figure is None or shown.value is None or isinstance(shown.value, bool) or not figure.available:
            return None
        if not isinstance(figure.value, pd.DataFrame):
            number = _number(figure.value)
            return None if number is None else (self.layout.figure_names[figure.name], number)
        block = self.layout.tables[figure.name]
        if not isinstance(shown.value, int | float) or shown.column not in block.columns:
            return None
        if shown.key:
            return (block.cell(shown.column, shown.key), float(shown.value)) if shown.key in block.lines else None
        return f"SUM({block.range(shown.column)})", float(shown.value)

    def of_figure(self, figure: Figure) -> str:
        """The formula of a scalar figure. NotLive says why there is none."""
        expression = self.report.live.figures.get(figure.name) if self.report.live else None
        if expression is None:
            raise NotLive("computed by the program")
        return self._formula(expression)

    def of_column(self, figure: Figure, column: str) -> RowFormula:
        """The formula of a column of a table figure. NotLive says why there is none."""
        expression = self.report.live.tables.get(figure.name, {}).get(column) if self.report.live else None
        if expression is None or isinstance(expression.node, Computed):
            raise NotLive("computed by the program")
        if longest := self._too_long.get(figure.name):
            rows = f"{longest} has more than {self.most_live_rows:,} rows"
            raise NotLive(f"computed by the program: {rows}, which a spreadsheet would be slow to compute")
        rows_of = Rows(figure.table, self.layout.tables[figure.name], column)
        formula = RowFormula(expression.to_formula(lambda r: self._resolved(r, rows_of)), rows_of.fillings)
        if len(figure.table) and len(formula.at(0, rows_of.block.last)) > _LONGEST:
            raise NotLive("computed by the program: the formula would be too long for a spreadsheet")
        return formula

    @cached_property
    def _too_long(self) -> Mapping[str, str]:
        """The tables that have too many rows, or whose columns rest on one that has, and which one that is."""
        live = self.report.live.tables if self.report.live else {}
        found = {n: n for n in self.layout.tables if len(self.report.figures[n].table) > self.most_live_rows}
        below = {
            name: {head for e in columns.values() for other in e.names() if (head := other.partition(".")[0]) in live}
            for name, columns in live.items()
        }
        for _ in live:
            found |= {
                n: found[o] for n, others in below.items() for o in sorted(others) if o in found and n not in found
            }
        return found

    def _formula(self, expression: Expression) -> str:
        text = expression.to_formula(lambda reference: self._resolved(reference, None))
        if len(text) > _LONGEST:
            raise NotLive("computed by the program: the formula would be too long for a spreadsheet")
        return text

    def of_derived(self, sheet: str, column: str, expression: Expression) -> str:
        """The formula of a derived column of an input sheet, with ROW for the row number."""
        block = self.layout.inputs[sheet]
        text = expression.to_formula(lambda reference: self._in_a_row(reference, block, column))
        columns = needed(expression)
        numbers = [f"{block.columns[r.name]}{ROW}" for r in columns if r.kind == "value"]
        blanks = [f"COUNT({','.join(numbers)})<{len(numbers)}"] if numbers else []
        blanks += [f'{block.columns[r.name]}{ROW}=""' for r in columns if r.kind == "rate"]
        if not blanks:
            return f'IFERROR({text},"")' if _may_all_be_blank(expression.node) else text
        condition = blanks[0] if len(blanks) == 1 else f"OR({','.join(blanks)})"
        return f'IF({condition},"",{text})'

    def _in_a_row(self, reference: Reference, block: Block, column: str) -> str:
        if reference.name.startswith(_ENTITY):
            return self._entity(reference)
        if reference.name not in block.columns:
            raise ExpressionError(f"sheet {block.sheet} has no column {reference.name}")
        cell = f"{block.columns[reference.name]}{ROW}"
        if reference.kind != "rate":
            return cell
        looked_up = f"rate({reference.name})"
        return self._rate(cell) if column == looked_up else f"{block.columns[looked_up]}{ROW}"

    def _rate(self, currency: str) -> str:
        """1 for the reporting currency, the rate of the reference date, or #N/A: never the last known rate."""
        if "fx" not in self.layout.inputs:
            return f"IF({currency}=entity_currency,1,NA())"
        rate = f"AVERAGEIFS(fx_rate,fx_currency,{currency},fx_date,entity_reference_date)"
        return f"IF({currency}=entity_currency,1,IFERROR({rate},NA()))"

    def _entity(self, reference: Reference) -> str:
        entity = self.layout.inputs.get("entity")
        column = reference.name.removeprefix(_ENTITY)
        if entity is None or column not in entity.columns:
            raise ExpressionError(f"unknown name {reference.name}: sheet entity has no such column")
        return f"entity_{column}"

    def _resolved(self, reference: Reference, rows: Rows | None) -> str:
        head, _, column = reference.name.partition(".")
        match reference.kind:
            case "computed" if rows is not None:
                return rows.computed()
            case "entry":
                return self._entry(reference)
            case "total" | "largest" if head in self.report.figures:
                block = self._table(head, column)
                return total_of_table(reference, self.report.figures[head].table, block, rows)
            case "total":
                spec, keys = self._fact(head), rows.keys("key") if rows else []
                return total_formula(spec, self.layout.inputs.get(spec.sheet), column, reference.by, keys)
            case "count" if head in self.report.figures:
                return f"COUNT({self._table(head, column).range(column)})"
            case "count":
                spec = self._fact(head)
                return count_formula(spec, self.layout.inputs.get(spec.sheet), column)
            case _ if reference.at and rows is not None:
                return self._row(reference, rows) if column else self._looked_up(reference, rows)
            case _:
                return self._single(reference, rows)

    def _single(self, reference: Reference, rows: Rows | None) -> str:
        name = reference.name
        if rows is not None and rows.has(name):
            return rows.cell(name)
        if name.startswith(_ENTITY):
            return self._entity(reference)
        if name in self.report.figures:
            return self._figure(name)
        if name in self.layout.parameters:
            return self._parameter(name)
        if self.report.live and name in self.report.live.facts:
            return self._one(self._fact(name), reference)
        raise NotLive(f"computed by the program: {name} is not among the figures, parameters and facts of this report")

    def _row(self, reference: Reference, rows: Rows) -> str:
        """A cell in a row of another table figure, or of the sheet of a fact."""
        head = reference.name.partition(".")[0]
        if head in self.report.figures:
            block = self._table(head, reference.name.partition(".")[2])
            table = self.report.figures[head].table
            return rows.looked_up(reference, table, block, range(block.first, block.first + len(table)))
        sheet = self._fact(head).sheet
        if sheet not in self.layout.inputs:
            raise NotLive(f"computed by the program: the sheet {sheet} is not in the submission")
        block, frame = self.layout.inputs[sheet], self.report.inputs[sheet].frame
        return rows.looked_up(reference, frame, block, range(block.first, block.first + len(frame)))

    def _figure(self, name: str) -> str:
        if not self.report.figures[name].available:
            raise NotLive(f"computed by the program: {name} is not available")
        if name not in self.layout.figure_names:
            raise ExpressionError(f"{name} is a table, not a number")
        return self.layout.figure_names[name]

    def _table(self, name: str, column: str) -> Block:
        if not self.report.figures[name].available:
            raise NotLive(f"computed by the program: {name} is not available")
        block = self.layout.tables.get(name)
        if block is None or column not in block.columns:
            raise ExpressionError(f"figure {name} is no table with a column {column!r}")
        return block

    def _parameter(self, name: str) -> str:
        if sum(parameter.name == name for parameter in self.report.parameters) > 1:
            raise ExpressionError(f"parameter {name} stands twice in the report, {name} is not one number")
        return self.layout.parameter_names[name]

    def _looked_up(self, reference: Reference, rows: Rows) -> str:
        block = self._mapping(reference.name)
        (key,) = reference.at
        return f"INDEX({block.range('value')},MATCH({rows.cell(key)},{block.range('key')},0))"

    def _entry(self, reference: Reference) -> str:
        block, (entry,) = self._mapping(reference.name), reference.at
        if entry not in block.lines:
            raise NotLive(f"computed by the program: {reference.name} has no entry {entry!r}")
        return block.cell("value", entry)

    def _mapping(self, name: str) -> Block:
        if name not in self.layout.parameters:
            raise NotLive(f"computed by the program: {name} is not among the parameters of this report")
        return self.layout.parameters[name]

    def _fact(self, name: str) -> FactSpec:
        facts = self.report.live.facts if self.report.live else {}
        if name not in facts:
            raise ExpressionError(f"unknown fact {name}")
        spec: FactSpec = facts[name]
        return spec

    def _one(self, spec: FactSpec, reference: Reference) -> str:
        """The value of a fact with one value: the cell itself on a sheet of one row, otherwise the total."""
        block = self.layout.inputs.get(spec.sheet)
        if block is None:
            return "FALSE" if reference.kind == "flag" else "0"
        if spec.selects_all and block.first == block.last:
            return block.top(known_column(spec, block, spec.column))
        if reference.kind == "value" and spec.shape == "count":
            return rows_formula(spec, block)
        if reference.kind != "value":
            raise ExpressionError(f"{spec.name} is selected among several rows; only a number can be")
        return total_formula(spec, block)


def _may_all_be_blank(node: Node) -> bool:
    """True for `first` of cells, none of which need hold a number; the formula then gives #N/A for a blank."""
    return (isinstance(node, Function) and node.name == "first") or any(map(_may_all_be_blank, children(node)))


def _number(value: object) -> float | None:
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
