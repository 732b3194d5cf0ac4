"""The run folder `<out>/<reference_date>/<lei>/v01/`: it appears whole or not at all and is never changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reporting.batch.chain import Head
from reporting.batch.leftovers import hidden_prefix
from reporting.batch.succession import replaces
from reporting.documents import DocumentFault, read_bytes

MANIFEST = "manifest.json"
SEAL = "seal.json"

VERSION_NAME = re.compile(r"v([0-9]{2}|[1-9][0-9]{2,5})")
_LAST = 999_999
_LONGEST = 100  # characters of the name of an output
_LARGEST = 32 * 1024 * 1024  # bytes of a manifest


@dataclass(frozen=True)
class Folder:
    """The content of a run folder: files by name, and the manifest without its list of outputs.

    head   of the log of runs when the run began. It stands in `seal.json`, beside the SHA-256 of the manifest: what ran
           before does not determine the outputs, so the manifest, the same for the same input, is no place for it
    """

    files: Mapping[str, bytes]
    manifest: Mapping[str, Any]
    head: Head = field(default_factory=Head)


def latest_run(folder: Path) -> Path:
    """A run folder itself, or the latest version where `folder` is the one above: `out/2026-09-30/<LEI>`."""
    versions = _versions(folder)
    return folder / f"v{versions[-1]:02d}" if versions and not (folder / MANIFEST).exists() else folder


def find_run(parent: Path, run_id: str) -> Path | None:
    """The latest version if it is finished, has this run id and is whole: files as its manifest says, the manifest as
    its seal says. Otherwise None.
    """
    versions = _versions(parent)
    if not versions:
        return None
    folder = parent / f"v{versions[-1]:02d}"
    try:
        manifest = read_manifest(folder)
    except (FileNotFoundError, NotADirectoryError, DocumentFault):
        return None
    whole = manifest["run_id"] == run_id and _is_sealed(folder) and not changed_files(folder, manifest)
    return folder if whole else None


def _is_sealed(folder: Path) -> bool:
    """Whether the seal holds the SHA-256 of the manifest."""
    try:
        seal = json.loads(read_bytes(folder / SEAL, _LARGEST))
        return bool(seal["manifest"] == _sha256(read_bytes(folder / MANIFEST, _LARGEST)))
    except (OSError, DocumentFault, ValueError, TypeError, KeyError, RecursionError):
        return False


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder.

    FileNotFoundError or NotADirectoryError where it has none, DocumentFault where it is not what a run writes.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(read_bytes(path, _LARGEST))
    except (ValueError, RecursionError) as error:
        raise DocumentFault(f"{path} is not the manifest of a run: {error}") from error
    if not isinstance(content, dict) or not is_manifest(content):
        raise DocumentFault(f"{path} is not the manifest of a run: it has no run_id or no list of outputs")
    return content


def is_manifest(content: Mapping[str, Any]) -> bool:
    """Whether a JSON object has what every manifest has: a run id and a list of outputs in its own folder."""
    outputs = content.get("outputs")
    return isinstance(content.get("run_id"), str) and isinstance(outputs, list) and all(map(_is_output, outputs))


def _is_output(entry: object) -> bool:
    """Whether an entry names a file of the folder itself."""
    if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in ("path", "sha256")):
        return False
    return Path(entry["path"]).name == entry["path"] and len(entry["path"]) <= _LONGEST


def changed_files(folder: Path, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of outputs that are missing or differ from the manifest."""
    return tuple(
        entry["path"]
        for entry in manifest["outputs"]
        if not (folder / entry["path"]).is_file() or _sha256((folder / entry["path"]).read_bytes()) != entry["sha256"]
    )


def write_run(parent: Path, content: Folder) -> tuple[Path, bool]:
    """Write a new version below `parent`. Returns its folder and True.

    Where another process has finished the same run in the meantime: the folder of that one and False.
    Everything goes to a hidden folder first, is flushed to disk, and is renamed at once; the manifest is written last.
    """
    parent.mkdir(parents=True, exist_ok=True)
    hidden = Path(tempfile.mkdtemp(prefix=hidden_prefix(), dir=parent))
    try:
        outputs = []
        for name, data in content.files.items():
            _write(hidden / name, data)
            outputs.append({"path": name, "bytes": len(data), "sha256": _sha256(data)})
        manifest = {**content.manifest, "outputs": sorted(outputs, key=lambda entry: str(entry["path"]))}
        hidden.chmod(0o777 & ~_umask())
        folder, made = _renamed(hidden, parent, manifest, content.head)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    if not made:
        shutil.rmtree(hidden, ignore_errors=True)
    _flush(parent)
    return folder, made


def _renamed(hidden: Path, parent: Path, manifest: Mapping[str, Any], head: Head) -> tuple[Path, bool]:
    """Write the manifest and rename to the next free version; one that another process took meanwhile is left alone.

    The next version is chosen before we look for the same run: whoever finishes after that look takes this very
    version, and our rename fails.
    """
    while (number := (_versions(parent) or [0])[-1] + 1) <= _LAST:
        folder = parent / f"v{number:02d}"
        if (same := find_run(parent, manifest["run_id"])) is not None:
            return same, False
        before = parent / f"v{number - 1:02d}" if number > 1 else None
        data = manifest_bytes({**manifest, "replaces": _replaced(before, manifest)})
        _write(hidden / SEAL, seal_bytes(_sha256(data), head))
        _write(hidden / MANIFEST, data)
        _flush(hidden)
        try:
            hidden.rename(folder)
        except OSError:
            if not folder.exists():
                raise
        else:
            return folder, True
    raise OSError(f"{parent} has no version left: its last is v{_LAST}")


def _replaced(before: Path | None, manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    if before is None:
        return None
    try:
        earlier = read_manifest(before)
    except (FileNotFoundError, NotADirectoryError, DocumentFault):
        earlier = None
    return replaces(before.name, earlier, manifest)


def seal_bytes(manifest: str, head: Head) -> bytes:
    """The content of `seal.json`: the SHA-256 of the manifest, and the head of the log when the run began."""
    return (json.dumps({"manifest": manifest, "log": {"lines": head.lines, "sha256": head.sha256}}) + "\n").encode()


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as it is written."""
    return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()


def _versions(parent: Path) -> list[int]:
    if not parent.is_dir():
        return []
    found = (VERSION_NAME.fullmatch(path.name) for path in parent.iterdir())
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
