"""`reporting verify`: what it prints and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from reporting.cli import main
from tests.batch.runs import run_of
from tests.factories import LEI, base_sheets

Captured = pytest.CaptureFixture[str]
V01 = f"2026-09-30/{LEI}/v01"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("verify") / "out"
    run_of(base_sheets(), out)
    return out


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "out")


def test_what_is_as_it_was_written_is_exit_code_0(root: Path, capsys: Captured) -> None:
    assert main(["verify", str(root)]) == 0
    log, counts = capsys.readouterr().out.splitlines()
    assert log.startswith("log: 1 lines, head ")
    assert counts == "1 run, 5 files, 1 input: all as they were written"
    assert main(["verify", str(root), "--head", log[-64:], "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_a_finding_is_printed_and_is_exit_code_1(root: Path, capsys: Captured) -> None:
    (root / V01 / "figures.json").unlink()
    assert main(["verify", str(root), "-q"]) == 1
    assert capsys.readouterr().out == f"{V01}/figures.json: is not there\n"
    assert main(["verify", str(root / V01), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["findings"] == [{"where": f"{V01}/figures.json", "what": "is not there"}]
    assert found["runs"] == [V01]
    assert found["log"]["lines"] == 1


def test_a_name_with_line_breaks_forges_no_line(root: Path, capsys: Captured) -> None:
    (root / V01 / "x\n1 run, 5 files: all as they were written").write_bytes(b"")
    assert main(["verify", str(root), "-q"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_replay_makes_the_same_bytes(made: Path, capsys: Captured) -> None:
    assert main(["verify", str(made), "--replay", "-q"]) == 0
    assert main(["verify", str(made), "--replay", "--inputs", str(made.parent / "out")]) == 1
    assert "cannot be replayed: its inputs are not in " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{root}x"], "run folder or output root {root}x does not exist, did you mean {root}?"),
        (["{root}/2026-09-30"], "neither a run folder nor an output root"),
        (["{root}", "--head", "abc"], "--head is 'abc', must be the 64 digits that verify printed"),
        (["{root}", "--inputs", "{root}/no"], "folder of inputs {root}/no does not exist"),
    ],
)
def test_a_wrong_argument_is_exit_code_3(arguments: list[str], message: str, root: Path, capsys: Captured) -> None:
    assert main(["verify", *(argument.format(root=root) for argument in arguments)]) == 3
    assert message.format(root=root) in capsys.readouterr().err
