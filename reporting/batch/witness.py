"""What the log and the run folders say of each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reporting.batch.chain import Head
from reporting.batch.chain_lines import Line, read_chain
from reporting.batch.folder import MANIFEST, SEAL
from reporting.batch.place import LOG, PlaceFault
from reporting.documents import DocumentFault, read_bytes

_LARGEST = 10_000  # bytes of a seal


@dataclass(frozen=True)
class Finding:
    """What is not as it was written. where: a path below the output root, or the log."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class Run:
    """A run folder.

    name       path below the output root, with slashes; where no root is known, the path itself
    manifest   None where it cannot be read
    """

    folder: Path
    name: str
    manifest: Mapping[str, Any] | None


def has_inputs(run: Run) -> bool:
    """Whether a run was made from a submission; what a batch says of itself is made from its runs."""
    return run.manifest is not None and "batch" not in run.manifest


def sealed_head(run: Run) -> Head | None:
    """The head of the log when the run began, as its seal says; None where it does not."""
    try:
        log = json.loads(read_bytes(run.folder / SEAL, _LARGEST))["log"]
        head = Head(log["lines"], log["sha256"])
    except (OSError, DocumentFault, ValueError, TypeError, KeyError, RecursionError):
        return None
    return head if type(head.lines) is int and type(head.sha256) is str else None


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Log:
    """The log as it is now.

    faults  what is wrong with it in itself
    known   False where no output root, and so no log, is known
    """

    lines: tuple[Line, ...]
    faults: tuple[str, ...]
    unseen: tuple[str, ...]
    known: bool

    @classmethod
    def read(cls, root: Path | None) -> Log:
        """The log below an output root."""
        if root is None:
            return cls((), (), (f"the log of runs: no {LOG} stands three folders above the run",), known=False)
        try:
            lines, faults = read_chain(root)
        except FileNotFoundError:
            return cls((), ("is not there",), (), known=True)
        except PlaceFault as fault:
            return cls((), (str(fault),), (), known=True)
        return cls(lines, faults, (), known=True)

    @property
    def head(self) -> Head | None:
        """The last line of the log as read; None where it has none, or is not there."""
        return Head(len(self.lines), self.lines[-1].sha256) if self.lines else None

    def about(self, name: str) -> list[Mapping[str, Any]]:
        """What its lines say of a run."""
        return [line.content for line in self.lines if line.content is not None and line.content.get("folder") == name]

    def of_run(self, run: Run) -> Iterator[Finding]:
        """What the log and a run folder say differently of each other."""
        if not self.known:
            return
        about = self.about(run.name)
        if not about:
            yield Finding(run.name, f"no line of {LOG} names it")
        for name, key in ((MANIFEST, "manifest"), (SEAL, "seal")):
            path = run.folder / name
            found = digest(path) if path.is_file() else None
            if any(entry.get(key) != found for entry in about):
                yield Finding(f"{run.name}/{name}", f"its SHA-256 is not the one in {LOG}")
        yield from self._before(run)

    def _before(self, run: Run) -> Iterator[Finding]:
        head = sealed_head(run)
        if head is None or head == Head():
            return
        if head.lines > len(self.lines):
            yield Finding(LOG, f"has {len(self.lines)} lines; when {run.name} began it had {head.lines}")
        elif head.lines < 1 or self.lines[head.lines - 1].sha256 != head.sha256:
            yield Finding(LOG, f"line {head.lines} is not the one that was the last when {run.name} began")

    def lost_runs(self, runs: Iterable[Run]) -> Iterator[Finding]:
        """Run folders that the log names and that are not there; a line with a `root` is of one behind a URL."""
        there = {run.name for run in runs}
        contents = (line.content for line in self.lines if line.content and "root" not in line.content)
        for name in dict.fromkeys(entry["folder"] for entry in contents if isinstance(entry.get("folder"), str)):
            if name not in there:
                yield Finding(name, f"is not there; {LOG} says that it was written")
