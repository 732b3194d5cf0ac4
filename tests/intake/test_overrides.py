from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from reporting.intake import Checked, check_submission
from reporting.intake.catalogue import all_rules
from reporting.intake.overrides import read_overrides
from reporting.intake.schema import SchemaRule, load_rules
from reporting.intake.tables import RawSubmission
from reporting.origin import Cells
from reporting.problems import LISTED, Breach, Override, Problem
from tests.intake.examples import example_submission, plant


def negative(*rows: int) -> RawSubmission:
    """The example with negative amounts (EXP-003) in column G of these rows of the exposures, further rows added."""
    raw = example_submission()
    (sheet,) = (s for s in raw.sheets if s.sheet == "exposures")
    column = sheet.rows[0].index("gross_carrying_amount")
    stored = [list(sheet.rows[0])]
    for row in range(2, max(rows) + 1):
        stored.append([f"N-{row}", *sheet.rows[1][1:]])
        stored[-1][column] = -1.0 if row in rows else 5000.0
    stored[1][0] = "X-0001"
    changed = replace(sheet, rows=stored)
    return replace(raw, sheets=tuple(changed if s is sheet else s for s in raw.sheets))


def override(rule: str = "EXP-003", cells: str = "") -> Override:
    return Override(rule, "Booked on 1 October", "A. Smith", cells)


def breaches_of(checked: Checked, code: str) -> list[Breach]:
    return [breach for breach in checked.breaches if breach.rule.code == code]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "overrides.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("rule", load_rules("_overrides"), ids=lambda rule: rule.code)
@pytest.mark.parametrize("which", ["passes", "fails"])
def test_rule_on_overrides_fires_on_its_failing_example_only(tmp_path: Path, rule: SchemaRule, which: str) -> None:
    raw = plant(example_submission(), all_rules()["EXP-005"], all_rules()["EXP-005"].fails).raw
    overrides, wrong = read_overrides(written(tmp_path, getattr(rule, which)))
    found = [b.rule.code for b in (*wrong, *check_submission(raw, overrides).breaches) if b.rule.code[:3] == "OVR"]
    assert found == ([rule.code] if which == "fails" else [])


def test_override_takes_away_the_block_and_stands_with_the_problem() -> None:
    (breach,) = breaches_of(check_submission(negative(2), [override()]), "EXP-003")
    assert breach.blocks == ()
    assert [p.override for p in breach.problems] == [override()]
    assert check_submission(negative(2), [override()]).tables["exposures"].counts["rejected"] == 0


@pytest.mark.parametrize("cells", ["exposures!G3", "example.xlsx!exposures!G3", "'exposures'!G3", "exposures!G3:G4"])
def test_override_of_a_cell_leaves_the_other_faults_of_the_rule(cells: str) -> None:
    checked = check_submission(negative(2, 3, 6), [override(cells=cells)])
    accepted, left = breaches_of(checked, "EXP-003")
    assert [str(p.where) for p in accepted.problems] == ["example.xlsx!exposures!G3"]
    assert (accepted.count, accepted.blocks) == (1, ())
    assert [str(p.where) for p in left.problems] == ["example.xlsx!exposures!G2", "example.xlsx!exposures!G6"]
    assert left.count == 2
    assert left.blocks == (Cells("example.xlsx", "exposures", "G", ((2, 2), (6, 6)), "gross_carrying_amount"),)
    assert checked.tables["exposures"].counts["rejected"] == 2


@pytest.mark.parametrize(
    ("cells", "code"),
    [("exposures!G9", "OVR-005"), ("exposures!row 3", "OVR-005"), ("exposures!rows 3:4", "OVR-005"),
     ("exposures!3:3", "OVR-002"), ("exposures!row G3", "OVR-002"), ("exposures!rows 3:G4", "OVR-002")],
)  # fmt: skip
def test_cells_of_an_override_are_written_as_messages_print_them(tmp_path: Path, cells: str, code: str) -> None:
    text = f"overrides: [{{rule: EXP-003, cells: '{cells}', reason: Booked, name: A. Smith}}]"
    overrides, wrong = read_overrides(written(tmp_path, text))
    found = (*wrong, *check_submission(example_submission(), overrides).breaches)
    assert [breach.rule.code for breach in found] == [code]


def test_override_of_a_cell_beyond_those_listed_is_still_applied() -> None:
    rows = range(2, 2 * LISTED)
    accepted, left = breaches_of(check_submission(negative(*rows), [override(cells="exposures!G350")]), "EXP-003")
    assert [str(p.where) for p in accepted.problems] == ["example.xlsx!exposures!G350"]
    assert left.count == len(rows) - 1
    assert sum(len(cells) for cells in left.blocks) == len(rows) - 1


def test_first_of_two_overrides_that_fit_is_the_one_that_counts() -> None:
    first, second = override(cells="exposures!G2"), override()
    one, other = breaches_of(check_submission(negative(2, 3), [first, second]), "EXP-003")
    assert [p.override for p in (*one.problems, *other.problems)] == [first, second]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "overrides: [",
            "overrides.yaml: while parsing a flow node did not find expected node content at line 2, column 1, must",
        ),
        ("", "overrides.yaml: is empty, must be YAML with one list, overrides [OVR-001]"),
        ("- rule: EXP-003", "overrides.yaml: is a list, must be YAML with one list, overrides [OVR-001]"),
        ("overrides: {}", "overrides.yaml: `overrides` is a mapping, must be YAML with one list, overrides [OVR-001]"),
        ("overrides:\n- {rule: EXP-003, reason: x}", "overrides.yaml: line 2: the override: name missing, must have"),
        (
            "overrides:\n\n- {rule: EXP-003, reson: x, name: y}",
            "overrides.yaml: line 3: the override: unknown key 'reson', did you mean 'reason'?",
        ),
        ("overrides:\n- {rule: EXP-003, reason: ' ', name: y}", "reason is ' '"),
        ("overrides:\n- {rule: EXP-003, reason: 5, name: y}", "reason is 5"),
        ('overrides:\n- {rule: EXP-003, reason: "a\\u202eb", name: y}', r"reason is 'a\u202eb'"),
        ("overrides:\n- {rule: EXP-003, reason: x, name: y, cells: F17}", "cells is 'F17', must have rule"),
        ("overrides:\n- {rule: EXP-003, reason: x, name: y, cells: 'E!F1:G2'}", "cells is 'E!F1:G2'"),
        ("overrides:\n- EXP-003", "overrides.yaml: line 2: is a text, must have rule, reason and name as text"),
    ],
)
def test_fault_in_the_file_of_overrides_is_told_with_its_line(tmp_path: Path, text: str, found: str) -> None:
    overrides, (breach,) = read_overrides(written(tmp_path, text))
    assert overrides == ()
    assert found in str(breach.problems[0])


def test_file_that_is_not_text_is_told_not_raised(tmp_path: Path) -> None:
    path = tmp_path / "overrides.yaml"
    path.write_bytes(b"overrides: [\xff]")
    overrides, (breach,) = read_overrides(path)
    assert (overrides, breach.rule.code) == ((), "OVR-001")


def test_good_entries_beside_a_bad_one_are_read(tmp_path: Path) -> None:
    text = "overrides:\n- {rule: EXP-003, reason: x, name: y}\n- {rule: EXP-003}\n"
    overrides, (breach,) = read_overrides(written(tmp_path, text))
    assert overrides == (Override("EXP-003", "x", "y"),)
    assert [p.found for p in breach.problems] == ["line 3: the override: reason, name missing"]


def test_override_of_a_rule_that_nobody_can_override_leaves_the_fault_as_it_is() -> None:
    raw = plant(example_submission(), all_rules()["CEL-001"], all_rules()["CEL-001"].fails).raw
    checked = check_submission(raw, [override("CEL-001")], "overrides.yaml")
    (fault,), (refused,) = breaches_of(checked, "CEL-001"), breaches_of(checked, "OVR-004")
    assert fault.blocks
    assert fault.problems[0].override is None
    assert str(refused.problems[0]).startswith("overrides.yaml: override 1 (CEL-001) is for a rule that nobody")


def test_only_rules_with_a_usable_value_in_the_cell_can_be_overridden() -> None:
    by_check = {rule.check: rule.rule.overridable for rule in all_rules().values()}
    assert not any(by_check[check] for check in ("blank_required", "error_cell", "not_a_number", "missing_column"))
    assert not any(rule.rule.overridable for rule in load_rules("_files"))


@pytest.mark.parametrize(
    "text",
    [
        "? [a]\n: b\n",
        "overrides:\n  - {rule: A, [x]: y, reason: r, name: n}\n",
        "overrides:\n  - {rule: BAL-004, reason: 2026-02-30, name: n}\n",
        "overrides:\n  - {rule: !!int xx, reason: a, name: n}\n",
        "overrides:\n  - {rule: !!float xx, reason: a, name: n}\n",
        "overrides: [0b_]",
        "overrides: " + "1" * 5_000,
        "overrides: " + "[" * 900,
        "overrides: " + "[" * 200_000,
        "overrides:\n" + "- " * 100_000 + "x",
        "overrides: &a [*a]",
        "overrides: [&a {rule: A, reason: r, name: n}]",
        "overrides: [" + "x," * 300_000 + "]",
        "overrides: []\n#" + "x" * 1_000_000,
    ],
    ids=lambda text: ascii(text[:40]),
)
def test_hostile_file_of_overrides_is_told_not_raised(tmp_path: Path, text: str) -> None:
    overrides, (breach,) = read_overrides(written(tmp_path, text))
    assert (overrides, breach.rule.code) == ((), "OVR-001")
    assert breach.problems[0].found
    assert str(breach.problems[0]).count("must be YAML") == 1


def test_file_of_overrides_that_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (tmp_path / "pipe.yaml", Path("/dev/zero")):
        overrides, (breach,) = read_overrides(path)
        assert (overrides, breach.problems[0].found) == ((), "is not a regular file")


def test_faults_planted_at_random_in_a_file_of_overrides_are_found_each_at_its_entry(tmp_path: Path) -> None:
    draw, counts = random.Random(13), Counter[str]()
    whole = {"rule": "EXP-003", "cells": "exposures!G2", "reason": "Booked", "name": "A. Smith"}
    while any(counts[code] < 20 for code in ("OVR-002", "OVR-003", "OVR-004", "OVR-005")):
        entries, expected = [whole], Counter[str]()
        for line in range(3, 3 + draw.randint(1, 30)):
            code, entry = draw.choice(_planted_overrides(draw, whole))
            entries.append(entry)
            place = f"line {line}" if code == "OVR-002" else f"override {{}} ({entry.get('rule')}"
            expected[f"{code} {place}"] += 1
            counts[code] += 1
        text = "overrides:\n" + "".join(f"- {json.dumps(entry)}\n" for entry in entries)
        overrides, wrong = read_overrides(written(tmp_path, text))
        problems = [p for b in (*wrong, *check_submission(negative(2), overrides).breaches) for p in b.problems]
        found = Counter(re.sub(r"override [0-9]+ ", "override {} ", told(problem)) for problem in problems)
        found.pop("EXP-003 ")
        assert found == expected


def _planted_overrides(draw: random.Random, whole: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """A fault of each rule on overrides, made in an entry that is right."""
    left_out = draw.choice(("rule", "reason", "name"))
    lacking = {key: value for key, value in whole.items() if key != left_out}
    return [
        ("OVR-002", draw.choice((lacking, {**whole, "cells": "G2"}, {**whole, "reason": " "}))),
        ("OVR-003", {**whole, "rule": f"EXP-{draw.randint(500, 999)}"}),
        ("OVR-004", {**whole, "rule": draw.choice(("CEL-001", "FIL-001", "SHT-001"))}),
        ("OVR-005", {**whole, "cells": f"exposures!G{draw.randint(3, 99)}"}),
    ]


def told(problem: Problem) -> str:
    match = re.match(r"(line [0-9]+|override [0-9]+ \([A-Z]+-[0-9]+)", problem.found)
    return f"{problem.rule.code} {match[0] if match else ''}"
