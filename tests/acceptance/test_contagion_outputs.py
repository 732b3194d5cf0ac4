"""The contagion pack as a user makes it: outputs agree, the same run again, and no name of a masked institution."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import openpyxl
import pikepdf
import pyarrow.parquet as pq
import pytest
from openpyxl.workbook import Workbook

from reporting.batch import Options, SystemOptions, latest_run, load_figures, run_unit, with_keys
from reporting.batch.unit import changed_files
from reporting.intake.limits import Limits
from reporting.portfolio import system_view
from reporting.render.wording import with_unit
from reporting.render.xlsx_front import noted
from reporting.render.xlsx_layout import lay_out
from reporting.reports import Report
from tests.acceptance.pdf_text import PdfText, read_pdf, squeezed
from tests.acceptance.printed import Filed, Row, filed, read_figures, rounded, rows, sections_by_id
from tests.acceptance.test_outputs_agree import find_row
from tests.contagion_runs import NORTHBANK, SAMPLE, sample_figures, sample_report, sample_system, sample_view
from tests.portfolio.test_anonymous import names_of_others

pytestmark = pytest.mark.slow  # four reports of thirty institutions are made first


@dataclass(frozen=True)
class Made:
    """A run and the report that it was written from."""

    folder: Path
    report: Report


ALL = ("pdf", "xlsx", "json")


def made(
    out: Path, focus: str, *, masked: bool, monkeypatch: pytest.MonkeyPatch, outputs: tuple[str, ...] = ALL
) -> Made:
    """A run of the sample, whose thirty workbooks have been read and measured before."""
    monkeypatch.setattr("reporting.batch.systems.load_system", lambda *_, **__: sample_system())
    monkeypatch.setattr(
        "reporting.batch.systems.assess_system", lambda view, _: sample_figures(view.focus, masked=view.masked)
    )
    options = Options(report="contagion", system=SystemOptions(focus, masked), outputs=outputs)
    folder = run_unit(SAMPLE, out, options).folder
    return Made(folder, sample_report(focus, masked=masked))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Made]]:
    """The system, one institution, and both with the others masked."""
    out = tmp_path_factory.mktemp("contagion")
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield {
            "system": made(out, "", masked=False, monkeypatch=monkeypatch),
            "institution": made(out, NORTHBANK, masked=False, monkeypatch=monkeypatch, outputs=("json",)),
            "masked system": made(out, "", masked=True, monkeypatch=monkeypatch),
            "masked": made(out, NORTHBANK, masked=True, monkeypatch=monkeypatch),
        }


def workbook_of(run: Made) -> Workbook:
    return openpyxl.load_workbook(run.folder / "report.xlsx", data_only=True)


def all_rows(run: Made) -> list[Row]:
    sheets = sections_by_id(run.report.sections, lay_out(run.report).sections)
    return list(rows(run.report, sheets))


def numbers(run: Made) -> Filed:
    return filed(run.folder, run.folder)


@pytest.mark.parametrize("name", ["system", "masked"])
def test_every_printed_value_is_the_filed_one_and_stands_in_pdf_and_workbook(runs: dict[str, Made], name: str) -> None:
    run = runs[name]
    pdf, workbook, content = read_pdf(run.folder / "report.pdf"), workbook_of(run), numbers(run)
    compared = 0
    for row in all_rows(run):
        _in_one_row(pdf, row)
        cells = find_row(workbook[row.sheet], row)
        for place, shown in enumerate(row.values):
            if shown is None or not shown.figure or shown.value is None:
                continue
            assert shown.value == content.value(shown), (row.place, shown)
            stored = shown.text if isinstance(shown.value, bool) else shown.value
            assert cells[row.first - 1 + place] == stored, (row.place, shown)
            if isinstance(shown.value, float) and shown.format in ("money", "percent", "count"):
                assert shown.text == rounded(shown.value, shown.format, 1_000_000, 1, 2), (row.place, shown)
            compared += 1
    assert compared > 80


def _in_one_row(pdf: PdfText, row: Row) -> None:
    units = ["" if row.grid else "%" for _ in row.values]
    texts = [with_unit(shown, unit) if shown else "" for shown, unit in zip(row.values, units, strict=True)]
    assert pdf.in_one_row([*row.before, *texts]), (row.place, texts)


def test_every_figure_and_table_of_the_json_stands_in_the_workbook(runs: dict[str, Made]) -> None:
    run = runs["system"]
    layout, workbook, content = lay_out(run.report), workbook_of(run), numbers(run)
    assert set(layout.figures) | set(layout.tables) == set(content.now)
    for name, row in layout.figures.items():
        assert workbook["Figures"].cell(row, 3).value == content.now[name]["value"], name
    for name, block in layout.tables.items():
        for place, cells in enumerate(content.now[name]["rows"]):
            for column in block.columns:
                stored = workbook["Tables"][f"{block.columns[column]}{block.first + place}"].value
                assert stored == cells[column], (name, place, column)


def test_iterative_results_are_values_with_a_note_and_sums_are_formulas(runs: dict[str, Made]) -> None:
    run = runs["system"]
    sheet = openpyxl.load_workbook(run.folder / "report.xlsx")["Figures"]
    places = lay_out(run.report).figures
    stored = {name: (sheet.cell(row, 3).value, str(sheet.cell(row, 6).value)) for name, row in places.items()}
    for name in ("interbank_claims", "clearing_shortfall", "network_loss", "network_density"):
        assert str(stored[name][0]).startswith("="), name
        assert stored[name][1] == "formula", name
    for name in ("reverse_shock", "mean_vulnerability", "spectral_radius", "clearing_equity_loss"):
        assert isinstance(stored[name][0], float), name
        assert "program" in stored[name][1], name


def test_findings_stand_in_pdf_and_workbook(runs: dict[str, Made]) -> None:
    run = runs["system"]
    pdf, summary = read_pdf(run.folder / "report.pdf"), workbook_of(run)["Summary"]
    texts = {cell for (cell, *_) in summary.iter_rows(values_only=True)}
    for finding in run.report.findings:
        assert f"{finding.text}{noted(finding.footnotes)}" in texts
        assert squeezed(finding.text) in pdf.text


def test_figures_json_follows_its_schema(runs: dict[str, Made], project: Path) -> None:
    path = project / "reporting" / "render" / "figures.schema.json"
    schema = jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))
    for run in runs.values():
        schema.validate(read_figures(run.folder))


def test_the_folder_names_the_system_and_the_institution(runs: dict[str, Made]) -> None:
    assert runs["system"].folder.parts[-3:] == ("2026-09-30", "system-system", "v01")
    assert runs["institution"].folder.parts[-2] == f"system-system-{NORTHBANK}"
    assert runs["masked"].folder.parts[-2].startswith("system-anonymised-")


def test_the_same_run_again_writes_nothing(runs: dict[str, Made], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reporting.batch.systems.load_system", lambda *_, **__: sample_system())
    folder = runs["system"].folder
    again = run_unit(SAMPLE, folder.parents[2], Options(report="contagion"))
    assert (again.folder, again.made) == (folder, False)


def test_a_file_that_changed_meanwhile_is_named(tmp_path: Path) -> None:
    assert changed_files(SAMPLE, sample_view(), Limits()) == []
    (tmp_path / "northbank.xlsx").write_bytes(b"another")
    assert "northbank.xlsx" in changed_files(tmp_path, sample_view(), Limits())


def test_a_row_is_explained_from_the_files_of_the_run_alone(runs: dict[str, Made]) -> None:
    folder = latest_run(runs["system"].folder.parent)
    figures = load_figures(folder)
    pair = next(iter(figures["losses_by_counterparty"].table.index))
    told = with_keys(figures["losses_by_counterparty"], folder).explain(str(pair))
    cells = sample_system().cells(*str(pair).split(" | "))
    assert cells
    assert all(f"value {one}" in told for one in cells)
    lei = NORTHBANK
    own = with_keys(figures["institutions"], folder).explain(lei)
    assert "northbank.xlsx!own_funds" in own
    assert "wendholm.xlsx" not in own


# --- Masked ----------------------------------------------------------------------------------------------------------


def texts_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Every output as text: names of files, parts of the workbook, pages and attachments of the PDF, JSON, Parquet."""
    yield "folder", str(Path(*folder.parts[-3:]))
    for path in sorted(folder.iterdir()):
        yield from _texts(path.name, path.read_bytes())


def _texts(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.namelist():
                yield f"{name}/{part}", part + archive.read(part).decode(errors="replace")
    elif name.endswith(".pdf"):
        yield from _of_pdf(name, data)
    elif name.endswith(".parquet"):
        yield name, pq.read_table(io.BytesIO(data)).to_pandas().to_csv()
    else:
        yield name, data.decode()


def _of_pdf(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    with pikepdf.open(io.BytesIO(data)) as document:
        for attached, spec in document.attachments.items():
            yield from _texts(attached, spec.get_file().read_bytes())
        objects = (repr(thing) for thing in document.objects)
        yield f"{name}/objects", "\n".join(objects)
        yield f"{name}/metadata", document.open_metadata().__str__()


@pytest.mark.parametrize(("name", "keep"), [("masked", NORTHBANK), ("masked system", "")])
def test_no_output_holds_a_name_of_a_masked_institution(runs: dict[str, Made], name: str, keep: str) -> None:
    folder = runs[name].folder
    pages = read_pdf(folder / "report.pdf").text
    forbidden = names_of_others(keep)
    assert len(forbidden) > 80
    found = [(place, text) for place, content in texts_of(folder) for text in forbidden if text in content]
    assert found == []
    assert [text for text in forbidden if squeezed(text) in pages] == []
    places = [place for place, _ in texts_of(folder)]
    assert any("attach" in place or place.startswith("report.xlsx/") for place in places)
    assert "figures.json" in places


def test_the_same_search_finds_the_names_where_nobody_is_masked(runs: dict[str, Made]) -> None:
    content = dict(texts_of(runs["system"].folder))
    others = [name for name in sample_system().names if name != "Northbank AG (fictional)"]
    for place in ("figures.json", "figures.parquet", "report.xlsx/xl/worksheets/sheet2.xml"):
        assert place in content
    assert all(name in content["figures.json"] for name in others)


def test_masking_changes_no_printed_number(runs: dict[str, Made]) -> None:
    plain, masked = (
        [[shown.text for shown in row.values if shown] for row in all_rows(runs[name]) if not row.grid]
        for name in ("institution", "masked")
    )
    differ = [(one, other) for one, other in zip(plain, masked, strict=True) if one != other]
    assert [one for one, _ in differ if not any(name in one for name in sample_system().names)] == []


def test_the_view_names_no_folder_that_leads_elsewhere() -> None:
    view = system_view.view_system(sample_system(), "../../etc/pass wd.xlsx")
    assert view.folder == "system-etc-pass-wd"
