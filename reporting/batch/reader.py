"""Values of a batch file checked one by one: what is wrong is said with its place and what is expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from reporting.documents import kind_of
from reporting.problems import ConfigurationFault
from reporting.spelling import did_you_mean

_LONGEST = 60  # letters of the name of a batch
_MOST = 1_000_000  # of a count


class SettingsFault(ConfigurationFault):
    """A batch file is wrong: the text says which file, where in it, and what is expected."""


@dataclass(frozen=True)
class Reader:
    """The file that is read, for messages."""

    path: Path

    def fault(self, where: str, what: str) -> SettingsFault:
        """The fault at a place of the file."""
        return SettingsFault(f"{self.path.name}: {where} {what}" if where else f"{self.path.name} {what}")

    def table(self, where: str, raw: object, entries: Mapping[str, Entry]) -> dict[str, Any]:
        """The values of a table by key; each entry checks its own, and may give several values as a dictionary."""
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


Entry = Callable[[Reader, str, Any], Any]


def text(reader: Reader, where: str, raw: object) -> str:
    """A text that can be printed."""
    if not isinstance(raw, str):
        raise reader.fault(where, f"is {_kind(raw)}, must be a text")
    if not raw or raw != raw.strip() or not raw.isprintable():
        raise reader.fault(where, f"is {raw[:80]!r}, must be a text that can be printed, without blanks around it")
    return raw


def name(reader: Reader, where: str, raw: object) -> str:
    """A text that can name a folder anywhere."""
    found = text(reader, where, raw)
    if len(found) > _LONGEST or not all(c.isascii() and (c.isalnum() or c in "-_") for c in found):
        raise reader.fault(where, f"is {found[:80]!r}, must consist of at most {_LONGEST} letters, digits, - and _")
    return found


def texts(reader: Reader, where: str, raw: object) -> tuple[str, ...]:
    """A list of texts, none of them twice."""
    if not isinstance(raw, list):
        raise reader.fault(where, f"is {_kind(raw)}, must be a list of texts")
    found = tuple(text(reader, f"{where}[{number}]", one) for number, one in enumerate(raw))
    if len(set(found)) < len(found):
        raise reader.fault(where, "names something twice")
    return found


def truth(reader: Reader, where: str, raw: object) -> bool:
    """True or false."""
    if not isinstance(raw, bool):
        raise reader.fault(where, f"is {_kind(raw)}, must be true or false")
    return raw


def day(reader: Reader, where: str, raw: object) -> date:
    """A day, as TOML writes one."""
    if not isinstance(raw, date) or isinstance(raw, datetime):
        raise reader.fault(where, f"is {_kind(raw)}, must be a day such as 2026-09-30, without quotation marks")
    return raw


def whole(least: int, most: int = _MOST) -> Callable[[Reader, str, object], int]:
    """A whole number in a range."""

    def read(reader: Reader, where: str, raw: object) -> int:
        if type(raw) is not int or not least <= raw <= most:
            shown = raw if type(raw) is int else _kind(raw)
            raise reader.fault(where, f"is {shown}, must be a whole number from {least:,} to {most:,}")
        return raw

    return read


def choice(*choices: str) -> Callable[[Reader, str, object], str]:
    """One of several texts."""
    return lambda reader, where, raw: known(reader, where, text(reader, where, raw), choices)


def some_of(*choices: str) -> Callable[[Reader, str, object], tuple[str, ...]]:
    """A list of texts out of several."""

    def read(reader: Reader, where: str, raw: object) -> tuple[str, ...]:
        found = texts(reader, where, raw)
        return tuple(known(reader, f"{where}[{number}]", one, choices) for number, one in enumerate(found))

    return read


def known(reader: Reader, where: str, found: str, choices: tuple[str, ...]) -> str:
    """A text that is one of several."""
    if found not in choices:
        hint = did_you_mean(found, choices) or f"; there are {', '.join(choices)}"
        raise reader.fault(where, f"is {found!r}, which is not known{hint}")
    return found


def table(entries: Mapping[str, Entry]) -> Callable[[Reader, str, object], dict[str, Any]]:
    """A table inside the file."""
    return lambda reader, where, raw: reader.table(where, raw, entries)


def _kind(raw: object) -> str:
    return {"date": "a day", "datetime": "a time", "time": "a time"}.get(type(raw).__name__) or kind_of(raw)
