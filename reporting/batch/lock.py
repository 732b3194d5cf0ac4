"""One batch at a time on an output root. The lock of a process that is gone holds nobody up."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from reporting.batch.leftovers import is_alive
from reporting.batch.place import PlaceFault, below
from reporting.batch.roots import STATE, LocalRoot, Root

_FILE = f"{STATE}/lock"
_PAUSE = 0.2  # seconds between two looks while waiting


class RootBusyError(OSError):
    """Another batch is at work on this output root."""


@contextmanager
def locked(root: Root, *, wait: bool) -> Iterator[None]:
    """Hold the lock of an output root. RootBusyError, with the number of the other process, unless asked to wait."""
    take = _flocked if isinstance(root, LocalRoot) and sys.platform != "win32" else _noted
    while True:
        held = take(root)
        if not isinstance(held, str):
            break
        if not wait:
            raise RootBusyError(f"another batch is at work on {root.name}: {held}; --wait waits for its end")
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        held.close()


def _who() -> dict[str, Any]:
    return {"process": os.getpid(), "machine": platform.node()}


def _told(data: bytes) -> str:
    try:
        who = json.loads(data)
        return f"process {int(who['process'])} on {str(who['machine'])[:60]!r}"
    except (ValueError, KeyError, TypeError, RecursionError):
        return "a process that has not written its number"


def _flocked(root: Root) -> IO[bytes] | str:
    """The open lock file, or who holds it. The system gives the lock free when its process ends, however it ends."""
    import fcntl

    path = below(Path(root.name), _FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        raise PlaceFault(f"{path}, the lock of the output folder, is not a regular file")
    file = path.open("a+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with file:
            file.seek(0)
            return _told(file.read(1_000))
    except OSError:
        file.close()
        raise
    file.truncate(0)
    file.write(json.dumps(_who()).encode())
    file.flush()
    return file


class _Note:
    """A lock that is a file with the number of its process, for a root where files cannot be locked."""

    def __init__(self, root: Root) -> None:
        self._root = root

    def close(self) -> None:
        """Give the lock back: the file goes."""
        self._root.drop(_FILE)


def _noted(root: Root) -> _Note | str:
    mine = json.dumps(_who()).encode()
    if root.put_new(_FILE, mine):
        return _Note(root)
    there = root.read(_FILE)
    if there is None or _is_stale(there):
        root.drop(_FILE)
        if root.put_new(_FILE, mine):
            return _Note(root)
    return f"{_told(there or b'')}; if that process is gone, delete {_FILE} there"


def _is_stale(data: bytes) -> bool:
    """Whether it is of a dead process of this machine; of another machine nobody here can tell."""
    try:
        who = json.loads(data)
        return who["machine"] == platform.node() and not is_alive(int(who["process"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
