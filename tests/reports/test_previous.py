"""Filed figures beside the new ones: in rows and tables, with the marks of unconfirmed parameters they rested on."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
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
    return filed_in(folder, json.dumps(content, ensure_ascii=False).encode())


def filed_in(folder: Path, data: bytes) -> Path:
    """The folder with this figures.json and the manifest that belongs to it."""
    (folder / "figures.json").write_bytes(data)
    output = {"path": "figures.json", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps({"run_id": "", "outputs": [output]}))
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
    filed_in(folder, json.dumps(content).encode())
    assert load_previous(folder).reference_date == date(2026, 6, 30)


def test_a_figure_that_rests_on_one_that_is_not_there_is_not_the_file_of_a_run(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, base_sheets(), "2026-06-30")
    content = json.loads((folder / "figures.json").read_text())
    content["figures"][-1]["inputs"] = [{"kind": "figure", "name": "nowhere"}]
    filed_in(folder, json.dumps(content).encode())
    with pytest.raises(PreviousRunError, match=r"figures\.json of a run: .* rests on 'nowhere', which is not in it"):
        load_previous(folder)


@pytest.mark.parametrize(
    ("jurisdiction", "expected"), [("eu", "CRR Art. 429(4)(a)"), ("basel", "BCBS LEV30.1, LEV20.5")]
)
def test_references_are_those_of_the_jurisdiction(jurisdiction: str, expected: str) -> None:
    assert under("BCBS LEV30.1, LEV20.5; CRR Art. 429(4)(a)", jurisdiction) == expected


def test_a_reference_of_another_law_alone_is_kept_and_one_of_no_law_stays() -> None:
    assert under("BCBS LEV30.1", "eu") == "BCBS LEV30.1"
    assert under("decision of the supervisor; CRD Art. 104(1)(a)", "basel") == "decision of the supervisor"


# --- A file that is not what a run wrote ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written() -> str:
    """The figures.json of June."""
    content = json.loads(figures_json(report_of(base_sheets())))
    content["institution"]["reference_date"] = "2026-06-30"
    return json.dumps(content, ensure_ascii=False)


def test_figures_that_were_changed_after_the_run_are_not_believed(tmp_path: Path, written: str) -> None:
    folder = filed_in(tmp_path, written.encode())
    assert load_previous(folder).sha256 == hashlib.sha256(written.encode()).hexdigest()
    (folder / "figures.json").write_bytes(written.encode() + b" ")
    with pytest.raises(PreviousRunError, match=r"is not the file that the run wrote: its SHA-256 is not the one in"):
        load_previous(folder)


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        (None, "holds no manifest.json: without it nobody can tell"),
        (b"{", "is not the manifest.json of a run"),
        (b"[]", "is not the manifest of a run: it is a list, must be a mapping"),
        (b"{}", "is not the manifest of a run: outputs is empty, must be a list"),
        (b'{"outputs": [3]}', "is not the manifest of a run: what should have the field path is a number"),
        (b'{"outputs": [{"path": "figures.json", "sha256": []}]}', "sha256 is a list, must be a text"),
        (b'{"outputs": []}', "is not the file that the run wrote"),
    ],
)
def test_figures_without_a_manifest_that_vouches_for_them_are_not_believed(
    tmp_path: Path, written: str, manifest: bytes | None, told: str
) -> None:
    folder = filed_in(tmp_path, written.encode())
    (folder / "manifest.json").unlink()
    if manifest is not None:
        (folder / "manifest.json").write_bytes(manifest)
    with pytest.raises(PreviousRunError) as raised:
        load_previous(folder)
    assert told in str(raised.value)


def changed(text: str, change: Callable[[dict[str, Any]], object]) -> str:
    content = json.loads(text)
    change(content)
    return json.dumps(content)


def ratio(value: object) -> Callable[[dict[str, Any]], object]:
    def change(content: dict[str, Any]) -> None:
        next(f for f in content["figures"] if f["name"] == "leverage_ratio")["value"] = value

    return change


def each_figure(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: [figure.update(fields) for figure in content["figures"]]


def each_cell(value: object) -> Callable[[dict[str, Any]], object]:
    def change(content: dict[str, Any]) -> None:
        for figure in content["figures"]:
            for row in figure.get("rows", ()):
                row.update({column: value for column in row if column != figure["key"]})

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (ratio(float("nan")), "NaN is not a number"),
        (ratio(float("inf")), "Infinity is not a number"),
        (ratio(1e31), "1e+31 is larger than any amount"),
        (ratio("@1e400"), "1e400 is larger than any amount"),
        (ratio("@1" + "0" * 399), "a number has 400 digits"),
        (ratio("@1" + "0" * 4999), "a number has 5000 digits"),
        (ratio([1]), "leverage_ratio is a list, must be a number"),
        (ratio({"a": 1}), "leverage_ratio is a mapping, must be a number"),
        (ratio("<script>"), "leverage_ratio is a text, must be a number of the unit %"),
        (ratio(True), "leverage_ratio is true or false, must be a number of the unit %"),
        (each_cell([1]), "is a list"),
        (each_figure(rows=["a"], key="a"), "what should have the field a is a text, must be a mapping"),
        (each_figure(rows=3, key="a"), "rows is a number, must be a list"),
        (each_figure(inputs=["a"]), "what should have the field kind is a text"),
        (each_figure(inputs=None), "inputs is empty, must be a list"),
        (each_figure(inputs=[{"kind": [1], "name": "a"}]), "kind is a list, must be a text"),
        (each_figure(name="same"), "a figure stands in it twice"),
        (lambda c: c.update(figures={"a": 1}), "figures is a mapping, must be a list"),
        (lambda c: c.update(parameters=["a"]), "what should have the field name is a text"),
        (lambda c: c["parameters"][0].update(label=[1]), "label is a list, must be a text"),
        (lambda c: c.update(institution="x"), "institution is a text, must be a mapping"),
        (lambda c: c["institution"].update(lei="X"), "lei is 'X', which is not one"),
        (lambda c: c["institution"].update(reference_date="20260630"), "reference_date is '20260630'"),
        (lambda c: c["institution"].update(reference_date="2026-02-30"), "day is out of range for month"),
        (lambda c: c["institution"].update(currency=None), "currency is empty, must be a text"),
        (lambda c: c.update(run_id="x" * 100_000), "run_id is 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', which is not one"),
        (lambda c: c["parameters"][0].update(label="\ud800"), "surrogates not allowed"),
    ],
)
def test_what_a_run_does_not_write_is_not_read(
    tmp_path: Path, written: str, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    text = re.sub(r'"@(\w+)"', r"\1", changed(written, change))
    with pytest.raises(PreviousRunError) as raised:
        load_previous(filed_in(tmp_path, text.encode()))
    assert told in str(raised.value)
    assert len(str(raised.value).removeprefix(str(tmp_path))) < 200


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a": ' + b"[" * 5_000 + b"]" * 5_000]
)
def test_what_is_not_the_file_of_a_run_at_all_is_not_read(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(PreviousRunError, match=r"figures\.json is not the figures\.json of a run"):
        load_previous(filed_in(tmp_path, data))


def test_a_file_that_is_no_regular_one_or_endless_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    os.mkfifo(path)
    with pytest.raises(PreviousRunError, match="is not a regular file"):
        load_previous(tmp_path)
    path.unlink()
    path.touch()
    os.truncate(path, 120_000_000)
    with pytest.raises(PreviousRunError, match="is larger than 33,554,432 bytes"):
        load_previous(tmp_path)


@pytest.mark.parametrize("value", ["zz", True])
def test_texts_filed_in_a_column_of_numbers_are_not_printed(tmp_path: Path, written: str, value: object) -> None:
    previous = load_previous(filed_in(tmp_path, changed(written, each_cell(value)).encode()))
    portfolio = portfolio_of(base_sheets())
    figures = assess(portfolio, load_rulebook("eu", DAY))
    with pytest.raises(PreviousRunError, match=rf"was filed as {value!r} in the previous run, not as a number"):
        previous.check_like(figures)


def test_a_text_filed_for_a_number_is_not_printed_whatever_unit_was_filed(tmp_path: Path, written: str) -> None:
    def change(content: dict[str, Any]) -> None:
        next(f for f in content["figures"] if f["name"] == "leverage_ratio").update(value="<script>", unit="")

    previous = load_previous(filed_in(tmp_path, changed(written, change).encode()))
    figures = assess(portfolio_of(base_sheets()), load_rulebook("eu", DAY))
    with pytest.raises(PreviousRunError, match="leverage_ratio was filed as '<script>'"):
        previous.check_like(figures)
    load_previous(filed_in(tmp_path, written.encode())).check_like(figures)


def test_a_table_without_rows_is_left_out_where_the_definition_says_so_and_its_section_with_it() -> None:
    report = report_of(base_sheets())
    ids = {getattr(block, "id", "") for section in report.sections for block in section.blocks}
    assert "derivative-netting-sets" not in ids
    assert "balance-sheet" in ids
    assert not {section.id for section in report.sections} & {"derivatives", "sft"}
