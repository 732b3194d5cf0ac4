"""The parts of a section: official templates, tables, charts and paragraphs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import fsum
from pathlib import Path
from typing import Any

import pandas as pd

from reporting.figures import Figure
from reporting.reports.charts import fill_chart, load_chart
from reporting.reports.context import Context
from reporting.reports.definition import BlockSpec, ChartSpec, ColumnSpec, GridSpec, LineSpec, LinesSpec, TextSpec
from reporting.reports.findings import holds
from reporting.reports.formats import NOT_AVAILABLE, long_date, short_date
from reporting.reports.model import Block, Chart, Column, Grid, Line, Lines, Shown, Text
from reporting.reports.previous import Filed

NO_BREAK = "\N{NO-BREAK SPACE}"
_OF_THIS_RUN = ("figure", "change")
_NAMED = 10  # rows that are named one by one


def build_block(spec: BlockSpec, context: Context, folder: Path) -> Block | None:
    """One part of a section; None where its conditions do not hold. `folder` is the template's."""
    if isinstance(spec, LinesSpec):
        lines = tuple(_line(line, context) for line in spec.rows if line.only in ("", context.jurisdiction))
        return Lines(spec.id, spec.title, context.filled(spec.caption), context.policy.money_unit, lines)
    if isinstance(spec, GridSpec):
        return _grid(spec, context)
    if isinstance(spec, ChartSpec):
        return _chart(spec, context, folder)
    return _text(spec, context)


def _text(spec: TextSpec, context: Context) -> Text | None:
    return Text(context.filled(spec.text), context.notes_of(spec.text)) if holds(spec.when, context) else None


def _line(spec: LineSpec, context: Context) -> Line:
    if not spec.figure:
        return Line(spec.row, spec.label, Shown(""), None, None, "", heading=True)
    figure = context.figure(spec.figure)
    current, previous, change = _values(spec, context)
    return Line(spec.row, spec.label or figure.label, current, previous, change, context.reference(figure), spec.total)


def _values(spec: LineSpec, context: Context) -> tuple[Shown, Shown | None, Shown | None]:
    """The current and the filed value, and the change."""
    name = spec.figure
    if not spec.key:
        return context.shown(name), context.shown_before(name), context.shown_change(name)
    current = context.shown_cell(name, spec.key, spec.column)
    if context.previous is None:
        return current, None, None
    filed = context.previous.tables.get(name, {}).get(spec.key, {}).get(spec.column)
    form = context.form(context.figure(name))
    change = current.value - filed if isinstance(current.value, float) and isinstance(filed, int | float) else None
    before = Shown(context.policy.text(filed, form), filed, form)
    return current, before, Shown(context.policy.text(change, form), change, form)


def _grid(spec: GridSpec, context: Context) -> Grid | None:
    figure = context.figure(spec.figure)
    if spec.if_any and figure.available and not len(figure.table) and not _before(spec, context):
        return None
    columns = tuple(_columns(spec, context))
    if not figure.available:
        number = context.footnote(f"Not available: {figure.reason}.")
        row = (Shown(NOT_AVAILABLE, None, "text", spec.figure, footnotes=(number,)), *(Shown("") for _ in columns[1:]))
        return Grid(spec.id, spec.title, spec.caption, columns, (row,), (), spec.figure, 0)
    table = figure.table
    shown = table.head(spec.printed_rows)
    before = _before(spec, context)
    rows = tuple(_row(spec, figure, str(key), values, before, context) for key, values in _records(shown))
    total = _total(spec, table, context) if spec.total else ()
    note = " ".join(_gone(table, before, context))
    notes = context.notes(figure)
    return Grid(spec.id, spec.title, spec.caption, columns, rows, total, spec.figure, len(table), note, notes)


def _columns(spec: GridSpec, context: Context) -> Iterator[Column]:
    for c in spec.columns:
        yield Column(c.name, c.label, c.format, _unit(c, context))
        if c.compared and context.previous is not None:
            day = short_date(context.previous.reference_date).replace(" ", NO_BREAK)
            label = f"{c.label} {day}"
            yield Column(f"previous.{c.name}", label, c.format, _unit(c, context))


def _before(spec: GridSpec, context: Context) -> Mapping[str, Mapping[str, Filed]]:
    """The filed rows of the previous period by key."""
    return context.previous.tables.get(spec.figure, {}) if context.previous else {}


def _gone(table: pd.DataFrame, before: Mapping[str, object], context: Context) -> Iterator[str]:
    """Rows of the previous period that are not there any more are named, for no column shows them."""
    gone = [key for key in before if key not in set(map(str, table.index))]
    if gone and context.previous is not None:
        day = long_date(context.previous.reference_date)
        named = ", ".join(gone[:_NAMED]) + (f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else "")
        yield f"Filed for {day} and not there any more: {named}."


def _unit(column: ColumnSpec, context: Context) -> str:
    return {"money": context.policy.money_unit, "percent": "%"}.get(column.format, "")


def _records(table: pd.DataFrame) -> Iterable[tuple[Any, dict[str, Any]]]:
    yield from zip(table.index, table.reset_index().to_dict("records"), strict=True)


def _row(
    spec: GridSpec,
    figure: Figure,
    key: str,
    values: Mapping[str, Any],
    before: Mapping[str, Mapping[str, Filed]],
    context: Context,
) -> tuple[Shown, ...]:
    cells = []
    for column in spec.columns:
        cells.append(_cell(spec, figure, key, column, values[column.name], context))
        if column.compared and context.previous is not None:
            cells.append(_filed(before.get(key, {}).get(column.name), column, context))
    return tuple(cells)


def _filed(value: Filed, column: ColumnSpec, context: Context) -> Shown:
    """A value of the previous period; it stands for itself and is no figure of this run."""
    return Shown(context.policy.text(value, column.format), value, column.format)


def _cell(spec: GridSpec, figure: Figure, key: str, column: ColumnSpec, value: Any, context: Context) -> Shown:
    if pd.isna(value):
        return Shown("", None, column.format, figure.name, key, column.name)
    if isinstance(value, str):
        return Shown(_label(spec.labels, value), value, column.format, figure.name, key, column.name)
    number = bool(value) if isinstance(value, bool) else float(value)
    return Shown(context.policy.text(number, column.format), number, column.format, figure.name, key, column.name)


def _label(labels: Mapping[str, str], value: str) -> str:
    """The text for a value: its own, or that of a beginning such as `deduction_*` followed by the rest in words."""
    if value in labels:
        return labels[value]
    for pattern, text in labels.items():
        if pattern.endswith("*") and value.startswith(pattern[:-1]):
            return f"{text} {value[len(pattern) - 1 :].replace('_', ' ')}"
    return value


def _total(spec: GridSpec, table: pd.DataFrame, context: Context) -> tuple[Shown, ...]:
    cells = [Shown("Total")]
    for column in spec.columns[1:]:
        summed = column.name in spec.total
        total = fsum(table[column.name].dropna()) if summed else None
        text = context.policy.text(total, column.format)
        cells.append(Shown(text, total, column.format, *((spec.figure, "", column.name) if summed else ())))
        if column.compared and context.previous is not None:
            filed = (row.get(column.name) for row in _before(spec, context).values())
            numbers = [float(value) for value in filed if isinstance(value, int | float)]
            cells.append(_filed(fsum(numbers) if summed and numbers else None, column, context))
    return tuple(cells)


def _chart(spec: ChartSpec, context: Context, folder: Path) -> Chart | None:
    if not all(_is_there(name, context) for name in spec.needs):
        return None
    rows = list(_rows_of_chart(spec, context))
    drawing = fill_chart(load_chart(folder / spec.spec), rows)
    notes = {n for name in _drawn(spec) for n in context.notes(context.figure(name))}
    of_amounts = bool(spec.money) if spec.fields else _is_money(spec, context)
    unit = context.policy.money_unit if of_amounts else spec.unit
    return Chart(
        spec.id, spec.title, context.filled(spec.alternative), spec.source, drawing, unit, tuple(sorted(notes))
    )


def _drawn(spec: ChartSpec) -> list[str]:
    """Names of the figures of this run that a chart draws."""
    named = [
        name for row in spec.rows for v in row.values() for kind, name in _place(v).items() if kind in _OF_THIS_RUN
    ]
    return [spec.table, *spec.further] if spec.table else named


def _place(value: Any) -> Mapping[str, str]:
    return value if isinstance(value, Mapping) else {}


def _is_money(spec: ChartSpec, context: Context) -> bool:
    return any(context.figure(name).unit == "money" for name in _drawn(spec))


def _is_there(name: str, context: Context) -> bool:
    if name.startswith("previous."):
        return context.previous is not None and context.previous.number(name.removeprefix("previous.")) is not None
    return context.figure(name).available


def _rows_of_chart(spec: ChartSpec, context: Context) -> Iterator[dict[str, Any]]:
    if not spec.table:
        yield from _figure_rows(spec, context)
    elif not spec.fields:
        yield from _table_rows(spec, context)
    else:
        for name, fields in ((spec.table, spec.fields), *spec.further.items()):
            yield from _field_rows(spec, name, fields, context)


def _field_rows(spec: ChartSpec, name: str, fields: Mapping[str, str], context: Context) -> Iterator[dict[str, Any]]:
    """A row a key, with the columns of the table under the names of the fields; for one bar, the cell it shows."""
    figure = context.figure(name)
    for key, record in _records(figure.table):
        row = {field: record[column] for field, column in fields.items()}
        if not any(pd.isna(value) for value in row.values()):
            in_unit = {field: row[field] / context.policy.unit for field in spec.money if field in row}
            cell = {"figure": name, "key": str(key), "column": fields["value"]} if "value" in fields else {}
            yield {**row, **in_unit, "layer": name, **cell}


def _table_rows(spec: ChartSpec, context: Context) -> list[dict[str, Any]]:
    policy = context.policy
    rows = []
    for key, record in _records(context.figure(spec.table).table):
        if any(record[column] for column in spec.series):
            for column, kind in spec.series.items():
                number = float(record[column])
                shown = policy.text(number, "money")
                rows.append({
                    "label": _label(spec.labels, key), "kind": kind, "value": number / policy.unit, "text": shown,
                    "figure": spec.table, "key": key, "column": column,
                })  # fmt: skip
    return rows


def _figure_rows(spec: ChartSpec, context: Context) -> list[dict[str, Any]]:
    rows = ({**{name: _field(value, context) for name, value in row.items()}, **_origin(row)} for row in spec.rows)
    return [row for row in rows if None not in row.values()]


def _origin(row: Mapping[str, Any]) -> Mapping[str, str]:
    """The figure whose number is the `value` of a row: the workbook draws the chart from it."""
    name = _place(row.get("value")).get("figure")
    return {"figure": name} if name else {}


_SHOWN: Mapping[str, Callable[[Context, str], Shown | None]] = {
    "figure": Context.shown,
    "previous": Context.shown_before,
    "change": Context.shown_change,
}


def _field(value: Any, context: Context) -> Any:
    if isinstance(value, str):
        return context.filled(value)
    ((kind, name),) = value.items()
    shown = _SHOWN[kind.removesuffix("_text")](context, name)
    if shown is None or not isinstance(shown.value, float):
        return None
    if kind.endswith("_text"):
        return shown.text + (" %" if shown.format == "percent" else "")
    return shown.value / context.policy.unit if shown.format == "money" else shown.value
