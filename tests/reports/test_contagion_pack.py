"""The contagion report: of the system, of one institution, with others masked, and where much is not available."""

from __future__ import annotations

import pytest

from reporting.measures.contagion.figures import assess_system
from reporting.portfolio.system_view import view_system
from reporting.reports import Report, about_of, build_report
from reporting.reports.model import Chart, Grid, Lines, Text
from tests.contagion_runs import NORTHBANK, QUICK, C, chain, figures_of, rulebook_of, sample_report, sample_system
from tests.portfolio.small_systems import small_system

WITHOUT_FIGURES = {"method", "limitations"}


def blocks(report: Report, kind: type) -> list[Chart | Grid | Lines | Text]:
    return [block for section in report.sections for block in section.blocks if isinstance(block, kind)]


def test_the_report_is_about_a_system_and_the_leverage_report_is_not() -> None:
    assert (about_of("contagion"), about_of("leverage")) == ("system", "institution")


def test_the_system_is_identified_as_one() -> None:
    who = sample_report().identification
    assert (who.institution, who.lei, who.id_label) == ("System of 30 institutions", "system-system", "System")
    assert (who.jurisdiction, who.money_unit) == ("every", "EUR million")


def test_an_institution_is_identified_by_its_lei() -> None:
    who = sample_report(NORTHBANK).identification
    assert (who.institution, who.lei, who.id_label) == ("Northbank AG (fictional)", NORTHBANK, "LEI")
    assert who.scope == "one of 30 institutions"


@pytest.mark.parametrize("focus", ["", NORTHBANK])
def test_every_section_says_something_and_every_figure_is_available(focus: str) -> None:
    report = sample_report(focus)
    assert all(section.blocks for section in report.sections)
    assert [name for name, figure in report.figures.items() if not figure.available] == []
    assert all(block.rows for block in blocks(report, Grid) if isinstance(block, Grid))
    assert {"method", "limitations"} & {section.id for section in report.sections}
    assert len(report.findings) >= 4


def test_all_charts_have_rows_and_amounts_in_the_printed_unit() -> None:
    charts = [block for block in blocks(sample_report(), Chart) if isinstance(block, Chart)]
    assert {chart.id.removesuffix("-chart") for chart in charts} == {
        "diagram", "matrix", "ranking", "impact", "distress", "cascade", "bands", "reverse"
    }  # fmt: skip
    rows = {chart.id.removesuffix("-chart"): chart.spec["data"]["values"] for chart in charts}
    assert {row["layer"] for row in rows["diagram"]} == {"diagram_institutions", "diagram_claims"}
    assert len(rows["matrix"]) == sample_system().exposures.nnz
    assert sum(row["claim"] for row in rows["matrix"]) == pytest.approx(sample_system().exposures.sum() / 1e6)
    assert [chart.unit for chart in charts if chart.id in ("matrix-chart", "impact-chart")] == ["EUR million", "%"]
    assert len(rows["ranking"]) == 10


def test_amounts_of_a_small_system_are_printed_in_single_units() -> None:
    view = view_system(chain(), "small")
    report = build_report("contagion", view, figures_of(chain()), rulebook_of(view))
    assert report.identification.money_unit == "EUR"


def test_what_is_not_available_says_why() -> None:
    system = chain(partial=True, A={"total_assets": 4_000})
    view = view_system(system, "small")
    report = build_report("contagion", view, figures_of(system), rulebook_of(view))
    assert any(f.status == "not available" and "SYS-010" in f.text for f in report.findings)
    clearing = next(
        block for block in blocks(report, Grid) if isinstance(block, Grid) and block.id == "clearing-results"
    )
    assert clearing.rows[0][0].text == "n/a"
    assert "cascade-chart" in {block.id for block in blocks(report, Chart) if isinstance(block, Chart)}
    assert "bands-chart" not in {block.id for block in blocks(report, Chart) if isinstance(block, Chart)}


def test_a_list_that_is_not_proven_is_said_to_be_so() -> None:
    system = sample_system()
    figures = figures_of(system, contagion_loss_given_default=100.0, contagion_ranking_most_runs=12.0, **QUICK)
    assert figures["spectral_radius"].number > 1
    assert str(figures["ranking_proof"].value).startswith("not proven: 12 single defaults run")
    assert figures["ranking_proven"].value is False


def test_the_masked_report_says_the_same_numbers() -> None:
    plain, masked = sample_report(NORTHBANK), sample_report(NORTHBANK, masked=True)
    assert [key.current.text for key in plain.key_figures] == [key.current.text for key in masked.key_figures]
    (first, *_), (second, *_) = (
        [block.rows for block in blocks(report, Grid) if isinstance(block, Grid)] for report in (plain, masked)
    )
    assert [[shown.text for shown in row[1:]] for row in first] == [[shown.text for shown in row[1:]] for row in second]
    assert masked.identification.institution == "Northbank AG (fictional)"


@pytest.mark.parametrize("equity", [(0, 0, 0), (-9_000, 3_000, 3_000), (-100, 0, 5_000)])
@pytest.mark.parametrize("focus", ["", C])
def test_no_sentence_is_left_with_a_gap_where_equity_is_missing(equity: tuple[float, ...], focus: str) -> None:
    system = chain(partial=False, **{name: {"equity": own} for name, own in zip("ABC", equity, strict=True)})
    view = view_system(system, "small", focus)
    figures = assess_system(view, rulebook_of(view, **QUICK))
    report = build_report("contagion", view, figures, rulebook_of(view), part="institution" if focus else "report")
    said = [finding.text for finding in report.findings]
    said += [block.text for block in blocks(report, Text) if isinstance(block, Text)]
    charts = [block for block in blocks(report, Chart) if isinstance(block, Chart)]
    said += [chart.alternative for chart in charts]
    assert [text for text in said if "n/a" in text] == []
    assert said
    assert all(chart.spec["data"]["values"] for chart in charts)


def test_a_system_without_claims_says_so_first() -> None:
    system = small_system({name: {"owed": {}, "owes": {}} for name in "ABC"})
    view = view_system(system, "small")
    report = build_report("contagion", view, figures_of(system), rulebook_of(view))
    assert report.findings[0].status == "not available"
    assert "no institution of the system reports a claim on another" in report.findings[0].text
    assert not any("n/a" in finding.text for finding in report.findings)
