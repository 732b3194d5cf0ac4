"""Which cells a fault changes, and which faults can stand together in one workbook.

Two faults stand together unless some rule looks at cells that both of them change: only then can one hide the other, or
the two bring a third. What the rules of a sheet look at is declared in the schemas; what a rule between sheets looks at
besides its own columns is told by `_ELSEWHERE`. A fault that moves or takes away rows or columns of a sheet changes all
of it, and so does one that takes the sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from reporting.intake.across import NOT_RUN_HERE
from reporting.intake.catalogue import all_rules
from reporting.intake.schema import SchemaRule, load_rules, load_schemas

# Sheets of which a workbook has as many copies of the example rows as it has blocks; a block refers to itself only.
BLOCK_SHEETS = frozenset(
    {
        "balance_sheet",
        "counterparties",
        "connections",
        "exposures",
        "protection",
        "netting_sets",
        "derivatives",
        "collateral",
        "sft",
        "funding",
    }
)

Column = tuple[str, str]  # sheet and column; the column may be a property of the sheet, such as "hide sheet"
Spot = tuple[int | None, int | None]  # block and row; None is every one
ANYWHERE: Spot = (None, None)
Among = Literal["row", "block", "sheet"]

_DAY, _OWN_CURRENCY = ("entity", "reference_date"), ("entity", "currency")
_ELSEWHERE: Mapping[str, tuple[Column, ...]] = {
    "not_the_entity": (("entity", "lei"),),
    "provider_is_other": (("exposures", "exposure_id"), ("exposures", "counterparty_id")),
    "not_before_reference_date": (_DAY,),
    "jurisdiction_is": (("entity", "jurisdiction"),),
    "requirement_in_force": (_DAY, *(("requirements", name) for name in ("item", "valid_from", "valid_to"))),
    "rate_given": (_DAY, _OWN_CURRENCY, ("fx", "currency"), ("fx", "date")),
    "own_rate_is_one": (_OWN_CURRENCY,),
    "currency_in_use": (_DAY,),
    "agreement_of_set": (("netting_sets", "netting_set_id"), ("netting_sets", "margin_agreement_id")),
    "matched_purchase_fits": (
        _DAY,
        *(
            ("derivatives", name)
            for name in ("trade_id", "asset_class", "direction", "reference_entity", "m_years", "maturity")
        ),
    ),
    "ends_after_start": (_DAY,),
    "years_agree": (_DAY,),
    "in_the_quarter": (_DAY,),
    "quarter_complete": (_DAY,),
    "shift_given": (("entity", "jurisdiction"),),
    "adds_up": (("own_funds", "item"),),
    "one_item_given": (("own_funds", "amount"),),
}
# Checks for which other rows count: those of the block, as no other block has its identifiers, or all.
_AMONG: Mapping[str, Among] = {
    "unique": "block",
    "unique_with_blanks": "block",
    "agrees_within": "block",
    "written_one_way": "sheet",
    "periods_apart": "block",
    "alone": "sheet",
}
_WHOLE_SHEET = ("drop_sheet", "rename_sheet", "copy_as", "clear", "no_headings", "drop_columns", "above", "stray")


def steps_of(rule: SchemaRule) -> list[Mapping[str, Any]]:
    """The failing example of a rule as steps."""
    return [{"set": rule.fails}] if isinstance(rule.fails, Mapping) else list(rule.fails)


@dataclass(frozen=True)
class Footprint:
    """Cells by column, and there by block and row."""

    spots: dict[Column, set[Spot]] = field(default_factory=dict)

    def add(self, sheet: str, column: str, spot: Spot) -> None:
        """Take in a cell. On a sheet that all blocks share, its rows are not told apart."""
        self.spots.setdefault((sheet, column), set()).add(spot if sheet in BLOCK_SHEETS else ANYWHERE)

    def meets(self, other: Footprint) -> bool:
        """True if a cell is in both."""
        return any(
            _same(left, right)
            for column in self.spots.keys() & other.spots.keys()
            for left in self.spots[column]
            for right in other.spots[column]
        )


def _same(left: Spot, right: Spot) -> bool:
    return all(a is None or b is None or a == b for a, b in zip(left, right, strict=True))


def changed_by(rule: SchemaRule, block: int, rows: Mapping[str, int], new: Iterator[int]) -> Footprint:
    """The cells that the failing example changes, or sets to what they are already.

    rows   sheet -> row in which it is made
    new    a number for each added row
    """
    changed = Footprint()
    for step in steps_of(rule):
        sheet = step.get("sheet") or rule.sheet
        row = rows.get(sheet)
        added = next(new) if "add" in step else None
        for action in step.keys() - {"sheet", "at", "where", "columns"}:
            for column, spot in _changes(sheet, action, step, (block, row), (block, added)):
                changed.add(sheet, column, spot)
    return changed


def _changes(sheet: str, action: str, step: Mapping[str, Any], here: Spot, added: Spot) -> Iterator[tuple[str, Spot]]:
    if action in ("set", "fault", "raise"):
        yield from ((column, here) for column in step[action])
    elif action == "set_all":
        yield from ((column, ANYWHERE) for column in step[action])
    elif action == "add":
        yield from ((column, added) for column in load_schemas()[sheet].columns)
    elif action == "nothing":
        yield from ((column, ANYWHERE) for column in step["columns"])
    elif action in _WHOLE_SHEET or action == "drop":
        yield from ((column, ANYWHERE) for column in (*load_schemas()[sheet].columns, *_properties(sheet)))
    elif action == "add_column":
        yield f"add_column {step[action]}", ANYWHERE
        yield from ((name, ANYWHERE) for name in load_schemas()[sheet].columns if name == _heading(step[action]))
    else:
        assert action in ("hide", "errors_seen"), action
        yield f"{action} {step[action]}", ANYWHERE


def _heading(text: str | None) -> str:
    return (text or "").lower().replace(" ", "_")


@cache
def _properties(sheet: str) -> frozenset[str]:
    """What the examples change of a sheet besides its cells."""
    return frozenset(
        f"{action} {step[action]}"
        for rule in all_rules().values()
        if isinstance(rule.fails, list | Mapping)
        for step in steps_of(rule)
        if (step.get("sheet") or rule.sheet) == sheet
        for action in step.keys() & {"hide", "errors_seen", "add_column"}
    )


# --- What rules look at ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """What a rule looks at: columns of its sheet in one row (or in more), and columns elsewhere in all rows."""

    sheet: str
    columns: tuple[str, ...]
    elsewhere: tuple[Column, ...] = ()
    among: Among = "row"

    def spread(self, changed: Footprint, reach: Footprint) -> None:
        """Add to `reach` all that the rule looks at together with a cell that has changed."""
        for column in self.columns:
            for block, row in changed.spots.get((self.sheet, column), ()):
                self._take({"row": (block, row), "block": (block, None), "sheet": ANYWHERE}[self.among], reach)
        for other in self.elsewhere:
            for block, _ in changed.spots.get(other, ()):
                self._take((block, None), reach)

    def _take(self, spot: Spot, reach: Footprint) -> None:
        for column in self.columns:
            reach.add(self.sheet, column, spot)
        for sheet, column in self.elsewhere:
            reach.add(sheet, column, (spot[0], None))


@cache
def _looks() -> tuple[Look, ...]:
    own = [_look(rule) for schema in load_schemas().values() for rule in schema.rules]
    return (
        *own,
        *(look for rule in load_rules("_across") if rule.check not in NOT_RUN_HERE for look in _between(rule)),
    )


def _look(rule: SchemaRule) -> Look:
    return Look(rule.sheet, (*rule.columns, *rule.when), among=_AMONG.get(rule.check, "row"))


def _between(rule: SchemaRule) -> Iterator[Look]:
    if rule.check == "refers_to":
        sheet, column = rule.arguments["target"].split(".")
        yield Look(rule.sheet, (*rule.columns, *rule.when), ((sheet, column),))
    elif rule.sheet:
        yield Look(rule.sheet, (*rule.columns, *rule.when), _ELSEWHERE[rule.check])
    else:
        for name, schema in load_schemas().items():
            columns = tuple(column.name for column in schema.columns.values() if column.type == "currency")
            yield from (Look(name, (column,), _ELSEWHERE[rule.check]) for column in columns)


def reach_of(changed: Footprint) -> Footprint:
    """The changed cells, and all that some rule looks at together with one of them."""
    reach = Footprint({column: set(spots) for column, spots in changed.spots.items()})
    for look in _looks():
        look.spread(changed, reach)
    return reach
