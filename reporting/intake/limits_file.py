"""Other limits for reading workbooks, from a YAML file."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from reporting.documents import DocumentFault, read_text, read_yaml, require_keys
from reporting.intake.limits import Limits

# What the system can still hold to: more seconds or bytes than these overflow its clocks and counters.
_MOST_SECONDS = 1_000_000
_MOST = 2**48


def load_limits(path: Path) -> Limits:
    """The limits of a file such as `{rows: 50000, file_bytes: 10485760}`; those it does not name keep their default.

    DocumentFault for an unknown name, with the nearest, or for what is not a whole number above zero; OSError where
    the file cannot be opened.
    """
    names = [field.name for field in fields(Limits)]
    try:
        content = read_yaml(read_text(path), aliases=False)
    except DocumentFault as fault:
        raise DocumentFault(f"{path.name}: {fault}") from fault
    given = require_keys(path.name, content, (), names)
    for name, value in given.items():
        check_limit(path.name, name, value)
    return Limits(**given)


def check_limit(file: str, name: str, value: object) -> None:
    """DocumentFault for a limit that is no whole number above zero, or more than a system can hold to."""
    most = _MOST_SECONDS if name.endswith("_seconds") else _MOST
    if type(value) is not int or value < 1:
        raise DocumentFault(f"{file}: {name} is {value!r}, must be a whole number above zero")
    if value > most:
        raise DocumentFault(f"{file}: {name} is more than {most:,}, which is the most there can be")
