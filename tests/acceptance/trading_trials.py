"""The trials of lineage on derivatives and securities financing, where one calculation is shown in several tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import fsum, isclose
from typing import Any

import pandas as pd

from reporting.figures import Figure, Source
from reporting.intake import Checked, check_submission
from reporting.measures import MEASURES, assess
from reporting.measures.measure import label_of
from reporting.portfolio import build_portfolio, errors
from reporting.rulebook import load_rulebook
from tests.acceptance.banks import Bank, Cell, changed, problems_of, raw
from tests.acceptance.changes import Change
from tests.acceptance.companions import openers, trading_changes
from tests.acceptance.lineage import Figures, Target, answerable, named, state, targets
from tests.acceptance.neutral import neutral_and_checked
from tests.acceptance.trials import Report

States = Mapping[Target, Any]

# Tables of one calculation: what shows in one of them need not show in another, which has other columns of it.
VIEWS = (
    "derivative_collateral", "derivative_margin_agreements", "derivative_trades", "derivative_netting_sets",
    "derivative_leverage_sets",
)  # fmt: skip
# Figures that are the sum of one column of a table, with the texts that its rows must have, and the sign.
SUMS: Mapping[str, tuple[str, str, Mapping[str, str], float]] = {
    "derivative_replacement_cost": ("derivative_leverage_sets", "replacement_cost", {}, 1.0),
    "derivative_future_exposure": ("derivative_leverage_sets", "potential_future_exposure", {}, 1.0),
    "exempted_ccp_leg": ("derivative_leverage_sets", "exempted_ccp_leg", {}, 1.0),
    "written_credit_notional": ("written_credit_derivatives", "effective_notional", {}, 1.0),
    "written_credit_offset": ("written_credit_derivatives", "offset", {}, 1.0),
    "gross_sft_assets": ("sft_settlement_groups", "receivable", {}, 1.0),
    "netted_sft_cash": ("sft_settlement_groups", "set_off", {}, -1.0),
    "sft_counterparty_exposure": ("sft_netting_sets", "exposure", {"role": "principal"}, 1.0),
    "agent_sft_exposure": ("sft_netting_sets", "exposure", {"role": "agent"}, 1.0),
}
# Tables made of others by sums, which need not show what cancels or is another column there.
STEPPED = ("buffer_met", "conservation_ratio")  # per cent in steps
FEW_TRADES = 5_000  # a central counterparty is told apart only where a netting set has more
REASONS = (
    "another table of the calculation",
    "another column",
    "behind a branch",
    "few trades",
    "cancels",
    "threshold",
)


def figures_for(bank: Bank, name: str = "") -> Figures | None:
    """All figures, or only one and those it is made of; None for data with errors."""
    return figures_from(check_submission(raw(bank)), name)


def figures_from(checked: Checked, name: str = "") -> Figures | None:
    """The same of a bank that has been checked."""
    if errors(checked.breaches):
        return None
    portfolio = build_portfolio(checked)
    rulebook = load_rulebook(portfolio.entity.jurisdiction, portfolio.entity.reference_date)
    return assess(portfolio, rulebook, measures=_needed(name) if name else MEASURES, effects=())


def _needed(name: str) -> tuple[Any, ...]:
    by_name = {label_of(function).name: function for function in MEASURES}
    found: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in by_name and one not in found:
            found[one] = by_name[one]
            waiting += [argument.name for argument in label_of(by_name[one]).arguments]
    return tuple(function for function in MEASURES if label_of(function).name in found)


def states(figures: Figures) -> dict[Target, Any]:
    """What each figure, and each row of each table, comes to; see `lineage.state`."""
    found: dict[Target, Any] = {}
    for name, figure in figures.items():
        found[Target(name)] = state(figures, Target(name))
        if isinstance(figure.value, pd.DataFrame):
            rows = found[Target(name)]
            found |= {Target(name, str(key)): (row[1:],) for key, row in zip(figure.value.index, rows, strict=True)}
    return found


@dataclass(frozen=True)
class Trial:
    """A bank with its figures and what they name."""

    bank: Bank
    figures: Figures
    targets: tuple[Target, ...]
    states: States
    names: Mapping[Target, set[Cell]]

    @classmethod
    def of(cls, bank: Bank) -> Trial:
        """The trial of a valid bank."""
        figures = figures_for(bank)
        assert figures is not None, problems_of(bank)
        found = tuple(targets(figures))
        names = {target: named(figures, target) for target in found}
        return cls(bank, figures, found, states(figures), names)

    def some_cells(self, sheets: Iterable[str]) -> Iterator[Cell]:
        """The cells of the sheets that hold something."""
        for sheet in sheets:
            for row, cells in self.bank[sheet].items():
                yield from ((sheet, column, row) for column, value in cells.items() if value is not None)


# --- Recomputed from the named cells alone ----------------------------------------------------------------------------


def recompute(trial: Trial, chosen: Iterable[Target], seed: int, report: Report) -> None:
    """Each target comes out the same in another bank that shares only its named cells."""
    for target in chosen:
        other, checked = neutral_and_checked(trial.bank, trial.names[target], seed)
        found = figures_from(checked, target.name)
        assert found is not None, f"the other bank for {target} is not valid: {problems_of(other)[:3]}"
        unlike = (
            v != trial.bank[s][r].get(c)
            for s, rows in other.items()
            for r in rows.keys() & trial.bank[s].keys()
            for c, v in rows[r].items()
        )
        report.seen["cells that were changed"] += sum(unlike)
        report.seen["rows that were left out"] += sum(len(trial.bank[s]) - len(other.get(s, {})) for s in trial.bank)
        report.seen["recomputed"] += 1
        if state(found, target) != trial.states[target]:
            report.failures.append(f"{target} is {trial.states[target]}, from its named cells {state(found, target)}")


# --- Changed ----------------------------------------------------------------------------------------------------------


def perturb(trial: Trial, cells: Iterable[Cell], report: Report) -> None:
    """Each cell, changed, changes what names it and nothing else; where it does not, the reason is told.

    other way, cancels, threshold     as in `lineage.explained`
    rounding                          what moved below did so in its last digits, as amounts cancel there
    another table of the calculation  a table of the same calculation has the column in which it shows
    another column                    it shows in a table below, not in the column from which this is made
    behind a branch                   it shows once another named cell is changed that had hidden it
    few trades                        a qualifying central counterparty matters from more than 5,000 trades
    """
    for cell in cells:
        waiting = {t for t in trial.targets if cell in answerable_cells(trial, t)}
        report.seen["cells"] += 1
        for change in trading_changes(trial.bank, cell):
            after = figures_for(changed(trial.bank, change))
            if after is None:
                continue
            report.seen["valid changes"] += 1
            found = states(after)
            _unnamed_stay(trial, found, change, report)
            for target in sorted(waiting, key=str):
                if reason := _reason(trial, after, found, target, cell):
                    report.seen[f"named: {reason}"] += 1
                    waiting.discard(target)
            if not waiting:
                break
        if waiting:
            waiting = _behind_a_branch(trial, waiting, cell, report)
        if cell[:2] == ("netting_sets", "qccp") and len(trial.bank["derivatives"]) <= FEW_TRADES:
            report.seen["named: few trades"] += len(waiting)
            waiting = set()
        report.failures += [f"{target} names {cell}, which cannot change it" for target in sorted(waiting, key=str)]


def answerable_cells(trial: Trial, target: Target) -> set[Cell]:
    """The cells that must be able to change the target."""
    return trial.names[target] if target.key is None else answerable(trial.figures, target)


def _unnamed_stay(trial: Trial, found: States, change: Change, report: Report) -> None:
    for target in trial.targets:
        if trial.names[target].isdisjoint(change):
            report.seen["unnamed"] += 1
            if found.get(target, "no such row") != trial.states[target]:
                report.failures.append(f"{target} changed with {dict(change)}, none of which it names")


def _reason(trial: Trial, after: Figures, found: States, target: Target, cell: Cell) -> str:
    """ "changed", or why the target did not change with the cell; "" where nothing tells."""
    if found.get(target, "no such row") != trial.states[target]:
        return "changed"
    figure = trial.figures[target.name]
    if figure.formula != after[target.name].formula:
        return "other way"
    if target.name in VIEWS and any(_moved(trial, found, view) for view in VIEWS):
        return "another table of the calculation"
    below = [item for item in figure.inputs if isinstance(item, Figure) and cell in trial.names[Target(item.name)]]
    moved = [item for item in below if _moved(trial, found, item.name)]
    if moved and target.name in SUMS:
        return "another column" if _column(trial.figures, target) == _column(after, target) else ""
    if moved and (isinstance(figure.value, bool) or target.name in STEPPED):
        return "threshold"
    if moved and all(_by_rounding(item.value, after[item.name].value) for item in moved):
        return "rounding"
    if len(moved) >= 2 or (moved and isinstance(figure.value, pd.DataFrame)):
        return "cancels" if len(moved) >= 2 else "another column"
    if moved or not below or _direct(figure, cell):
        return ""
    reasons = [_reason(trial, after, found, Target(item.name), cell) for item in below]
    return reasons[0] if all(reasons) else ""


def _moved(trial: Trial, found: States, name: str) -> bool:
    return bool(found[Target(name)] != trial.states[Target(name)])


def _by_rounding(before: Any, after: Any) -> bool:
    """Whether two numbers differ in their last digits only, of which a sum of larger ones keeps nothing."""
    return isinstance(before, float) and isinstance(after, float) and isclose(before, after, rel_tol=1e-13)


def _direct(figure: Figure, cell: Cell) -> bool:
    sources = (item.at(None) for item in figure.inputs if isinstance(item, Source))
    return any((s.sheet, s.heading) == cell[:2] and cell[2] in s.row_numbers() for s in sources)


def _column(figures: Figures, target: Target) -> list[float]:
    """The amounts whose sum the figure is; they do come to it."""
    table, column, texts, sign = SUMS[target.name]
    rows = figures[table].table
    for name, text in texts.items():
        rows = rows[rows[name].eq(text)]
    amounts = [sign * float(amount) for amount in rows[column]]
    assert fsum(amounts) == figures[target.name].number, target
    return sorted(amount for amount in amounts if amount)


def _behind_a_branch(trial: Trial, waiting: set[Target], cell: Cell, report: Report) -> set[Target]:
    """Those of the targets that do not change either once another cell that they name opens the branch."""
    for opener in openers(trial.bank, cell):
        bank = changed(trial.bank, opener)
        before = figures_for(bank)
        for change in trading_changes(bank, cell) if before is not None else ():
            after = figures_for(changed(bank, change))
            if before is None or after is None:
                continue
            opened = Trial(bank, before, trial.targets, states(before), trial.names)
            done = {
                target
                for target in waiting
                if trial.names[target].issuperset(opener) and _reason(opened, after, states(after), target, cell)
            }
            report.seen["named: behind a branch"] += len(done)
            waiting = waiting - done
            if not waiting:
                return waiting
    return waiting
