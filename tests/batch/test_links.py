"""Below an output root nothing is written, read or waited for through a link or a pipe that somebody put there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from reporting.batch.chain import append
from reporting.batch.chain_lines import read_chain
from reporting.batch.place import HEAD, LOG, PlaceFault
from reporting.batch.roots import LocalRoot
from reporting.batch.run import run_batch
from reporting.batch.verify import verify
from tests.batch.batches import banks, settings, snapshot


def done(folder: Path) -> Path:
    """The output root of a batch of one."""
    banks(folder, 1)
    run_batch(settings(folder))
    return folder / "out"


def outside(folder: Path) -> Path:
    """What a link leads to."""
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "file").write_bytes(b"keep")
    return folder / "elsewhere"


@pytest.mark.parametrize("place", [".batch", ".batch/lock", LOG, HEAD, "batches", "batches/batch", ".batch/units"])
def test_a_link_is_refused_before_anything_is_written_through_it(tmp_path: Path, place: str) -> None:
    out = done(tmp_path)
    there = outside(tmp_path)
    path = out / place
    path.rename(tmp_path / "moved")
    path.symlink_to(there / "file" if place in (".batch/lock", LOG, HEAD) else there)
    before = snapshot(there)
    banks(tmp_path, 2)
    try:
        told: Mapping[str, str] = {fault: fault for fault in run_batch(settings(tmp_path)).faults}
    except PlaceFault as fault:
        told = {str(fault): ""}
    assert any("is a link" in text for text in told)
    assert snapshot(there) == before


@pytest.mark.parametrize("place", ["2026-09-30", "batches", "batches/batch"])
def test_verifying_tells_of_a_link_in_place_of_a_folder(tmp_path: Path, place: str) -> None:
    out = done(tmp_path)
    (out / place).rename(tmp_path / "moved")
    (out / place).symlink_to(tmp_path / "moved")
    findings = [str(finding) for finding in verify(out).findings]
    assert any(finding.startswith(f"{place}: ") for finding in findings), findings


def test_verifying_tells_of_a_log_behind_a_link(tmp_path: Path) -> None:
    out = done(tmp_path)
    (out / LOG).rename(tmp_path / "moved")
    (out / LOG).symlink_to(tmp_path / "moved")
    assert any("is a link" in str(finding) for finding in verify(out).findings)


@pytest.mark.skipif(os.name == "nt", reason="has no named pipes in folders")
def test_nobody_waits_for_a_pipe(tmp_path: Path) -> None:
    out = done(tmp_path)
    run = next((out / "2026-09-30").glob("*/v01"))
    for path in (*(out / ".batch" / "units").iterdir(), run / "seal.json", out / HEAD, tmp_path / "in" / "bank1.xlsx"):
        path.unlink()
        os.mkfifo(path)
    verification = verify(out)
    assert any("seal.json: is not there" in str(finding) for finding in verification.findings)
    assert any(text.startswith("bank1.xlsx of ") for text in verification.unseen)
    with pytest.raises(PlaceFault, match=r"runs\.head\.json, the head of that log, is not a regular file"):
        run_batch(settings(tmp_path))
    assert LocalRoot(out).read(HEAD) is None
    append(out, {"what": "mended"})
    assert (out / HEAD).is_file()
    lines, faults = read_chain(out)
    assert [line.content for line in lines if line.content and line.content.get("what") == "mended"]
    assert len(faults) == 1
