"""figures.json and problems.json: full precision, with lineage, in a fixed order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from reporting.figures import Figure, Parameter, Source
from reporting.origin import Runs
from reporting.problems import Breach, Problem
from reporting.reports.model import Identification, Report

FORMAT = 1  # raised when a reader of an older file would misread a newer one


def figures_json(report: Report) -> bytes:
    """Every figure with unit, formula, reference and inputs; figures.schema.json beside this file is its schema."""
    return _bytes(
        {
            "format": FORMAT,
            "report": report.name,
            "run_id": report.identification.run_id,
            "institution": institution(report.identification),
            "parameters": [parameter_record(parameter) for parameter in report.parameters],
            "figures": [_figure(figure) for figure in report.figures.values()],
        }
    )


def problems_json(breaches: Iterable[Breach]) -> bytes:
    """Every breach: the rule, the exact count and the listed problems."""
    return _bytes({"format": FORMAT, "breaches": [breach_record(breach) for breach in breaches]})


def institution(who: Identification) -> dict[str, Any]:
    """Who reports, when, and in which unit the report prints money; values in the file are in single currency units."""
    return {
        "lei": who.lei,
        "name": who.institution,
        "reference_date": who.reference_date.isoformat(),
        "scope": who.scope,
        "jurisdiction": who.jurisdiction,
        "accounting_standard": who.accounting_standard,
        "currency": who.currency,
        "money_unit": who.money_unit,
    }


def parameter_record(parameter: Parameter) -> dict[str, Any]:
    """A parameter as JSON."""
    value = dict(parameter.value) if isinstance(parameter.value, Mapping) else parameter.value
    return {
        "name": parameter.name,
        "label": parameter.label,
        "value": value,
        "unit": parameter.unit,
        "reference": parameter.reference,
        "jurisdiction": parameter.jurisdiction,
        "in_force": parameter.in_force.isoformat(),
        "checked_on": parameter.checked_on.isoformat(),
        "status": "confirmed" if parameter.confirmed else "unconfirmed",
    }


def breach_record(breach: Breach) -> dict[str, Any]:
    """A breach as JSON."""
    rule = breach.rule
    return {
        "rule": rule.code,
        "severity": rule.severity.value,
        "expected": rule.expected,
        "mend": rule.mend,
        "reference": rule.reference,
        "count": breach.count,
        "problems": [_problem(problem) for problem in breach.problems],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    where, override = problem.where, problem.override
    record: dict[str, Any] = {
        "message": str(problem),
        "file": where.file,
        "sheet": where.sheet,
        "column": where.column,
        "heading": where.heading,
        "rows": _runs(where.rows),
        "found": problem.found,
        "expected": problem.rule.expected,
    }
    if override is not None:
        record["override"] = {"reason": override.reason, "name": override.name}
    return record


def _figure(figure: Figure) -> dict[str, Any]:
    record: dict[str, Any] = {
        "name": figure.name,
        "label": figure.label,
        "value": None,
        "unit": figure.unit,
        "formula": figure.formula,
        "reference": figure.reference,
        "status": "available" if figure.available else "not available",
        "reason": figure.reason,
        "footnotes": list(figure.footnotes),
        "inputs": [_input(item, figure.key) for item in figure.inputs],
    }
    if isinstance(figure.value, pd.DataFrame):
        record["key"] = figure.key
        record["rows"] = [_row(row) for row in figure.table.reset_index().to_dict("records")]
    elif figure.available:
        record["value"] = _scalar(figure.value)
    return record


def _input(item: Figure | Source | Parameter, key: str) -> dict[str, Any]:
    if isinstance(item, Figure):
        return {"kind": "figure", "name": item.name}
    if isinstance(item, Parameter):
        return {"kind": "parameter", "name": item.name}
    cells = item.at(None)
    record: dict[str, Any] = {
        "kind": "cells",
        "file": cells.file,
        "sheet": cells.sheet,
        "column": cells.column,
        "heading": cells.heading,
        "rows": _runs(cells.rows),
        "role": item.role,
        "note": item.note,
    }
    if item.via:
        record["via"] = item.via  # the column whose currencies these rates converted
    if key and item.keys is not None:
        record["by"] = key  # `explain FIGURE KEY` selects these rows by this column of the same sheet
        if item.told:
            record["keys"] = _told(item.rows.tolist(), item.keys.tolist())  # or by what stands here
    return record


def _told(rows: list[int], keys: list[str]) -> str | list[str | list[str]]:
    """One key for all rows, or for each row in their order its key, or its keys."""
    if len(set(keys)) == 1:
        return keys[0]
    found: dict[int, list[str]] = {}
    for row, key in zip(rows, keys, strict=True):
        found.setdefault(row, []).append(key)
    return [own[0] if len(own) == 1 else own for _, own in sorted(found.items())]


def _runs(rows: Runs) -> str:
    """Runs as text: `2-90,95`."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in rows)


def _row(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): None if pd.isna(value) else _scalar(value) for name, value in row.items()}


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.item() if isinstance(value, np.generic) else value


def _bytes(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()
