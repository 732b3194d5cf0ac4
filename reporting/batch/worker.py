"""A worker process: a fresh interpreter that does one task after the other, and dies with whoever started it.

Frames of a length and a pickle go both ways, through pipes that nobody else holds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from reporting.batch.pipes import receive, send
from reporting.batch.worker_main import TOO_LARGE

if TYPE_CHECKING:
    from reporting.batch.task import Result, Task

_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from reporting.batch.worker_main import main; main()"
_PACKAGE = str(Path(__file__).resolve().parents[2])
_START_SECONDS = 300  # for an interpreter to begin, on a machine that has much to do

# The number of threads changes the last bits of a matrix product, so every executor computes with one.
_THREADS = ("OPENBLAS", "OMP", "MKL", "NUMEXPR")
ONE_THREAD = {**{f"{name}_NUM_THREADS": "1" for name in _THREADS}, "VECLIB_MAXIMUM_THREADS": "1"}


@dataclass(frozen=True)
class Bounds:
    """What a worker process may use: seconds of the clock for a task, bytes of memory, tasks in its life."""

    seconds: int
    memory: int
    recycle: int


class Slot:
    """Does tasks one after the other, in a process that is replaced after some of them, or when it dies or hangs."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._process: _Process | None = None
        self._closed = False

    def run(self, task: Task) -> Result:
        """The result of a task; a process that died or took too long is a result too, after a second try."""
        from reporting.batch.task import tried

        return tried(self._once, task)

    def close(self) -> None:
        """End the process, whatever it is doing. A task that is being run gets the result of a death."""
        self._closed = True
        if self._process is not None:
            self._process.kill()

    def _once(self, task: Task) -> Result:
        from reporting.batch.task import failed

        try:
            process = self._process = self._process or _Process(self._bounds)
            return process.run(task)
        except OSError as error:
            return failed(task, "environment", "", f"no worker process starts: {error}")
        finally:
            if self._process and (self._process.dead or self._process.done >= self._bounds.recycle):
                self._process.kill()
                self._process = None


class _Process:
    """One process; see `Slot`."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.done = 0
        self.dead = False
        self._late = False
        self._busy = False
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process lives
        command = [sys.executable, "-c", _START, json.dumps(_search_path())]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command,
            stdin=pipe,
            stdout=pipe,
            stderr=self._errors,
            env={**os.environ, **ONE_THREAD},
            start_new_session=sys.platform != "win32",
        )
        self._in: IO[bytes] = self._process.stdin  # type: ignore[assignment]  # a pipe was asked for
        self._out: IO[bytes] = self._process.stdout  # type: ignore[assignment]
        self._ready = False

    def run(self, task: Task) -> Result:
        """The result of a task, whatever becomes of the process. OSError where it does not begin."""
        self._busy = True
        try:
            if not self._ready:
                self._begin()
            return self._run(task)
        finally:
            self._busy = False
            if self.dead:
                self.kill()

    def _run(self, task: Task) -> Result:
        step = "check"
        timer = threading.Timer(self._bounds.seconds, self._too_late)
        timer.start()
        try:
            send(self._in, ("task", task))
            while True:
                what, content = receive(self._out)
                if what == "done":
                    self.done += 1
                    return content  # type: ignore[no-any-return]
                step = content
        except (EOFError, OSError):
            return self._death(task, step)
        finally:
            timer.cancel()

    def _begin(self) -> None:
        timer = threading.Timer(_START_SECONDS, self._end)
        timer.start()
        try:
            send(self._in, ("bounds", self._bounds))
            receive(self._out)
            self._ready = True
        except (EOFError, OSError):
            self.dead = True
            raise OSError(self._last_words() or "it ended at once") from None
        finally:
            timer.cancel()

    def _too_late(self) -> None:
        self._late = True
        self._end()

    def _death(self, task: Task, step: str) -> Result:
        from reporting.batch.task import failed

        self._end()
        if self._late:
            return failed(
                task, "hung", step, f"was not done within {self._bounds.seconds} seconds; its process was ended"
            )
        status = self._process.wait()
        if status == TOO_LARGE:
            most = f"{self._bounds.memory / 2**20:,.0f} MiB"
            return failed(task, "died", step, f"took more than {most} of memory; its process was ended")
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        words = self._last_words()
        return failed(task, "died", step, f"its process ended with {how}{f': {words}' if words else ''}")

    def _last_words(self) -> str:
        from reporting.origin import printable

        try:
            size = self._errors.seek(0, os.SEEK_END)
            self._errors.seek(max(0, size - 300))
            return printable(self._errors.read().decode(errors="replace").strip())
        except (OSError, ValueError):
            return ""

    def kill(self) -> None:
        """End it and what it started. Whoever waits for its answer closes the pipes, else this does."""
        self._end()
        if not self._busy:
            for stream in (self._in, self._out, self._errors):
                with suppress(OSError):
                    stream.close()

    def _end(self) -> None:
        self.dead = True
        with suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _search_path() -> list[str]:
    """Where this process finds its modules; never the working folder."""
    return [entry for entry in dict.fromkeys([*sys.path, _PACKAGE]) if entry and Path(entry).is_absolute()]
