"""What rules between sheets share: the entity, the rows they are about, and findings in their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.intake.checks import values_seen
from reporting.intake.codes import load_codes
from reporting.intake.convert import Converted
from reporting.intake.counted import counted
from reporting.intake.findings import Finding, Words, shown
from reporting.intake.membership import among
from reporting.intake.rules import rows_where
from reporting.intake.schema import SchemaRule
from reporting.origin import Cells, runs
from reporting.spelling import skeleton

Mask = npt.NDArray[np.bool_]
Tables = Mapping[str, Converted]


@dataclass(frozen=True)
class Entity:
    """What the rules need of the sheet `entity`; None where it is not known."""

    lei: str | None
    currency: str | None
    jurisdiction: str | None
    reference_date: date | None


def entity_of(tables: Tables) -> Entity:
    """The entity, without what is not valid: that is told where it stands."""
    entity = tables.get("entity")
    if entity is None or len(entity.frame) != 1:
        return Entity(None, None, None, None)
    row = {name: None if pd.isna(value) else value for name, value in entity.frame.iloc[0].items()}
    day, currency, jurisdiction = row["reference_date"], row["currency"], row["jurisdiction"]
    return Entity(
        lei=row["lei"],
        currency=currency if currency in load_codes()["currency"] else None,
        jurisdiction=jurisdiction if jurisdiction in entity.schema.columns["jurisdiction"].values else None,
        reference_date=None if day is None else day.date(),
    )


def applies(table: Converted, rule: SchemaRule) -> Mask:
    """(n,) True for the rows that the rule is about and whose cells fit their types."""
    rows = rows_where(table.frame, rule.when)
    for column in (*rule.columns, *rule.when):
        rows &= ~table.faulty[column]
    return rows


def found_in(
    table: Converted, rule: SchemaRule, failing: Mask, words: Callable[[int], Words] | None = None
) -> Iterator[Finding]:
    """One finding on the first column of the rule, if any row fails."""
    involved = (*rule.columns, *rule.when)

    def seen(row: int) -> Words:
        return values_seen(table, involved, row), ""

    if failing.any():
        also = tuple(table.column(name) for name in rule.columns[1:] if name in table.table.letters)
        yield Finding(rule, table.column(rule.columns[0]), words or seen, table.rows[failing], also)


def held_by(other: Converted, column: str, refused: Mask, cells: pd.Series[Any]) -> Mask:
    """(n,) True for the cells whose value stands in a refused cell of `other`, but for case, blanks and type.

    A number that stands for a code has lost its leading zeros, so `004` is held by 4.
    """
    stored = [other.seen(column, row) for row in other.rows[refused].tolist()]
    seen = {skeleton(shown(value).strip("'")) for value in stored}
    numbers = {skeleton(shown(value)) for value in stored if isinstance(value, int | float)}
    values = [
        value
        for value in (cells.dropna().unique() if seen else ())
        if skeleton(value) in seen or (skeleton(value).lstrip("0") or "0") in numbers
    ]
    return among(cells, values)


def explained(table: Converted, rule: SchemaRule, rows: Mask, why: str) -> Iterator[Finding]:
    """One fault for all rows that fail because of a cell elsewhere, which is told there. Their cells are blocked."""
    if rows.any():
        where = replace(table.column(rule.columns[0]), rows=runs(table.rows[rows].tolist()))
        yield once(rule, where, f"{rule.columns[0]} of {counted(int(rows.sum()), 'row')} is not found, as {why}")


def once(rule: SchemaRule, where: Cells, found: str) -> Finding:
    """A finding of one fault that stands at `where` as it is."""
    return Finding(rule, where, lambda _: (found, ""))


def beside(table: Converted, rule: SchemaRule, note: str) -> Callable[[int], Words]:
    """Words that put what is known elsewhere beside the value found."""
    return lambda row: (f"{values_seen(table, rule.columns[:1], row)} and {note}", "")
