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


def test_address_of_hundreds_of_cells_is_cut_and_the_rest_counted() -> None:
    rows = tuple((2 * n, 2 * n) for n in range(1, 301))
    problem = Problem(_RULE, Cells("bank.xlsx", "exposures", "F", rows), "rate is missing")
    assert str(problem).startswith("bank.xlsx!exposures!F2,F4,F6,F8,F10,F12 and 294 more cells: rate is missing, must")
    assert str(replace(problem, where=replace(problem.where, column=""))).startswith(
        "bank.xlsx!exposures!rows 2,4,6,8,10,12 and 294 more rows: rate"
    )
    assert str(replace(problem, where=replace(problem.where, rows=rows[:6]))).startswith(
        "bank.xlsx!exposures!F2,F4,F6,F8,F10,F12: rate"
    )
