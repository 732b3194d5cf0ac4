"""Commands, exit codes and streams: a contract."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from reporting.cli import main
from tests.factories import LEI, base_sheets, write_workbook

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "good.xlsx", base_sheets())


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    sheets = base_sheets()
    sheets["exposures"][0]["gross_carrying_amount"] = -4
    return write_workbook(tmp_path / "bad.xlsx", sheets)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("run")
    assert (
        main(["run", str(write_workbook(folder / "good.xlsx", base_sheets())), "--out", str(folder / "out"), "-q"]) == 0
    )
    return folder / "out" / "2026-09-30" / LEI / "v01"


def test_check_accepts_good_data(good: Path, capsys: Captured) -> None:
    assert main(["check", str(good)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "no errors, no warnings, no notes\n"


def test_check_rejects_bad_data_with_the_cell(bad: Path, capsys: Captured) -> None:
    assert main(["check", str(bad)]) == 2
    printed = capsys.readouterr()
    assert "  bad.xlsx!exposures!D2: gross_carrying_amount is -4, must be 0 or more [EXP-003]\n" in printed.out
    assert printed.err == "1 error, no warnings, no notes\n"


def test_check_prints_json_on_standard_output(bad: Path, capsys: Captured) -> None:
    assert main(["check", str(bad), "--json", "--quiet"]) == 2
    breaches = json.loads(capsys.readouterr().out)["breaches"]
    assert [(b["rule"], b["count"], b["problems"][0]["column"], b["problems"][0]["rows"]) for b in breaches] == [
        ("EXP-003", 1, "D", "2")
    ]


def test_strict_lets_a_warning_reject(tmp_path: Path) -> None:
    sheets = base_sheets()
    sheets["exposures"][0]["gross_carrying_amount"] = 400_000  # more than total assets
    path = write_workbook(tmp_path / "much.xlsx", sheets)
    assert main(["check", str(path)]) == 0
    assert main(["check", str(path), "--strict"]) == 2


def test_run_prints_the_paths_it_wrote(run: Path, capsys: Captured) -> None:
    names = [
        "figures.json", "figures.parquet", "manifest.json", "problems.json", "report.pdf", "report.xlsx", "seal.json",
    ]  # fmt: skip
    assert sorted(path.name for path in run.iterdir()) == names
    again = ["run", str(run.parents[3] / "good.xlsx"), "--out", str(run.parents[2])]
    assert main(again) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [str(run / name) for name in names]
    assert "unchanged since the last run, nothing was written" in printed.err


def test_the_log_says_who_ran_what(run: Path) -> None:
    lines = [json.loads(line) for line in (run.parents[2] / "runs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines[0]["folder"] == f"2026-09-30/{LEI}/v01"
    assert lines[0]["made"] is True
    assert {"time", "user", "seconds", "run_id"} <= lines[0].keys()


def test_run_rejects_bad_data_and_writes_nothing(bad: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main(["run", str(bad), "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "exposures!D2" in printed.err
    assert not (tmp_path / "out").exists()


def test_partial_goes_on_and_withholds_what_rests_on_the_error(tmp_path: Path) -> None:
    sheets = base_sheets()
    sheets["balance_sheet"][0]["gross_carrying_amount"] = -1
    path = write_workbook(tmp_path / "bad.xlsx", sheets)
    assert main(["run", str(path), "--out", str(tmp_path / "out"), "--partial", "-q"]) == 0
    content = json.loads(next((tmp_path / "out").rglob("figures.json")).read_text(encoding="utf-8"))
    figures = {figure["name"]: figure for figure in content["figures"]}
    assert figures["leverage_ratio"]["value"] is None
    assert (
        "bad.xlsx!balance_sheet!C2: gross_carrying_amount is -1, must be 0 or more [BAL-002]"
        in figures["leverage_ratio"]["reason"]
    )
    assert figures["tier1_capital"]["value"] == 5_000_000


def test_an_override_needs_reason_and_name_and_stands_on_the_first_page(tmp_path: Path, capsys: Captured) -> None:
    sheets = base_sheets()
    sheets["balance_sheet"][0]["loss_allowance_specific"] = -1
    path = write_workbook(tmp_path / "bad.xlsx", sheets)
    overrides = tmp_path / "overrides.yaml"
    overrides.write_text(
        "overrides:\n  - {rule: BAL-003, reason: reversal of the year, name: A. Meier}\n", encoding="utf-8"
    )
    assert main(["run", str(path), "--out", str(tmp_path / "out"), "--overrides", str(overrides), "-q"]) == 0
    overrides.write_text("overrides:\n  - {rule: BAL-003, reason: reversal of the year}\n", encoding="utf-8")
    assert main(["run", str(path), "--out", str(tmp_path / "out"), "--overrides", str(overrides), "-q"]) == 2


def test_dry_run_writes_nothing(good: Path, tmp_path: Path, capsys: Captured) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert main(["run", str(good), "--out", str(tmp_path / "out"), "--dry-run"]) == 0
    assert sorted(tmp_path.rglob("*")) == before
    assert f"out/2026-09-30/{LEI}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chek"], "no command 'chek', did you mean 'check'?"),
        (["run", "{good}", "--ot", "x"], "No such option: --ot"),
        (["run", "{good}", "--report", "levrage"], "no report 'levrage', did you mean 'leverage'?"),
        (["check", "{folder}/god.xlsx"], "did you mean {folder}/good.xlsx?"),
        (["run", "{good}", "--pdf-variant", "a-9"], "--pdf-variant is 'a-9', must be pdf/a-3a or pdf/ua-1"),
        (["run", "{good}", "--previous", "{folder}"], "holds no figures.json"),
        (["rules", "EXP-999"], "no rule 'EXP-999', did you mean 'EXP-"),
        (["parameters", "--jurisdiction", "mars", "--on", "2026-09-30"], "there are basel, eu"),
        (["parameters", "--jurisdiction", "eu", "--on", "30.09.2026"], "must be a day such as 2026-09-30"),
        (["run", "{good}", "--previous", "{good}"], "previous run {good} is a file, must be a folder"),
        (["run", "{good}", "--previous", "x" * 5_000], "xxx... cannot be looked up: File name too long"),
        (["check", "x" * 5_000], "xxx... cannot be looked up: File name too long"),
        (["check", ""], "a path is empty; the working folder is written as a point"),
        (["run", "{good}", "--out", ""], "a path is empty"),
        (["check", "{good}", "--overrides", "{folder}"], "overrides file {folder} is a folder, must be a file"),
        (["check", "{good}", "--limits", "{folder}"], "limits file {folder} is a folder, must be a file"),
        (["check", "{good}", "--limits", "/dev/zero"], "limits file /dev/zero is not a regular file, must be a file"),
        (["run", "{good}", "--templates", "{good}"], "templates folder {good} is a file, must be a folder"),
        (["explain", "{good}"], "run folder {good} is a file, must be a folder"),
        (["explain", "{folder}", "leverage_ratio"], "holds no figures.json"),
        ([], "Usage:"),
    ],
)
def test_a_wrong_argument_is_exit_code_3_with_the_nearest_name(
    arguments: list[str], message: str, good: Path, capsys: Captured
) -> None:
    fill = {"good": str(good), "folder": str(good.parent)}
    assert main([argument.format(**fill) for argument in arguments]) == 3
    assert message.format(**fill) in capsys.readouterr().err


def test_limits_from_a_file_hold_and_a_mistyped_one_is_refused(good: Path, tmp_path: Path, capsys: Captured) -> None:
    limits = tmp_path / "limits.yaml"
    limits.write_text("{file_bytes: 100}\n", encoding="utf-8")
    assert main(["check", str(good), "--limits", str(limits)]) == 2
    limits.write_text("{file_byte: 100}\n", encoding="utf-8")
    assert main(["check", str(good), "--limits", str(limits)]) == 3
    assert "did you mean 'file_bytes'" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_place_for_outputs_that_cannot_be_one_is_said_before_the_work(
    more: list[str], good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    import reporting.batch.unit
    import reporting.portfolio

    def work(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the work began")

    monkeypatch.setattr(reporting.portfolio, "load_portfolio", work)
    monkeypatch.setattr(reporting.batch.unit, "load_portfolio", work)
    (tmp_path / "file").write_text("a file in the way", encoding="utf-8")
    (tmp_path / "out" / "runs.jsonl").mkdir(parents=True)
    told = {"file": "is a file", "out": "the log of runs, is not a regular file", "x" * 5_000: "File name too long"}
    for name, message in told.items():
        assert main(["run", str(good), "--out", str(tmp_path / name), *more]) == 3
        assert message in capsys.readouterr().err
    assert main(["run", str(good), "--out", "/proc/x", *more]) == 4
    assert "the output folder /proc/x cannot be written" in capsys.readouterr().err


def test_a_lei_that_leads_out_of_the_folder_is_rejected(tmp_path: Path, capsys: Captured) -> None:
    sheets = base_sheets()
    sheets["entity"][0]["lei"] = str(tmp_path / "pwn")
    path = write_workbook(tmp_path / "bad.xlsx", sheets)
    for more in ([], ["--dry-run"]):
        assert main(["run", str(path), "--out", str(tmp_path / "out"), "--partial", *more]) == 2
        assert "and would name the folder of the run" in capsys.readouterr().err
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.xlsx"]


def test_a_previous_run_that_was_changed_is_refused_and_a_whole_one_is_part_of_the_run_id(
    tmp_path: Path, capsys: Captured
) -> None:
    sheets = base_sheets()
    later = write_workbook(tmp_path / "later.xlsx", sheets)
    sheets["entity"][0]["reference_date"] = sheets["fx"][0]["date"] = date(2026, 6, 30)
    earlier = write_workbook(tmp_path / "earlier.xlsx", sheets)
    assert main(["run", str(earlier), "--out", str(tmp_path / "out"), "-q"]) == 0
    previous = tmp_path / "out" / "2026-06-30" / LEI / "v01"
    asked = ["run", str(later), "--out", str(tmp_path / "out"), "--previous", str(previous), "-q"]
    assert main(asked) == 0
    manifest = json.loads((tmp_path / "out" / "2026-09-30" / LEI / "v01" / "manifest.json").read_text("utf-8"))
    figures = (previous / "figures.json").read_bytes()
    assert manifest["options"]["previous"]["sha256"] == hashlib.sha256(figures).hexdigest()
    (previous / "figures.json").write_bytes(figures.replace(b'"value": 5000000', b'"value": 9000000'))
    assert main(asked) == 3
    assert "is not the file that the run wrote" in capsys.readouterr().err
    own = json.loads((previous / "manifest.json").read_text("utf-8"))
    changed = (previous / "figures.json").read_bytes()
    own["outputs"][0]["sha256"] = hashlib.sha256(changed).hexdigest()
    (previous / "manifest.json").write_text(json.dumps(own), "utf-8")
    assert main(asked) == 0  # other bytes, vouched for: another run
    assert [p.name for p in sorted((tmp_path / "out" / "2026-09-30" / LEI).iterdir())] == ["v01", "v02"]


def test_two_identical_runs_at_once_make_one_folder(good: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reporting.cli", "run", str(good), "--out", str(tmp_path / "out")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    told = [process.communicate()[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [entry.name for entry in (tmp_path / "out" / "2026-09-30" / LEI).iterdir()] == ["v01"]
    assert sorted("unchanged" in text for text in told) == [False, True]
    made = [json.loads(line)["made"] for line in (tmp_path / "out" / "runs.jsonl").read_text("utf-8").splitlines()]
    assert sorted(made) == [False, True]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_ends_a_command_quietly(bad: Path, unbuffered: str) -> None:
    command = [sys.executable, "-m", "reporting.cli", "check", str(bad)]
    for arguments in (command, [*command[:3], "--help"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            arguments,
            stdout=writer,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
        os.close(writer)
        assert done.returncode == 141
        assert b"Traceback" not in done.stderr
        assert b"BrokenPipe" not in done.stderr


def test_closed_streams_leave_the_exit_code_as_it_is(good: Path, bad: Path) -> None:
    for path, code in ((good, 0), (bad, 2)):
        line = shlex.join([sys.executable, "-m", "reporting.cli", "check", str(path)])
        assert subprocess.run(["/bin/sh", "-c", f"{line} <&- >&- 2>&-"], check=False).returncode == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_exit_code_4(bad: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "reporting.cli", "check", str(bad)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 4
    assert b"No space left on device" in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_explain_lists_the_figures_and_prints_one_down_to_the_cells(run: Path, capsys: Captured) -> None:
    assert main(["explain", str(run)]) == 0
    assert "leverage_ratio  5.59573918 %  (Leverage ratio)" in capsys.readouterr().out
    assert main(["explain", str(run), "leverage_ratio"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("leverage_ratio = 5.59573918 %\n")
    assert "value good.xlsx!balance_sheet!C2:C3 (gross_carrying_amount)" in printed
    assert "UNCONFIRMED" in printed


def test_explain_of_a_table_row_names_only_its_cells(run: Path, capsys: Captured) -> None:
    assert main(["explain", str(run), "off_balance_sheet_by_bucket", "other_commitment"]) == 0
    printed = capsys.readouterr().out
    assert "value good.xlsx!exposures!I3 (nominal)" in printed
    assert "converts good.xlsx!fx!C2 (rate)" in printed
    assert main(["explain", str(run), "off_balance_sheet_by_bucket", "note_issuance_facility"]) == 0
    assert "fx!" not in capsys.readouterr().out


def test_previous_figures_must_be_of_the_same_institution_and_earlier(
    run: Path, good: Path, tmp_path: Path, capsys: Captured
) -> None:
    assert main(["run", str(good), "--out", str(tmp_path / "out"), "--previous", str(run)]) == 3
    assert "the previous run is dated 2026-09-30, not before 2026-09-30" in capsys.readouterr().err


def test_a_fault_of_the_program_is_exit_code_5(good: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    import reporting.portfolio

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(reporting.portfolio, "load_portfolio", broken)
    assert main(["check", str(good)]) == 5
    assert "this is a fault of the program" in capsys.readouterr().err


def test_rules_and_parameters_are_listed_as_text_and_json(capsys: Captured) -> None:
    assert main(["rules"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 100
    assert main(["rules", "exp-003", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["severity"] == "error"
    assert main(["parameters", "--jurisdiction", "eu", "--on", "2026-09-30", "--json"]) == 0
    assert {p["name"] for p in json.loads(capsys.readouterr().out)} >= {
        "minimum_leverage_ratio",
        "credit_conversion_factors",
    }


def test_a_run_folder_that_was_moved_is_explained_as_well(run: Path, tmp_path: Path, capsys: Captured) -> None:
    moved = shutil.copytree(run, tmp_path / "moved")
    assert main(["explain", str(moved), "balance_sheet_lines", "A2"]) == 0
    assert "balance_sheet_lines[A2] = item Intangibles" in capsys.readouterr().out
