from __future__ import annotations

from dataclasses import replace

from reporting.origin import Cells
from reporting.problems import Problem, Rule, Severity

_RULE = Rule(
    "EXP-003", Severity.ERROR, "must be 0 or more", "Correct the sign.", "CRR Art. 390", subject="exposures.nominal"
)


def test_problem_says_where_what_was_found_what_is_asked_and_which_rule() -> None:
    problem = Problem(_RULE, Cells("bank.xlsx", "exposures", "F", ((17, 17),)), "nominal is -4200")
    assert str(problem) == "bank.xlsx!exposures!F17: nominal is -4200, must be 0 or more [EXP-003]"


def test_rule_that_stands_alone_names_what_it_is_about() -> None:
    assert _RULE.expected == "exposures.nominal must be 0 or more"
    assert replace(_RULE, subject="A nominal amount").expected == "A nominal amount must be 0 or more"
