"""`figures.json` of an earlier run, believed only where it is what its manifest says and holds what a run writes."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from reporting.documents import DocumentFault, kind_of, read_bytes
from reporting.problems import ConfigurationFault

_LARGEST = 32 * 1024 * 1024  # bytes of figures.json, and of the manifest
_GREATEST = 1e30  # of a filed number; amounts are in single currency units
_DIGITS = 30
_SCALARS = (str, bool, int, float, type(None))
_RUN_ID = re.compile(r"([0-9a-f]{64})?")
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}|system-[A-Za-z0-9-]{1,90}")  # of a system, its folder
_CURRENCY = re.compile(r"[A-Z]{3}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ANY = re.compile(r".*", re.DOTALL)


class PreviousRunError(ConfigurationFault):
    """The folder given as previous run cannot serve as one."""


def read_filed(folder: Path) -> tuple[dict[str, Any], str]:
    """The content of `figures.json` in a run folder, and its SHA-256.

    What `render/figures.schema.json` says of the parts that are read here holds for it, all numbers are finite, and
    the manifest beside it names the same SHA-256. PreviousRunError otherwise; OSError where a file cannot be read.
    """
    data = _bytes_of(folder, "figures.json", "give the folder of a run, such as out/.../v01")
    digest = hashlib.sha256(data).hexdigest()
    _check_manifest(folder, digest)
    path = folder / "figures.json"
    content = _parsed(path, data)
    try:
        _check(content)
    except ValueError as error:
        raise _not_of_a_run(path, error) from error
    return content, digest


def _bytes_of(folder: Path, name: str, hint: str) -> bytes:
    try:
        return read_bytes(folder / name, _LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        raise PreviousRunError(f"{folder} holds no {name}: {hint}") from None
    except DocumentFault as fault:
        raise PreviousRunError(f"{folder / name} {fault}") from None


def _check_manifest(folder: Path, digest: str) -> None:
    """PreviousRunError unless the manifest of the folder names this SHA-256 for its figures.json."""
    hint = "without it nobody can tell whether its figures are those that were written"
    path = folder / "manifest.json"
    content = _parsed(path, _bytes_of(folder, path.name, hint))
    try:
        outputs = {_text(entry, "path"): _text(entry, "sha256") for entry in _list(_mapping(content), "outputs")}
    except ValueError as error:
        raise PreviousRunError(f"{path} is not the manifest of a run: {error}") from error
    if outputs.get("figures.json") != digest:
        raise PreviousRunError(
            f"{folder / 'figures.json'} is not the file that the run wrote: its SHA-256 is not the one in {path.name}"
        )


def _parsed(path: Path, data: bytes) -> Any:
    """JSON as a run writes it: UTF-8, finite numbers of a sensible length, no half of a character pair."""
    try:
        content = json.loads(data, parse_int=_whole, parse_float=_finite, parse_constant=_no_number)
        json.dumps(content, ensure_ascii=False).encode()
    except RecursionError:
        raise _not_of_a_run(path, "its lists are too deep inside each other") from None
    except ValueError as error:
        raise _not_of_a_run(path, error) from error
    return content


def _not_of_a_run(path: Path, why: object) -> PreviousRunError:
    return PreviousRunError(f"{path} is not the {path.name} of a run: {why}")


def _whole(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError(f"a number has {len(text)} digits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number) or abs(number) > _GREATEST:
        raise ValueError(f"{text[:_DIGITS]} is larger than any amount")
    return number


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


# --- The parts that are read -----------------------------------------------------------------------------------------


def _check(content: Any) -> None:
    """ValueError with the place of the first part that is not as the schema of the file says."""
    _text(_mapping(content), "run_id", _RUN_ID)
    institution = _mapping(content.get("institution"), "institution")
    for name, pattern in (("lei", _LEI), ("currency", _CURRENCY), ("reference_date", _DAY)):
        _text(institution, name, pattern)
    for parameter in _list(content, "parameters"):
        for name in ("name", "label", "reference", "status"):
            _text(parameter, name)
    figures = _list(content, "figures")
    for figure in figures:
        _check_figure(figure)
    names = {figure["name"] for figure in figures}
    if len(names) < len(figures):
        raise ValueError("a figure stands in it twice")
    _check_inputs(figures, names)


def _check_figure(figure: Any) -> None:
    name, unit = _text(figure, "name", _NAME), _text(figure, "unit")
    if "rows" in figure:
        key = _text(figure, "key", _NAME)
        for row in _list(figure, "rows"):
            _text(row, key)
            if wrong := [column for column, value in row.items() if not isinstance(value, _SCALARS)]:
                raise ValueError(f"{name}[{row[key]}].{wrong[0]} is {kind_of(row[wrong[0]])}")
        return
    if "value" not in figure:
        raise ValueError(f"{name} has no value")
    value = figure["value"]
    if not isinstance(value, _SCALARS):
        raise ValueError(f"{name} is {kind_of(value)}, must be a number, a text, true or false")
    if unit and isinstance(value, bool | str):
        raise ValueError(f"{name} is {kind_of(value)}, must be a number of the unit {unit}")


def _check_inputs(figures: Iterable[Any], names: set[str]) -> None:
    for figure in figures:
        for item in _list(figure, "inputs"):
            kind = _text(item, "kind")
            if kind != "cells" and _text(item, "name") not in names and kind == "figure":
                raise ValueError(f"{figure['name']} rests on {item['name']!r}, which is not in it")


def _mapping(value: Any, name: str = "it") -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is {kind_of(value)}, must be a mapping")
    return value


def _list(record: Any, name: str) -> list[Any]:
    value = record.get(name)
    if not isinstance(value, list):
        raise ValueError(f"{name} is {kind_of(value)}, must be a list")
    return value


def _text(record: Any, name: str, pattern: re.Pattern[str] = _ANY) -> str:
    value = _mapping(record, f"what should have the field {name}").get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is {kind_of(value)}, must be a text")
    if not pattern.fullmatch(value):
        raise ValueError(f"{name} is {value[:_DIGITS]!r}, which is not one")
    return value
