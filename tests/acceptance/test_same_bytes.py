"""The same input gives the same bytes in another process, zone, locale and folder, with other permissions and seeds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.banks import stating_totals
from tests.acceptance.samples import SampleRuns
from tests.factories import write_workbook

CHECKOUT = Path(__file__).parents[2]
OUTPUTS = {"report.pdf", "report.xlsx", "figures.json", "figures.parquet", "problems.json", "manifest.json"}


@dataclass(frozen=True)
class Surroundings:
    """What must not matter."""

    zone: str
    language: str
    hash_seed: str
    umask: int
    others: Mapping[str, str]


HERE = Surroundings("UTC", "C.UTF-8", "0", 0o022, {})
ELSEWHERE = Surroundings(
    "Pacific/Kiritimati",
    "C",
    "4711",
    0o077,
    {"SOURCE_DATE_EPOCH": "86400", "LC_NUMERIC": "de_DE.UTF-8", "COLUMNS": "40"},
)


def run(submission: Path, folder: Path, around: Surroundings, *options: str) -> dict[str, bytes]:
    """The outputs of the command, run in a process of its own that works in `folder` and has its home there."""
    home, out = folder / "home", folder / "out"
    home.mkdir(parents=True)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "TZ": around.zone, "LANG": around.language,
        "LC_ALL": around.language, "PYTHONHASHSEED": around.hash_seed, "PYTHONPATH": str(CHECKOUT), **around.others,
    }  # fmt: skip
    command = [sys.executable, "-m", "reporting.cli", "run", str(submission), "--out", str(out), *options]
    done = subprocess.run(
        command, cwd=home, env=environment, umask=around.umask, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (made,) = out.glob("*/*/v01")
    return outputs(made)


def outputs(folder: Path) -> dict[str, bytes]:
    """All files of a run but its seal, which says what had been run before."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "seal.json"}


def same(left: Mapping[str, bytes], right: Mapping[str, bytes]) -> None:
    assert set(left) == set(right) == OUTPUTS
    assert [name for name in sorted(OUTPUTS) if left[name] != right[name]] == []


@pytest.fixture(scope="module")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sheets = {name: list(rows.values()) for name, rows in stating_totals().items()}
    return write_workbook(tmp_path_factory.mktemp("bank") / "bank.xlsx", sheets)


@pytest.fixture(scope="module")
def made_here(small_bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    return run(small_bank, tmp_path_factory.mktemp("here") / "run", HERE)


def test_surroundings_do_not_change_a_byte(small_bank: Path, made_here: Mapping[str, bytes], tmp_path: Path) -> None:
    copy = tmp_path / "moved" / "to another folder" / small_bank.name
    copy.parent.mkdir(parents=True)
    shutil.copyfile(small_bank, copy)  # with another time of change, too
    same(made_here, run(copy, tmp_path / "elsewhere", ELSEWHERE))


def test_another_input_changes_the_run_id_and_the_bytes(made_here: Mapping[str, bytes], tmp_path: Path) -> None:
    """Without it the test above would also pass for a program that writes the same whatever it reads."""
    sheets = {name: list(rows.values()) for name, rows in stating_totals().items()}
    sheets["own_funds"][-1] = {**sheets["own_funds"][-1], "amount": 121.0}
    other = write_workbook(tmp_path / "bank.xlsx", sheets)
    second = run(other, tmp_path / "second", HERE)
    assert [name for name in OUTPUTS if made_here[name] == second[name]] == ["problems.json"]


@pytest.mark.slow
def test_surroundings_do_not_change_a_byte_of_the_sample(sample: SampleRuns, tmp_path: Path) -> None:
    made = outputs(sample.folder)
    previous = shutil.copytree(sample.previous, tmp_path / "filed")
    same(made, run(sample.submission, tmp_path / "elsewhere", ELSEWHERE, "--previous", str(previous)))
