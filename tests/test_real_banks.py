"""The whole path on 51 real banks, whose published data hold only a total for the balance sheet."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from pathlib import Path

import pytest

from reporting.batch import Options, run_unit
from reporting.figures import Figure
from reporting.measures import assess
from reporting.portfolio import Portfolio, load_portfolio
from reporting.rulebook import load_rulebook
from tests.real_banks import FOLDER, banks, needs_real_data, write_submission

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def assessed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Portfolio, dict[str, Figure]]]:
    folder = tmp_path_factory.mktemp("banks")
    found = {}
    for bank in banks():
        portfolio = load_portfolio(write_submission(bank, folder))
        rulebook = load_rulebook(portfolio.entity.jurisdiction, portfolio.entity.reference_date)
        found[bank.lei] = portfolio, dict(assess(portfolio, rulebook))
    return found


def published() -> dict[str, tuple[float, float]]:
    with (FOLDER / "exposures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    of = {(row["lei"], row["exposure_class"]): float(row["total"]) for row in rows if row["country"] == "Total"}
    return {lei: (of[lei, "Common tier1 equity capital"], of[lei, "Total assets"]) for lei, _ in of}


def test_all_banks_pass_the_checks_and_fourteen_are_warned(
    assessed: dict[str, tuple[Portfolio, dict[str, Figure]]],
) -> None:
    rules = Counter(
        b.rule.code for portfolio, _ in assessed.values() for b in portfolio.breaches if b.rule.severity != "note"
    )
    assert len(assessed) == 51
    assert rules["REC-002"] == 14
    assert set(rules) == {"REC-002"}


def test_the_leverage_ratio_is_not_available_and_says_why(
    assessed: dict[str, tuple[Portfolio, dict[str, Figure]]],
) -> None:
    for _, figures in assessed.values():
        assert not figures["leverage_ratio"].available
        assert "holds only an unsplit total" in figures["leverage_ratio"].reason


def test_simple_leverage_equals_a_two_line_computation(
    assessed: dict[str, tuple[Portfolio, dict[str, Figure]]],
) -> None:
    for lei, (cet1, total_assets) in published().items():
        assert math.isclose(assessed[lei][1]["simple_leverage"].number, cet1 / total_assets * 100, rel_tol=1e-12)


def test_totals_add_up_to_the_published_sums(assessed: dict[str, tuple[Portfolio, dict[str, Figure]]]) -> None:
    total_assets = math.fsum(figures["total_assets"].number for _, figures in assessed.values())
    cet1 = math.fsum(figures["cet1_capital"].number for _, figures in assessed.values())
    assert math.isclose(total_assets / 1e6, 26_852_967.844, abs_tol=1e-3)
    assert math.isclose(cet1 / 1e6, 1_238_478.6002618, abs_tol=1e-6)


@pytest.mark.slow
def test_all_banks_go_through_to_pdf_and_workbook(tmp_path: Path) -> None:
    made = []
    for bank in banks():
        outcome = run_unit(write_submission(bank, tmp_path), tmp_path / "out", Options())
        made.append(outcome.folder)
        assert {path.name for path in outcome.folder.iterdir()} == {
            "report.pdf", "report.xlsx", "figures.json", "figures.parquet", "problems.json", "manifest.json",
            "seal.json",
        }  # fmt: skip
        figures = {
            f["name"]: f for f in json.loads((outcome.folder / "figures.json").read_text(encoding="utf-8"))["figures"]
        }
        assert figures["leverage_ratio"]["value"] is None
        assert math.isclose(figures["simple_leverage"]["value"], bank.cet1 / bank.total_assets * 100, rel_tol=1e-12)
    assert len(set(made)) == 51
