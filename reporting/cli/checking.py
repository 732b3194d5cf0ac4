"""`reporting check`."""

from __future__ import annotations

import sys
from pathlib import Path

from reporting.cli.exits import Exit
from reporting.cli.options import existing, existing_file, read_limits
from reporting.cli.printing import print_lines, problem_lines, progress, summary
from reporting.problems import Breach, InputRejected, Severity


def check_command(
    path: Path, overrides: Path | None, limits: Path | None, *, strict: bool, as_json: bool, quiet: bool
) -> int:
    """Print every problem of a submission; 2 if it is rejected."""
    from reporting.portfolio import errors, load_portfolio

    existing(path, "submission")
    if overrides:
        existing_file(overrides, "overrides file")
    allowed = read_limits(limits)
    try:
        with progress(f"Checking {path.name}", quiet=quiet):
            breaches = load_portfolio(path, overrides=overrides, partial=True, limits=allowed).breaches
    except InputRejected as rejected:
        breaches = rejected.breaches
    _print(breaches, as_json=as_json, quiet=quiet)
    warned = strict and any(breach.rule.severity is Severity.WARNING for breach in breaches)
    return Exit.REJECTED if errors(breaches) or warned else Exit.OK


def _print(breaches: tuple[Breach, ...], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        from reporting.render import problems_json

        sys.stdout.write(problems_json(breaches).decode())
        return
    print_lines(problem_lines(breaches))
    if not quiet:
        print(summary(breaches), file=sys.stderr)
