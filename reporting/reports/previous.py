"""The figures that were filed for an earlier period, read from its run folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reporting.problems import ConfigurationFault

Filed = float | bool | str | None


class PreviousRunError(ConfigurationFault):
    """The folder given as previous run cannot serve as one."""


@dataclass(frozen=True)
class Previous:
    """Figures of an earlier run: name -> value, None where it was not available."""

    lei: str
    reference_date: date
    currency: str
    run_id: str
    values: Mapping[str, Filed]

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
        return Previous(
            content["institution"]["lei"],
            date.fromisoformat(content["institution"]["reference_date"]),
            content["institution"]["currency"],
            content["run_id"],
            {figure["name"]: figure["value"] for figure in content["figures"] if "rows" not in figure},
        )
    except FileNotFoundError:
        raise PreviousRunError(
            f"{folder} holds no figures.json: give the folder of a run, such as out/.../v01"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise PreviousRunError(f"{path} is not the figures.json of a run: {error}") from error
