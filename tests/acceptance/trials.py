"""The three trials of lineage: recompute from the named cells alone, change a named cell, change any other cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.acceptance.banks import Bank, Cell, address, changed, figures_of, problems_of
from tests.acceptance.changes import Change, alternatives
from tests.acceptance.lineage import Figures, Target, answerable, excuse, explained, named, same, state
from tests.acceptance.neutral import neutral

# Cells that no valid change of this one cell can show, because a check refuses the data first. Either the figure is
# then not available and names this very cell, or its effect is seen with the checks forgotten.
REFUSED = {
    ("entity", "currency"): "amounts without a rate, and a rate of the own currency other than 1, are refused",
    ("entity", "reference_date"): "a G-SIB without its rate on that date is refused",
    ("entity", "g_sib"): "a G-SIB without its rate is refused",
    ("balance_sheet", "lr_treatment"): "the points of Article 429a are refused outside the European Union",
    ("own_funds", "item"): "an item may stand once, and totals must agree with their components",
    ("own_funds", "amount"): "totals must agree with their components",
    ("requirements", "item"): "an item may be valid once on a day, and some items ask for others",
    ("requirements", "value"): "the only valid value of a declaration is 1",
    ("requirements", "valid_from"): "an item may be valid once on a day, and some items ask for others",
    ("requirements", "valid_to"): "an item may be valid once on a day, and some items ask for others",
}


@dataclass
class Report:
    """What the trials found: how often each outcome came about, and every failure in words."""

    seen: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def recompute(bank: Bank, figures: Figures, chosen: Iterable[Target], seed: int, report: Report) -> None:
    """Each target comes out the same in another bank that shares only its named cells."""
    for target in chosen:
        other = neutral(bank, named(figures, target), seed)
        found = figures_of(other)
        if found is None:
            raise AssertionError(f"the other bank for {target} is not valid: {problems_of(other)[:3]}")
        unlike = sum(other != bank[s][r][c] for s, rows in _common(other, bank) for r, c, other in rows)
        report.seen["cells that were changed"] += unlike
        report.seen["recomputed"] += 1
        if not same(state(figures, target), state(found, target)):
            report.failures.append(
                f"{target} is {state(figures, target)}, from its named cells alone {state(found, target)}"
            )


def _common(other: Bank, bank: Bank) -> Iterator[tuple[str, list[tuple[int, str, object]]]]:
    for sheet, rows in other.items():
        yield sheet, [(r, c, value) for r, cells in rows.items() for c, value in cells.items() if c in bank[sheet][r]]


def perturb(bank: Bank, figures: Figures, chosen: Iterable[Target], cells: Iterable[Cell], report: Report) -> None:
    """Each cell, changed, changes the targets that name it and no other."""
    chosen = list(chosen)
    names = {target: named(figures, target) for target in chosen}
    answers = {target: answerable(figures, target) for target in chosen}
    for cell in cells:
        waiting = {target for target in chosen if cell in answers[target]}
        report.seen["cells"] += 1
        for change in alternatives(bank, cell):
            after = figures_of(changed(bank, change))
            if after is None:
                continue
            report.seen["valid changes"] += 1
            _unnamed_stay(figures, after, names, change, report)
            waiting = _still_waiting(bank, figures, after, waiting, cell, report)
            if not waiting:
                break
        if waiting and cell[:2] in REFUSED:
            waiting = _without_checks(bank, figures, waiting, cell, report)
        report.failures += [f"{target} names {cell}, which cannot change it" for target in waiting]


def _unnamed_stay(
    before: Figures, after: Figures, names: dict[Target, set[Cell]], change: Change, report: Report
) -> None:
    for target, cells in names.items():
        if cells.isdisjoint(change):
            report.seen["unnamed"] += 1
            if not same(state(before, target), state(after, target)):
                report.failures.append(f"{target} changed with {dict(change)}, none of which it names")


def _still_waiting(
    bank: Bank, before: Figures, after: Figures, waiting: set[Target], cell: Cell, report: Report
) -> set[Target]:
    left = set()
    for target in waiting:
        reason = explained(before, after, target, cell) or excuse(bank, before, after, target, cell)
        if reason:
            report.seen[f"named: {reason}"] += 1
        else:
            left.add(target)
    return left


def _without_checks(bank: Bank, before: Figures, waiting: set[Target], cell: Cell, report: Report) -> set[Target]:
    for change in alternatives(bank, cell):
        refused = figures_of(changed(bank, change), mode="partial")
        after = figures_of(changed(bank, change), mode="unchecked")
        assert refused is not None
        assert after is not None
        done = {
            target
            for target in waiting
            if f"{address(bank, cell)}:" in refused[target.name].reason
            or explained(before, after, target, cell)
            or excuse(bank, before, after, target, cell)
        }
        report.seen["named: refused by a check"] += len(done)
        waiting = waiting - done
    return waiting
