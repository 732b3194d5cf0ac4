"""Rules between sheets, and rules on what the rows of a sheet add up to.

Each function gets the submission and a rule and yields what it finds. It says nothing where a cell that it would need
does not fit its type or is missing: that has been told where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import pandas as pd

from reporting.intake.across_trades import TRADE_CHECKS
from reporting.intake.between import Tables, applies, beside, entity_of, explained, found_in, held_by, once
from reporting.intake.checks import CheckFault
from reporting.intake.codes import load_codes
from reporting.intake.convert import Converted
from reporting.intake.findings import Finding, Words, shown
from reporting.intake.membership import among
from reporting.intake.schema import SchemaRule, load_rules, standard_rules
from reporting.intake.totals import adds_up, one_item_given
from reporting.spelling import did_you_mean

AcrossCheck = Callable[[Tables, SchemaRule], Iterator[Finding]]

# Reconciliations need converted amounts, and rules on a system other submissions: the portfolio runs them.
NOT_RUN_HERE = frozenset({"reconciliation", "of_a_system"})


def check_across(tables: Tables) -> Iterator[Finding]:
    """Everything that the rules between sheets find. CheckFault where a rule names a function that does not exist."""
    for rule in load_rules("_across"):
        if rule.check in NOT_RUN_HERE:
            continue
        if rule.check not in CHECKS:
            raise CheckFault(f"{rule.code}: there is no check {rule.check!r}{did_you_mean(rule.check, CHECKS)}")
        if not rule.sheet or rule.sheet in tables:
            yield from CHECKS[rule.check](tables, rule)


# --- References ------------------------------------------------------------------------------------------------------


def refers_to(tables: Tables, rule: SchemaRule, target: str) -> Iterator[Finding]:
    """Every value of the column stands in the column `target` (`sheet.column`) of the sheet it refers to."""
    table, (sheet, key) = tables[rule.sheet], target.split(".")
    name = rule.columns[0]
    cells = table.frame[name]
    if sheet not in tables:
        if cells.notna().any():
            found = f"{name} refers to the sheet {sheet}, which is missing"
            yield once(standard_rules()["referenced_sheet_absent"], table.column(name), found)
        return
    other = tables[sheet]
    if key not in other.table.letters:
        return
    keys = other.frame[key].dropna()
    orphans = applies(table, rule) & cells.notna().to_numpy() & ~cells.isin(keys).to_numpy(dtype=bool)
    refused = orphans & held_by(other, key, other.faulty[key], cells)
    yield from explained(table, rule, refused, f"{sheet} holds it in a cell that is refused")

    def words(row: int) -> Words:
        value = str(cells.at[row])
        near = did_you_mean(value, keys.unique())
        return f"{name} is {shown(value)}", f"{rule.rule.asked}{near}" if near else ""

    yield from found_in(table, rule, orphans & ~refused, words)


def not_the_entity(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """The LEI is not that of the reporting institution."""
    table, own = tables[rule.sheet], entity_of(tables).lei
    yield from found_in(table, rule, applies(table, rule) & (table.frame[rule.columns[0]] == own).to_numpy(dtype=bool))


def provider_is_other(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """Whoever gives the protection is not the client whose exposure it protects."""
    if "exposures" not in tables:
        return
    table, exposures = tables[rule.sheet], tables["exposures"].frame.drop_duplicates("exposure_id")
    client = table.frame["exposure_id"].map(exposures.set_index("exposure_id")["counterparty_id"])
    same = (client == table.frame["provider_id"]).fillna(False).to_numpy(dtype=bool)
    yield from found_in(table, rule, applies(table, rule) & same)


# --- The entity and its dates ----------------------------------------------------------------------------------------


def not_before_reference_date(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """The date is the reference date or later."""
    table, day = tables[rule.sheet], entity_of(tables).reference_date
    if day is not None:
        past = (table.frame[rule.columns[0]] < pd.Timestamp(day)).to_numpy(dtype=bool)
        yield from found_in(
            table, rule, applies(table, rule) & past, beside(table, rule, f"the reference date is {day}")
        )


def jurisdiction_is(tables: Tables, rule: SchemaRule, jurisdiction: str) -> Iterator[Finding]:
    """Rows of this kind stand only in a submission under `jurisdiction`."""
    table, own = tables[rule.sheet], entity_of(tables).jurisdiction
    if own is not None and own != jurisdiction:
        words = beside(table, rule, f"the entity's jurisdiction is {shown(own)}")
        yield from found_in(table, rule, applies(table, rule), words)


def requirement_in_force(tables: Tables, rule: SchemaRule, items: Sequence[str]) -> Iterator[Finding]:
    """For rows of this kind, the sheet `requirements` has each of `items`, valid on the reference date."""
    table, day = tables[rule.sheet], entity_of(tables).reference_date
    if day is None:
        return
    lacking = [item for item in items if not _in_force(tables.get("requirements"), item, pd.Timestamp(day))]
    if lacking:
        note = f"requirements has no {' and no '.join(lacking)} valid on {day}"
        yield from found_in(table, rule, applies(table, rule), beside(table, rule, note))


def _in_force(requirements: Converted | None, item: str, day: pd.Timestamp) -> bool:
    """True if a row of the item covers the day, or may do so: a date that does not fit its type is told elsewhere."""
    if requirements is None:
        return False
    frame = requirements.frame
    starts = (frame["valid_from"] <= day) | requirements.faulty["valid_from"]
    lasts = (frame["valid_to"] >= day) | frame["valid_to"].isna()
    return bool(((frame["item"] == item) & starts & lasts).any())


# --- Exchange rates --------------------------------------------------------------------------------------------------


def rate_given(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """The sheet `fx` has a rate of the reference date for every currency other than the reporting currency."""
    table, entity = tables[rule.sheet], entity_of(tables)
    if entity.currency is None or entity.reference_date is None:
        return
    cells, codes = table.frame[rule.columns[0]], load_codes()["currency"]
    foreign = applies(table, rule) & among(cells, codes.ever) & (cells != entity.currency).to_numpy(dtype=bool)
    if "fx" not in tables:
        currencies = ", ".join(sorted(cells[foreign].unique()))
        yield from explained(table, rule, foreign, f"the sheet fx is not in the submission ({currencies})")
        return
    fx = tables["fx"]
    on_the_day = (fx.frame["date"] == pd.Timestamp(entity.reference_date)).to_numpy()
    rated = fx.frame.loc[on_the_day, "currency"].dropna()
    lacking = foreign & ~cells.isin(rated).to_numpy(dtype=bool)
    unknown = fx.faulty["currency"] | ~among(fx.frame["currency"], codes.ever)
    refused = lacking & held_by(fx, "currency", unknown & on_the_day | fx.frame["date"].isna().to_numpy(), cells)
    yield from explained(table, rule, refused, "fx holds its rate with a currency or date that is refused")
    words = beside(table, rule, f"fx has no rate of it for {entity.reference_date}")
    yield from found_in(table, rule, lacking & ~refused, words)


def own_rate_is_one(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """The rate of the reporting currency itself, where it is given, is 1."""
    table, own = tables[rule.sheet], entity_of(tables).currency
    frame = table.frame
    wrong = (
        (frame["currency"] == own).to_numpy(dtype=bool)
        & (frame["rate"] != 1).to_numpy()
        & frame["rate"].notna().to_numpy()
    )
    yield from found_in(table, rule, applies(table, rule) & wrong)


def currency_in_use(tables: Tables, rule: SchemaRule) -> Iterator[Finding]:
    """No currency that had a successor on the reference date is used, except among the rates."""
    day, codes = entity_of(tables).reference_date, load_codes()["currency"]
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


def _with_arguments(check: Callable[..., Iterator[Finding]]) -> AcrossCheck:
    return lambda tables, rule: check(tables, rule, **rule.arguments)


_CHECKS: tuple[Callable[..., Iterator[Finding]], ...] = (
    adds_up, currency_in_use, jurisdiction_is, not_before_reference_date, not_the_entity, one_item_given,
    own_rate_is_one, provider_is_other, rate_given, refers_to, requirement_in_force,
)  # fmt: skip
CHECKS: Mapping[str, AcrossCheck] = MappingProxyType(
    {check.__name__: _with_arguments(check) for check in (*_CHECKS, *TRADE_CHECKS)}
)
