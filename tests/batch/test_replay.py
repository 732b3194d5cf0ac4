"""A run made again from its manifest gives the same bytes, or it is said what differs and why it was not compared."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reporting.batch import Options
from reporting.batch.folder import MANIFEST, read_manifest
from reporting.batch.replay import replay_all
from reporting.batch.verify import verify
from reporting.intake.limits import Limits
from tests.batch.runs import of_day, rewritten, run_of, with_manifest
from tests.factories import base_sheets


def replayed(folder: Path, inputs: Path | None = None) -> tuple[list[str], tuple[str, ...]]:
    findings, unseen = replay_all(folder, verify(folder), inputs, Limits())
    return [str(finding) for finding in findings], unseen


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with all outputs, beside that of an earlier date, with overrides."""
    folder = tmp_path_factory.mktemp("replay")
    out = folder / "out"
    previous = run_of(of_day(date(2026, 6, 30)), out, "june.xlsx")
    overrides = folder / "overrides.yaml"
    overrides.write_text("overrides: [{rule: BAL-003, reason: reversal, name: A. Meier}]", encoding="utf-8")
    sheets = base_sheets()
    sheets["balance_sheet"][0]["loss_allowance_specific"] = -1
    return run_of(sheets, out, options=Options(previous=previous, overrides=overrides, final=True))


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A copy of it with its log and its neighbours."""
    out = shutil.copytree(made.parents[2], tmp_path / "out")
    return out / made.relative_to(made.parents[2])


@pytest.fixture
def figures_only(tmp_path: Path) -> Path:
    """A run without pages and workbook."""
    return run_of(base_sheets(), tmp_path / "out")


def test_the_same_program_gives_the_same_bytes(made: Path) -> None:
    assert replayed(made) == ([], ())


def test_an_output_that_the_program_does_not_make_is_found_though_all_hashes_fit(figures_only: Path) -> None:
    content = json.loads((figures_only / "figures.json").read_bytes())
    content["figures"][0]["label"] = "Another label"
    rewritten(figures_only, figures_json=content)
    (told,) = replayed(figures_only)[0]
    assert told.endswith("/figures.json: is not what the same program makes of the same input")


def on_another_machine(run: Path, **files: Any) -> Path:
    rewritten(run, **files)
    manifest = read_manifest(run)
    manifest["versions"] = {**manifest["versions"], "platform": "Plan9 mips"}
    return with_manifest(run, manifest)


def test_on_another_platform_figures_pages_and_cells_are_compared(run: Path) -> None:
    findings, unseen = replayed(on_another_machine(run))
    assert findings == []
    (text,) = unseen
    assert text.endswith(": bytes were not compared: it was made with platform Plan9 mips")


@pytest.mark.parametrize(("factor", "told"), [(1 + 1e-14, 0), (1 + 1e-9, 1)])
def test_figures_of_another_platform_agree_to_twelve_digits(figures_only: Path, factor: float, told: int) -> None:
    content = json.loads((figures_only / "figures.json").read_bytes())
    (ratio,) = (figure for figure in content["figures"] if figure["name"] == "leverage_ratio")
    ratio["value"] *= factor
    findings, _ = replayed(on_another_machine(figures_only, figures_json=content))
    assert len(findings) == told
    assert all(text.endswith("figures.json: leverage_ratio is not what a replay gives") for text in findings)


def test_a_page_and_a_cell_of_another_platform_must_be_the_same(run: Path) -> None:
    other = run_of(base_sheets(), run.parents[2].parent / "other" / "out", options=Options())
    pdf, book = ((other / name).read_bytes() for name in ("report.pdf", "report.xlsx"))
    findings, _ = replayed(on_another_machine(run, report_pdf=pdf, report_xlsx=book))
    assert any("/report.pdf: the text of page 1 is not that which a replay gives" in text for text in findings)
    assert any("/report.xlsx: the cells of sheet Inputs_balance_sheet are not those" in text for text in findings)


def test_of_another_program_only_the_figures_are_compared(figures_only: Path) -> None:
    manifest = read_manifest(figures_only)
    manifest["toolkit"] = {"version": "0.0.1", "program": "0" * 64}
    findings, unseen = replayed(with_manifest(figures_only, manifest))
    assert findings == []
    assert "only its figures were compared: program 000000000000 wrote it" in unseen[0]


def test_what_is_not_at_hand_any_more_is_said(made: Path, run: Path, tmp_path: Path) -> None:
    (told,) = replayed(run, tmp_path)[0]
    assert told.endswith(f"cannot be replayed: its inputs are not in {tmp_path}")
    shutil.rmtree(run.parents[2] / "2026-06-30")
    (told,) = replayed(run)[0]
    assert "cannot be replayed: its previous run " in told
    overrides = made.parents[3] / "overrides.yaml"
    text = overrides.read_text(encoding="utf-8")
    overrides.write_text(f"{text} # changed", encoding="utf-8")
    (told,) = replayed(made)[0]
    overrides.write_text(text, encoding="utf-8")
    assert told.endswith("cannot be replayed: overrides were changed since")


@pytest.mark.parametrize("options", [None, [], {}, {"report": "leverage"}])
def test_a_manifest_that_says_nothing_of_its_options_is_said(run: Path, options: Any) -> None:
    (told,) = replayed(with_manifest(run, {**read_manifest(run), "options": options}))[0]
    assert "cannot be replayed: its manifest is not one that this release writes" in told


def test_a_run_without_manifest_is_said(run: Path) -> None:
    (run / MANIFEST).unlink()
    (told,) = replayed(run)[0]
    assert told.endswith("cannot be replayed: it has no manifest")
