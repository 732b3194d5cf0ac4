"""Faults planted at random into a larger workbook: which can stand together, and what must then be found.

Two faults stand together if neither can hide the other or bring a third: they are on different rows, or on the same row
in columns that no rule looks at together; a fault that changes a whole sheet stands alone on it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from reporting.intake.across import NOT_RUN_HERE
from reporting.intake.catalogue import all_rules
from reporting.intake.schema import SchemaRule, load_rules, load_schemas
from reporting.intake.tables import RawSheet, RawSubmission
from tests.intake.examples import example_submission, plant

CLONES = 60  # rows that are added to each sheet with several rows


@cache
def plantable() -> tuple[SchemaRule, ...]:
    """Every rule on what a workbook says. Left out: rules on files and on overrides, and reconciliations after conversion."""
    left_out = {*load_rules("_files"), *load_rules("_overrides")}
    return tuple(r for r in all_rules().values() if r not in left_out and r.check not in NOT_RUN_HERE)


def steps_of(rule: SchemaRule) -> list[Mapping[str, Any]]:
    """The failing example as steps."""
    return [{"set": rule.fails}] if isinstance(rule.fails, Mapping) else list(rule.fails)


@cache
def row_faults() -> tuple[SchemaRule, ...]:
    """Rules whose example changes one row of a sheet with several rows, wherever that row stands."""
    found = []
    for rule in plantable():
        steps = steps_of(rule)
        (step, *more) = steps
        sheet = step.get("sheet") or rule.sheet
        alone = not more and step.keys() <= {"set", "fault", "sheet", "at"} and not rule.also
        if alone and sheet in load_schemas() and _may_be_cloned(sheet):
            found.append(rule)
    return tuple(found)


def _may_be_cloned(sheet: str) -> bool:
    schema = load_schemas()[sheet]
    return not schema.single_row and sheet not in ("own_funds", "requirements", "fx")


@cache
def larger_submission() -> RawSubmission:
    """The example submission with more rows like its own, so that many faults find a row each."""
    sheets = [_enlarged(sheet) if _may_be_cloned(sheet.sheet) else sheet for sheet in example_submission().sheets]
    return replace(example_submission(), sheets=tuple(sheets))


def _enlarged(sheet: RawSheet) -> RawSheet:
    schema = load_schemas()[sheet.sheet]
    headings = [str(heading) for heading in sheet.rows[0]]
    rows = list(sheet.rows)
    for number in range(CLONES):
        row = list(sheet.rows[1])
        for column in schema.key if len(schema.key) == 1 else ():
            row[headings.index(column)] = f"{row[headings.index(column)]}-{number:03d}"
        _made_unlike(sheet.sheet, headings, row, number)
        rows.append(row)
    return replace(sheet, rows=rows)


def _made_unlike(sheet: str, headings: list[str], row: list[object], number: int) -> None:
    """What must differ from row to row besides the key."""
    if sheet == "counterparties":
        row[headings.index("lei")] = None
        row[headings.index("id_code")], row[headings.index("id_type")] = f"K{number:05d}", "national"
    if sheet == "connections":
        row[headings.index("client_id")] = f"{row[headings.index('client_id')]}-{number:03d}"


@dataclass
class Workbook:
    """A workbook with faults in it, and the problems that must be found: (code, place)."""

    raw: RawSubmission
    expected: list[tuple[str, str]] = field(default_factory=list)
    taken: dict[tuple[str, int], set[str]] = field(default_factory=dict)  # (sheet, row) -> columns
    whole: set[str] = field(default_factory=set)  # sheets that a fault has to itself

    def put(self, rule: SchemaRule, rows: Mapping[str, int] | None = None) -> None:
        """Plant the failing example of a rule."""
        planted = plant(self.raw, rule, rule.fails, rows)
        self.raw = planted.raw
        self.expected.append((rule.code, str(planted.where)))


def planted_workbook(draw: random.Random, wanted: int, due: list[SchemaRule]) -> Workbook:
    """Up to `wanted` faults; those in `due` are tried first and taken off the list when they have been planted."""
    book = Workbook(larger_submission())
    for rule in [r for r in due if r not in row_faults()]:
        if len(book.expected) < wanted and _stands_alone(book, rule):
            book.put(rule)
            due.remove(rule)
    pool = [r for r in due if r in row_faults()]
    while len(book.expected) < wanted and (pool or row_faults()):
        rule = pool.pop() if pool else draw.choice(row_faults())
        if _put_in_a_row(draw, book, rule) and rule in due:
            due.remove(rule)
    return book


def _stands_alone(book: Workbook, rule: SchemaRule) -> bool:
    """Take the sheets that the rule touches, if nothing else has them and no sheet they are tied to."""
    sheets = {step.get("sheet") or rule.sheet for step in steps_of(rule)} & load_schemas().keys()
    tied = {near for sheet in sheets for near in _tied(sheet)} | sheets
    if "entity" in sheets:
        tied = set(load_schemas())
    if book.whole & tied:
        return False
    book.whole |= tied
    return True


@cache
def _tied(sheet: str) -> frozenset[str]:
    """Sheets that refer to this one, that it refers to, or that a rule across sheets looks at together with it."""
    found = set()
    for name, schema in load_schemas().items():
        for column in schema.columns.values():
            other = column.references.partition(".")[0]
            if other and sheet in (name, other):
                found |= {name, other}
    for rule in plantable():
        touched = {step.get("sheet") or rule.sheet for step in steps_of(rule)} & load_schemas().keys()
        if sheet in touched and len(touched) > 1:
            found |= touched
    return frozenset(found - {"entity"})


def _put_in_a_row(draw: random.Random, book: Workbook, rule: SchemaRule) -> bool:
    (step,) = steps_of(rule)
    sheet = step.get("sheet") or rule.sheet
    if sheet in book.whole:
        return False
    columns = touched_columns(rule, sheet)
    free = [
        row
        for row in range(4, CLONES + 2)
        if not any(_linked(sheet, columns, taken) for (s, r), taken in book.taken.items() if (s, r) == (sheet, row))
    ]
    if not free:
        return False
    busy = [row for row in free if (sheet, row) in book.taken]
    row = draw.choice(busy) if busy and draw.random() < 0.3 else draw.choice(free)
    if (sheet, row) in book.taken and "set" in step and _needs_other_values(rule, sheet):
        return False
    book.put(rule, {sheet: row})
    book.taken.setdefault((sheet, row), set()).update(columns)
    return True


def touched_columns(rule: SchemaRule, sheet: str) -> frozenset[str]:
    """The columns that the example changes and those that the rule looks at."""
    (step,) = steps_of(rule)
    changed = set(step.get("set", {})) | set(step.get("fault", {}))
    looked_at = {*rule.columns, *rule.when, *_named(rule.arguments)} if rule.sheet == sheet else set()
    return frozenset((changed | looked_at) & load_schemas()[sheet].columns.keys())


def _named(arguments: object) -> Iterator[str]:
    if isinstance(arguments, str):
        yield arguments
    elif isinstance(arguments, Mapping):
        for key, value in arguments.items():
            yield str(key)
            yield from _named(value)
    elif isinstance(arguments, list | tuple):
        for value in arguments:
            yield from _named(value)


def _linked(sheet: str, left: frozenset[str], right: set[str]) -> bool:
    """True if the columns overlap, or some rule looks at columns of both."""
    if left & right:
        return True
    for rule in load_schemas()[sheet].rules:
        together = {*rule.columns, *rule.when, *_named(rule.arguments)}
        if together & left and together & right:
            return True
    return False


def _needs_other_values(rule: SchemaRule, sheet: str) -> bool:
    """Planting puts the whole example row there first, which would undo a fault that is there already."""
    return True
