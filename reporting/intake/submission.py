"""From a submission as stored to checked tables: reading, converting, checking, overriding, in this order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

import numpy as np

from reporting.intake.across import check_across
from reporting.intake.checks import check_table
from reporting.intake.convert import Converted, convert_sheet
from reporting.intake.findings import Finding, shown, to_breaches
from reporting.intake.layout import hinted, of_sheet, single
from reporting.intake.limits import Limits
from reporting.intake.overrides import apply_overrides, read_overrides
from reporting.intake.reading import read_submission
from reporting.intake.schema import load_schemas
from reporting.intake.tables import InputFile, RawSheet, RawSubmission, Table
from reporting.origin import Cells
from reporting.problems import Breach, Override
from reporting.spelling import did_you_mean, plain

REQUIRED_SHEET = "entity"


@dataclass(frozen=True, eq=False)
class Checked:
    """A submission after all checks.

    name      name of the submission
    files     its files as they were on disk when they were read
    tables    the sheets that could be read, by name, in the order of the schemas
    breaches  everything that was found wrong, overrides applied
    """

    tables: Mapping[str, Table]
    breaches: tuple[Breach, ...]
    name: str = ""
    files: tuple[InputFile, ...] = ()


def load_submission(path: Path, limits: Limits = Limits(), overrides: Path | None = None) -> Checked:  # noqa: B008 - frozen
    """Read and check a workbook, or a folder of CSV or Parquet files.

    Data faults are breaches, never exceptions. OSError where the file of overrides cannot be opened.
    """
    raw, faults = read_submission(path, limits)
    accepted, wrong = read_overrides(overrides) if overrides else ((), ())
    if raw is None:
        return Checked(MappingProxyType({}), (*faults, *wrong), path.name)
    checked = check_submission(raw, accepted, overrides.name if overrides else "overrides")
    return replace(checked, breaches=(*faults, *wrong, *checked.breaches))


def check_submission(
    raw: RawSubmission, overrides: Sequence[Override] = (), overrides_file: str = "overrides"
) -> Checked:
    """Convert and check the sheets of a submission.

    Every fault of every sheet is found in one run. `overrides_file` is the name that messages about overrides give.
    """
    findings: list[Finding] = []
    converted = dict(_convert(raw, findings))
    for table in converted.values():
        findings.extend(check_table(table))
    findings.extend(check_across(converted))
    findings = list(apply_overrides(findings, overrides, overrides_file))
    breaches = to_breaches(findings, [Cells(sheet.file, sheet.sheet) for sheet in raw.sheets])
    tables = {name: _counted(table.table, breaches) for name, table in converted.items()}
    return Checked(MappingProxyType(tables), breaches, raw.name, raw.files)


def _convert(raw: RawSubmission, findings: list[Finding]) -> Iterator[tuple[str, Converted]]:
    """The sheets that can be read, in the order of the schemas; what is wrong is added to `findings`."""
    sheets = _sheets_by_name(raw, findings)
    for name, schema in load_schemas().items():
        for sheet in sheets.get(name, ()):
            converted, found = convert_sheet(sheet, schema)
            findings.extend(found)
            if converted is not None:
                yield name, converted
    if REQUIRED_SHEET not in sheets:
        findings.append(single("missing_sheet", Cells(raw.name), f"the sheet {REQUIRED_SHEET} is missing"))


def _sheets_by_name(raw: RawSubmission, findings: list[Finding]) -> Mapping[str, Sequence[RawSheet]]:
    """The sheets of each schema: one, or none where there are several of the same name."""
    schemas = load_schemas()
    found: dict[str, list[RawSheet]] = {}
    for sheet in raw.sheets:
        title = sheet.sheet or PurePosixPath(sheet.file).stem
        if plain(title) in schemas:
            found.setdefault(plain(title), []).append(sheet)
        else:
            asked = hinted("unknown_sheet", did_you_mean(title, schemas))
            findings.append(of_sheet(sheet, "unknown_sheet", f"{shown(title)} is not one that is read", asked))
    for name, sheets in found.items():
        if len(sheets) > 1:
            findings.extend(of_sheet(s, "repeated_sheet", f"is one of {len(sheets)} for {name}") for s in sheets[1:])
            found[name] = []
    return found


def _counted(table: Table, breaches: Iterable[Breach]) -> Table:
    """The table with its rows counted: a row that an error blocks is rejected, with all its cells."""
    rows = table.frame.index.to_numpy(dtype=np.int64)
    change = np.zeros(len(rows) + 1, dtype=np.int64)  # of the number of blocks from one row to the next
    for breach in breaches:
        for cells in breach.blocks:
            if (cells.file, cells.sheet) == (table.file, table.sheet):
                first, last = np.array(cells.rows or ((0, rows.max(initial=0)),), dtype=np.int64).T
                np.add.at(change, np.searchsorted(rows, first), 1)
                np.add.at(change, np.searchsorted(rows, last + 1), -1)
    bad = int((np.cumsum(change)[:-1] > 0).sum())
    return replace(table, counts=MappingProxyType({**table.counts, "accepted": len(rows) - bad, "rejected": bad}))
