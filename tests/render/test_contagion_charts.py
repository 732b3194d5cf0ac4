"""Where the texts of the contagion report's charts stand: inside the drawing, and beside the marks they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from reporting.render.charts import draw_charts
from reporting.render.house_style import house_style
from reporting.render.html import charts_of
from reporting.resources import templates_folder
from tests.contagion_runs import sample_report

CHARTS = ("diagram", "matrix", "ranking", "impact", "distress", "cascade", "bands", "reverse")
_SVG = "{http://www.w3.org/2000/svg}"


class Box(NamedTuple):
    """A text, and the rectangle it covers: half a pixel may be missing where a letter stands out of its line."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@cache
def drawings() -> dict[str, ET.Element]:
    """The charts of the sample, drawn."""
    style = house_style("contagion", ())
    drawn = draw_charts(charts_of(sample_report()), style.theme, style.font_folders)
    return {name.removesuffix("-chart"): ET.fromstring(svg) for name, svg in drawn.items()}  # noqa: S314  # ours


@cache
def _font() -> TTFont:
    return TTFont(templates_folder() / "_base" / "fonts" / "SourceSansPro-Regular.ttf")


def _width(text: str, size: float) -> float:
    names, widths = _font().getBestCmap(), _font()["hmtx"]
    return float(sum(widths[names[ord(letter)]][0] for letter in text) * size / _font()["head"].unitsPerEm)


def _placed(node: ET.Element, x: float, y: float) -> Iterator[tuple[ET.Element, float, float]]:
    """The elements below with their places; those that are turned are passed over."""
    transform = node.get("transform", "")
    if "rotate" in transform:
        return
    if found := re.search(r"translate\(([-\d.e]+),\s*([-\d.e]+)\)", transform):
        x, y = x + float(found[1]), y + float(found[2])
    yield node, x, y
    for child in node:
        yield from _placed(child, x, y)


def texts(drawing: ET.Element) -> Iterator[Box]:
    for node, x, y in _placed(drawing, 0, 0):
        if node.tag == f"{_SVG}text" and (text := "".join(node.itertext()).strip()):
            size = float(node.get("font-size", "").removesuffix("px"))
            width = _width(text, size)
            left = x - {"end": width, "middle": width / 2}.get(node.get("text-anchor", ""), 0)
            yield Box(text, left, y - 0.7 * size, left + width, y + 0.2 * size)


@pytest.mark.parametrize("name", CHARTS)
def test_no_text_of_a_chart_is_cut_off_at_its_edge(name: str) -> None:
    drawing = drawings()[name]
    left, top, width, height = map(float, drawing.get("viewBox", "").split())
    found = list(texts(drawing))
    cut = [
        box for box in found
        if box.left < left - 0.5 or box.right > left + width + 0.5
        or box.top < top - 0.5 or box.bottom > top + height + 0.5
    ]  # fmt: skip
    assert found
    assert cut == []


def test_no_name_in_the_network_diagram_stands_on_a_mark() -> None:
    circles = [
        (x, y, float(found[1]))
        for node, x, y in _placed(drawings()["diagram"], 0, 0)
        if node.get("fill") in ("#0072B2", "#E69F00") and (found := re.match(r"M([\d.]+),0", node.get("d", "")))
    ]
    names = [box for box in texts(drawings()["diagram"]) if box.text not in ("Core", "Periphery")]
    assert len(circles) >= 30
    assert len(names) >= 30
    assert [box.text for box in names if any(_meets(box, *circle) for circle in circles)] == []


def test_no_name_of_the_core_stands_on_another() -> None:
    chart = next(chart for chart in charts_of(sample_report()) if chart.id == "diagram-chart")
    core = {row["label"] for row in chart.spec["data"]["values"] if row.get("group") == "Core"}
    names = {box.text: box for box in texts(drawings()["diagram"]) if box.text in core}
    assert len(names) > 4
    for one, other in combinations(names.values(), 2):
        apart = one.right <= other.left or other.right <= one.left or one.bottom <= other.top or other.bottom <= one.top
        assert apart, (one.text, other.text)


def _meets(box: Box, x: float, y: float, radius: float) -> bool:
    across, along = max(box.left - x, 0, x - box.right), max(box.top - y, 0, y - box.bottom)
    return across**2 + along**2 < radius**2
