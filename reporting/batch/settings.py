"""batch.toml: read, checked like data, and frozen."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args

import reporting.batch.reader as read
from reporting.batch.addresses import beside, is_url
from reporting.batch.reader import Entry, Reader, SettingsFault
from reporting.batch.system_options import SystemOptions
from reporting.documents import DocumentFault, read_text
from reporting.intake.limits import GIB, Limits
from reporting.intake.limits_file import check_limit
from reporting.portfolio.system import Rule
from reporting.reports import about_of, report_names
from reporting.reports.model import CLASSIFICATION
from reporting.rulebook import jurisdictions

LATEST = "latest"
_OUTPUTS = ("pdf", "xlsx", "json")
_VARIANTS = ("pdf/a-3a", "pdf/ua-1")
_WORKERS = 1_000


@dataclass(frozen=True)
class Settings:
    """A batch as its file describes it, paths made absolute from the folder of that file.

    file       the batch file itself
    reports    at most one about institutions and one about systems
    files      paths, patterns and URLs of the submissions, as given
    system     folder or URL of a system, as given; its submissions are submissions of the batch too; "" for none
    whole      how the system is read for the report about it
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
    reports: tuple[str, ...] = ("leverage",)
    out: str = "out"
    log: str = ""
    jurisdiction: str = ""
    outputs: tuple[str, ...] = _OUTPUTS
    templates: tuple[Path, ...] = ()
    previous: str = ""
    files: tuple[str, ...] = ()
    system: str = ""
    whole: SystemOptions = field(default_factory=SystemOptions)
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
    classification: str = ""

    def report_on(self, about: str) -> str:
        """The report about an `institution`, or about a `system`; "" where none was asked for."""
        return next((name for name in self.reports if about_of(name, self.templates) == about), "")


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
    reader = Reader(path)
    return _resolved(path, reader.table("", content, _TOP), reader)


def _intake(reader: Reader, where: str, raw: object) -> dict[str, Any]:
    values = reader.table(where, raw, {limit.name: _limit for limit in fields(Limits)})
    return {"intake": Limits(**values)}


def _limit(reader: Reader, where: str, raw: object) -> int:
    try:
        check_limit(reader.path.name, where, raw)
    except DocumentFault as fault:
        raise SettingsFault(str(fault)) from None
    return int(raw)  # type: ignore[call-overload, no-any-return]


def _classification(reader: Reader, where: str, raw: object) -> str:
    found = read.text(reader, where, raw)
    if len(found) > CLASSIFICATION:
        raise reader.fault(where, f"has {len(found)} letters, must have at most {CLASSIFICATION}")
    return found


def _jurisdiction(reader: Reader, where: str, raw: object) -> str:
    return read.known(reader, where, read.text(reader, where, raw), jurisdictions())


_OPTIONS: Mapping[str, Entry] = {
    "partial": read.truth,
    "final": read.truth,
    "pdf_variant": read.choice(*_VARIANTS),
    "classification": _classification,
    "overrides": read.truth,
    "rule": read.choice(*get_args(Rule)),
    "date": read.day,
}
_TOP: Mapping[str, Entry] = {
    "name": read.name,
    "reports": read.texts,
    "out": read.text,
    "log": read.text,
    "jurisdiction": _jurisdiction,
    "outputs": read.some_of(*_OUTPUTS),
    "templates": read.texts,
    "previous": read.text,
    "inputs": read.table({"files": read.texts, "system": read.text}),
    "options": read.table(_OPTIONS),
    "workers": read.table({"count": read.whole(0, _WORKERS), "recycle": read.whole(1), "dask": read.text}),
    "limits": read.table({"seconds": read.whole(1), "memory": read.whole(2**28, 2**48), "intake": _intake}),
}


def _resolved(path: Path, values: dict[str, Any], reader: Reader) -> Settings:
    """Paths made absolute, and what only the whole file can tell."""
    base = path.absolute().parent
    if not values.get("files") and "system" not in values:
        raise reader.fault("inputs.files", "is missing or empty, must name the submissions")
    templates = tuple(Path(beside(base, one)) for one in values.get("templates", ()))
    for folder in templates:
        if not folder.is_dir():
            raise reader.fault("templates", f"names {folder}, which is not a folder")
    _check_reports(values, templates, reader)
    whole = SystemOptions(rule=values.pop("rule", SystemOptions.rule), day=values.pop("date", None))
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
        "whole": whole,
    }
    bounded = any(bound in values for bound in ("seconds", "memory", "recycle"))
    return with_workers(Settings(file=path.absolute(), bounded=bounded, **{**values, **places}))


def _check_reports(values: Mapping[str, Any], templates: tuple[Path, ...], reader: Reader) -> None:
    """One report about institutions, one about a system, and what each is made of."""
    reports = values.get("reports", Settings.reports)
    for number, name in enumerate(reports):
        read.known(reader, f"reports[{number}]", name, report_names(templates))
    about = [about_of(name, templates) for name in reports]
    if not reports or len(set(about)) < len(about):
        raise reader.fault(
            "reports",
            f"names {len(reports)} reports, must name one about institutions, one about a system, or one of each: "
            "another report is another batch, with its own out",
        )
    if "system" in about and "system" not in values:
        raise reader.fault("inputs.system", f"is missing: {reports[about.index('system')]} is about a system")
    if "institution" not in about and "files" in values:
        raise reader.fault("inputs.files", f"names submissions, but {reports[0]} is about a system")
    for key, where in (("overrides", "options.overrides"), ("jurisdiction", "jurisdiction")):
        if values.get(key) and "system" in about:
            name = reports[about.index("system")]
            told = (
                f"is given, but {name} is about a system, which takes its submissions as they are, of any jurisdiction"
            )
            raise reader.fault(where, f"{told}: give it a batch of its own")
    for key in ("rule", "date"):
        if key in values and "system" not in about:
            raise reader.fault(f"options.{key}", "is given, but none of the reports is about a system")


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
