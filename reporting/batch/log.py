"""Who ran what and when: one line a run, appended below the output root; never part of a run folder."""

from __future__ import annotations

import getpass
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from reporting.batch.place import LOG
from reporting.batch.unit import Outcome


def log_run(out: Path, outcome: Outcome, seconds: float) -> None:
    """Append a line for a finished run: time, user, seconds, run id, folder below the root, whether it was made."""
    line = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "user": _user(),
        "seconds": round(seconds, 3),
        "run_id": outcome.run_id,
        "folder": outcome.folder.relative_to(out).as_posix(),
        "made": outcome.made,
    }
    with (out / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without an entry for the user
        return str(os.getuid())
