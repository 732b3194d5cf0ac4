"""An output root behind a URL. No rename there: data come first, and last the manifest, which makes them a version."""

from __future__ import annotations

import hashlib
import json
import posixpath
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from reporting.batch.addresses import store_of
from reporting.batch.folder import MANIFEST, VERSION_NAME, Folder, is_manifest, manifest_bytes
from reporting.batch.place import UnwritableError, relative_place
from reporting.batch.roots import earlier_day
from reporting.batch.succession import replaces
from reporting.portfolio.subject import Subject

_PROBE = ".writing-probe"


class StoreRoot:
    """Any file system of fsspec. Only the batch that holds the lock of the root writes there.

    A version without manifest is what a dead batch left: the next one writes over it.
    """

    def __init__(self, url: str) -> None:
        self.name = url.rstrip("/")
        self.fs, path = store_of(self.name)
        self._path = path.rstrip("/")

    def check(self) -> None:
        """See `Root`."""
        try:
            self.fs.pipe_file(self._at(_PROBE), b"")
            self.fs.rm_file(self._at(_PROBE))
        except (OSError, NotImplementedError) as error:
            raise UnwritableError(f"the output root {self.name} cannot be written: {error}") from None

    def parent_of(self, portfolio: Subject) -> str:
        """See `Root`."""
        return relative_place(portfolio)

    def find(self, parent: str, run_id: str) -> str | None:
        """See `Root`."""
        place = self.latest(parent)
        manifest = self.manifest(place) if place else None
        if place is None or manifest is None or manifest["run_id"] != run_id or self.changed(place, manifest):
            return None
        return place

    def write(self, parent: str, content: Folder) -> tuple[str, bool]:
        """See `Root`."""
        run_id = content.manifest["run_id"]
        if (same := self.find(parent, run_id)) is not None:
            return same, False
        before = self.latest(parent)
        number = int(posixpath.basename(before)[1:]) + 1 if before else 1
        place = f"{parent}/v{number:02d}"
        self.drop(place)
        outputs = []
        for name, data in content.files.items():
            self.fs.pipe_file(self._at(f"{place}/{name}"), data)
            outputs.append({"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
        manifest = {**content.manifest, "outputs": sorted(outputs, key=lambda entry: str(entry["path"]))}
        earlier = replaces(posixpath.basename(before), self.manifest(before), manifest) if before else None
        self.fs.pipe_file(self._at(f"{place}/{MANIFEST}"), manifest_bytes({**manifest, "replaces": earlier}))
        return place, True

    def manifest(self, place: str) -> dict[str, Any] | None:
        """See `Root`."""
        try:
            content = json.loads(self.read(f"{place}/{MANIFEST}") or b"null")
        except (ValueError, RecursionError):
            return None
        return content if isinstance(content, dict) and is_manifest(content) else None

    def latest(self, parent: str) -> str | None:
        """See `Root`."""
        versions = sorted((int(name[1:]), name) for name in self._names(parent) if VERSION_NAME.fullmatch(name))
        places = (f"{parent}/{name}" for _, name in reversed(versions))
        return next((place for place in places if self.fs.exists(self._at(f"{place}/{MANIFEST}"))), None)

    def changed(self, place: str, manifest: dict[str, Any]) -> tuple[str, ...]:
        """See `Root`."""
        return tuple(
            entry["path"]
            for entry in manifest["outputs"]
            if hashlib.sha256(self.read(f"{place}/{entry['path']}") or b"").hexdigest() != entry["sha256"]
        )

    def before(self, lei: str, day: date) -> str | None:
        """See `Root`."""
        places = (self.latest(f"{name}/{lei}") for name in earlier_day(self._names(""), day))
        return next((place for place in places if place), None)

    @contextmanager
    def folder(self, place: str, names: tuple[str, ...]) -> Iterator[Path]:
        """See `Root`."""
        with tempfile.TemporaryDirectory() as copied:
            for name in names:
                data = self.read(f"{place}/{name}")
                if data is not None:
                    (Path(copied) / name).write_bytes(data)
            yield Path(copied)

    def read(self, place: str) -> bytes | None:
        """See `Root`."""
        try:
            return bytes(self.fs.cat_file(self._at(place)))
        except OSError:
            return None

    def put(self, place: str, data: bytes) -> None:
        """See `Root`. A store shows an object when all of it has arrived."""
        self.fs.pipe_file(self._at(place), data)

    def put_new(self, place: str, data: bytes) -> bool:
        """See `Root`. Between two machines only as good as what the store promises for a file that must not exist."""
        if self.fs.exists(self._at(place)):
            return False
        try:
            self.fs.pipe_file(self._at(place), data, mode="create")
        except FileExistsError:
            return False
        return True

    def drop(self, place: str) -> None:
        """See `Root`."""
        if self.fs.exists(self._at(place)):
            self.fs.rm(self._at(place), recursive=True)

    def _at(self, place: str) -> str:
        return f"{self._path}/{place}" if place else self._path

    def _names(self, place: str) -> list[str]:
        self.fs.invalidate_cache()
        try:
            found = self.fs.ls(self._at(place), detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [posixpath.basename(str(path).rstrip("/")) for path in found]
