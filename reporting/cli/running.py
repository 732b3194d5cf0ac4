"""`reporting run`."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reporting.cli.exits import Exit, UsageFault
from reporting.cli.options import existing, existing_file, existing_folder, read_limits
from reporting.cli.printing import print_lines, problem_lines, progress, summary
from reporting.problems import InputRejected
from reporting.spelling import did_you_mean

if TYPE_CHECKING:
    from reporting.batch import Options, Outcome

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
    templates: tuple[Path, ...]
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
    log_run(asked.out, outcome, time.monotonic() - started)
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
    return Options(
        report=asked.report,
        previous=asked.previous,
        overrides=asked.overrides,
        partial=asked.partial,
        final=asked.final,
        pdf_variant=PDF_VARIANTS[asked.pdf_variant],
        templates=asked.templates,
        limits=read_limits(asked.limits),
    )


def _dry_run(asked: Asked, options: Options) -> int:
    from reporting.batch import check_place, place_of
    from reporting.portfolio import load_portfolio

    check_place(asked.out)
    try:
        portfolio = load_portfolio(
            asked.path, overrides=options.overrides, partial=options.partial, limits=options.limits
        )
        folder = place_of(asked.out, portfolio)
    except InputRejected as rejected:
        return _rejected(rejected, asked)
    print(f"would write report.pdf, report.xlsx, figures.json, problems.json and manifest.json below {folder}")
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
