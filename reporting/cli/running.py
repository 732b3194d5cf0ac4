"""`reporting run`."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from reporting.cli.exits import Exit, UsageFault
from reporting.cli.options import existing, existing_file, existing_folder, read_limits
from reporting.cli.printing import print_lines, problem_lines, progress, summary
from reporting.problems import InputRejected
from reporting.spelling import did_you_mean

if TYPE_CHECKING:
    from reporting.batch import Options, Outcome, SystemOptions

PDF_VARIANTS = {"a-3a": "pdf/a-3a", "pdf/a-3a": "pdf/a-3a", "ua-1": "pdf/ua-1", "pdf/ua-1": "pdf/ua-1"}


@dataclass(frozen=True)
class Asked:
    """The arguments of `run`, as given."""

    path: Path
    report: str
    out: Path
    previous: Path | None
    overrides: Path | None
    limits: Path | None
    partial: bool
    final: bool
    pdf_variant: str
    classification: str
    templates: tuple[Path, ...]
    institution: str
    anonymise: bool
    rule: str
    day: str
    dry_run: bool
    as_json: bool
    quiet: bool


def run_command(asked: Asked) -> int:
    """Write one run folder and print the paths of its files; 2 if the data are rejected."""
    options = _options(asked)
    if asked.dry_run:
        return _dry_run(asked, options)
    from reporting.batch import log_run, run_unit

    started = time.monotonic()
    try:
        with progress(f"{asked.path.name}: reading, checking, measuring, writing", quiet=asked.quiet):
            outcome = run_unit(asked.path, asked.out, options)
    except InputRejected as rejected:
        return _rejected(rejected, asked)
    log_run(asked.out, outcome, time.monotonic() - started, asked.path, options)
    _print(outcome, asked)
    return Exit.OK


def _options(asked: Asked) -> Options:
    from reporting.batch import Options
    from reporting.reports import report_names

    existing(asked.path, "submission")
    if asked.overrides:
        existing_file(asked.overrides, "overrides file")
    if asked.previous:
        existing_folder(asked.previous, "previous run")
    for folder in asked.templates:
        existing_folder(folder, "templates folder")
    if asked.report not in report_names(asked.templates):
        known = report_names(asked.templates)
        raise UsageFault(f"no report {asked.report!r}{did_you_mean(asked.report, known) or f'; there are {known}'}")
    if asked.pdf_variant not in PDF_VARIANTS:
        raise UsageFault(f"--pdf-variant is {asked.pdf_variant!r}, must be pdf/a-3a or pdf/ua-1")
    _check_classification(asked.classification)
    return Options(
        report=asked.report,
        previous=asked.previous,
        overrides=asked.overrides,
        partial=asked.partial,
        final=asked.final,
        pdf_variant=PDF_VARIANTS[asked.pdf_variant],
        classification=asked.classification,
        templates=asked.templates,
        system=_system_options(asked),
        limits=read_limits(asked.limits),
    )


def _check_classification(text: str) -> None:
    from reporting.reports.model import CLASSIFICATION

    if len(text) > CLASSIFICATION or text != text.strip() or not text.isprintable():
        wanted = f"at most {CLASSIFICATION} letters that can be printed, without blanks around them"
        raise UsageFault(f"--classification is {text[:80]!r}, must have {wanted}")


def _system_options(asked: Asked) -> SystemOptions:
    """UsageFault where something is asked that only a report about a system knows."""
    from reporting.batch import SystemOptions
    from reporting.reports import about_of

    day = None
    if asked.day:
        try:
            day = date.fromisoformat(asked.day)
        except ValueError:
            raise UsageFault(f"--date is {asked.day!r}, must be a day such as 2026-09-30") from None
    found = SystemOptions(asked.institution, asked.anonymise, asked.rule, day)
    if about_of(asked.report, asked.templates) != "system":
        if found != SystemOptions():
            raise UsageFault(
                f"--institution, --anonymise, --rule and --date need a report about a system, "
                f"{asked.report} is about one institution"
            )
    elif asked.overrides:
        raise UsageFault(f"--overrides accept problems of one submission, {asked.report} is about a system of many")
    return found


def _dry_run(asked: Asked, options: Options) -> int:
    from reporting.batch import check_place, place_of, read_subject

    check_place(asked.out)
    try:
        folder = place_of(asked.out, read_subject(asked.path, options))
    except InputRejected as rejected:
        return _rejected(rejected, asked)
    names = "report.pdf, report.xlsx, figures.json, figures.parquet, problems.json, manifest.json and seal.json"
    print(f"would write {names} below {folder}")
    return Exit.OK


def _rejected(rejected: InputRejected, asked: Asked) -> int:
    if asked.as_json:
        from reporting.render import problems_json

        sys.stdout.write(problems_json(rejected.breaches).decode())
    else:
        print_lines(problem_lines(rejected.breaches), sys.stderr)
    print(f"reporting: the data are rejected: {summary(rejected.breaches)}; nothing was written", file=sys.stderr)
    return Exit.REJECTED


def _print(outcome: Outcome, asked: Asked) -> None:
    files = sorted(path for path in outcome.folder.iterdir() if path.is_file())
    if asked.as_json:
        content = {"run_id": outcome.run_id, "folder": str(outcome.folder), "files": [str(path) for path in files]}
        print(json.dumps({**content, "made": outcome.made}))
        return
    print_lines(str(path) for path in files)
    if not asked.quiet:
        done = "written" if outcome.made else "unchanged since the last run, nothing was written"
        print(f"{done}; {summary(outcome.breaches)}", file=sys.stderr)
