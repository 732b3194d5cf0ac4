"""Charts of a report as SVG, drawn by vl-convert from Vega-Lite specifications."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any

from reporting.reports.charts import ChartRefused, check_chart
from reporting.reports.model import Chart

# The family that the font files name, and the one that print.css gives them: a copy of the font that happens to be
# installed on the machine bears the first name and must not be taken for the bundled one.
FAMILY_IN_FILES = "Source Sans Pro"
FAMILY_IN_PAGES = "Report Sans"

_UNSEEN_TEXT = re.compile(r'<text\b[^>]*\bopacity="0"[^>]*>[^<]*</text>')
_DRAWS_NOTHING = re.compile(r'<path\b[^>]*\bd="(?:M0,0h0v0h0Z)?"[^>]*/>|<g\b[^>]*></g>')
_FOR_SCREENS = re.compile(r' (?:aria-[a-z]+|role|class|pointer-events)="[^"]*"')
_ID = re.compile(r'\bid="([^"]+)"')
_REACHES_OUT = re.compile(r'<(?:image|a|foreignObject|script)\b|href="(?!#)|url\((?!["\']?#)')


def draw_charts(charts: Sequence[Chart], theme: Mapping[str, Any], fonts: tuple[Path, ...]) -> dict[str, str]:
    """Chart id -> SVG element with a title (the alternative text) and text left as text.

    theme  Vega configuration
    fonts  folders of the font files, for measuring text
    Ids inside the SVGs are unique over all charts. Same input, same text. Raises ChartRefused as `check_chart` does,
    and for a specification that Vega cannot draw.
    """
    return {chart.id: _draw(chart, f"chart{n}", theme, fonts) for n, chart in enumerate(charts, start=1)}


def start_drawing(fonts: tuple[Path, ...]) -> None:
    """Start the drawing engine, which takes half a second once a process; see `warm_up`."""
    _engine(fonts).vegalite_to_svg({"data": {"values": []}, "mark": "bar"}, allowed_base_urls=[])


@cache
def _engine(fonts: tuple[Path, ...]) -> ModuleType:
    import vl_convert

    for folder in fonts:
        vl_convert.register_font_directory(str(folder))
    return vl_convert


def _draw(chart: Chart, prefix: str, theme: Mapping[str, Any], fonts: tuple[Path, ...]) -> str:
    check_chart(chart.spec, chart.id)
    # JSON text and not the mapping itself: numpy numbers and read-only mappings fail here, with the name of the chart.
    spec = json.dumps(dict(chart.spec), allow_nan=False)
    try:
        svg = _engine(fonts).vegalite_to_svg(spec, config=dict(theme), allowed_base_urls=[])
    except ValueError as error:
        raise ChartRefused(f"{chart.id}: Vega cannot draw it: {str(error).strip().splitlines()[0]}") from error
    return _finish(str(svg), chart, prefix)


def _finish(svg: str, chart: Chart, prefix: str) -> str:
    if found := _REACHES_OUT.search(svg):
        raise ChartRefused(f"{chart.id}: the drawing would reach outside the page: {found[0]}")
    svg = _FOR_SCREENS.sub("", _without_empty(_UNSEEN_TEXT.sub("", svg)))
    svg = svg.replace(f'"{FAMILY_IN_FILES}"', f'"{FAMILY_IN_PAGES}"')
    for name in dict.fromkeys(_ID.findall(svg)):
        svg = svg.replace(f'id="{name}"', f'id="{prefix}-{name}"').replace(f"url(#{name})", f"url(#{prefix}-{name})")
        svg = svg.replace(f'href="#{name}"', f'href="#{prefix}-{name}"')
    head, _, rest = svg.partition(">")
    title = f"<title>{escape(f'{chart.title}. {chart.alternative}')}</title>"
    return f'{head} role="img">{title}<desc>{escape(chart.source)}</desc>{rest}'


def _without_empty(svg: str) -> str:
    # A third of the elements draw nothing, and each costs layout time.
    removed = 1
    while removed:
        svg, removed = _DRAWS_NOTHING.subn("", svg)
    return svg
