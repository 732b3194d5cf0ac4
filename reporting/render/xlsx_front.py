"""The sheets that are read first: who reports what in which state, and the figures that matter."""

from __future__ import annotations

from collections.abc import Iterator

from reporting.render.xlsx_calculation import status_colours
from reporting.render.xlsx_layout import COVER, SUMMARY
from reporting.render.xlsx_page import Book, Page
from reporting.render.xlsx_text import sheet_reference
from reporting.reports.formats import in_words
from reporting.reports.model import KeyFigure, Shown

_LAST = 7  # last column of the front sheets, counted from 0


def write_cover(book: Book) -> None:
    """Identification, state, overrides and a list of the sheets."""
    report, identification = book.report, book.report.identification
    page = Page(book, COVER, report.title, report.subtitle)
    page.row += 1
    page.text(0, identification.classification, "classification")
    page.text(1, identification.state, "strong")
    page.row += 2
    for label, value in _identification(book):
        page.text(0, label, "strong")
        page.value(1, value)
        page.row += 1
    page.row += 1
    _overrides(page)
    page.text(0, "Sheets", "heading")
    page.row += 1
    for name, about in _contents(book):
        page.link(0, f"{sheet_reference(name)}!A1", name)
        page.text(1, about, wide=True)
        page.row += 1
    page.finish(2)
    page.sheet.fit_to_pages(1, 1)


def _identification(book: Book) -> Iterator[tuple[str, object]]:
    i = book.report.identification
    yield from (("Institution", i.institution), (i.id_label, i.lei), ("Country", i.country))
    yield from (("Reference date", i.reference_date), ("Previous date", i.previous_date))
    yield from (("Scope", i.scope), ("Accounting standard", in_words(i.accounting_standard)))
    yield "Jurisdiction", in_words(i.jurisdiction)
    yield from (("Currency", i.currency), ("Amounts shown in", i.money_unit), ("Toolkit version", i.toolkit_version))
    yield from (("Rulebook digest", i.rulebook_digest), ("Input digest", i.input_digest), ("Run id", i.run_id))


def _overrides(page: Page) -> None:
    overrides = page.book.report.overrides
    page.text(0, "Overrides", "heading")
    page.row += 1
    if not overrides:
        page.text(0, "None.", wide=True)
        page.row += 2
        return
    page.head(["Rule", "Reason", "Decided by", "Cells"])
    for override in overrides:
        page.text(0, override.rule)
        page.text(1, override.reason)
        page.text(2, override.name)
        page.text(3, override.cells or "wherever the rule fires")
        page.row += 1
    page.row += 1


def _contents(book: Book) -> Iterator[tuple[str, str]]:
    yield SUMMARY, "Key figures with limits and headroom, and findings"
    for name, section in zip(book.layout.sections, book.report.sections, strict=True):
        yield name, section.title
    yield "Figures", "Every figure once: a formula over the sheets below, with a name of its own"
    yield "Tables", "Every table figure in full"
    yield "Lineage", "For each figure its formula, reference and inputs, down to the cells"
    yield "Problems", "What the checks found"
    yield "Parameters", "The numbers of the law that were in force"
    for name, block in book.layout.inputs.items():
        yield block.sheet, f"Rows of sheet {name} as read, with their source cells"
    yield "Controls", "Row counts and control totals"


def write_summary(book: Book) -> None:
    """Key figures, findings and footnotes."""
    report = book.report
    page = Page(book, SUMMARY, "Summary", f"{report.title}, amounts in {report.identification.money_unit}")
    before = report.identification.previous_date
    page.row = 3
    previous = [before.isoformat(), "Change"] if before else []
    headings = ["Key figure", report.identification.reference_date.isoformat(), *previous, "Limit", "Headroom"]
    page.head([*headings, "Status as reported", "Lineage", "Notes"], range(1, len(headings)))
    first = page.row
    for key in report.key_figures:
        _key_figure(page, key, bool(before))
    status_colours(page, len(headings), first, page.row - 1)
    page.row += 1
    _findings(page)
    _footnotes(page)
    page.finish(4, frozen_columns=1)


def _key_figure(page: Page, key: KeyFigure, with_previous: bool) -> None:
    page.text(0, key.label, "strong")
    page.shown(1, key.current)
    if with_previous:
        page.shown(2, key.previous, live=False)
        page.shown(3, key.change, live=False)
    after = 4 if with_previous else 2
    page.shown(after, key.limit)
    page.shown(after + 1, key.headroom)
    page.text(after + 2, key.status_text)
    page.lineage_link(after + 3, key.current.figure)
    page.text(after + 4, notes(page, key.current, key.limit, key.headroom))
    page.row += 1


def notes(page: Page, *values: Shown | None) -> str:
    """Why a value is not available, and the numbers of its footnotes, which stand on the Summary."""
    figures = page.book.report.figures
    there = [value for value in values if value is not None]
    reasons = [figures[v.figure].reason for v in there if v.figure in figures and not figures[v.figure].available]
    numbers = sorted({number for value in there for number in value.footnotes})
    parts = [f"n/a: {reason}" for reason in dict.fromkeys(reasons)]
    return "; ".join([*parts, *([f"footnote {', '.join(map(str, numbers))}"] if numbers else [])])


def _findings(page: Page) -> None:
    if not page.book.report.findings:
        return
    page.text(0, "Findings", "heading")
    page.row += 1
    for finding in page.book.report.findings:
        page.paragraph(f"{finding.text}{noted(finding.footnotes)}", _LAST)
    page.row += 1


def noted(numbers: tuple[int, ...]) -> str:
    """Numbers of footnotes behind a text, where no column has them."""
    return f" [footnote {', '.join(map(str, numbers))}]" if numbers else ""


def _footnotes(page: Page) -> None:
    if not page.book.report.footnotes:
        return
    page.text(0, "Footnotes", "heading")
    page.row += 1
    for number, text in enumerate(page.book.report.footnotes, 1):
        page.paragraph(f"{number}  {text}", _LAST)
