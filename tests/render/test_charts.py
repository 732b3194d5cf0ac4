from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from reporting.render.charts import FAMILY_IN_FILES, draw_charts
from reporting.render.house_style import house_style
from reporting.render.html import charts_of
from reporting.reports.charts import ChartRefused, fill_chart, load_chart
from reporting.reports.model import Chart
from reporting.resources import templates_folder
from tests.render.sample_report import sample_report


def _drawn(*charts: Chart) -> dict[str, str]:
    style = house_style("leverage", ())
    return draw_charts(charts, style.theme, style.font_folders)


def _composition(rows: Sequence[dict[str, Any]]) -> Chart:
    spec = load_chart(templates_folder() / "leverage" / "charts" / "composition.vl.json")
    return Chart("composition", "Parts", "What it shows", "Source: filed data", fill_chart(spec, rows))


def _one_bar(label: str, text: str = "1") -> str:
    return _drawn(_composition([{"label": label, "value": 1.0, "text": text}]))["composition"]


def test_charts_of_the_sample_are_drawn_alike_each_time() -> None:
    charts = charts_of(sample_report())
    first = _drawn(*charts)
    assert list(first) == ["composition", "ratio", "conversion"]
    assert _drawn(*charts) == first


def test_the_alternative_text_is_the_title_of_the_drawing_and_the_source_its_description() -> None:
    svg = _one_bar("A")
    assert "<title>Parts. What it shows</title><desc>Source: filed data</desc>" in svg


def test_ids_are_unique_over_all_drawings_and_every_reference_is_kept() -> None:
    clipped = _composition([{"label": "A", "value": 1.0, "text": "1"}])
    spec: dict[str, Any] = {
        "data": {"values": [{"x": 1, "y": 2}, {"x": 2, "y": 3}]},
        "mark": {"type": "line", "clip": True},
        "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
    }
    drawn = _drawn(replace(clipped, id="one", spec=spec), replace(clipped, id="two", spec=spec))
    ids = [found for svg in drawn.values() for found in re.findall(r'\bid="([^"]+)"', svg)]
    references = {found for svg in drawn.values() for found in re.findall(r"url\(#([^)]+)\)", svg)}
    assert len(ids) >= 2
    assert len(ids) == len(set(ids))
    assert references == set(ids)


def test_text_is_set_in_the_bundled_family_and_not_in_one_of_the_same_name_on_the_machine() -> None:
    families = set(re.findall(r'font-family="([^"]+)"', _one_bar("A")))
    assert families == {"Report Sans"}


def test_text_is_measured_in_the_bundled_font() -> None:
    # 156.6 units at 11.5 in the bundled font; the engine's substitute would measure 224 and cut the label.
    assert ">Securities financing transactions<" in _one_bar("Securities financing transactions")
    assert house_style("leverage", ()).theme["font"] == FAMILY_IN_FILES


def test_a_label_too_long_for_the_page_is_cut_with_an_ellipsis() -> None:
    svg = _one_bar("X" * 3000)
    assert "X…</text>" in svg
    assert "X" * 100 not in svg


def test_a_label_that_looks_like_markup_stays_text() -> None:
    svg = _one_bar("<script>a&b", "</svg><img src=x>")
    assert "<script" not in svg
    assert "<img" not in svg
    assert "&lt;script&gt;a&amp;b" in svg


def test_nothing_invisible_is_left_in_the_drawing() -> None:
    for svg in _drawn(*charts_of(sample_report())).values():
        assert 'opacity="0"' not in svg
        assert "aria-" not in svg
        assert "<g></g>" not in svg


def test_negative_amounts_have_a_colour_of_their_own_and_their_printed_text() -> None:
    svg = _drawn(_composition([{"label": "Deducted", "value": -3.0, "text": "(3)"}]))["composition"]
    assert "#D55E00" in svg
    assert ">(3)<" in svg


def test_a_chart_that_fetches_is_refused_even_if_it_never_came_from_a_file() -> None:
    chart = replace(_composition([]), spec={"data": {"url": "https://example.org/x.csv"}, "mark": "bar"})
    with pytest.raises(ChartRefused, match="composition"):
        _drawn(chart)


def test_a_chart_that_vega_cannot_draw_is_refused_with_its_name() -> None:
    with pytest.raises(ChartRefused, match="composition: Vega cannot draw it"):
        _drawn(replace(_composition([]), spec={"data": {"values": []}, "mark": 5}))


def test_a_number_that_is_not_one_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        _drawn(_composition([{"label": "A", "value": float("nan"), "text": "n/a"}]))
