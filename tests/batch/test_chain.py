"""The log of runs: each line holds the hash of the one before, so that no change of it stays unseen."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from reporting.batch import chain
from reporting.batch.chain import Head, append, read_head
from reporting.batch.chain_lines import read_chain
from reporting.batch.place import HEAD, LOG

FORGED = 'x"}\n{"line": 2, "previous": "0"}\n\u2028\x85'


def logged(out: Path, lines: int = 4) -> Path:
    for number in range(lines):
        append(out, {"note": f"entry {number}"})
    return out


def faults(out: Path) -> tuple[str, ...]:
    return read_chain(out)[1]


def test_each_line_holds_the_hash_of_the_line_before(tmp_path: Path) -> None:
    assert read_head(tmp_path) == Head(0, "0" * 64)
    raw = logged(tmp_path).joinpath(LOG).read_bytes().splitlines(keepends=True)
    lines = [json.loads(line) for line in raw]
    hashes = [hashlib.sha256(line).hexdigest() for line in raw]
    assert [line["line"] for line in lines] == [1, 2, 3, 4]
    assert [line["previous"] for line in lines] == ["0" * 64, *hashes[:-1]]
    assert read_head(tmp_path) == Head(4, hashes[-1])
    assert json.loads((tmp_path / HEAD).read_bytes()) == {"lines": 4, "sha256": hashes[-1]}
    assert faults(tmp_path) == ()


def test_a_text_with_line_breaks_makes_no_line(tmp_path: Path) -> None:
    append(tmp_path, {"user": FORGED})
    append(tmp_path, {"user": "\udcff"})  # a byte that is no text, as in a file name
    lines, wrong = read_chain(tmp_path)
    assert wrong == ()
    assert [line.content and line.content["user"] for line in lines] == [FORGED, "\udcff"]
    assert (tmp_path / LOG).read_bytes().isascii()


def test_every_change_of_one_byte_in_log_or_head_is_found(tmp_path: Path) -> None:
    logged(tmp_path, 3)
    for name in (LOG, HEAD):
        whole = (tmp_path / name).read_bytes()
        for place in range(len(whole)):
            changed = bytearray(whole)
            changed[place] ^= 1 << (place % 8)
            (tmp_path / name).write_bytes(changed)
            assert faults(tmp_path), (name, place)
        (tmp_path / name).write_bytes(whole)
    assert faults(tmp_path) == ()


def test_every_line_that_is_taken_out_doubled_or_swapped_is_found(tmp_path: Path) -> None:
    lines = logged(tmp_path, 5).joinpath(LOG).read_bytes().splitlines(keepends=True)
    tried = [[*lines[:n], *lines[n + 1 :]] for n in range(5)] + [[*lines[:n], lines[n], *lines[n:]] for n in range(5)]
    for one, other in combinations(range(5), 2):
        swapped = list(lines)
        swapped[one], swapped[other] = lines[other], lines[one]
        tried.append(swapped)
    tried += [lines[:n] for n in range(5)]
    for content in tried:
        (tmp_path / LOG).write_bytes(b"".join(content))
        assert faults(tmp_path), content


def test_a_head_that_is_gone_is_found(tmp_path: Path) -> None:
    logged(tmp_path).joinpath(HEAD).unlink()
    assert faults(tmp_path) == (f"{HEAD} is not there",)


def test_a_line_whose_writer_died_before_the_head_is_a_line(tmp_path: Path) -> None:
    before = logged(tmp_path, 2).joinpath(HEAD).read_bytes()
    append(tmp_path, {"note": "the last"})
    (tmp_path / HEAD).write_bytes(before)
    assert faults(tmp_path) == ()
    append(tmp_path, {"note": "the next"})
    assert faults(tmp_path) == ()
    assert read_head(tmp_path).lines == 4


def test_part_of_a_line_that_a_dead_writer_left_is_taken_away(tmp_path: Path) -> None:
    logged(tmp_path, 2)
    whole = (tmp_path / LOG).read_bytes()
    (tmp_path / LOG).write_bytes(whole + b'{"line": 3, "prev')
    append(tmp_path, {"note": "the next"})
    assert (tmp_path / LOG).read_bytes().startswith(whole + b'{"line": 3, "previous"')
    assert faults(tmp_path) == ()


def test_a_line_that_lost_its_end_is_never_taken_away(tmp_path: Path) -> None:
    logged(tmp_path, 3)
    cut = (tmp_path / LOG).read_bytes()[:-1]
    (tmp_path / LOG).write_bytes(cut)
    append(tmp_path, {"note": "the next"})
    assert (tmp_path / LOG).read_bytes().startswith(cut + b"\n{")


@pytest.mark.parametrize("harm", ["last line", "first line", "head", "all"])
def test_a_log_that_was_changed_is_written_on_and_says_so_for_ever(tmp_path: Path, harm: str) -> None:
    lines = logged(tmp_path, 4).joinpath(LOG).read_bytes().splitlines(keepends=True)
    if harm == "head":
        (tmp_path / HEAD).write_bytes(b"{}")
    else:
        kept = {"last line": lines[:2], "first line": [b"{}\n", *lines[1:]], "all": []}[harm]
        (tmp_path / LOG).write_bytes(b"".join(kept))
    for _ in range(3):
        append(tmp_path, {"note": "later"})
        assert faults(tmp_path)


def test_a_write_that_fails_leaves_the_log_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logged(tmp_path, 2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    calls, fail_at = 0, 0

    def failing(real: object) -> object:
        def call(*arguments: object) -> object:
            nonlocal calls
            calls += 1
            if calls == fail_at:
                raise OSError(28, "No space left on device")
            return real(*arguments)  # type: ignore[operator]

        return call

    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(Path, "replace", failing(Path.replace))
    monkeypatch.setattr(chain, "_write_all", failing(chain._write_all))
    for number in range(1, 10):
        calls, fail_at = 0, number
        try:
            append(tmp_path, {"note": "new"})
        except OSError:
            assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
        else:
            assert number > 4
            return
    pytest.fail("the shim never stopped failing")


def test_writers_at_the_same_time_make_one_chain(tmp_path: Path, project: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from reporting.batch.chain import append\n"
        "for n in range(40): append(Path(sys.argv[1]), {'who': sys.argv[2], 'n': n})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)], cwd=project) for n in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    lines, wrong = read_chain(tmp_path)
    assert wrong == ()
    for who in "012":
        own = [line.content["n"] for line in lines if line.content and line.content["who"] == who]
        assert own == list(range(40))
