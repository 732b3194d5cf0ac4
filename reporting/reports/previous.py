"""The figures that were filed for an earlier period, read from its run folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from reporting.problems import ConfigurationFault

Filed = float | bool | str | None


class PreviousRunError(ConfigurationFault):
    """The folder given as previous run cannot serve as one."""


@dataclass(frozen=True)
class Previous:
    """Figures of an earlier run.

    values        name -> value, None where it was not available
    tables        name of a table figure -> key -> its row: column -> value
    unconfirmed   name -> label and reference of each parameter below the figure that was not confirmed
    """

    lei: str
    reference_date: date
    currency: str
    run_id: str
    values: Mapping[str, Filed]
    tables: Mapping[str, Mapping[str, Mapping[str, Filed]]] = field(default_factory=dict)
    unconfirmed: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

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


def load_previous(folder: Path) -> Previous:
    """Read `figures.json` of a run folder. PreviousRunError where it is not one."""
    path = folder / "figures.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        figures = {figure["name"]: figure for figure in content["figures"]}
        return Previous(
            content["institution"]["lei"],
            date.fromisoformat(content["institution"]["reference_date"]),
            content["institution"]["currency"],
            content["run_id"],
            {name: figure["value"] for name, figure in figures.items() if "rows" not in figure},
            {name: _by_key(figure) for name, figure in figures.items() if "rows" in figure},
            _unconfirmed(figures, content["parameters"]),
        )
    except FileNotFoundError:
        raise PreviousRunError(
            f"{folder} holds no figures.json: give the folder of a run, such as out/.../v01"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise PreviousRunError(f"{path} is not the figures.json of a run: {error}") from error


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
