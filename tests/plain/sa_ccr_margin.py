"""Margin and collateral in SA-CCR, plainly: margin period of risk, multiplier, collateral of several netting sets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tests.plain import sa_ccr_table as law


def margin_days(row: Mapping[str, Any], number_of_trades: int, jurisdiction: str) -> float:
    """Business days: the higher of the bank's estimate and the floor (CRE52.50; CRR Art. 285(2)-(5))."""
    period = row["remargining_days"] or 1.0
    # CRE52.50(1); for a clearing member's client CRE54 and CRR Art. 279c(1)(b).
    shortest = law.DAYS_CLIENT if row["client_clearing"] else law.DAYS
    # CRE52.51(1): trades with a central counterparty do not count; CRE54.8(1): they do if any is disputed. CRR Art.
    # 285(3)(a) excepts trade exposures, which are those to a central counterparty, without that condition.
    large = number_of_trades > law.MANY_TRADES and not row["qccp"]
    if jurisdiction == "basel" and row["qccp"] and (row["disputes"] or 0.0) > 0:
        large = number_of_trades > law.MANY_TRADES
    disputed = (row["disputes"] or 0.0) > law.MANY_DISPUTES
    if jurisdiction == "eu":
        if large or row["illiquid"]:  # CRR Art. 285(3)
            shortest = law.DAYS_LARGE
        floor = shortest + period - 1  # CRR Art. 285(5): F + N - 1
        if disputed:
            # CRR Art. 285(4): at least double the period of paragraphs 2 and 3, that is F alone; (5) holds beside it.
            floor = max(floor, 2.0 * shortest)
    else:
        floor = shortest + period - 1  # CRE52.50(2): nine days plus the re-margining period
        if large or row["illiquid"]:
            floor = max(floor, law.DAYS_LARGE)  # CRE52.51(1)-(2), an exception that should lower nothing
        if disputed:
            floor = 2.0 * floor  # CRE52.51(3): double the applicable floor
    return float(max(row["margin_period_days"] or 0.0, floor))


def multiplier(excess: float, aggregate: float) -> float:
    """CRE52.23, CRR Art. 278(3); excess is V - C. Without an add-on there is nothing to reduce."""
    if excess >= 0 or aggregate == 0:
        return 1.0
    return min(1.0, law.FLOOR + (1 - law.FLOOR) * math.exp(excess / (2 * (1 - law.FLOOR) * aggregate)))


def spread(
    collateral: float, values: Sequence[float], add_ons: Sequence[float], posted: Sequence[float]
) -> list[float]:
    """CRE52.76 FAQ1: the collateral of several netting sets by netting set.

    Received: to positive market values first, here in proportion to them; what is left, which the bank may place
    freely, in proportion to the add-ons. Posted: to negative market values in proportion; if it is more than these, all
    multipliers become one, as the FAQ asks, and what is left goes where it was posted.
    """
    first = [max(value, 0.0) if collateral >= 0 else min(value, 0.0) for value in values]
    if abs(collateral) <= abs(sum(first)):
        return _in_proportion(collateral, first)
    rest = _in_proportion(collateral - sum(first), add_ons if collateral >= 0 else posted)
    return [one + other for one, other in zip(first, rest, strict=True)]


def _in_proportion(amount: float, weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    if total == 0:
        return [amount / len(weights) for _ in weights]
    return [amount * weight / total for weight in weights]
