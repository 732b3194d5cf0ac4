"""`reporting verify`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reporting.cli.exits import Exit, UsageFault
from reporting.cli.options import existing, existing_folder, read_limits
from reporting.cli.printing import print_lines, progress
from reporting.intake.counted import counted
from reporting.origin import printable

if TYPE_CHECKING:
    from reporting.batch.verify import Verification


def verify_command(
    path: Path, inputs: Path | None, head: str, limits: Path | None, *, again: bool, as_json: bool, quiet: bool
) -> int:
    """Print what is not as it was written; 1 if there is anything."""
    from reporting.batch.verify import verify

    existing_folder(path, "run folder or output root")
    if inputs:
        existing(inputs, "folder of inputs")
    if head and (len(head) != 64 or set(head) - set("0123456789abcdef")):
        raise UsageFault(f"--head is {head[:80]!r}, must be the 64 digits that verify printed")
    allowed = read_limits(limits)
    with progress(f"Verifying {path.name}", quiet=quiet):
        found = verify(path, inputs, head)
        if again:
            from reporting.batch.replay import replay_all

            differ, unseen = replay_all(path, found, inputs, allowed)
            found = replace(found, findings=(*found.findings, *differ), unseen=(*found.unseen, *unseen))
    if as_json:
        print(json.dumps(_record(found), ensure_ascii=False))
    else:
        print_lines(map(printable, _lines(found, quiet=quiet)))
    return Exit.SOME_FAILED if found.findings else Exit.OK


def _record(found: Verification) -> dict[str, object]:
    return {
        "runs": [run.name for run in found.runs],
        "files": found.files,
        "inputs": found.inputs,
        "log": asdict(found.head) if found.head else None,
        "findings": [asdict(finding) for finding in found.findings],
        "not_looked_at": list(found.unseen),
    }


def _lines(found: Verification, *, quiet: bool) -> Iterator[str]:
    yield from map(str, found.findings)
    if quiet:
        return
    yield from (f"not looked at: {text}" for text in found.unseen)
    if found.head:
        yield f"log: {found.head.lines:,} lines, head {found.head.sha256}"
    things = ((len(found.runs), "run"), (found.files, "file"), (found.inputs, "input"))
    number = len(found.findings)
    told = counted(number, "finding") if number else "all as they were written"
    yield f"{', '.join(counted(*thing) for thing in things)}: {told}"
