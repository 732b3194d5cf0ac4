"""Add-ons of SA-CCR, plainly: from the effective notionals of a (sub-)netting set to its aggregate add-on.

BCBS CRE52.55-52.73; CRR Art. 277a, 278(1), 280-280f.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tests.plain import sa_ccr_table as law
from tests.plain.sa_ccr_trades import TradeResult


@dataclass(frozen=True)
class HedgingSet:
    """One hedging set of one (sub-)netting set."""

    asset_class: str
    hedging_set: str
    kind: str
    add_on: float


@dataclass(frozen=True)
class AddOns:
    """All hedging sets, their sum by class (CRE52.55) and the aggregate (CRE52.25: no diversification)."""

    hedging_sets: tuple[HedgingSet, ...]
    by_class: dict[str, float]
    aggregate: float


def add_ons(trades: Sequence[TradeResult], no_offset: bool) -> AddOns:
    """Add-ons of the trades of one (sub-)netting set."""
    groups: dict[tuple[str, str, str], list[TradeResult]] = {}
    for trade in trades:
        # CRE52.45-52.47: basis and volatility transactions never share a hedging set with the others.
        groups.setdefault((trade.asset_class, trade.hedging_set, trade.kind), []).append(trade)
    found = []
    by_class: dict[str, float] = {}
    for (asset_class, label, kind), members in groups.items():
        if asset_class == "ir":
            amount = _interest_rate(members, no_offset)
        elif asset_class in ("credit", "equity", "commodity"):
            amount = _single_factor(members)
        else:
            amount = _one_driver(members)
        found.append(HedgingSet(asset_class, label, kind, amount))
        by_class[asset_class] = by_class.get(asset_class, 0.0) + amount
    return AddOns(tuple(found), by_class, sum(by_class.values()))


def _interest_rate(trades: Sequence[TradeResult], no_offset: bool) -> float:
    """CRE52.57(4)-(6); CRR Art. 280a(3)."""
    d = {1: 0.0, 2: 0.0, 3: 0.0}
    for trade in trades:
        d[trade.bucket] += trade.effective_notional
    if no_offset:
        return (abs(d[1]) + abs(d[2]) + abs(d[3])) * trades[0].supervisory_factor
    squared = (
        d[1] ** 2 + d[2] ** 2 + d[3] ** 2
        + law.CROSS_12 * d[1] * d[2] + law.CROSS_23 * d[2] * d[3] + law.CROSS_13 * d[1] * d[3]
    )  # fmt: skip
    return math.sqrt(max(squared, 0.0)) * trades[0].supervisory_factor


def _one_driver(trades: Sequence[TradeResult]) -> float:
    """CRE52.59(3)-(4) for a currency pair; CRR Art. 280f for another driver; SCO60 (unconfirmed) for a crypto-asset."""
    effective = 0.0
    for trade in trades:
        effective += trade.effective_notional
    return abs(effective) * trades[0].supervisory_factor


def _single_factor(trades: Sequence[TradeResult]) -> float:
    """CRE52.61(2)-(4) credit, 52.66(2)-(4) equity, 52.70(3)-(5) commodity: entities are names, indices or types."""
    amounts: dict[str, float] = {}
    correlations: dict[str, float] = {}
    for trade in trades:
        # The factor is the same for all trades of an entity, so that it can be multiplied before the sum.
        added = trade.supervisory_factor * trade.effective_notional
        amounts[trade.entity] = amounts.get(trade.entity, 0.0) + added
        correlations[trade.entity] = trade.correlation
    systematic = 0.0
    idiosyncratic = 0.0
    for entity, amount in amounts.items():
        systematic += correlations[entity] * amount
        idiosyncratic += (1 - correlations[entity] ** 2) * amount**2
    return math.sqrt(systematic**2 + idiosyncratic)
