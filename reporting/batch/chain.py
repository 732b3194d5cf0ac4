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

from reporting.batch.place import LOG

HEAD = "runs.head.json"

_CHUNK = 65_536  # bytes read at a time
_FAR = 2**40  # a place in the log that it never grows to


@dataclass(frozen=True)
class Head:
    """How many lines the log has, and the SHA-256 of the last one with its line break; all zeros before the first."""

    lines: int = 0
    sha256: str = "0" * 64

    def as_json(self) -> bytes:
        """The content of the head file."""
        return (json.dumps({"lines": self.lines, "sha256": self.sha256}) + "\n").encode()


@dataclass(frozen=True)
class Line:
    """A line of the log: its number from 1, the hash of its bytes, and what it says (None where it is no line)."""

    number: int
    sha256: str
    content: Mapping[str, Any] | None


def read_head(out: Path) -> Head:
    """The head of the log below `out`; the one of an empty log where there is none. OSError where it cannot be read."""
    try:
        file = (out / LOG).open("rb", buffering=0)
    except FileNotFoundError:
        return Head()
    with file, _locked(file, exclusive=False):
        return _head(file, _end_of_last(file, _size(file)))


def append(out: Path, entry: Mapping[str, object]) -> Head:
    """Append a line that says `entry` and is flushed to disk, and return the new head. OSError where that fails.

    Writers wait for each other. What a dead process left of a line that it never finished is taken away. Where the log
    is not the one that the head file describes, the new line says so, for ever.
    """
    with (out / LOG).open("ab+", buffering=0) as file, _locked(file, exclusive=True):
        return _appended(out, file, entry)


def _appended(out: Path, file: FileIO, entry: Mapping[str, object]) -> Head:
    noted = _noted(out)
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
    content = _content(line)
    number = content.get("line") if content is not None else None
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def _count(file: FileIO, end: int) -> int:
    return sum(_read(file, start, min(start + _CHUNK, end)).count(b"\n") for start in range(0, end, _CHUNK))


def _write_all(file: FileIO, data: bytes) -> None:
    while data:
        data = data[file.write(data) :]


def _noted(out: Path) -> bytes | None:
    try:
        return (out / HEAD).read_bytes()
    except FileNotFoundError:
        return None


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
def _locked(file: FileIO, *, exclusive: bool) -> Iterator[None]:
    """Hold a lock on the open log. The system takes it away from a process that ends, however it ends."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(_FAR)  # a lock keeps others from the bytes it covers: these are never there
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
    yield  # closing the file gives the lock back


# --- Reading it back -------------------------------------------------------------------------------------------------


def read_chain(out: Path) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """All lines of the log below `out`, and what is wrong with it, in words. FileNotFoundError where it has none."""
    with (out / LOG).open("rb", buffering=0) as file, _locked(file, exclusive=False):
        data, noted = file.read(), _noted(out)
    lines: list[Line] = []
    faults: list[str] = []
    heads = [Head()]
    for number, raw in enumerate(_split(data), 1):
        faults += _faults(number, raw, heads[-1])
        lines.append(Line(number, hashlib.sha256(raw).hexdigest(), _content(raw)))
        heads.append(Head(number, lines[-1].sha256))
    return tuple(lines), (*faults, *_head_faults(heads, noted))


def _split(data: bytes) -> list[bytes]:
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + [part for part in parts[-1:] if part]


def _content(raw: bytes) -> Mapping[str, Any] | None:
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _faults(number: int, raw: bytes, before: Head) -> Iterator[str]:
    content = _content(raw)
    if content is None or not raw.endswith(b"\n"):
        yield f"line {number} is not a line of the log"
        return
    if content.get("line") != number:
        yield f"line {number} says that it is line {str(content.get('line'))[:20]}"
    if content.get("previous") != before.sha256:
        yield f"line {number} does not follow on the line before it, which was changed, put there or lost"
    if "found" in content:
        yield f"line {number} says that the log before it was not the one that {HEAD} described"


def _head_faults(heads: list[Head], noted: bytes | None) -> Iterator[str]:
    """A head one line behind is that of a process that was stopped between line and head."""
    if noted not in {head.as_json() for head in heads[-2:]}:
        yield (
            f"{HEAD} is not there" if noted is None else f"{HEAD} does not describe the log: lines were lost or changed"
        )
