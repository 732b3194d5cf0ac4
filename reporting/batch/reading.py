"""Figures of a finished run, read back with their lineage."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reporting.batch.sheets import sheets_of_workbook
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

    The keys are read from the input rows in the run's own workbook, so that no other file is needed. FileNotFoundError
    where the run has none.
    """
    below = [figure, *(item for item in figure.ancestors() if isinstance(item, Figure))]
    if not any(isinstance(item, Source) and _is_open(item) for one in below for item in one.inputs):
        return figure
    sheets = sheets_of_workbook(run / "report.xlsx").values()
    return keyed_by(figure, {sheet.place: sheet.frame for sheet in sheets})


def keyed_by(figure: Figure, rows: Mapping[str, pd.DataFrame]) -> Figure:
    """The same from input rows at hand: `file!sheet` -> the rows as read, indexed by row number."""
    keyed = [item for item in figure.inputs if isinstance(item, Source) and _is_open(item)]
    own = {place for place, frame in rows.items() if figure.key in frame}
    frames = [rows[_place(s)].reindex(s.rows) for s in keyed if _place(s) in own]
    currencies = {s.via for s in keyed if s.via}
    pairs = {column: _keys_by_currency(figure.key, column, frames) for column in currencies}
    return replace(figure, inputs=tuple(_told(item, figure, rows, pairs) for item in figure.inputs))


def _told(
    item: Figure | Source | Parameter,
    figure: Figure,
    rows: Mapping[str, pd.DataFrame],
    pairs: Mapping[str, Mapping[str, set[str]]],
) -> Figure | Source | Parameter:
    if isinstance(item, Figure) and isinstance(item.value, pd.DataFrame) and figure.key in item.value:
        return keyed_by(item, rows)
    return _keyed(item, figure.key, rows, pairs) if isinstance(item, Source) and _is_open(item) else item


def _is_open(source: Source) -> bool:
    """Whether its keys have to be read from the sheet."""
    return source.keys is not None and not source.told


def _keyed(
    item: Source, key: str, rows: Mapping[str, pd.DataFrame], pairs: Mapping[str, Mapping[str, set[str]]]
) -> Source:
    """Keys from the column of the sheet itself; for exchange rates from the rows that they converted."""
    frame = rows[_place(item)].reindex(item.rows)
    if key in frame:
        return replace(item, keys=frame[key].to_numpy(dtype=object))
    used = [(row, k) for row, currency in frame["currency"].items() for k in sorted(pairs[item.via].get(currency, ()))]
    numbers = np.array([row for row, _ in used], dtype=np.int64)
    return replace(item, rows=numbers, keys=np.array([k for _, k in used], dtype=object))


def _keys_by_currency(key: str, column: str, frames: Iterable[pd.DataFrame]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for frame in frames:
        if column in frame:
            for currency, name in frame[[column, key]].drop_duplicates().itertuples(index=False):
                found.setdefault(currency, set()).add(name)
    return found


def _place(source: Source) -> str:
    return str(Cells(source.cells.file, source.cells.sheet))


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
    columns = None if record["rows"] else [record["key"]]  # a table without rows does not say its columns
    return pd.DataFrame(record["rows"], columns=columns).set_index(record["key"])


def _input(
    item: Mapping[str, Any], records: Mapping[str, Any], parameters: Mapping[str, Parameter], made: dict[str, Figure]
) -> Figure | Source | Parameter:
    if item["kind"] == "figure":
        return _build(item["name"], records, parameters, made)
    if item["kind"] == "parameter":
        return parameters[item["name"]]
    numbers = list(Cells("", rows=_runs(item["rows"])).row_numbers())
    cells = Cells(item["file"], item["sheet"], item["column"], (), item["heading"])
    told = item.get("keys")
    of_each = told if isinstance(told, list) else [told] * len(numbers)
    pairs = [
        (row, key)
        for row, own in zip(numbers, of_each, strict=True) for key in (own if isinstance(own, list) else [own])
    ]  # fmt: skip
    rows = np.array([row for row, _ in pairs], dtype=np.int64)
    keys = np.array([key for _, key in pairs], dtype=object) if item.get("by") else None
    return Source(
        cells, rows, item["role"], item["note"], keys, item.get("by", ""), item.get("via", ""), told is not None
    )


def _runs(text: str) -> Runs:
    spans = (span.split("-") for span in text.split(",") if span)
    return tuple((int(span[0]), int(span[-1])) for span in spans)


def _parameter(record: Mapping[str, Any]) -> Parameter:
    in_force, checked = date.fromisoformat(record["in_force"]), date.fromisoformat(record["checked_on"])
    return Parameter(
        record["name"], record["label"], record["value"], record["unit"], record["reference"], record["jurisdiction"],
        in_force, checked, record["status"] == "confirmed",
    )  # fmt: skip
