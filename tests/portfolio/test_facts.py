"""Facts say what is missing, and never hand a blank to a measure as if it were a number."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting.portfolio.facts import FactError, FactSpec, load_facts
from tests.factories import base_sheets, portfolio_of

NET = FactSpec("net", "balance_sheet", ("net_amount",), {"lr_treatment": ("ordinary",)})


def test_amounts_are_converted_to_single_units_and_cannot_be_changed() -> None:
    fact = portfolio_of(base_sheets()).fact(NET)
    assert fact.value.tolist() == [89_000_000.0]
    with pytest.raises(ValueError, match="read-only"):
        fact.value[0] = 0


def test_an_amount_whose_column_could_not_be_read_is_said_and_not_handed_over() -> None:
    sheets = base_sheets()
    for line in sheets["balance_sheet"]:
        del line["gross_carrying_amount"]
    fact = portfolio_of(sheets, partial=True).fact(NET)
    assert fact.value is None
    assert "gross_carrying_amount" in fact.blocked or "net_amount cannot be given" in fact.blocked


def test_a_rate_of_another_day_is_never_used() -> None:
    sheets = base_sheets()
    sheets["fx"][0]["date"] = sheets["fx"][0]["date"].replace(day=29)
    nominal = FactSpec("nominal", "exposures", ("nominal_amount",), {"off_balance_sheet": (True,)})
    fact = portfolio_of(sheets, partial=True).fact(nominal)
    assert fact.value is None
    assert "USD" in fact.blocked


def test_an_absent_sheet_and_an_absent_row_are_told_apart() -> None:
    portfolio = portfolio_of(base_sheets())
    assert (
        portfolio.fact(FactSpec("x", "requirements", ("value",), shape="one")).absent
        == "sheet requirements is not in the submission"
    )
    tier1 = FactSpec("x", "own_funds", ("money_amount",), {"item": ("tier1",)}, shape="one")
    assert portfolio.fact(tier1).absent == "own_funds has no row where item is tier1"


def test_a_text_ending_in_a_star_selects_all_that_begin_so() -> None:
    sheets = base_sheets()
    sheets["own_funds"] += [{"item": "deduction_goodwill", "amount": 1}, {"item": "deduction_dta", "amount": 2}]
    sheets["own_funds"][0] = {"item": "cet1_instruments", "amount": 4500}
    deductions = FactSpec("d", "own_funds", ("money_amount",), {"item": ("deduction_*",)})
    assert sorted(portfolio_of(sheets).fact(deductions).value.tolist()) == [1000.0, 2000.0]


def test_a_star_alone_selects_the_cells_that_are_not_blank() -> None:
    sheets = base_sheets()
    sheets["exposures"][0]["asset_id"] = "X1"
    of_assets = FactSpec("a", "exposures", ("exposure_id",), {"asset_id": ("*",)}, shape="frame", key="exposure_id")
    assert of_assets.selection() == "asset_id is given"
    assert portfolio_of(sheets).fact(of_assets).value["exposure_id"].tolist() == ["E1"]


def test_cells_that_place_a_row_are_behind_every_row_of_a_table() -> None:
    sheets = base_sheets()
    kinds = FactSpec("k", "exposures", ("instrument",), shape="frame", key="exposure_id", places=("instrument",))
    instruments = [s for s in portfolio_of(sheets).fact(kinds).sources if s.cells.heading == "instrument"]
    assert [(source.role, list(source.at("E1").row_numbers())) for source in instruments] == [
        ("value", [2]),
        ("selects", [2, 3]),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {sheet: x, column: y, were: {}}", "unknown key 'were', did you mean 'where'"),
        ("a: {sheet: x}", "give either column, or columns, or the shape count"),
        ("a: {sheet: x, columns: [y]}", "a frame needs its key"),
    ],
)
def test_a_facts_file_that_breaks_its_rules_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "facts.yaml").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(FactError, match=message):
        load_facts(tmp_path / "facts.yaml")
