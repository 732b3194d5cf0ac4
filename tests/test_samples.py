"""The sample workbooks: Northbank AG without errors and as large as promised, and one fault in each broken workbook."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import python_calamine

from reporting.cli.printing import problem_lines
from reporting.figures import Figure
from reporting.intake.codes import check_digits_right
from reporting.measures import assess
from reporting.portfolio import Portfolio, load_portfolio
from reporting.problems import Breach, InputRejected, Severity
from reporting.rulebook import load_rulebook

if TYPE_CHECKING:
    from tests.conftest import CheckGolden

_SAMPLES = Path(__file__).resolve().parent.parent / "sample_inputs"
_BROKEN = sorted(path.stem for path in (_SAMPLES / "broken").glob("*.xlsx"))
_NORTHBANK = ("northbank/2026-06-30/northbank.xlsx", "northbank/2026-09-30/northbank.xlsx")
_SOUND = "names_like_formulas"


@cache
def _breaches(path: Path) -> tuple[Breach, ...]:
    """What `reporting check` finds."""
    try:
        return load_portfolio(path, partial=True).breaches
    except InputRejected as rejected:
        return rejected.breaches


@cache
def _northbank(number: int) -> Portfolio:
    return load_portfolio(_SAMPLES / _NORTHBANK[number])


@cache
def _figures(number: int) -> dict[str, Figure]:
    portfolio = _northbank(number)
    rulebook = load_rulebook(portfolio.entity.jurisdiction, portfolio.entity.reference_date)
    return dict(assess(portfolio, rulebook))


# --- broken/ ---------------------------------------------------------------------------------------------------------


def test_there_are_broken_workbooks_for_many_faults() -> None:
    assert len(_BROKEN) >= 20
    assert all((_SAMPLES / "broken" / f"{name}.xlsx").stat().st_size < 12 * 1024 for name in _BROKEN)


def test_every_expected_text_belongs_to_a_workbook() -> None:
    texts = {path.name.removesuffix(".problems.txt") for path in (_SAMPLES / "broken").glob("*.txt")}
    assert texts == set(_BROKEN)


@pytest.mark.parametrize("name", _BROKEN)
def test_a_broken_workbook_gives_the_problems_beside_it(name: str, check_golden: CheckGolden) -> None:
    lines = problem_lines(_breaches(_SAMPLES / "broken" / f"{name}.xlsx"))
    check_golden(f"../../sample_inputs/broken/{name}.problems.txt", "".join(f"{line}\n" for line in lines))


# A key that is refused is told once, and once more on each column that refers to it: those rows are blocked too.
_PROBLEMS = {_SOUND: 0, "leading_zeros_lost_in_a_key": 4}


@pytest.mark.parametrize("name", _BROKEN)
def test_one_fault_gives_one_problem(name: str) -> None:
    found = [(breach.rule.code, breach.count) for breach in _breaches(_SAMPLES / "broken" / f"{name}.xlsx")]
    assert sum(count for _, count in found) == _PROBLEMS.get(name, 1), found


def test_names_that_look_like_formulas_stay_text() -> None:
    names = load_portfolio(_SAMPLES / "broken" / f"{_SOUND}.xlsx").frames["counterparties"]["name"]
    assert [name[0] for name in names[:5]] == ["=", "+", "-", "@", "#"]


# --- northbank/ ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "expected"), [(0, {"EXP-021": 1}), (1, {"EXP-021": 1, "SHT-011": 1})])
def test_northbank_has_only_the_warnings_that_the_readme_names(number: int, expected: dict[str, int]) -> None:
    found = {breach.rule.code: breach.count for breach in _northbank(number).breaches}
    assert found == expected
    assert {breach.rule.severity for breach in _northbank(number).breaches} == {Severity.WARNING}
    assert set(expected) <= set(re.findall(r"[A-Z]{3}-\d{3}", (_SAMPLES / "README.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize("number", [0, 1])
def test_northbank_is_as_large_as_promised(number: int) -> None:
    frames = _northbank(number).frames
    assert len(frames["balance_sheet"]) == 43
    assert set(frames["balance_sheet"]["lr_treatment"]) == {
        "ordinary", "tier1_deducted", "pva", "fiduciary", "regular_way", "cash_pool", "derivative_asset", "sft_asset",
        "cash_vm_receivable_eligible",
    }  # fmt: skip
    assert (len(frames["derivatives"]), frames["netting_sets"]["netting_set_id"].nunique()) == (400, 25)
    assert len(frames["sft"]) == 31
    assert set(frames["derivatives"]["asset_class"]) == {"ir", "fx", "credit", "equity", "commodity", "other"}
    assert len(frames["counterparties"]) == (300, 303)[number]
    assert len(frames["exposures"]) == (2000, 2027)[number]
    assert set(frames["exposures"]["currency"]) == {"EUR", "USD", "GBP", "CHF", "SEK"}
    assert (_SAMPLES / _NORTHBANK[number]).stat().st_size < 400_000


@pytest.mark.parametrize("number", [0, 1])
def test_northbank_has_items_in_every_conversion_bucket(number: int) -> None:
    factors = load_rulebook("eu", _northbank(number).entity.reference_date).parameters["credit_conversion_factors"]
    exposures = _northbank(number).frames["exposures"]
    off_balance = exposures[exposures["off_balance_sheet"].astype(bool)]
    assert isinstance(factors.value, dict)
    assert set(off_balance["ccf_category"]) == set(factors.value)
    assert len(off_balance) == (400, 406)[number]


def test_most_counterparties_have_an_lei_with_right_check_digits_and_the_others_a_code() -> None:
    parties = _northbank(0).frames["counterparties"]
    given = parties["lei"].notna()
    assert given.sum() > 250
    assert check_digits_right(parties.loc[given, "lei"]).all()
    assert parties.loc[~given, ["id_code", "id_type"]].notna().all(axis=None)
    assert not parties["lei"].dropna().duplicated().any()
    assert parties["name"].is_unique


def test_september_follows_from_june() -> None:
    june, september = (_northbank(number).frames for number in (0, 1))
    moved = {
        sheet: (len(_ids(june, sheet) - _ids(september, sheet)), len(_ids(september, sheet) - _ids(june, sheet)))
        for sheet in ("balance_sheet", "counterparties", "exposures")
    }
    assert moved == {"balance_sheet": (0, 0), "counterparties": (6, 9), "exposures": (139, 166)}
    both = june["exposures"].merge(september["exposures"], on="exposure_id", suffixes=("_june", ""))
    assert (both["counterparty_id_june"] == both["counterparty_id"]).all()
    assert (both["currency_june"] == both["currency"]).all()


def _ids(frames: object, sheet: str) -> set[str]:
    assert hasattr(frames, "__getitem__")
    frame: pd.DataFrame = frames[sheet]
    return set(frame[{"balance_sheet": "line_id", "counterparties": "counterparty_id"}.get(sheet, "exposure_id")])


@pytest.mark.parametrize(
    ("figure", "unit", "expected"),
    [
        ("total_assets", 1e6, (42_221, 43_331)),
        ("tier1_capital", 1e6, (2_316, 2_337)),
        ("leverage_ratio", 0.01, (505, 495)),
    ],
)
def test_the_readme_says_what_the_measures_give(figure: str, unit: float, expected: tuple[int, int]) -> None:
    values = [_figures(number)[figure].value for number in (0, 1)]
    assert tuple(round(value / unit) for value in values if isinstance(value, float)) == expected
    row = re.compile(r"\| \D*" + r"\D*".join(f"{e:,}" if unit > 1 else f"{e / 100:.2f}" for e in expected))
    assert row.search((_SAMPLES / "README.md").read_text(encoding="utf-8"))


def test_the_hidden_row_of_september_is_a_footnote_of_the_leverage_ratio() -> None:
    june, september = (_figures(number)["leverage_ratio"].footnotes for number in (0, 1))
    assert not june
    assert [note for note in september if "SHT-011" in note]


# --- How they are made -----------------------------------------------------------------------------------------------


def test_the_script_writes_the_same_values_again(tmp_path: Path) -> None:
    command = [sys.executable, str(_SAMPLES / "generate.py"), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    kept = {path.relative_to(_SAMPLES) for path in _SAMPLES.rglob("*.xlsx")}
    assert {path.relative_to(tmp_path) for path in tmp_path.rglob("*.xlsx")} == kept
    for path in kept:
        assert _values(tmp_path / path) == _values(_SAMPLES / path), path


def _values(path: Path) -> dict[str, object]:
    workbook = python_calamine.CalamineWorkbook.from_path(path)
    return {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}
