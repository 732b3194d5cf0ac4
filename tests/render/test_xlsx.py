from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils.escape import unescape

from reporting.expressions import ExpressionError
from reporting.expressions import parse as parse_expression
from reporting.portfolio.facts import FactSpec
from reporting.render.xlsx import write_xlsx, xlsx_bytes
from reporting.render.xlsx_charts import bars_of
from reporting.render.xlsx_formats import money_scale
from reporting.render.xlsx_formulas import Formulas
from reporting.render.xlsx_layout import TooManyRows, lay_out
from reporting.render.xlsx_selections import count_formula, total_formula
from reporting.render.xlsx_text import LONGEST, defined_names, sheet_names, visible
from reporting.reports.model import Chart, Live, Report
from tests.render import reports

HOSTILE = [
    "=cmd|' /C calc'!A0", "=1+1", "+1", "-1", "@SUM(1,1)", '=HYPERLINK("http://example.com","x")', "http://example.com",
    "internal:Cover!A1", "{=SUM(1)}", "nul\x00 and bell\x07", "_x0041_", "\t=1", "half", "<r><t>x</t></r>",
    "</t></is></c><c><f>1</f></c>", 'O\'Neil & "Sons" <AG>', "x" * 40_000, "\U0001f4a3" * 20_000, "line\r\nbreak",
    " blank ", "2026-01-01", "000123", "1e5", "TRUE", "&C&\"Arial\"&99 header", "\ufffe\uffff", "mailto:a@b.c",
    "'quoted",
]  # fmt: skip


@pytest.fixture(scope="module")
def report() -> Report:
    return reports.report()


@pytest.fixture(scope="module")
def workbook(report: Report) -> bytes:
    return xlsx_bytes(report)


def opened(content: bytes, *, values: bool) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def column(sheet: Any, letter: str, first: int) -> list[Any]:
    return [cell.value for cell in sheet[letter][first - 1 :]]


# --- What stands where -----------------------------------------------------------------------------------------------


def test_the_sheets_stand_in_reading_order(workbook: bytes) -> None:
    assert opened(workbook, values=True).sheetnames == [
        "Cover", "Summary", "Template LR2 common disclosure", "Composition", "Figures", "Tables", "Lineage", "Problems",
        "Parameters", "Inputs_entity", "Inputs_own_funds", "Inputs_requirements", "Inputs_balance_sheet",
        "Inputs_exposures", "Inputs_fx", "Controls",
    ]  # fmt: skip


def test_every_figure_stands_once_with_its_value_unit_and_name(report: Report, workbook: bytes) -> None:
    book = opened(workbook, values=True)
    rows = {row[0].value: [cell.value for cell in row[:6]] for row in book["Figures"].iter_rows(min_row=4)}
    scalars = {name: f for name, f in report.figures.items() if not isinstance(f.value, pd.DataFrame)}
    assert list(rows) == list(scalars)
    for name, figure in scalars.items():
        value = rows[name][2]
        assert value == ("n/a" if not figure.available else pytest.approx(figure.value, rel=1e-15))
        assert rows[name][3] == ({"money": "EUR", "": None}.get(figure.unit, figure.unit))
        place = book.defined_names[f"fig_{name}"].attr_text
        assert book["Figures"][place.removeprefix("Figures!").replace("$", "")].value == value


def test_figures_say_how_they_are_computed(workbook: bytes) -> None:
    formulas, values = opened(workbook, values=False)["Figures"], opened(workbook, values=True)["Figures"]
    said = {row[0].value: (row[2].data_type, row[5].value) for row in formulas.iter_rows(min_row=4)}
    assert said["leverage_ratio"] == ("f", "formula")
    assert said["derivatives"] == ("n", "computed by the program")
    assert said["met"] == ("b", "computed by the program")
    assert said["missing"] == ("s", "no sheet sft")
    assert said["rests_on_missing"] == ("n", "computed by the program: missing is not available")
    assert [row[4].value for row in values.iter_rows(min_row=4) if row[0].value in ("leverage_ratio", "missing")] == [
        "Met",
        "n/a",
    ]


def test_every_reported_line_points_at_its_figure(workbook: bytes) -> None:
    formulas, values = opened(workbook, values=False), opened(workbook, values=True)
    lines = {row[1].value: row for row in formulas["Template LR2 common disclosure"].iter_rows(min_row=5)}
    assert lines["Assets"][2].value == "=fig_assets"
    assert lines["Exposure measure"][2].value == "=fig_exposure_measure"
    assert lines["Not there"][2].value == "n/a"
    assert lines["Not there"][7].value == "n/a: no sheet sft; footnote 1"
    assert lines["Assets"][3].value == 100_000.0, "the previous period is a value, never the current figure"
    stored = {row[1].value: row[2].value for row in values["Template LR2 common disclosure"].iter_rows(min_row=5)}
    assert stored["Assets"] == pytest.approx(88_450_000.0)
    summary = formulas["Summary"]
    assert [summary.cell(5, c).value for c in (1, 2, 3, 5, 6, 7)] == [
        "Leverage ratio", "=fig_leverage_ratio", 4, "=fig_requirement", "=fig_headroom", "Met",
    ]  # fmt: skip


def test_tables_are_formulas_over_rows_and_parameters(workbook: bytes) -> None:
    tables = opened(workbook, values=False)["Tables"]
    assert tables["A4"].value == "By bucket (by_bucket)"
    assert [cell.value for cell in tables[5]][:5] == ["ccf_category", "nominal", "factor", "provisions", "exposure"]
    assert tables["C6"].value == "=INDEX(Parameters!$D$5:$D$8,MATCH($A6,Parameters!$C$5:$C$8,0))"
    assert tables["E7"].value == "=B7*C7/100-D7"
    assert tables["B7"].value.startswith("=SUMIFS(Inputs_exposures!$M$5:$M$10,Inputs_exposures!$H$5:$H$10,$A7,")
    assert [tables.cell(r, 1).value for r in range(13, 18)] == ["A-010", "A-020", "a-020", "000123", "123"]
    assert "EXACT(Inputs_balance_sheet!$B$5:$B$9,$A13)" in tables["B13"].value
    composition = opened(workbook, values=False)["Composition"]
    links = [cell.value for row in composition.iter_rows() for cell in row if str(cell.value).startswith("=Tables")]
    assert links == [f"=Tables!${c}${r}" for r in (6, 7, 8) for c in "BCE"]
    assert any(cell.value == "=SUM(Tables!$E$6:$E$9)" for row in composition.iter_rows() for cell in row)


def test_input_rows_stand_as_read_with_their_source_cell(report: Report, workbook: bytes) -> None:
    book = opened(workbook, values=True)
    for name, table in report.inputs.items():
        sheet = book[f"Inputs_{name}"]
        headings = [cell.value for cell in sheet[4]]
        assert headings[: 1 + len(table.frame.columns)] == ["Source cell", *table.frame.columns]
        for row, (number, values) in zip(sheet.iter_rows(min_row=5), table.frame.iterrows(), strict=True):
            assert row[0].value == f"{table.file}!{table.sheet}!{number}"
            for cell, value in zip(row[1:], values, strict=False):
                assert cell.value == _as_stored(value)


def _as_stored(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime() if value.year >= 1901 else f"{value:%Y-%m-%d}"
    return value


def test_codes_stay_text_and_dates_stay_dates(workbook: bytes) -> None:
    book = opened(workbook, values=True)
    codes = book["Inputs_balance_sheet"]["B"][4:]
    assert [(cell.value, cell.data_type) for cell in codes][3:] == [("000123", "s"), ("123", "s")]
    day = book["Inputs_entity"]["D5"]
    assert (day.value, day.is_date) == (datetime(2026, 9, 30), True)
    assert book["Inputs_exposures"]["J8"].value == "1899-05-01", "no spreadsheet program knows this day"
    assert book["Inputs_entity"]["G5"].value is False


def test_derived_columns_are_formulas_with_the_values_of_the_program(report: Report, workbook: bytes) -> None:
    formulas, values = opened(workbook, values=False), opened(workbook, values=True)
    frames = reports.frames(report.inputs)
    sheet = formulas["Inputs_balance_sheet"]
    assert sheet["I5"].value == '=IF(COUNT(D5,E5)<2,"",(D5-E5)*entity_unit)'
    assert sheet["J6"].value == "=N(F6)*entity_unit"
    rates = formulas["Inputs_exposures"]
    assert rates["K4"].value == "rate(currency)"
    looked_up = "IFERROR(AVERAGEIFS(fx_rate,fx_currency,E6,fx_date,entity_reference_date),NA())"
    assert rates["K6"].value == f'=IF(E6="","",IF(E6=entity_currency,1,{looked_up}))'
    assert rates["L6"].value == '=IF(OR(COUNT(C6,D6)<2,E6=""),"",(C6-D6)*entity_unit*K6)'
    assert [values["Inputs_exposures"].cell(r, 11).value for r in range(5, 11)] == [1, 0.87, 0.87, 1, 0.0061, 1]
    for name, first in (("balance_sheet", 9), ("exposures", 12), ("own_funds", 4)):
        derived = frames[name].columns[len(report.inputs[name].frame.columns) :]
        for place, heading in enumerate(derived, first):
            assert values[f"Inputs_{name}"].cell(4, place).value == heading
            stored = [values[f"Inputs_{name}"].cell(row, place).value for row in range(5, 5 + len(frames[name]))]
            assert stored == [None if pd.isna(v) else pytest.approx(v) for v in frames[name][heading]]


def test_a_currency_without_a_rate_is_stored_as_not_available() -> None:
    tables = reports.inputs()
    figures = reports.figures(tables)
    late = tables["fx"].frame.assign(date=pd.Timestamp(2026, 6, 30))
    changed = {**tables, "fx": replace(tables["fx"], frame=late)}
    sheet = opened(xlsx_bytes(reports.report(inputs=changed, figures=figures)), values=True)["Inputs_exposures"]
    assert [sheet.cell(row, 11).value for row in range(5, 11)] == [1, "#N/A", "#N/A", 1, "#N/A", 1]
    assert [sheet.cell(row, 14).value for row in range(5, 11)] == [5_000, "#N/A", "#N/A", 0, "#N/A", 2_000]


def test_lineage_leads_to_figures_and_input_cells(workbook: bytes) -> None:
    sheet = opened(workbook, values=False)["Lineage"]
    rows = {row[1].value: row for row in sheet.iter_rows(min_row=4)}
    assert rows["leverage_ratio"][3].value == "=fig_leverage_ratio"
    assert rows["leverage_ratio"][8].hyperlink.location == "Lineage!A5"
    assert rows["tier1"][8].hyperlink.location == "Inputs_own_funds!C5"
    assert rows["assets"][8].hyperlink.location == "Inputs_balance_sheet!D6"
    assert rows["assets"][9].hyperlink is None
    assert rows["by_bucket"][8].hyperlink.location == "Inputs_exposures!G7"
    assert rows["leverage_ratio"][7].hyperlink.location == f"Figures!C{4 + 10}"
    summary = opened(workbook, values=False)["Summary"]
    assert summary["H5"].hyperlink.location == "Lineage!A4"


def test_problems_have_a_row_each_and_an_exact_count(workbook: bytes) -> None:
    sheet = opened(workbook, values=True)["Problems"]
    assert sheet["A2"].value == "1,234 found by the checks"
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    assert [row[3] for row in rows] == ["gross_carrying_amount is -1", "x is -1", "and 1,232 more, not listed"]
    assert {row[9] for row in rows} == {1_234}
    assert rows[0][7:9] == ["A. Person", "Confirmed"]
    assert sheet["C5"].hyperlink.location == "Inputs_exposures!C6"
    assert sheet["C6"].hyperlink is None


def test_parameters_have_a_row_a_category(workbook: bytes) -> None:
    sheet = opened(workbook, values=True)["Parameters"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    assert [row[2:4] for row in rows] == [[None, 3], *([k, v] for k, v in reports.FACTORS.items()), [None, True]]
    assert rows[1][5:] == ["CRR Art. 1", datetime(2021, 6, 28), datetime(2026, 9, 30), "no", "eu"]


def test_controls_are_formulas(workbook: bytes) -> None:
    formulas, values = opened(workbook, values=False)["Controls"], opened(workbook, values=True)["Controls"]
    assert [formulas.cell(5, c).value for c in range(7, 11)] == [
        "=E5+F5", "=C5-G5", "=COUNTA(Inputs_exposures!$A$5:$A$10)", "=C5-I5",
    ]  # fmt: skip
    assert [values.cell(5, c).value for c in range(3, 11)] == [6, 1, 6, 0, 6, 0, 6, 0]
    assert formulas["E9"].value == "=SUMIFS(Inputs_exposures!$G$5:$G$10,Inputs_exposures!$E$5:$E$10,C9)"
    assert formulas["E11"].value == "=SUM(Inputs_own_funds!$C$5:$C$8)"


def test_the_cover_names_the_state_and_every_override(workbook: bytes) -> None:
    cells = {cell.value for row in opened(workbook, values=True)["Cover"].iter_rows() for cell in row}
    assert {"Confidential", "Draft", "Northbank & Söhne AG", "529900T8BM49AURSDO55", datetime(2026, 9, 30)} <= cells
    assert {"EXP-003", "Confirmed by the front office", "A. Person", "Exposures!F17"} <= cells


def test_amounts_stay_in_single_units_and_are_shown_in_the_unit_of_the_report(workbook: bytes) -> None:
    sheet = opened(workbook, values=True)["Template LR2 common disclosure"]
    assert [(sheet.cell(r, 3).number_format) for r in (8, 10)] == [
        "#,##0.0,_);(#,##0.0,)",
        '#,##0.00" %"_);(#,##0.00" %")',
    ]
    assert sheet.cell(9, 3).value == pytest.approx(89_613_842.9, abs=0.1)


@pytest.mark.parametrize(("unit", "scale"), [("EUR", ""), ("EUR thousand", ","), ("USD million", ",,")])
def test_money_units_become_scales(unit: str, scale: str) -> None:
    assert money_scale(unit) == scale


def test_a_money_unit_that_no_format_can_show_is_refused() -> None:
    with pytest.raises(ValueError, match="EUR dozens"):
        money_scale("EUR dozens")


def test_bars_become_native_charts_over_cells(workbook: bytes) -> None:
    book = opened(workbook, values=False)
    (chart,) = book["Composition"]._charts
    assert chart.type == "bar"
    (series,) = chart.series
    assert (series.val.numRef.f, series.cat.strRef.f) == ("Composition!$C$7:$C$9", "Composition!$B$7:$B$9")
    assert [book["Composition"].cell(r, 3).value for r in (7, 8, 9)] == ["=fig_assets/1000", "=fig_provision/1000", 3.5]
    texts = {cell.value for row in book["Composition"].iter_rows() for cell in row}
    assert "This chart is not drawn in the workbook." in texts


def test_bars_of_a_table_figure_are_formulas_on_its_cells(report: Report) -> None:
    table = report.figures["by_bucket"].table
    rows = [
        {
            "label": key,
            "value": table.loc[key, "nominal"] / 1000,
            "figure": "by_bucket",
            "key": key,
            "column": "nominal",
        }
        for key in table.index
    ]
    old = report.sections[1].blocks[0]
    assert isinstance(old, Chart)
    section = replace(report.sections[1], blocks=(replace(old, spec={**old.spec, "data": {"values": rows}}),))
    sheet = opened(xlsx_bytes(replace(report, sections=(section,))), values=False)["Composition"]
    assert [sheet.cell(r, 3).value for r in range(7, 11)] == [f"=Tables!$B${r}/1000" for r in range(6, 10)]


def test_counts_of_a_table_figure_are_not_divided_by_the_unit_of_amounts(report: Report) -> None:
    chart = report.sections[1].blocks[0]
    assert isinstance(chart, Chart)
    row = {"label": "x", "value": 2.0, "figure": "by_bucket", "key": report.figures["by_bucket"].table.index[0]}
    counts = replace(chart, spec={**chart.spec, "data": {"values": [{**row, "column": "nominal"}]}}, unit="defaults")
    section = replace(report.sections[1], blocks=(counts,))
    sheet = opened(xlsx_bytes(replace(report, sections=(section,))), values=False)["Composition"]
    assert (sheet.cell(6, 3).value, sheet.cell(7, 3).value) == ("defaults", "=Tables!$B$6")


def test_rows_that_repeat_a_category_become_series() -> None:
    rows = [{"b": b, "kind": k, "v": 1.0, "t": b + k} for b in "xyz" for k in ("nominal", "exposure")]
    encoding = {"x": {"field": "v", "type": "quantitative"}, "y": {"field": "b", "type": "nominal"}}
    bars = bars_of({"data": {"values": rows}, "mark": "bar", "encoding": encoding})
    assert bars is not None
    assert [heading for heading, _ in bars.series] == ["nominal", "exposure"]
    assert bars.lying
    filtered = {"data": {"values": rows}, "mark": "bar", "encoding": encoding, "transform": [{"filter": "datum.v > 1"}]}
    assert bars_of(filtered) is None


def test_sheets_are_ready_to_read_and_print(workbook: bytes) -> None:
    book = opened(workbook, values=True)
    for sheet in book.worksheets:
        assert sheet.freeze_panes, sheet.title
        assert sheet.print_area, sheet.title
        assert sheet.page_setup.orientation == "landscape"
        height = None if sheet.title == "Cover" else 0  # as many pages as it takes, but one for the cover
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, height)
        assert sheet.oddHeader.center.text == "Confidential"
    for name in ("Figures", "Lineage", "Problems", "Parameters", "Inputs_exposures"):
        assert book[name].auto_filter.ref
    assert book["Inputs_exposures"].auto_filter.ref == "A4:O10"
    words = [rule.formula[0] for rules in book["Summary"].conditional_formatting for rule in rules.rules]
    assert words == ['"n/a"', '"Met"']


# --- What must not happen --------------------------------------------------------------------------------------------


def with_texts(texts: list[str]) -> Report:
    """A report in which hostile texts stand wherever text of the data can stand."""
    tables = reports.inputs()
    lines = tables["balance_sheet"]
    many = pd.concat([lines.frame.iloc[:1]] * len(texts), ignore_index=True)
    many.index = pd.RangeIndex(2, 2 + len(texts))
    frame = many.assign(item=pd.Series(texts, index=many.index, dtype="object").astype("str"))
    tables["balance_sheet"] = replace(lines, frame=frame, file="=evil()!.xlsx")
    base = reports.report(inputs=tables)
    bad = texts[0]
    identification = replace(base.identification, institution=bad, run_id=texts[24], classification=texts[16])
    entries = tuple(replace(e, inputs=tuple((t, "") for t in texts)) for e in base.lineage[:1]) + base.lineage[1:]
    finding = replace(base.findings[0], text=bad)
    problem = replace(base.breaches[0].problems[0], found=texts[16])
    breach = replace(base.breaches[0], problems=(problem,))
    return replace(
        base, title=bad, identification=identification, lineage=entries, findings=(finding,), breaches=(breach,),
        overrides=(replace(base.overrides[0], reason=texts[13], name=texts[14]),), footnotes=(bad,),
    )  # fmt: skip


def test_text_from_data_never_becomes_a_formula_a_link_or_markup() -> None:
    content = xlsx_bytes(with_texts(HOSTILE))
    sheet = opened(content, values=False)["Inputs_balance_sheet"]
    cells = sheet["C"][4:]
    assert [cell.data_type for cell in cells] == ["s"] * len(HOSTILE)
    # "_x0041_" is escaped as Excel does, so that it is not read as the letter A; openpyxl leaves that to its user.
    assert [unescape(cell.value) for cell in cells] == [visible(text) for text in HOSTILE]
    assert all(cell.hyperlink is None for cell in cells)
    allowed = re.compile(r"(SUM|COUNT|IF|N\(|fig_|-SUM|INDEX|[A-Z]+\d|ROUND|NORMSDIST|Tables!|par_)")
    for page in opened(content, values=False).worksheets:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f" or allowed.match(cell.value[1:]), cell.value
                assert cell.hyperlink is None or (cell.hyperlink.location and not cell.hyperlink.target)


def test_the_workbook_has_no_macros_and_no_external_parts(workbook: bytes) -> None:
    for content in (workbook, xlsx_bytes(with_texts(HOSTILE))):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            assert not [name for name in names if "vba" in name.lower() or "external" in name.lower()]
            relations = b"".join(archive.read(name) for name in names if name.endswith(".rels"))
        assert b"TargetMode" not in relations


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("nul\x00", "nul\u2400"),
        ("\x1b[31m", "\u241b[31m"),
        ("del\x7f", "del\u2421"),
        ("a\r\nb", "a\nb"),
        ("<r>x</r>", "<r>x</r> "),
        ("tab\tline\n", "tab\tline\n"),
        ("\ud800", "\ufffd"),
    ],
)
def test_control_characters_are_made_visible(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_a_text_too_long_for_a_cell_is_cut_with_a_word_about_it() -> None:
    for text in ("x" * 40_000, "\U0001f4a3" * 20_000):
        cut = visible(text)
        assert len(cut.encode("utf-16-le")) // 2 <= LONGEST
        assert cut.endswith(f"[cut here, {len(text):,} characters in all]")
    assert visible("x" * LONGEST) == "x" * LONGEST


def test_sheet_names_are_legal_and_different() -> None:
    names = sheet_names(
        ["A/B: [x]?*", "a b  x", "x" * 40, "x" * 50, "'", "History", "\U0001f4a3" * 20, "Cover"], ["Cover"]
    )
    assert names[:4] == ("A B x", "a b x (2)", "x" * 31, "x" * 27 + " (2)")
    assert len({name.lower() for name in (*names, "cover")}) == 9
    assert all(0 < len(name.encode("utf-16-le")) // 2 <= 31 and "'" not in name for name in names)


def test_defined_names_are_legal_and_different() -> None:
    names = defined_names("fig_", ["a.b", "a b", "A_B", "R1C1", "é"])
    assert list(names.values()) == ["fig_a_b", "fig_a_b_2", "fig_A_B_3", "fig_R1C1", "fig__"]


def test_more_rows_than_a_sheet_holds_are_refused() -> None:
    tables = reports.inputs()
    rows = pd.DataFrame({"currency": pd.Series(["USD"] * 1_000_001, dtype="str")}, index=range(2, 1_000_003))
    tables["fx"] = replace(tables["fx"], frame=rows)
    figures = reports.figures(reports.inputs())
    with pytest.raises(TooManyRows, match="Inputs_fx would have 1,000,005 rows"):
        xlsx_bytes(reports.report(inputs=tables, figures=figures))


def test_a_column_that_an_expression_invents_is_refused(report: Report) -> None:
    assert report.live is not None
    facts = {**report.live.facts, "lines": FactSpec("lines", "balance_sheet", ("nonsense",))}
    with pytest.raises(ExpressionError, match="fact lines: sheet balance_sheet has no column 'nonsense'"):
        xlsx_bytes(replace(report, live=replace(report.live, facts=facts)))


def test_without_expressions_every_figure_is_a_value(report: Report) -> None:
    book = opened(xlsx_bytes(replace(report, live=None)), values=False)
    assert all(cell.data_type != "f" for cell in book["Figures"]["C"])
    nothing = Live({}, {}, {}, {})
    assert xlsx_bytes(replace(report, live=nothing)) == xlsx_bytes(replace(report, live=None))


def test_a_name_that_the_report_lacks_makes_a_value_with_a_note(report: Report) -> None:
    assert report.live is not None
    live = replace(
        report.live, figures={**report.live.figures, "assets": parse_expression("total(lines) + not_in_force")}
    )
    sheet = opened(xlsx_bytes(replace(report, live=live)), values=False)["Figures"]
    (row,) = [row for row in sheet.iter_rows(min_row=4) if row[0].value == "assets"]
    assert row[5].value.startswith("computed by the program: not_in_force is not among")
    assert row[2].data_type == "n"


def test_two_figures_of_one_name_are_told_apart_in_formulas(report: Report) -> None:
    formulas = Formulas(report, lay_out(report))
    assert formulas.of_figure(report.figures["leverage_ratio"]) == "fig_tier1/fig_exposure_measure*100"


# --- Selections ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["000123", "<5", "a?", "=x", "mar_10", "mar10", "TRUE", "a-b", "a b", "x~", "*"])
def test_what_sumifs_would_not_take_letter_by_letter_is_compared_exactly(report: Report, value: str) -> None:
    block = lay_out(report).inputs["balance_sheet"]
    spec = FactSpec("f", "balance_sheet", ("net_amount",), {"item": (value,)})
    assert total_formula(spec, block).startswith("SUMPRODUCT(EXACT(")
    assert "ISNUMBER" in count_formula(spec, block)


def test_values_that_overlap_or_lists_of_three_columns_are_not_counted_twice(report: Report) -> None:
    block = lay_out(report).inputs["balance_sheet"]
    overlapping = FactSpec("f", "balance_sheet", ("net_amount",), {"lr_treatment": ("eu_429a_*", "eu_429a_p")})
    assert "SUMIFS" not in total_formula(overlapping, block)
    three = dict.fromkeys(("item", "lr_treatment", "line_id"), ("a", "b"))
    assert "SUMIFS" not in total_formula(FactSpec("f", "balance_sheet", ("net_amount",), three), block)


def test_keys_that_differ_only_in_case_are_compared_exactly(report: Report) -> None:
    block = lay_out(report).inputs["balance_sheet"]
    spec = FactSpec("f", "balance_sheet", ("net_amount",), shape="frame", key="item")
    assert "SUMIFS" in total_formula(spec, block, "net_amount", "item", ["a", "b"])
    assert "EXACT" in total_formula(spec, block, "net_amount", "item", ["a", "A"])
    assert "EXACT" in total_formula(spec, block, "net_amount", "item", ["a", "<1"])


# --- Same bytes ------------------------------------------------------------------------------------------------------


def test_the_same_report_gives_the_same_bytes(report: Report, workbook: bytes, tmp_path: Path) -> None:
    time.sleep(1.1)  # past the next second, in case a clock is written
    write_xlsx(report, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == workbook
    created = opened(workbook, values=True).properties.created
    assert created == datetime.combine(date(2026, 9, 30), datetime.min.time())


def test_zone_locale_and_hash_seed_change_nothing(workbook: bytes, tmp_path: Path) -> None:
    script = (
        "import sys; from tests.render import reports; from reporting.render.xlsx import xlsx_bytes;"
        "sys.stdout.buffer.write(xlsx_bytes(reports.report()))"
    )
    root = Path(__file__).resolve().parents[2]
    changed = {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "de_DE.UTF-8",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": f"{root}:{os.environ.get('PYTHONPATH', '')}",
    }
    environment = {**os.environ, **changed}
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, env=environment, cwd=tmp_path)
    assert run.stdout == workbook
