"""Chart specifications: Vega-Lite in the template folder, refused where drawing one could reach outside the page.

A chart must look the same on every machine and on every day, so what reads a clock, a time zone or a random number is
refused as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from reporting.problems import ConfigurationFault

ROWS = "rows"  # name of the data set in a specification on disk

_EXPRESSION_KEYS = {"calculate", "expr", "filter", "labelExpr", "signal", "test", "update"}
_LOCAL_OR_RANDOM = re.compile(
    r"\b(now|random|sample\w+|datetime|date|day|dayofyear|month|quarter|week|year|hours|minutes|seconds|milliseconds"
    r"|timeFormat|timeParse|timeOffset|timeSequence|timezoneoffset)\s*\("
)


class ChartRefused(ConfigurationFault):
    """A chart specification that may not be drawn; the message names every offending place."""


def load_chart(path: Path) -> dict[str, Any]:
    """Read a Vega-Lite specification whose data is `{"name": "rows"}`.

    Raises FileNotFoundError, and ChartRefused for what is not JSON, for other data, and for all that `check_chart`
    refuses.
    """
    try:
        spec = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ChartRefused(f"{path.name}: not a JSON text: {error}") from error
    if not isinstance(spec, dict):
        raise ChartRefused(f"{path.name}: must be a JSON object")
    if spec.get("data") != {"name": ROWS}:
        raise ChartRefused(f'{path.name}: data must be {{"name": "{ROWS}"}}; the report puts its own rows there')
    check_chart(spec, path.name)
    return spec


def fill_chart(spec: Mapping[str, Any], rows: Sequence[Mapping[str, object]]) -> dict[str, Any]:
    """The specification with `rows` as its data; the one passed in stays as it is."""
    return {**spec, "data": {"values": [dict(row) for row in rows]}}


def check_chart(spec: Mapping[str, Any], name: str) -> None:
    """Raise ChartRefused if drawing `spec` could fetch, link, or depend on the clock, the zone or chance.

    Refused: `url` and `href`, image marks, data other than named or inlined rows, temporal fields without a scale of
    type utc, time units that are not utc, samples, expressions that read the clock, local time or random numbers.
    The rows themselves are data and are not looked at.
    """
    faults = list(_faults(spec, "$"))
    if faults:
        raise ChartRefused(f"{name}: " + "; ".join(faults))


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON value")


def _faults(node: object, at: str) -> Iterator[str]:
    if isinstance(node, list):
        for position, item in enumerate(node):
            yield from _faults(item, f"{at}[{position}]")
    if not isinstance(node, Mapping):
        return
    yield from _faults_of_object(node, at)
    for key, value in node.items():
        if key in {"data", "datasets"}:
            yield from _faults_of_data(key, value, f"{at}.{key}")
        else:
            yield from _faults(value, f"{at}.{key}")


def _faults_of_object(node: Mapping[str, Any], at: str) -> Iterator[str]:
    for key in ("url", "href"):
        if key in node:
            yield f"{at}.{key}: a chart may not fetch or link"
    if "image" in (node.get("mark"), node.get("type")):
        yield f"{at}: image marks are refused"
    if node.get("type") == "temporal" and not _is_utc_scale(node.get("scale")):
        yield f'{at}: a temporal field needs "scale": {{"type": "utc"}}, or it follows the zone of the machine'
    if "timeUnit" in node and not _is_utc_unit(node["timeUnit"]):
        yield f"{at}.timeUnit: must begin with utc, or it follows the zone of the machine"
    if "sample" in node:
        yield f"{at}.sample: a sample differs from run to run"
    for key in _EXPRESSION_KEYS & node.keys():
        found = _LOCAL_OR_RANDOM.search(node[key]) if isinstance(node[key], str) else None
        if found:
            yield f"{at}.{key}: {found[1]}() depends on the clock, the zone of the machine or chance"


def _faults_of_data(key: str, value: object, at: str) -> Iterator[str]:
    if key == "datasets" or not isinstance(value, Mapping) or not set(value) <= {"name", "values"}:
        yield f"{at}: only the rows of the report may be drawn"


def _is_utc_scale(scale: object) -> bool:
    return isinstance(scale, Mapping) and scale.get("type") == "utc"


def _is_utc_unit(unit: object) -> bool:
    if isinstance(unit, Mapping):
        return unit.get("utc") is True or _is_utc_unit(unit.get("unit"))
    return isinstance(unit, str) and unit.startswith("utc")
