"""A system of submissions: who counts, what counts, whose figure is used, and what is said of the rest."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reporting.portfolio.system import System, Terms, Tolerance, build_system
from reporting.problems import InputRejected
from tests.portfolio.small_systems import DAY, LEIS, small_submissions, small_system

A, B, C = LEIS.values()


def codes(system: System) -> list[str]:
    return [breach.rule.code for breach in system.breaches if breach.rule.code.startswith("SYS-")]


def entry(system: System, lender: str, borrower: str) -> float:
    return float(system.exposures[system.leis.index(lender), system.leis.index(borrower)])


def test_exposures_are_claims_of_the_row_on_the_column_and_liabilities_their_transpose() -> None:
    system = small_system()
    assert system.leis == tuple(sorted(LEIS.values()))
    assert entry(system, A, B) == 40_000
    assert entry(system, B, A) == 0
    assert (system.liabilities.toarray() == system.exposures.toarray().T).all()
    assert not np.diag(system.exposures.toarray()).any()
    assert (system.reference_date, system.currency, system.rule) == (DAY, "EUR", "lender")


def test_what_is_outside_is_the_rest_of_the_balance_sheet() -> None:
    nodes = small_system().nodes
    total = nodes["external_assets"] + nodes["claims"]
    assert total.tolist() == [100_000.0] * 3
    assert (total - nodes["equity"] - nodes["obligations"] - nodes["external_liabilities"]).tolist() == [0.0] * 3
    assert [nodes.at[A, name] for name in ("equity", "claims", "obligations")] == [5_000.0, 40_000.0, 20_000.0]


def test_no_array_of_a_system_can_be_changed() -> None:
    system = small_system()
    for array in (system.equity, system.external_assets, system.exposures.data, system.liabilities.data):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_every_entry_leads_to_its_cells() -> None:
    system = small_system()
    assert [str(cells) for cells in system.cells(A, B)] == ["A.xlsx!exposures!D2"]
    assert system.cells(B, A) == ()
    by_borrower = small_system(rule="borrower")
    assert [str(cells) for cells in by_borrower.cells(A, B)] == ["B.xlsx!funding!C2"]
    assert [str(source.at(None)) for source in system.origins["equity"][A]] == [
        "A.xlsx!own_funds!B2",
        "A.xlsx!entity!F2",
        "A.xlsx!own_funds!A2:A3",
    ]


@pytest.mark.parametrize(("rule", "used"), [("lender", 38_000.0), ("borrower", 40_000.0), ("larger", 40_000.0)])
def test_the_rule_says_whose_figure_is_used_and_the_difference_names_both_cells(rule: str, used: float) -> None:
    system = small_system({"A": {"owed": {"B": 38_000}}}, rule=rule)
    assert entry(system, A, B) == used
    assert codes(system) == ["SYS-004"]
    text = str(next(p for p in system.problems if p.rule.code == "SYS-004"))
    assert text.startswith("A.xlsx!exposures!D2: Abank is owed 38,000.00 EUR by Bbank, which owes it 40,000.00 ")
    assert "(B.xlsx!funding!C2)" in text
    assert f"the {'lender' if used == 38_000 else 'borrower'}'s figure is used" in text


def test_a_row_that_only_one_side_reports_is_a_difference() -> None:
    missing_debt = small_system({"B": {"owes": {}}})
    missing_claim = small_system({"A": {"owed": {}}})
    assert codes(missing_debt) == codes(missing_claim) == ["SYS-004"]
    assert (entry(missing_debt, A, B), entry(missing_claim, A, B)) == (40_000.0, 0.0)
    assert str(missing_claim.problems[-1]).startswith("B.xlsx!funding!C2: Abank is owed 0.00 EUR")


def test_a_sheet_that_is_missing_is_not_a_sheet_without_rows() -> None:
    system = small_system({"A": {"without": "exposures"}})
    assert codes(system) == ["SYS-005"]
    assert entry(system, A, B) == 40_000, "the borrower's figure is used where the lender tells nothing"


def test_a_difference_counts_only_above_both_tolerances() -> None:
    changes = {"A": {"owed": {"B": 39_000}}}
    assert codes(small_system(changes)) == []
    assert codes(small_system(changes, tolerance=Tolerance(500, 0.001))) == ["SYS-004"]
    assert codes(small_system(changes, tolerance=Tolerance(500, 0.05))) == []


def test_a_wrong_unit_is_guessed_at_and_never_put_right() -> None:
    system = small_system({"B": {"owes": {"A": 40}}})
    assert "a factor of about 1,000, as if in another unit" in str(system.problems[-1])
    assert entry(system, A, B) == 40_000


def test_several_contracts_of_a_pair_add_up_and_equal_ones_are_told() -> None:
    different = small_system({"A": {"owed": {"B": [15_000, 25_000]}}})
    equal = small_system({"A": {"owed": {"B": [20_000, 20_000]}}})
    assert codes(different) == []
    assert codes(equal) == ["SYS-006"]
    assert entry(different, A, B) == entry(equal, A, B) == 40_000
    assert [str(cells) for cells in different.cells(A, B)] == ["A.xlsx!exposures!D2:D3"]


def test_a_claim_of_an_institution_on_itself_is_told_and_left_out() -> None:
    system = small_system({"A": {"owed": {"A": 700, "B": 40_000}}})
    assert codes(system) == ["SYS-007"]
    assert entry(system, A, A) == 0
    assert "CPT-011" in {breach.rule.code for breach in system.breaches}


def test_an_institution_without_equity_stays_and_is_told() -> None:
    system = small_system({"A": {"equity": -300}})
    assert codes(system) == ["SYS-009"]
    assert system.nodes.loc[A, "equity"] == -300


def test_the_equity_of_a_fund_is_its_net_asset_value() -> None:
    system = small_system({"A": {"kind": "fund", "equity": 7_000}})
    assert system.nodes.loc[A, "equity"] == 7_000
    assert codes(system) == []


def test_equity_from_components_is_net_of_deductions() -> None:
    submissions = small_submissions({})
    portfolio = submissions[0].portfolio
    assert portfolio is not None
    from reporting.portfolio.balance import equity
    from tests.factories import base_sheets, portfolio_of

    sheets = base_sheets()
    sheets["own_funds"] = [{"item": "cet1_instruments", "amount": 90}, {"item": "deduction_goodwill", "amount": 20}]
    assert equity(portfolio_of(sheets)).value == 70_000
    assert equity(portfolio).value == 5_000


# --- Who is in the system --------------------------------------------------------------------------------------------


def test_errors_refuse_the_system_with_the_problems_of_every_submission() -> None:
    with pytest.raises(InputRejected) as rejected:
        small_system({"A": {"equity": "unknown"}, "C": {"reference_date": date(2026, 6, 30)}})
    found = {breach.rule.code for breach in rejected.value.breaches}
    assert {"SYS-001", "SYS-002"} <= found
    assert any(code.startswith("CEL-") for code in found), "what is wrong with the submission itself is listed too"


def test_partial_leaves_out_what_does_not_fit_and_makes_its_rows_external() -> None:
    system = small_system({"C": {"reference_date": date(2026, 6, 30)}}, partial=True)
    assert system.leis == tuple(sorted((A, B)))
    assert list(system.left_out) == ["C.xlsx"]
    assert "2026-06-30" in system.left_out["C.xlsx"]
    outside = system.external
    assert set(zip(outside["lender"], outside["borrower"], strict=True)) == {(B, C), (C, A)}
    assert set(outside["outsider"]) == {"Cbank"}
    assert system.nodes.loc[B, "external_assets"] == 100_000


def test_two_submissions_of_one_institution_both_stay_out() -> None:
    system = small_system({"A": {"second_submission": True}}, partial=True)
    assert A not in system.leis
    assert sorted(system.left_out) == ["A again.xlsx", "A.xlsx"]


def test_a_faulty_row_stays_out_of_a_partial_system_and_is_told() -> None:
    system = small_system({"A": {"owed": {"B": -5}}}, partial=True)
    assert "SYS-011" in codes(system)
    assert entry(system, A, B) == 0


def test_the_date_and_the_currency_are_those_of_most_submissions() -> None:
    changes: dict[str, dict[str, Any]] = {
        "A": {"currency": "USD", "rates": {"EUR": 1.25}},
        "B": {"reference_date": date(2026, 6, 30)},
    }
    system = small_system(changes, partial=True)
    assert (system.currency, system.reference_date) == ("EUR", DAY)
    assert system.leis == tuple(sorted((A, C)))
    assert system.nodes.loc[A, "equity"] == 4_000, "5,000 USD at 1.25 USD for one EUR"
    assert entry(system, C, A) == 20_000, "a contract in the currency of the system is not converted"


def test_another_currency_can_be_asked_for() -> None:
    system = small_system({name: {"rates": {"USD": 0.8}} for name in "ABC"}, currency="USD")
    assert entry(system, A, B) == 50_000
    assert system.claims["stated"].max() == 40_000
    assert set(system.claims["currency"]) == {"EUR"}


def test_the_order_of_submissions_changes_nothing() -> None:
    submissions = small_submissions({"A": {"owed": {"B": 38_000}}})
    one, other = build_system(submissions), build_system(submissions[::-1])
    assert one.leis == other.leis
    assert (one.exposures.toarray() == other.exposures.toarray()).all()
    pd.testing.assert_frame_equal(one.claims, other.claims)
    assert sorted(map(str, one.problems)) == sorted(map(str, other.problems))


# --- Further claims --------------------------------------------------------------------------------------------------


def test_further_claims_are_added_and_not_compared() -> None:
    further = pd.DataFrame(
        {"lender": [A, A], "borrower": [B, "outsider"], "amount": [500.0, 9.0], "instrument": ["derivative"] * 2}
    )
    system = build_system(small_submissions({}), Terms(), further)
    assert entry(system, A, B) == 40_500
    assert codes(system) == []
    assert system.claims["used"].sum() == 4
    assert (system.external["borrower"] == "outsider").sum() == 1


@pytest.mark.parametrize("amount", [-1.0, np.nan, np.inf])
def test_a_further_claim_that_is_no_amount_is_a_fault_of_the_caller(amount: float) -> None:
    further = pd.DataFrame({"lender": [A], "borrower": [B], "amount": [amount], "instrument": ["derivative"]})
    with pytest.raises(ValueError, match="further_claims"):
        build_system(small_submissions({}), Terms(), further)
