"""One unit of work: one submission, one report, one run folder that appears whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from reporting.batch.chain import Head, read_head
from reporting.batch.folder import MANIFEST, Folder, latest_run
from reporting.batch.headline import figure_counts, key_figure_record
from reporting.batch.logged import Logged
from reporting.batch.options import Options, asked_of, run_id_of
from reporting.batch.program import program_digest, versions
from reporting.batch.roots import LocalRoot, Root, root_at
from reporting.batch.sheets import sheet_digest
from reporting.figures import Figure
from reporting.intake.limits import Limits
from reporting.intake.reading import input_files
from reporting.intake.tables import InputFile
from reporting.measures import assess
from reporting.portfolio import Portfolio, load_portfolio
from reporting.portfolio.subject import Subject
from reporting.portfolio.system_view import SystemView
from reporting.problems import Breach
from reporting.render.json import figures_json, problems_json
from reporting.render.parquet import figures_parquet
from reporting.render.pdf import Attached, pdf_bytes
from reporting.render.xlsx import xlsx_bytes
from reporting.reports import Previous, Report, about_of, build_report, load_previous
from reporting.reports.build import input_digest
from reporting.rulebook import Rulebook, load_rulebook
from reporting.version import VERSION


@dataclass(frozen=True)
class Outcome:
    """What a run made. `made` is False where a finished run with the same id was there already."""

    folder: Path
    run_id: str
    made: bool
    breaches: tuple[Breach, ...]


@dataclass(frozen=True)
class Landed:
    """As `Outcome`, with the place below an output root that need not be a folder of this machine."""

    place: str
    run_id: str
    made: bool
    breaches: tuple[Breach, ...]


class InputChangedError(OSError):
    """The files of a submission are not any more what was read at the start of the run."""


class Watch:
    """Looks on while a unit runs: a batch hears of each step and may stop what has been read."""

    def step(self, name: str) -> None:
        """A step begins: check, measure, report or write."""

    def read(self, portfolio: Subject) -> None:
        """The submission is read and has no errors; what this raises ends the run before anything is measured."""


def run_unit(path: Path, out: Path, options: Options) -> Outcome:
    """Check, measure and write one submission below `out`; see `reporting.batch.folder` for the layout.

    InputRejected where the data have errors or no LEI that can name a folder; PreviousRunError for a previous run of
    another institution, or one that was changed since; PlaceFault and UnwritableError where `out` cannot be used;
    InputChangedError where the submission changed while it was worked on; AlteredRunError where the same run is there
    already, but is not what the log says was written.
    """
    root = LocalRoot(out)
    root.check()
    landed = run_at(path, root, options, read_head(out))
    if not landed.made:
        Logged.read(out, root).check(root, landed.place)
    return Outcome(out / landed.place, landed.run_id, landed.made, landed.breaches)


def run_at(path: Path, root: Root, options: Options, head: Head | None, watch: Watch | None = None) -> Landed:
    """As `run_unit`, below any output root, which the caller has checked. `head` is that of the log for the seal."""
    watch = watch or Watch()
    watch.step("check")
    previous = load_previous(latest_run(options.previous)) if options.previous else None
    portfolio = read_subject(path, options)
    parent = root.parent_of(portfolio)
    watch.read(portfolio)
    watch.step("measure")
    entity = portfolio.entity
    if options.earlier:
        previous = filed_before(root_at(options.earlier), entity.lei, entity.reference_date)
    if previous is not None:
        previous.check_precedes(entity.lei, entity.currency, entity.reference_date)
    rulebook = load_rulebook(entity.jurisdiction, entity.reference_date)
    asked = asked_of(options, previous_record(previous))
    run_id = run_id_of(input_digest(portfolio), rulebook.digest, asked)
    if (there := root.find(parent, run_id)) is not None:
        return Landed(there, run_id, False, portfolio.breaches)
    figures = _assessed(portfolio, rulebook)
    if previous is not None:
        previous.check_like(figures)
    watch.step("report")
    report = build_report(
        options.report, portfolio, figures, rulebook, previous=previous, run_id=run_id,
        state="Final" if options.final else "Draft", classification=options.classification, templates=options.templates,
        part="institution" if options.system.institution else "report",
    )  # fmt: skip
    files = _files(report, options)
    manifest = _manifest(run_id, portfolio, rulebook, report, asked)
    watch.step("write")
    if changed := changed_files(path, portfolio, options.limits):
        raise InputChangedError(f"{', '.join(changed)} changed while the run was at work; nothing was written")
    place, made = root.write(parent, Folder(files, manifest, head or Head()))
    return Landed(place, run_id, made, portfolio.breaches)


def filed_before(root: Root, lei: str, day: date) -> Previous | None:
    """The latest run of an institution dated before a day below a root; None where there is none."""
    place = root.before(lei, day)
    if place is None:
        return None
    with root.folder(place, ("figures.json", MANIFEST)) as folder:
        return load_previous(folder)


def read_subject(path: Path, options: Options) -> Subject:
    """What the report is about. InputRejected where the data have errors; SystemViewFault for one that is not there."""
    if about_of(options.report, options.templates) == "system":
        from reporting.batch.systems import read_system

        return read_system(path, options.system, partial=options.partial, limits=options.limits)
    return load_portfolio(path, overrides=options.overrides, partial=options.partial, limits=options.limits)


def _assessed(subject: Subject, rulebook: Rulebook) -> Mapping[str, Figure]:
    if isinstance(subject, Portfolio):
        return assess(subject, rulebook)
    from reporting.batch.systems import assessed

    return assessed(subject, rulebook)


def files_of(path: Path, limits: Limits, *, system: bool) -> tuple[InputFile, ...]:
    """The files from which alone follows what `read_subject` gives, hashed now.

    Empty where they are no submission or beyond a limit; of a system, where one of its submissions is.
    """
    if system:
        from reporting.batch.systems import system_files

        return system_files(path, limits, all_or_none=True)
    return input_files(path, limits)


def changed_files(path: Path, subject: Subject, limits: Limits) -> list[str]:
    """Files, as the subject names them, that are not any more what was read, and those that came.

    The names of a masked system are not those of its files, so that only their content is compared.
    """
    masked = isinstance(subject, SystemView) and subject.masked
    if isinstance(subject, SystemView):
        from reporting.batch.systems import system_files

        now = system_files(path, limits)
    else:
        now = input_files(path, limits)
    read, there = ({("" if masked else file.path, file.sha256) for file in files} for files in (subject.files, now))
    return sorted(name or "the system" for name in {name for name, _ in read ^ there})


def _files(report: Report, options: Options) -> Mapping[str, bytes]:
    files = {
        "figures.json": figures_json(report),
        "figures.parquet": figures_parquet(report),
        "problems.json": problems_json(report.breaches),
    }
    if "xlsx" in options.outputs:
        files["report.xlsx"] = xlsx_bytes(report)
    if "pdf" in options.outputs:
        attached = [Attached(name, files[name]) for name in ("report.xlsx", "figures.json") if name in files]
        files["report.pdf"] = pdf_bytes(report, attached, options.pdf_variant, options.templates)
    return files


def previous_record(previous: Previous | None) -> dict[str, str] | None:
    """What the options of a manifest say of the previous run."""
    return {"run_id": previous.run_id, "sha256": previous.sha256} if previous else None


def _manifest(
    run_id: str, portfolio: Subject, rulebook: Rulebook, report: Report, asked: dict[str, Any]
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
                "sha256": sheet_digest(portfolio.tables[control.sheet]),
            }
            for control in report.controls
        ],
        "problems": {breach.rule.code: breach.count for breach in portfolio.breaches},
        "key_figures": [key_figure_record(key, report.identification.money_unit) for key in report.key_figures],
        "figures": figure_counts(report.figures.values()),
    }
