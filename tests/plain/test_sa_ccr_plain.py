"""The plain SA-CCR meets every golden, and the random portfolios reach every line and branch of it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.golden_sa_ccr import FOLDER, Case, cases
from tests.plain.sa_ccr import Result, sa_ccr
from tests.plain.sa_ccr_sets import NettingSet
from tests.random_derivatives import Portfolio, random_portfolio

PLAIN = (
    "sa_ccr", "sa_ccr_add_ons", "sa_ccr_margin", "sa_ccr_pools", "sa_ccr_sets", "sa_ccr_table", "sa_ccr_trades",
)  # fmt: skip
ALL_PORTFOLIOS = 2_000


def of_case(case: Case) -> Result:
    return sa_ccr(
        case.trades,
        case.netting_sets,
        case.jurisdiction,
        reporting_currency=case.reporting_currency,
        tranche_sign_as_printed=case.tranche_sign_as_printed,
    )


def of_portfolio(portfolio: Portfolio) -> Result:
    return sa_ccr(
        portfolio.trades,
        portfolio.netting_sets,
        portfolio.jurisdiction,
        reporting_currency=portfolio.reporting_currency,
        tranche_sign_as_printed=portfolio.tranche_sign_as_printed,
        no_offset=portfolio.no_offset,
    )


def test_every_golden_has_a_case() -> None:
    files = {path.stem for pattern in ("saccr_*.json", "sco60_provisional*.json") for path in FOLDER.glob(pattern)}
    assert files == {case.name.split(",")[0] for case in cases()}
    assert len(files) == 7


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_plain_implementation_meets_every_golden(case: Case) -> None:
    result = of_case(case)
    found = result.netting_sets["golden"]
    for name, value in case.expected.items():
        assert getattr(found, name) == pytest.approx(value, rel=case.relative_tolerance, abs=0), name
    for asset_class, amount in case.expected_by_class.items():
        assert found.add_on_by_class[asset_class] == pytest.approx(amount, rel=case.relative_tolerance), asset_class
    for trade_id, values in case.expected_by_trade.items():
        for name, value in values.items():
            got = getattr(result.trades[trade_id], name)
            assert got == pytest.approx(value, rel=case.relative_tolerance), (trade_id, name)


@pytest.mark.parametrize("case", [case for case in cases() if case.published], ids=lambda case: case.name)
def test_the_plain_implementation_meets_the_published_examples_to_the_printed_digit(case: Case) -> None:
    result = of_case(case)
    for name, (printed, half_unit) in case.published.items():
        assert abs(getattr(result.netting_sets["golden"], name) - printed) <= half_unit, name
    for trade_id, (printed, half_unit) in case.published_delta.items():
        assert abs(result.trades[trade_id].supervisory_delta - printed) <= half_unit


def test_the_three_published_examples_are_among_the_goldens() -> None:
    assert [case.published["exposure_at_default"][0] for case in cases() if case.published] == [569, 381, 5406]


def test_the_same_seed_makes_the_same_portfolio() -> None:
    assert random_portfolio(7) == random_portfolio(7)
    assert random_portfolio(7) != random_portfolio(8)


@pytest.mark.slow
def test_random_portfolios_take_every_line_and_branch_of_the_plain_implementation(
    project: Path, tmp_path: Path
) -> None:
    """In a process of its own, so that the lines run at import count too."""
    pytest.importorskip("coverage", reason="coverage is not installed")
    program = (
        "from tests.plain.test_sa_ccr_plain import ALL_PORTFOLIOS, of_portfolio\n"
        "from tests.random_derivatives import random_portfolio\n"
        "for seed in range(ALL_PORTFOLIOS):\n"
        "    of_portfolio(random_portfolio(seed, large=seed % 400 == 0))\n"
    )
    (tmp_path / "program.py").write_text(
        f"import sys\nsys.path.insert(0, {str(project)!r})\n{program}", encoding="utf-8"
    )
    coverage = [sys.executable, "-W", "error", "-m", "coverage"]
    files = ",".join(str(project / "tests" / "plain" / f"{name}.py") for name in PLAIN)
    subprocess.run(
        [*coverage, "run", "--rcfile=", "--branch", f"--include={files}", "--data-file=data", "program.py"],
        cwd=tmp_path, check=True,
    )  # fmt: skip
    subprocess.run(
        [*coverage, "json", "--rcfile=", "-q", "--data-file=data", "-o", "taken.json"], cwd=tmp_path, check=True
    )
    taken = json.loads((tmp_path / "taken.json").read_text(encoding="utf-8"))["files"]
    assert {Path(name).stem for name in taken} == set(PLAIN)
    missing = {name: (file["missing_lines"], file["missing_branches"]) for name, file in taken.items()}
    assert all(found == ([], []) for found in missing.values()), missing


def test_random_portfolios_hold_what_the_law_treats_apart() -> None:
    """The conditions that stand inside a line, where coverage does not see them."""
    seen: Counter[object] = Counter()
    for seed in range(400):
        portfolio = random_portfolio(seed)
        for trade in portfolio.trades:
            seen.update((portfolio.jurisdiction, kind) for kind in kinds_of_trade(trade))
        for found in of_portfolio(portfolio).netting_sets.values():
            seen.update(kinds_of_netting_set(found))
    by_trade = [
        *SUB_CLASSES,
        *KINDS,
        "end 1.0",
        "end 5.0",
        "maturity 0.02",
        "maturity 0.04",
        "maturity 1.0",
        "both < 0",
    ]
    expected = {(jurisdiction, kind) for jurisdiction in ("basel", "eu") for kind in by_trade}
    expected |= {("eu", "commodity climatic"), ("eu", "other ")}
    assert expected - seen.keys() == set()
    days = {f"{days} days" for days in (5.0, 10.0, 14.0, 19.0, 20.0, 24.0, 40.0)}
    outcomes = {"capped", "not capped", "floor of the multiplier", "multiplier between", "value only", "margin only"}
    assert (days | outcomes) - seen.keys() == set()


SUB_CLASSES = [
    "ir ", "fx ", *(f"credit {name}" for name in ("aaa", "aa", "a", "bbb", "bb", "b", "ccc", "index_ig", "index_sg")),
    "equity single", "equity index",
    *(f"commodity {name}" for name in ("electricity", "oil_gas", "metals", "agricultural", "other")),
    "crypto 2a", "crypto 2b",
]  # fmt: skip
KINDS = [
    f"{kind} {side} {payoff}"
    for kind in ("call", "put")
    for side in ("bought", "sold")
    for payoff in ("vanilla", "digital", "basis", "volatility")
]


def kinds_of_trade(trade: Mapping[str, Any]) -> Iterator[str]:
    yield f"{trade['asset_class']} {trade['sub_class']}"
    yield f"end {trade['e_years']}"
    yield f"maturity {trade['m_years']}"
    if trade["option_type"] is not None:
        option = f"{trade['option_type']} {trade['option_side']}"
        yield f"{option} {'vanilla' if trade['digital_payoff'] is None else 'digital'}"
        yield f"{option} {trade['special']}"
        if max(trade["option_price"], trade["option_strike"]) < 0:
            yield "both < 0"


def kinds_of_netting_set(found: NettingSet) -> Iterator[str]:
    yield f"{found.mpor_days} days"
    if found.ead_margined is not None:
        yield "capped" if found.capped else "not capped"
    if found.multiplier is not None and found.multiplier < 1:
        yield "floor of the multiplier" if math.isclose(found.multiplier, 0.05) else "multiplier between"
    if found.add_on == 0:
        yield "value only" if found.value != 0 else "margin only" if found.replacement_cost > 0 else "empty"
