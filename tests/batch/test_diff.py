"""Two runs compared: every change, its cause, and the cells that drive it."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import reporting.batch.unit
from reporting.batch import Options
from reporting.batch.changes import Change
from reporting.batch.diff import Comparison, ComparisonFault, compare_runs
from reporting.batch.drivers import Driver
from reporting.problems import ConfigurationFault
from reporting.rulebook import Rulebook, load_rulebook
from tests.batch.runs import JSON, changed_sheets, of_day, rewritten, run_of
from tests.factories import base_sheets

XLSX = Options(outputs=("json", "xlsx"))


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_of(base_sheets(), tmp_path_factory.mktemp("before") / "out", options=XLSX)


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One balance sheet line changed, one exposure gone, one new; the others a row further down."""
    return run_of(changed_sheets(), tmp_path_factory.mktemp("after") / "out", options=XLSX)


@pytest.fixture(scope="module")
def found(before: Path, after: Path) -> Comparison:
    return compare_runs(before, after)


def change(found: Comparison, figure: str, key: str = "", column: str = "") -> Change:
    (one,) = [c for c in found.changes if (c.figure, c.key, c.column) == (figure, key, column)]
    return one


def values(folder: Path) -> dict[str, object]:
    content = json.loads((folder / "figures.json").read_bytes())
    return {figure["name"]: (figure["value"], figure.get("rows")) for figure in content["figures"]}


# --- Figures ---------------------------------------------------------------------------------------------------------


def test_a_run_compared_with_itself_has_no_changes(before: Path) -> None:
    found = compare_runs(before, before.parent)
    assert found.changes == ()
    causes = found.causes
    assert (causes.data, causes.options, causes.parameters, causes.program, causes.appearance) == ((), (), (), (), ())


def test_every_figure_that_differs_is_listed_and_no_other(before: Path, after: Path, found: Comparison) -> None:
    old, new = (values(folder) for folder in (before, after))
    differ = {name for name in old if old[name] != new[name]}
    assert len(differ) > 10
    assert {c.figure for c in found.changes} == differ


def test_a_change_is_given_in_the_unit_of_the_figure_and_in_per_cent(found: Comparison) -> None:
    assets = change(found, "total_assets")
    assert (assets.before, assets.after, assets.unit, assets.kind) == (89_600_000.0, 90_100_000.0, "money", "changed")
    assert assets.difference == 500_000.0
    assert assets.relative == pytest.approx(500 / 896)


def test_a_change_must_reach_both_thresholds(before: Path, after: Path, found: Comparison) -> None:
    def kept(absolute: float, relative: float) -> set[str]:
        return {c.figure for c in compare_runs(before, after, absolute, relative).changes if c.difference is not None}

    numbers = [c for c in found.changes if c.difference is not None]
    for absolute, relative in ((500_000, 0), (0, 1), (400_000, 0.5)):
        wanted = {
            c.figure
            for c in numbers
            if abs(c.difference or 0) >= absolute and (c.relative is None or abs(c.relative) >= relative)
        }
        assert kept(absolute, relative) == wanted
        assert 0 < len(wanted) < len({c.figure for c in numbers})
    assert compare_runs(before, after, 500_000, 0).smaller > 0


def test_what_becomes_unavailable_says_why_and_is_below_no_threshold(before: Path, tmp_path: Path) -> None:
    sheets = base_sheets()
    del sheets["own_funds"]
    without = run_of(sheets, tmp_path / "out", options=XLSX)
    lost = change(compare_runs(before, without, 1e12, 1e6), "leverage_ratio")
    assert (lost.kind, lost.after, lost.difference) == ("not available now", None, None)
    assert "own_funds" in lost.reason
    back = change(compare_runs(without, before), "leverage_ratio")
    assert (back.kind, back.before, back.after) == ("available now", None, lost.before)


# --- Causes ----------------------------------------------------------------------------------------------------------


def test_data_that_changed_are_named_by_file_and_sheet(found: Comparison) -> None:
    assert found.causes.data == (
        "bank.xlsx changed",
        "sheet balance_sheet: 0 rows added, 0 removed, 1 changed",
        "sheet exposures: 1 rows added, 1 removed, 0 changed",
    )
    assert found.causes.files == ("bank.xlsx",)
    assert (found.causes.parameters, found.causes.program) == ((), ())


def test_a_figure_has_the_cause_that_lies_below_it(found: Comparison) -> None:
    assert {c.causes for c in found.changes} == {("data",)}
    assert {c.possible for c in found.changes} == {()}


def test_the_order_of_rows_and_an_empty_row_change_nothing(before: Path, tmp_path: Path) -> None:
    sheets = base_sheets()
    random.Random(1).shuffle(sheets["exposures"])
    sheets["balance_sheet"].reverse()
    found = compare_runs(before, run_of(sheets, tmp_path / "out", options=XLSX))
    assert found.changes == ()


def other_law(minimum: float) -> object:
    """The rulebook with another minimum."""

    def load(jurisdiction: str, on: date) -> Rulebook:
        rulebook = load_rulebook(jurisdiction, on)
        parameters = dict(rulebook.parameters)
        parameters["minimum_leverage_ratio"] = replace(parameters["minimum_leverage_ratio"], value=minimum)
        digest = hashlib.sha256(rulebook.digest.encode()).hexdigest()
        return replace(rulebook, parameters=parameters, digest=digest)

    return load


def test_a_parameter_that_changed_is_the_cause_only_of_what_rests_on_it(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting.batch.unit, "load_rulebook", other_law(3.5))
    found = compare_runs(before, run_of(None, before.parents[2], options=XLSX))
    assert found.causes.parameters == ("minimum_leverage_ratio: 3.5, was 3.0",)
    assert found.causes.data == ()
    required = change(found, "tier1_required")
    assert (required.causes, required.possible, required.drivers) == (("parameters",), (), ())
    assert "leverage_ratio" not in {c.figure for c in found.changes}
    both = compare_runs(before, run_of(changed_sheets(), tmp_path / "out", options=XLSX))
    assert change(both, "tier1_required").causes == ("data", "parameters")
    assert change(both, "leverage_ratio").causes == ("data",)


def test_a_change_that_rests_on_nothing_that_changed_is_the_programs(before: Path, tmp_path: Path) -> None:
    other = shutil.copytree(before, tmp_path / "other")
    content = json.loads((other / "figures.json").read_bytes())
    (ratio,) = (f for f in content["figures"] if f["name"] == "leverage_ratio")
    ratio["value"] += 1
    rewritten(other, figures_json=content)
    assert change(compare_runs(before, other), "leverage_ratio").causes == ()  # nothing explains it
    manifest = json.loads((other / "manifest.json").read_bytes())
    manifest["toolkit"] = {"version": "9.0.0", "program": "f" * 64}
    (other / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    found = compare_runs(before, other)
    assert change(found, "leverage_ratio").causes == ("program",)
    assert found.causes.program[-1] == "version: 9.0.0, was 0.1.0"


def test_another_formula_is_a_cause_beside_the_data(before: Path, after: Path, tmp_path: Path) -> None:
    other = shutil.copytree(after, tmp_path / "other")
    content = json.loads((other / "figures.json").read_bytes())
    (ratio,) = (f for f in content["figures"] if f["name"] == "leverage_ratio")
    ratio["formula"] = "Another formula"
    rewritten(other, figures_json=content)
    manifest = json.loads((other / "manifest.json").read_bytes())
    manifest["toolkit"]["program"] = "f" * 64
    (other / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    found = compare_runs(before, other)
    assert change(found, "leverage_ratio").causes == ("data", "program")
    assert change(found, "total_assets").causes == ("data",)
    assert change(found, "total_assets").possible == ("program",)


def test_an_option_that_only_changes_the_looks_is_no_cause(before: Path) -> None:
    found = compare_runs(before, run_of(None, before.parents[2], options=replace(XLSX, final=True)))
    assert found.causes.appearance == ("state: final, was draft",)
    assert found.causes.options == ()
    assert found.changes == ()


def test_an_override_is_the_cause_of_what_it_makes_available(tmp_path: Path) -> None:
    sheets = base_sheets()
    sheets["balance_sheet"][0]["loss_allowance_specific"] = -1
    overrides = tmp_path / "overrides.yaml"
    overrides.write_text("overrides: [{rule: BAL-003, reason: reversal, name: A. Meier}]", encoding="utf-8")
    withheld = run_of(sheets, tmp_path / "out", options=replace(XLSX, partial=True))
    accepted = run_of(None, tmp_path / "out", options=replace(XLSX, partial=True, overrides=overrides))
    found = compare_runs(withheld, accepted)
    assert found.causes.options == ("overrides",)
    assert change(found, "leverage_ratio").causes == ("options",)


# --- Input rows ------------------------------------------------------------------------------------------------------


def test_the_cells_that_drive_a_change_are_named_with_both_addresses(found: Comparison) -> None:
    total = change(found, "off_balance_sheet_nominal")
    assert [d for d in total.drivers if d.column == "nominal"] == [
        Driver("exposures", "nominal", "row added", "", "bank.xlsx!exposures!D2", None, 1600.0, 1600.0),
        Driver("exposures", "nominal", "row removed", "bank.xlsx!exposures!I3", "", 1000.0, None, -1000.0),
    ]
    assets = change(found, "total_assets")
    assert assets.drivers[0] == Driver(
        "balance_sheet", "gross_carrying_amount", "changed", "bank.xlsx!balance_sheet!C2",
        "bank.xlsx!balance_sheet!C2", 90000.0, 90500.0, 500.0,
    )  # fmt: skip


def test_the_largest_contribution_comes_first_and_all_are_counted(found: Comparison) -> None:
    for one in found.changes:
        sizes = [abs(d.difference) for d in one.drivers if d.difference is not None and "counterpart" not in d.sheet]
        assert sizes == sorted(sizes, reverse=True)
        assert one.driven_by >= len(one.drivers) > 0


def test_a_row_of_a_table_has_only_its_own_cells(found: Comparison) -> None:
    row = change(found, "balance_sheet_lines", "A1", "net_amount")
    assert {d.sheet for d in row.drivers} == {"balance_sheet"}
    assert row.driven_by == 1
    assert "A2" not in {c.key for c in found.changes if c.figure == "balance_sheet_lines"}


def test_contributions_add_up_to_the_difference_of_a_sum(found: Comparison) -> None:
    total = change(found, "total_assets")
    assert sum(d.difference or 0 for d in total.drivers) * 1000 == total.difference


def test_a_cell_that_another_one_brings_into_a_figure_is_named(before: Path, tmp_path: Path) -> None:
    sheets = base_sheets()
    sheets["balance_sheet"][0]["lr_treatment"] = "fiduciary"
    found = compare_runs(before, run_of(sheets, tmp_path / "out", options=XLSX))
    kinds = {(d.column, d.kind, d.difference) for c in found.changes for d in c.drivers}
    assert ("lr_treatment", "changed", None) in kinds
    assert ("gross_carrying_amount", "counted now", 90000.0) in kinds


def test_rows_without_a_key_are_matched_by_their_content(before: Path, tmp_path: Path) -> None:
    sheets = base_sheets()
    row = {"exposure_id": "E1", "kind": "guarantee", "amount": 100, "currency": "EUR", "eligible": True}
    sheets["counterparties"].append({**sheets["counterparties"][0], "counterparty_id": "C2", "id_code": "X2"})
    sheets["protection"] = [{**row, "provider_id": "C2"}, {**row, "provider_id": "C2"}]
    two = run_of(sheets, tmp_path / "out", options=XLSX)
    sheets["protection"] = [{**row, "provider_id": "C2", "amount": 50}, {**row, "provider_id": "C2"}]
    found = compare_runs(two, run_of(sheets, tmp_path / "out", options=XLSX))
    assert "sheet protection: 1 rows added, 1 removed, 0 changed" in found.causes.data


def test_without_a_workbook_the_rows_come_from_the_submission_that_still_stands_there(
    tmp_path: Path, found: Comparison
) -> None:
    old = run_of(base_sheets(), tmp_path / "old" / "out", options=JSON)
    new = run_of(changed_sheets(), tmp_path / "new" / "out", options=JSON)
    assert compare_runs(old, new).changes == found.changes
    (tmp_path / "old" / "in" / "bank.xlsx").unlink()
    blind = compare_runs(old, new)
    assert [c.figure for c in blind.changes] == [c.figure for c in found.changes]
    assert {c.causes for c in blind.changes} == {("data",)}
    assert {c.drivers for c in blind.changes} == {()}
    assert blind.causes.data[1:] == ("sheet balance_sheet changed", "sheet exposures changed")
    assert "its input rows are not compared" in blind.remarks[0]


# --- What cannot be compared -----------------------------------------------------------------------------------------


def test_runs_of_two_dates_are_compared(before: Path, tmp_path: Path) -> None:
    found = compare_runs(run_of(of_day(date(2026, 6, 30)), tmp_path / "out", options=XLSX), before)
    assert "sheet entity: 0 rows added, 0 removed, 1 changed" in found.causes.data


@pytest.mark.parametrize(("column", "value"), [("lei", "00000000000000000195"), ("currency", "SEK")])
def test_two_institutions_or_currencies_are_refused(before: Path, tmp_path: Path, column: str, value: str) -> None:
    sheets = base_sheets()
    sheets["entity"][0][column] = value
    if column == "currency":
        sheets["fx"].append({"currency": "EUR", "date": sheets["fx"][0]["date"], "rate": 11.0})
    other = run_of(sheets, tmp_path / "out")
    with pytest.raises(ComparisonFault, match=value):
        compare_runs(before, other)


@pytest.mark.parametrize("name", ["figures.json", "report.xlsx"])
def test_a_run_that_was_changed_is_refused(before: Path, after: Path, tmp_path: Path, name: str) -> None:
    other = shutil.copytree(after, tmp_path / "other")
    (other / name).write_bytes((other / name).read_bytes() + b" ")
    with pytest.raises(ConfigurationFault, match="is not the file that the run wrote"):
        compare_runs(before, other)
