"""What is remembered between batches is only a hint: whatever is in it, no wrong run is believed."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reporting.batch import Options, run_unit
from reporting.batch.chain import Head
from reporting.batch.folder import seal_bytes
from reporting.batch.logged import AlteredRunError
from reporting.batch.program import program_digest
from reporting.batch.run import run_batch
from reporting.batch.task import limits_text
from reporting.intake.limits import Limits
from tests.batch.batches import bank, banks, lasting, lei_of, runs_of, settings


def records(root: Path) -> list[Path]:
    return sorted((root / ".batch" / "units").iterdir())


@pytest.fixture
def done(tmp_path: Path) -> Path:
    """A folder with a finished batch of a good and a rejected submission."""
    banks(tmp_path, 1)
    bank(tmp_path / "in" / "bank2.xlsx", 2, amount=-4)
    run_batch(settings(tmp_path))
    return tmp_path


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b'{"sha256": 1}', b"\xff", b"[" * 100_000])
def test_a_record_that_is_none_is_made_anew(done: Path, content: bytes) -> None:
    before = {path: path.read_bytes() for path in records(done / "out")}
    outputs = lasting(done / "out")
    for path in before:
        path.write_bytes(content)
    again = run_batch(settings(done))
    assert again.unchanged == set()
    assert [result.made for result in again.results] == [False, False]
    assert {path: path.read_bytes() for path in records(done / "out")} == before
    assert lasting(done / "out") == outputs


def test_records_changed_at_random_never_change_an_output(done: Path) -> None:
    rng = random.Random(7)
    outputs = lasting(done / "out")
    for _ in range(20):
        path = rng.choice(records(done / "out"))
        data = bytearray(path.read_bytes())
        where = rng.randrange(len(data))
        data[where] ^= rng.randrange(1, 256)
        path.write_bytes(data[:where] if rng.random() < 0.3 else data)
        batch = run_batch(settings(done))
        assert [result.status for result in batch.results] == ["done", "rejected"]
        assert lasting(done / "out") == outputs


def test_a_record_of_another_submission_put_in_its_place_is_not_believed(tmp_path: Path) -> None:
    banks(tmp_path, 1, 2)
    run_batch(settings(tmp_path))
    one, two = records(tmp_path / "out")
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    batch = run_batch(settings(tmp_path))
    assert batch.unchanged == set()
    assert [result.lei for result in batch.results] == [lei_of(1), lei_of(2)]


def test_a_record_that_names_the_run_of_another_is_not_believed_though_its_hash_is_right(tmp_path: Path) -> None:
    from reporting.batch.state import _digest

    banks(tmp_path, 1, 2)
    run_batch(settings(tmp_path))
    for path in records(tmp_path / "out"):
        content = json.loads(path.read_text("ascii"))["content"]
        content["place"] = f"2026-09-30/{lei_of(1)}/v01"
        path.write_text(json.dumps({"sha256": _digest(content), "content": content}), "ascii")
    assert run_batch(settings(tmp_path)).unchanged == {"in/bank1.xlsx"}
    assert runs_of(tmp_path / "out") == [f"2026-09-30/{lei_of(n)}/v01" for n in (1, 2)]


def test_a_rejection_under_other_limits_is_not_remembered(done: Path) -> None:
    assert run_batch(settings(done)).unchanged == {"in/bank1.xlsx", "in/bank2.xlsx"}
    path = done / "batch.toml"
    path.write_text(path.read_text("utf-8") + "[limits.intake]\nrows = 1000\n", "utf-8")
    from reporting.batch.settings import load_settings

    assert run_batch(load_settings(path)).unchanged == {"in/bank1.xlsx"}


def test_without_the_state_the_same_runs_are_found_again(done: Path) -> None:
    import shutil

    outputs = lasting(done / "out")
    shutil.rmtree(done / "out" / ".batch")
    batch = run_batch(settings(done))
    assert [result.made for result in batch.results] == [False, False]
    assert lasting(done / "out") == outputs


FORGED: Mapping[str, Mapping[str, Any]] = {
    "name": {"institution": {"lei": lei_of(1), "name": "FORGED", "reference_date": "2026-09-30"}},
    "malformed": {"key_figures": [{"x": 1}]},
    "rule": {"problems": {"NOPE": 1}, "key_figures": []},
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_manifest_is_not_believed_and_the_run_is_made_anew(tmp_path: Path, what: str) -> None:
    banks(tmp_path, 1)
    run_batch(settings(tmp_path))
    folder = tmp_path / "out" / "2026-09-30" / lei_of(1)
    forge(folder / "v01" / "manifest.json", FORGED[what])
    batch = run_batch(settings(tmp_path))
    assert [result.place[-3:] for result in batch.results] == ["v02"]
    overview = json.loads((tmp_path / "out" / batch.place / "batch.json").read_bytes())
    assert overview["units"][0]["name"] == "Bank 1"


def test_a_manifest_forged_together_with_its_seal_is_told_by_the_log(tmp_path: Path) -> None:
    banks(tmp_path, 1)
    run_batch(settings(tmp_path))
    folder = tmp_path / "out" / "2026-09-30" / lei_of(1) / "v01"
    data = forge(folder / "manifest.json", FORGED["name"])
    seal = json.loads((folder / "seal.json").read_bytes())
    (folder / "seal.json").write_bytes(seal_bytes(hashlib.sha256(data).hexdigest(), Head(**seal["log"])))
    (result,) = run_batch(settings(tmp_path)).results
    assert (result.status, result.kind) == ("failed", "environment")
    assert "is not what the log says was written there" in result.message
    with pytest.raises(AlteredRunError, match="moved away, it is made anew"):
        run_unit(tmp_path / "in" / "bank1.xlsx", tmp_path / "out", Options(outputs=("json",)))
    folder.rename(tmp_path / "moved")
    assert [result.status for result in run_batch(settings(tmp_path)).results] == ["done"]


def forge(path: Path, changes: Mapping[str, Any]) -> bytes:
    """Write a manifest with changes; returns its bytes."""
    data = json.dumps(json.loads(path.read_bytes()) | dict(changes)).encode()
    path.write_bytes(data)
    return data


@pytest.mark.parametrize(
    "changes",
    [
        {
            "what": "rejected",
            "program": program_digest(),
            "limits": limits_text(Limits()),
            "message": "x",
            "problems": {},
        },
        {"what": "rejected"},
        {"what": "landed", "place": ["x"]},
        {"what": "landed", "place": "../../etc"},
        {"what": "landed"},
        {},
    ],
)
def test_a_forged_record_is_not_believed_though_its_hash_is_right(tmp_path: Path, changes: Mapping[str, Any]) -> None:
    from reporting.batch.state import _digest

    banks(tmp_path, 1)
    run_batch(settings(tmp_path))
    (path,) = records(tmp_path / "out")
    before = path.read_bytes()
    content = {"format": 1, "key": path.stem, **changes}
    path.write_text(json.dumps({"sha256": _digest(content), "content": content}), "ascii")
    (result,) = run_batch(settings(tmp_path)).results
    assert (result.status, result.made) == ("done", False)
    assert path.read_bytes() == before
