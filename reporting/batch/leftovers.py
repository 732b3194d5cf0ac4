"""Hidden folders that a dead process left behind: named for their process, so that those of the living stay."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from pathlib import Path

_NODE = re.sub(r"[^A-Za-z0-9]", "", platform.node())[:32] or "here"
_HIDDEN = re.compile(rf"\.writing-{_NODE}-([0-9]+)-[^/]*")


def hidden_prefix() -> str:
    """How the name of a hidden folder of this process begins: machine and process stand in it."""
    return f".writing-{_NODE}-{os.getpid()}-"


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
    """Take away what dead processes of this machine left below an output root; returns how many folders."""
    gone = 0
    for pattern in (".writing-*", "*/.writing-*", "*/*/.writing-*"):
        for folder in out.glob(pattern):
            match = _HIDDEN.fullmatch(folder.name)
            if match and not is_alive(int(match[1])):
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
    return gone
