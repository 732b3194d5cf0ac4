"""Verifying finds whatever was changed since it was written, and says what it did not look at."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from reporting.batch import Outcome, log_run
from reporting.batch.chain import Head, read_head
from reporting.batch.folder import MANIFEST, SEAL, Folder, write_run
from reporting.batch.place import HEAD, LOG
from reporting.batch.replay import replay_all
from reporting.batch.verify import verify
from reporting.intake.limits import Limits
from tests.batch.runs import changed_sheets, of_day, rewritten, run_of
from tests.factories import LEI, base_sheets, write_workbook

V01 = f"2026-09-30/{LEI}/v01"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output root with three runs and a log of four lines."""
    out = tmp_path_factory.mktemp("verify") / "out"
    run_of(of_day(date(2026, 6, 30)), out, "june.xlsx")
    run_of(base_sheets(), out, "september.xlsx")
    run_of(changed_sheets(), out, "corrected.xlsx")
    run_of(None, out, "corrected.xlsx")
    return out


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "out")


def found(root: Path, **asked: object) -> list[str]:
    return [str(finding) for finding in verify(root, **asked).findings]  # type: ignore[arg-type]


def test_what_was_not_touched_is_as_it_was_written(made: Path) -> None:
    verified = verify(made)
    assert verified.findings == ()
    assert [run.name for run in verified.runs] == [f"2026-06-30/{LEI}/v01", V01, f"2026-09-30/{LEI}/v02"]
    assert (verified.files, verified.inputs) == (15, 3)
    assert verified.head is not None
    assert verified.head.lines == 4
    assert verified.unseen == ()


# --- Random harm -----------------------------------------------------------------------------------------------------


def snapshot(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def change_a_byte(draw: random.Random, root: Path, files: list[Path]) -> str:
    path = draw.choice(files)
    data = bytearray(path.read_bytes())
    place = draw.randrange(len(data))
    data[place] ^= draw.randrange(1, 256)
    path.write_bytes(data)
    return f"byte {place} of {path}"


def swap_two_bytes(draw: random.Random, root: Path, files: list[Path]) -> str:
    path = draw.choice(files)
    data = bytearray(path.read_bytes())
    one, other = draw.randrange(len(data)), draw.randrange(len(data))
    data[one], data[other] = data[other], data[one]
    path.write_bytes(data)
    return f"bytes {one} and {other} of {path}"


def delete_a_byte(draw: random.Random, root: Path, files: list[Path]) -> str:
    path = draw.choice(files)
    data = bytearray(path.read_bytes())
    place = draw.randrange(len(data))
    del data[place]
    path.write_bytes(data)
    return f"without byte {place} of {path}"


def delete_a_file(draw: random.Random, root: Path, files: list[Path]) -> str:
    path = draw.choice(files)
    path.unlink()
    return f"without {path}"


def swap_two_files(draw: random.Random, root: Path, files: list[Path]) -> str:
    one, other = draw.sample(files, 2)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    return f"{one} and {other} swapped"


def delete_or_swap_lines(draw: random.Random, root: Path, files: list[Path]) -> str:
    lines = (root / LOG).read_bytes().splitlines(keepends=True)
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    if one == other:
        del lines[one]
    else:
        lines[one], lines[other] = lines[other], lines[one]
    (root / LOG).write_bytes(b"".join(lines))
    return f"lines {one} and {other} of the log"


def swap_two_runs(draw: random.Random, root: Path, files: list[Path]) -> str:
    one, other = draw.sample(sorted(root.glob("*/*/v*")), 2)
    aside = root / "aside"
    one.rename(aside)
    other.rename(one)
    aside.rename(other)
    return f"{one} and {other} swapped"


def delete_a_run(draw: random.Random, root: Path, files: list[Path]) -> str:
    run = draw.choice(sorted(root.glob("*/*/v*")))
    shutil.rmtree(run)
    return f"without {run}"


Harm = Callable[[random.Random, Path, list[Path]], str]
HARMS: tuple[Harm, ...] = (
    change_a_byte, change_a_byte, change_a_byte, swap_two_bytes, delete_a_byte, delete_a_file, swap_two_files,
    delete_or_swap_lines, swap_two_runs, delete_a_run,
)  # fmt: skip


def harmed(root: Path, number: int) -> Iterator[str]:
    """Harm done to the root, one at a time, each undone before the next; none that leaves all bytes as they were."""
    draw = random.Random(20260930)
    before = snapshot(root)
    done = 0
    while done < number:
        what = draw.choice(HARMS)(draw, root, sorted(before))
        if snapshot(root) != before:
            done += 1
            yield what
        for path in sorted(root.glob("*/*/v*")):
            shutil.rmtree(path)
        for path, data in before.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


@pytest.mark.parametrize("number", [200, pytest.param(1000, marks=pytest.mark.slow)])
def test_random_changes_deletions_and_swaps_are_all_found(root: Path, number: int) -> None:
    missed = [what for what in harmed(root, number) if not verify(root).findings]
    assert missed == []
    assert verify(root).findings == ()


# --- Each kind of harm, in words -------------------------------------------------------------------------------------


def test_a_changed_output_is_named(root: Path) -> None:
    (root / V01 / "problems.json").write_bytes(b"{}")
    (told,) = found(root)
    assert told.startswith(f"{V01}/problems.json: was changed: its SHA-256 is ")


def test_a_file_that_no_run_wrote_is_named(root: Path) -> None:
    (root / V01 / "note.txt").write_text("added", encoding="utf-8")
    (root / V01).parent.joinpath("extra.pdf").write_bytes(b"%PDF")
    (root / "2026-12-31").write_text("no folder", encoding="utf-8")
    assert found(root) == [
        f"{V01}/note.txt: was not written by the run",
        f"2026-09-30/{LEI}/extra.pdf: was not written by a run",
        "2026-12-31: is a file, must be a folder of runs",
    ]


def test_a_link_in_place_of_an_output_is_named(root: Path, tmp_path: Path) -> None:
    path = root / V01 / "figures.json"
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    assert found(root) == [f"{V01}/figures.json: is a link, must be the file that the run wrote"]


def test_an_output_changed_together_with_its_manifest_is_found(root: Path) -> None:
    content = json.loads((root / V01 / "figures.json").read_bytes())
    content["figures"][0]["value"] = 1
    rewritten(root / V01, figures_json=content)
    assert found(root) == [
        f"{V01}/{MANIFEST}: its SHA-256 is not the one in {LOG}",
        f"{V01}/{SEAL}: its SHA-256 is not the one in {LOG}",
    ]


def test_a_log_made_shorter_with_a_fitting_head_is_found_by_what_later_runs_saw(root: Path) -> None:
    lines = (root / LOG).read_bytes().splitlines(keepends=True)
    (root / LOG).write_bytes(lines[0])
    (root / HEAD).write_bytes(Head(1, sha256(lines[0]).hexdigest()).as_json())
    told = found(root)
    assert f"{LOG}: has 1 lines; when 2026-09-30/{LEI}/v02 began it had 2" in told
    assert f"{V01}: no line of {LOG} names it" in told


def test_a_log_without_its_last_line_is_found_by_a_head_noted_elsewhere(root: Path) -> None:
    """The last line is of a run that made nothing, so no run folder misses it."""
    noted = verify(root).head
    assert noted is not None
    lines = (root / LOG).read_bytes().splitlines(keepends=True)[:3]
    (root / LOG).write_bytes(b"".join(lines))
    (root / HEAD).write_bytes(Head(3, sha256(lines[-1]).hexdigest()).as_json())
    assert found(root) == []
    assert found(root, head=noted.sha256) == [
        f"{LOG}: no line has the SHA-256 {noted.sha256}: lines were lost or changed"
    ]


def test_a_log_that_is_gone_is_found(root: Path) -> None:
    (root / LOG).unlink()
    assert f"{LOG}: is not there" in found(root)


def test_a_run_that_nobody_logged_is_found_and_running_it_again_mends_that(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder = run_of(base_sheets(), out)
    for name in (LOG, HEAD):
        (out / name).unlink()
    assert f"{folder.relative_to(out).as_posix()}: no line of {LOG} names it" in found(out)
    assert run_of(None, out) == folder
    assert found(out) == []


# --- Inputs ----------------------------------------------------------------------------------------------------------


def test_inputs_are_looked_for_where_the_log_says(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_of(base_sheets(), out)
    path = tmp_path / "in" / "bank.xlsx"
    data = path.read_bytes()
    path.write_bytes(data + b"x")
    (told,) = found(out)
    assert told.startswith(f"{V01}: its input bank.xlsx was changed: the SHA-256 in ")
    path.unlink()
    verified = verify(out)
    assert verified.findings == ()
    assert verified.unseen == (f"bank.xlsx of {V01}: not at {path}",)


def test_an_input_that_a_later_run_replaced_is_no_finding(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_of(base_sheets(), out)
    run_of(changed_sheets(), out)
    verified = verify(out)
    assert verified.findings == ()
    v02 = f"2026-09-30/{LEI}/v02"
    assert verified.unseen == (f"bank.xlsx of {V01}: what stands in {tmp_path / 'in'} is the input of {v02} now",)


def test_inputs_are_found_in_a_folder_that_someone_names(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_of(base_sheets(), out)
    archive = tmp_path / "archive"
    (archive / "deep" / "down").mkdir(parents=True)
    write_workbook(archive / "bank.xlsx", changed_sheets())
    assert "was changed" in found(out, inputs=archive)[0]
    shutil.move(tmp_path / "in" / "bank.xlsx", archive / "deep" / "down" / "bank.xlsx")
    assert found(out, inputs=archive) == []
    assert found(out, inputs=tmp_path / "out" / "2026-09-30") == [
        f"{V01}: its input bank.xlsx is not in {tmp_path / 'out' / '2026-09-30'}"
    ]


# --- What is verified ------------------------------------------------------------------------------------------------


def test_a_run_that_was_moved_away_is_verified_without_its_log(root: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(root / V01, tmp_path / "a" / "b" / "moved")
    verified = verify(moved)
    assert verified.findings == ()
    assert any("the log of runs" in text for text in verified.unseen)
    (moved / "figures.json").write_bytes(b"")
    assert len(verify(moved).findings) == 1


def test_one_run_is_verified_with_its_log_but_not_its_neighbours(root: Path) -> None:
    (root / V01 / "figures.json").write_bytes(b"")
    assert verify(root / f"2026-09-30/{LEI}/v02").findings == ()
    assert [finding.where for finding in verify(root / V01).findings] == [f"{V01}/figures.json"]
    assert [run.name for run in verify((root / V01).parent).runs] == [V01, f"2026-09-30/{LEI}/v02"]


def test_what_a_batch_says_of_itself_is_verified_like_a_run(made: Path, tmp_path: Path) -> None:
    out = shutil.copytree(made, tmp_path / "out")
    manifest = {"run_id": "r", "batch": "all", "inputs": [{"path": "a.xlsx", "sha256": "a run id"}]}
    folder, _ = write_run(out / "batches" / "all", Folder({"index.html": b"<p>"}, manifest, read_head(out)))
    log_run(out, Outcome(folder, "r", True, ()), 0.1)
    verified = verify(out)
    assert verified.findings == ()
    assert (len(verified.runs), verified.inputs) == (4, 3)
    findings, unseen = replay_all(folder, verify(folder), None, Limits())
    assert findings == ()
    assert unseen == ("batches/all/v01: not replayed, for a batch makes it from its runs",)
    (folder / "index.html").write_bytes(b"<q>")
    assert [finding.where for finding in verify(out).findings] == ["batches/all/v01/index.html"]
    shutil.rmtree(folder)
    assert found(out) == [f"batches/all/v01: is not there; {LOG} says that it was written"]


def test_a_folder_that_is_neither_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither a run folder nor an output root"):
        verify(tmp_path)


def test_what_no_manifest_names_is_said_not_to_be_looked_at(root: Path) -> None:
    (root / "index.html").write_text("", encoding="utf-8")
    (root / "2026-09-30" / LEI / ".writing-x").mkdir()
    verified = verify(root)
    assert verified.findings == ()
    assert verified.unseen == ("index.html: no manifest names it",)
