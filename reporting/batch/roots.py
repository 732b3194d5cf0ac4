"""Output roots: a folder of this machine, or a store behind a URL that has no rename.

A place is a path below the root, such as `2026-09-30/<LEI>/v01`, with slashes on every system. Readers follow
manifests only: a version without one is none.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from reporting.batch.folder import Folder, changed_files, find_run, latest_run, read_manifest, write_run
from reporting.batch.leftovers import hidden_prefix
from reporting.batch.place import PlaceFault, below, check_place, place_of, relative_place
from reporting.documents import DocumentFault, read_bytes
from reporting.portfolio.subject import Subject

STATE = ".batch"  # below a root: what is remembered between batches
_LARGEST = 1 << 30  # bytes that are read of a file below a root


class Root(Protocol):
    """Where runs lie. Every method but `put` and `drop` leaves it as it is; `write` adds a version."""

    name: str

    def check(self) -> None:
        """PlaceFault where this cannot be an output root, UnwritableError where it cannot be written."""

    def parent_of(self, portfolio: Subject) -> str:
        """The place above the versions of this institution and date. InputRejected, PlaceFault."""

    def find(self, parent: str, run_id: str) -> str | None:
        """The place of the latest version if it has this run id and its files are what its manifest says."""

    def write(self, parent: str, content: Folder) -> tuple[str, bool]:
        """Write a new version; returns its place, and False where the same run was there already."""

    def manifest(self, place: str) -> dict[str, Any] | None:
        """The manifest of a run; None where there is none that can be read."""

    def latest(self, parent: str) -> str | None:
        """The place of the latest version below `parent` that has a manifest."""

    def changed(self, place: str, manifest: dict[str, Any]) -> tuple[str, ...]:
        """Names of outputs of a run that are missing or differ from its manifest."""

    def before(self, lei: str, day: date) -> str | None:
        """The place of the latest run of an institution dated before a day."""

    def folder(self, place: str, names: tuple[str, ...]) -> Any:
        """Context manager: a local folder in which these files of a run lie."""

    def read(self, place: str) -> bytes | None:
        """The bytes at a place; None where there are none that can be read."""

    def put(self, place: str, data: bytes) -> None:
        """Write bytes; a reader sees the old ones or the new ones, whole."""

    def put_new(self, place: str, data: bytes) -> bool:
        """Write bytes where nothing is; False where something was there."""

    def drop(self, place: str) -> None:
        """Take away a file or a folder of the state, if it is there."""


def earlier_day(names: list[str], day: date) -> list[str]:
    """Names of folders that are dates before a day, the latest first."""
    found = []
    for name in names:
        try:
            dated = date.fromisoformat(name)
        except ValueError:
            continue
        if len(name) == 10 and dated < day:
            found.append(name)
    return sorted(found, reverse=True)


class LocalRoot:
    """A folder of this machine, or of a drive that it sees: a version appears by renaming."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.name = str(out)

    def check(self) -> None:
        """See `Root`."""
        check_place(self.out)

    def parent_of(self, portfolio: Subject) -> str:
        """See `Root`."""
        return self._place(place_of(self.out, portfolio))

    def find(self, parent: str, run_id: str) -> str | None:
        """See `Root`."""
        found = find_run(self._at(parent), run_id)
        return self._place(found) if found else None

    def write(self, parent: str, content: Folder) -> tuple[str, bool]:
        """See `Root`."""
        folder, made = write_run(self._at(parent), content)
        return self._place(folder), made

    def manifest(self, place: str) -> dict[str, Any] | None:
        """See `Root`."""
        try:
            return read_manifest(self._at(place))
        except (OSError, DocumentFault, PlaceFault):
            return None

    def latest(self, parent: str) -> str | None:
        """See `Root`."""
        folder = latest_run(self.out / parent)
        return self._place(folder) if self.manifest(self._place(folder)) else None

    def changed(self, place: str, manifest: dict[str, Any]) -> tuple[str, ...]:
        """See `Root`."""
        return changed_files(self._at(place), manifest)

    def before(self, lei: str, day: date) -> str | None:
        """See `Root`."""
        names = [path.name for path in self.out.iterdir()] if self.out.is_dir() else []
        places = (self.latest(f"{name}/{lei}") for name in earlier_day(names, day))
        return next((place for place in places if place), None)

    @contextmanager
    def folder(self, place: str, names: tuple[str, ...]) -> Iterator[Path]:  # noqa: ARG002 - they lie there
        """See `Root`."""
        yield self._at(place)

    def read(self, place: str) -> bytes | None:
        """See `Root`."""
        try:
            return read_bytes(self._at(place), _LARGEST)
        except (OSError, DocumentFault, PlaceFault):
            return None

    def put(self, place: str, data: bytes) -> None:
        """See `Root`. No flush: what is put is believed only where it verifies."""
        path = self._at(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, hidden = tempfile.mkstemp(prefix=hidden_prefix(), dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(hidden).replace(path)
        except BaseException:
            Path(hidden).unlink(missing_ok=True)
            raise

    def put_new(self, place: str, data: bytes) -> bool:
        """See `Root`."""
        path = self._at(place)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            return False
        return True

    def drop(self, place: str) -> None:
        """See `Root`."""
        path = self._at(place)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

    def _at(self, place: str) -> Path:
        """PlaceFault where a link is on the way."""
        return below(self.out, place)

    def _place(self, folder: Path) -> str:
        return folder.relative_to(self.out).as_posix()


def root_at(text: str) -> Root:
    """The output root at a path or a URL. ConfigurationFault for a URL of an unknown kind."""
    from reporting.batch.addresses import is_url, local_path

    if is_url(text):
        from reporting.batch.store import StoreRoot

        return StoreRoot(text)
    return LocalRoot(local_path(text))


__all__ = ["STATE", "LocalRoot", "Root", "earlier_day", "relative_place", "root_at"]
