"""How much each parameter that is not confirmed moves a figure: what there is to lose until someone reads the law."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pandas as pd

from reporting.figures import Figure, Parameter, ParameterValue

STEP = 0.1  # share by which numbers are changed

Recomputed = Callable[[Parameter], Figure]


def effects_on(figure: Figure, recomputed: Recomputed) -> Figure:
    """For each unconfirmed parameter below `figure`, how far it moves when the parameter is changed.

    Numbers are raised by a tenth, all categories of a parameter at once; switches are turned over. Every other
    parameter stays as it is.

    recomputed   the figure under the rulebook with one parameter replaced
    Returns a table figure by name of parameter, the largest effect first: label, change (in words), effect (in the
    unit of `figure`, NaN where the figure cannot be given then).
    """
    found = tuple(_unconfirmed(figure))
    rows = {parameter.name: _row(figure, parameter, recomputed) for parameter in found}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["parameter_label", "change", "effect"])
    table = table.sort_values("effect", key=lambda effects: -effects.abs(), kind="stable")
    return Figure(
        name=f"unconfirmed_effects_on_{figure.name}",
        label=f"Effect of unconfirmed parameters: {figure.label}",
        value=table.rename_axis("parameter").astype({"effect": float}) if figure.available else figure.value,
        unit=figure.unit,
        formula="The figure with one parameter changed, less the figure: numbers a tenth higher, switches turned over.",
        reference="own calculation",
        inputs=(figure, *found),
        key="parameter",
        footnotes=figure.footnotes,
    )


def _unconfirmed(figure: Figure) -> Iterator[Parameter]:
    if figure.available:
        yield from (item for item in figure.ancestors() if isinstance(item, Parameter) and not item.confirmed)


def _row(figure: Figure, parameter: Parameter, recomputed: Recomputed) -> tuple[str, str, float]:
    value, change = _changed(parameter.value)
    moved = recomputed(replace(parameter, value=value))
    effect = moved.number - figure.number if moved.available else float("nan")
    return parameter.label, change, effect


def _changed(value: ParameterValue) -> tuple[ParameterValue, str]:
    if isinstance(value, bool):
        return not value, "yes instead of no" if not value else "no instead of yes"
    if isinstance(value, Mapping):
        return {name: number * (1 + STEP) for name, number in value.items()}, "all values a tenth higher"
    if isinstance(value, str):
        return value, "not changed"
    return value * (1 + STEP), f"{value * (1 + STEP):g} instead of {value:g}"
