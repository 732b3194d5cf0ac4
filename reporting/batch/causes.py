"""What changed between two runs: files and sheets, options, values of parameters, program; found by their hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reporting.batch.chain_lines import Line, read_chain
from reporting.batch.folder import latest_run, read_manifest
from reporting.batch.matching import SheetMatch, match_sheets, same_content
from reporting.batch.place import LOG
from reporting.batch.reading import load_figures
from reporting.batch.sheets import InputSheet, sheets_of_portfolio, sheets_of_workbook
from reporting.batch.submissions import find_submission, recorded_places
from reporting.batch.succession import replaces
from reporting.batch.witness import digest
from reporting.figures import Figure
from reporting.portfolio import load_portfolio
from reporting.problems import ConfigurationFault, InputRejected
from reporting.reports.filed import read_filed

# The options that can change a figure; the others change its looks.
_OF_FIGURES = ("overrides", "partial", "report", "system")


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two runs.

    institution  as in figures.json
    parameters   name -> record, as in figures.json
    sheets       the input rows; None where neither the workbook of the run nor its submission is at hand
    """

    folder: Path
    manifest: Mapping[str, Any]
    institution: Mapping[str, str]
    parameters: Mapping[str, Mapping[str, Any]]
    figures: Mapping[str, Figure]
    sheets: Mapping[str, InputSheet] | None


@dataclass(frozen=True)
class Causes:
    """What changed, in words.

    options     those that can change figures
    appearance  the other options
    files       names of the input files that differ
    """

    data: tuple[str, ...]
    options: tuple[str, ...]
    parameters: tuple[str, ...]
    program: tuple[str, ...]
    files: tuple[str, ...]
    appearance: tuple[str, ...]


def read_side(path: Path) -> Side:
    """A finished run, or the latest one in the folder above its versions; see `read_filed` for what it raises."""
    folder = latest_run(path)
    content, _ = read_filed(folder)
    manifest = read_manifest(folder)
    parameters = {record["name"]: record for record in content["parameters"]}
    return Side(folder, manifest, content["institution"], parameters, load_figures(folder), _sheets(folder, manifest))


def _sheets(folder: Path, manifest: Mapping[str, Any]) -> Mapping[str, InputSheet] | None:
    """The input rows: from the run's own workbook, or from the submission if it still stands where the log says."""
    written = {entry["path"]: entry["sha256"] for entry in manifest["outputs"]}
    workbook = folder / "report.xlsx"
    if workbook.name in written:
        if not workbook.is_file() or digest(workbook) != written[workbook.name]:
            raise ConfigurationFault(f"{workbook} is not the file that the run wrote; `reporting verify` says more")
        return sheets_of_workbook(workbook)
    submission = find_submission(manifest, _recorded(folder))
    if submission is None:
        return None
    try:
        return sheets_of_portfolio(load_portfolio(submission, partial=True))
    except InputRejected:  # as with limits that this comparison does not have
        return None


def _recorded(folder: Path) -> tuple[Path, ...]:
    root = folder.resolve().parents[2]
    if not (root / LOG).is_file():
        return ()
    lines: tuple[Line, ...] = read_chain(root)[0]
    return recorded_places(lines, folder.resolve().relative_to(root).as_posix())


def causes_between(old: Side, new: Side) -> tuple[Causes, Mapping[str, SheetMatch] | None, tuple[str, ...]]:
    """What changed, the sheets row by row (None where a run's are not at hand), and what could not be compared."""
    matches, remarks = None, []
    if old.sheets is not None and new.sheets is not None:
        matches = _matches(old, new, old.sheets, new.sheets)
    for side in (old, new):
        if side.sheets is None:
            of_system = side.folder.resolve().parent.name.startswith("system-")
            what = "those of a system stand there only" if of_system else "its submission is not at hand"
            remarks.append(f"{side.folder}: its input rows are not compared: it has no report.xlsx, and {what}")
    changes = replaces("", old.manifest, new.manifest)["changes"]
    options = changes.get("options", [])
    causes = Causes(
        data=(*changes.get("data", ()), *_sheet_changes(old, new, matches)),
        options=tuple(text for text in options if _of_figures(text)),
        parameters=tuple(_parameter_changes(old, new)),
        program=tuple(changes.get("program", ())),
        files=tuple(_changed_files(old, new)),
        appearance=tuple(text for text in options if not _of_figures(text)),
    )
    return causes, matches, tuple(remarks)


def _of_figures(option: str) -> bool:
    """Whether an option that changed, as `report: leverage` or `system.rule: lender`, can change a figure."""
    return re.split(r"[:.]", option, maxsplit=1)[0] in _OF_FIGURES


def _matches(
    old: Side, new: Side, before: Mapping[str, InputSheet], after: Mapping[str, InputSheet]
) -> Mapping[str, SheetMatch]:
    digests = _sheet_digests(old), _sheet_digests(new)
    found = {}
    for name in dict.fromkeys([*after, *before]):
        one, other = before.get(name), after.get(name)
        known = digests[0].get(name)
        if one and other and known and known == digests[1].get(name) and len(one.frame) == len(other.frame):
            found[name] = same_content(one, other)
        else:
            found[name] = match_sheets(name, one, other)
    return found


def _sheet_digests(side: Side) -> Mapping[str, str]:
    controls = side.manifest.get("controls")
    entries = controls if isinstance(controls, list) else []
    return {str(e.get("sheet")): str(e["sha256"]) for e in entries if isinstance(e, dict) and "sha256" in e}


def _sheet_changes(old: Side, new: Side, matches: Mapping[str, SheetMatch] | None) -> Iterator[str]:
    before, after = _sheet_digests(old), _sheet_digests(new)
    for name in dict.fromkeys([*after, *before]):
        if before.get(name) == after.get(name):
            continue
        match = matches.get(name) if matches is not None else None
        if name not in before or name not in after:
            yield f"sheet {name} is {'new' if name in after else 'gone'}"
        elif match is None:
            yield f"sheet {name} changed"
        else:
            added, removed, changed = match.counts
            yield f"sheet {name}: {added:,} rows added, {removed:,} removed, {changed:,} changed"


def _changed_files(old: Side, new: Side) -> Iterator[str]:
    before, after = ({entry["path"]: entry["sha256"] for entry in side.manifest["inputs"]} for side in (old, new))
    yield from (name for name in sorted({*before, *after}) if before.get(name) != after.get(name))


def _parameter_changes(old: Side, new: Side) -> Iterator[str]:
    for name in sorted({*old.parameters, *new.parameters}):
        before, after = old.parameters.get(name), new.parameters.get(name)
        if before is None or after is None:
            yield f"{name} is {'no longer used' if after is None else 'used now'}"
        elif (before["value"], before["unit"]) != (after["value"], after["unit"]):
            yield f"{name}: {_value(before['value'], after['value'])}, was {_value(after['value'], before['value'])}"


def _value(other: object, value: object) -> str:
    """A value; of a mapping, only the entries that differ from the other."""
    if not isinstance(value, dict) or not isinstance(other, dict):
        return str(value)
    return ", ".join(f"{k} {v}" for k, v in value.items() if other.get(k) != v) or "without what is new"
