"""The sample system: thirty institutions whose claims reconcile but for five planted differences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reporting.intake.codes import check_digits_right
from reporting.portfolio import load_portfolio
from reporting.portfolio.system import Rule, System, Terms, build_system, read_for_system
from tests.contagion_runs import sample_system as sample

_SAMPLES = Path(__file__).resolve().parents[2] / "sample_inputs"
_FOLDER = _SAMPLES / "system"
NORTHBANK = "FICTIONALNORTHBANK63"


def test_thirty_institutions_of_all_kinds_load_in_euro() -> None:
    nodes = sample().nodes
    assert len(nodes) == 30
    assert nodes["kind"].value_counts().to_dict() == {
        "bank": 17, "fund": 4, "crypto_lender": 4, "trading_venue": 3, "investment_firm": 2,
    }  # fmt: skip
    assert nodes["name"].str.endswith("(fictional)").all()
    assert check_digits_right(nodes.index.to_series()).all()
    assert (sample().currency, str(sample().reference_date), sample().left_out) == ("EUR", "2026-09-30", {})
    assert {"northbank.xlsx", "harbour_fund.xlsx", "tidal_exchange.xlsx"} <= set(sample().files)


def test_the_planted_differences_are_all_that_is_found() -> None:
    assert [(breach.rule.code, breach.count) for breach in sample().breaches] == [("SYS-004", 5)]


def test_each_planted_difference_stands_in_the_readme_with_its_cell() -> None:
    told = (_SAMPLES / "README.md").read_text(encoding="utf-8")
    for problem in sample().problems:
        assert f"`{problem.where}`" in told, problem


def test_the_rule_changes_only_the_planted_pairs() -> None:
    submissions = [read_for_system(path) for path in sorted(_FOLDER.iterdir())]
    lender = sample().exposures.toarray()
    rules: tuple[Rule, ...] = ("borrower", "larger")
    borrower, larger = (build_system(submissions, Terms(rule)).exposures.toarray() for rule in rules)
    changed = np.abs(lender - borrower) > 1000
    assert changed.sum() == 5
    assert np.allclose(lender[~changed], borrower[~changed], rtol=1e-5)
    assert (larger >= np.maximum(lender, borrower) - 1e-6).all()


@pytest.mark.parametrize("sheet", ["exposures", "funding"])
def test_northbank_reports_there_what_its_own_submission_holds(sheet: str) -> None:
    small = load_portfolio(_FOLDER / "northbank.xlsx").tables[sheet].frame
    large = load_portfolio(_SAMPLES / "northbank/2026-09-30/northbank.xlsx").tables[sheet].frame
    key, amount = ("exposure_id", "gross_carrying_amount") if sheet == "exposures" else ("funding_id", "amount")
    assert len(small) > 10
    assert small.set_index(key)[amount].equals(large.set_index(key)[amount].reindex(small[key]))


def test_a_default_in_the_core_brings_others_down_in_turn() -> None:
    system = sample()
    fallen = {name: _rounds(system, n) for n, name in enumerate(system.names)}
    assert max(map(len, fallen.values())) >= 2, "at least one default has a second round"
    assert sum(len(rounds) > 0 for rounds in fallen.values()) >= 5
    assert sum(sum(rounds) for rounds in fallen.values()) < 30, "and none brings everything down"


def _rounds(system: System, first: int) -> list[int]:
    """How many institutions fall in each round after one, where nothing is recovered (Furfine 2003)."""
    fallen = np.arange(len(system.leis)) == first
    rounds: list[int] = []
    while True:
        after = fallen | (system.exposures @ fallen.astype(float) >= system.equity)
        if (after == fallen).all():
            return rounds
        rounds.append(int(after.sum() - fallen.sum()))
        fallen = after


def test_every_claim_and_obligation_has_its_cell() -> None:
    claims = sample().claims
    assert (claims["file"] != "").all()
    assert (claims["row"] > 1).all()
    used = claims[claims["used"]]
    assert abs(used["amount"].sum() - sample().exposures.sum()) < 0.01
    assert len(sample().external) == 58


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in _FOLDER.iterdir()) < 1_000_000
