"""Running the reading process: start, limit by the clock, and turn what it sent, or how it died, into values."""

from __future__ import annotations

import gc
import json
import marshal
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from reporting.intake.child import BEGUN, ENDED, FILE, HEADING, MISSING, OUT_OF_MEMORY, REMARK, SHEET
from reporting.intake.counted import counted
from reporting.intake.limits import Limits, size_text
from reporting.intake.packing import Garbled, unpack
from reporting.intake.stored import Remark, StoredSheet

_START = (
    "import json, sys; job = json.loads(sys.argv[1]); sys.path[:] = job['path']; "
    "from reporting.intake.child import main; main(job)"
)
_ROOT = str(Path(__file__).resolve().parents[2])


class ReaderMissing(Exception):
    """The reading process cannot run here: a library is missing, or Python does not start."""


@dataclass
class Outcome:
    """What the reading process sent: nothing but remarks where it died."""

    sheets: list[StoredSheet] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


def read_in_child(source: IO[bytes], suffix: str, files: list[tuple[str, int]], limits: Limits) -> Outcome:
    """Have files parsed by a process of their own, which cannot take this one down.

    source  an open file that holds the files one after the other, at its start
    suffix  which decides the reader, in small letters
    files   name and size of each

    However the process ends, a value is returned; raises ReaderMissing where it could not begin.
    """
    job = {"path": _search_path(), "suffix": suffix, "files": files, "limits": asdict(limits)}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        status = _run(json.dumps(job), source, output, errors, limits)
        if not output.seek(0, os.SEEK_END) and status is not None and status > 0:
            errors.seek(0)
            raise ReaderMissing(f"the reading process did not start: {errors.read()[-500:].decode(errors='replace')}")
        output.seek(0)
        return _outcome(output, status, [name for name, _ in files], limits)


def _search_path() -> list[str]:
    """Where this process finds its modules; never the working folder."""
    return [entry for entry in dict.fromkeys([*sys.path, _ROOT]) if entry and Path(entry).is_absolute()]


def _run(job: str, source: IO[bytes], output: IO[bytes], errors: IO[bytes], limits: Limits) -> int | None:
    """Exit status of the process, negative for a signal; None where its time was up."""
    if not sys.executable:
        raise ReaderMissing("Python does not know its own program, so no reading process can be started")
    command = [sys.executable, "-I", "-S", "-c", _START, job]
    late = threading.Event()
    with subprocess.Popen(command, stdin=source, stdout=output, stderr=errors) as process:

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(limits.child_seconds, end)
        timer.start()
        try:
            status = process.wait()  # without a time of its own, which would look only every 50 ms
        finally:
            timer.cancel()
            process.kill()
    return None if late.is_set() else status


def _outcome(sent: IO[bytes], status: int | None, files: Sequence[str], limits: Limits) -> Outcome:
    """What was sent, one frame at a time, so that the bytes of a sheet are gone before the next one comes."""
    outcome = Outcome()
    ended, at_hand, file = False, 0, files[0]
    try:
        with collector_paused():
            for letter, content in _frames(sent):
                if letter == MISSING:
                    raise ReaderMissing(f"a library is missing: {bytes(content).decode()}")
                if letter == FILE:
                    file, at_hand = files[min(at_hand, len(files) - 1)], at_hand + 1
                if letter == SHEET:
                    outcome.sheets.append(unpack(content))
                elif letter == REMARK:
                    outcome.remarks.append(_remark(content))
                ended = letter == ENDED
    except Garbled as error:
        outcome.remarks.append(Remark("FIL-015", f"the reading process sent something else ({error})", file))
        return Outcome([], outcome.remarks)
    if not ended or status != 0:
        return Outcome([], [*outcome.remarks, _death(status, file, limits)])
    return outcome


def _frames(sent: IO[bytes]) -> Iterator[tuple[bytes, memoryview]]:
    left = os.fstat(sent.fileno()).st_size
    while left >= HEADING.size:
        letter, length = HEADING.unpack(sent.read(HEADING.size))
        left -= HEADING.size
        if letter not in (BEGUN, FILE, SHEET, REMARK, MISSING, ENDED):
            raise Garbled("unknown frame")
        if length > left:  # cut off by the death of the process
            return
        yield letter, memoryview(sent.read(length))
        left -= length


def _remark(content: memoryview) -> Remark:
    try:
        code, found, file, sheet, column, first, last, unlisted = marshal.loads(content)  # noqa: S302  values only, and each is checked below
    except (EOFError, ValueError, TypeError) as error:
        raise Garbled(str(error)) from None
    if {type(text) for text in (code, found, file, sheet, column)} != {str} or {
        type(first),
        type(last),
        type(unlisted),
    } != {int}:
        raise Garbled("a remark of another form")
    return Remark(code, found, file, sheet, column, first, last, unlisted)


def _death(status: int | None, file: str, limits: Limits) -> Remark:
    """How a process that did not come to its end ended."""
    if status is None or (status < 0 and -status == getattr(signal, "SIGXCPU", None)):
        return Remark("FIL-016", f"was not read within {counted(limits.child_seconds, 'second')}", file)
    memory = size_text(limits.child_memory)
    if status == OUT_OF_MEMORY:
        return Remark("FIL-015", f"takes more than {memory} of memory to read", file)
    how = signal.Signals(-status).name if status < 0 else f"status {status}"
    return Remark("FIL-015", f"made the reading process, limited to {memory} of memory, end with {how}", file)


@contextmanager
def collector_paused() -> Iterator[None]:
    """No garbage collection while a million values arrive: none is garbage, and each would be looked at many times."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
