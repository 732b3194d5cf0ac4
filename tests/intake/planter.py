"""Workbooks with faults planted at random, and the problems that must be found in them.

A workbook consists of blocks: copies of the example rows that refer to each other and share no identifier with another
block. A fault is the failing example of a rule, made in the rows of a block, with new identifiers of its own. Which
faults can stand together is said in `footprints`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count

from reporting.intake.across import NOT_RUN_HERE
from reporting.intake.catalogue import all_rules
from reporting.intake.codes import with_check_digits
from reporting.intake.schema import SchemaRule, load_rules, load_schemas
from reporting.intake.tables import RawSheet, RawSubmission
from tests.intake.examples import example_submission, plant
from tests.intake.footprints import BLOCK_SHEETS, Footprint, changed_by, reach_of, steps_of

MOST_FAULTS, MOST_BLOCKS = 50, 12
_TRIES = 300


@cache
def plantable() -> tuple[SchemaRule, ...]:
    """Every rule on what a workbook says: not those on files and overrides, nor reconciliation after conversion."""
    left_out = (*load_rules("_files"), *load_rules("_overrides"))
    return tuple(r for r in all_rules().values() if r not in left_out and r.check not in NOT_RUN_HERE)


@dataclass
class Workbook:
    """A workbook and the faults that have been planted in it.

    expected    (code, place) of every fault
    also        codes that some of the faults cannot but bring
    rows_hit    (sheet, row) -> faults that were made in that row
    """

    raw: RawSubmission
    blocks: int
    expected: list[tuple[str, str]] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    rows_hit: Counter[tuple[str, int]] = field(default_factory=Counter)
    footprints: list[tuple[Footprint, Footprint]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(100))

    def put(self, rule: SchemaRule, block: int) -> bool:
        """Plant the failing example of a rule in a block. False, and nothing done, where it cannot stand there."""
        rows = _rows_of(rule, block)
        changed = changed_by(rule, block, rows, self.numbers)
        reach = reach_of(changed)
        if any(changed.meets(theirs) or reach.meets(other) for other, theirs in self.footprints):
            return False
        planted = plant(self.raw, rule, rule.fails, rows, _names(rule, block, next(self.numbers)))
        self.raw = planted.raw
        self.footprints.append((changed, reach))
        self.expected.append((rule.code, str(planted.where)))
        self.also += rule.also
        self.rows_hit.update({(sheet, rows[sheet]) for sheet in _changed_in_a_row(rule) & rows.keys()})
        return True


def planted_workbook(draw: random.Random, planted: Counter[str]) -> Workbook:
    """A workbook of 1 to MOST_FAULTS faults, first of rules that have been planted least; `planted` counts them."""
    blocks, wanted = draw.randint(1, MOST_BLOCKS), draw.randint(1, MOST_FAULTS)
    book = Workbook(_of_blocks(blocks), blocks)
    scarce_first = sorted(plantable(), key=lambda rule: (planted[rule.code], draw.random()))
    tries = [*scarce_first, *(draw.choice(plantable()) for _ in range(_TRIES))]
    for rule in tries:
        if len(book.expected) < wanted and book.put(rule, draw.randrange(blocks)):
            planted[rule.code] += 1
    return book


# --- Rows and identifiers --------------------------------------------------------------------------------------------


def _of_blocks(blocks: int) -> RawSubmission:
    raw = example_submission()
    sheets = [_repeated(sheet, blocks) if sheet.sheet in BLOCK_SHEETS else sheet for sheet in raw.sheets]
    return replace(raw, sheets=tuple(sheets))


def _repeated(sheet: RawSheet, blocks: int) -> RawSheet:
    headings, *examples = sheet.rows
    rows = [
        [_own_names(block).get(cell, cell) if isinstance(cell, str) else cell for cell in row]
        for block in range(blocks)
        for row in examples
    ]
    return replace(sheet, rows=[headings, *rows])


def _rows_of(rule: SchemaRule, block: int) -> Mapping[str, int]:
    """Sheet -> the row of the block that is a copy of the rule's example row."""
    return {
        sheet: 1 + block * len(load_schemas()[sheet].examples) + (rule.example if sheet == rule.sheet else 1)
        for sheet in BLOCK_SHEETS
    }


def _changed_in_a_row(rule: SchemaRule) -> set[str]:
    return {step.get("sheet") or rule.sheet for step in steps_of(rule) if step.keys() & {"set", "fault"}}


@cache
def _own_names(block: int) -> dict[str, str]:
    """Identifier of the example rows -> that of the block. The first block has those of the examples."""
    found = {
        value: f"{value}-{block:02d}"
        for sheet in BLOCK_SHEETS
        for row in load_schemas()[sheet].examples
        for value in _identifiers(sheet, row)
    }
    leis = {str(row["lei"]) for row in load_schemas()["counterparties"].examples}
    return {} if block == 0 else found | {lei: _other_lei(lei, block) for lei in leis}


def _names(rule: SchemaRule, block: int, number: int) -> Mapping[str, str]:
    """Identifier in the rule's example -> that of the block, or where no example row has it, one of its own."""
    names: dict[str, str] = {}
    for step in steps_of(rule):
        sheet = step.get("sheet") or rule.sheet
        values = {**step.get("set", {}), **step.get("add", {})}
        names |= {value: f"{value}-{number}" for value in _identifiers(sheet, values)}
        if isinstance(values.get("lei"), str):
            names[values["lei"]] = _other_lei(values["lei"], number)
    known = {value for sheet in BLOCK_SHEETS for row in load_schemas()[sheet].examples for value in row.values()}
    return {value: name for value, name in names.items() if value not in known} | _own_names(block)


def _identifiers(sheet: str, values: Mapping[str, object]) -> Iterator[str]:
    schema = load_schemas()[sheet]
    for name, value in values.items():
        column = schema.columns[name]
        joins = column.type == "code" and (name in schema.key or name == "netting_agreement_id")
        if isinstance(value, str) and (column.references or joins):
            yield value


def _other_lei(lei: str, number: int) -> str:
    """Another LEI, as right or wrong as this one."""
    begin = f"{lei[:14]}{number:04d}"
    if len(begin) == len(lei):
        return begin
    other = with_check_digits(begin)
    is_right = with_check_digits(lei[:18]) == lei
    return other if is_right else f"{begin}{(int(other[18:]) + 1) % 100:02d}"
