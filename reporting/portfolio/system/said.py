"""What is wrong with a system, as breaches of the rules in `schemas/_system.yaml`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from reporting.intake.catalogue import all_rules
from reporting.origin import Cells
from reporting.problems import LISTED, Breach, Problem


class Said(NamedTuple):
    """One fault, before it is a problem.

    code    rule of `schemas/_system.yaml`
    where   the cells it is about
    found   what was found there
    more    further faults of the rule that are counted and not put into words
    """

    code: str
    where: Cells
    found: str
    more: int = 0


def to_breaches(said: Iterable[Said]) -> tuple[Breach, ...]:
    """One breach for each rule, in the order of codes; the first LISTED faults of each are its problems."""
    by_code: dict[str, list[Said]] = {}
    for one in said:
        by_code.setdefault(one.code, []).append(one)
    return tuple(_breach(code, by_code[code]) for code in sorted(by_code))


def _breach(code: str, group: list[Said]) -> Breach:
    rule = all_rules()[code].rule
    problems = tuple(Problem(rule, one.where, one.found) for one in group[:LISTED])
    return Breach(rule, len(group) + sum(one.more for one in group), problems)


def placed(breach: Breach, folder: str) -> Breach:
    """The breach with its files named from the folder of the system, so that two `exposures.csv` are told apart.

    folder   the folder of the submission; "" for a workbook, whose name already tells it
    """
    if not folder:
        return breach
    problems = tuple(replace(problem, where=in_folder(problem.where, folder)) for problem in breach.problems)
    return replace(breach, problems=problems, blocks=tuple(in_folder(cells, folder) for cells in breach.blocks))


def in_folder(cells: Cells, folder: str) -> Cells:
    """The cells with the folder of their submission in front of the file."""
    return replace(cells, file=f"{folder}/{cells.file}") if folder and cells.file != folder else cells


def money(value: float) -> str:
    """An amount as a message shows it: `1,234.50`."""
    return f"{value:,.2f}"
