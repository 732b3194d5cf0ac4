"""Every rule on a system fires on its failing example, on nothing else, and is silent on its passing one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reporting.intake.schema import SchemaRule, load_rules
from reporting.problems import Breach, Severity
from tests.portfolio.small_systems import breaches_of

_RULES = load_rules("_system")
_by_code = pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.code)


def _of_the_system(breaches: tuple[Breach, ...]) -> list[Breach]:
    return [breach for breach in breaches if breach.rule.code.startswith("SYS-")]


@_by_code
def test_a_rule_fires_on_its_failing_example_and_brings_no_other(rule: SchemaRule, tmp_path: Path) -> None:
    found = breaches_of(rule.fails, tmp_path)
    codes = {"SYS-018"} if rule.code == "SYS-019" else set()  # that folder holds nothing but the stray file
    assert {breach.rule.code for breach in _of_the_system(found)} - codes == {rule.code}


@_by_code
def test_no_rule_fires_on_the_passing_example(rule: SchemaRule, tmp_path: Path) -> None:
    assert _of_the_system(breaches_of(rule.passes, tmp_path)) == []


@_by_code
def test_a_message_reads_as_place_finding_expectation_and_code(rule: SchemaRule, tmp_path: Path) -> None:
    problems = [p for breach in _of_the_system(breaches_of(rule.fails, tmp_path)) for p in breach.problems]
    (text, *_) = (str(problem) for problem in problems if problem.rule.code == rule.code)
    verb = "must" if rule.rule.severity is Severity.ERROR else "should"
    assert re.search(rf"^[^:]\S*.*: \S.*, {verb} .* \[{rule.code}\]$", text), text


def test_codes_are_counted_without_a_gap() -> None:
    assert [rule.code for rule in _RULES] == [f"SYS-{n:03d}" for n in range(1, len(_RULES) + 1)]
