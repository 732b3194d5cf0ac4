"""The lineage annex: for each figure the formula, the inputs and the cells, in words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from reporting.figures import Figure, Parameter, Source, Unavailable
from reporting.origin import Cells
from reporting.reports.context import Context
from reporting.reports.formats import NOT_AVAILABLE
from reporting.reports.model import LineageEntry, Shown

_RUNS_SHOWN = 6

_ROLES: Mapping[str, str] = {
    "value": "amounts",
    "selects": "selection",
    "converts": "conversion",
}


def lineage_entries(context: Context) -> tuple[LineageEntry, ...]:
    """One entry a figure, in the order of the measures."""
    return tuple(_entry(figure, context) for figure in context.figures.values())


def anchor(name: str) -> str:
    """The target of links to a figure's entry."""
    return f"figure-{name.replace('_', '-')}"


def _entry(figure: Figure, context: Context) -> LineageEntry:
    inputs = tuple(_input(item, context) for item in figure.inputs)
    return LineageEntry(
        anchor(figure.name), figure.name, figure.label, _value(figure, context),
        context.policy.money_unit if figure.unit == "money" else figure.unit,
        figure.formula, figure.reference, inputs,
    )  # fmt: skip


def _value(figure: Figure, context: Context) -> Shown:
    if isinstance(figure.value, Unavailable):
        return Shown(f"{NOT_AVAILABLE} ({figure.reason})", None, "text", figure.name)
    if isinstance(figure.value, pd.DataFrame):
        return Shown(f"table of {len(figure.value)} rows", None, "text", figure.name)
    return context.shown(figure.name)


def _input(item: Figure | Source | Parameter, context: Context) -> tuple[str, str]:
    if isinstance(item, Figure):
        return f"{item.label} = {_value(item, context).text}", anchor(item.name)
    if isinstance(item, Parameter):
        return parameter_text(item), ""
    return source_text(item), ""


def parameter_text(parameter: Parameter) -> str:
    """A parameter in a line: label, value, unit, reference, day in force, and whether it is confirmed."""
    value = parameter.value
    shown = ", ".join(f"{k} {v:g}" for k, v in value.items()) if isinstance(value, Mapping) else _plain(value)
    status = "" if parameter.confirmed else ", unconfirmed"
    unit = f" {parameter.unit}" if parameter.unit else ""
    return f"{parameter.label}: {shown}{unit} ({parameter.reference}, in force from {parameter.in_force}{status})"


def _plain(value: float | bool | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else value


def source_text(source: Source) -> str:
    """Cells in a line: heading, place, role; long lists of runs are cut and counted."""
    cells = source.at(None)
    note = f" where {source.note}" if source.note else ""
    if not cells.rows:
        return (
            f"{cells.heading}: no row{note} in {Cells(cells.file, cells.sheet, cells.column)} ({_ROLES[source.role]})"
        )
    cut = Cells(cells.file, cells.sheet, cells.column, cells.rows[:_RUNS_SHOWN], cells.heading)
    more = "" if len(cells.rows) <= _RUNS_SHOWN else f" and {len(cells) - len(cut):,} more cells"
    return f"{cells.heading}: {cut}{more} ({_ROLES[source.role]}{note})"
