"""The log below an output root read back: its lines, what is wrong with it, and what it vouches for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reporting.batch.chain import Head, content_of, locked_log, noted_head
from reporting.batch.place import HEAD, LOG, below


@dataclass(frozen=True)
class Line:
    """A line of the log: its number from 1, the hash of its bytes, and what it says (None where it is no line)."""

    number: int
    sha256: str
    content: Mapping[str, Any] | None


def vouched_lines(out: Path) -> tuple[Mapping[str, Any], ...]:
    """What the lines say that are as they were written: the line after them, or the head, holds their hash."""
    try:
        data, noted = _log_and_head(out)
    except FileNotFoundError:
        return ()
    raw = _split(data)
    heads = [Head(number, hashlib.sha256(one).hexdigest()) for number, one in enumerate(raw, 1)]
    contents = [content_of(one) or {} for one in raw]
    follows = [*(content.get("previous") for content in contents[1:]), *(head.sha256 for head in heads[-1:])]
    vouched = [follower == head.sha256 for follower, head in zip(follows, heads, strict=True)]
    if heads and noted != heads[-1].as_json():
        vouched[-1] = False
    return tuple(content for content, good in zip(contents, vouched, strict=True) if good)


def read_chain(out: Path) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """All lines of the log below `out`, and what is wrong with it, in words. FileNotFoundError where it has none."""
    data, noted = _log_and_head(out)
    lines: list[Line] = []
    faults: list[str] = []
    heads = [Head()]
    for number, raw in enumerate(_split(data), 1):
        faults += _faults(number, raw, heads[-1])
        lines.append(Line(number, hashlib.sha256(raw).hexdigest(), content_of(raw)))
        heads.append(Head(number, lines[-1].sha256))
    return tuple(lines), (*faults, *_head_faults(heads, noted))


def _log_and_head(out: Path) -> tuple[bytes, bytes | None]:
    with below(out, LOG).open("rb", buffering=0) as file, locked_log(file, exclusive=False):
        return file.read(), noted_head(out)


def _split(data: bytes) -> list[bytes]:
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + [part for part in parts[-1:] if part]


def _faults(number: int, raw: bytes, before: Head) -> Iterator[str]:
    content = content_of(raw)
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
