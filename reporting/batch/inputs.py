"""The submissions of a batch: found by path, pattern or URL, and brought to this machine when they are worked on."""

from __future__ import annotations

import glob
import os
import posixpath
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reporting.batch.addresses import is_url, local_path, store_of
from reporting.batch.reader import SettingsFault
from reporting.batch.settings import Settings
from reporting.intake.reading import WORKBOOKS
from reporting.origin import printable
from reporting.portfolio.system.loading import is_network, submissions_in
from reporting.spelling import nearest

_PATTERN = "*?["
OVERRIDES = ".overrides.yaml"  # after the name of a submission, without its suffix


@dataclass(frozen=True)
class Submission:
    """A submission of a batch.

    name      as shown: the path from the folder of the batch file, or the URL. Not of this machine, so that what is
              written is the same elsewhere
    address   where it lies: an absolute path, or the URL
    system    whether it is a system of many, on which there is a report of its own
    """

    name: str
    address: str
    system: bool = False


def find_submissions(settings: Settings) -> tuple[tuple[Submission, ...], tuple[str, ...]]:
    """The submissions by name, the system last, and what a pattern matched but is left out, in words.

    SettingsFault where a path is not there, a pattern matches nothing or a system holds no submission.
    """
    found: dict[str, Submission] = {}
    left_out: dict[str, str] = {}
    for one in _named(settings):
        if why := _not_one(one, settings):
            left_out[one.name] = f"{one.name} is left out: {why}"
        elif found.setdefault(one.name, one).address != one.address:
            raise SettingsFault(f"{settings.file.name}: the names of two submissions are both printed as {one.name}")
    system = _system(settings)
    if not found and not system:
        raise SettingsFault(f"{settings.file.name}: the inputs name nothing that is a submission")
    ordered = [found[name] for name in sorted(found)]
    return (*ordered, *system), tuple(left_out[name] for name in sorted(left_out))


def _named(settings: Settings) -> Iterator[Submission]:
    """What the batch file names as submissions of institutions."""
    if not settings.report_on("institution"):
        return
    for number, text in enumerate(settings.files):
        where = f"{settings.file.name}: inputs.files[{number}]"
        yield from _of_url(text, where) if is_url(text) else _of_path(text, settings, where)
    if settings.system:
        yield from _members(settings)


def _system(settings: Settings) -> tuple[Submission, ...]:
    """The system itself, where a report on it is asked for."""
    if not settings.report_on("system"):
        return ()
    return (replace(_folder(settings), system=True),)


def _folder(settings: Settings) -> Submission:
    text, where = settings.system, f"{settings.file.name}: inputs.system"
    found = list(_of_url(text, where) if is_url(text) else _of_path(text, settings, where))
    if len(found) != 1:
        raise SettingsFault(f"{where} names {len(found)} folders, must name one")
    folder, out = found[0].address, settings.out
    if not is_url(folder) and not is_url(out) and Path(out).is_relative_to(folder):
        raise SettingsFault(f"{where}: {text} holds the output root, whose runs would be taken for submissions")
    if not is_url(folder) and not is_url(out) and Path(folder).is_relative_to(out):
        raise SettingsFault(f"{where}: {text} lies below the output root, where nothing is taken for a submission")
    return found[0]


def _members(settings: Settings) -> Iterator[Submission]:
    """The submissions in the folder of the system: workbooks, and folders of tables."""
    folder, where = _folder(settings), f"{settings.file.name}: inputs.system"
    if is_url(folder.address):
        fs, there = store_of(folder.address)
        entries = sorted((str(one["name"]), one["type"]) for one in fs.ls(there, detail=True))
        names = [name for name, kind in entries if kind == "directory" or name.lower().endswith(WORKBOOKS)]
        urls = [str(fs.unstrip_protocol(name)).rstrip("/") for name in names]
        yield from (Submission(printable(url), url) for url in urls)
        return
    path = Path(folder.address)
    if path.is_file():
        raise SettingsFault(f"{where}: {settings.system} is a file, must be a folder of submissions")
    if is_network(path):
        raise SettingsFault(
            f"{where}: {settings.system} holds nodes and edges, no submissions on which "
            f"{settings.report_on('institution')} could report: leave that report out"
        )
    yield from (_submission(entry, settings.file.parent) for entry in submissions_in(path))


def _of_path(text: str, settings: Settings, where: str) -> Iterator[Submission]:
    base = settings.file.parent
    text = str(local_path(text))
    if not any(letter in text for letter in _PATTERN):
        path = base / text
        if not path.exists():
            names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
            near = nearest(path.name, names)
            hint = f", did you mean {Path(text).with_name(near).as_posix()}?" if near else ""
            raise SettingsFault(f"{where}: {text} does not exist{hint}")
        yield _submission(path, base)
        return
    matched = sorted(glob.glob(text, root_dir=base, recursive=True))  # noqa: PTH207 - it takes patterns of any root
    if not matched:
        raise SettingsFault(f"{where}: {text} matches nothing")
    for name in matched:
        yield _submission(base / name, base)


def _submission(path: Path, base: Path) -> Submission:
    whole = os.path.normpath(path)
    return Submission(printable(Path(os.path.relpath(whole, base)).as_posix()), whole)


def _of_url(text: str, where: str) -> Iterator[Submission]:
    fs, path = store_of(text)
    if not any(letter in path for letter in _PATTERN):
        matched = [path] if fs.exists(path) else []
    else:
        matched = sorted(fs.glob(path))
    if not matched:
        raise SettingsFault(f"{where}: {text} matches nothing")
    for one in matched:
        url = str(fs.unstrip_protocol(one)).rstrip("/")
        yield Submission(printable(url), url)


def _not_one(one: Submission, settings: Settings) -> str:
    """Why a match is no submission; "" where it is one."""
    name = posixpath.basename(one.name)
    if name.startswith(("~$", ".")):
        return "it is a hidden file, or the lock of an open workbook"
    if settings.overrides and name.endswith(OVERRIDES):
        return "it holds overrides"
    if not is_url(one.address) and not is_url(settings.out) and Path(one.address).is_relative_to(Path(settings.out)):
        return "it lies below the output root"
    return ""


@contextmanager
def at_hand(address: str, overrides: bool) -> Iterator[tuple[Path, Path | None]]:
    """A local path of a submission, and of the overrides beside it where they are asked for and there.

    FileNotFoundError where nothing is at the address; other OSErrors of the system or of the store.
    """
    if not is_url(address):
        yield Path(address), overrides_of(Path(address)) if overrides else None
        return
    fs, there = store_of(address)
    with tempfile.TemporaryDirectory() as folder:
        is_folder = fs.isdir(there)
        path = Path(folder) / "submission" / posixpath.basename(there)
        path.parent.mkdir()
        fs.get(there.rstrip("/") + "/" * is_folder, str(path) + "/" * is_folder, recursive=is_folder)
        name = _stem(posixpath.basename(there), is_folder) + OVERRIDES
        beside_url = posixpath.join(posixpath.dirname(there), name)
        beside = Path(folder) / name
        wanted = overrides and fs.exists(beside_url)
        if wanted:
            fs.get_file(beside_url, str(beside))
        yield path, beside if wanted else None


def overrides_of(path: Path) -> Path | None:
    """The file of overrides beside a submission, if it is there."""
    beside = path.with_name(_stem(path.name, path.is_dir()) + OVERRIDES)
    return beside if beside.exists() else None


def _stem(name: str, is_folder: bool) -> str:
    return name if is_folder else posixpath.splitext(name)[0]
