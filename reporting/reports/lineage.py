"""The lineage annex: for each figure the formula, the inputs and the cells, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from reporting.figures import Figure, Parameter, Source, Unavailable
from reporting.origin import Cells
from reporting.reports.context import Context
from reporting.reports.formats import NOT_AVAILABLE
from reporting.reports.model import LineageEntry, Shown

_RUNS_SHOWN = 6
_PARAMETERS_SHOWN = 4

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
    figures = (_from_figure(item, context) for item in figure.inputs if isinstance(item, Figure))
    parameters = _parameter_texts([item for item in figure.inputs if isinstance(item, Parameter)])
    cells = source_texts(item for item in figure.inputs if isinstance(item, Source))
    inputs = (*figures, *((text, "") for text in (*parameters, *cells)))
    return LineageEntry(
        anchor(figure.name), figure.name, figure.label, _value(figure, context),
        context.policy.money_unit if figure.unit == "money" else figure.unit,
        figure.formula, context.reference(figure), inputs,
        empty=isinstance(figure.value, pd.DataFrame) and figure.value.empty,
    )  # fmt: skip


def _value(figure: Figure, context: Context) -> Shown:
    if isinstance(figure.value, Unavailable):
        return Shown(f"{NOT_AVAILABLE} ({figure.reason})", None, "text", figure.name)
    if isinstance(figure.value, pd.DataFrame):
        return Shown(f"table of {len(figure.value)} rows", None, "text", figure.name)
    return context.unmarked(figure)


def _from_figure(item: Figure, context: Context) -> tuple[str, str]:
    return f"{item.label} = {_value(item, context).text}", anchor(item.name)


def _parameter_texts(parameters: Sequence[Parameter]) -> list[str]:
    """A line each for a few parameters; of many the names, for the annex on parameters has them all."""
    if len(parameters) <= _PARAMETERS_SHOWN:
        return [parameter_text(parameter) for parameter in parameters]
    return [f"{len(parameters)} parameters: {', '.join(parameter.name for parameter in parameters)}"]


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


def source_texts(sources: Iterable[Source]) -> Iterator[str]:
    """Cells in lines: headings, places, role. Columns of one sheet that play one part stand in one line."""
    alike: dict[tuple[str, str, str, str], list[Source]] = {}
    for source in sources:
        cells = source.at(None)
        if cells.rows:
            alike.setdefault((cells.file, cells.sheet, source.role, source.note), []).append(source)
        else:
            yield _no_row(source)
    for together in alike.values():
        yield _together(together)


def _no_row(source: Source) -> str:
    cells = source.cells
    note = f" where {source.note}" if source.note else ""
    return f"{cells.heading}: no row{note} in {Cells(cells.file, cells.sheet, cells.column)} ({_ROLES[source.role]})"


def _together(sources: Sequence[Source]) -> str:
    """Long lists of runs are cut and counted."""
    whole = dict.fromkeys(source.at(None) for source in sources)
    first, *others = (replace(cells, rows=cells.rows[:_RUNS_SHOWN]) for cells in whole)
    places = ", ".join([str(first), *(str(replace(cells, file="", sheet="")).removeprefix("!") for cells in others)])
    left_out = sum(map(len, whole)) - sum(map(len, (first, *others)))
    more = f" and {left_out:,} more cells" if left_out else ""
    note = f" where {sources[0].note}" if sources[0].note else ""
    headings = ", ".join(dict.fromkeys(source.cells.heading for source in sources))
    return f"{headings}: {places}{more} ({_ROLES[sources[0].role]}{note})"
