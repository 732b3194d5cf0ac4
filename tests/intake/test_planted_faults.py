"""Faults planted at random give exactly those problems, each at its cell: none is hidden, none brings another.

Every rule on what a workbook says is planted. Left out are the rules that cannot stand beside others in a workbook in
memory: those on files (FIL, SHT-101) are planted in files (`test_planted_files`), those on overrides (OVR) in files of
overrides (`test_overrides`), and the reconciliations (REC) need converted amounts (`tests/portfolio`).
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from reporting.intake import check_submission
from tests.intake.planter import MOST_FAULTS, Workbook, plantable, planted_workbook

_AT_LEAST = 20  # times that every rule is planted in the long run


@dataclass
class Tally:
    """What has been planted so far."""

    codes: Counter[str] = field(default_factory=Counter)
    workbooks: int = 0
    shared_rows: int = 0

    def take(self, draw: random.Random) -> None:
        """Plant another workbook and check it."""
        book = planted_workbook(draw, self.codes)
        assert_found_as_planted(book)
        self.workbooks += 1
        self.shared_rows += sum(faults > 1 for faults in book.rows_hit.values())


def assert_found_as_planted(book: Workbook) -> None:
    assert 1 <= len(book.expected) <= MOST_FAULTS
    breaches = check_submission(book.raw).breaches
    found = Counter((problem.rule.code, str(problem.where)) for breach in breaches for problem in breach.problems)
    planted = Counter(book.expected)
    assert sorted((planted - found).elements()) == []
    assert sorted(code for code, _ in (found - planted).elements()) == sorted(book.also), sorted(found - planted)


def test_faults_planted_at_random_give_exactly_those_problems() -> None:
    draw, tally = random.Random(20260930), Tally()
    for _ in range(6):
        tally.take(draw)
    assert tally.shared_rows > 0
    assert len(tally.codes) > 100


@pytest.mark.slow
def test_every_rule_planted_twenty_times_among_others_is_found_each_time() -> None:
    draw, tally = random.Random(429), Tally()
    while tally.workbooks < 200 or any(tally.codes[rule.code] < _AT_LEAST for rule in plantable()):
        assert tally.workbooks < 1000, [r.code for r in plantable() if tally.codes[r.code] < _AT_LEAST]
        tally.take(draw)
    assert tally.shared_rows > 200
