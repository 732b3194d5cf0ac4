"""batch.toml: read, checked like data, and frozen."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from reporting.batch.addresses import beside, is_url
from reporting.documents import DocumentFault, kind_of, read_text
from reporting.intake.limits import GIB, Limits
from reporting.intake.limits_file import check_limit
from reporting.problems import ConfigurationFault
from reporting.reports import report_names
from reporting.rulebook import jurisdictions
from reporting.spelling import did_you_mean

LATEST = "latest"
_OUTPUTS = ("pdf", "xlsx", "json")
_VARIANTS = ("pdf/a-3a", "pdf/ua-1")
_LONGEST = 60  # letters of the name of a batch
_MOST = 1_000_000  # of a count
_WORKERS = 1_000


class SettingsFault(ConfigurationFault):
    """A batch file is wrong: the text says which file, where in it, and what is expected."""


@dataclass(frozen=True)
class Settings:
    """A batch as its file describes it, paths made absolute from the folder of that file.

    file       the batch file itself
    files      paths, patterns and URLs of the submissions, as given
    previous   "" for none, LATEST for the output root itself, else another output root
    overrides  whether <name>.overrides.yaml beside a submission is used
    count      processes; 0 works in this one
    seconds    of the clock for one submission, in processes
    memory     bytes that one process may hold
    dask       address of a scheduler, "local" for a cluster of this machine, or ""
    bounded    whether the file sets bounds that only processes can hold to
    """

    file: Path
    name: str = "batch"
    report: str = "leverage"
    out: str = "out"
    log: str = ""
    jurisdiction: str = ""
    outputs: tuple[str, ...] = _OUTPUTS
    templates: tuple[Path, ...] = ()
    previous: str = ""
    files: tuple[str, ...] = ()
    partial: bool = False
    final: bool = False
    pdf_variant: str = "pdf/a-3a"
    overrides: bool = False
    count: int = 2
    recycle: int = 20
    dask: str = ""
    bounded: bool = False
    seconds: int = 600
    memory: int = 4 * GIB
    intake: Limits = field(default_factory=Limits)


def example_text() -> str:
    """A commented batch file, which passes its own check."""
    return (Path(__file__).parent / "example.toml").read_text(encoding="utf-8")


def load_settings(path: Path) -> Settings:
    """The batch of a file. SettingsFault for whatever is wrong in it, OSError where it cannot be opened."""
    try:
        text = read_text(path)
    except DocumentFault as fault:
        raise SettingsFault(f"{path.name}: {fault}") from None
    return read_settings(text, path)


def read_settings(text: str, path: Path) -> Settings:
    """As `load_settings`, from the text of a file that lies at `path`."""
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsFault(f"{path.name} is not TOML: {error}") from None
    reader = _Reader(path)
    values = reader.table("", content, _TOP)
    return _resolved(path, values, reader)


@dataclass(frozen=True)
class _Reader:
    path: Path

    def fault(self, where: str, what: str) -> SettingsFault:
        return SettingsFault(f"{self.path.name}: {where} {what}" if where else f"{self.path.name} {what}")

    def table(
        self, where: str, raw: object, entries: Mapping[str, Callable[[_Reader, str, Any], Any]]
    ) -> dict[str, Any]:
        """The values of a table by the names of the fields of Settings; each entry checks its own."""
        if not isinstance(raw, dict):
            raise self.fault(where, f"is {_kind(raw)}, must be a table")
        found: dict[str, Any] = {}
        for key, value in raw.items():
            place = f"{where}.{key}" if where else key
            if key not in entries:
                hint = did_you_mean(key, entries) or f"; there are {', '.join(entries)}"
                raise self.fault(place[:80], f"is unknown{hint}")
            read = entries[key](self, place, value)
            found.update(read if isinstance(read, dict) else {key: read})
        return found


def _kind(raw: object) -> str:
    return {"date": "a day", "datetime": "a time", "time": "a time"}.get(type(raw).__name__) or kind_of(raw)


def _text(reader: _Reader, where: str, raw: object) -> str:
    if not isinstance(raw, str):
        raise reader.fault(where, f"is {_kind(raw)}, must be a text")
    if not raw or raw != raw.strip() or not raw.isprintable():
        raise reader.fault(where, f"is {raw[:80]!r}, must be a text that can be printed, without blanks around it")
    return raw


def _name(reader: _Reader, where: str, raw: object) -> str:
    name = _text(reader, where, raw)
    if len(name) > _LONGEST or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
        raise reader.fault(where, f"is {name[:80]!r}, must consist of at most {_LONGEST} letters, digits, - and _")
    return name


def _texts(reader: _Reader, where: str, raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise reader.fault(where, f"is {_kind(raw)}, must be a list of texts")
    found = tuple(_text(reader, f"{where}[{number}]", one) for number, one in enumerate(raw))
    if len(set(found)) < len(found):
        raise reader.fault(where, "names something twice")
    return found


def _choices(*choices: str) -> Callable[[_Reader, str, object], tuple[str, ...]]:
    def read(reader: _Reader, where: str, raw: object) -> tuple[str, ...]:
        found = _texts(reader, where, raw)
        return tuple(_known(reader, f"{where}[{number}]", one, choices) for number, one in enumerate(found))

    return read


def _known(reader: _Reader, where: str, name: str, choices: tuple[str, ...]) -> str:
    if name not in choices:
        hint = did_you_mean(name, choices) or f"; there are {', '.join(choices)}"
        raise reader.fault(where, f"is {name!r}, which is not known{hint}")
    return name


def _truth(reader: _Reader, where: str, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise reader.fault(where, f"is {_kind(raw)}, must be true or false")
    return raw


def _whole(least: int, most: int = _MOST) -> Callable[[_Reader, str, object], int]:
    def read(reader: _Reader, where: str, raw: object) -> int:
        if type(raw) is not int or not least <= raw <= most:
            shown = raw if type(raw) is int else _kind(raw)
            raise reader.fault(where, f"is {shown}, must be a whole number from {least:,} to {most:,}")
        return raw

    return read


def _reports(reader: _Reader, where: str, raw: object) -> dict[str, Any]:
    names = _texts(reader, where, raw)
    if len(names) != 1:
        raise reader.fault(
            where, f"names {len(names)} reports, must name one: another report is another batch, with its own out"
        )
    return {"report": names[0]}


def _system(reader: _Reader, where: str, raw: object) -> str:
    _text(reader, where, raw)
    raise reader.fault(where, "names a system, which a batch cannot run yet: list the submissions in inputs.files")


def _intake(reader: _Reader, where: str, raw: object) -> dict[str, Any]:
    values = reader.table(where, raw, {limit.name: _limit for limit in fields(Limits)})
    return {"intake": Limits(**values)}


def _limit(reader: _Reader, where: str, raw: object) -> int:
    try:
        check_limit(reader.path.name, where, raw)
    except DocumentFault as fault:
        raise SettingsFault(str(fault)) from None
    return int(raw)  # type: ignore[call-overload, no-any-return]


def _variant(reader: _Reader, where: str, raw: object) -> str:
    return _known(reader, where, _text(reader, where, raw), _VARIANTS)


def _jurisdiction(reader: _Reader, where: str, raw: object) -> str:
    return _known(reader, where, _text(reader, where, raw), jurisdictions())


def _sub(entries: Mapping[str, Callable[[_Reader, str, Any], Any]]) -> Callable[[_Reader, str, object], dict[str, Any]]:
    return lambda reader, where, raw: reader.table(where, raw, entries)


_TOP: Mapping[str, Callable[[_Reader, str, Any], Any]] = {
    "name": _name,
    "reports": _reports,
    "out": _text,
    "log": _text,
    "jurisdiction": _jurisdiction,
    "outputs": _choices(*_OUTPUTS),
    "templates": _texts,
    "previous": _text,
    "inputs": _sub({"files": _texts, "system": _system}),
    "options": _sub({"partial": _truth, "final": _truth, "pdf_variant": _variant, "overrides": _truth}),
    "workers": _sub({"count": _whole(0, _WORKERS), "recycle": _whole(1), "dask": _text}),
    "limits": _sub({"seconds": _whole(1), "memory": _whole(2**28, 2**48), "intake": _intake}),
}


def _resolved(path: Path, values: dict[str, Any], reader: _Reader) -> Settings:
    """Paths made absolute, and what only the whole file can tell."""
    base = path.absolute().parent
    if not values.get("files"):
        raise reader.fault("inputs.files", "is missing or empty, must name the submissions")
    templates = tuple(Path(beside(base, one)) for one in values.get("templates", ()))
    for folder in templates:
        if not folder.is_dir():
            raise reader.fault("templates", f"names {folder}, which is not a folder")
    report = values.get("report", Settings.report)
    _known(reader, "reports[0]", report, report_names(templates))
    out, previous = values.get("out", Settings.out), values.get("previous", "")
    if is_url(out) and "log" not in values:
        raise reader.fault(
            "log", "is missing: out is a URL, where nothing can be appended, so name a folder for the log"
        )
    if not is_url(out) and "log" in values:
        raise reader.fault("log", "is given, but out is a folder, and the log of its runs stands in it")
    if "dask" in values and "count" in values:
        raise reader.fault("workers.count", "and workers.dask are both given, must be one of them")
    places = {
        "out": beside(base, out),
        "log": beside(base, values["log"]) if "log" in values else "",
        "previous": previous if previous in ("", LATEST) else beside(base, previous),
        "templates": templates,
    }
    bounded = any(bound in values for bound in ("seconds", "memory", "recycle"))
    return with_workers(Settings(file=path.absolute(), bounded=bounded, **{**values, **places}))


def with_workers(settings: Settings, count: int | None = None, dask: str = "") -> Settings:
    """The batch with another number of workers, or on a cluster. SettingsFault where bounds would hold nobody."""
    count, dask = settings.count if count is None else count, dask or settings.dask
    if not 0 <= count <= _WORKERS:
        raise SettingsFault(f"the number of workers is {count}, must be from 0 to {_WORKERS:,}")
    if count == 0 and not dask and settings.bounded:
        raise SettingsFault(
            f"{settings.file.name}: with 0 workers nothing holds to limits.seconds, limits.memory or workers.recycle: "
            "leave them out, or take a worker"
        )
    return replace(settings, count=count, dask=dask)
