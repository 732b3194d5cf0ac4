"""The report as a value: everything that is said, in order, formatted and rounded, before any renderer runs.

Renderers write this and nothing else: no arithmetic, no rounding, no choice of figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from reporting.expressions import Expression
from reporting.figures import Figure, Parameter
from reporting.intake.tables import Table as InputTable
from reporting.problems import Breach, Override

Status = Literal["met", "amber", "breached", "none", "not available"]
CLASSIFICATION = 40  # letters: it stands in the margin of every page
Format = Literal["money", "percent", "points", "number", "count", "text", "date", "factor"]


@dataclass(frozen=True)
class Identification:
    """What stands on the cover and on every page."""

    institution: str
    lei: str
    country: str
    reference_date: date
    scope: str
    accounting_standard: str
    jurisdiction: str
    currency: str
    money_unit: str  # as printed: "EUR thousand"
    classification: str  # "Confidential", at most `CLASSIFICATION` letters
    state: str  # "Draft" or "Final"
    toolkit_version: str
    rulebook_digest: str
    input_digest: str
    run_id: str
    previous_date: date | None = None
    id_label: str = "LEI"  # what `lei` is called: a system has none, and its identifier names the folder of its runs


@dataclass(frozen=True)
class Shown:
    """One printed value.

    text       as printed: rounded once, brackets for negative amounts, "n/a", or "" for blank
    value      the unrounded value behind it, in single currency units for money; None for blank and n/a
    figure     name of the figure it comes from ("" for plain text), with the `key` and `column` of a table figure
    footnotes  numbers of the footnotes that belong to it
    """

    text: str
    value: float | str | bool | date | None = None
    format: Format = "text"
    figure: str = ""
    key: str = ""
    column: str = ""
    footnotes: tuple[int, ...] = ()


@dataclass(frozen=True)
class KeyFigure:
    """A headline figure with its limit."""

    label: str
    current: Shown
    previous: Shown | None
    change: Shown | None
    limit: Shown | None
    headroom: Shown | None
    status: Status
    status_text: str  # "Met", "Amber", "Breached", "No limit", "n/a": a word, never colour alone


@dataclass(frozen=True)
class Line:
    """A row of an official template."""

    row: str
    label: str
    current: Shown
    previous: Shown | None
    change: Shown | None
    reference: str
    total: bool = False
    heading: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    label: str
    format: Format
    unit: str = ""


@dataclass(frozen=True)
class Lines:
    """An official template: rows with current and previous amounts, money in `unit`."""

    id: str
    title: str
    caption: str
    unit: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Grid:
    """A table of a table figure, or of plain text.

    rows       the rows that are printed in the PDF; the workbook has all of `rows_in_all`
    figure     name of the table figure, "" for plain text
    note       rows of the previous period that are gone
    footnotes  numbers of the footnotes that belong to the whole table
    """

    id: str
    title: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Shown, ...], ...]
    total: tuple[Shown, ...] = ()
    figure: str = ""
    rows_in_all: int = 0
    note: str = ""
    footnotes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite specification with its data inlined."""

    id: str
    title: str
    alternative: str  # what the chart shows, in a sentence or two, for those who cannot see it
    source: str
    spec: Mapping[str, Any]
    unit: str = ""  # of what is drawn: "EUR thousand", "%"
    footnotes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Text:
    """A paragraph from the template with figures filled in, and the footnotes of those figures."""

    text: str
    footnotes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Finding:
    """A sentence made from the figures by a rule in report.yaml, and the footnotes of those figures."""

    text: str
    status: Status
    footnotes: tuple[int, ...] = ()


Block = Lines | Grid | Chart | Text


@dataclass(frozen=True)
class Section:
    """A chapter of the report."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class LineageEntry:
    """One figure in the lineage annex. `anchor` is a safe identifier, the target of links from the tables.

    inputs: each line of text, with the anchor of another entry where there is one ("" otherwise).
    empty: whether it is a table without rows, of which pages need say no more than that.
    """

    anchor: str
    name: str
    label: str
    value: Shown
    unit: str
    formula: str
    reference: str
    inputs: tuple[tuple[str, str], ...]
    empty: bool = False


@dataclass(frozen=True)
class Control:
    """Row counts of one sheet and sums by currency: read = accepted + rejected."""

    sheet: str
    file: str
    read: int
    blank: int
    accepted: int
    rejected: int
    sums: tuple[tuple[str, str, float], ...] = ()  # (column, currency, sum as stored)


@dataclass(frozen=True)
class Live:
    """How the workbook computes: expressions for figures and for the columns of table figures.

    figures   figure name -> expression
    tables    table figure name -> column -> expression (evaluated for each key of the table)
    derived   sheet -> derived column -> row expression
    facts     fact name -> FactSpec, the selections that expressions may total
    """

    figures: Mapping[str, Expression]
    tables: Mapping[str, Mapping[str, Expression]]
    derived: Mapping[str, Mapping[str, Expression]]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """One report of one institution at one date."""

    name: str
    title: str
    subtitle: str
    identification: Identification
    key_figures: tuple[KeyFigure, ...]
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]
    footnotes: tuple[str, ...]
    overrides: tuple[Override, ...]
    breaches: tuple[Breach, ...]
    controls: tuple[Control, ...]
    parameters: tuple[Parameter, ...]
    lineage: tuple[LineageEntry, ...]
    figures: Mapping[str, Figure] = field(default_factory=dict)
    inputs: Mapping[str, InputTable] = field(default_factory=dict)
    live: Live | None = None
