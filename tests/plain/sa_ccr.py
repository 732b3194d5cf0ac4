"""SA-CCR once more, plainly: loops over dictionaries of one trade or one netting set, no code shared with the toolkit.

Written from the paragraphs: BCBS CRE52 (effective 1 January 2023), CRR Art. 274-280f and 285, LEV30 and CRR Art.
429c for the leverage ratio. Amounts in the reporting currency, times in years; an absent value is None. Where the text
leaves room the choice stands at its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.plain import sa_ccr_table as law
from tests.plain.sa_ccr_add_ons import AddOns, add_ons
from tests.plain.sa_ccr_margin import margin_days, multiplier
from tests.plain.sa_ccr_pools import Unit, is_shared, pooled, together, units_of
from tests.plain.sa_ccr_sets import (
    NettingSet,
    Row,
    independent,
    is_margined,
    is_netted,
    posted_one_way,
    variation,
    with_group_2b,
    with_leverage,
)
from tests.plain.sa_ccr_trades import Terms, Trade, TradeResult, trade_result


@dataclass(frozen=True)
class Result:
    """By trade and by netting set, keyed by their ids; crypto-assets of Group 2b have no intermediates by trade."""

    trades: dict[str, TradeResult]
    netting_sets: dict[str, NettingSet]


def sa_ccr(
    trades: Sequence[Trade],
    netting_sets: Sequence[Row],
    jurisdiction: str,
    *,
    reporting_currency: str,
    tranche_sign_as_printed: bool = False,
    no_offset: bool = False,
) -> Result:
    """Exposures of all netting sets; several rows of one netting_set_id are its margin agreements."""
    assert not (no_offset and jurisdiction == "eu"), "CRR Art. 280a(3) has no formula without offsets"
    terms = Terms(jurisdiction, reporting_currency, tranche_sign_as_printed, no_offset)
    rows: dict[str, list[Row]] = {}
    for row in netting_sets:
        rows.setdefault(row["netting_set_id"], []).append(row)
    members: dict[str, list[Trade]] = {name: [] for name in rows}
    for trade in trades:
        members[trade["netting_set_id"]].append(trade)
    by_trade: dict[str, TradeResult] = {}
    found: dict[str, NettingSet] = {}
    pools: dict[str, list[Unit]] = {}
    for name, own in rows.items():
        shared = is_shared(own[0], netting_sets)
        if shared or not own[0]["enforceable"]:
            assert len(own) == 1, "a shared agreement is the only one of its netting sets"
            pool = f"agreement {own[0]['margin_agreement_id']}" if shared else f"netting set {name}"
            pools.setdefault(pool, []).extend(units_of(own[0], members[name], terms, by_trade))
        else:
            found[name] = _netting_set(own, members[name], terms, by_trade)
    parts: dict[str, list[NettingSet]] = {name: [] for name in rows if name not in found}
    for units in pools.values():
        for part in pooled(units, jurisdiction):
            parts[part.netting_set_id].append(part)
    for name, own_parts in parts.items():
        found[name] = together(rows[name][0], own_parts, len(members[name]), jurisdiction)
    for trade in trades:
        if not is_netted(trade):
            found[trade["netting_set_id"]] = with_group_2b(found[trade["netting_set_id"]], trade)
    return Result(by_trade, found)


def _netting_set(
    rows: Sequence[Row], trades: Sequence[Trade], terms: Terms, by_trade: dict[str, TradeResult]
) -> NettingSet:
    """A netting set with collateral of its own, under no, one or several margin agreements."""
    unmargined = _unmargined(rows, trades, terms, by_trade)
    if not any(is_margined(row) for row in rows):
        return with_leverage(unmargined, rows)
    value = unmargined.value
    sub_sets = _sub_netting_sets(rows, trades, terms, by_trade)
    add_on = sum(part.aggregate for _, part in sub_sets)  # CRE52.74 FAQ1; CRR Art. 274(4)(c): sum over the sub-sets
    # CRE52.74 FAQ1; CRR Art. 274(4)(b): one formula for the whole set, V, C, NICA, TH and MTA summed over it.
    nica = sum(independent(row) for row in rows)
    collateral = nica + sum(variation(row) for row in rows)
    untriggered = sum(row["threshold"] + row["minimum_transfer_amount"] for row in rows if is_margined(row))
    rc = max(value - collateral, untriggered - nica, 0.0)  # CRE52.18; CRR Art. 275(2)
    factor = multiplier(value - collateral, add_on)
    ead = law.ALPHA * (rc + factor * add_on)  # CRE52.1, 52.20
    by_class: dict[str, float] = {}
    for _, part in sub_sets:
        for asset_class, amount in part.by_class.items():
            by_class[asset_class] = by_class.get(asset_class, 0.0) + amount
    result = replace(
        unmargined,  # with its own steps, which stay in the fields named so
        collateral=collateral,
        replacement_cost=rc,
        multiplier=factor,
        add_on=add_on,
        pfe=factor * add_on,
        ead_margined=ead,
        exposure_at_default=min(ead, unmargined.ead_unmargined),  # CRE52.2; CRR Art. 274(3)
        capped=unmargined.ead_unmargined < ead,
        mpor_days=max(days for days, _ in sub_sets if days is not None),
        add_on_by_class=by_class,
        hedging_sets=tuple(one for _, part in sub_sets for one in part.hedging_sets),
    )
    return with_leverage(result, rows)


def _unmargined(
    rows: Sequence[Row], trades: Sequence[Trade], terms: Terms, by_trade: dict[str, TradeResult]
) -> NettingSet:
    """The set as if no margin agreement covered it: its exposure, or the cap of a margined one."""
    netted = [trade for trade in trades if is_netted(trade)]
    results = [trade_result(trade, terms, None) for trade in netted]
    by_trade.update({one.trade_id: one for one in results})
    sums = add_ons(results, terms.no_offset)
    value = sum(trade["market_value"] for trade in netted)
    collateral = sum(independent(row) + variation(row) for row in rows)
    if terms.jurisdiction == "eu":
        # CRR Art. 274(3), 275(1) with EBA Q&A 2023_6962: the cap knows no variation margin, save what a one-way
        # agreement made the bank post. CRE52.2 says "calculated on an unmargined basis": the same set with the
        # collateral it has. CRE52.18(1) can be read the other way.
        collateral = sum(independent(row) + posted_one_way(row) for row in rows)
    rc = max(value - collateral, 0.0)  # CRE52.10
    factor = multiplier(value - collateral, sums.aggregate)
    ead = law.ALPHA * (rc + factor * sums.aggregate)  # CRE52.1, 52.20
    return NettingSet(
        netting_set_id=rows[0]["netting_set_id"],
        value=value,
        collateral=collateral,
        replacement_cost=rc,
        multiplier=factor,
        add_on=sums.aggregate,
        pfe=factor * sums.aggregate,
        replacement_cost_unmargined=rc,
        multiplier_unmargined=factor,
        add_on_unmargined=sums.aggregate,
        pfe_unmargined=factor * sums.aggregate,
        ead_unmargined=ead,
        exposure_at_default=ead,
        add_on_by_class=sums.by_class,
        hedging_sets=sums.hedging_sets,
    )


def _sub_netting_sets(
    rows: Sequence[Row], trades: Sequence[Trade], terms: Terms, by_trade: dict[str, TradeResult]
) -> list[tuple[float | None, AddOns]]:
    """CRE52.74 FAQ1, CRR Art. 274(4)(a): one for all unmargined trades, one for each margin period of risk."""
    days_of: dict[str | None, float | None] = {}
    for row in rows:
        # CRE52.51(1) counts the trades of the netting set, whatever agreement they are under.
        days = margin_days(row, len(trades), terms.jurisdiction) if is_margined(row) else None
        days_of[row["margin_agreement_id"]] = days
    groups: dict[float | None, list[TradeResult]] = {days: [] for days in days_of.values()}
    for trade in trades:
        if is_netted(trade):
            days = days_of[rows[0]["margin_agreement_id"] if len(rows) == 1 else trade["margin_agreement_id"]]
            one = trade_result(trade, terms, days)
            groups[days].append(one)
            by_trade[one.trade_id] = one
    return [(days, add_ons(members, terms.no_offset)) for days, members in groups.items()]
