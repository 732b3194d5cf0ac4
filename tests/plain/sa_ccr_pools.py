"""Collateral over several netting sets in the plain SA-CCR: shared margin agreements and netting without force.

BCBS CRE52.75-52.77; CRR Art. 275(3), 278(2)-(3). Where netting is not enforceable each trade is a netting set of its
own (CRE52.1 with CRE50.15; CRR Art. 274(1)), so that what secures them all is collateral over several netting sets too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.plain import sa_ccr_table as law
from tests.plain.sa_ccr_add_ons import AddOns, add_ons
from tests.plain.sa_ccr_margin import margin_days, multiplier, spread
from tests.plain.sa_ccr_sets import (
    NettingSet,
    Row,
    independent,
    is_margined,
    is_netted,
    variation,
    with_leverage,
)
from tests.plain.sa_ccr_trades import Terms, Trade, TradeResult, trade_result


@dataclass(frozen=True)
class Unit:
    """A netting set in the sense of the law that shares its collateral with others."""

    row: Row
    trade: Trade | None  # where netting is not enforceable
    value: float
    add_ons: AddOns


def is_shared(row: Row, netting_sets: Sequence[Row]) -> bool:
    """CRE52.75: a single margin agreement applies to several netting sets."""
    agreement = row["margin_agreement_id"]
    sets = {other["netting_set_id"] for other in netting_sets if other["margin_agreement_id"] == agreement}
    return agreement is not None and len(sets) > 1


def units_of(row: Row, trades: Sequence[Trade], terms: Terms, by_trade: dict[str, TradeResult]) -> list[Unit]:
    """The netting sets of one row, with add-ons by the unmargined methodology (CRE52.76; CRR Art. 278(2))."""
    netted = [trade for trade in trades if is_netted(trade)]
    results = {trade["trade_id"]: trade_result(trade, terms, None) for trade in netted}
    by_trade.update(results)
    if row["enforceable"] or not netted:  # collateral without trades is an exposure too where it is posted
        value = sum(trade["market_value"] for trade in netted)
        return [Unit(row, None, value, add_ons(list(results.values()), terms.no_offset))]
    return [
        Unit(row, trade, trade["market_value"], add_ons([results[trade["trade_id"]]], terms.no_offset))
        for trade in netted
    ]


def pooled(units: Sequence[Unit], jurisdiction: str) -> list[NettingSet]:
    """One result for each unit.

    RC_MA = max(sum max(V, 0) - max(C, 0), 0) + max(sum min(V, 0) - min(C, 0), 0) by CRE52.75. With C spread as CRE52.76
    FAQ1 asks this is the sum of max(V_i - C_i, 0), which gives every netting set its part. The cap of CRE52.2 is not
    applied: the potential exposure is unmargined already and RC belongs to the agreement, not to one netting set.
    """
    rows: list[Row] = []
    for unit in units:
        if not any(row is unit.row for row in rows):
            rows.append(unit.row)
    collateral = sum(independent(row) + variation(row) for row in rows)  # CRE52.75: both VM and NICA
    # What has relief stands alone, as CRE52.1 FAQ2 says of protection sold: the others have all of the collateral.
    secured = [unit for unit in units if not _stands_alone(unit, jurisdiction)]
    if not secured:  # what was posted is an exposure though no trade is left that it secures
        secured = [Unit(rows[0], None, 0.0, add_ons([], no_offset=False))]
    shares = spread(
        collateral,
        [unit.value for unit in secured],
        [unit.add_ons.aggregate for unit in secured],
        [max(-independent(unit.row) - variation(unit.row), 0.0) / _units_of_row(unit, secured) for unit in secured],
    )
    found = [_part(unit, share, jurisdiction) for unit, share in zip(secured, shares, strict=True)]
    return found + [_part(unit, 0.0, jurisdiction) for unit in units if _stands_alone(unit, jurisdiction)]


def _units_of_row(unit: Unit, units: Sequence[Unit]) -> int:
    return sum(other.row is unit.row for other in units)


def _part(unit: Unit, share: float, jurisdiction: str) -> NettingSet:
    rc = max(unit.value - share, 0.0)
    excess = unit.value - share
    if jurisdiction == "eu":
        # CRR Art. 278(3): z = CMV_i - NICA_i. Neither variation margin comes in, nor what stands at the level of all
        # netting sets together, as the collateral of single trades without netting does.
        excess = unit.value - (independent(unit.row) if unit.row["enforceable"] else 0.0)
    factor = multiplier(excess, unit.add_ons.aggregate)
    pfe = factor * unit.add_ons.aggregate
    ead = law.ALPHA * (rc + pfe)
    if _stands_alone(unit, jurisdiction):
        ead = min(ead, _relief(unit))
    part = NettingSet(
        netting_set_id=unit.row["netting_set_id"],
        value=unit.value,
        replacement_cost=rc,
        multiplier=factor,
        add_on=unit.add_ons.aggregate,
        pfe=pfe,
        replacement_cost_unmargined=rc,
        multiplier_unmargined=factor,
        add_on_unmargined=unit.add_ons.aggregate,
        pfe_unmargined=pfe,
        ead_unmargined=ead,
        exposure_at_default=ead,
        add_on_by_class=unit.add_ons.by_class,
        hedging_sets=unit.add_ons.hedging_sets,
    )
    # LEV30, CRR Art. 429c(3): cash margin counts only under an enforceable netting agreement with the trades.
    cash = unit.row["variation_margin_cash_eligible"] if unit.row["enforceable"] else 0.0
    return with_leverage(part, [{**unit.row, "variation_margin_cash_eligible": cash}])


def _stands_alone(unit: Unit, jurisdiction: str) -> bool:
    """CRE52.1 FAQ1-2, CRR Art. 274(5), (7): sold options and protection, outside netting and margin agreements.

    An agreement under which only the bank posts is a margin agreement too. An enforceable netting set that holds
    nothing but sold options stays without relief: Art. 274(5) only permits it.
    """
    trade = unit.trade
    if trade is None or unit.row["margined"] or unit.row["one_way_for_counterparty"]:
        return False
    if _protection_sold(trade):
        return trade["unpaid_premia"] is not None
    if trade["option_side"] != "sold" or not trade["premium_paid"]:
        return False
    return jurisdiction == "basel" or trade["market_value"] < 0  # Art. 274(5): a value negative at all times


def _relief(unit: Unit) -> float:
    """CRE52.1 FAQ2, CRR Art. 274(7): at most the unpaid premia; FAQ1, Art. 274(5): nothing for the sold option."""
    assert unit.trade is not None
    return float(unit.trade["unpaid_premia"]) if _protection_sold(unit.trade) else 0.0


def _protection_sold(trade: Trade) -> bool:
    return trade["asset_class"] == "credit" and trade["direction"] == "long" and trade["option_type"] is None


def together(row: Row, parts: Sequence[NettingSet], number_of_trades: int, jurisdiction: str) -> NettingSet:
    """The parts of one row of netting_sets: of an enforceable one there is a single part.

    The collateral is the row's own, before it is spread; the multiplier of several parts is the mean one.
    """
    by_class: dict[str, float] = {}
    for part in parts:
        for asset_class, amount in part.add_on_by_class.items():
            by_class[asset_class] = by_class.get(asset_class, 0.0) + amount
    add_on = sum(part.add_on for part in parts)
    pfe = sum(part.pfe for part in parts)
    rc = sum(part.replacement_cost for part in parts)
    factor = pfe / add_on if add_on > 0 else 1.0
    return NettingSet(
        netting_set_id=row["netting_set_id"],
        value=sum(part.value for part in parts),
        collateral=independent(row) + variation(row),
        replacement_cost=rc,
        multiplier=factor,
        add_on=add_on,
        pfe=pfe,
        replacement_cost_unmargined=rc,
        multiplier_unmargined=factor,
        add_on_unmargined=add_on,
        pfe_unmargined=pfe,
        ead_unmargined=sum(part.ead_unmargined for part in parts),
        exposure_at_default=sum(part.exposure_at_default for part in parts),
        mpor_days=margin_days(row, number_of_trades, jurisdiction) if is_margined(row) else None,
        replacement_cost_leverage=sum(part.replacement_cost_leverage for part in parts),
        pfe_leverage=sum(part.pfe_leverage for part in parts),
        exposure_leverage=sum(part.exposure_leverage for part in parts),
        add_on_by_class=by_class,
        hedging_sets=tuple(one for part in parts for one in part.hedging_sets),
    )
