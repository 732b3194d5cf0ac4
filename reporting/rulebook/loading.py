"""Read the parameter files strictly: an unknown key or a wrong date is an error of the release, not of the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from reporting.documents import read_yaml, require_keys
from reporting.figures import ParameterValue
from reporting.problems import ConfigurationFault

# Parameters of one jurisdiction stand in <folder>/parameters/<code>.yaml; those of the toolkit itself, such as
# tolerances, in every.yaml and hold in each jurisdiction.
EVERY = "every"

_ENTRY_KEYS = ("label", "unit", "checked_on", "values")
_VERSION_KEYS = ("value", "reference", "status")
_STATUS = {"confirmed": True, "unconfirmed": False}


class RulebookError(ConfigurationFault):
    """A parameter file breaks its own rules."""


@dataclass(frozen=True)
class Version:
    """The value from one day on. `confirmed` is False where the text of the law was not at hand."""

    in_force: date
    value: ParameterValue
    reference: str
    confirmed: bool


@dataclass(frozen=True)
class Entry:
    """A parameter with all its values, the earliest first."""

    name: str
    jurisdiction: str
    label: str
    unit: str
    checked_on: date
    versions: tuple[Version, ...]

    def on(self, day: date) -> Version | None:
        """The version in force on a day; None before the first."""
        past = [version for version in self.versions if version.in_force <= day]
        return past[-1] if past else None


def parameter_files() -> tuple[Path, ...]:
    """All parameter files of the release, in the order of their paths."""
    package = Path(__file__).parent.parent
    return tuple(sorted([*package.glob("*/parameters/*.yaml"), *package.glob("measures/*/parameters/*.yaml")]))


@lru_cache
def load_entries(jurisdiction: str) -> Mapping[str, Entry]:
    """Every parameter of a jurisdiction and of the toolkit itself, by name. RulebookError where a file is wrong."""
    entries: dict[str, Entry] = {}
    for path in parameter_files():
        if path.stem not in (jurisdiction, EVERY):
            continue
        of_file = load_file(path)
        if both := entries.keys() & of_file.keys():
            raise RulebookError(f"{path.name}: {min(both)} is defined twice")
        entries.update(of_file)
    return entries


def load_file(path: Path) -> Mapping[str, Entry]:
    """The parameters of one file, by name. RulebookError says which entry is wrong and how."""
    folder = path.parent.parent.name
    return {
        name: _entry(f"{folder}/{path.name}: {name}", name, path.stem, raw) for name, raw in _document(path).items()
    }


def _document(path: Path) -> dict[str, Any]:
    return dict(read_yaml(path.read_text(encoding="utf-8")))


def _entry(where: str, name: str, jurisdiction: str, raw: Any) -> Entry:
    require_keys(where, raw, _ENTRY_KEYS)
    versions = tuple(_version(f"{where}, {day}", day, value) for day, value in raw["values"].items())
    days = [version.in_force for version in versions]
    if not days or days != sorted(set(days)):
        raise RulebookError(f"{where}: values must be dated, the earliest first, each day once")
    if len({_kind(version.value) for version in versions}) > 1:
        raise RulebookError(f"{where}: a later value is of another kind than an earlier one")
    _expect_date(where, raw["checked_on"])
    return Entry(name, jurisdiction, str(raw["label"]), str(raw["unit"]), raw["checked_on"], versions)


def _version(where: str, day: Any, raw: Any) -> Version:
    _expect_date(where, day)
    require_keys(where, raw, _VERSION_KEYS)
    if raw["status"] not in _STATUS:
        raise RulebookError(f"{where}: status is {raw['status']!r}, must be confirmed or unconfirmed")
    return Version(day, _value(where, raw["value"]), str(raw["reference"]), _STATUS[raw["status"]])


def _value(where: str, raw: Any) -> ParameterValue:
    if isinstance(raw, bool | str):
        return raw
    if isinstance(raw, int | float):
        return float(raw)
    if isinstance(raw, dict) and raw and all(isinstance(v, int | float) for v in raw.values()):
        return {str(key): float(number) for key, number in raw.items()}
    raise RulebookError(f"{where}: value is {raw!r}, must be a number, true or false, text, or numbers by category")


def _kind(value: ParameterValue) -> str:
    return "mapping" if isinstance(value, Mapping) else type(value).__name__


def _expect_date(where: str, day: Any) -> None:
    if type(day) is not date:
        raise RulebookError(f"{where}: {day!r} must be a date such as 2026-01-01")
