"""Other limits for reading workbooks, from a YAML file."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from reporting.documents import DocumentFault, read_yaml, require_keys
from reporting.intake.limits import Limits


def load_limits(path: Path) -> Limits:
    """The limits of a file such as `{rows: 50000, file_bytes: 10485760}`; those it does not name keep their default.

    DocumentFault for an unknown name, with the nearest, or for what is not a whole number above zero.
    """
    names = [field.name for field in fields(Limits)]
    given = require_keys(path.name, read_yaml(path.read_text(encoding="utf-8")), (), names)
    for name, value in given.items():
        if type(value) is not int or value < 1:
            raise DocumentFault(f"{path.name}: {name} is {value!r}, must be a whole number above zero")
    return Limits(**given)
