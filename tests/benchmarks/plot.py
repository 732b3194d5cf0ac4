"""Cost against size, as measured, drawn on logarithmic axes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import vl_convert

from tests.benchmarks.measured import Measured


def plot(measured: Iterable[Measured], folder: Path) -> Path:
    """Write cost.svg with a line for each method of which several sizes were measured; returns its path."""
    points = [
        {"method": method, "institutions": size, "seconds": taken}
        for one in measured
        for method, size, taken in one.points
    ]
    axis = {"scale": {"type": "log"}}
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": 480,
        "height": 320,
        "data": {"values": points},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "institutions", "type": "quantitative", "title": "Institutions, out-degree 20", **axis},
            "y": {"field": "seconds", "type": "quantitative", "title": "Processor seconds", **axis},
            "color": {"field": "method", "type": "nominal", "title": None},
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "cost.svg"
    path.write_text(vl_convert.vegalite_to_svg(json.dumps(spec), allowed_base_urls=[]), encoding="utf-8")
    return path
