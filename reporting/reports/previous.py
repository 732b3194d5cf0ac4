"""The figures that were filed for an earlier period, read from its run folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from reporting.figures import Figure
from reporting.reports.filed import PreviousRunError, read_filed

__all__ = ["Filed", "Previous", "PreviousRunError", "load_previous"]

Filed = float | bool | str | None


@dataclass(frozen=True)
class Previous:
    """Figures of an earlier run.

    values        name -> value, None where it was not available
    tables        name of a table figure -> key -> its row: column -> value
    unconfirmed   name -> label and reference of each parameter below the figure that was not confirmed
    sha256        of the figures.json that it was read from
    """

    lei: str
    reference_date: date
    currency: str
    run_id: str
    values: Mapping[str, Filed]
    tables: Mapping[str, Mapping[str, Mapping[str, Filed]]] = field(default_factory=dict)
    unconfirmed: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    sha256: str = ""

    def number(self, name: str) -> float | None:
        """The filed number; None where there is none."""
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def check_precedes(self, lei: str, currency: str, day: date) -> None:
        """PreviousRunError unless this is an earlier run of the same institution in the same currency."""
        if (self.lei, self.currency) != (lei, currency):
            raise PreviousRunError(
                f"the previous run is of {self.lei} in {self.currency}, the submission of {lei} in {currency}"
            )
        if self.reference_date >= day:
            raise PreviousRunError(f"the previous run is dated {self.reference_date}, not before {day}")

    def check_like(self, figures: Mapping[str, Figure]) -> None:
        """PreviousRunError where a text, a yes or a no was filed for what is a number among these figures."""
        for name, figure in figures.items():
            if not figure.available:
                continue
            if isinstance(figure.value, pd.DataFrame):
                self._check_table_like(name, figure.value)
            elif not isinstance(figure.value, bool | str) and isinstance(self.values.get(name), bool | str):
                raise PreviousRunError(
                    f"{name} was filed as {self.values[name]!r} in the previous run, not as a number"
                )

    def _check_table_like(self, name: str, table: pd.DataFrame) -> None:
        numbers = table.select_dtypes("number").columns
        for key, row in self.tables.get(name, {}).items():
            for column in numbers:
                if isinstance(filed := row.get(column), bool | str):
                    where = f"{name}[{key}].{column}"
                    raise PreviousRunError(f"{where} was filed as {filed!r} in the previous run, not as a number")


def load_previous(folder: Path) -> Previous:
    """The figures of a run folder. PreviousRunError where it is none, or is not any more what was written."""
    content, digest = read_filed(folder)
    figures = {figure["name"]: figure for figure in content["figures"]}
    try:
        day = date.fromisoformat(content["institution"]["reference_date"])
    except ValueError as error:
        raise PreviousRunError(f"{folder / 'figures.json'} is not the figures.json of a run: {error}") from error
    return Previous(
        content["institution"]["lei"],
        day,
        content["institution"]["currency"],
        content["run_id"],
        {name: figure["value"] for name, figure in figures.items() if "rows" not in figure},
        {name: _by_key(figure) for name, figure in figures.items() if "rows" in figure},
        _unconfirmed(figures, content["parameters"]),
        digest,
    )


def _by_key(figure: Mapping[str, Any]) -> Mapping[str, Mapping[str, Filed]]:
    return {str(row[figure["key"]]): row for row in figure["rows"]}


def _unconfirmed(
    figures: Mapping[str, Mapping[str, Any]], parameters: Iterable[Mapping[str, Any]]
) -> Mapping[str, tuple[tuple[str, str], ...]]:
    texts = {p["name"]: (p["label"], p["reference"]) for p in parameters if p["status"] == "unconfirmed"}
    return {name: tuple(texts[p] for p in _parameters_below(name, figures) if p in texts) for name in figures}


def _parameters_below(name: str, figures: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Names of the parameters below a figure, each once, nearest first."""
    seen = {("figure", name)}
    queue = [name]
    while queue:
        for item in figures[queue.pop(0)]["inputs"]:
            place = (item["kind"], item.get("name", ""))
            if item["kind"] == "cells" or place in seen:
                continue
            seen.add(place)
            if item["kind"] == "parameter":
                yield item["name"]
            else:
                queue.append(item["name"])
