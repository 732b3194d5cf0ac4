"""What is not the same in two versions of a figure: its number or text, or the cells of its table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reporting.batch.drivers import Driver
from reporting.figures import Figure

Scalar = float | bool | str | None


@dataclass(frozen=True)
class Change:
    """One number or text that is not the same in both runs.

    key, column    row and column of a table figure; "" for a figure that is no table
    kind           changed, added, removed, available now, not available now
    before, after  None where there is none; for a figure that is not available, the reason is in `reason`
    difference     after less before, in `unit`; None unless both are numbers
    relative       the same in per cent of the absolute value before; None for a value before of zero
    causes         data, options, parameters or program: those that lineage, or the lack of any other, proves
    possible       those that changed as well and that lineage cannot exclude
    drivers        cells that the figure rests on and that differ, the largest contribution first
    driven_by      how many such cells there are
    """

    figure: str
    label: str
    unit: str
    key: str
    column: str
    kind: str
    before: Scalar
    after: Scalar
    difference: float | None
    relative: float | None
    reason: str = ""
    causes: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    drivers: tuple[Driver, ...] = ()
    driven_by: int = 0


def changes_between(old: Figure | None, new: Figure | None) -> Iterator[Change]:
    """The changes from one version of a figure to another, without causes; None where a run does not have it."""
    figure = new if new is not None else old
    if figure is None:
        return
    before, after = _values(old), _values(new)
    for place in dict.fromkeys([*after, *before]):
        if place not in before or place not in after:
            kind = _kind(old, new, gone=place not in after)
            yield _change(figure, place, kind, before.get(place), after.get(place), _reason(old, new))
        elif not _same(before[place], after[place]):
            yield _change(figure, place, "changed", before[place], after[place])


def _kind(old: Figure | None, new: Figure | None, *, gone: bool) -> str:
    """What happened to a value that only one of the runs has."""
    if old is not None and new is not None and not (old.available and new.available):
        return "not available now" if gone else "available now"
    return "removed" if gone else "added"


_WHOLE = ("", "")


def _values(figure: Figure | None) -> dict[tuple[str, str], Scalar]:
    """(key, column) -> value."""
    if figure is None or not figure.available:
        return {}
    if not isinstance(figure.value, pd.DataFrame):
        return {_WHOLE: _scalar(figure.value)}
    found: dict[tuple[str, str], Scalar] = {}
    keys = [str(key) for key in figure.value.index]
    for column in figure.value.columns:
        values = figure.value[column].astype(object).where(figure.value[column].notna(), None).tolist()
        found.update({(key, str(column)): _scalar(value) for key, value in zip(keys, values, strict=True)})
    return found


def _scalar(value: Any) -> Scalar:
    value = value.item() if isinstance(value, np.generic) else value
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _same(old: Scalar, new: Scalar) -> bool:
    return type(old) is type(new) and old == new


def _reason(old: Figure | None, new: Figure | None) -> str:
    return next((figure.reason for figure in (new, old) if figure is not None and not figure.available), "")


def _change(figure: Figure, place: tuple[str, str], kind: str, old: Scalar, new: Scalar, reason: str = "") -> Change:
    difference = relative = None
    if type(old) is float and type(new) is float:
        difference = new - old
        relative = difference / abs(old) * 100 if old else None
    return Change(figure.name, figure.label, figure.unit, *place, kind, old, new, difference, relative, reason)
