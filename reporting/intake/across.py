"""Rules between sheets, and rules on what the rows of a sheet add up to.

Each function gets the submission and a rule and yields what it finds. It says nothing where a cell that it would need
does not fit its type or is missing: that has been told where it stands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.intake.checks import CheckFault, values_seen
from reporting.intake.codes import load_codes
from reporting.intake.convert import Converted
from reporting.intake.findings import Finding, Words, shown
from reporting.intake.rules import rows_where
from reporting.intake.schema import SchemaRule, load_rules, standard_rules
from reporting.intake.spelling import did_you_mean, skeleton
from reporting.origin import Cells, runs

Mask = npt.NDArray[np.bool_]
Tables = Mapping[str, Converted]
AcrossCheck = Callable[[Tables, SchemaRule], Iterator[Finding]]

NOT_RUN_HERE = frozenset({"reconciliation"})  # needs converted amounts: the portfolio runs it


def check_across(tables: Tables) -> Iterator[Finding]:
    """Everything that the rules between sheets find. CheckFault where a rule names a function that does not exist."""
    for rule in load_rules("_across"):
        if rule.check in NOT_RUN_HERE:
            continue
        if rule.check not in CHECKS:
            raise CheckFault(f"{rule.code}: there is no check {rule.check!r}{did_you_mean(rule.check, CHECKS)}")
        if not rule.sheet or rule.sheet in tables:
            yield from CHECKS[rule.check](tables, rule)


# --- What the functions share ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Entity:
    """What the rules need of the sheet `entity`; None where it is not known."""

    lei: str | None
    currency: str | None
    jurisdiction: str | None
    reference_date: date | None


def _entity(tables: Tables) -> _Entity:
    entity = tables.get("entity")
    if entity is None or len(entity.frame) != 1:
        return _Entity(None, None, None, None)
    row = {name: None if pd.isna(value) else value for name, value in entity.frame.iloc[0].items()}
    day, currency, jurisdiction = row["reference_date"], row["currency"], row["jurisdiction"]
    return _Entity(
        lei=row["lei"],
        currency=currency if currency in load_codes()["currency"] else None,
        jurisdiction=jurisdiction if jurisdiction in entity.schema.columns["jurisdiction"].values else None,
        reference_date=None if day is None else day.date(),
    )


def _applies(table: Converted, rule: SchemaRule) -> Mask:
    """(n,) True for the rows that the rule is about and whose cells fit their types."""
    rows = rows_where(table.frame, rule.when)
    for column in (*rule.columns, *rule.when):
        rows &= ~table.faulty[column]
    return rows


def _found(table: Converted, rule: SchemaRule, failing: Mask, words: Callable[[int], Words] | None = None) -> Iterator[Finding]:
    """One finding on the first column of the rule, if any row fails."""
    involved = (*rule.columns, *rule.when)

    def seen(row: int) -> Words:
        return values_seen(table, involved, row), ""

    if failing.any():
        also = tuple(table.column(name) for name in rule.columns[1:] if name in table.table.letters)
        yield Finding(rule, table.column(rule.columns[0]), words or seen, table.rows[failing], also)


def _held_by(other: Converted, column: str, refused: Mask, cells: pd.Series[Any]) -> Mask:
    """(n,) True for the cells whose value stands in a refused cell of `other`, but for case, blanks and type."""
    seen = {skeleton(shown(other.seen(column, row)).strip("'")) for row in other.rows[refused].tolist()}
    values = [value for value in cells.dropna().unique() if skeleton(value) in seen] if seen else []
    return cells.isin(values).to_numpy(dtype=bool)


def _explained(table: Converted, rule: SchemaRule, rows: Mask, why: str) -> Iterator[Finding]:
    """One fault for all rows that fail because of a cell elsewhere, which is told there. Their cells are blocked."""
    if rows.any():
        where = replace(table.column(rule.columns[0]), rows=runs(table.rows[rows].tolist()))
        yield _once(rule, where, f"{rule.columns[0]} of {int(rows.sum())} row(s) is not found as {why}")


def _once(rule: SchemaRule, where: Cells, found: str, expected: str = "") -> Finding:
    return Finding(rule, where, lambda _: (found, expected))


# --- References ------------------------------------------------------------------------------------------------------


def refers_to(tables: Tables, rule: SchemaRule, target: str) -> Iterator[Finding]:
    """Every value of the column stands in the column `target` (`sheet.column`) of the sheet it refers to."""
    table, (sheet, key) = tables[rule.sheet], target.split(".")
    name = rule.columns[0]
    cells = table.frame[name]
    if sheet not in tables:
        if cells.notna().any():
            found = f"{name} refers to the sheet {sheet}, which is not in the submission"
            yield _once(standard_rules()["referenced_sheet_absent"], table.column(name), found)
        return
    other = tables[sheet]
    if key not in other.table.letters:
        return
    keys = other.frame[key].dropna()
    orphans = _applies(table, rule) & cells.notna().to_numpy() & ~cells.isin(keys).to_numpy(dtype=bool)
    refused = orphans & _held_by(other, key, other.faulty[key], cells)
    yield from _explained(table, rule, refused, f"{sheet} holds it in a cell that is refused")

    def words(row: int) -> Words:
        value = str(cells.at[row])
        near = did_you_mean(value, keys.unique())
        return f"{name} is {shown(value)}", f"{rule.rule.expected}{near}" if near else ""

    yield from _found(table, rule, orphans & ~refused, words)


def not_the_entity(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """The LEI is not that of the reporting institution."""
    table, own = tables[rule.sheet], _entity(tables).lei
    yield from _found(table, rule, _applies(table, rule) & (table.frame[rule.columns[0]] == own).to_numpy(dtype=bool))


def provider_is_other(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """Whoever gives the protection is not the client whose exposure it protects."""
    if "exposures" not in tables:
        return
    table, exposures = tables[rule.sheet], tables["exposures"].frame.drop_duplicates("exposure_id")
    client = table.frame["exposure_id"].map(exposures.set_index("exposure_id")["counterparty_id"])
    same = (client == table.frame["provider_id"]).fillna(False).to_numpy(dtype=bool)
    yield from _found(table, rule, _applies(table, rule) & same)


# --- The entity and its dates ----------------------------------------------------------------------------------------


def not_before_reference_date(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """The date is the reference date or later."""
    table, day = tables[rule.sheet], _entity(tables).reference_date
    if day is not None:
        past = (table.frame[rule.columns[0]] < pd.Timestamp(day)).to_numpy(dtype=bool)
        yield from _found(table, rule, _applies(table, rule) & past, _beside(table, rule, f"the reference date is {day}"))


def jurisdiction_is(tables: Tables, rule: SchemaRule, jurisdiction: str) -> Iterator[Finding]:
    """Rows of this kind stand only in a submission under `jurisdiction`."""
    table, own = tables[rule.sheet], _entity(tables).jurisdiction
    if own is not None and own != jurisdiction:
        words = _beside(table, rule, f"the entity's jurisdiction is {shown(own)}")
        yield from _found(table, rule, _applies(table, rule), words)


def requirement_in_force(tables: Tables, rule: SchemaRule, items: Sequence[str]) -> Iterator[Finding]:
    """For rows of this kind, the sheet `requirements` has each of `items`, valid on the reference date."""
    table, day = tables[rule.sheet], _entity(tables).reference_date
    if day is None:
        return
    lacking = [item for item in items if not _in_force(tables.get("requirements"), item, pd.Timestamp(day))]
    if lacking:
        note = f"requirements has no {' and no '.join(lacking)} valid on {day}"
        yield from _found(table, rule, _applies(table, rule), _beside(table, rule, note))


def _in_force(requirements: Converted | None, item: str, day: pd.Timestamp) -> bool:
    """True if a row of the item covers the day, or may do so: a date that does not fit its type is told elsewhere."""
    if requirements is None:
        return False
    frame = requirements.frame
    starts = (frame["valid_from"] <= day) | requirements.faulty["valid_from"]
    lasts = (frame["valid_to"] >= day) | frame["valid_to"].isna()
    return bool(((frame["item"] == item) & starts & lasts).any())


def _beside(table: Converted, rule: SchemaRule, note: str) -> Callable[[int], Words]:
    return lambda row: (f"{values_seen(table, rule.columns[:1], row)} and {note}", "")


# --- Exchange rates --------------------------------------------------------------------------------------------------


def rate_given(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """The sheet `fx` has a rate of the reference date for every currency other than the reporting currency."""
    table, entity = tables[rule.sheet], _entity(tables)
    if entity.currency is None or entity.reference_date is None:
        return
    cells, codes = table.frame[rule.columns[0]], load_codes()["currency"]
    known = cells.isin([*codes.codes, *codes.withdrawn])
    foreign = _applies(table, rule) & (known & (cells != entity.currency)).to_numpy(dtype=bool)
    if "fx" not in tables:
        currencies = ", ".join(sorted(cells[foreign].unique()))
        yield from _explained(table, rule, foreign, f"the sheet fx is not in the submission ({currencies})")
        return
    fx = tables["fx"]
    on_the_day = (fx.frame["date"] == pd.Timestamp(entity.reference_date)).to_numpy()
    rated = fx.frame.loc[on_the_day, "currency"].dropna()
    lacking = foreign & ~cells.isin(rated).to_numpy(dtype=bool)
    unknown = fx.faulty["currency"] | ~fx.frame["currency"].isin([*codes.codes, *codes.withdrawn]).to_numpy(dtype=bool)
    refused = lacking & _held_by(fx, "currency", unknown & on_the_day | fx.frame["date"].isna().to_numpy(), cells)
    yield from _explained(table, rule, refused, "fx holds its rate with a currency or date that is refused")
    words = _beside(table, rule, f"fx has no rate of it for {entity.reference_date}")
    yield from _found(table, rule, lacking & ~refused, words)


def own_rate_is_one(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """The rate of the reporting currency itself, where it is given, is 1."""
    table, own = tables[rule.sheet], _entity(tables).currency
    frame = table.frame
    wrong = (frame["currency"] == own).to_numpy(dtype=bool) & (frame["rate"] != 1).to_numpy() & frame["rate"].notna().to_numpy()
    yield from _found(table, rule, _applies(table, rule) & wrong)


def currency_in_use(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """No currency that had a successor on the reference date is used, except among the rates."""
    day, codes = _entity(tables).reference_date, load_codes()["currency"]
    if day is None:
        return
    gone = {code: new for code, (new, since) in codes.withdrawn.items() if since <= day}
    for sheet, table in tables.items():
        for column in table.schema.columns.values():
            if column.type == "currency" and sheet != "fx":
                yield from _replaced(table, rule, column.name, gone)


def _replaced(table: Converted, rule: SchemaRule, name: str, gone: Mapping[str, str]) -> Iterator[Finding]:
    cells = table.frame[name]
    failing = cells.isin(list(gone)).to_numpy(dtype=bool)

    def words(row: int) -> Words:
        code = str(cells.at[row])
        successor, since = load_codes()["currency"].withdrawn[code]
        return f"{name} is {shown(code)}, replaced by {successor} on {since}", ""

    if failing.any():
        yield Finding(rule, table.column(name), words, table.rows[failing])


# --- Own funds -------------------------------------------------------------------------------------------------------


def adds_up(
    tables: Tables,
    rule: SchemaRule,
    total: str,
    plus: Sequence[str],
    tolerance: float,
    minus: Sequence[str] = (),
    all_of: Sequence[str] = (),
    unless: Sequence[str] = (),
) -> Iterator[Finding]:
    """The total of own funds is what its parts add up to, within `tolerance` in the entity's unit.

    Silent where a deduction is negative: that is its own fault.

    plus, minus   items that are added and subtracted
    all_of        items without which nothing is compared; otherwise one of `plus` is enough
    unless        items beside which nothing is compared
    """
    amounts = _amounts(tables["own_funds"])
    if amounts is None or total not in amounts or not all(item in amounts for item in all_of):
        return
    added = [amount for item, amount in amounts.items() if _is_one(item, plus)]
    if not added or any(item in amounts for item in unless):
        return
    taken = [amount for item, amount in amounts.items() if _is_one(item, minus)]
    parts = math.fsum([*added, *(-amount for amount in taken)])
    if min(taken, default=0) >= 0 and round(abs(amounts[total] - parts), 6) > tolerance:
        table = tables["own_funds"]
        found = f"{total} is {shown(amounts[total])} and its parts add up to {shown(round(parts, 6))}"
        failing = (table.frame["item"] == total).to_numpy(dtype=bool)
        yield from _found(table, rule, failing, lambda _: (found, ""))


def one_item_given(tables: Tables, rule: SchemaRule, items: Sequence[str], unless: Sequence[str] = ()) -> Iterator[Finding]:
    """The sheet has one of `items`, or one of `unless`."""
    table = tables["own_funds"]
    amounts = _amounts(table)
    if amounts and not any(_is_one(item, [*items, *unless]) for item in amounts):
        yield _once(rule, table.column("item"), f"item has none of {', '.join(items)}")


def _amounts(table: Converted) -> Mapping[str, float] | None:
    """Item -> amount; None where an item is unknown, stands twice or has no amount: that is told where it stands."""
    frame, column = table.frame, table.schema.columns["item"]
    items = frame["item"].tolist()
    if frame[["item", "amount"]].isna().any(axis=None) or len(set(items)) < len(items):
        return None
    if not all(column.allows(item) for item in items):
        return None
    return dict(zip(items, frame["amount"].tolist(), strict=True))


def _is_one(item: str, names: Sequence[str]) -> bool:
    return any(re.fullmatch(re.escape(name).replace(r"\*", ".*"), item) for name in names)


def _with_arguments(check: Callable[..., Iterator[Finding]]) -> AcrossCheck:
    return lambda tables, rule: check(tables, rule, **rule.arguments)


CHECKS: Mapping[str, AcrossCheck] = MappingProxyType(
    {
        check.__name__: _with_arguments(check)
        for check in (
            adds_up, currency_in_use, jurisdiction_is, not_before_reference_date, not_the_entity, one_item_given,
            own_rate_is_one, provider_is_other, rate_given, refers_to, requirement_in_force,
        )
    }
)  # fmt: skip
