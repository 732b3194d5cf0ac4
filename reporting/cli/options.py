"""Arguments that name files, checked before any work begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reporting.cli.exits import UsageFault
from reporting.spelling import nearest

if TYPE_CHECKING:
    from reporting.intake.limits import Limits


def existing(path: Path, what: str) -> Path:
    """The path; UsageFault with the nearest name in the same folder where nothing is there."""
    if path.exists():
        return path
    names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = nearest(path.name, names)
    hint = f", did you mean {path.parent / near}?" if near else ""
    raise UsageFault(f"{what} {path} does not exist{hint}")


def read_limits(path: Path | None) -> Limits:
    """The limits in a file; the release's own without one."""
    from reporting.intake.limits import Limits
    from reporting.intake.limits_file import load_limits

    return load_limits(existing(path, "limits file")) if path else Limits()
