"""The run folder `<out>/<reference_date>/<lei>/v01/`: it appears whole or not at all and is never changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"

_VERSION = re.compile(r"v(\d{2,})")


@dataclass(frozen=True)
class Folder:
    """The content of a run folder: files by name, and the manifest without its list of outputs."""

    files: Mapping[str, bytes]
    manifest: Mapping[str, Any]


def latest_run(folder: Path) -> Path:
    """A run folder itself, or the latest version where `folder` is the one above: `out/2026-09-30/<LEI>`."""
    versions = _versions(folder)
    return folder / f"v{versions[-1]:02d}" if versions and not (folder / MANIFEST).exists() else folder


def find_run(parent: Path, run_id: str) -> Path | None:
    """The latest finished version if it has this run id and its files are as its manifest says; otherwise None."""
    versions = _versions(parent)
    if not versions:
        return None
    folder = parent / f"v{versions[-1]:02d}"
    manifest = read_manifest(folder)
    return folder if manifest["run_id"] == run_id and not changed_files(folder, manifest) else None


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder; FileNotFoundError where it is none."""
    content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return content


def changed_files(folder: Path, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of outputs that are missing or differ from the manifest."""
    return tuple(
        entry["path"]
        for entry in manifest["outputs"]
        if not (folder / entry["path"]).is_file() or _sha256((folder / entry["path"]).read_bytes()) != entry["sha256"]
    )


def write_run(parent: Path, content: Folder) -> Path:
    """Write a new version below `parent` and return its folder.

    Everything goes to a hidden folder first, is flushed to disk, and is renamed at once; the manifest is written last.
    """
    parent.mkdir(parents=True, exist_ok=True)
    hidden = Path(tempfile.mkdtemp(prefix=".writing-", dir=parent))
    try:
        outputs = []
        for name, data in content.files.items():
            _write(hidden / name, data)
            outputs.append({"path": name, "bytes": len(data), "sha256": _sha256(data)})
        manifest = {**content.manifest, "outputs": sorted(outputs, key=lambda entry: str(entry["path"]))}
        _write(hidden / MANIFEST, (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())
        _flush(hidden)
        hidden.chmod(0o777 & ~_umask())
        folder = _renamed(hidden, parent)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    _flush(parent)
    return folder


def _renamed(hidden: Path, parent: Path) -> Path:
    """Rename to the next free version; a version that another process took in the meantime is left alone."""
    while True:
        folder = parent / f"v{(_versions(parent) or [0])[-1] + 1:02d}"
        try:
            hidden.rename(folder)
        except OSError:
            if not folder.exists():
                raise
        else:
            return folder


def _versions(parent: Path) -> list[int]:
    if not parent.is_dir():
        return []
    found = (_VERSION.fullmatch(path.name) for path in parent.iterdir())
    return sorted(int(match[1]) for match in found if match)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be flushed there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
