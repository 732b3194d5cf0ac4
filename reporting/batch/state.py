"""What is remembered between batches: where the run of a submission lies, or why it was rejected.

A record is only a hint. A run is believed because its manifest is the one that the log of runs names, and its files are
what they would be today; a rejection because the log names the record, and it is of the same files, options and
program. What does not verify is as if it were not there, and is written anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from reporting.batch.inputs import Submission, at_hand
from reporting.batch.logged import Logged
from reporting.batch.options import Options, asked_of, run_id_of
from reporting.batch.program import program_digest
from reporting.batch.roots import STATE, Root, root_at
from reporting.batch.settings import LATEST, Settings
from reporting.batch.task import Result, limits_text
from reporting.batch.unit import files_of
from reporting.documents import DocumentFault
from reporting.intake.tables import InputFile
from reporting.reports.build import files_digest
from reporting.rulebook import RulebookError, load_rulebook

_FORMAT = 1
_RUN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}/[A-Za-z0-9-]+/v[0-9]+")


@dataclass(frozen=True)
class Seen:
    """A submission as it lies there now.

    files   name, size and hash of each; none where they are no submission
    key     under which its record is kept; "" where nothing can be kept
    asked   its options as in a manifest, without the previous run
    """

    submission: Submission
    files: tuple[InputFile, ...] = ()
    key: str = ""
    asked: Mapping[str, Any] | None = None


def unlike_members(system: Seen, submissions: Iterable[Seen]) -> str:
    """Why a system is not made of what was reported on before it: files that came, went or changed meanwhile; or "".

    Nothing is said where its submissions were not reported on, or one of them could not be read.
    """
    folder = Path(system.submission.address)
    members = [one for one in submissions if Path(one.submission.address).parent == folder]
    if not members or not system.files or not all(one.files for one in members):
        return ""
    then = Counter(file.sha256 for one in members for file in one.files)
    now = Counter(file.sha256 for file in system.files if file.sha256)
    if then == now:
        return ""
    came = [file.path for file in system.files if file.sha256 in now - then]
    gone = [one.submission.name for one in members if any(file.sha256 in then - now for file in one.files)]
    told = [f"{', '.join(came)} came" if came else "", f"{', '.join(gone)} went or changed" if gone else ""]
    return f"its submissions changed while the batch was at work: {'; '.join(filter(None, told))}; run the batch again"


class Memory:
    """The records of one batch below its output root. `options` are those of a system (True) and of all else."""

    def __init__(self, settings: Settings, root: Root, options: Mapping[bool, Options], logged: Logged) -> None:
        self._settings, self._root, self._options, self._logged = settings, root, options, logged
        self._limits = limits_text(settings.intake)

    def look(self, submission: Submission) -> Seen:
        """Hash the files of a submission. What cannot be read is left to the work itself, which says why."""
        options = self._options[submission.system]
        try:
            with at_hand(submission.address, self._settings.overrides and not submission.system) as (path, overrides):
                files = files_of(path, options.limits, system=submission.system)
                if not files:
                    return Seen(submission)
                digest = asked_of(Options(overrides=overrides), None)["overrides"] if overrides else None
        except (OSError, DocumentFault):
            return Seen(submission)
        asked = {**asked_of(options, None), "overrides": digest}
        key = hashlib.sha256(f"{files_digest(files)}\n{json.dumps(asked, sort_keys=True)}".encode()).hexdigest()
        return Seen(submission, files, key, asked)

    def result(self, seen: Seen) -> Result | None:
        """What the work would give, without doing it; None where that cannot be told."""
        record = self._record(seen)
        if record is None:
            return None
        name = seen.submission.name
        if record.get("what") == "rejected":
            return self._rejection(seen, record)
        place = _place_in(record)
        manifest = self._root.manifest(place) if place else None
        if manifest is None or not self._holds(place, manifest, seen):
            return None
        day, lei, _ = place.split("/")
        return Result(name, "done", files=seen.files, place=place, run_id=manifest["run_id"], lei=lei, day=day)

    def _rejection(self, seen: Seen, record: Mapping[str, Any]) -> Result | None:
        if _digest(record) not in self._logged.rejections:
            return None
        same = record["program"] == program_digest() and record["limits"] == self._limits
        found, name = record["problems"], seen.submission.name
        return Result(name, "rejected", "", "check", record["message"], found, seen.files) if same else None

    def identity(self, seen: Seen) -> tuple[str, str] | None:
        """LEI and date that a submission had when it last ran, or None."""
        place = _place_in(self._record(seen) or {})
        day, lei, _ = place.split("/") if place else ("", "", "")
        return (lei, day) if place else None

    def keep(self, seen: Seen, result: Result) -> str:
        """Remember a result of the files that were seen. OSError where that cannot be written.

        SHA-256 of the record of a rejection, which is believed once the log names it; "" for anything else.
        """
        if not seen.key or result.files != seen.files:
            return ""
        if result.status == "done":
            self._write(seen, {"what": "landed", "place": result.place})
        elif result.status == "rejected":
            told = {"message": result.message, "problems": result.problems}
            return self._write(seen, {"what": "rejected", "program": program_digest(), "limits": self._limits, **told})
        return ""

    def _holds(self, place: str, manifest: dict[str, Any], seen: Seen) -> bool:
        """Whether this is the run that the work would make: the latest version, and untouched."""
        day, lei, _ = place.split("/")
        try:
            where, on = manifest["rulebook"]["jurisdiction"], date.fromisoformat(day)
            who = (manifest["institution"]["lei"], manifest["institution"]["reference_date"])
            rulebook = rulebook_digest(where, on)
        except (KeyError, TypeError, ValueError, RulebookError):
            return False
        law = "" if seen.submission.system else self._settings.jurisdiction
        if law not in ("", where) or who != (lei, day):
            return False
        inputs = [{"path": file.path, "bytes": file.bytes, "sha256": file.sha256} for file in seen.files]
        asked = {**(seen.asked or {}), "previous": self._previous(lei, on)}
        wanted = run_id_of(files_digest(seen.files), rulebook, asked)
        return (
            self._logged.vouches_for(self._root, place)
            and manifest["run_id"] == wanted
            and manifest.get("inputs") == inputs
            and manifest.get("options") == asked
            and self._root.latest(f"{day}/{lei}") == place
            and not self._root.changed(place, manifest)
        )

    def _previous(self, lei: str, day: date) -> dict[str, str] | None:
        """The run whose figures would be printed beside the new ones, as the options of a manifest name it."""
        if not self._settings.previous:
            return None
        root = self._root if self._settings.previous == LATEST else root_at(self._settings.previous)
        place = root.before(lei, day)
        manifest = root.manifest(place) if place else None
        figures = root.read(f"{place}/figures.json") if place else None
        if manifest is None or figures is None:
            return None
        return {"run_id": manifest["run_id"], "sha256": hashlib.sha256(figures).hexdigest()}

    def _record(self, seen: Seen) -> dict[str, Any] | None:
        data = self._root.read(_place(seen)) if seen.key else None
        try:
            whole = json.loads(data or b"null")
            content: dict[str, Any] = whole["content"]
            good = whole["sha256"] == _digest(content) and content["format"] == _FORMAT and content["key"] == seen.key
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return content if good else None

    def _write(self, seen: Seen, content: dict[str, Any]) -> str:
        whole = {"format": _FORMAT, "key": seen.key, **content}
        data = json.dumps({"sha256": _digest(whole), "content": whole}).encode()
        if self._root.read(_place(seen)) != data:
            self._root.put(_place(seen), data)
        return _digest(whole)


def _place_in(record: Mapping[str, Any]) -> str:
    """The place of the run that a record names; "" where it names none."""
    place = record.get("place")
    return place if isinstance(place, str) and _RUN.fullmatch(place) else ""


def _place(seen: Seen) -> str:
    return f"{STATE}/units/{seen.key}.json"


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=64)
def rulebook_digest(jurisdiction: str, on: date) -> str:
    """Digest of the parameters in force. RulebookError where a jurisdiction has none."""
    return load_rulebook(jurisdiction, on).digest
