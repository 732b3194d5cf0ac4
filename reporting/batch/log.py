"""Who ran what and when: one line a run in the log below the output root; never part of a run folder."""

from __future__ import annotations

import getpass
import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from reporting.batch.chain import Head, append
from reporting.batch.folder import MANIFEST, SEAL
from reporting.batch.options import Options
from reporting.batch.unit import Outcome


def log_run(
    out: Path, outcome: Outcome, seconds: float, submission: Path | None = None, options: Options | None = None
) -> Head:
    """Append a line for a finished run: time, user, seconds, run id, folder below the root, whether it was made.

    It holds the SHA-256 of the manifest and of the seal too, so that neither can change unseen, and the places on this
    machine from which the run was made: `verify --replay` looks for the inputs there.
    """
    return append(
        out,
        {
            **who_and_when(seconds),
            "run_id": outcome.run_id,
            "folder": outcome.folder.relative_to(out).as_posix(),
            "made": outcome.made,
            "manifest": _digest(outcome.folder / MANIFEST),
            "seal": _digest(outcome.folder / SEAL),
            "places": _places(submission, options),
        },
    )


def who_and_when(seconds: float) -> Mapping[str, object]:
    """The time, the user, and how many seconds something took."""
    return {"time": datetime.now(UTC).isoformat(timespec="seconds"), "user": _user(), "seconds": round(seconds, 3)}


def _places(submission: Path | None, options: Options | None) -> Mapping[str, object]:
    places: dict[str, object] = {"submission": str(submission.absolute())} if submission else {}
    if options is None:
        return places
    if options.overrides:
        places["overrides"] = str(options.overrides.absolute())
    if options.templates:
        places["templates"] = [str(folder.absolute()) for folder in options.templates]
    return places


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:  # a run folder of an earlier release has no seal
        return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without an entry for the user
        return str(os.getuid())
