"""Cells in words: one line for columns of one sheet that play one part, each place once, long lists cut and counted."""

from __future__ import annotations

import numpy as np

from reporting.figures import Role, Source
from reporting.origin import Cells
from reporting.reports.lineage import source_texts


def source(
    column: str, heading: str, *rows: int, role: Role = "value", note: str = "", sheet: str = "exposures"
) -> Source:
    return Source(Cells("a.xlsx", sheet, column, (), heading), np.array(rows, dtype=np.int64), role, note)


def test_columns_that_play_one_part_stand_in_one_line() -> None:
    sources = [source("C", "nominal", 2, 3, 4), source("F", "kind", 2, role="selects"), source("D", "allowance", 2, 4)]
    assert list(source_texts(sources)) == [
        "nominal, allowance: a.xlsx!exposures!C2:C4, D2,D4 (amounts)",
        "kind: a.xlsx!exposures!F2 (selection)",
    ]


def test_other_sheets_and_other_conditions_have_lines_of_their_own() -> None:
    sources = [
        source("A", "item", 2, role="selects", note="item is cet1"),
        source("A", "item", 3, role="selects", note="item is tier1"),
        source("A", "item", 2, role="selects", note="item is cet1", sheet="fx"),
    ]
    assert [text.split(": ")[1] for text in source_texts(sources)] == [
        "a.xlsx!exposures!A2 (selection where item is cet1)",
        "a.xlsx!exposures!A3 (selection where item is tier1)",
        "a.xlsx!fx!A2 (selection where item is cet1)",
    ]


def test_a_place_is_named_once() -> None:
    assert list(source_texts([source("C", "unit", 2, role="converts")] * 2)) == [
        "unit: a.xlsx!exposures!C2 (conversion)"
    ]


def test_long_lists_are_cut_and_counted_over_all_columns() -> None:
    odd = tuple(range(1, 21, 2))
    (text,) = source_texts([source("C", "nominal", *odd), source("D", "allowance", *odd)])
    assert text.startswith(
        "nominal, allowance: a.xlsx!exposures!C1,C3,C5,C7,C9,C11, D1,D3,D5,D7,D9,D11 and 8 more cells"
    )


def test_no_row_is_said() -> None:
    assert list(source_texts([source("C", "value", note="item is p2r_lr")])) == [
        "value: no row where item is p2r_lr in a.xlsx!exposures!C (amounts)"
    ]
