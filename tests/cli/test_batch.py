"""`reporting batch` and `reporting init`: exit codes, streams and options, row by row."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reporting.batch import unit as batch_unit
from reporting.batch.lock import locked
from reporting.batch.roots import LocalRoot
from reporting.batch.settings import example_text, load_settings
from reporting.cli import main
from tests.batch.batches import bank, banks, batch_file, lei_of, snapshot

Captured = pytest.CaptureFixture[str]
PAGES = ("index.html", "batch.xlsx", "batch.json")


def files(folder: Path) -> list[str]:
    return [f"{folder}/out/batches/batch/v01/{name}" for name in PAGES]


def test_all_done_is_exit_code_0_with_the_pages_on_standard_output(tmp_path: Path, capsys: Captured) -> None:
    banks(tmp_path, 1, 2)
    assert main(["batch", str(batch_file(tmp_path))]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == files(tmp_path)
    lines = printed.err.splitlines()
    assert [re.sub(r"^..:..:..|\(.* s\)$", "", line).strip() for line in lines[:2]] == [
        f"1/2 done in/bank1.xlsx 2026-09-30/{lei_of(1)}/v01",
        f"2/2 done in/bank2.xlsx 2026-09-30/{lei_of(2)}/v01",
    ]
    assert lines[2:] == ["2 submissions: 2 done"]
    assert main(["batch", str(batch_file(tmp_path))]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == files(tmp_path)
    assert printed.err.splitlines()[-1] == "2 submissions: 2 done, 2 of them unchanged since an earlier batch"


def test_some_failed_is_1_and_all_rejected_is_2(tmp_path: Path, capsys: Captured) -> None:
    bank(tmp_path / "in" / "bank1.xlsx", 1, amount=-4)
    assert main(["batch", str(batch_file(tmp_path))]) == 2
    banks(tmp_path, 2)
    assert main(["batch", str(batch_file(tmp_path))]) == 1
    assert "rejected in/bank1.xlsx 1 error in the input, the first: bank1.xlsx!exposures!D2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "arguments", "told"),
    [
        ("nam = 'x'", [], "batch.toml: nam is unknown, did you mean 'name'?"),
        ("", ["--workers", "-1"], "the number of workers is -1"),
        ("", ["--workers", "x"], "Invalid value"),
        ("[inputs]\nfiles = ['in/*.ods']", [], "matches nothing"),
        ("out = 'memry://x'\nlog = 'log'\n[inputs]\nfiles = ['in/*']", [], "is not a kind of store that is known"),
    ],
)
def test_a_wrong_batch_file_or_argument_is_3(
    text: str, arguments: list[str], told: str, tmp_path: Path, capsys: Captured
) -> None:
    banks(tmp_path, 1)
    path = tmp_path / "batch.toml"
    path.write_text(text or "[inputs]\nfiles = ['in/*']\n", "utf-8")
    before = snapshot(tmp_path)
    assert main(["batch", str(path), *arguments]) == 3
    assert told in capsys.readouterr().err
    assert snapshot(tmp_path) == before


def test_a_batch_file_that_is_not_there_is_3_with_the_nearest_name(tmp_path: Path, capsys: Captured) -> None:
    batch_file(tmp_path)
    assert main(["batch", str(tmp_path / "bach.toml")]) == 3
    assert f"did you mean {tmp_path / 'batch.toml'}?" in capsys.readouterr().err


def test_a_root_that_cannot_be_one_is_3_and_one_that_cannot_be_written_is_4(tmp_path: Path, capsys: Captured) -> None:
    banks(tmp_path, 1)
    (tmp_path / "out").write_text("a file in the way", "utf-8")
    for more in ([], ["--dry-run"]):
        assert main(["batch", str(batch_file(tmp_path)), *more]) == 3
        assert "is a file" in capsys.readouterr().err
    assert main(["batch", str(batch_file(tmp_path, 'out = "/proc/x"'))]) == 4
    assert "the output folder /proc/x cannot be written" in capsys.readouterr().err


def test_a_second_batch_on_the_same_root_is_4_and_names_the_process(tmp_path: Path, capsys: Captured) -> None:
    banks(tmp_path, 1)
    path = batch_file(tmp_path)
    with locked(LocalRoot(Path(load_settings(path).out)), wait=False):
        assert main(["batch", str(path)]) == 4
        assert f"another batch is at work on {tmp_path}/out: process {os.getpid()} on " in capsys.readouterr().err
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
        command = [sys.executable, "-m", "reporting.cli", "batch", str(path), "--wait", "-q"]
        waiting = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(5)
        assert not (tmp_path / "out" / "2026-09-30").exists()
    assert waiting.communicate()[0].decode().splitlines() == files(tmp_path)
    assert waiting.returncode == 0


def test_a_fault_of_the_program_is_5_and_is_printed_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    banks(tmp_path, 1)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(batch_unit, "assess", broken)
    assert main(["batch", str(batch_file(tmp_path)), "--quiet"]) == 5
    told = capsys.readouterr().err
    assert re.match(r"failed in/bank1.xlsx ZeroDivisionError: planted \([0-9.]+ s\)\nin/bank1.xlsx:\nTraceback", told)
    assert told.endswith("please report it with the text above\n")


def test_json_is_one_document_on_standard_output(tmp_path: Path, capsys: Captured) -> None:
    banks(tmp_path, 1)
    bank(tmp_path / "in" / "bank2.xlsx", 2, amount=-4)
    assert main(["batch", str(batch_file(tmp_path)), "--json", "--quiet"]) == 1
    printed = capsys.readouterr()
    content: dict[str, Any] = json.loads(printed.out)
    assert (content["exit"], content["files"]) == (1, files(tmp_path))
    assert content["counts"] == {"done": 1, "checked": 0, "rejected": 1, "failed": 0}
    assert [unit["status"] for unit in content["units"]] == ["done", "rejected"]
    assert printed.err.startswith("rejected in/bank2.xlsx 1 error")


def test_quiet_prints_results_and_errors_only(tmp_path: Path, capsys: Captured) -> None:
    banks(tmp_path, 1)
    assert main(["batch", str(batch_file(tmp_path)), "-q"]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == files(tmp_path)
    assert printed.err == ""


def test_a_dry_run_touches_nothing_and_says_what_would_be_done(tmp_path: Path, capsys: Captured) -> None:
    banks(tmp_path, 1, 2)
    bank(tmp_path / "in" / "bank3.xlsx", 3, amount=-4)
    path = batch_file(tmp_path)
    before = snapshot(tmp_path)
    assert main(["batch", str(path), "--dry-run", "--quiet"]) == 1
    assert snapshot(tmp_path) == before
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"in/bank{n}.xlsx: would be written below 2026-09-30/{lei_of(n)}" for n in (1, 2)]
    assert lines[2].startswith("in/bank3.xlsx: rejected: 1 error in the input")
    main(["batch", str(path), "--quiet"])
    before = snapshot(tmp_path)
    capsys.readouterr()
    assert main(["batch", str(path), "--dry-run", "--quiet"]) == 1
    assert snapshot(tmp_path) == before
    *unchanged, rejected = capsys.readouterr().out.splitlines()
    assert unchanged == [f"in/bank{n}.xlsx: unchanged, 2026-09-30/{lei_of(n)}/v01" for n in (1, 2)]
    assert rejected.startswith("in/bank3.xlsx: rejected as before: 1 error in the input")


def test_text_from_data_cannot_look_like_a_line_of_the_log(tmp_path: Path, capsys: Captured) -> None:
    forged = "bank\n12:00:00 done forged\x1b[2J.xlsx"
    bank(tmp_path / "in" / "x.xlsx", 1, amount=-4).rename(tmp_path / "in" / forged)
    assert main(["batch", str(batch_file(tmp_path, files="in/*"))]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "\x1b" not in lines[0]


def test_numpy_is_not_imported_before_the_threads_are_set(project: Path, tmp_path: Path) -> None:
    """Read from what the process saw when numpy was loaded."""
    banks(tmp_path, 1)
    code = (
        "import sys, os, importlib.abc\n"
        "class Spy(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'numpy': print('threads', os.environ.get('OPENBLAS_NUM_THREADS'))\n"
        "sys.meta_path.insert(0, Spy())\n"
        "from reporting.cli import main\n"
        f"sys.exit(main(['batch', {str(batch_file(tmp_path))!r}, '-q']))\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0] == "threads 1"


@pytest.mark.skipif(not Path("/usr/bin/script").exists(), reason="needs the program script, which makes a terminal")
def test_on_a_terminal_there_is_a_bar_with_rate_and_time_left(project: Path, tmp_path: Path) -> None:
    banks(tmp_path, 1, 2)
    command = f"{sys.executable} -m reporting.cli batch {batch_file(tmp_path)}"
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    done = subprocess.run(
        ["/usr/bin/script", "-qec", command, "/dev/null"], cwd=project, env=environment, capture_output=True, check=True
    )
    shown = done.stdout.decode(errors="replace")
    assert "submissions" in shown
    assert "1/2" in shown
    assert "/min" in shown


def test_init_writes_a_batch_file_that_passes_its_own_check_and_never_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "batch"]) == 0
    assert capsys.readouterr().out == "batch.toml\n"
    assert Path("batch.toml").read_text("utf-8") == example_text()
    load_settings(Path("batch.toml"))
    assert main(["init", "batch"]) == 3
    assert "batch.toml is there already and is not written over" in capsys.readouterr().err
    assert main(["init", "batch", "other.toml"]) == 0
    assert main(["init", "bach"]) == 3
    assert "did you mean 'batch'?" in capsys.readouterr().err
