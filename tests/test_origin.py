from __future__ import annotations

import pytest

from reporting.origin import Cells, Runs


@pytest.mark.parametrize(
    ("column", "rows", "text"),
    [
        ("", (), "bank.xlsx!exposures"),
        ("F", (), "bank.xlsx!exposures!F"),
        ("F", ((17, 17),), "bank.xlsx!exposures!F17"),
        ("F", ((2, 90),), "bank.xlsx!exposures!F2:F90"),
        ("F", ((2, 4), (7, 7)), "bank.xlsx!exposures!F2:F4,F7"),
        ("", ((1563, 1563),), "bank.xlsx!exposures!row 1563"),
        ("", ((4, 5),), "bank.xlsx!exposures!rows 4:5"),
        ("", ((3, 4), (6, 6)), "bank.xlsx!exposures!rows 3:4,6"),
    ],
)
def test_cells_print_as_a_spreadsheet_program_names_them_and_whole_rows_as_rows(
    column: str, rows: Runs, text: str
) -> None:
    assert str(Cells("bank.xlsx", "exposures", column, rows)) == text


def test_name_of_a_sheet_with_blanks_stands_in_quotes_and_a_file_without_sheets_stands_alone() -> None:
    assert str(Cells("bank.xlsx", "own funds", "B", ((2, 2),))) == "bank.xlsx!'own funds'!B2"
    assert str(Cells("fx.csv", "", "", ((3, 3),))) == "fx.csv!row 3"


def test_names_cannot_forge_a_line_or_fill_the_screen() -> None:
    assert str(Cells("a\n.xlsx", "fx\nno errors\x1b", "A", ((1, 1),))) == "a\\n.xlsx!'fx\\nno errors\\x1b'!A1"
    assert str(Cells("a.xlsx", "f" * 1_000_000)) == f"a.xlsx!{'f' * 57}..."
