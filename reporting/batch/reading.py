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

    Keys that the file does not store are read from the input rows in the run's own workbook, so that no other file is
    needed. FileNotFoundError where the run has none.
    """
    if not any(_waits_for_keys(item) for item in figure.inputs):
        return figure
    rows = _input_rows(run / "report.xlsx")
    return replace(figure, inputs=tuple(_keyed(item, figure.key, rows) for item in figure.inputs))


def _waits_for_keys(item: Figure | Source | Parameter) -> bool:
    return isinstance(item, Source) and item.keys is not None and all(key is None for key in item.keys)


def _keyed(
    item: Figure | Source | Parameter, key: str, rows: Mapping[str, pd.DataFrame]
) -> Figure | Source | Parameter:
    """Keys from the column `key` of the sheet itself."""
    if not isinstance(item, Source) or not _waits_for_keys(item):
        return item
    return replace(item, keys=rows[_place(item)].reindex(item.rows)[key].to_numpy(dtype=object))


def _place(source: Source) -> str:
    return str(Cells(source.cells.file, source.cells.sheet))


def _input_rows(workbook: Path) -> Mapping[str, pd.DataFrame]:
    """`file!sheet` -> the rows as read, indexed by row number, from the Inputs_ sheets of a run's workbook."""
    from python_calamine import CalamineWorkbook

    found = {}
    with workbook.open("rb") as file:
        book = CalamineWorkbook.from_filelike(file)
        for name in book.sheet_names:
            if name.startswith("Inputs_"):
                _, _, _, headings, *rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                frame = pd.DataFrame(rows, columns=headings)
                if len(frame):
                    place = frame["Source cell"].str.rpartition("!")
                    found[str(place[0].iloc[0])] = frame.set_index(place[2].astype(np.int64))
    return found


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
    cells = Cells(item["file"], item["sheet"], item["column"], (), item["heading"])
    if "rows_by_key" in item:
        pairs = sorted((row, key) for key, rows in item["rows_by_key"].items() for row in _rows(rows))
        numbers, names = [row for row, _ in pairs], [key for _, key in pairs]
        keys = np.array(names, dtype=object)
        return Source(cells, np.array(numbers, dtype=np.int64), item["role"], item["note"], keys)
    rows = np.array(_rows(item["rows"]), dtype=np.int64)
    return Source(cells, rows, item["role"], item["note"], np.full(len(rows), None, object) if "by" in item else None)


def _rows(text: str) -> list[int]:
    return list(Cells("", rows=_runs(text)).row_numbers())


def _runs(text: str) -> Runs:
    spans = (span.split("-") for span in text.split(",") if span)
    return tuple((int(span[0]), int(span[-1])) for span in spans)


def _parameter(record: Mapping[str, Any]) -> Parameter:
    in_force, checked = date.fromisoformat(record["in_force"]), date.fromisoformat(record["checked_on"])
    return Parameter(
        record["name"], record["label"], record["value"], record["unit"], record["reference"], record["jurisdiction"],
        in_force, checked, record["status"] == "confirmed",
    )  # fmt: skip
