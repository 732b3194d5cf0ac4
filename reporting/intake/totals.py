"""Rules on what the rows of the sheet `own_funds` add up to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from reporting.intake.between import Tables, found_in, once
from reporting.intake.convert import Converted
from reporting.intake.findings import Finding, shown
from reporting.intake.schema import SchemaRule


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
        yield from found_in(table, rule, failing, lambda _: (found, ""))


def one_item_given(
    tables: Tables, rule: SchemaRule, items: Sequence[str], unless: Sequence[str] = ()
) -> Iterator[Finding]:
    """The sheet has one of `items`, or one of `unless`."""
    table = tables["own_funds"]
    amounts = _amounts(table)
    if amounts and not any(_is_one(item, [*items, *unless]) for item in amounts):
        yield once(rule, table.column("item"), f"item has none of {', '.join(items)}")


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
