"""LibreOffice as the referee: from the input rows alone it must find what the program found."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from reporting.render.xlsx import write_xlsx
from tests.render import reports
from tests.render.libreoffice import (
    Cells,
    formulas,
    recalculated,
    recalculated_all,
    set_input_cell,
    soffice,
    stored,
    with_stored_values,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed"),
]


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workbook") / "report.xlsx"
    write_xlsx(reports.report(), path)
    return path


def differences(path: Path, expected: Cells, found: Cells) -> dict[tuple[str, str], tuple[Any, Any]]:
    """Formula cells whose recalculated value is not the stored one, to 1e-9."""
    return {
        place: (expected.get(place), found.get(place))
        for place in formulas(path)
        if not _same(expected.get(place), found.get(place))
    }


def _same(expected: object, found: object) -> bool:
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return abs(expected - found) <= 1e-9 * max(1.0, abs(expected))
    return expected == found


def test_libreoffice_gives_back_every_stored_value(workbook: Path) -> None:
    spoiled = with_stored_values(workbook, 999)
    assert set(map(stored(spoiled).get, formulas(workbook))) == {999}
    assert not differences(workbook, stored(workbook), recalculated(spoiled))
    assert len(formulas(workbook)) > 100


def test_a_wrong_stored_value_is_caught(workbook: Path) -> None:
    wrong = {**stored(workbook), ("Figures", "C5"): 88_450_000.2}
    found = differences(workbook, wrong, recalculated(with_stored_values(workbook, 999)))
    assert list(found) == [("Figures", "C5")]


def test_a_changed_input_cell_gives_what_the_program_gives_on_that_input(workbook: Path, tmp_path: Path) -> None:
    """20 random cells, one at a time: amounts, codes that select, currencies, dates, rates, blanks."""
    draw = random.Random(20260930)
    changes = [_change(draw) for _ in range(20)]
    paths, expected = [], []
    for number, (sheet, column, row, value) in enumerate(changes):
        tables = reports.inputs()
        frame = tables[sheet].frame.copy()
        place = f"{_letter(frame, column)}{5 + frame.index.tolist().index(row)}"
        frame.loc[row, column] = value
        object.__setattr__(tables[sheet], "frame", frame)
        expected.append(reports.evaluated(tables))
        cell = value.date() if isinstance(value, pd.Timestamp) else value
        paths.append(set_input_cell(workbook, f"Inputs_{sheet}", place, cell, tmp_path / f"changed-{number}.xlsx"))
    rows = {
        str(stored(workbook)["Figures", f"A{r}"]): r for r in range(4, 4 + len(reports.figures(reports.inputs())) - 2)
    }
    base = reports.evaluated(reports.inputs())
    moved = 0
    for change, values, cells in zip(changes, expected, recalculated_all(paths), strict=True):
        moved += any(values[name] != base[name] for name in reports.FIGURES)
        for name in reports.FIGURES:
            assert _same(values[name], cells["Figures", f"C{rows[name]}"]), (change, name)
    assert moved >= 15, "most changes must move a figure, or nothing is proven"


def _letter(frame: pd.DataFrame, column: str) -> str:
    return chr(ord("B") + list(frame.columns).index(column))


def _change(draw: random.Random) -> tuple[str, str, int, Any]:
    """Sheet, column, row number in the file, new value."""
    amount = draw.randrange(1, 10**7) / 100
    return draw.choice([
        ("balance_sheet", "gross_carrying_amount", draw.randrange(5, 10), amount),
        ("balance_sheet", "loss_allowance_specific", draw.choice([6, 7]), amount / 100),
        ("balance_sheet", "lr_treatment", draw.choice([5, 6]), draw.choice(["eu_429_8", "derivative_asset"])),
        ("balance_sheet", "general_provision_deducted_from_tier1", draw.choice([5, 6]), draw.choice([amount, None])),
        ("exposures", "nominal", draw.randrange(4, 8), amount),
        ("exposures", "currency", draw.randrange(4, 8), draw.choice(["EUR", "USD", "JPY"])),
        ("exposures", "off_balance_sheet", draw.randrange(4, 8), False),
        ("exposures", "ccf_category", draw.randrange(4, 8), draw.choice(["unused", "note_issuance_facility"])),
        ("own_funds", "amount", draw.randrange(2, 6), amount),
        ("own_funds", "item", 3, "tier1"),
        ("fx", "rate", draw.choice([2, 4]), amount / 1e4),
        ("requirements", "valid_to", 3, pd.Timestamp(2026, 9, 29)),
        ("requirements", "value", draw.choice([2, 3]), amount / 1e4),
        ("entity", "unit", 2, 1),
        ("entity", "g_sib", 2, True),
    ])  # fmt: skip
