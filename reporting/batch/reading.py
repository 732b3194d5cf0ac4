"""Figures of a finished run, read back with their lineage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reporting.figures import Figure, Parameter, Source, Unavailable
from reporting.origin import Cells, Runs


def load_figures(run: Path) -> Mapping[str, Figure]:
    """The figures of `figures.json` in a run folder, by name. FileNotFoundError where it is not one."""
    path = run / "figures.json"
    if not path.is_file():
        raise FileNotFoundError(f"{run} holds no figures.json: give the folder of a run, such as out/.../v01")
    content = json.loads(path.read_text(encoding="utf-8"))
    parameters = {record["name"]: _parameter(record) for record in content["parameters"]}
    records = {record["name"]: record for record in content["figures"]}
    made: dict[str, Figure] = {}
    for name in records:
        _build(name, records, parameters, made)
    return {name: made[name] for name in records}


def with_keys(figure: Figure, run: Path) -> Figure:
    """The same table figure, whose sources know the table row each cell belongs to.

    The keys are read from the input rows in the run's own workbook, so that no other file is needed.
    """
    keyed = {(i.cells.file, i.cells.sheet) for i in figure.inputs if isinstance(i, Source) and i.keys is not None}
    if not keyed:
        return figure
    rows = {place: _keys_by_row(run, place, figure.key) for place in keyed}
    inputs = tuple(
        replace(i, keys=np.array([rows[i.cells.file, i.cells.sheet].get(r) for r in i.rows.tolist()], dtype=object))
        if isinstance(i, Source) and i.keys is not None
        else i
        for i in figure.inputs
    )
    return replace(figure, inputs=inputs)


def _keys_by_row(run: Path, place: tuple[str, str], key: str) -> Mapping[int, str]:
    from reporting.render.xlsx import input_rows

    return {row: values[key] for row, values in input_rows(run / "report.xlsx", *place).items()}


def _build(
    name: str, records: Mapping[str, Any], parameters: Mapping[str, Parameter], made: dict[str, Figure]
) -> Figure:
    if name not in made:
        record = records[name]
        inputs = tuple(_input(item, records, parameters, made) for item in record["inputs"])
        made[name] = Figure(
            name, record["label"], _value(record), record["unit"], record["formula"], record["reference"],
            inputs, record.get("key", ""), tuple(record["footnotes"]),
        )  # fmt: skip
    return made[name]


def _value(record: Mapping[str, Any]) -> Any:
    if record["status"] != "available":
        return Unavailable(record["reason"])
    if "rows" not in record:
        return record["value"]
    return pd.DataFrame(record["rows"]).set_index(record["key"])


def _input(
    item: Mapping[str, Any], records: Mapping[str, Any], parameters: Mapping[str, Parameter], made: dict[str, Figure]
) -> Figure | Source | Parameter:
    if item["kind"] == "figure":
        return _build(item["name"], records, parameters, made)
    if item["kind"] == "parameter":
        return parameters[item["name"]]
    rows = np.array(list(Cells("", rows=_runs(item["rows"])).row_numbers()), dtype=np.int64)
    cells = Cells(item["file"], item["sheet"], item["column"], (), item["heading"])
    keys = np.full(len(rows), None, dtype=object) if item.get("by") else None
    return Source(cells, rows, item["role"], item["note"], keys)


def _runs(text: str) -> Runs:
    spans = (span.split("-") for span in text.split(",") if span)
    return tuple((int(span[0]), int(span[-1])) for span in spans)


def _parameter(record: Mapping[str, Any]) -> Parameter:
    return Parameter(
        record["name"], record["label"], record["value"], record["unit"], record["reference"], record["jurisdiction"],
        date.fromisoformat(record["in_force"]), date.fromisoformat(record["checked_on"]), record["status"] == "confirmed",
    )  # fmt: skip
