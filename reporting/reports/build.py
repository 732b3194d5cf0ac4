"""From figures to a report: the definition in report.yaml is filled, top to bottom, once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import fsum
from pathlib import Path

from pandas import DataFrame

from reporting.figures import Figure, Parameter
from reporting.intake.tables import InputFile, Table
from reporting.portfolio.derived import currency_column
from reporting.portfolio.subject import Subject
from reporting.problems import Override
from reporting.reports.blocks import build_block
from reporting.reports.context import Context
from reporting.reports.definition import KeyFigureSpec, ReportSpec, SectionSpec, load_definition
from reporting.reports.findings import findings
from reporting.reports.formats import Policy
from reporting.reports.lineage import lineage_entries
from reporting.reports.live import load_live
from reporting.reports.model import Control, Identification, KeyFigure, Live, Report, Section, Status
from reporting.reports.previous import Previous
from reporting.resources import templates_folder
from reporting.rulebook import Rulebook
from reporting.version import VERSION

_STATUS_TEXT: Mapping[Status, str] = {
    "met": "Met",
    "amber": "Early warning",
    "breached": "Breached",
    "none": "No limit",
    "not available": "Not available",
}


def build_report(
    name: str,
    portfolio: Subject,
    figures: Mapping[str, Figure],
    rulebook: Rulebook,
    *,
    previous: Previous | None = None,
    run_id: str = "",
    state: str = "Draft",
    classification: str = "",
    templates: Iterable[Path] = (),
    part: str = "report",
) -> Report:
    """The report `name` of one institution, or of the view of a system, before any renderer runs.

    previous    figures filed for an earlier period, printed beside the new ones
    state       "Draft" or "Final", printed on every page
    classification   printed there too, instead of the one that the report has by itself
    templates   folders that are searched before the templates of the release
    part        name of the definition in the folder of the report: `report`, or `institution` for one institution
                inside a system
    """
    folder = template_folder(name, templates)
    spec = load_definition(folder / f"{part}.yaml")
    spec = replace(spec, classification=classification or spec.classification)
    policy = _policy(spec, portfolio)
    entity = portfolio.entity
    context = Context(figures, policy, entity.reference_date, previous, entity.jurisdiction)
    key_figures = tuple(_key_figure(key, context) for key in spec.key_figures)
    sentences = findings(spec.findings, context)
    sections = tuple(s for s in (_section(section, context, folder) for section in spec.sections) if s.blocks)
    lineage = lineage_entries(context)
    live = load_live(folder / "workbook.yaml")
    return Report(
        name=spec.name,
        title=spec.title,
        subtitle=spec.subtitle,
        identification=_identification(spec, portfolio, rulebook, policy, previous, run_id, state),
        key_figures=key_figures,
        findings=sentences,
        sections=sections,
        footnotes=context.footnotes,
        overrides=_overrides(portfolio),
        breaches=portfolio.breaches,
        controls=tuple(_control(table) for table in portfolio.tables.values()),
        parameters=_parameters(figures, rulebook, live),
        lineage=lineage,
        figures=figures,
        inputs=portfolio.tables,
        live=live,
    )


def template_folder(name: str, templates: Iterable[Path] = ()) -> Path:
    """The folder of a report: the first that holds its report.yaml. FileNotFoundError where none does."""
    for root in (*templates, templates_folder()):
        if (root / name / "report.yaml").is_file():
            return root / name
    raise FileNotFoundError(f"no report {name!r}; there are {', '.join(report_names(templates))}")


def about_of(name: str, templates: Iterable[Path] = ()) -> str:
    """What a report is about: `institution` or `system`. FileNotFoundError, DefinitionError."""
    return load_definition(template_folder(name, templates) / "report.yaml").about


def report_names(templates: Iterable[Path] = ()) -> tuple[str, ...]:
    """Names of all reports that can be made."""
    roots = (*templates, templates_folder())
    return tuple(sorted({path.parent.name for root in roots for path in root.glob("*/report.yaml")}))


def input_digest(portfolio: Subject) -> str:
    """SHA-256 over the names and contents of the submission's files."""
    return files_digest(portfolio.files)


def files_digest(files: Iterable[InputFile]) -> str:
    """The same of files that have been hashed."""
    content = hashlib.sha256()
    for file in sorted(files, key=lambda f: f.path):
        content.update(f"{file.path}\0{file.sha256}\n".encode())
    return content.hexdigest()


def _policy(spec: ReportSpec, portfolio: Subject) -> Policy:
    unit = int(portfolio.entity.unit)
    return Policy(portfolio.entity.currency, unit, spec.money_decimals[unit], spec.percent_decimals)


def _identification(
    spec: ReportSpec,
    portfolio: Subject,
    rulebook: Rulebook,
    policy: Policy,
    previous: Previous | None,
    run_id: str,
    state: str,
) -> Identification:
    entity = portfolio.entity
    return Identification(
        institution=entity.name,
        lei=entity.lei,
        country=entity.country,
        reference_date=entity.reference_date,
        scope=entity.scope,
        accounting_standard=entity.accounting_standard,
        jurisdiction=entity.jurisdiction,
        currency=entity.currency,
        money_unit=policy.money_unit,
        classification=spec.classification,
        state=state,
        toolkit_version=VERSION,
        rulebook_digest=rulebook.digest,
        input_digest=input_digest(portfolio),
        run_id=run_id,
        previous_date=previous.reference_date if previous else None,
        id_label="System" if entity.lei.startswith("system-") else "LEI",
    )


def _key_figure(spec: KeyFigureSpec, context: Context) -> KeyFigure:
    status = _status(spec, context)
    return KeyFigure(
        label=spec.label or context.figure(spec.figure).label,
        current=context.shown(spec.figure),
        previous=context.shown_before(spec.figure),
        change=context.shown_change(spec.figure),
        limit=context.shown(spec.limit) if spec.limit else None,
        headroom=context.shown(spec.headroom) if spec.headroom else None,
        status=status,
        status_text=_STATUS_TEXT[status],
    )


def _status(spec: KeyFigureSpec, context: Context) -> Status:
    if not context.figure(spec.figure).available:
        return "not available"
    if not spec.met:
        return "none"
    met = context.figure(spec.met).value
    if not isinstance(met, bool):
        return "not available"
    if not met:
        return "breached"
    above = context.figure(spec.above_amber).value if spec.above_amber else True
    return "amber" if above is False else "met"


def _section(spec: SectionSpec, context: Context, folder: Path) -> Section:
    blocks = (build_block(block, context, folder) for block in spec.blocks)
    return Section(spec.id, spec.title, tuple(block for block in blocks if block is not None))


def _overrides(portfolio: Subject) -> tuple[Override, ...]:
    used = (problem.override for breach in portfolio.breaches for problem in breach.problems)
    return tuple(dict.fromkeys(override for override in used if override is not None))


def _parameters(figures: Mapping[str, Figure], rulebook: Rulebook, live: Live) -> tuple[Parameter, ...]:
    """Those that a figure rests on, and those that a formula of the workbook asks for when its cells are changed."""
    used = {i.name: i for figure in figures.values() for i in figure.inputs if isinstance(i, Parameter)}
    filled = [name for name, figure in figures.items() if isinstance(figure.value, DataFrame) and len(figure.value)]
    columns = (expression for name in filled for expression in live.tables.get(name, {}).values())
    asked = {name for expression in (*live.figures.values(), *columns) for name in expression.names()}
    used |= {name: rulebook.parameters[name] for name in asked & rulebook.parameters.keys()}
    return tuple(used[name] for name in sorted(used))


def _control(table: Table) -> Control:
    counts = table.counts
    return Control(
        table.name, table.file, counts["read"], counts["blank"], counts["accepted"], counts["rejected"], _sums(table)
    )


def _sums(table: Table) -> tuple[tuple[str, str, float], ...]:
    """Sums by currency of the money columns as stored, for sheets whose rows name the currency of the column."""
    return tuple(
        (column, str(currency), fsum(amounts))
        for column in table.money
        if (own := currency_column(table.name, column)) in table.frame
        for currency, amounts in table.frame.dropna(subset=[column]).groupby(own, observed=True)[column]
    )
