"""Two runs of one institution compared: what changed, why, and which input rows drive it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from reporting.batch.causes import Causes, Side, causes_between, read_side
from reporting.batch.changes import Change, changes_between
from reporting.batch.drivers import (
    Below,
    Columns,
    Driver,
    below,
    changed_formulas,
    changed_parameters,
    drivers,
    rests_on,
)
from reporting.batch.reading import keyed_by
from reporting.figures import Figure
from reporting.problems import ConfigurationFault

LISTED = 200  # rows of one table figure for which changes are listed, those with the largest difference
DRIVERS = 10  # cells listed for one change


class ComparisonFault(ConfigurationFault):
    """The two runs cannot be compared."""


@dataclass(frozen=True)
class Comparison:
    """Two runs compared.

    causes     what changed between the runs: data, options, parameters and program, each in words
    changes    those that reach the thresholds: tables after the other figures, in them the row with the largest
               difference first
    smaller    how many do not reach them
    left_out   name of a table figure -> how many of its rows changed and are not listed
    figures    how many figures the later run has
    remarks    what could not be compared, and why
    """

    before: Side
    after: Side
    causes: Causes
    changes: tuple[Change, ...]
    smaller: int
    left_out: Mapping[str, int]
    figures: int
    remarks: tuple[str, ...]


def compare_runs(before: Path, after: Path, absolute: float = 0.0, relative: float = 0.0) -> Comparison:
    """Compare the figures of two finished runs of one institution, of one date or of two.

    absolute  a difference below it is not listed, in the unit of the figure: money in single currency units
    relative  a difference below it is not listed, in per cent of the value before; from zero, every one is listed

    A change must reach both thresholds. What appears, disappears, or is a text has no size and is always listed.
    ComparisonFault for runs of two institutions or currencies; ConfigurationFault for a folder that is no run, or not
    any more what was written. Nothing is written.
    """
    old, new = read_side(before), read_side(after)
    for what in ("lei", "currency"):
        if old.institution[what] != new.institution[what]:
            raise ComparisonFault(f"{before} is of {old.institution[what]}, {after} of {new.institution[what]}")
    causes, matches, remarks = causes_between(old, new)
    found = [
        change for name in _names(old, new) for change in changes_between(old.figures.get(name), new.figures.get(name))
    ]
    large = [change for change in found if _reaches(change, absolute, relative)]
    listed, left_out = _listed(large)
    explain = _Explained(old, new, causes, Columns(matches) if matches is not None else None)
    return Comparison(
        old, new, causes, tuple(map(explain.explained, listed)), len(found) - len(large), left_out, len(new.figures),
        remarks,
    )  # fmt: skip


def _names(old: Side, new: Side) -> list[str]:
    """Names of the figures of both runs, those that are no tables first."""
    figures = {**old.figures, **new.figures}
    return sorted(dict.fromkeys([*new.figures, *old.figures]), key=lambda name: bool(figures[name].key))


def _reaches(change: Change, absolute: float, relative: float) -> bool:
    if change.difference is None:
        return True
    large = change.relative is None or abs(change.relative) >= relative
    return abs(change.difference) >= absolute and large


def _listed(changes: list[Change]) -> tuple[list[Change], dict[str, int]]:
    """The changes of each figure, the table row with the largest difference first, and without those beyond LISTED."""
    sizes: dict[str, dict[str, float]] = {}
    for change in changes:
        rows = sizes.setdefault(change.figure, {})
        rows[change.key] = max(rows.get(change.key, 0.0), abs(change.difference or 0.0))
    order = {name: sorted(rows, key=rows.__getitem__, reverse=True) for name, rows in sizes.items()}
    place = {(name, key): number for name, keys in order.items() for number, key in enumerate(keys[:LISTED])}
    figures = {name: number for number, name in enumerate(sizes)}
    kept = [change for change in changes if (change.figure, change.key) in place]
    kept.sort(key=lambda change: (figures[change.figure], place[change.figure, change.key]))
    return kept, {name: len(keys) - LISTED for name, keys in order.items() if len(keys) > LISTED}


# --- Why -------------------------------------------------------------------------------------------------------------


class _Explained:
    """Gives changes their causes and drivers; what lies below a row of a figure is looked up once."""

    def __init__(self, old: Side, new: Side, causes: Causes, columns: Columns | None) -> None:
        self.old, self.new, self.causes, self.columns = old, new, causes, columns
        self._keyed: dict[tuple[int, str], Figure] = {}
        self._known: dict[tuple[str, str], tuple[Any, ...]] = {}

    def explained(self, change: Change) -> Change:
        """The same change with its causes and drivers."""
        place = (change.figure, change.key)
        if place not in self._known:
            self._known[place] = self._why(*place)
        found, formulas, rows, count = self._known[place]
        causes, possible = self._causes(change, found, formulas)
        return replace(change, causes=causes, possible=possible, drivers=rows, driven_by=count)

    def _why(self, name: str, key: str) -> tuple[Any, ...]:
        old, new = (self._below(side, name, key) for side in (self.old, self.new))
        rows: tuple[Driver, ...] = ()
        count = 0
        if self.columns is not None:
            rows, count = drivers(old, new, self.columns, DRIVERS)
            data = count > 0
        else:
            data = rests_on(old, self.causes.files) or rests_on(new, self.causes.files)
        found = [cause for cause, there in (("data", data), ("parameters", changed_parameters(old, new))) if there]
        return found, bool(changed_formulas(old, new)), rows, count

    def _below(self, side: Side, name: str, key: str) -> Below:
        """What lies below a figure; below a row of a table, where its cells have keys."""
        figure = side.figures.get(name)
        if figure is None or not key or not isinstance(figure.value, pd.DataFrame):
            return below(figure, None)
        if side.sheets is not None:
            if (id(side), name) not in self._keyed:
                frames = {sheet.place: sheet.frame for sheet in side.sheets.values()}
                self._keyed[id(side), name] = keyed_by(figure, frames)
            figure = self._keyed[id(side), name]
        return below(figure, key)

    def _causes(self, change: Change, found: list[str], formulas: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Proven causes, and those that cannot be excluded."""
        causes, possible = list(found), list[str]()
        if self.causes.options:
            (causes if "available now" in change.kind else possible).append("options")
        if self.causes.program:
            (causes if formulas else possible).append("program")
        if not causes and len(possible) == 1:
            return tuple(possible), ()
        return tuple(causes), tuple(possible)
