"""The worked examples in the method notes run."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import reporting

NOTES = sorted((Path(reporting.__file__).parent / "measures").glob("*/README.md"))


@pytest.mark.parametrize("note", NOTES, ids=[note.parent.name for note in NOTES])
def test_the_worked_example_runs(note: Path) -> None:
    result = doctest.testfile(str(note), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0
    assert result.failed == 0
