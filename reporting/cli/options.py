"""Arguments that name files, checked before any work begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reporting.cli.exits import UsageFault
from reporting.spelling import nearest

if TYPE_CHECKING:
    from reporting.intake.limits import Limits

_LONGEST = 80  # characters of a path in a message


def path(text: str) -> Path:
    """The path of an argument. UsageFault for an empty one, which would stand for the working folder."""
    if not text:
        raise UsageFault("a path is empty; the working folder is written as a point")
    return Path(text)


def existing(path: Path, what: str) -> Path:
    """The path; UsageFault with the nearest name in the same folder where nothing is there."""
    try:
        if path.exists():
            return path
        names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError as error:
        raise UsageFault(f"{what} {_short(path)} cannot be looked up: {error.strerror}") from None
    near = nearest(path.name, names)
    hint = f", did you mean {path.parent / near}?" if near else ""
    raise UsageFault(f"{what} {path} does not exist{hint}")


def existing_file(path: Path, what: str) -> Path:
    """The path; UsageFault where no regular file is there."""
    if not existing(path, what).is_file():
        raise UsageFault(f"{what} {path} is {'a folder' if path.is_dir() else 'not a regular file'}, must be a file")
    return path


def existing_folder(path: Path, what: str) -> Path:
    """The path; UsageFault where no folder is there."""
    if not existing(path, what).is_dir():
        raise UsageFault(f"{what} {path} is a file, must be a folder")
    return path


def _short(path: Path) -> str:
    text = str(path)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def read_limits(path: Path | None) -> Limits:
    """The limits in a file; the release's own without one."""
    from reporting.intake.limits import Limits
    from reporting.intake.limits_file import load_limits

    return load_limits(existing_file(path, "limits file")) if path else Limits()
