"""What dead processes left behind is taken away, and nothing else, whoever is at work beside."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reporting.batch.leftovers import hidden_prefix, sweep


@pytest.fixture(scope="module")
def dead_prefix() -> str:
    """The hidden prefix of a process that has ended."""
    asks = "from reporting.batch.leftovers import hidden_prefix; print(hidden_prefix())"
    return subprocess.run([sys.executable, "-c", asks], capture_output=True, check=True, text=True).stdout.strip()


def test_files_and_folders_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path, dead_prefix: str) -> None:
    parent = tmp_path / "2026-09-30" / "LEI"
    (parent / f"{dead_prefix}a" / "deep").mkdir(parents=True)
    (parent / f"{hidden_prefix()}b").mkdir()
    units = tmp_path / ".batch" / "units"
    units.mkdir(parents=True)
    (units / f"{dead_prefix}c").write_bytes(b"half")
    (units / "key.json").write_bytes(b"whole")
    (parent / ".writing-elsewhere-1-d").mkdir()
    assert sweep(tmp_path) == 2
    left = {path.name for path in tmp_path.rglob("*")}
    assert left == {"2026-09-30", "LEI", f"{hidden_prefix()}b", ".batch", "units", "key.json", ".writing-elsewhere-1-d"}


def test_nothing_behind_a_link_is_taken_away(tmp_path: Path, dead_prefix: str) -> None:
    (tmp_path / "elsewhere" / f"{dead_prefix}a").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "link").symlink_to(tmp_path / "elsewhere")
    assert sweep(tmp_path / "out") == 0
    assert (tmp_path / "elsewhere" / f"{dead_prefix}a").is_dir()


def test_a_folder_that_goes_while_it_is_looked_through_stops_nothing(
    tmp_path: Path, dead_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / f"{dead_prefix}a").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    real = Path.iterdir

    def listed(folder: Path) -> Iterator[Path]:
        found = list(real(folder))
        if folder == tmp_path:
            shutil.rmtree(tmp_path / "b")
        return iter(found)

    monkeypatch.setattr(Path, "iterdir", listed)
    assert sweep(tmp_path) == 1
