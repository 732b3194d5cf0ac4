"""PDF, workbook and JSON of a run say the same, to the last digit that each of them shows."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from math import fsum
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from reporting.render.wording import with_unit
from reporting.render.xlsx_front import noted
from reporting.render.xlsx_layout import lay_out
from reporting.reports.model import Shown
from tests.acceptance.pdf_text import PdfText, read_pdf, squeezed
from tests.acceptance.printed import Filed, Row, filed, read_figures, rounded, rows, sections_by_id
from tests.acceptance.samples import SampleRuns

pytestmark = pytest.mark.slow  # both periods of the sample bank are made first

NOT_A_NUMBER = re.compile(r"(?<![A-Za-z])(nan|inf|infinity|-inf)(?![A-Za-z])", re.IGNORECASE)


@pytest.fixture(scope="module")
def pdf(sample: SampleRuns) -> PdfText:
    return read_pdf(sample.folder / "report.pdf")


@pytest.fixture(scope="module")
def workbook(sample: SampleRuns) -> Workbook:
    return openpyxl.load_workbook(sample.folder / "report.xlsx", data_only=True)


@pytest.fixture(scope="module")
def numbers(sample: SampleRuns) -> Filed:
    return filed(sample.folder, sample.previous)


def all_rows(sample: SampleRuns) -> list[Row]:
    sheets = sections_by_id(sample.report.sections, lay_out(sample.report).sections)
    return list(rows(sample.report, sheets))


def test_every_printed_value_is_the_filed_one_rounded_once(sample: SampleRuns, numbers: Filed) -> None:
    compared = 0
    for row in all_rows(sample):
        for shown, value in expected(row, numbers):
            assert shown.value == value, (row.place, shown)
            if isinstance(value, float):
                assert shown.text == rounded(value, shown.format, 1000, 0, 2), (row.place, shown)
                compared += 1
    assert compared > 200


def expected(row: Row, numbers: Filed) -> Iterator[tuple[Shown, Any]]:
    """Each printed value of a row with what figures.json says."""
    for place, shown in enumerate(row.values):
        if shown is not None and shown.figure:
            if place == 1 and not row.grid:
                yield shown, numbers.previous(shown)
            elif place == 2 and not row.grid:
                yield shown, numbers.change(shown)
            else:
                yield shown, numbers.value(shown)


def test_every_printed_value_stands_in_its_row_of_the_pdf(sample: SampleRuns, pdf: PdfText) -> None:
    for row in all_rows(sample):
        units = ["" if row.grid else "pp" if place in (2, 4) else "%" for place in range(len(row.values))]
        texts = [with_unit(shown, unit) if shown else "" for shown, unit in zip(row.values, units, strict=True)]
        assert any(texts)
        after = [row.after] if row.block and row.after else []
        assert pdf.in_one_row([*row.before, *texts, *after]), (row.place, texts)


def test_a_wrong_digit_in_the_pdf_would_be_found(sample: SampleRuns, pdf: PdfText) -> None:
    row = next(row for row in all_rows(sample) if row.before == ("24", "Leverage ratio exposure measure"))
    texts = [shown.text for shown in row.values if shown]
    assert pdf.in_one_row([*row.before, *texts])
    assert not pdf.in_one_row([*row.before, texts[0][:-1], *texts[1:]])
    assert not pdf.in_one_row(["23", *row.before[1:], *texts])


def test_every_printed_value_stands_unrounded_in_its_row_of_the_workbook(
    sample: SampleRuns, workbook: Workbook
) -> None:
    compared = 0
    for row in all_rows(sample):
        cells = find_row(workbook[row.sheet], row)
        for place, shown in enumerate(row.values):
            stored = cells[row.first - 1 + place]
            if shown is None or shown.value is None:
                assert stored in (None, "n/a"), row.place
            else:
                assert stored == shown.value, (row.place, place)
                compared += 1
    assert compared > 200


def find_row(sheet: Worksheet, row: Row) -> tuple[Any, ...]:
    """The row of the block that has these texts before its values; exactly one."""
    start, found = row.block == "", []
    width = row.first - 1
    for cells in sheet.iter_rows(values_only=True):
        if cells[0] == row.block:
            start = True
        elif start and tuple(text or "" for text in cells[width - len(row.before) : width]) == row.before:
            found.append(cells)
    assert found, f"no row {row.place} on sheet {sheet.title}"
    return found[0]


def test_every_figure_and_table_of_the_json_stands_in_the_workbook(
    sample: SampleRuns, numbers: Filed, workbook: Workbook
) -> None:
    layout = lay_out(sample.report)
    assert set(layout.figures) | set(layout.tables) == set(numbers.now)
    for name, row in layout.figures.items():
        assert workbook["Figures"].cell(row, 1).value == name
        record = numbers.now[name]
        assert workbook["Figures"].cell(row, 3).value == (record["value"] if record["status"] == "available" else "n/a")
    for name, block in layout.tables.items():
        record = numbers.now[name]
        for place, cells in enumerate(record["rows"]):
            for column in block.columns:
                stored = workbook["Tables"][f"{block.columns[column]}{block.first + place}"].value
                said = stored.date().isoformat() if isinstance(stored, datetime) else stored
                assert said == cells[column], (name, cells[record["key"]], column)


def test_findings_and_footnotes_stand_in_pdf_and_workbook(sample: SampleRuns, pdf: PdfText, workbook: Workbook) -> None:
    summary = {cell for (cell, *_) in workbook["Summary"].iter_rows(values_only=True)}
    assert len(sample.report.findings) >= 4
    for finding in sample.report.findings:
        assert f"{finding.text}{noted(finding.footnotes)}" in summary
        assert squeezed(finding.text) in pdf.text
    for number, text in enumerate(sample.report.footnotes, 1):
        assert f"{number}  {text}" in summary
        assert squeezed(text) in pdf.text


def test_problems_are_the_same_in_all_outputs(sample: SampleRuns, pdf: PdfText, workbook: Workbook) -> None:
    content = json.loads((sample.folder / "problems.json").read_text(encoding="utf-8"))
    assert [(b["rule"], b["severity"], b["count"]) for b in content["breaches"]] == [
        (b.rule.code, b.rule.severity.value, b.count) for b in sample.portfolio.breaches
    ]
    listed = [p["message"] for b in content["breaches"] for p in b["problems"]]
    assert listed == [str(problem) for breach in sample.portfolio.breaches for problem in breach.problems]
    assert listed, "a sample without a warning proves nothing here"
    cells = {cell for row in workbook["Problems"].iter_rows(values_only=True) for cell in row}
    for breach in content["breaches"]:
        for problem in breach["problems"]:
            assert problem["found"] in cells
            assert squeezed(problem["found"]) in pdf.text


def test_controls_add_up_and_are_those_of_the_input(sample: SampleRuns, workbook: Workbook) -> None:
    manifest = json.loads((sample.folder / "manifest.json").read_text(encoding="utf-8"))
    controls = {control["sheet"]: control for control in manifest["controls"]}
    for name, table in sample.portfolio.tables.items():
        assert controls[name]["read"] == controls[name]["accepted"] + controls[name]["rejected"] == len(table.frame)
    exposures = sample.portfolio.tables["exposures"].frame
    sums = {(column, currency): total for column, currency, total in controls["exposures"]["sums"]}
    assert {currency for _, currency in sums} == {"EUR", "USD", "GBP", "CHF", "SEK"}
    for (column, currency), total in sums.items():
        assert total == fsum(exposures.loc[exposures["currency"] == currency, column].dropna()), (column, currency)
    stored = list(workbook["Controls"].iter_rows(values_only=True))
    for (column, currency), total in sums.items():
        assert any({column, currency, total} <= set(row) for row in stored), (column, currency)


def test_the_manifest_describes_inputs_and_outputs(sample: SampleRuns) -> None:
    manifest = json.loads((sample.folder / "manifest.json").read_text(encoding="utf-8"))
    (source,) = manifest["inputs"]
    assert source == described(sample.submission, sample.submission.name)
    names = {path.name for path in sample.folder.iterdir()} - {"manifest.json", "seal.json"}
    assert names == {"report.pdf", "report.xlsx", "figures.json", "figures.parquet", "problems.json"}
    assert manifest["outputs"] == [described(sample.folder / name, name) for name in sorted(names)]
    assert manifest["run_id"] == read_figures(sample.folder)["run_id"] == sample.report.identification.run_id
    filed = (sample.previous / "figures.json").read_bytes()
    assert manifest["options"]["previous"] == {
        "run_id": read_figures(sample.previous)["run_id"], "sha256": hashlib.sha256(filed).hexdigest(),
    }  # fmt: skip
    assert str(sample.submission.parent) not in (sample.folder / "manifest.json").read_text(encoding="utf-8")


def described(path: Path, name: str) -> dict[str, Any]:
    data = path.read_bytes()
    return {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_no_output_holds_what_is_no_number(sample: SampleRuns, pdf: PdfText, workbook: Workbook) -> None:
    for name in ("figures.json", "problems.json", "manifest.json"):
        json.loads((sample.folder / name).read_text(encoding="utf-8"), parse_constant=pytest.fail)
    for sheet in workbook.worksheets:
        for cells in sheet.iter_rows():
            for cell in cells:
                assert cell.data_type != "e", (sheet.title, cell.coordinate, cell.value)
                assert not (isinstance(cell.value, str) and NOT_A_NUMBER.fullmatch(cell.value)), cell.coordinate
                assert not (isinstance(cell.value, float) and not math.isfinite(cell.value)), cell.coordinate
    for row in all_rows(sample):
        assert not any(NOT_A_NUMBER.search(shown.text) for shown in row.values if shown), row.place


# --- figures.json and its schema ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def schema(project: Path) -> jsonschema.Draft202012Validator:
    content = json.loads((project / "reporting" / "render" / "figures.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(content)
    return jsonschema.Draft202012Validator(content)


def test_figures_json_follows_its_schema(sample: SampleRuns, schema: jsonschema.Draft202012Validator) -> None:
    for run in (sample.folder, sample.previous):
        schema.validate(read_figures(run))


def with_a_fault(content: dict[str, Any], fault: str) -> dict[str, Any]:
    """A copy of figures.json with one fault."""
    broken: dict[str, Any] = json.loads(json.dumps(content))
    figure = next(record for record in broken["figures"] if record["name"] == "leverage_ratio")
    table = next(record for record in broken["figures"] if "rows" in record)
    cells = next(item for item in table["inputs"] if item["kind"] == "cells")
    faults: Mapping[str, tuple[dict[str, Any], str, Any]] = {
        "a value that is missing": (figure, "value", None),
        "a reason for what is available": (figure, "reason", "no sheet"),
        "an unknown status": (figure, "status", "estimated"),
        "a key that nobody knows": (figure, "colour", "red"),
        "an input of no kind": (figure, "inputs", [{"kind": "guess", "name": "x"}]),
        "a table without its key": (table, "key", None),
        "rows that are no row numbers": (cells, "rows", "2 to 9"),
        "a role that does not exist": (cells, "role", "decorates"),
        "a parameter of no status": (broken["parameters"][0], "status", "probably"),
        "another format": (broken, "format", 2),
        "a date in words": (broken["institution"], "reference_date", "30 September 2026"),
    }
    record, key, value = faults[fault]
    record[key] = value
    return broken


@pytest.mark.parametrize(
    "fault",
    [
        "a value that is missing", "a reason for what is available", "an unknown status", "a key that nobody knows",
        "an input of no kind", "a table without its key", "rows that are no row numbers", "a role that does not exist",
        "a parameter of no status", "another format", "a date in words",
    ],
)  # fmt: skip
def test_the_schema_refuses(sample: SampleRuns, schema: jsonschema.Draft202012Validator, fault: str) -> None:
    assert not schema.is_valid(with_a_fault(read_figures(sample.folder), fault))


def test_a_figure_that_is_not_available_follows_the_schema(
    sample: SampleRuns, schema: jsonschema.Draft202012Validator
) -> None:
    content = read_figures(sample.folder)
    figure = next(record for record in content["figures"] if record["name"] == "leverage_ratio")
    figure |= {"value": None, "status": "not available", "reason": "the balance sheet holds derivatives"}
    schema.validate(content)
