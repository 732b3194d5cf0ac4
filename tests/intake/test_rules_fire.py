"""Every rule of the catalogue fires on its failing example, at its cell, and on nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from unittest.mock import patch

import pytest

from reporting.intake import Checked, check_submission, submission
from reporting.intake.across import NOT_RUN_HERE
from reporting.intake.catalogue import all_rules
from reporting.intake.checks import check_table
from reporting.intake.convert import Converted, convert_sheet
from reporting.intake.findings import Finding
from reporting.intake.schema import Schema, SchemaRule, load_rules, load_schemas
from reporting.intake.tables import RawSheet
from reporting.problems import Problem, Severity
from tests.intake.examples import Planted, example_submission, plant

_RULES = [
    rule
    for rule in all_rules().values()
    if rule not in (*load_rules("_files"), *load_rules("_overrides")) and rule.check not in NOT_RUN_HERE
]
_by_code = pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.code)


@pytest.fixture(scope="module", autouse=True)
def each_sheet_once() -> Iterator[None]:
    """A sheet that an example leaves as it is is converted and looked at by itself only once, not for every rule."""
    converted: dict[str, tuple[Converted | None, tuple[Finding, ...]]] = {}
    found: dict[int, tuple[Converted, tuple[Finding, ...]]] = {}

    def convert(sheet: RawSheet, schema: Schema) -> tuple[Converted | None, tuple[Finding, ...]]:
        key = repr(sheet)
        if key not in converted:
            table, findings = convert_sheet(sheet, schema)
            converted[key] = table, tuple(findings)
        return converted[key]

    def check(table: Converted) -> tuple[Finding, ...]:
        if id(table) not in found:
            found[id(table)] = table, tuple(check_table(table))
        return found[id(table)][1]

    with patch.object(submission, "convert_sheet", convert), patch.object(submission, "check_table", check):
        yield


@cache
def failing(code: str) -> tuple[Checked, Planted]:
    planted = plant(example_submission(), all_rules()[code], all_rules()[code].fails)
    return check_submission(planted.raw), planted


def problems_of(checked: Checked) -> list[Problem]:
    return [problem for breach in checked.breaches for problem in breach.problems]


def test_rows_that_the_schemas_give_as_examples_make_a_valid_submission() -> None:
    checked = check_submission(example_submission())
    assert [str(p) for b in checked.breaches for p in b.problems] == []
    assert all(t.counts["read"] == t.counts["accepted"] > 0 for t in checked.tables.values())


@_by_code
def test_rule_fires_on_its_failing_example_at_its_cell_and_brings_no_other(rule: SchemaRule) -> None:
    checked, planted = failing(rule.code)
    problems, where = problems_of(checked), str(planted.where)
    assert sorted(p.rule.code for p in problems) == sorted([rule.code, *rule.also])
    assert [str(p.where) for p in problems if p.rule.code == rule.code] == [where]


@pytest.mark.parametrize("rule", [r for r in _RULES if r.passes], ids=lambda rule: rule.code)
def test_no_rule_fires_on_the_passing_example(rule: SchemaRule) -> None:
    checked = check_submission(plant(example_submission(), rule, rule.passes).raw)
    assert [str(p) for p in problems_of(checked)] == []


@_by_code
def test_an_error_blocks_the_cell_it_points_at_and_a_warning_blocks_nothing(rule: SchemaRule) -> None:
    checked, planted = failing(rule.code)
    (breach,) = (b for b in checked.breaches if b.rule.code == rule.code)
    assert breach.count == len(breach.problems)
    if rule.rule.severity is not Severity.ERROR:
        assert breach.blocks == ()
    elif rule.blocks == "submission":
        assert {(c.file, c.sheet) for c in breach.blocks} == {(s.file, s.sheet) for s in planted.raw.sheets}
    else:
        assert all(any(p.where.overlaps(cells) for cells in breach.blocks) for p in breach.problems)


@_by_code
def test_message_reads_as_place_finding_expectation_and_code(rule: SchemaRule) -> None:
    checked, planted = failing(rule.code)
    where = str(planted.where)
    (text,) = (str(p) for p in problems_of(checked) if p.rule.code == rule.code)
    assert text.startswith(f"{where}: ")
    assert text.endswith(f" [{rule.code}]")
    assert re.search(r": \S.* (is|are|has|have|holds|stands|refers)\b.*, (must|should) ", text)


def test_every_code_belongs_to_a_known_family_and_every_rule_says_how_to_mend_it() -> None:
    families = {"FIL", "SHT", "CEL", "ENT", "OWN", "REQ", "BAL", "CPT", "CON", "EXP", "PRO", "FXR", "REC", "OVR",
                "NET", "DRV", "COL", "SFT", "SFD", "FUN", "SYS"}  # fmt: skip
    rules = all_rules()
    assert {code[:3] for code in rules} == families
    assert len(rules) >= 60
    for rule in rules.values():
        assert rule.rule.mend.endswith(".") or rule.rule.mend.endswith("?"), rule.code
        assert rule.rule.asked.startswith("must " if rule.rule.severity is Severity.ERROR else "should "), rule.code
        assert not rule.rule.asked.endswith("."), rule.code
        assert rule.rule.reference, rule.code


def test_rule_that_stands_alone_is_a_sentence_about_a_column_or_a_named_thing() -> None:
    columns = {f"{schema.sheet}.{column}" for schema in load_schemas().values() for column in schema.columns}
    for rule in all_rules().values():
        subject = rule.rule.subject
        assert subject in columns or re.fullmatch(r"[A-Z].*", subject), rule.code
        assert rule.rule.expected == f"{subject} {rule.rule.asked}"


def test_rules_that_this_stage_does_not_run_are_those_that_need_converted_amounts_or_other_submissions() -> None:
    left_out = [rule.code for rule in all_rules().values() if rule.check in NOT_RUN_HERE]
    others = [code for code in left_out if not code.startswith("SYS-")]
    assert others == ["REC-001", "REC-002", "REC-003", "REC-004", "REC-005"]
    assert {code for code in left_out if code.startswith("SYS-")} == {rule.code for rule in load_rules("_system")}
