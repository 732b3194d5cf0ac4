"""Whether run folders, their log and their inputs are still what was written: every file is hashed again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reporting.batch.chain import Head
from reporting.batch.folder import MANIFEST, SEAL, VERSION_NAME, read_manifest, seal_bytes
from reporting.batch.place import HEAD, LOG
from reporting.batch.submissions import Sought, recorded_places, seen_inputs
from reporting.batch.witness import Finding, Log, Run, digest, has_inputs, sealed_head
from reporting.documents import DocumentFault

# Below an output root runs lie in folders of dates, and what batches say of themselves in one of their own.
_ABOVE_RUNS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|batches")


@dataclass(frozen=True)
class Verification:
    """What was looked at and found.

    files     outputs, manifests and seals that were hashed
    inputs    files of submissions that were hashed
    head      of the log; None without a log
    unseen    what was not looked at, and why
    """

    runs: tuple[Run, ...]
    files: int
    inputs: int
    head: Head | None
    findings: tuple[Finding, ...]
    unseen: tuple[str, ...]


def verify(path: Path, inputs: Path | None = None, head: str = "") -> Verification:
    """Verify a run folder, all versions in the folder above, or an output root with its log.

    inputs   folder (or file) in which the submissions are looked for; without it, the places named in the log
    head     SHA-256 of a line that the log must hold, noted down elsewhere earlier

    FileNotFoundError where `path` is none of these. Verifying changes nothing.
    """
    root = root_of(path)
    runs = tuple(_runs(path, root))
    log = Log.read(root)
    findings = [finding for run in runs for finding in (*_run_findings(run), *log.of_run(run))]
    findings += [Finding(LOG, fault) for fault in log.faults]
    if path == root:
        findings += [*_strangers(root), *log.lost_runs(runs)]
    if head and head not in {line.sha256 for line in log.lines}:
        findings.append(Finding(LOG, f"no line has the SHA-256 {head}: lines were lost or changed"))
    places = {run.name: (inputs,) if inputs else recorded_places(log.lines, run.name) for run in runs}
    seen = [
        seen_inputs(_sought(run, places[run.name], runs, asked=inputs is not None)) for run in runs if has_inputs(run)
    ]
    findings += [Finding(where, what) for one in seen for where, what in one.changed]
    unseen = [text for one in seen for text in one.unseen]
    files = sum(len(list(_files(run.folder))) for run in runs)
    return Verification(
        runs, files, sum(one.hashed for one in seen), log.head, tuple(findings),
        (*unseen, *log.unseen, *(_outside(root) if path == root else ())),
    )  # fmt: skip


def _sought(run: Run, places: Sequence[Path], runs: Iterable[Run], *, asked: bool) -> Sought:
    manifests = {other.name: other.manifest for other in runs if other.manifest and other is not run}
    return Sought(run.name, run.manifest or {}, tuple(places), asked, manifests)


# --- Which runs ------------------------------------------------------------------------------------------------------


def root_of(path: Path) -> Path | None:
    """The output root that a path is, or lies in; None where no log says so."""
    if _is_run(path) or _versions(path):
        above = path.resolve().parents[2 if _is_run(path) else 1]
        return above if (above / LOG).exists() or (above / HEAD).exists() else None
    return path


def all_runs(root: Path) -> tuple[Run, ...]:
    """Every run below an output root."""
    return tuple(_run(folder, root) for parent in _parents(root) for folder in _versions(parent))


def _is_run(path: Path) -> bool:
    return VERSION_NAME.fullmatch(path.name) is not None or (path / MANIFEST).exists()


def _versions(folder: Path) -> list[Path]:
    return [child for child in _folders(folder) if VERSION_NAME.fullmatch(child.name)]


def _runs(path: Path, root: Path | None) -> Iterator[Run]:
    if _is_run(path):
        yield _run(path, root)
    elif found := _versions(path):
        yield from (_run(folder, root) for folder in found)
    elif not (path / LOG).exists() and not _parents(path):
        raise FileNotFoundError(f"{path} is neither a run folder nor an output root: it holds no {LOG} and no runs")
    else:
        yield from all_runs(path)


def _parents(root: Path) -> list[Path]:
    return [child for day in _folders(root) if _ABOVE_RUNS.fullmatch(day.name) for child in _folders(day)]


def _folders(path: Path) -> list[Path]:
    """The folders in a folder, by name. A link is none: what it leads to does not lie there."""
    return [child for child in sorted(path.iterdir()) if _is_folder(child)]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _run(folder: Path, root: Path | None) -> Run:
    name = folder.resolve().relative_to(root.resolve()).as_posix() if root else str(folder)
    try:
        return Run(folder, name, read_manifest(folder))
    except (FileNotFoundError, NotADirectoryError, DocumentFault):
        return Run(folder, name, None)


# --- A run folder ----------------------------------------------------------------------------------------------------


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def _run_findings(run: Run) -> Iterator[Finding]:
    if run.manifest is None:
        there = (run.folder / MANIFEST).exists()
        yield Finding(f"{run.name}/{MANIFEST}", "is not the manifest of a run" if there else "is not there")
        return
    known = {MANIFEST, SEAL}
    for entry in run.manifest["outputs"]:
        known.add(entry["path"])
        if what := _changed(run.folder / entry["path"], entry["sha256"]):
            yield Finding(f"{run.name}/{entry['path']}", what)
    for path in sorted(run.folder.rglob("*")):
        place = path.relative_to(run.folder).as_posix()
        if place not in known:
            yield Finding(f"{run.name}/{place}", "was not written by the run")
    if what := _wrong_seal(run):
        yield Finding(f"{run.name}/{SEAL}", what)


def _changed(path: Path, sha256: str) -> str:
    if path.is_symlink():
        return "is a link, must be the file that the run wrote"
    if not path.is_file():
        return "is not there"
    found = digest(path)
    return "" if found == sha256 else f"was changed: its SHA-256 is {found}, the manifest says {sha256}"


def _wrong_seal(run: Run) -> str:
    path = run.folder / SEAL
    if not path.is_file() or path.is_symlink():
        return "is not there"
    head = sealed_head(run)
    if head is None or path.read_bytes() != seal_bytes(digest(run.folder / MANIFEST), head):
        return "does not fit the manifest: one of the two was changed"
    return ""


# --- The root --------------------------------------------------------------------------------------------------------


def _strangers(root: Path) -> Iterator[Finding]:
    """What lies beside the runs below a date, and no run wrote. Hidden folders are those of runs at work, or dead."""
    for day in sorted(path for path in root.iterdir() if _ABOVE_RUNS.fullmatch(path.name)):
        if not _is_folder(day):
            yield Finding(day.name, f"is a {'link' if day.is_symlink() else 'file'}, must be a folder of runs")
            continue
        for parent in sorted(day.iterdir()):
            beside = [p for p in sorted(parent.iterdir()) if not _expected(p)] if _is_folder(parent) else [parent]
            yield from (Finding(path.relative_to(root).as_posix(), "was not written by a run") for path in beside)


def _expected(path: Path) -> bool:
    return _is_folder(path) and (VERSION_NAME.fullmatch(path.name) is not None or path.name.startswith(".writing-"))


def _outside(root: Path) -> Iterator[str]:
    """What lies in the root itself and is vouched for by nothing."""
    for path in sorted(root.iterdir()):
        if path.name not in (LOG, HEAD) and not _ABOVE_RUNS.fullmatch(path.name):
            yield f"{path.name}: no manifest names it"
