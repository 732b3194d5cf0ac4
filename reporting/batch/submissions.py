"""The files of a submission, looked for again: at the place that the log names, or in a folder that someone gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reporting.batch.chain_lines import Line
from reporting.batch.witness import digest
from reporting.intake.limits import Limits


@dataclass(frozen=True)
class Sought:
    """The inputs of a run, and where they are looked for.

    places   files or folders, the likeliest first
    asked    True where a person named the place: then a file that is not there is a finding
    others   manifests of the other runs by name: what stands at a place may be the input of one of them by now
    """

    run: str
    manifest: Mapping[str, Any]
    places: tuple[Path, ...]
    asked: bool
    others: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Seen:
    """What was found. hashed: how many files were read; changed: (where, what) of each that is another file now."""

    hashed: int
    changed: tuple[tuple[str, str], ...]
    unseen: tuple[str, ...]


def seen_inputs(sought: Sought) -> Seen:
    """Hash the inputs of a run again."""
    wanted = _wanted(sought.manifest)
    if find_submission(sought.manifest, sought.places) is not None:
        return Seen(len(wanted), (), ())
    near, names = next(_bases(wanted, sought.places), None), ", ".join(wanted)
    if near is None:
        where = ", ".join(map(str, sought.places)) or "any place that the log names"
        if sought.asked:
            return Seen(0, ((sought.run, f"its input {names} is not in {where}"),), ())
        return Seen(0, (), (f"{names} of {sought.run}: not at {where}",))
    now = {name: _digest(near / name) for name in wanted}
    if successor := _successor(now, sought):
        return Seen(len(now), (), (f"{names} of {sought.run}: what stands in {near} is the input of {successor} now",))
    changed = tuple((sought.run, _told(name, found, near)) for name, found in now.items() if found != wanted[name])
    return Seen(sum(found is not None for found in now.values()), changed, ())


def _told(name: str, found: str | None, folder: Path) -> str:
    if found is None:
        return f"its input {name} is not in {folder}"
    return f"its input {name} was changed: the SHA-256 in {folder} is {found}"


def find_submission(manifest: Mapping[str, Any], places: Sequence[Path]) -> Path | None:
    """The workbook or folder that a run was made from, each file with the same hash; None where there is none."""
    wanted = _wanted(manifest)
    for place in places:  # a file that was named as the submission is one, whatever its kind
        if place.is_file() and wanted == {place.name: _digest(place)}:
            return place
    for base in _bases(wanted, places):
        if all(_digest(base / name) == sha256 for name, sha256 in wanted.items()):
            only = base / next(iter(wanted))
            return only if len(wanted) == 1 and only.suffix.lower() not in (".csv", ".parquet") else base
    return _of_masked(manifest, wanted, places)


def _of_masked(manifest: Mapping[str, Any], wanted: Mapping[str, str], places: Sequence[Path]) -> Path | None:
    """The system that a masked run was made from. The names in its manifest are masks, so the content must tell."""
    options = manifest.get("options")
    system = options.get("system") if isinstance(options, dict) else None
    if not isinstance(system, dict) or system.get("anonymise") is not True:
        return None
    from reporting.batch.systems import system_files

    for place in (place for place in places if place.is_dir()):
        found = sorted(file.sha256 for file in system_files(place, Limits()) if file.sha256)
        if found == sorted(wanted.values()):
            return place
    return None


def recorded_places(lines: Sequence[Line], run: str) -> tuple[Path, ...]:
    """Where the submission of a run stood according to the log, the latest place first."""
    contents = (line.content for line in reversed(lines) if line.content and line.content.get("folder") == run)
    places = (content.get("places") for content in contents)
    texts = (place.get("submission") for place in places if isinstance(place, dict))
    return tuple(Path(text) for text in dict.fromkeys(texts) if isinstance(text, str))


def _wanted(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Path and SHA-256 of the inputs; one without SHA-256 was only seen there, not read."""
    entries = manifest.get("inputs")
    return {
        entry["path"]: entry["sha256"]
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and _inside(entry.get("path")) and isinstance(entry.get("sha256"), str)
        if entry["sha256"]
    }


def _inside(path: object) -> bool:
    return isinstance(path, str) and bool(path) and not Path(path).is_absolute() and ".." not in Path(path).parts


def _bases(wanted: Mapping[str, str], places: Sequence[Path]) -> Iterator[Path]:
    """Folders in which a file of the submission stands, those with its first file before the others."""
    names = [Path(name) for name in wanted if Path(name).name]
    for place in places:
        if place.is_file():
            yield from [place.parent] if place.name in wanted else []
            continue
        there: dict[str, list[Path]] = {name.name: [] for name in names}
        for path in sorted(place.rglob("*")) if place.is_dir() else []:
            if path.name in there and path.is_file():
                there[path.name].append(path)
        found = (path.parents[len(n.parts) - 1] for n in names for path in there[n.name] if path.match(str(n)))
        yield from dict.fromkeys(found)


def _successor(now: Mapping[str, str | None], sought: Sought) -> str:
    """The name of another run of the same institution and date whose inputs these are; "" where there is none."""
    who = sought.manifest.get("institution")
    others = ((name, other) for name, other in sought.others.items() if other.get("institution") == who)
    return next((name for name, other in others if _wanted(other) == now), "")


def _digest(path: Path) -> str | None:
    """SHA-256 of a file; None where none is, or something else that cannot be read to its end."""
    return digest(path) if path.is_file() else None
