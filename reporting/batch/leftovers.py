"""Hidden folders and files of dead processes: named for their process, so that those of the living stay."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

_NODE = re.sub(r"[^A-Za-z0-9]", "", platform.node())[:32] or "here"
_WRITING = ".writing-"
_HIDDEN = re.compile(rf"{re.escape(_WRITING)}{_NODE}-([0-9]+)-[^/]*")


def hidden_prefix() -> str:
    """How the name of a hidden folder of this process begins: machine and process stand in it."""
    return f"{_WRITING}{_NODE}-{os.getpid()}-"


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs on this machine."""
    if sys.platform == "win32":  # a signal would end it there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def sweep(out: Path) -> int:
    """Take away what dead processes of this machine left below an output root; returns how much.

    Others may be at work beside it: what is gone when it is looked at is gone.
    """
    gone = 0
    for entry in _hidden_below(out, 2):
        match = _HIDDEN.fullmatch(entry.name)
        if match and not is_alive(int(match[1])):
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)
            gone += 1
    return gone


def _hidden_below(folder: Path, depth: int) -> Iterator[Path]:
    """What has a hidden name in a folder and in the folders of `depth` levels below it."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(_WRITING):
            yield entry
        elif depth and not entry.is_symlink():  # what a link leads to is not below the root
            yield from _hidden_below(entry, depth - 1)
