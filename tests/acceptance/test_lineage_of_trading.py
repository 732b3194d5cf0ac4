"""Lineage is true of derivatives and securities financing too: trades, hedging sets, netting sets, margin, SFTs, LR2.

The same trials as in `test_lineage_is_true`, on small banks with trades of every class. A cell that is named may be
hidden by a branch of the rules; then a change of another named cell opens it, or `trading_trials.perturb` tells why.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest

from tests.acceptance.banks import TRADING_SHEETS, Bank, Cell
from tests.acceptance.lineage import Target, named
from tests.acceptance.trading_bank import trading_in_europe, trading_under_basel
from tests.acceptance.trading_trials import Trial, perturb, recompute
from tests.acceptance.trials import Report

BANKS = (trading_in_europe, trading_under_basel)
TABLES = {
    "derivative_trades", "derivative_entities", "derivative_hedging_sets", "derivative_unmargined_hedging_sets",
    "derivative_asset_classes", "derivative_netting_sets", "derivative_leverage_sets", "derivative_collateral",
    "derivative_margin_agreements", "written_credit_derivatives", "sft_transactions", "sft_netting_sets",
    "sft_settlement_groups",
}  # fmt: skip
CLASSES = {"ir", "fx", "credit", "equity", "commodity", "crypto"}


@cache
def trial_of(make: Callable[[], Bank]) -> Trial:
    return Trial.of(make())


def some_targets(trial: Trial, count: int, seed: int) -> list[Target]:
    """Figures and table rows of trading, and what rests on them."""
    sheets = {target for target in trial.targets if any(sheet in TRADING_SHEETS for sheet, _, _ in trial.names[target])}
    return random.Random(seed).sample(sorted(sheets, key=str), count)


def some_cells(trial: Trial, count: int, seed: int) -> list[Cell]:
    """Cells that hold something, each column of each sheet as likely as any other."""
    draw, found = random.Random(seed), dict[Cell, None]()
    columns: dict[tuple[str, str], list[Cell]] = {}
    for cell in trial.some_cells(TRADING_SHEETS):
        columns.setdefault(cell[:2], []).append(cell)
    while len(found) < count:
        found[draw.choice(draw.choice(list(columns.values())))] = None
    return list(found)


def test_the_banks_have_trades_of_every_class_and_every_table() -> None:
    trial = trial_of(trading_in_europe)
    assert {row["asset_class"] for row in trial.bank["derivatives"].values()} >= CLASSES
    assert {target.name for target in trial.targets if target.key is not None} >= TABLES
    assert trial.figures["leverage_ratio"].available


def test_figures_and_rows_of_trading_follow_from_their_named_cells_alone() -> None:
    trial, report = trial_of(trading_in_europe), Report()
    recompute(trial, some_targets(trial, 2, seed=61), 61, report)
    assert not report.failures
    assert report.seen["cells that were changed"] > 500
    assert report.seen["rows that were left out"] > 30


def test_what_names_a_cell_of_a_trade_moves_with_it_and_nothing_else_does() -> None:
    trial, report = trial_of(trading_in_europe), Report()
    perturb(trial, some_cells(trial, 2, seed=62), report)
    assert not report.failures
    assert report.seen["named: changed"] > 3
    assert report.seen["unnamed"] > 200


@pytest.mark.slow
@pytest.mark.parametrize("make", BANKS)
def test_a_hundred_figures_and_rows_of_trading_follow_from_their_named_cells_alone(make: Callable[[], Bank]) -> None:
    trial, report = trial_of(make), Report()
    recompute(trial, some_targets(trial, 100, seed=71), 71, report)
    assert not report.failures
    assert report.seen["recomputed"] == 100
    assert report.seen["cells that were changed"] > 10_000


@pytest.mark.slow
@pytest.mark.parametrize("make", BANKS)
def test_forty_cells_of_trading_move_what_names_them_and_nothing_else(make: Callable[[], Bank]) -> None:
    trial, report = trial_of(make), Report()
    perturb(trial, some_cells(trial, 40, seed=72), report)
    assert not report.failures
    assert report.seen["cells"] == 40
    assert report.seen["unnamed"] > 5_000
    assert report.seen["named: changed"] > 400


# --- What the trials have found, and the trials themselves ------------------------------------------------------------


def test_netting_sets_under_one_margin_agreement_rest_on_each_other() -> None:
    trial = trial_of(trading_in_europe)
    other: Cell = ("netting_sets", "margined", 6)
    assert trial.bank["netting_sets"][6]["netting_set_id"] == "N4"
    assert all(
        other in trial.names[Target(name, "N5")] for name in ("derivative_leverage_sets", "derivative_netting_sets")
    )


def test_protection_sold_rests_on_the_purchase_that_it_names() -> None:
    trial = trial_of(trading_in_europe)
    (purchase,) = (row for row, cells in trial.bank["derivatives"].items() if cells["trade_id"] == "T07")
    assert ("derivatives", "notional", purchase) in trial.names[Target("written_credit_derivatives", "T06")]


def test_a_hedging_set_rests_on_the_cells_that_could_bring_another_trade_to_it() -> None:
    trial = trial_of(trading_in_europe)
    cells = trial.names[Target("derivative_hedging_sets", "N1 | fx | EUR/USD | plain | 10 days")]
    (other,) = (row for row, own in trial.bank["derivatives"].items() if own["trade_id"] == "T22")
    assert ("derivatives", "netting_set_id", other) in cells
    assert ("derivatives", "notional", other) not in cells


def test_collateral_of_transactions_has_no_part_in_that_of_netting_sets() -> None:
    trial = trial_of(trading_in_europe)
    assert list(trial.figures["derivative_collateral"].table.index) == ["K1", "K2", "K3", "K4"]
    rows = {row for sheet, column, row in named(trial.figures, Target("sft_transactions")) if column == "value"}
    assert rows == {6, 7}


def test_lineage_that_lacks_a_cell_of_a_trade_is_found() -> None:
    trial, report = trial_of(trading_in_europe), Report()
    target, cell = Target("derivative_trades", "T04"), ("derivatives", "second_notional", 5)
    blind = Trial(trial.bank, trial.figures, (target,), trial.states, {target: trial.names[target] - {cell}})
    perturb(blind, [cell], report)
    recompute(blind, [target], 81, report)
    assert [failure.split(" with ")[0].split(" is ")[0] for failure in report.failures] == [
        "derivative_trades[T04] changed", "derivative_trades[T04]",
    ]  # fmt: skip
