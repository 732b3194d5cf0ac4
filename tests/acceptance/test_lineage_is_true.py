"""Lineage is true: a figure follows from the cells it names, moves with each of them, and with no other.

Three trials, over figures and over the rows of table figures:

- recomputed in another bank that shares only its named cells, it comes to the same, bit for bit
- a valid change of a named cell changes it, or the reason why it does not is one of the few told in `lineage.excuse`
- a valid change of any other cell leaves it as it is, bit for bit
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from reporting.batch import load_figures, with_keys
from reporting.intake import load_submission
from tests.acceptance.banks import (
    Bank,
    Cell,
    figures_of,
    from_tables,
    giving_components,
    holding_derivatives,
    problems_of,
    stating_totals,
    without_trading,
)
from tests.acceptance.lineage import Figures, Target, named, targets
from tests.acceptance.samples import SampleRuns
from tests.acceptance.trials import Report, perturb, recompute

BANKS = (stating_totals, giving_components, holding_derivatives)
EXCUSED = ("other law", "zero", "not in force", "nothing published", "factor of 100 %", "refused by a check")


def assessed(bank: Bank) -> Figures:
    figures = figures_of(bank)
    assert figures is not None, problems_of(bank)
    return figures


def some_cells(bank: Bank, count: int, seed: int) -> list[Cell]:
    """Random cells, each column of each sheet as likely as any other."""
    draw = random.Random(seed)
    columns = [
        [(sheet, column, row) for row, cells in rows.items() if column in cells]
        for sheet, rows in bank.items()
        for column in dict.fromkeys(column for cells in rows.values() for column in cells)
    ]
    found: dict[Cell, None] = {}
    while len(found) < min(count, sum(map(len, columns))):
        found[draw.choice(draw.choice(columns))] = None
    return list(found)


def some_targets(figures: Figures, count: int, seed: int) -> list[Target]:
    found = targets(figures)
    return random.Random(seed).sample(found, min(count, len(found)))


@pytest.mark.parametrize("make", BANKS)
def test_a_figure_follows_from_its_named_cells_alone(make: Callable[[], Bank]) -> None:
    bank, report = make(), Report()
    figures = assessed(bank)
    recompute(bank, figures, some_targets(figures, 10, seed=11), 11, report)
    assert not report.failures
    assert report.seen["recomputed"] == 10
    assert report.seen["cells that were changed"] > 1_000


@pytest.mark.parametrize("make", BANKS)
def test_a_figure_moves_with_the_cells_it_names_and_with_no_other(make: Callable[[], Bank]) -> None:
    bank, report = make(), Report()
    figures = assessed(bank)
    perturb(bank, figures, targets(figures), some_cells(bank, 11, seed=12), report)
    assert not report.failures
    assert report.seen["named: changed"] > 8
    assert report.seen["unnamed"] > 300


@pytest.mark.slow
@pytest.mark.parametrize("make", BANKS)
def test_every_figure_follows_from_its_named_cells_alone(make: Callable[[], Bank]) -> None:
    bank, report = make(), Report()
    figures = assessed(bank)
    for seed in (21, 22):
        recompute(bank, figures, targets(figures), seed, report)
    assert not report.failures
    assert report.seen["recomputed"] == 2 * len(targets(figures)) >= 90


@pytest.mark.slow
@pytest.mark.parametrize("make", BANKS)
def test_every_figure_moves_with_the_cells_it_names_and_with_no_other(make: Callable[[], Bank]) -> None:
    bank, report = make(), Report()
    figures = assessed(bank)
    perturb(bank, figures, targets(figures), some_cells(bank, 200, seed=23), report)
    assert not report.failures
    assert report.seen["cells"] == 200
    excused = sum(report.seen[f"named: {reason}"] for reason in EXCUSED)
    assert report.seen["named: changed"] > 5 * excused, report.seen


@pytest.mark.slow
def test_lineage_of_the_sample_bank_is_true(project: Path) -> None:
    checked = load_submission(project / "sample_inputs" / "northbank" / "2026-09-30" / "northbank.xlsx")
    bank, report = without_trading(from_tables(checked.tables)), Report()
    figures = assessed(bank)
    recompute(bank, figures, some_targets(figures, 30, seed=31), 31, report)
    perturb(bank, figures, targets(figures), some_cells(bank, 80, seed=33), report)
    assert not report.failures
    assert report.seen["named: changed"] > 50
    assert report.seen["unnamed"] > 1_000


@pytest.mark.slow
def test_lineage_read_back_from_a_run_names_the_same_cells(sample: SampleRuns) -> None:
    filed, compared = load_figures(sample.folder), 0
    assert filed.keys() == sample.report.figures.keys()
    for name, figure in sample.report.figures.items():
        read = with_keys(filed[name], sample.folder)
        rows = list(figure.table.index) if isinstance(figure.value, pd.DataFrame) else []
        for key in (None, *random.Random(name).sample(rows, min(len(rows), 12))):
            assert read.explain(key) == figure.explain(key), (name, key)
            compared += 1
    assert compared > 80


# --- The trials themselves find lineage that is wrong -----------------------------------------------------------------


def test_lineage_that_lacks_a_cell_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    bank = stating_totals()
    figures = assessed(bank)
    target = Target("cet1_capital")
    (amount,) = (cell for cell in named(figures, target) if cell[1] == "amount")
    forget(monkeypatch, amount)
    report = Report()
    recompute(bank, figures, [target], 41, report)
    perturb(bank, figures, [target], [amount], report)
    assert [failure.split(",")[0].split(" with ")[0] for failure in report.failures] == [
        "cet1_capital is 4500255.0",
        "cet1_capital changed",
    ]


def test_lineage_that_names_a_cell_too_many_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    bank = stating_totals()
    figures = assessed(bank)
    useless: Cell = ("exposures", "maturity", 3)
    also_name(monkeypatch, useless)
    report = Report()
    perturb(bank, figures, [Target("cet1_capital")], [useless], report)
    assert report.failures == [f"cet1_capital names {useless}, which cannot change it"]


def forget(monkeypatch: pytest.MonkeyPatch, cell: Cell) -> None:
    monkeypatch.setattr("tests.acceptance.trials.named", lambda figures, target: named(figures, target) - {cell})


def also_name(monkeypatch: pytest.MonkeyPatch, cell: Cell) -> None:
    monkeypatch.setattr("tests.acceptance.trials.named", lambda figures, target: named(figures, target) | {cell})
    monkeypatch.setattr("tests.acceptance.trials.answerable", lambda figures, target: named(figures, target) | {cell})
