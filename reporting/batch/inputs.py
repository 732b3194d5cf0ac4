"""The submissions of a batch: found by path, pattern or URL, and brought to this machine when they are worked on."""

from __future__ import annotations

import glob
import os
import posixpath
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reporting.batch.addresses import is_url, local_path, store_of
from reporting.batch.settings import Settings, SettingsFault
from reporting.origin import printable
from reporting.spelling import nearest

_PATTERN = "*?["
OVERRIDES = ".overrides.yaml"  # after the name of a submission, without its suffix


@dataclass(frozen=True)
class Submission:
    """A submission of a batch.

    name      as shown: the path from the folder of the batch file, or the URL. Not of this machine, so that what is
              written is the same elsewhere
    address   where it lies: an absolute path, or the URL
    """

    name: str
    address: str


def find_submissions(settings: Settings) -> tuple[tuple[Submission, ...], tuple[str, ...]]:
    """The submissions by name, and what a pattern matched but is left out, in words.

    SettingsFault where a path is not there or a pattern matches nothing.
    """
    found: dict[str, Submission] = {}
    left_out: dict[str, str] = {}
    for number, text in enumerate(settings.files):
        where = f"{settings.file.name}: inputs.files[{number}]"
        matched = _of_url(text, where) if is_url(text) else _of_path(text, settings, where)
        for one in matched:
            if why := _not_one(one, settings):
                left_out[one.name] = f"{one.name} is left out: {why}"
            else:
                found[one.name] = one
    if not found:
        raise SettingsFault(f"{settings.file.name}: inputs.files names nothing that is a submission")
    return tuple(found[name] for name in sorted(found)), tuple(left_out[name] for name in sorted(left_out))


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
