"""What a worker process does: one task after the other, until nobody is there to give it another."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from reporting.batch.pipes import opened, read_frame, send

TOO_LARGE = 77  # exit status of a process that took too much memory
_LOOK_SECONDS = 0.1  # between two looks at the memory


def main() -> None:
    """Serve tasks from standard input until it ends; then end at once, in the middle of a task too."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not look like a result
    frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, frames.put), daemon=True).start()
    _, bounds = opened(frames.get())
    threading.Thread(target=_watch_memory, args=(bounds.memory,), daemon=True).start()
    from reporting.batch.task import work

    send(out, ("ready", os.getpid()))
    while True:
        _, task = opened(frames.get())
        send(out, ("done", work(task, lambda name: send(out, ("step", name)))))


def _listen(pipe: IO[bytes], put: Callable[[bytes], None]) -> None:
    """Pass frames on unopened: whatever is in them, this thread hears when the other side is gone."""
    try:
        while True:
            put(read_frame(pipe))
    except (EOFError, OSError):
        _end_all(0)


def _watch_memory(most: int) -> None:
    """End this process when it holds more bytes than it may.

    A limit of the system on address space would not do: what draws the charts reserves far more than it ever uses.
    """
    while True:
        if _held() > most:
            _end_all(TOO_LARGE)
        time.sleep(_LOOK_SECONDS)


def _held() -> int:
    """Bytes of memory of this process, or the most it ever had; 0 where the system tells neither."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        pass
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _end_all(status: int) -> None:
    """End this process, and first the one that reads a workbook for it, if there is one."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        for child in _children():
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
    os._exit(status)


def _children() -> list[int]:
    """Processes that this one has started and not awaited, as far as the system tells."""
    found: list[int] = []
    with suppress(OSError, ValueError):
        for task in Path("/proc/self/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found
