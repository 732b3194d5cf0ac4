"""The report of a batch as data: what became of each submission, its key figures, limits and control totals.

No time, machine or path of this machine stands in it: the same submissions give the same bytes.
`batch.schema.json` beside this file is the schema of batch.json.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from reporting.batch.program import program_digest
from reporting.batch.settings import LATEST, Settings
from reporting.batch.task import Result
from reporting.intake.catalogue import all_rules
from reporting.version import VERSION

FORMAT = 1  # raised when a reader of an older batch.json would misread a newer one
_UP = "../../.."  # from the report of a batch to the output root
_STEPS = ("check", "measure", "report", "write")
_LISTED = 3  # problems of a rejected submission that stand in the list itself

Content = Mapping[str, Any]


def overview(settings: Settings, units: Iterable[Content]) -> dict[str, Any]:
    """The content of batch.json: units by date, LEI and name."""
    ordered = sorted(units, key=lambda unit: (_day(unit), unit["lei"], unit["unit"]))
    counts = Counter(unit["status"] for unit in ordered)
    return {
        "format": FORMAT,
        "batch": settings.name,
        "reports": list(settings.reports),
        "toolkit": {"version": VERSION, "program": program_digest()},
        "options": {
            "partial": settings.partial,
            "state": "final" if settings.final else "draft",
            "outputs": sorted({*settings.outputs, "json"}),
            "jurisdiction": settings.jurisdiction,
            "previous": "" if not settings.previous else LATEST if settings.previous == LATEST else "another root",
        },
        "counts": {status: counts[status] for status in ("done", "rejected", "failed")},
        "units": ordered,
    }


def unit_of(result: Result, manifest: Content | None, about: str) -> dict[str, Any]:
    """What is said of one submission, or of a system. `manifest` is that of its run, None where it has none."""
    run = manifest or {}
    severities = _severities(run["problems"]) if manifest else _severities(_rule_counts(result))
    return {
        "unit": result.unit,
        "about": about,
        "status": result.status,
        "failure": result.kind,
        "message": _line(result),
        "lei": result.lei,
        "name": run["institution"]["name"] if manifest else "",
        "reference_date": result.day,
        "place": result.place,
        "run_id": result.run_id,
        "replaces": run.get("replaces"),
        "steps": _steps(result),
        "problems": severities,
        "listed": _listed(result),
        "figures": run.get("figures"),
        "key_figures": run.get("key_figures", []),
        "controls": run.get("controls", []),
        "links": _links(result, run),
    }


def problems_name(result: Result) -> str:
    """Name of the file beside the report that holds the problems of a rejected submission; "" for another."""
    return f"problems-{hashlib.sha256(result.unit.encode()).hexdigest()[:16]}.json" if result.problems else ""


def as_json(content: object) -> bytes:
    """Content as it is written."""
    return (json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def batch_id(content: Content) -> str:
    """The run id of the report of a batch: SHA-256 of what it says."""
    return hashlib.sha256(as_json(content)).hexdigest()


def _day(unit: Content) -> str:
    return str(unit["reference_date"])


def _line(result: Result) -> str:
    """The message in one line: of a traceback, the last."""
    lines = [line.strip() for line in result.message.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _steps(result: Result) -> dict[str, str]:
    """Step -> passed, failed or not reached."""
    if result.status == "done":
        return dict.fromkeys(_STEPS, "passed")
    at = _STEPS.index(result.step) if result.step in _STEPS else 0
    return {
        step: "passed" if number < at else "failed" if number == at else "not reached"
        for number, step in enumerate(_STEPS)
    }


def _rule_counts(result: Result) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for breach in result.problems.get("breaches", ()):
        counts[breach["rule"]] += breach["count"]
    return counts


def _severities(counts: Mapping[str, int]) -> dict[str, int]:
    found = dict.fromkeys(("error", "warning", "note"), 0)
    for code, count in counts.items():
        found[all_rules()[code].rule.severity.value] += count
    return found


def _listed(result: Result) -> list[str]:
    """The first errors of a rejected submission, each with its cell."""
    errors = (breach for breach in result.problems.get("breaches", ()) if breach["severity"] == "error")
    return [problem["message"] for breach in errors for problem in breach["problems"]][:_LISTED]


def _links(result: Result, run: Content) -> dict[str, str]:
    """Kind -> address, from the folder of the batch's report."""
    if not run:
        name = problems_name(result)
        return {"problems": name} if name else {}
    made = {entry["path"] for entry in run["outputs"]}
    files = {"pdf": "report.pdf", "workbook": "report.xlsx", "figures": "figures.json", "problems": "problems.json"}
    return {kind: f"{_UP}/{result.place}/{name}" for kind, name in files.items() if name in made}
