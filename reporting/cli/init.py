"""`reporting init`: files to begin with."""

from __future__ import annotations

from pathlib import Path

from reporting.cli.exits import Exit, UsageFault
from reporting.spelling import did_you_mean

KINDS = {"batch": "batch.toml"}


def init_command(kind: str, path: Path | None) -> int:
    """Write a commented example; a file that is there is never written over."""
    if kind not in KINDS:
        raise UsageFault(f"nothing to begin with is named {kind!r}{did_you_mean(kind, KINDS) or '; there is batch'}")
    from reporting.batch.settings import example_text

    target = path or Path(KINDS[kind])
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(example_text())
    except FileExistsError:
        raise UsageFault(f"{target} is there already and is not written over") from None
    print(target)
    return Exit.OK
