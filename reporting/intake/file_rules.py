"""The rules on files, and from what the reading process remarks to breaches of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from reporting.intake.schema import SchemaRule, load_rules
from reporting.intake.stored import Remark
from reporting.origin import Cells, printable, runs
from reporting.problems import LISTED, Breach, Problem, Rule

_LONGEST = 500  # letters of what was found: names of parts and sheets come from the file


def file_rules() -> Mapping[str, Rule]:
    """Rules on files and what surrounds the cells, by code, in the order of the catalogue (`schemas/_files.yaml`)."""
    return MappingProxyType({code: rule.rule for code, rule in _catalogue().items()})


def file_breaches(remarks: Iterable[Remark], submission: str) -> tuple[Breach, ...]:
    """One breach for each rule and sheet, in the order in which they first appear.

    submission  name of the file or folder, blocked as a whole by the rules that say so
    """
    groups: dict[tuple[str, str, str], list[Remark]] = {}
    for remark in remarks:
        groups.setdefault((remark.code, remark.file, remark.sheet), []).append(remark)
    return tuple(_breach(_catalogue()[code], group, submission) for (code, _, _), group in groups.items())


@cache
def _catalogue() -> Mapping[str, SchemaRule]:
    return MappingProxyType({rule.code: rule for rule in load_rules("_files")})


def _breach(rule: SchemaRule, group: Sequence[Remark], submission: str) -> Breach:
    ordered = sorted(group, key=lambda remark: remark.first_row)
    problems = tuple(
        Problem(rule.rule, _place(remark), printable(remark.found, _LONGEST)) for remark in ordered[:LISTED]
    )  # fmt: skip
    unlisted = sum(remark.unlisted for remark in group)
    return Breach(rule.rule, len(group) + unlisted, problems, _blocked(rule, ordered, submission))


def _place(remark: Remark) -> Cells:
    rows = ((remark.first_row, remark.last_row),) if remark.first_row else ()
    return Cells(remark.file, remark.sheet, remark.column, rows)


def _blocked(rule: SchemaRule, group: Sequence[Remark], submission: str) -> tuple[Cells, ...]:
    sheet = Cells(group[0].file, group[0].sheet)
    if rule.blocks in ("row", "cell") and any(remark.unlisted for remark in group):
        return (sheet,)  # the places of the further faults are not known
    match rule.blocks:
        case None:
            return ()
        case "submission":
            return (Cells(submission),)
        case "row":
            rows = runs(row for remark in group for row in range(remark.first_row, remark.last_row + 1))
            return (Cells(sheet.file, sheet.sheet, "", rows),)
        case "cell":
            return tuple(dict.fromkeys(_place(remark) for remark in group))
        case _:
            return (sheet,)
