"""What of the long lists of a report is printed in the PDF: the workbook has the rest, and the page says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reporting.problems import Breach, Problem, Severity
from reporting.render.wording import bracketed, shorten
from reporting.reports.model import (
    Block,
    Chart,
    Control,
    Finding,
    Grid,
    KeyFigure,
    LineageEntry,
    Lines,
    Report,
    Shown,
    Text,
)


@dataclass(frozen=True)
class Printed:
    """How many entries of each list the PDF shows at most."""

    overrides: int = 12
    sums: int = 12
    breaches: int = 60
    faults: int = 150
    faults_of_a_rule: int = 12
    parameters: int = 120
    lineage: int = 300
    inputs: int = 25


PRINTED = Printed()

Noted = Shown | Finding | Chart | Grid | Text

_LETTERS_OF_A_FAULT = 300
_CURRENCIES = 5  # beside each other


@dataclass(frozen=True)
class Entry:
    """A line of the table of contents."""

    title: str
    anchor: str


@dataclass(frozen=True)
class Sums:
    """Control totals side by side: of a few currencies, one row a column of a sheet."""

    currencies: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]  # sheet, column, totals in the order of the currencies


@dataclass(frozen=True)
class PrintedBreach:
    """A breach and the texts of those of its faults that are printed; `more` counts the others."""

    breach: Breach
    sheet: str
    texts: tuple[str, ...]

    @property
    def rule(self) -> object:
        """The rule that was broken."""
        return self.breach.rule

    @property
    def count(self) -> int:
        """Number of faults, exact."""
        return self.breach.count

    @property
    def more(self) -> int:
        """Number of faults that are not printed."""
        return self.breach.count - len(self.texts)


@dataclass(frozen=True)
class Faults:
    """All breaches, gravest first, with their printed faults."""

    breaches: tuple[PrintedBreach, ...]
    summary: str

    @property
    def listed(self) -> tuple[PrintedBreach, ...]:
        """Breaches of which at least one fault is printed."""
        return tuple(breach for breach in self.breaches if breach.texts)

    @property
    def count(self) -> int:
        """Number of faults found."""
        return sum(breach.count for breach in self.breaches)

    @property
    def printed(self) -> int:
        """Number of faults printed."""
        return sum(len(breach.texts) for breach in self.breaches)

    @property
    def unlisted(self) -> bool:
        """True if faults are left out."""
        return self.printed < self.count


def contents_of(report: Report) -> tuple[Entry, ...]:
    """The chapters of the standard layout, in order."""
    sections = [Entry(f"{n} {s.title}", f"section-{s.id}") for n, s in enumerate(report.sections, start=1)]
    return (
        Entry("Key figures", "key-figures"),
        *sections,
        Entry("Annex A Data quality", "annex-data-quality"),
        Entry("Annex B Parameters in force", "annex-parameters"),
        Entry("Annex C Lineage", "annex-lineage"),
    )


def footnotes_of(report: Report) -> dict[str, list[int]]:
    """Scope -> numbers of the footnotes to print below it: "key" for the key figures, else the id of a section."""
    of_key_figures = (shown for k in report.key_figures for shown in _shown_in_key_figure(k))
    found = {"key": _numbers((*of_key_figures, *report.findings))}
    for section in report.sections:
        found[section.id] = _numbers(noted for block in section.blocks for noted in _noted_in_block(block))
    return found


def anchors_of(report: Report) -> dict[str, str]:
    """Name of a figure -> anchor of its entry in the lineage annex, for the entries that are printed."""
    return {entry.name: entry.anchor for entry in lineage_of(report)}


def lineage_of(report: Report) -> tuple[LineageEntry, ...]:
    """The entries of the lineage annex to print: tables without rows are only named below them."""
    return tuple(entry for entry in report.lineage if not entry.empty)[: PRINTED.lineage]


def faults_of(report: Report) -> Faults:
    """Every breach, errors first, and the first faults of each until enough are printed."""
    order = list(Severity)
    left = PRINTED.faults
    breaches = []
    for breach in sorted(report.breaches, key=lambda b: order.index(b.rule.severity)):
        shown = breach.problems[: min(left, PRINTED.faults_of_a_rule)]
        left -= len(shown)
        breaches.append(PrintedBreach(breach, _sheet_of(breach), tuple(_said(problem) for problem in shown)))
    return Faults(tuple(breaches), _summary(report.breaches))


def sums_of(controls: tuple[Control, ...]) -> list[Sums]:
    """Control totals in the order of the sheets, a table for every few currencies."""
    texts: dict[tuple[str, str], dict[str, str]] = {}
    for control in controls:
        for column, currency, total in control.sums:
            texts.setdefault((control.sheet, column), {})[currency] = bracketed(total)
    currencies = sorted({currency for totals in texts.values() for currency in totals})
    parts = (tuple(currencies[i : i + _CURRENCIES]) for i in range(0, len(currencies), _CURRENCIES))
    return [Sums(part, tuple(_sum_rows(texts, part))) for part in parts]


def _sum_rows(
    texts: Mapping[tuple[str, str], Mapping[str, str]], part: tuple[str, ...]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for (sheet, column), totals in texts.items():
        if any(currency in totals for currency in part):
            yield sheet, column, tuple(totals.get(currency, "") for currency in part)


def _summary(breaches: tuple[Breach, ...]) -> str:
    counts = {s: sum(b.count for b in breaches if b.rule.severity is s) for s in Severity}
    parts = [f"{count:,} {severity}{'' if count == 1 else 's'}" for severity, count in counts.items()]
    return f"{', '.join(parts[:-1])} and {parts[-1]}."


def _said(problem: Problem) -> str:
    accepted = problem.override
    note = f" (accepted by {accepted.name}: {accepted.reason})" if accepted else ""
    return shorten(f"{problem.where}: {problem.found}{note}", _LETTERS_OF_A_FAULT)


def _sheet_of(breach: Breach) -> str:
    places = [problem.where for problem in breach.problems] or list(breach.blocks)
    return ", ".join(dict.fromkeys(place.sheet or place.file for place in places))


def _numbers(noted: Iterable[Noted]) -> list[int]:
    return sorted({number for one in noted for number in one.footnotes})


def _shown_in_key_figure(key: KeyFigure) -> Iterator[Shown]:
    yield from (s for s in (key.current, key.previous, key.change, key.limit, key.headroom) if s is not None)


def _noted_in_block(block: Block) -> Iterator[Noted]:
    if not isinstance(block, Lines):
        yield block
    if isinstance(block, Lines):
        for line in block.lines:
            yield from (s for s in (line.current, line.previous, line.change) if s is not None)
    elif isinstance(block, Grid):
        yield from (shown for row in (*block.rows, block.total) for shown in row)
