from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reporting.reports.charts import ChartRefused, check_chart, fill_chart, load_chart
from reporting.resources import templates_folder

SHIPPED = sorted(templates_folder().glob("*/charts/*.vl.json"))


def _spec(**more: Any) -> dict[str, Any]:
    return {
        "data": {"name": "rows"},
        "mark": "bar",
        "encoding": {"x": {"field": "value", "type": "quantitative"}},
    } | more


def _written(folder: Path, text: str) -> Path:
    path = folder / "made.vl.json"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_chart_may_be_drawn(path: Path) -> None:
    assert load_chart(path)["data"] == {"name": "rows"}


def test_there_are_shipped_charts() -> None:
    assert len(SHIPPED) >= 3


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ({"data": {"url": "https://example.org/rows.csv"}}, "data must be"),
        ({"layer": [{"data": {"url": "file:///etc/hostname"}}]}, "$.layer[0].data: only the rows"),
        ({"datasets": {"rows": []}}, "$.datasets: only the rows"),
        ({"transform": [{"lookup": "a", "from": {"data": {"url": "x"}, "key": "a"}}]}, "$.transform[0].from.data"),
        ({"mark": "image"}, "image marks are refused"),
        ({"mark": {"type": "image"}}, "image marks are refused"),
        ({"layer": [{"mark": {"type": "image"}}]}, "$.layer[0].mark: image marks"),
        ({"encoding": {"url": {"field": "picture"}}}, "$.encoding.url: a chart may not fetch or link"),
        ({"encoding": {"href": {"field": "link"}}}, "$.encoding.href: a chart may not fetch or link"),
        ({"mark": {"type": "bar", "href": "https://example.org"}}, "$.mark.href"),
        ({"encoding": {"x": {"field": "day", "type": "temporal"}}}, "$.encoding.x: a temporal field needs"),
        ({"encoding": {"x": {"field": "day", "timeUnit": "yearmonth"}}}, "$.encoding.x.timeUnit: must begin with utc"),
        ({"encoding": {"x": {"timeUnit": {"unit": "year"}}}}, "$.encoding.x.timeUnit: must begin with utc"),
        ({"transform": [{"sample": 10}]}, "$.transform[0].sample"),
        ({"transform": [{"calculate": "now()", "as": "t"}]}, "now() depends on the clock"),
        ({"transform": [{"calculate": "random ()", "as": "t"}]}, "random() depends"),
        ({"encoding": {"x": {"axis": {"labelExpr": "timeFormat(datum.value, '%Y')"}}}}, "timeFormat() depends"),
    ],
)
def test_what_reaches_outside_or_varies_is_refused_with_its_place(
    tmp_path: Path, part: dict[str, Any], place: str
) -> None:
    path = _written(tmp_path, json.dumps(_spec() | part))
    with pytest.raises(ChartRefused) as refusal:
        load_chart(path)
    assert place in str(refusal.value)
    assert str(refusal.value).startswith("made.vl.json: ")


def test_every_fault_is_named_at_once() -> None:
    spec = _spec(mark="image", encoding={"href": {"field": "a"}, "x": {"field": "b", "type": "temporal"}})
    with pytest.raises(ChartRefused) as refusal:
        check_chart(spec, "made")
    assert all(text in str(refusal.value) for text in ("image marks", "$.encoding.href", "$.encoding.x"))


def test_a_temporal_axis_with_a_utc_scale_and_unit_is_allowed() -> None:
    axis = {"field": "day", "type": "temporal", "timeUnit": "utcyearmonth", "scale": {"type": "utc"}}
    check_chart(_spec(encoding={"x": axis}), "made")


def test_a_title_that_mentions_a_year_is_not_an_expression() -> None:
    check_chart(_spec(title="Exposures by year (2026)"), "made")


def test_rows_are_data_and_may_hold_any_name() -> None:
    filled = fill_chart(_spec(), [{"url": "https://example.org", "type": "temporal", "value": 1}])
    check_chart(filled, "made")
    assert filled["data"] == {"values": [{"url": "https://example.org", "type": "temporal", "value": 1}]}


def test_filling_leaves_the_specification_as_it_was() -> None:
    spec = _spec()
    fill_chart(spec, [{"value": 1}])
    assert spec == _spec()


@pytest.mark.parametrize("text", ["{", "[]", '{"data": NaN}', "\ufeff\x00", "[" * 100_000])
def test_what_is_not_a_json_object_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ChartRefused, match=r"made\.vl\.json"):
        load_chart(_written(tmp_path, text))


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_chart(tmp_path / "none.vl.json")
