"""`reporting batch`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reporting.cli.exits import Exit
from reporting.cli.options import existing_file
from reporting.cli.printing import print_lines
from reporting.intake.counted import counted
from reporting.origin import printable

if TYPE_CHECKING:
    from reporting.batch.events import Batch, Event
    from reporting.batch.settings import Settings

_SHOWN = ("rejected", "failed", "warning", "left_out")  # beside the bar, on a terminal


@dataclass(frozen=True)
class Asked:
    """The arguments of `batch`, as given."""

    path: Path
    workers: int | None
    dask: str
    wait: bool
    dry_run: bool
    as_json: bool
    quiet: bool


def batch_command(asked: Asked) -> int:
    """Run a batch and print where its report lies."""
    existing_file(asked.path, "batch file")
    from reporting.batch.run import plan_batch, run_batch
    from reporting.batch.settings import load_settings, with_workers

    settings = with_workers(load_settings(asked.path), asked.workers, asked.dask)
    with _telling(asked) as tell:
        batch = plan_batch(settings, tell=tell) if asked.dry_run else run_batch(settings, wait=asked.wait, tell=tell)
    code = exit_of(batch, planned=asked.dry_run)
    _print(batch, settings, asked, code)
    _print_fault(batch)
    return code


def exit_of(batch: Batch, *, planned: bool = False) -> Exit:
    """The exit code: the worst of a fault of the program, one of the environment, and what became of the data."""
    kinds = {result.kind for result in batch.results}
    states = {result.status for result in batch.results}
    if "internal" in kinds:
        return Exit.INTERNAL
    if "environment" in kinds or batch.faults or not (batch.place or planned):
        return Exit.ENVIRONMENT
    if states == {"rejected"}:
        return Exit.REJECTED
    return Exit.SOME_FAILED if states & {"rejected", "failed"} else Exit.OK


def _print(batch: Batch, settings: Settings, asked: Asked, code: Exit) -> None:
    counts = {
        status: sum(r.status == status for r in batch.results) for status in ("done", "checked", "rejected", "failed")
    }
    files = [f"{settings.out}/{batch.place}/{name}" for name in ("index.html", "batch.xlsx", "batch.json")]
    if asked.as_json:
        print(
            json.dumps({"exit": int(code), "files": files if batch.place else [], **_record(batch, counts)}, indent=1)
        )
        return
    if asked.dry_run:
        print_lines(_planned(batch))
    elif batch.place:
        print_lines(files)
    if not asked.quiet:
        told = [f"{count} {status}" for status, count in counts.items() if count]
        passed = [f"{len(batch.unchanged)} of them unchanged since an earlier batch"] if batch.unchanged else []
        print(f"{counted(len(batch.results), 'submission')}: {', '.join(told + passed)}", file=sys.stderr)


def _print_fault(batch: Batch) -> None:
    """The first fault of the program itself, whole."""
    for result in batch.results:
        if result.kind == "internal":
            print(f"{result.unit}:\n{result.message}", file=sys.stderr)
            told = "this is a fault of the program, not of your data; please report it with the text above"
            print(f"reporting: {told}", file=sys.stderr)
            return


def _record(batch: Batch, counts: dict[str, int]) -> dict[str, object]:
    units = [
        {
            "unit": result.unit,
            "status": result.status,
            "failure": result.kind,
            "step": result.step,
            "message": result.message,
            "place": result.place,
            "run_id": result.run_id,
            "made": result.made,
            "tries": result.tries,
        }
        for result in batch.results
    ]
    return {"counts": counts, "unchanged": len(batch.unchanged), "faults": list(batch.faults), "units": units}


def _planned(batch: Batch) -> Iterator[str]:
    for result in batch.results:
        if result.unit in batch.unchanged:
            before = (
                f"unchanged, {result.place}" if result.place else f"rejected as before: {_one_line(result.message)}"
            )
            yield f"{result.unit}: {before}"
        elif result.status == "checked":
            yield f"{result.unit}: would be written below {result.place}"
        else:
            yield f"{result.unit}: {result.status}: {_one_line(result.message)}"


# --- Progress --------------------------------------------------------------------------------------------------------


@contextmanager
def _telling(asked: Asked) -> Iterator[Callable[[Event], None]]:
    """On a terminal a bar with rate and time left, otherwise one line for each event; on standard error."""
    if asked.quiet:
        yield _only_faults
    elif sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield _line


def _line(event: Event) -> None:
    clock = time.strftime("%H:%M:%S")
    print(f"{clock} {event.finished}/{event.total} {_text(event)}", file=sys.stderr, flush=True)


def _only_faults(event: Event) -> None:
    if event.what in ("rejected", "failed", "warning"):
        print(_text(event), file=sys.stderr)


def _text(event: Event) -> str:
    took = f" ({event.seconds:.1f} s)" if event.seconds else ""
    return " ".join(part for part in (event.what, event.unit, _one_line(event.text)) if part) + took


def _one_line(text: str) -> str:
    """The message; of a traceback, its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return printable(lines[-1]) if lines else ""


@contextmanager
def _bar() -> Iterator[Callable[[Event], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class _Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed * 60:.0f}/min" if task.speed else "-/min")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("submissions", total=None)

        def tell(event: Event) -> None:
            progress.update(task, completed=event.finished, total=event.total)
            if event.what in _SHOWN:
                progress.console.print(_text(event), markup=False, highlight=False)

        yield tell
