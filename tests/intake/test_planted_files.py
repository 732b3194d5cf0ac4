"""Faults of files planted at random are found, all of them and nothing else, each at its file, sheet and row.

Not planted are the rules that no change of bytes breaks: FIL-015 and FIL-016 (memory and time), FIL-020 (a file that
changes meanwhile) and FIL-027 (a platform without limits), nor FIL-022, which a binary workbook breaks that only a
fixture has. They have tests of their own in `test_guard`, `test_hostile` and `test_reading`.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from reporting.intake.reading import read_submission
from reporting.intake.schema import load_rules
from tests.intake.file_planter import (
    IN_A_FOLDER,
    NOTED,
    REFUSES_A_FOLDER,
    REFUSES_A_WORKBOOK,
    Input,
    folder_with,
    planted_codes,
    workbook_with,
)

_NOT_PLANTED = {"FIL-015", "FIL-016", "FIL-020", "FIL-022", "FIL-027"}
_IN_CSV = [code for code in IN_A_FOLDER if code not in ("FIL-011", "FIL-036")]


def assert_found_as_planted(made: Input) -> None:
    _, breaches = read_submission(made.path, made.limits)
    found = [(problem.rule.code, str(problem.where)) for breach in breaches for problem in breach.problems]
    assert sorted(found) == sorted(made.expected)


def several(draw: random.Random, codes: list[str]) -> list[str]:
    return [draw.choice(codes) for _ in range(draw.randint(2, 6))]


def planted(draw: random.Random, folder: Path, times: int) -> Counter[str]:
    """Plant every fault so many times, in inputs that have several where several can stand together."""
    counts: Counter[str] = Counter()
    number = 0

    def take(made: Input) -> None:
        assert_found_as_planted(made)
        counts.update(code for code, _ in made.expected)

    while any(counts[code] < times for code in _IN_CSV):
        number += 1
        take(folder_with(draw, folder / f"csv {number}", several(draw, _IN_CSV)))
    while any(counts[code] < times for code in ("FIL-011", "FIL-036")):
        number += 1
        take(folder_with(draw, folder / f"parquet {number}", several(draw, ["FIL-011", "FIL-036"])))
    for code in [code for code in REFUSES_A_FOLDER for _ in range(times)]:
        number += 1
        take(folder_with(draw, folder / f"folder {number}", [code]))
    while any(counts[code] < times for code in NOTED):
        number += 1
        take(workbook_with(draw, _made(folder / f"noted {number}"), draw.sample(NOTED, draw.randint(1, 4))))
    for code in [code for code in REFUSES_A_WORKBOOK for _ in range(times)]:
        number += 1
        take(workbook_with(draw, _made(folder / f"refused {number}"), [code]))
    return counts


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_every_rule_on_files_is_planted_or_said_to_be_none_that_can_be() -> None:
    assert planted_codes() | _NOT_PLANTED == {rule.code for rule in load_rules("_files")}


def test_each_fault_of_a_file_is_found_where_it_was_planted(tmp_path: Path) -> None:
    assert planted(random.Random(5), tmp_path, 1).keys() == planted_codes()


@pytest.mark.slow
def test_each_fault_of_a_file_is_found_twenty_times(tmp_path: Path) -> None:
    counts = planted(random.Random(6), tmp_path, 20)
    assert min(counts[code] for code in planted_codes()) >= 20
