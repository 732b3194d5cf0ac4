"""The parameters in force in one jurisdiction on one day."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from reporting.figures import Parameter
from reporting.rulebook.loading import EVERY, RulebookError, load_entries, parameter_files


@dataclass(frozen=True)
class Rulebook:
    """Parameters by name, all in force on `on`.

    not_in_force   parameters that exist but have no value on that day: name -> why, for the report
    digest         SHA-256 over all parameter files of the release, so that a report can name its rulebook
    """

    jurisdiction: str
    on: date
    parameters: Mapping[str, Parameter]
    not_in_force: Mapping[str, str]
    digest: str

    def number(self, name: str) -> float:
        """A parameter that is a number. RulebookError where there is none of that name in force."""
        value = self.parameters[name].value if name in self.parameters else None
        if isinstance(value, bool) or not isinstance(value, float):
            raise RulebookError(f"{name} is no number in force on {self.on} for {self.jurisdiction}")
        return value


def jurisdictions() -> tuple[str, ...]:
    """Codes of the jurisdictions that have parameters."""
    return tuple(sorted({path.stem for path in parameter_files()} - {EVERY}))


def load_rulebook(jurisdiction: str, on: date) -> Rulebook:
    """The parameters of `jurisdiction` in force on the day `on`; of `every` those of the toolkit itself, and no law.

    RulebookError for a jurisdiction that has none, or for a parameter file that breaks the rules.
    """
    if jurisdiction not in (*jurisdictions(), EVERY):
        raise RulebookError(f"no parameters for jurisdiction {jurisdiction!r}; there are {', '.join(jurisdictions())}")
    in_force: dict[str, Parameter] = {}
    absent: dict[str, str] = {}
    for entry in load_entries(jurisdiction).values():
        version = entry.on(on)
        if version is None:
            first = entry.versions[0]
            absent[entry.name] = f"{entry.label} has no value on {on}: the first is in force from {first.in_force}"
            continue
        in_force[entry.name] = Parameter(
            entry.name, entry.label, version.value, entry.unit, version.reference,
            entry.jurisdiction, version.in_force, entry.checked_on, version.confirmed,
        )  # fmt: skip
    return Rulebook(jurisdiction, on, MappingProxyType(in_force), MappingProxyType(absent), _digest())


@lru_cache
def _digest() -> str:
    content = hashlib.sha256()
    for path in parameter_files():
        content.update(f"{path.parent.parent.name}/{path.name}\n".encode())
        content.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return content.hexdigest()
