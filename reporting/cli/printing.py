"""Problems and progress as text."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from reporting.problems import Breach, Severity

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def problem_lines(breaches: Iterable[Breach]) -> Iterator[str]:
    """Errors first; under each rule its problems, how they are mended, and how many are not listed."""
    for breach in sorted(
        breaches, key=lambda b: (_ORDER[b.rule.severity], not b.rule.code.startswith("FIL"), b.rule.code)
    ):
        times = "1 problem" if breach.count == 1 else f"{breach.count:,} problems"
        yield f"{breach.rule.severity.value} {breach.rule.code}, {times}. {breach.rule.mend}"
        for problem in breach.problems:
            accepted = f" (accepted by {problem.override.name}: {problem.override.reason})" if problem.override else ""
            yield f"  {problem}{accepted}"
        if breach.count > len(breach.problems):
            yield f"  ... and {breach.count - len(breach.problems):,} more"


def summary(breaches: Iterable[Breach]) -> str:
    """`2 errors, 1 warning, no notes`."""
    counts = dict.fromkeys(Severity, 0)
    for breach in breaches:
        counts[breach.rule.severity] += breach.count
    return ", ".join(f"{n:,} {s.value}{'' if n == 1 else 's'}" if n else f"no {s.value}s" for s, n in counts.items())


def print_lines(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Each line to standard output or another stream."""
    for line in lines:
        print(line, file=stream or sys.stdout)


@contextmanager
def progress(text: str, *, quiet: bool) -> Iterator[None]:
    """A spinner on standard error while work goes on; nothing without a terminal."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield
