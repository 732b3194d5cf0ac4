from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.intake import Checked, check_submission
from reporting.intake.cell_types import read_cells
from reporting.intake.readings import dtype_of
from reporting.intake.schema import TEXTUAL, load_schemas
from reporting.intake.tables import RawSheet, RawSubmission
from reporting.origin import Cells
from reporting.problems import Severity
from tests.intake.examples import example_submission

_HEADINGS = ["currency", "date", "rate", "note"]
_ROW = ["USD", date(2026, 9, 30), 0.875, None]


def rates(*rows: Sequence[object], headings: Sequence[object] = _HEADINGS, **sheet: Any) -> Checked:
    """The example submission with these rows on the sheet fx."""
    raw = example_submission()
    fx = RawSheet(**{"file": "example.xlsx", "sheet": "fx", "rows": [list(headings), *map(list, rows)], **sheet})
    return check_submission(replace(raw, sheets=tuple(fx if s.sheet == "fx" else s for s in raw.sheets)))


def told(checked: Checked, *families: str) -> list[str]:
    return [str(p) for b in checked.breaches if b.rule.code[:3] in families for p in b.problems]


def fault_of(kind: str, cell: object, typed: bool = True) -> str:
    """The fault of one cell that stands between two blank ones; "" where there is none."""
    reading = read_cells(kind, [None, cell, None], typed)
    assert len(reading.values) == 3
    assert pd.isna(reading.values[0])
    assert pd.isna(reading.values[2])
    faults = [(fault, places.tolist()) for fault, places in reading.faults.items()]
    assert all(places == [1] for _, places in faults)
    assert len(faults) <= 1
    assert pd.isna(reading.values[1]) == bool(faults or cell in (None, ""))
    return faults[0][0] if faults else ""


# --- Numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        (0.0, ""),
        (-4200, ""),
        (Decimal("12.50"), ""),
        (1e15, ""),
        (None, ""),
        ("", ""),
        (np.nextafter(1e15, 2e15), "too_large"),
        (1e308, "too_large"),
        (10**400, "not_finite"),
        (float("inf"), "not_finite"),
        (float("nan"), "not_finite"),
        (Decimal("NaN"), "not_finite"),
        ("1234", "number_stored_as_text"),
        (" 1234 ", "number_stored_as_text"),
        ("1_000", "not_a_number"),
        ("1,000", "not_a_number"),
        ("1.234,56", "not_a_number"),
        ("1 000", "not_a_number"),
        ("12%", "not_a_number"),
        ("(4,200)", "not_a_number"),
        ("\u0661\u0662", "not_a_number"),
        ("\uff11\uff12", "not_a_number"),
        ("inf", "not_a_number"),
        ("nan", "not_a_number"),
        ("-", "not_a_number"),
        (" ", "not_a_number"),
        ("#N/A", "error_cell"),
        (True, "boolean_for_number"),
        (False, "boolean_for_number"),
        (date(2026, 1, 2), "date_for_number"),
        (datetime(2026, 1, 2, 3), "date_for_number"),
        (time(8, 15), "date_for_number"),
    ],
)
def test_amount_in_a_workbook_is_a_number_or_a_fault(cell: object, fault: str) -> None:
    assert fault_of("money", cell) == fault


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1234.56", 1234.56), ("-0.5", -0.5), ("0", 0.0), ("007", 7.0), ("999999999999999", 999999999999999.0)],
)
def test_amount_in_a_text_file_is_digits_and_a_point(cell: str, number: float) -> None:
    assert read_cells("money", [cell], typed=False).values.tolist() == [number]


@pytest.mark.parametrize(
    "cell",
    ["1,000", "1_000", "1.234,56", "+1", " 1", "1 ", ".5", "5.", "1e5", "1.23E+12", "0x10", "inf", "NaN", "12%", "1\n",
     "\u0661", "\uff11", "--1", "1.2.3", "TRUE"],
)  # fmt: skip
def test_any_other_form_of_amount_in_a_text_file_is_a_fault(cell: str) -> None:
    assert fault_of("money", cell, typed=False) == "not_a_number"


def test_power_of_ten_is_read_for_rates_but_not_for_amounts_that_it_may_have_rounded() -> None:
    assert read_cells("number", ["1e-05", "2.5E+3"], typed=False).values.tolist() == [1e-05, 2500.0]
    assert fault_of("money", "2.5E+3", typed=False) == "not_a_number"
    assert fault_of("number", "1e400", typed=False) == "not_finite"


def test_whole_number_may_be_stored_with_a_point_but_not_with_a_fraction() -> None:
    assert read_cells("integer", [7.0, 7], typed=True).values.tolist() == [7.0, 7.0]
    assert fault_of("integer", 7.5) == "not_whole"
    assert fault_of("integer", "7.5", typed=False) == "not_whole"


@given(st.lists(st.none() | st.floats(-1e15, 1e15), max_size=30))
def test_numbers_come_out_as_they_went_in(cells: list[float | None]) -> None:
    expected = [float("nan") if cell is None else cell for cell in cells]
    for given_cells, typed in ((cells, True), ([None if c is None else repr(c) for c in cells], False)):
        reading = read_cells("number", given_cells, typed)
        assert not reading.faults
        np.testing.assert_array_equal(reading.values, expected)


_ANY_CELL = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=6)
    | st.dates()
    | st.times()
    | st.datetimes()
)
_KINDS = sorted([*TEXTUAL, "money", "number", "share", "percent", "integer", "boolean", "date"])


@given(st.sampled_from(_KINDS), st.lists(_ANY_CELL, max_size=12), st.booleans())
def test_any_cell_is_read_or_told_and_its_neighbours_do_not_matter(kind: str, cells: list[object], typed: bool) -> None:
    reading = read_cells(kind, cells, typed)
    assert pd.Series(reading.values).dtype == dtype_of(kind)
    faulty = {place for places in reading.faults.values() for place in places.tolist()}
    assert sum(map(len, reading.faults.values())) == len(faulty)
    for place, cell in enumerate(cells):
        alone = read_cells(kind, [cell], typed)
        assert (
            pd.isna(reading.values[place]) == bool(pd.isna(alone.values[0])) == (place in faulty or cell in (None, ""))
        )
        assert {f for f, places in reading.faults.items() if place in places} == set(alone.faults)


# --- Dates, booleans, text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        (date(2026, 9, 30), ""),
        (datetime(2026, 9, 30), ""),
        ("2026-09-30", ""),
        (date(1900, 1, 1), ""),
        (date(2199, 12, 31), ""),
        (date(1899, 12, 31), "date_out_of_range"),
        ("2200-01-01", "date_out_of_range"),
        (datetime(2026, 9, 30, 0, 0, 1), "date_with_time"),
        ("2026-9-30", "not_a_date"),
        ("2026-02-30", "not_a_date"),
        ("30/09/2026", "not_a_date"),
        ("20260930", "not_a_date"),
        ("2026-W40", "not_a_date"),
        ("2026-09-30 ", "not_a_date"),
        ("\uff12026-09-30", "not_a_date"),
        (46295.0, "not_a_date"),
        (True, "not_a_date"),
        (time(8, 15), "not_a_date"),
        ("#REF!", "error_cell"),
    ],
)
def test_date_is_a_date_cell_or_the_text_with_year_month_and_day(cell: object, fault: str) -> None:
    assert fault_of("date", cell) == fault
    if not fault:
        assert str(read_cells("date", [cell], typed=True).values[0])[:10] == str(cell)[:10]


@pytest.mark.parametrize("cell", [True, 1.0, 1, "true", "TRUE", "yes", "1"])
def test_true_has_these_forms(cell: object) -> None:
    assert read_cells("boolean", [cell, None], typed=True).values.tolist() == [True, pd.NA]


@pytest.mark.parametrize("cell", [2.0, "Y", "wahr", " true", "tRUE", date(2026, 1, 1), 0.5])
def test_anything_else_is_neither_true_nor_false(cell: object) -> None:
    assert fault_of("boolean", cell) == "not_a_boolean"


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("000123", ""),
        ("NA", ""),
        ("a b", ""),
        ("A|B", ""),
        ("Bürgschaft", ""),
        (123.0, "number_in_code"),
        (123, "number_in_code"),
        (True, "code_changed"),
        (date(2026, 3, 1), "code_changed"),
        (" A", "blanks_around"),
        ("A ", "blanks_around"),
        ("  ", "blanks_around"),
        ("A\u00a0B", "invisible_characters"),
        ("A\u200b", "invisible_characters"),
        ("A\tB", "invisible_characters"),
        ("A\u202eB", "invisible_characters"),
        ("#DIV/0!", "error_cell"),
    ],
)
def test_code_is_kept_letter_by_letter_or_refused(cell: object, fault: str) -> None:
    for kind in ("code", "choice", "lei", "currency", "country"):
        assert fault_of(kind, cell) == fault
    if not fault:
        assert read_cells("code", [cell], typed=True).values.tolist() == [cell]


def test_free_text_keeps_lines_and_spaces_and_takes_numbers_by_their_digits() -> None:
    cells = ["two\nlines ", "a\u00a0b", 2026.0, 0.5, "\u0633\u0644\u0627\u0645"]
    assert read_cells("text", cells, typed=True).values.tolist() == ["two\nlines ", "a\u00a0b", "2026", "0.5", cells[4]]
    assert fault_of("text", "a\u202eb") == "invisible_characters"
    assert fault_of("text", "   ") == "blanks_around"


def test_text_that_a_change_of_encoding_has_mangled_is_a_suspect_but_stands() -> None:
    reading = read_cells("text", ["Swedbank \x96 group", "Swedbank \u2013 group"], typed=True)
    assert not reading.faults
    assert {fault: places.tolist() for fault, places in reading.suspects.items()} == {"mangled_text": [0]}
    assert reading.values[0] == "Swedbank \x96 group"


def test_code_of_two_alphabets_that_look_alike_is_a_suspect_but_stands() -> None:
    reading = read_cells("code", ["CP-\u0410", "\u0410\u0411", "CP"], typed=True)
    assert not reading.faults
    assert {fault: places.tolist() for fault, places in reading.suspects.items()} == {"mixed_alphabets": [0]}
    assert reading.values[0] == "CP-\u0410"


# --- Sheets and headings ---------------------------------------------------------------------------------------------


def test_headings_match_without_regard_to_case_spaces_and_order() -> None:
    checked = rates([None, 0.875, date(2026, 9, 30), "USD"], headings=["NOTE", " Rate ", "date", "Currency"])
    assert told(checked, "SHT", "CEL", "FXR") == []
    table = checked.tables["fx"]
    assert table.letters == {"note": "A", "rate": "B", "date": "C", "currency": "D"}
    assert table.frame.loc[2, "rate"] == 0.875


def test_heading_in_other_letters_that_look_alike_does_not_match_and_the_message_says_so() -> None:
    checked = rates(_ROW, headings=["currency", "date", "r\u0430te", "note"])
    missing, unknown = told(checked, "SHT")
    assert missing.startswith("example.xlsx!fx!row 1: the column rate is missing, must be there")
    assert "did you mean 'rate'? Some letters are of another alphabet." in unknown
    assert told(checked, "CEL", "FXR", "EXP") == []


def test_table_may_stand_anywhere_and_keeps_its_addresses() -> None:
    rows = [
        ["Rates of the ECB"],
        [],
        ["", *_HEADINGS],
        [None] * 5,
        ["", *_ROW],
        [],
        ["", "GBP", "2026-09-30", "x", None],
    ]
    raw = example_submission()
    fx = RawSheet("example.xlsx", "FX", rows, first_row=5, first_column=2)  # type: ignore[arg-type]
    checked = check_submission(replace(raw, sheets=tuple(fx if s.sheet == "fx" else s for s in raw.sheets)))
    assert told(checked, "SHT", "CEL") == [
        "example.xlsx!FX!row 5: 1 row stands above the headings, should hold titles only [SHT-015]",
        "example.xlsx!FX!F11: rate is 'x', must be a number [CEL-004]",
    ]
    table = checked.tables["fx"]
    assert table.frame.index.tolist() == [9, 11]
    assert table.letters["currency"] == "D"
    assert table.counts == {"read": 2, "blank": 2, "accepted": 1, "rejected": 1}


def test_blank_rows_between_are_counted_and_those_below_are_not() -> None:
    blank = [None] * 4
    checked = rates(_ROW, blank, ["GBP", date(2026, 9, 30), 1.1, ""], ["", "", "", ""], blank)
    assert checked.tables["fx"].counts == {"read": 2, "blank": 1, "accepted": 2, "rejected": 0}
    assert checked.tables["fx"].frame.index.tolist() == [2, 4]


def test_row_of_totals_is_a_row_like_any_other() -> None:
    checked = rates(_ROW, ["Total", None, 0.875, None])
    assert told(checked, "CEL") == [
        "example.xlsx!fx!A3: currency is 'Total', must be a currency code of ISO 4217 [CEL-022]",
        "example.xlsx!fx!B3: date is blank, must be given [CEL-001]",
    ]


def test_missing_column_is_told_once_and_blocks_the_sheet() -> None:
    checked = rates(*[["USD", date(2026, 9, 30)]] * 3, headings=["currency", "date"])
    (breach,) = (b for b in checked.breaches if b.rule.code == "SHT-007")
    assert (breach.count, [str(c) for c in breach.blocks]) == (1, ["example.xlsx!fx"])
    assert told(checked, "CEL") == []
    assert checked.tables["fx"].counts["rejected"] == 3
    assert checked.tables["fx"].frame["rate"].isna().all()


def test_neither_of_two_columns_of_one_name_is_read() -> None:
    checked = rates([*_ROW, 0.9], headings=[*_HEADINGS, "RATE"])
    (breach,) = (b for b in checked.breaches if b.rule.code == "SHT-009")
    assert str(breach.problems[0].where) == "example.xlsx!fx!E1"
    assert checked.tables["fx"].frame["rate"].isna().all()
    assert "rate" not in checked.tables["fx"].letters
    assert told(checked, "CEL", "EXP") == []


def test_rows_of_unequal_length_are_filled_up_with_blanks() -> None:
    checked = rates(["USD", date(2026, 9, 30), 0.875], ["GBP"])
    assert told(checked, "CEL") == [
        "example.xlsx!fx!B3: date is blank, must be given [CEL-001]",
        "example.xlsx!fx!C3: rate is blank, must be given [CEL-001]",
    ]


def test_error_cell_and_formula_without_value_are_told_and_are_not_blank() -> None:
    faults = {(2, 2): "#DIV/0!", (3, 1): "formula without a stored value", (1, 3): "#REF!"}
    checked = rates(["USD", date(2026, 9, 30), None, None], ["GBP", None, 1.1, None], faults=faults)
    assert told(checked, "CEL") == [
        "example.xlsx!fx!B3: date holds a formula without a stored value, must hold a stored value [CEL-003]",
        "example.xlsx!fx!C2: rate holds the error #DIV/0!, must hold a value, not an error [CEL-002]",
    ]


def test_row_that_holds_nothing_but_an_error_cell_is_not_taken_for_blank() -> None:
    checked = rates(_ROW, [None] * 4, faults={(3, 2): "#N/A"})
    assert checked.tables["fx"].counts["read"] == 2


def test_hidden_rows_are_read_and_said_with_their_numbers() -> None:
    rows = [["USD", date(2026, 9, day), 0.875, None] for day in range(21, 31)]
    checked = rates(*rows, hidden_rows=((3, 4), (6, 6), (9, 9), (500, 600)))
    assert told(checked, "SHT") == [
        "example.xlsx!fx!rows 3:4,6,9: 4 rows with data are hidden, should be visible [SHT-011]"
    ]
    assert checked.tables["fx"].counts["read"] == 10


def test_text_file_has_no_sheet_name_and_takes_numbers_as_text() -> None:
    rows = [["USD", "2026-09-30", "0.875", None], ["GBP", "2026-09-30", "1,1", None]]
    checked = rates(*rows, file="fx.csv", sheet="")
    assert told(checked, "CEL") == ["fx.csv!C3: rate is '1,1', must be a number [CEL-004]"]
    assert checked.tables["fx"].frame.loc[2, "rate"] == 0.875


def test_every_column_of_the_schema_is_in_the_frame_with_its_dtype() -> None:
    checked = rates(_ROW[:3], headings=_HEADINGS[:3])
    for name, table in checked.tables.items():
        columns = load_schemas()[name].columns
        assert list(table.frame.columns) == list(columns)
        assert [str(d) for d in table.frame.dtypes] == [dtype_of(c.type) for c in columns.values()]
    assert "note" not in checked.tables["fx"].letters


def test_long_and_strange_values_are_shown_short_and_harmless() -> None:
    checked = rates(["U" * 500, date(2026, 9, 30), "a\x1b[31m\nb", None])
    second, first = told(checked, "CEL")
    assert "rate is 'a\\x1b[31m\\nb'" in first
    assert f"currency is '{'U' * 57}...'" in second
    assert len(second) < 200


def test_sheets_are_told_by_name_when_unknown_or_doubled() -> None:
    raw = example_submission()
    (fx,) = (s for s in raw.sheets if s.sheet == "fx")
    doubled = replace(raw, sheets=(*raw.sheets, replace(fx, sheet="F X"), replace(fx, sheet="fx ")))
    checked = check_submission(doubled)
    assert told(checked, "SHT") == [
        "example.xlsx!'F X': the sheet 'F X' is not one that is read, "
        "should have the name of a sheet of the template, did you mean 'fx'? [SHT-002]",
        "example.xlsx!'fx ': the sheet is one of 2 for fx, must be the only one of its name [SHT-003]",
    ]
    assert "fx" not in checked.tables


def test_submission_without_sheets_lacks_the_entity() -> None:
    checked = check_submission(RawSubmission("empty.xlsx", (), ()))
    assert told(checked, "SHT") == ["empty.xlsx: the sheet entity is missing, must be in the submission [SHT-001]"]
    assert checked.tables == {}


@pytest.mark.parametrize(("kind", "longest"), [("code", 100), ("choice", 100), ("text", 500)])
def test_text_beyond_the_longest_of_its_type_is_a_fault(kind: str, longest: int) -> None:
    assert fault_of(kind, "W" * longest) == ""
    assert fault_of(kind, "W" * (longest + 1)) == "too_long"
    assert fault_of(kind, "Ü" * (longest + 1)) == "too_long"


@pytest.mark.parametrize("heading", ["notes", "N\u043ete", "not"])  # the second has a Cyrillic letter
def test_heading_near_to_that_of_an_absent_optional_column_is_an_error(heading: str) -> None:
    checked = rates([*_ROW[:3], "x"], headings=[*_HEADINGS[:3], heading])
    (text,) = told(checked, "SHT")
    assert "did you mean 'note'?" in text
    assert text.endswith("[SHT-019]")
    assert [b.blocks for b in checked.breaches if b.rule.code == "SHT-019"] == [(Cells("example.xlsx", "fx"),)]


def test_heading_near_to_a_column_that_is_there_stays_a_warning() -> None:
    checked = rates([*_ROW, "x"], headings=[*_HEADINGS, "notes"])
    assert [text[-9:] for text in told(checked, "SHT")] == ["[SHT-008]"]


def test_values_without_a_heading_block_the_sheet() -> None:
    checked = rates([*_ROW[:3], "x"], headings=[*_HEADINGS[:3], None])
    assert [(b.rule.code, b.rule.severity, b.blocks) for b in checked.breaches if b.rule.code[:3] == "SHT"] == [
        ("SHT-012", Severity.ERROR, (Cells("example.xlsx", "fx"),))
    ]


def test_time_is_shown_as_a_time() -> None:
    (text,) = told(rates(["USD", time(12, 30), 0.875, None]), "CEL")
    assert "date is 12:30:00, must be a date" in text
