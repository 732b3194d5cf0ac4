"""The batch's own report: index.html, batch.xlsx, batch.json and the problems of what was rejected, as a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reporting.batch.folder import Folder
from reporting.batch.inputs import Submission
from reporting.batch.logged import Logged
from reporting.batch.notes import Notes
from reporting.batch.overview import as_json, batch_id, overview, problems_name, unit_of
from reporting.batch.page import batch_html
from reporting.batch.program import program_digest, versions
from reporting.batch.roots import Root
from reporting.batch.task import Result
from reporting.batch.workbook import batch_xlsx
from reporting.version import VERSION


def write_own_report(
    submissions: Sequence[Submission], results: Mapping[str, Result], notes: Notes, seconds: float
) -> str:
    """Write the report of a batch; returns its place below the root. OSError where that fails.

    submissions   in their order, and `results` by their names

    Where the latest version says the same, that one is the report.
    """
    settings, root = notes.settings, notes.root
    units = [_unit(one, results[one.name], root) for one in submissions]
    content = overview(settings, units)
    run_id, parent = batch_id(content), f"batches/{settings.name}"
    if (there := root.find(parent, run_id)) is not None:
        Logged.read(notes.folder, root).check(root, there)
        return there
    files = {
        "index.html": batch_html(content),
        "batch.xlsx": batch_xlsx(content),
        "batch.json": as_json(content),
        **{problems_name(one): as_json(one.problems) for one in results.values() if one.problems},
    }
    place, made = root.write(
        parent, Folder(files, _manifest(run_id, [results[one.name] for one in submissions], notes), notes.head())
    )
    if made:
        notes.line(place, run_id, made, seconds)
    return place


def _unit(submission: Submission, result: Result, root: Root) -> Mapping[str, Any]:
    manifest = root.manifest(result.place) if result.status == "done" else None
    return unit_of(result, manifest, "system" if submission.system else "institution")


def _manifest(run_id: str, results: Sequence[Result], notes: Notes) -> Mapping[str, Any]:
    return {
        "run_id": run_id,
        "batch": notes.settings.name,
        "toolkit": {"version": VERSION, "program": program_digest()},
        "versions": versions(),
        "options": {"reports": list(notes.settings.reports)},
        "inputs": [{"path": one.unit, "sha256": one.run_id or one.status} for one in results],
    }
