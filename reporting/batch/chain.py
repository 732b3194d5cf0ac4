"""The log below an output root, whose every line holds the SHA-256 of the line before: nothing in it can change unseen.

A line is a JSON object in ASCII, so that no text from data can look like a line. Beside the log, `runs.head.json` holds
its number of lines and the hash of the last: without it nobody would see that the last line is gone. Both together can
still be made anew by someone who may write there; that is seen by the run folders, each sealed with the head of the log
at its start, and by whoever has noted down a head elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from reporting.batch.place import HEAD, LOG, PlaceFault, below
from reporting.documents import DocumentFault, read_bytes

_CHUNK = 65_536  # bytes read at a time
_LARGEST = 10_000  # bytes that are read of the head file
_FAR = 2**40  # a place in the log that it never grows to


@dataclass(frozen=True)
class Head:
    """How many lines the log has, and the SHA-256 of the last one with its line break; all zeros before the first."""

    lines: int = 0
    sha256: str = "0" * 64

    def as_json(self) -> bytes:
        """The content of the head file."""
        return (json.dumps({"lines": self.lines, "sha256": self.sha256}) + "\n").encode()


def read_head(out: Path) -> Head:
    """The head of the log below `out`; the one of an empty log where there is none. OSError where it cannot be read."""
    try:
        file = below(out, LOG).open("rb", buffering=0)
    except FileNotFoundError:
        return Head()
    with file, locked_log(file, exclusive=False):
        return _head(file, _end_of_last(file, _size(file)))


def append(out: Path, entry: Mapping[str, object]) -> Head:
    """Append a line that says `entry` and is flushed to disk, and return the new head. OSError where that fails.

    Writers wait for each other. What a dead process left of a line that it never finished is taken away. Where the log
    is not the one that the head file describes, the new line says so, for ever.
    """
    with below(out, LOG).open("ab+", buffering=0) as file, locked_log(file, exclusive=True):
        return _appended(out, file, entry)


def _appended(out: Path, file: FileIO, entry: Mapping[str, object]) -> Head:
    noted = noted_head(out)
    end = _mended(file, noted)
    head = _head(file, end)
    broken = _broken(file, end, head, noted)
    if not broken and noted != head.as_json():
        _write_head(out, head)  # its writer was stopped between line and head: so the head is never two lines behind
    line = (json.dumps({"line": head.lines + 1, "previous": head.sha256, **entry, **broken}) + "\n").encode()
    new = Head(head.lines + 1, hashlib.sha256(line).hexdigest())
    try:
        _write_all(file, line)
        os.fsync(file.fileno())
        _write_head(out, new)
    except OSError:
        file.truncate(end)  # nobody was told of this line
        raise
    return new


def _broken(file: FileIO, end: int, head: Head, noted: bytes | None) -> dict[str, object]:
    """What the new line says where the head file describes neither the log nor the log without its last line."""
    if noted is None and head.lines <= 1:  # no head was written yet
        return {}
    before = _head(file, _end_of_last(file, max(end - 1, 0)))
    if noted in (head.as_json(), before.as_json()):
        return {}
    return {"found": {"lines": head.lines, "head_file": None if noted is None else noted[:200].decode("latin-1")}}


# --- The file --------------------------------------------------------------------------------------------------------


def _mended(file: FileIO, noted: bytes | None) -> int:
    """Where the next line begins. A part of a line at the end is cut off if the head file says that none belongs there.

    Otherwise it is kept as a line of its own, which is none.
    """
    size = _size(file)
    end = _end_of_last(file, size)
    if end == size:
        return end
    if noted == _head(file, end).as_json() or (noted is None and not end):
        file.truncate(end)
        return end
    _write_all(file, b"\n")
    return size + 1


def _size(file: FileIO) -> int:
    return os.fstat(file.fileno()).st_size


def _read(file: FileIO, start: int, end: int) -> bytes:
    file.seek(start)
    parts = []
    while start < end and (part := file.read(end - start)):
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def _end_of_last(file: FileIO, size: int) -> int:
    """The place after the last line break in the first `size` bytes."""
    while size > 0:
        start = max(0, size - _CHUNK)
        if (found := _read(file, start, size).rfind(b"\n")) >= 0:
            return start + found + 1
        size = start
    return 0


def _head(file: FileIO, end: int) -> Head:
    """The head of the log that ends at `end`, after a line break or at the start."""
    if not end:
        return Head()
    line = _read(file, _end_of_last(file, end - 1), end)
    return Head(_number(line) or _count(file, end), hashlib.sha256(line).hexdigest())


def _number(line: bytes) -> int | None:
    content = content_of(line)
    number = content.get("line") if content is not None else None
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def content_of(raw: bytes) -> Mapping[str, Any] | None:
    """What a line says; None where it is no JSON object."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _count(file: FileIO, end: int) -> int:
    return sum(_read(file, start, min(start + _CHUNK, end)).count(b"\n") for start in range(0, end, _CHUNK))


def _write_all(file: FileIO, data: bytes) -> None:
    while data:
        data = data[file.write(data) :]


def noted_head(out: Path) -> bytes | None:
    """The bytes of the head file; none where it is no file that could be one, None where nothing is there."""
    try:
        return read_bytes(below(out, HEAD), _LARGEST)
    except FileNotFoundError:
        return None
    except (DocumentFault, PlaceFault):
        return b""


def _write_head(out: Path, head: Head) -> None:
    handle, name = tempfile.mkstemp(prefix=".head-", dir=out)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(head.as_json())
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(out / HEAD)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def locked_log(file: FileIO, *, exclusive: bool) -> Iterator[None]:
    """Hold a lock on the open log. The system takes it away from a process that ends, however it ends."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(_FAR)  # a lock keeps others from the bytes it covers: these are never there
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
    yield  # closing the file gives the lock back
