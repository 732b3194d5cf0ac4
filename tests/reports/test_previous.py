"""Filed figures beside the new ones: in rows and tables, with the marks of unconfirmed parameters they rested on."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reporting.measures import assess
from reporting.render.json import figures_json
from reporting.reports import Report, build_report, load_previous
from reporting.reports.formats import under
from reporting.reports.model import Chart, Grid, Lines
from reporting.reports.previous import Previous, PreviousRunError
from reporting.rulebook import load_rulebook
from tests.factories import DAY, Sheets, base_sheets, portfolio_of


def report_of(sheets: Sheets, previous: Previous | None = None) -> Report:
    portfolio = portfolio_of(sheets)
    rulebook = load_rulebook("eu", DAY)
    return build_report("leverage", portfolio, assess(portfolio, rulebook), rulebook, previous=previous)


@pytest.fixture
def filed(tmp_path: Path) -> Previous:
    """A run of June whose bank had one line more and another exposure."""
    sheets = base_sheets()
    sheets["balance_sheet"].append({**sheets["balance_sheet"][0], "line_id": "A9", "gross_carrying_amount": 7000})
    return load_previous(run_folder(tmp_path, sheets, "2026-06-30"))


def run_folder(folder: Path, sheets: Sheets, day: str) -> Path:
    content = json.loads(figures_json(report_of(sheets)))
    content["institution"]["reference_date"] = day
    (folder / "figures.json").write_text(json.dumps(content))
    return folder


def block(report: Report, name: str) -> Any:
    return next(b for s in report.sections for b in s.blocks if getattr(b, "id", "") == name)


def test_a_table_has_a_column_with_the_filed_values(filed: Previous) -> None:
    grid: Grid = block(report_of(base_sheets(), filed), "balance-sheet")
    assert [column.label.replace("\N{NO-BREAK SPACE}", " ") for column in grid.columns][-2:] == [
        "Net amount",
        "Net amount 30 Jun 2026",
    ]
    assert [(row[-2].value, row[-1].value, row[-1].figure) for row in grid.rows] == [
        (89_000_000.0, 89_000_000.0, ""),
        (600_000.0, 600_000.0, ""),
    ]


def test_rows_that_are_gone_are_named(filed: Previous) -> None:
    grid: Grid = block(report_of(base_sheets(), filed), "balance-sheet")
    assert grid.note == "Filed for 30 June 2026 and not there any more: A9."


def test_the_total_of_the_filed_column_counts_all_filed_rows(tmp_path: Path) -> None:
    sheets = base_sheets()
    sheets["exposures"][1]["nominal"] = 3000
    filed = load_previous(run_folder(tmp_path, sheets, "2026-06-30"))
    grid: Grid = block(report_of(base_sheets(), filed), "off-balance-sheet-buckets")
    rows = filed.tables["off_balance_sheet_by_bucket"]
    assert grid.total[-1].value == pytest.approx(sum(float(row["exposure"] or 0) for row in rows.values()))
    assert grid.total[-1].value > float(grid.total[-2].value)  # type: ignore[arg-type, operator]


def test_without_a_previous_run_no_column_is_added() -> None:
    grid: Grid = block(report_of(base_sheets()), "balance-sheet")
    assert [column.name for column in grid.columns] == ["line_id", "item", "lr_treatment", "net_amount"]
    assert all(len(row) == len(grid.columns) for row in grid.rows)


def test_filed_values_carry_the_marks_of_the_unconfirmed_parameters_they_rested_on(filed: Previous) -> None:
    report = report_of(base_sheets(), filed)
    lines: Lines = block(report, "lr2")
    ratio = next(line for line in lines.lines if line.row == "25")
    assert ratio.previous is not None
    texts = {report.footnotes[number - 1] for number in ratio.previous.footnotes}
    assert texts == {
        f"Rests on an unconfirmed parameter: {p.label} ({p.reference})."
        for p in report.parameters
        if p.name in ("credit_conversion_factors", "specific_provisions_before_conversion")
    }
    first = next(line for line in lines.lines if line.row == "1")
    assert first.previous is not None
    assert first.previous.footnotes == ()


def test_findings_tables_and_charts_carry_the_marks_of_their_figures(filed: Previous) -> None:
    report = report_of(base_sheets(), filed)
    ratio = next(key for key in report.key_figures if key.current.figure == "leverage_ratio").current.footnotes
    assert ratio
    assert set(ratio) <= set(report.findings[0].footnotes)
    chart: Chart = block(report, "composition")
    assert chart.footnotes == ratio
    grid: Grid = block(report, "off-balance-sheet-buckets")
    assert grid.footnotes
    assert set(grid.footnotes) <= set(ratio)


def test_figures_that_name_each_other_in_a_circle_are_read_to_the_end(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, base_sheets(), "2026-06-30")
    content = json.loads((folder / "figures.json").read_text())
    by_name = {figure["name"]: figure for figure in content["figures"]}
    by_name["tier1_capital"]["inputs"] = [{"kind": "figure", "name": "leverage_ratio"}]
    (folder / "figures.json").write_text(json.dumps(content))
    assert load_previous(folder).reference_date == date(2026, 6, 30)


def test_a_figure_that_rests_on_one_that_is_not_there_is_not_the_file_of_a_run(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, base_sheets(), "2026-06-30")
    content = json.loads((folder / "figures.json").read_text())
    content["figures"][-1]["inputs"] = [{"kind": "figure", "name": "nowhere"}]
    (folder / "figures.json").write_text(json.dumps(content))
    with pytest.raises(PreviousRunError, match=r"figures\.json of a run: 'nowhere'"):
        load_previous(folder)


@pytest.mark.parametrize(
    ("jurisdiction", "expected"), [("eu", "CRR Art. 429(4)(a)"), ("basel", "BCBS LEV30.1, LEV20.5")]
)
def test_references_are_those_of_the_jurisdiction(jurisdiction: str, expected: str) -> None:
    assert under("BCBS LEV30.1, LEV20.5; CRR Art. 429(4)(a)", jurisdiction) == expected


def test_a_reference_of_another_law_alone_is_kept_and_one_of_no_law_stays() -> None:
    assert under("BCBS LEV30.1", "eu") == "BCBS LEV30.1"
    assert under("decision of the supervisor; CRD Art. 104(1)(a)", "basel") == "decision of the supervisor"
