"""What a batch notes in the log of runs, which for an output root behind a URL lies in a folder of its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from reporting.batch.addresses import is_url
from reporting.batch.chain import Head, append, read_head
from reporting.batch.folder import MANIFEST
from reporting.batch.inputs import Submission, overrides_of
from reporting.batch.log import log_run, who_and_when
from reporting.batch.options import Options
from reporting.batch.roots import LocalRoot, Root
from reporting.batch.settings import Settings
from reporting.batch.task import Result
from reporting.batch.unit import Outcome


@dataclass(frozen=True)
class Notes:
    """The log of one batch. `options` are those of a submission; OSError where a line cannot be written."""

    settings: Settings
    root: Root
    options: Options

    @property
    def folder(self) -> Path:
        """Where the log lies."""
        return Path(self.settings.log or self.settings.out)

    def begin(self) -> None:
        """Make the folder of the log where no root makes it."""
        if is_url(self.settings.out):
            self.folder.mkdir(parents=True, exist_ok=True)

    def head(self) -> Head:
        """The head of the log as it is now."""
        return read_head(self.folder)

    def of_run(self, result: Result, submission: Submission) -> None:
        """A line for the run of a submission, with the place of its files on this machine."""
        path = None if is_url(submission.address) else Path(submission.address)
        options = self.options
        if path and self.settings.overrides and not submission.system:
            options = replace(options, overrides=overrides_of(path))
        self.line(result.place, result.run_id, result.made, result.seconds, path, options)

    def of_rejection(self, result: Result, record: str) -> None:
        """A line for a rejected submission, with the SHA-256 of what is remembered of it."""
        where = {"root": self.root.name} if is_url(self.settings.out) else {}
        append(self.folder, {**who_and_when(result.seconds), **where, "unit": result.unit, "rejected": record})

    def line(
        self,
        place: str,
        run_id: str,
        made: bool,
        seconds: float,
        path: Path | None = None,
        options: Options | None = None,
    ) -> None:
        """A line for what stands at a place below the root."""
        if isinstance(self.root, LocalRoot):
            outcome = Outcome(self.root.out / place, run_id, made, ())
            log_run(self.root.out, outcome, seconds, path, options or self.options)
            return
        manifest = hashlib.sha256(self.root.read(f"{place}/{MANIFEST}") or b"").hexdigest()
        what = {"root": self.root.name, "folder": place, "run_id": run_id, "made": made, "manifest": manifest}
        append(self.folder, {**who_and_when(seconds), **what})
