"""Margin period of risk and maturity factor (BCBS CRE52.48-52.53; CRR Art. 279c, 285)."""

from __future__ import annotations

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import Codes, Flags
from reporting.measures.counterparty.standard import Standard


def unmargined_maturity_factors(maturity: FloatArray, daily_settled: Flags, standard: Standard) -> FloatArray:
    """(n,) sqrt(min(M, 1 year) / 1 year), M at least ten business days (CRE52.48).

    maturity       (n,) years; it is M, not E - S: a physically settled option runs to the end of its underlying
    daily_settled  (n,) settled, not margined, every day: M is the ten business days (CRE52.32 FAQ1)
    """
    shortest, horizon = standard.years("sa_ccr_shortest_period"), standard.number("sa_ccr_horizon")
    running = np.where(daily_settled, shortest, maturity) if daily_settled.any() else maturity
    return np.sqrt(np.clip(running, shortest, horizon) / horizon)


def margined_maturity_factors(margin_period: FloatArray, standard: Standard) -> FloatArray:
    """3/2 sqrt(MPOR / 1 year), MPOR in business days (CRE52.52)."""
    year = standard.number("sa_ccr_business_days") * standard.number("sa_ccr_horizon")
    return standard.number("sa_ccr_margined_factor") * np.sqrt(margin_period / year)


def margin_period_floors(
    trade_counts: Codes,
    remargining_days: FloatArray,
    *,
    client_clearing: Flags,
    qualifying_ccp: Flags,
    illiquid: Flags,
    disputes: FloatArray,
    standard: Standard,
) -> FloatArray:
    """(sets,) business days: the least margin period of risk of each margined netting set (CRE52.50, 52.51).

    trade_counts      (sets,) trades of the whole netting set; large is more than the limit, not the limit itself
    remargining_days  (sets,) business days between margin calls; 1 is daily
    client_clearing   (sets,) the bank is clearing member and faces its client (CRE54.12)
    qualifying_ccp    (sets,) the counterparty is one: the number of trades counts only where there are disputes
                      (CRE54.8(1)), under the CRR never (Art. 285(3)(a), second sentence)
    illiquid          (sets,) illiquid collateral, or trades that cannot easily be replaced
    disputes          (sets,) margin call disputes of the last two quarters that outlasted the margin period
    """
    floors, limit = standard.value("sa_ccr_margin_period_floors"), standard.value("sa_ccr_disputes")
    counts = ~qualifying_ccp | ((disputes > 0.0) & bool(standard.value("sa_ccr_large_with_ccp_if_disputed")))
    large = (trade_counts > standard.number("sa_ccr_large_netting_set")) & counts
    least = np.where(client_clearing, floors["client_clearing"], floors["ordinary"])
    special = np.where(large | illiquid, floors["large_or_illiquid"], 0.0)
    factor = np.where(disputes > limit["more_than"], limit["factor"], 1.0)
    between = remargining_days - 1.0
    if standard.value("sa_ccr_remargining_after_floors"):  # CRR Art. 285(4) and (5) both start from the same floor
        floor = np.maximum(least, special)
        found: FloatArray = np.maximum(floor + between, floor * factor)
    else:
        found = np.maximum(least + between, special) * factor
    return found
