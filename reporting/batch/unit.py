"""One unit of work: one submission, one report, one run folder that appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reporting.batch.folder import Folder, find_run, latest_run, write_run
from reporting.batch.place import check_place, place_of
from reporting.batch.program import program_digest, versions
from reporting.documents import LARGEST, read_bytes
from reporting.intake.limits import Limits
from reporting.measures import assess
from reporting.portfolio import Portfolio, load_portfolio
from reporting.problems import Breach
from reporting.render.json import figures_json, problems_json
from reporting.render.pdf import Attached, pdf_bytes
from reporting.render.xlsx import xlsx_bytes
from reporting.reports import Previous, Report, build_report, load_previous
from reporting.reports.build import input_digest
from reporting.rulebook import Rulebook, load_rulebook
from reporting.version import VERSION


@dataclass(frozen=True)
class Options:
    """What is asked of a run. All of it but `limits` determines the outputs and is part of the run id.

    overrides   YAML file of problems that a named person accepts
    previous    run folder, or the folder above its versions, whose figures are printed beside the new ones
    templates   folders searched before the templates of the release
    outputs     which of pdf, xlsx and json to make; json always is
    """

    report: str = "leverage"
    previous: Path | None = None
    overrides: Path | None = None
    partial: bool = False
    final: bool = False
    pdf_variant: str = "pdf/a-3a"
    templates: tuple[Path, ...] = ()
    outputs: tuple[str, ...] = ("pdf", "xlsx", "json")
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Outcome:
    """What a run made. `made` is False where a finished run with the same id was there already."""

    folder: Path
    run_id: str
    made: bool
    breaches: tuple[Breach, ...]


def run_unit(path: Path, out: Path, options: Options) -> Outcome:
    """Check, measure and write one submission below `out`; see `reporting.batch.folder` for the layout.

    InputRejected where the data have errors or no LEI that can name a folder; PreviousRunError for a previous run of
    another institution, or one that was changed since; PlaceFault and UnwritableError where `out` cannot be used.
    """
    check_place(out)
    previous = load_previous(latest_run(options.previous)) if options.previous else None
    portfolio = load_portfolio(path, overrides=options.overrides, partial=options.partial, limits=options.limits)
    parent = place_of(out, portfolio)
    if previous is not None:
        previous.check_precedes(portfolio.entity.lei, portfolio.entity.currency, portfolio.entity.reference_date)
    rulebook = load_rulebook(portfolio.entity.jurisdiction, portfolio.entity.reference_date)
    asked = _asked(options, previous)
    run_id = _run_id(portfolio, rulebook, asked)
    if (there := find_run(parent, run_id)) is not None:
        return Outcome(there, run_id, False, portfolio.breaches)
    figures = assess(portfolio, rulebook)
    if previous is not None:
        previous.check_like(figures)
    report = build_report(
        options.report, portfolio, figures, rulebook, previous=previous, run_id=run_id,
        state="Final" if options.final else "Draft", templates=options.templates,
    )  # fmt: skip
    files = _files(report, options)
    manifest = _manifest(run_id, portfolio, rulebook, report, asked)
    folder, made = write_run(parent, Folder(files, manifest))
    return Outcome(folder, run_id, made, portfolio.breaches)


def _files(report: Report, options: Options) -> Mapping[str, bytes]:
    files = {"figures.json": figures_json(report), "problems.json": problems_json(report.breaches)}
    if "xlsx" in options.outputs:
        files["report.xlsx"] = xlsx_bytes(report)
    if "pdf" in options.outputs:
        attached = [Attached(name, files[name]) for name in ("report.xlsx", "figures.json") if name in files]
        files["report.pdf"] = pdf_bytes(report, attached, options.pdf_variant, options.templates)
    return files


def _asked(options: Options, previous: Previous | None) -> dict[str, Any]:
    """The options that determine the outputs, without paths of this machine."""
    return {
        "report": options.report,
        "previous": {"run_id": previous.run_id, "sha256": previous.sha256} if previous else None,
        "overrides": _file_digest(options.overrides) if options.overrides else None,
        "partial": options.partial,
        "state": "final" if options.final else "draft",
        "pdf_variant": options.pdf_variant,
        "templates": [_folder_digest(folder) for folder in options.templates],
        "outputs": sorted({*options.outputs, "json"}),
    }


def _file_digest(path: Path) -> str:
    return hashlib.sha256(read_bytes(path, LARGEST)).hexdigest()


def _folder_digest(folder: Path) -> str:
    content = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return content.hexdigest()


def _run_id(portfolio: Portfolio, rulebook: Rulebook, asked: dict[str, Any]) -> str:
    parts = [input_digest(portfolio), rulebook.digest, program_digest(), json.dumps(asked, sort_keys=True)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _manifest(
    run_id: str, portfolio: Portfolio, rulebook: Rulebook, report: Report, asked: dict[str, Any]
) -> dict[str, Any]:
    entity = portfolio.entity
    return {
        "run_id": run_id,
        "institution": {"lei": entity.lei, "name": entity.name, "reference_date": entity.reference_date.isoformat()},
        "toolkit": {"version": VERSION, "program": program_digest()},
        "versions": versions(),
        "rulebook": {"jurisdiction": rulebook.jurisdiction, "on": rulebook.on.isoformat(), "digest": rulebook.digest},
        "options": asked,
        "inputs": [{"path": f.path, "bytes": f.bytes, "sha256": f.sha256} for f in portfolio.files],
        "controls": [
            {
                "sheet": control.sheet,
                "read": control.read,
                "blank": control.blank,
                "accepted": control.accepted,
                "rejected": control.rejected,
                "sums": [list(entry) for entry in control.sums],
            }
            for control in report.controls
        ],
        "problems": {breach.rule.code: breach.count for breach in portfolio.breaches},
    }
