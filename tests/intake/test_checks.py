from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.intake import Checked, across, check_submission, checks
from reporting.intake.checks import CheckFault, compiled, failing_rows
from reporting.intake.rules import CHECKS, periods_apart, rows_where
from reporting.intake.schema import load_schemas
from reporting.intake.tables import RawSubmission
from reporting.origin import Cells
from reporting.problems import LISTED, Breach
from tests.intake.examples import example_submission

Change = Callable[[dict[str, list[dict[str, Any]]]], None]
TRADING = ("netting_sets", "derivatives", "collateral", "sft", "sft_daily")


def submission(change: Change | None = None) -> RawSubmission:
    """The example, with `change` applied to its rows as mappings: sheet -> list of column -> cell."""
    raw = example_submission()
    sheets = {s.sheet: [dict(zip(s.rows[0], row, strict=True)) for row in s.rows[1:]] for s in raw.sheets}
    if change is not None:
        change(sheets)  # type: ignore[arg-type]
    return replace(
        raw,
        sheets=tuple(
            replace(s, rows=[s.rows[0], *([row.get(c) for c in s.rows[0]] for row in sheets[s.sheet])])
            for s in raw.sheets
            if s.sheet in sheets
        ),
    )


def told(checked: Checked) -> list[str]:
    return [str(p) for b in checked.breaches for p in b.problems]


def breach_of(checked: Checked, code: str) -> Breach:
    (breach,) = (b for b in checked.breaches if b.rule.code == code)
    return breach


def without_trading(sheets: dict[str, list[dict[str, Any]]]) -> None:
    for name in TRADING:
        del sheets[name]


def many(count: int, **changes: Any) -> Change:
    def change(sheets: dict[str, list[dict[str, Any]]]) -> None:
        base = sheets["exposures"][0]
        sheets["exposures"] = [{**base, "exposure_id": f"X-{i:04d}", **changes} for i in range(1, count + 1)]

    return change


# --- Counts, lists, blocks -------------------------------------------------------------------------------------------


def test_count_is_exact_though_only_the_first_problems_are_listed() -> None:
    breach = breach_of(check_submission(submission(many(3 * LISTED, gross_carrying_amount=-1.0))), "EXP-003")
    assert breach.count == 3 * LISTED
    assert [str(p.where) for p in breach.problems] == [f"example.xlsx!exposures!G{r}" for r in range(2, LISTED + 2)]
    assert breach.blocks == (Cells("example.xlsx", "exposures", "G", ((2, 3 * LISTED + 1),), "gross_carrying_amount"),)


def test_equal_neighbours_are_counted_one_by_one() -> None:
    assert breach_of(check_submission(submission(many(7, currency="eur"))), "CEL-022").count == 7


def test_faults_of_one_rule_in_several_columns_are_listed_by_row_and_then_by_column() -> None:
    changed = submission(many(3, loss_allowance_specific=None, off_balance_sheet=None))
    breach = breach_of(check_submission(changed), "CEL-001")
    assert [p.where.column for p in breach.problems] == ["H", "J"] * 3
    assert breach.count == 6


def test_error_on_a_row_blocks_the_row_and_rejects_it() -> None:
    def change(sheets: dict[str, list[dict[str, Any]]]) -> None:
        sheets["exposures"][0]["nominal"] = 1.0

    checked = check_submission(submission(change))
    assert [str(c) for c in breach_of(checked, "EXP-010").blocks] == ["example.xlsx!exposures!row 2"]
    assert checked.tables["exposures"].counts == {"read": 2, "blank": 0, "accepted": 1, "rejected": 1}


# --- No cascades -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "row", "changes", "codes"),
    [
        ("exposures", 0, {"gross_carrying_amount": "x"}, ["CEL-004"]),
        ("exposures", 0, {"gross_carrying_amount": -5.0, "loss_allowance_specific": 100.0}, ["EXP-003"]),
        ("exposures", 0, {"off_balance_sheet": "perhaps"}, ["CEL-018"]),
        ("exposures", 0, {"off_balance_sheet": None}, ["CEL-001"]),
        ("exposures", 0, {"loss_allowance_specific": None}, ["CEL-001"]),
        ("exposures", 0, {"currency": "usd"}, ["CEL-022"]),
        ("exposures", 0, {"currency": None}, ["CEL-001"]),
        ("exposures", 0, {"maturity": "31.03.2029"}, ["CEL-015"]),
        ("exposures", 0, {"tranche_attach": 45.0, "tranche_detach": "x"}, ["CEL-004", "CEL-024"]),
        ("exposures", 1, {"nominal": -1.0}, ["EXP-013"]),
        ("entity", 0, {"currency": "eur"}, ["CEL-022"]),
        ("entity", 0, {"reference_date": None}, ["CEL-001"]),
        ("entity", 0, {"jurisdiction": "EU"}, ["CEL-014"]),
        ("entity", 0, {"unit": "1000"}, ["CEL-005"]),
        ("own_funds", 3, {"amount": None}, ["CEL-001"]),
        ("own_funds", 3, {"item": "CET1"}, ["CEL-014"]),
        ("own_funds", 2, {"amount": -5000.0}, ["OWN-003"]),
        ("balance_sheet", 0, {"gross_carrying_amount": -1.0}, ["BAL-002"]),
        ("counterparties", 0, {"lei": "FICTIONALHARBOURCO15"}, ["CEL-021"]),
        ("counterparties", 0, {"lei": "short"}, ["CEL-020"]),
        ("requirements", 0, {"valid_from": "1.1.2026"}, ["CEL-015"]),
        ("fx", 0, {"rate": None}, ["CEL-001"]),
        ("fx", 0, {"rate": -1.0}, ["FXR-002"]),
    ],
)
def test_one_fault_is_told_once(sheet: str, row: int, changes: Mapping[str, Any], codes: list[str]) -> None:
    checked = check_submission(submission(lambda sheets: sheets[sheet][row].update(changes)))
    assert sorted(p.rule.code for b in checked.breaches for p in b.problems) == codes


def test_references_to_a_key_that_is_refused_are_told_in_one_line_and_blocked() -> None:
    def change(sheets: dict[str, list[dict[str, Any]]]) -> None:
        many(50)(sheets)
        sheets["counterparties"][0]["counterparty_id"] = "CP-001 "

    checked = check_submission(submission(change))
    breach = breach_of(checked, "EXP-002")
    assert breach.count == 1
    assert str(breach.problems[0]) == (
        "example.xlsx!exposures!B2:B51: counterparty_id of 50 rows is not found, as counterparties holds it in a cell "
        "that is refused, must be a counterparty_id of the sheet counterparties [EXP-002]"
    )
    assert [str(c) for c in breach.blocks] == ["example.xlsx!exposures!B2:B51"]


def test_references_to_an_absent_sheet_are_one_warning() -> None:
    def change(sheets: dict[str, list[dict[str, Any]]]) -> None:
        many(2000)(sheets)
        without_trading(sheets)
        del sheets["counterparties"], sheets["connections"], sheets["protection"], sheets["funding"]

    assert told(check_submission(submission(change))) == [
        "example.xlsx!exposures!B: counterparty_id refers to the sheet counterparties, which is missing, "
        "should be in the submission [SHT-017]"
    ]


def test_without_exchange_rates_each_sheet_says_once_what_it_lacks() -> None:
    def change(sheets: dict[str, list[dict[str, Any]]]) -> None:
        many(300)(sheets)
        without_trading(sheets)
        del sheets["fx"]

    checked = check_submission(submission(change))
    (text,) = told(checked)
    assert text.startswith("example.xlsx!exposures!I2:I301: currency of 300 rows is not found, as the sheet fx is not")
    assert sum(len(c) for c in breach_of(checked, "EXP-022").blocks) == 300


def test_optional_column_that_rows_need_is_told_once_with_those_rows() -> None:
    raw = submission()
    (sheet,) = (s for s in raw.sheets if s.sheet == "exposures")
    place = sheet.rows[0].index("ccf_category")
    cut = replace(sheet, rows=[[c for i, c in enumerate(row) if i != place] for row in sheet.rows])
    checked = check_submission(replace(raw, sheets=tuple(cut if s is sheet else s for s in raw.sheets)))
    assert told(checked) == [
        "example.xlsx!exposures!row 3: the column ccf_category is missing and 1 row needs it, must be given off the "
        "balance sheet [EXP-009]"
    ]
    assert [str(c) for c in breach_of(checked, "EXP-009").blocks] == ["example.xlsx!exposures!row 3"]


# --- Single rules ----------------------------------------------------------------------------------------------------


def test_repeated_key_names_the_row_of_the_first() -> None:
    def change(sheets: dict[str, list[dict[str, Any]]]) -> None:
        many(4)(sheets)
        for row in (1, 3):
            sheets["exposures"][row]["exposure_id"] = "X-0001"

    breach = breach_of(check_submission(submission(change)), "EXP-001")
    assert [str(p) for p in breach.problems] == [
        "example.xlsx!exposures!A3: exposure_id is 'X-0001' as in row 2, must be different in every row [EXP-001]",
        "example.xlsx!exposures!A5: exposure_id is 'X-0001' as in row 2, must be different in every row [EXP-001]",
    ]


@pytest.mark.parametrize(
    ("column", "cell", "hint"),
    [
        ("instrument", "Loan", "did you mean 'loan'?"),
        ("instrument", "laon", "did you mean 'loan'?"),
        ("instrument", "lo\u0430n", "did you mean 'loan'? Some letters are of another alphabet."),
        ("counterparty_id", "cp001", "did you mean 'CP-001'?"),
        ("counterparty_id", "\u0421\u0420-001", "did you mean 'CP-001'? Some letters are of another alphabet."),
        ("currency", "usd", "did you mean 'USD'?"),
    ],
)
def test_near_miss_gets_the_nearest_value(column: str, cell: str, hint: str) -> None:
    checked = check_submission(submission(lambda sheets: sheets["exposures"][0].update({column: cell})))
    assert any(hint in text for text in told(checked))


@pytest.mark.parametrize(("version", "word"), [(0.0, "an older layout"), (2.0, "a newer layout")])
def test_other_schema_version_is_said_plainly_and_blocks_everything(version: float, word: str) -> None:
    checked = check_submission(submission(lambda sheets: sheets["entity"][0].update(schema_version=version)))
    breach = breach_of(checked, "ENT-002")
    assert word in str(breach.problems[0])
    assert len(breach.blocks) == len(checked.tables)


def test_currency_that_was_replaced_is_valid_before_the_changeover() -> None:
    def change(day: date) -> Change:
        def apply(sheets: dict[str, list[dict[str, Any]]]) -> None:
            without_trading(sheets)
            sheets["entity"][0]["reference_date"] = day
            sheets["exposures"][0]["currency"] = "BGN"
            sheets["fx"] = [{"currency": c, "date": day, "rate": 0.5} for c in ("BGN", "USD")]

        return apply

    assert told(check_submission(submission(change(date(2025, 12, 31))))) == []
    (text,) = told(check_submission(submission(change(date(2026, 1, 31)))))
    assert "currency is 'BGN', replaced by EUR on 2026-01-01" in text


def test_rate_of_another_day_is_never_used() -> None:
    checked = check_submission(submission(lambda sheets: sheets["fx"][0].update(date=date(2026, 9, 29))))
    assert [b.rule.code for b in checked.breaches] == ["EXP-022", "DRV-106"]


def test_own_funds_agree_to_the_cent_in_spite_of_binary_fractions() -> None:
    def change(sheets: dict[str, list[dict[str, Any]]]) -> None:
        sheets["own_funds"] = [
            {"item": item, "amount": amount}
            for item, amount in [("cet1_instruments", 0.1), ("retained_earnings", 0.2), ("cet1", 0.31), ("tier1", 0.31)]
        ]

    assert told(check_submission(submission(change))) == []


@given(st.lists(st.tuples(st.integers(0, 20), st.none() | st.integers(0, 20), st.sampled_from("ab")), max_size=12))
def test_some_period_is_refused_exactly_when_two_share_a_day(periods: list[tuple[int, int | None, str]]) -> None:
    periods = [(a, b, item) for a, b, item in periods if b is None or b >= a]
    day = np.datetime64("2026-01-01", "s")
    frame = pd.DataFrame(
        {
            "first": pd.Series([day + np.timedelta64(a, "D") for a, _, _ in periods], dtype="datetime64[s]"),
            "last": pd.Series(
                [np.datetime64("NaT", "s") if b is None else day + np.timedelta64(b, "D") for _, b, _ in periods],
                dtype="datetime64[s]",
            ),
            "item": pd.Series([item for _, _, item in periods], dtype="str"),
        }
    )
    shared = any(
        p[2] == q[2] and max(p[0], q[0]) <= min(99 if p[1] is None else p[1], 99 if q[1] is None else q[1])
        for i, p in enumerate(periods)
        for q in periods[:i]
    )
    assert (not periods_apart(frame, ("first", "last", "item")).all()) == shared


def test_rows_are_chosen_by_value_and_by_beginning_and_never_when_blank() -> None:
    frame = pd.DataFrame(
        {"t": pd.Series(["eu_a", "eu_b", "x", None], dtype="str"), "b": pd.array([True, None, True, True])}
    )
    assert rows_where(frame, {"t": ("eu_*",)}).tolist() == [True, True, False, False]
    assert rows_where(frame, {"t": ("eu_*", "x"), "b": (True,)}).tolist() == [True, False, True, False]


# --- Faults of the program -------------------------------------------------------------------------------------------


def test_check_that_raises_is_a_fault_of_the_program_not_of_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(frame: pd.DataFrame, columns: tuple[str, ...], value: float) -> np.ndarray[Any, Any]:
        raise KeyError(columns[0])

    frame = check_submission(example_submission()).tables["fx"].frame
    monkeypatch.setattr(checks, "CHECKS", {**CHECKS, "above": broken})
    ready = compiled(load_schemas()["fx"])
    with pytest.raises(CheckFault, match=r"FXR-002.*cannot be run"):
        failing_rows(ready, frame)


def test_rule_that_names_no_function_is_a_fault_of_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "CHECKS", {k: v for k, v in CHECKS.items() if k != "above"})
    with pytest.raises(CheckFault, match=r"FXR-002: there is no check 'above'"):
        compiled(load_schemas()["fx"])


def test_rule_between_sheets_that_names_no_function_is_a_fault_of_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(across, "CHECKS", {k: v for k, v in across.CHECKS.items() if k != "rate_given"})
    with pytest.raises(CheckFault, match=r"EXP-022: there is no check 'rate_given'"):
        check_submission(example_submission())


def test_every_named_function_is_used_by_a_rule_or_by_a_type() -> None:
    used = {rule.check for schema in load_schemas().values() for rule in schema.rules}
    by_type = {"given", "allowed", "lei_form", "lei_check_digits", "on_code_list", "between"}
    assert set(CHECKS) == used | by_type


def test_checks_leave_the_submission_as_it_was() -> None:
    raw, again = example_submission(), example_submission()
    check_submission(raw)
    assert raw == again


@pytest.mark.slow
def test_cost_of_checking_grows_with_the_rows_and_not_faster() -> None:
    def cost(rows: int) -> float:
        raw = submission(many(rows))
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            check_submission(raw)
            best = min(best, time.process_time() - start)
        return best

    assert cost(100_000) < 15 * cost(10_000)
