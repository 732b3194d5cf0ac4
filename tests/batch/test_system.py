"""A system in a batch: its submissions one by one, then the report about all of them, remembered like any other."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reporting.batch import Options, SystemOptions, log_run, run_unit, systems
from reporting.batch.diff import compare_runs
from reporting.batch.events import Batch, Event
from reporting.batch.inputs import find_submissions
from reporting.batch.reader import SettingsFault
from reporting.batch.run import plan_batch, run_batch
from reporting.batch.settings import load_settings, read_settings
from reporting.batch.submissions import find_submission
from reporting.batch.unit import InputChangedError
from reporting.cli import main
from reporting.portfolio.system import load_system
from reporting.problems import InputRejected
from tests.batch.batches import lasting, snapshot
from tests.factories import write_workbook
from tests.portfolio.small_systems import LEIS, sheets_of, write_network

TERMS: Mapping[str, Mapping[str, Any]] = {
    "A": {"owed": {"B": 40_000}, "owes": {"C": 20_000}},
    "B": {"owed": {"C": 30_000}, "owes": {"A": 40_000}},
    "C": {"owed": {"A": 20_000}, "owes": {"B": 30_000}},
}
SYSTEM = "2026-09-30/system-september"


def write_system(folder: Path) -> Path:
    """A folder `september` of three submissions."""
    for name, terms in TERMS.items():
        (folder / "september").mkdir(parents=True, exist_ok=True)
        write_workbook(folder / "september" / f"{name}.xlsx", sheets_of(name, terms))
    return folder


def run(folder: Path, reports: str = '["leverage", "contagion"]', more: str = "", workers: str = "count = 0") -> Batch:
    path = folder / "batch.toml"
    inputs = f'[inputs]\nsystem = "september"\n{more}\n[workers]\n{workers}\n'
    path.write_text(f'outputs = ["json"]\nreports = {reports}\n{inputs}', encoding="utf-8")
    return run_batch(load_settings(path))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Batch]:
    folder = write_system(tmp_path_factory.mktemp("system"))
    return folder, run(folder)


def test_each_submission_is_reported_on_and_the_system_at_the_end(done: tuple[Path, Batch]) -> None:
    folder, batch = done
    places = {result.unit: (result.status, result.place) for result in batch.results}
    assert places == {
        **{f"september/{name}.xlsx": ("done", f"2026-09-30/{lei}/v01") for name, lei in LEIS.items()},
        "september": ("done", f"{SYSTEM}/v01"),
    }
    content = json.loads((folder / "out" / batch.place / "batch.json").read_bytes())
    assert content["reports"] == ["leverage", "contagion"]
    system = next(unit for unit in content["units"] if unit["unit"] == "september")
    assert system["links"]["figures"] == f"../../../{SYSTEM}/v01/figures.json"
    assert system["key_figures"]
    manifest = json.loads((folder / "out" / SYSTEM / "v01" / "manifest.json").read_bytes())
    assert manifest["options"]["report"] == "contagion"
    assert [entry["path"] for entry in manifest["inputs"]] == ["A.xlsx", "B.xlsx", "C.xlsx"]


def test_a_rerun_passes_over_the_system_too_and_a_changed_member_makes_it_again(done: tuple[Path, Batch]) -> None:
    folder, _ = done
    before = lasting(folder / "out")
    again = run(folder)
    assert again.unchanged == {result.unit for result in again.results}
    assert lasting(folder / "out") == before
    other = folder.parent / "changed"
    shutil.copytree(folder, other)
    write_workbook(other / "september" / "B.xlsx", sheets_of("B", {**TERMS["B"], "equity": 4_000}))
    batch = run(other)
    assert batch.unchanged == {"september/A.xlsx", "september/C.xlsx"}
    manifest = json.loads((other / "out" / SYSTEM / "v02" / "manifest.json").read_bytes())
    assert manifest["replaces"]["changes"] == {"data": ["B.xlsx changed"]}


def test_processes_make_the_same_bytes(done: tuple[Path, Batch], tmp_path: Path) -> None:
    folder, _ = done
    shutil.copytree(folder / "september", tmp_path / "september")
    run(tmp_path, workers="count = 2")
    assert lasting(tmp_path / "out") == lasting(folder / "out")


def test_a_member_that_is_rejected_rejects_the_system_and_no_other(tmp_path: Path) -> None:
    write_system(tmp_path)
    write_workbook(tmp_path / "september" / "C.xlsx", sheets_of("C", {**TERMS["C"], "total_assets": -1}))
    batch = run(tmp_path)
    found = {result.unit: result.status for result in batch.results}
    assert found == {
        "september/A.xlsx": "done", "september/B.xlsx": "done", "september/C.xlsx": "rejected", "september": "rejected",
    }  # fmt: skip
    (system,) = [result for result in batch.results if result.unit == "september"]
    assert "C.xlsx" in json.dumps(system.problems)
    assert run(tmp_path).unchanged == set(found)


def test_left_out_where_partial_a_rejected_member_is_an_input_all_the_same(tmp_path: Path) -> None:
    write_system(tmp_path)
    path = write_workbook(tmp_path / "september" / "C.xlsx", sheets_of("C", {**TERMS["C"], "total_assets": -1}))
    partial = "[options]\npartial = true\n"
    assert run(tmp_path, '["contagion"]', partial).results[0].status == "done"
    assert run(tmp_path, '["contagion"]', partial).unchanged == {"september"}
    manifest = json.loads((tmp_path / "out" / SYSTEM / "v01" / "manifest.json").read_bytes())
    assert [entry["path"] for entry in manifest["inputs"]] == ["A.xlsx", "B.xlsx", "C.xlsx"]
    write_workbook(path, sheets_of("C", {**TERMS["C"], "total_assets": -2}))
    assert run(tmp_path, '["contagion"]', partial).results[0].place == f"{SYSTEM}/v02"


def test_a_member_without_files_is_seen_when_it_comes_and_when_it_goes(tmp_path: Path) -> None:
    write_system(tmp_path)
    assert run(tmp_path, '["contagion"]').results[0].status == "done"
    (tmp_path / "september" / "nothing").mkdir()
    assert run(tmp_path, '["contagion"]').results[0].status == "rejected"
    (tmp_path / "september" / "nothing").rmdir()
    assert run(tmp_path, '["contagion"]').results[0].status == "done"


@pytest.mark.parametrize("entry", ["nothing/", "notes.txt"])
def test_an_entry_that_is_only_named_is_part_of_what_a_run_is_made_from(tmp_path: Path, entry: str) -> None:
    folder = write_system(tmp_path) / "september"
    asked = Options(report="contagion", outputs=("json",), partial=True)
    assert run_unit(folder, tmp_path / "out", asked).folder.name == "v01"
    path = folder / entry
    path.mkdir() if entry.endswith("/") else path.write_text("a note", encoding="utf-8")
    run_folder = run_unit(folder, tmp_path / "out", asked).folder
    assert run_folder.name == "v02"
    manifest = json.loads((run_folder / "manifest.json").read_bytes())
    assert manifest["inputs"][-1] == {"path": entry.strip("/"), "bytes": 6 * (entry == "notes.txt"), "sha256": ""}
    assert find_submission(manifest, (folder,)) == folder


def test_a_member_that_comes_while_the_system_is_read_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_system(tmp_path) / "september"
    real = load_system

    def slow(path: Path, **more: Any) -> Any:
        found = real(path, **more)
        write_workbook(folder / "D.xlsx", sheets_of("B", TERMS["B"]))
        return found

    monkeypatch.setattr(systems, "load_system", slow)
    with pytest.raises(InputChangedError, match=r"D\.xlsx changed while the run was at work"):
        run_unit(folder, tmp_path / "out", Options(report="contagion", outputs=("json",)))


@pytest.mark.parametrize("name", ["A\u00a01.xlsx", "A\n1.xlsx"])
def test_a_member_whose_name_cannot_be_printed_as_it_is_changes_nothing(tmp_path: Path, name: str) -> None:
    write_system(tmp_path)
    (tmp_path / "september" / "A.xlsx").rename(tmp_path / "september" / name)
    assert {result.status for result in run(tmp_path).results} == {"done"}
    assert len(run(tmp_path).unchanged) == 4


def test_two_members_whose_names_are_printed_alike_are_refused(tmp_path: Path) -> None:
    write_system(tmp_path)
    (tmp_path / "september" / "A.xlsx").rename(tmp_path / "september" / "a\nb.xlsx")
    (tmp_path / "september" / "B.xlsx").rename(tmp_path / "september" / "a\\nb.xlsx")
    with pytest.raises(SettingsFault, match="the names of two submissions are both printed as"):
        run(tmp_path)


def test_only_what_was_asked_for_is_made(tmp_path: Path) -> None:
    write_system(tmp_path)
    assert [result.unit for result in run(tmp_path, '["contagion"]').results] == ["september"]
    shutil.rmtree(tmp_path / "out")
    assert [result.unit for result in run(tmp_path, '["leverage"]').results] == [
        f"september/{name}.xlsx" for name in "ABC"
    ]


def test_a_plan_checks_the_system_and_writes_nothing(tmp_path: Path) -> None:
    write_system(tmp_path)
    path = tmp_path / "batch.toml"
    path.write_text('reports = ["contagion"]\n[inputs]\nsystem = "september"\n[workers]\ncount = 0\n', "utf-8")
    before = snapshot(tmp_path)
    (result,) = plan_batch(load_settings(path)).results
    assert (result.status, result.place) == ("checked", SYSTEM)
    assert snapshot(tmp_path) == before


def test_nodes_and_edges_take_a_report_on_the_system_only(tmp_path: Path) -> None:
    (tmp_path / "september").mkdir()
    write_network(tmp_path / "september", {"A": {}, "B": {}, "C": {}}, [("A", "B", 60.0, ""), ("B", "C", 30.0, "")])
    (result,) = run(tmp_path, '["contagion"]', "[options]\ndate = 2026-09-30\n").results
    assert (result.status, result.place) == ("done", f"{SYSTEM}/v01")
    with pytest.raises(SettingsFault, match="holds nodes and edges, no submissions"):
        run(tmp_path, '["leverage", "contagion"]', "[options]\ndate = 2026-09-30\n")


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ('system = "septembre"', "inputs.system: septembre does not exist, did you mean september"),
        ('system = "*"', "inputs.system names 2 folders, must name one"),
    ],
)
def test_a_system_that_is_not_one_folder_is_refused(tmp_path: Path, inputs: str, told: str) -> None:
    write_system(tmp_path)
    (tmp_path / "october").mkdir()
    settings = read_settings(f'reports = ["contagion"]\n[inputs]\n{inputs}\n', tmp_path / "batch.toml")
    with pytest.raises(SettingsFault) as raised:
        find_submissions(settings)
    assert told in str(raised.value)


@pytest.mark.parametrize("out", ["september", "september/out"])
def test_an_output_root_inside_the_system_is_refused(tmp_path: Path, out: str) -> None:
    write_system(tmp_path)
    text = f'reports = ["contagion"]\nout = "{out}"\n[inputs]\nsystem = "september"\n'
    with pytest.raises(SettingsFault, match="september holds the output root"):
        find_submissions(read_settings(text, tmp_path / "batch.toml"))


def test_the_inputs_of_a_masked_run_are_found_by_what_is_in_them(tmp_path: Path) -> None:
    write_system(tmp_path)
    asked = Options(report="contagion", outputs=("json",), system=SystemOptions(anonymise=True))
    folder = run_unit(tmp_path / "september", tmp_path / "out", asked).folder
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert not any("A.xlsx" in entry["path"] for entry in manifest["inputs"])
    assert find_submission(manifest, (tmp_path / "out", tmp_path / "september")) == tmp_path / "september"
    write_workbook(tmp_path / "september" / "A.xlsx", sheets_of("A", {**TERMS["A"], "equity": 4_000}))
    assert find_submission(manifest, (tmp_path / "september",)) is None


def test_runs_on_systems_are_replayed_to_the_same_bytes_masked_ones_too(
    done: tuple[Path, Batch], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = done[0], tmp_path / "out"
    for masked in (False, True):
        asked = Options(report="contagion", outputs=("json",), system=SystemOptions(anonymise=masked))
        log_run(out, run_unit(folder / "september", out, asked), 1.0, folder / "september", asked)
    assert main(["verify", str(out), "--replay"]) == 0
    assert "2 runs, 10 files, 6 inputs: all as they were written" in capsys.readouterr().out


def test_a_system_below_the_output_root_is_refused(tmp_path: Path) -> None:
    write_system(tmp_path / "out")
    text = 'reports = ["leverage", "contagion"]\nout = "out"\n[inputs]\nsystem = "out/september"\n'
    with pytest.raises(SettingsFault, match="out/september lies below the output root"):
        find_submissions(read_settings(text, tmp_path / "batch.toml"))


@pytest.mark.parametrize(
    ("before", "options", "told"),
    [("", "overrides = true", "options.overrides is given"), ('jurisdiction = "eu"', "", "jurisdiction is given")],
)
def test_what_a_report_on_a_system_does_not_heed_is_refused_beside_it(
    tmp_path: Path, before: str, options: str, told: str
) -> None:
    text = f'reports = ["leverage", "contagion"]\n{before}\n[inputs]\nsystem = "september"\n[options]\n{options}\n'
    with pytest.raises(SettingsFault, match=f"{told}, but contagion is about a system"):
        read_settings(text, tmp_path / "batch.toml")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: write_workbook(folder / "D.xlsx", sheets_of("B", TERMS["B"])), "D.xlsx came; run"),
        (lambda folder: (folder / "B.xlsx").unlink(), "september/B.xlsx went or changed; run"),
    ],
)
def test_a_system_of_other_submissions_than_were_reported_on_is_not_made(
    tmp_path: Path, change: Callable[[Path], object], told: str
) -> None:
    folder = write_system(tmp_path)
    path = folder / "batch.toml"
    path.write_text(
        'outputs = ["json"]\nreports = ["leverage", "contagion"]\n'
        '[inputs]\nsystem = "september"\n[workers]\ncount = 0\n',
        encoding="utf-8",
    )

    def tell(event: Event) -> None:
        if event.what == "done" and event.unit == "september/C.xlsx":
            change(folder / "september")

    batch = run_batch(load_settings(path), tell=tell)
    (system,) = [result for result in batch.results if result.unit == "september"]
    assert (system.status, system.kind) == ("failed", "changed")
    assert told in system.message


def test_the_page_has_a_table_for_the_system_with_key_figures_of_its_own(done: tuple[Path, Batch]) -> None:
    folder, batch = done
    page = (folder / "out" / batch.place / "index.html").read_text("utf-8")
    assert "<b>3</b>submissions" in page
    assert "<b>1</b>system<" in page
    systems = page[page.index('<table id="systems">') :]
    content = json.loads((folder / "out" / batch.place / "batch.json").read_bytes())
    (unit,) = [unit for unit in content["units"] if unit["about"] == "system"]
    for key in unit["key_figures"][:3]:
        assert f">{key['label']}</th>" in systems
        assert key["current"]["text"] in systems


def test_two_runs_on_a_system_differ_by_the_rule_that_was_asked_for(tmp_path: Path) -> None:
    folder = write_system(tmp_path) / "september"
    old, new = (
        run_unit(
            folder, tmp_path / "out", Options(report="contagion", outputs=("json",), system=SystemOptions(rule=rule))
        )
        for rule in ("lender", "borrower")
    )
    found = compare_runs(old.folder, new.folder)
    assert any("borrower" in text for text in found.causes.options)
    assert all("those of a system stand there only" in text for text in found.remarks)


def test_a_workbook_is_no_folder_of_submissions(tmp_path: Path) -> None:
    write_system(tmp_path)
    text = 'reports = ["leverage", "contagion"]\n[inputs]\nsystem = "september/A.xlsx"\n'
    with pytest.raises(SettingsFault, match=r"september/A.xlsx is a file, must be a folder of submissions"):
        find_submissions(read_settings(text, tmp_path / "batch.toml"))


def test_a_pipe_among_nodes_and_edges_is_told_at_its_name(tmp_path: Path) -> None:
    write_network(tmp_path, {"A": {}, "B": {}}, [("A", "B", 60.0, "")])
    (tmp_path / "edges.csv").unlink()
    os.mkfifo(tmp_path / "edges.csv")
    with pytest.raises(InputRejected) as rejected:
        load_system(tmp_path)
    assert any(problem.where.file == "edges.csv" for breach in rejected.value.breaches for problem in breach.problems)


def test_what_the_system_cannot_open_is_told_without_the_folders_of_this_machine(tmp_path: Path) -> None:
    write_system(tmp_path)
    (tmp_path / "september" / "gone.xlsx").symlink_to(tmp_path / "nowhere.xlsx")
    batch = run(tmp_path)
    assert {result.unit: result.status for result in batch.results}["september/A.xlsx"] == "done"
    told = {result.unit: result.message for result in batch.results if result.status == "failed"}
    assert told == dict.fromkeys(("september", "september/gone.xlsx"), "gone.xlsx: No such file or directory")
