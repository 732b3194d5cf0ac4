"""The annexes: lineage, problems, parameters and controls."""

from __future__ import annotations

from collections.abc import Mapping

from reporting.figures import Parameter
from reporting.portfolio.derived import currency_column
from reporting.problems import Breach, Problem
from reporting.render.xlsx_formats import AMOUNT, GENERAL
from reporting.render.xlsx_layout import (
    CONTROLS,
    FIGURES,
    FIRST_ENTRY,
    FIRST_PARAMETER,
    LINEAGE,
    PARAMETERS,
    PROBLEMS,
    TABLES,
    Block,
)
from reporting.render.xlsx_page import WRAPPED, Book, Page
from reporting.reports.model import Control, LineageEntry
from reporting.rulebook.loading import EVERY

_FIRST_INPUT = 8  # column of the first input of a figure, counted from 0


def write_lineage(book: Book) -> None:
    """A row a figure: value, formula in words, reference, and each input with a link to where it stands."""
    page = Page(
        book, LINEAGE, "Lineage", "Where each figure comes from; links lead to other figures and to input cells"
    )
    page.row = FIRST_ENTRY - 2
    most = max((len(entry.inputs) for entry in book.report.lineage), default=0)
    inputs = [f"Input {number}" for number in range(1, most + 1)]
    page.head(["Anchor", "Name", "Figure", "Value", "Unit", "Formula", "Reference", "Computed at", *inputs], [3])
    for entry in book.report.lineage:
        _write_entry(page, entry)
        page.row += 1
    page.finish(FIRST_ENTRY - 1, filtered=True, widest=WRAPPED, frozen_columns=3, printed=_FIRST_INPUT)


def _write_entry(page: Page, entry: LineageEntry) -> None:
    page.text(0, entry.anchor, "source")
    page.text(1, entry.name)
    page.text(2, entry.label, "wrapped")
    page.shown(3, entry.value)
    page.text(4, entry.unit)
    page.text(5, entry.formula, "wrapped")
    page.text(6, entry.reference, "wrapped")
    layout = page.book.layout
    if entry.name in layout.figures:
        page.link(7, f"{FIGURES}!C{layout.figures[entry.name]}", layout.figure_names[entry.name])
    elif entry.name in layout.tables:
        page.link(7, f"{TABLES}!A{layout.tables[entry.name].first - 2}", "Tables")
    for column, (text, anchor) in enumerate(entry.inputs, _FIRST_INPUT):
        target = (
            f"{LINEAGE}!A{layout.entries[anchor]}" if anchor in layout.entries else layout.input_cell_named_in(text)
        )
        if target:
            page.link(column, target, text)
        else:
            page.text(column, text)


def write_problems(book: Book) -> None:
    """A row a listed problem; where a rule found more than are listed, a last row says how many."""
    count = sum(breach.count for breach in book.report.breaches)
    page = Page(book, PROBLEMS, "Problems", f"{count:,} found by the checks")
    page.row = 3
    page.head(
        [
            "Rule", "Severity", "Where", "Found", "Expected", "How to mend it", "Reference", "Accepted by",
            "Reason for accepting", "Faults of this rule on this sheet",
        ],
        [9],
    )  # fmt: skip
    for breach in book.report.breaches:
        for problem in breach.problems:
            _write_problem(page, breach, problem)
        if breach.count > len(breach.problems):
            _write_rule(page, breach)
            page.text(3, f"and {breach.count - len(breach.problems):,} more, not listed", "note")
            page.row += 1
    page.finish(4, filtered=True, widest=WRAPPED)


def _write_problem(page: Page, breach: Breach, problem: Problem) -> None:
    _write_rule(page, breach)
    target = page.book.layout.input_cell(problem.where)
    if target:
        page.link(2, target, str(problem.where))
    else:
        page.text(2, str(problem.where))
    page.text(3, problem.found, "wrapped")
    if problem.override is not None:
        page.text(7, problem.override.name)
        page.text(8, problem.override.reason, "wrapped")
    page.row += 1


def _write_rule(page: Page, breach: Breach) -> None:
    rule = breach.rule
    page.text(0, rule.code)
    page.text(1, str(rule.severity))
    for column, text in enumerate((rule.expected, rule.mend, rule.reference), 4):
        page.text(column, text, "wrapped")
    page.number(9, breach.count, page.book.formats.number("#,##0"))


def write_parameters(book: Book) -> None:
    """A row a parameter, and a row a category of a mapping."""
    what = "Choices of method" if book.report.identification.jurisdiction == EVERY else "The numbers of the law"
    page = Page(book, PARAMETERS, "Parameters", f"{what} in force on the reference date")
    page.row = FIRST_PARAMETER - 2
    page.head(
        [
            "Name", "Parameter", "Category", "Value", "Unit", "Reference", "In force from", "Checked on", "Confirmed",
            "Jurisdiction",
        ],
        [3],
    )  # fmt: skip
    for parameter in book.report.parameters:
        values = parameter.value if isinstance(parameter.value, Mapping) else {"": parameter.value}
        for category, value in values.items():
            _write_parameter(page, parameter, category, value)
        page.row += 0 if values else 1
    page.finish(FIRST_PARAMETER - 1, filtered=True)


def _write_parameter(page: Page, parameter: Parameter, category: str, value: float | bool | str) -> None:
    page.text(0, parameter.name)
    page.text(1, parameter.label)
    page.text(2, category)
    page.value(3, value, GENERAL)
    page.text(4, parameter.unit)
    page.text(5, parameter.reference)
    page.day(6, parameter.in_force)
    page.day(7, parameter.checked_on)
    page.text(8, "yes" if parameter.confirmed else "no")
    page.text(9, parameter.jurisdiction)
    page.row += 1


def write_controls(book: Book) -> None:
    """Row counts, read = accepted + rejected, and sums by currency against the sheets of this workbook."""
    page = Page(book, CONTROLS, "Controls", "Differences must be zero; amounts as stored in the file")
    page.row = 3
    page.head(
        [
            "Sheet", "File", "Rows read", "Blank rows", "Accepted", "Rejected", "Accepted and rejected",
            "Difference to read", "Rows in this workbook", "Difference to read",
        ],
        range(2, 10),
    )  # fmt: skip
    for control in book.report.controls:
        _write_counts(page, control)
    page.row += 1
    if any(control.sums for control in book.report.controls):
        page.head(["Sheet", "Column", "Currency", "Sum as stored", "Sum in this workbook", "Difference"], range(3, 6))
    for control in book.report.controls:
        _write_sums(page, control)
    page.finish(4)


def _write_counts(page: Page, control: Control) -> None:
    form, row = page.book.formats.number("#,##0"), page.row + 1
    page.text(0, control.sheet)
    page.text(1, control.file)
    for column, count in enumerate((control.read, control.blank, control.accepted, control.rejected), 2):
        page.number(column, count, form)
    together = control.accepted + control.rejected
    page.formula(6, f"E{row}+F{row}", together, form)
    page.formula(7, f"C{row}-G{row}", control.read - together, form)
    name = _input_name(page.book, control)
    if name:
        block, copied = page.book.layout.inputs[name], len(page.book.report.inputs[name].frame)
        page.formula(8, f"COUNTA({_source_cells(block)})", copied, form)
        page.formula(9, f"C{row}-I{row}", control.read - copied, form)
    page.row += 1


def _write_sums(page: Page, control: Control) -> None:
    name = _input_name(page.book, control)
    form = page.book.formats.number(AMOUNT)
    for column, currency, total in control.sums:
        page.text(0, control.sheet)
        page.text(1, column)
        page.text(2, currency)
        page.number(3, total, form, f"{total:,.2f}")
        if name and column in page.book.layout.inputs[name].columns:
            block, row = page.book.layout.inputs[name], page.row + 1
            own = currency_column(control.sheet, column)
            in_currency = f",{block.range(own)},C{row}" if currency and own in block.columns else ""
            sums = f"SUMIFS({block.range(column)}{in_currency})" if in_currency else f"SUM({block.range(column)})"
            page.formula(4, sums, total, form, f"{total:,.2f}")
            page.formula(5, f"ROUND(D{row}-E{row},2)", 0.0, form)
        page.row += 1


def _input_name(book: Book, control: Control) -> str:
    if control.sheet in book.report.inputs:
        return control.sheet
    return next((name for name, table in book.report.inputs.items() if table.sheet == control.sheet), "")


def _source_cells(block: Block) -> str:
    return Block(block.sheet, {"source": "A"}, block.first, block.last, {}).range("source")
