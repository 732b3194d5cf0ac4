"""Limits from a file: whole numbers that the system can hold to, or a sentence that says what is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reporting.documents import DocumentFault
from reporting.intake.limits import Limits
from reporting.intake.limits_file import load_limits


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "limits.yaml"
    path.write_bytes(content)
    return path


def test_limits_that_a_file_does_not_name_keep_their_default(tmp_path: Path) -> None:
    assert load_limits(written(tmp_path, b"\xef\xbb\xbfrows: 500\n")) == Limits(rows=500)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "limits.yaml: is empty, must be a mapping with any of file_bytes, inflated_bytes, "),
        (b"[]", "limits.yaml: is a list, must be a mapping with any of file_bytes, "),
        (b"rows: 5\n# \xe9\n", "limits.yaml: is not text in UTF-8: byte 11 cannot be read"),
        (b"child_seconds: 1000000000000000000000000000000", "limits.yaml: child_seconds is more than 1,000,000, which"),
        (b"child_memory: 9223372036854775808", "limits.yaml: child_memory is more than 281,474,976,710,656, which"),
        (b"rows: true", "limits.yaml: rows is True, must be a whole number above zero"),
        (b"rows: 2026-02-30", "limits.yaml: line 1: '2026-02-30' is not a day"),
        (b"rows: [&a 1, *a]", "limits.yaml: line 1: names a part (&) or repeats one (*)"),
        (b"? [a]\n: b\n", "limits.yaml: line 1: a key is a list or a mapping"),
        (b"rows: " + b"[" * 100_000, "limits.yaml: line 1: is more than 40 lists and mappings deep"),
        (b"#" * 1_000_001, "limits.yaml: is larger than 1,000,000 bytes"),
    ],
    ids=lambda value: ascii(value[:40]) if isinstance(value, bytes) else "",
)
def test_fault_in_the_file_of_limits_is_a_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(DocumentFault) as raised:
        load_limits(written(tmp_path, content))
    assert str(raised.value).startswith(told)


def test_file_of_limits_that_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (tmp_path / "pipe.yaml", Path("/dev/zero"), tmp_path):
        with pytest.raises(DocumentFault, match="is not a regular file"):
            load_limits(path)
