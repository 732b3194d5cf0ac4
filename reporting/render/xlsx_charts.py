"""Native charts for specifications that are bars over rows of data; the cells they are drawn from stand above them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reporting.render.xlsx_formats import BLUE, INK, RULE
from reporting.render.xlsx_front import noted
from reporting.render.xlsx_page import Page
from reporting.reports.model import Chart, Shown

COLOURS = ("#0072B2", "#B9C6D2", "#E69F00", "#009E73")  # Okabe and Ito, and a grey for what stands beside
_HARMLESS = {"calculate", "window"}  # transforms that add fields and leave rows and their values alone
_SOURCE = ("figure", "key", "column")  # fields that say which figure a row shows
_BAR_HEIGHT = 26  # points a bar

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Bars:
    """What a bar chart is drawn from.

    series  heading of each series, and its rows by category
    """

    field: str
    category: str
    lying: bool
    categories: tuple[str, ...]
    series: tuple[tuple[str, Mapping[str, Record]], ...]


def write_chart(page: Page, chart: Chart) -> None:
    """The data of the chart as cells and, where it is made of bars, the chart below."""
    page.text(0, chart.title, "heading", wide=True)
    page.row += 1
    page.paragraph(chart.alternative, 7, "note")
    bars = bars_of(chart.spec)
    if bars is None:
        page.text(0, "This chart is not drawn in the workbook.", "note", wide=True)
        page.row += 1
        return
    first, pattern = page.row, _pattern(bars)
    page.head(["", *(heading or chart.unit for heading, _ in bars.series)], range(2, 2 + len(bars.series)), first=1)
    for category in bars.categories:
        page.text(1, category)
        for column, (_, rows) in enumerate(bars.series, 2):
            if category in rows:
                _write_value(page, chart, column, rows[category], bars.field, pattern)
        page.row += 1
    if chart.source:
        page.text(1, f"{chart.source}{noted(chart.footnotes)}", "note", wide=True)
    page.row += 1
    _draw(page, chart, bars, first, pattern)


def _write_value(page: Page, chart: Chart, column: int, record: Record, field: str, pattern: str) -> None:
    """A row that names its `figure` is a formula on it, in the unit of the chart; otherwise the value stands there.

    For a cell of a table figure the row names `key` and `column` too.
    """
    value, form = float(record[field]), page.book.formats.number(pattern)
    name, key, of_table = (str(record.get(part, "")) for part in _SOURCE)
    found = page.book.formulas.of_shown(Shown("", value, "number", name, key, of_table)) if name else None
    if found is None:
        page.number(column, value, form)
        return
    of_amounts = chart.unit == page.book.report.identification.money_unit
    in_unit = page.book.formats.divisor if of_amounts else 1
    page.formula(column, f"{found[0]}/{in_unit}" if in_unit > 1 else found[0], value, form)


def _pattern(bars: Bars) -> str:
    """Whole numbers where the longest bar has thousands."""
    values = [abs(float(row[bars.field])) for _, rows in bars.series for row in rows.values()]
    return "#,##0" if max(values) >= 1_000 else "#,##0.00"


def _draw(page: Page, chart: Chart, bars: Bars, head: int, pattern: str) -> None:
    last = head + len(bars.categories)
    drawn = page.book.workbook.add_chart({"type": "bar" if bars.lying else "column"})
    for place, (heading, rows) in enumerate(bars.series):
        drawn.add_series({
            "name": [page.name, head, 2 + place] if heading else "",
            "categories": [page.name, head + 1, 1, last, 1],
            "values": [page.name, head + 1, 2 + place, last, 2 + place],
            # Rows are gone from memory once written, so that the chart cannot look up what it shows.
            "categories_data": list(bars.categories),
            "values_data": [rows[c][bars.field] if c in rows else "" for c in bars.categories],
            "fill": {"color": COLOURS[place]},
            "gap": 60,
            "data_labels": {"value": True, "num_format": pattern, "font": {"color": INK, "size": 9}},
        })  # fmt: skip
    drawn.set_title({"name": chart.title, "name_font": {"size": 12, "color": BLUE}, "overlay": False})
    drawn.set_legend({"position": "bottom"} if len(bars.series) > 1 else {"none": True})
    of_categories = {"reverse": bars.lying, "label_position": "low", "num_font": {"size": 9}, "line": {"color": RULE}}
    of_values = {"visible": False, "major_gridlines": {"visible": False}}
    drawn.set_x_axis(of_values if bars.lying else of_categories)
    drawn.set_y_axis(of_categories if bars.lying else of_values)
    height = 90 + _BAR_HEIGHT * len(bars.categories) * len(bars.series) if bars.lying else 300
    drawn.set_size({"width": 760, "height": min(height, 700)})
    page.sheet.insert_chart(page.row, 1, drawn, {"description": chart.alternative, "object_position": 2})
    page.row += min(height, 700) // 20 + 1


def bars_of(spec: Mapping[str, Any]) -> Bars | None:
    """The bars of a Vega-Lite specification; None where it is more than bars over its own rows."""
    rows = spec.get("data", {}).get("values")
    layers = [spec, *spec.get("layer", ())]
    if not isinstance(rows, list) or not rows or any(not set(t) & _HARMLESS for t in _transforms(layers)):
        return None
    for layer in layers:
        mark = layer.get("mark")
        if (mark.get("type") if isinstance(mark, Mapping) else mark) == "bar":
            return _bars({**spec.get("encoding", {}), **layer.get("encoding", {})}, rows)
    return None


def _transforms(layers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [transform for layer in layers for transform in layer.get("transform", ())]


def _bars(encoding: Mapping[str, Any], rows: Sequence[Record]) -> Bars | None:
    for along, across in (("x", "y"), ("y", "x")):
        value, category = encoding.get(along, {}), encoding.get(across, {})
        field, name = value.get("field"), category.get("field")
        if (
            value.get("type") != "quantitative"
            or "aggregate" in value
            or category.get("type") not in ("nominal", "ordinal")
        ):
            continue
        if not all(isinstance(r.get(field), int | float) and isinstance(r.get(name), str) for r in rows):
            return None
        categories = tuple(dict.fromkeys(row[name] for row in rows))
        series = _series(rows, name, field, len(categories))
        return Bars(field, name, along == "x", categories, series) if series else None
    return None


def _series(
    rows: Sequence[Record], name: str, field: str, categories: int
) -> tuple[tuple[str, Mapping[str, Record]], ...]:
    """One series where each category has one row; otherwise those of the text field that tells the rows apart."""
    if categories == len(rows):
        return (("", {row[name]: row for row in rows}),)
    others = [
        f for f in rows[0] if f not in (name, field, *_SOURCE) and all(isinstance(row.get(f), str) for row in rows)
    ]
    fitting = []
    for other in others:
        kinds = tuple(dict.fromkeys(row[other] for row in rows))
        pairs = {(row[name], row[other]) for row in rows}
        if len(pairs) == len(rows) and len(kinds) <= len(COLOURS):
            fitting.append((kinds, other))
    if not fitting:
        return ()
    kinds, other = min(fitting, key=lambda one: len(one[0]))
    return tuple((kind, {row[name]: row for row in rows if row[other] == kind}) for kind in kinds)
