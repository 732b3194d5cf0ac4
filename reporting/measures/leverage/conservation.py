"""What an institution that does not meet its leverage ratio buffer may distribute."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from reporting.figures import Unavailable
from reporting.measures.leverage.ratio import exact, exceeds, reaches
from reporting.measures.measure import measure


@measure(
    unit="%",
    reference="BCBS LEV40.3-40.5; CRD Art. 141b, 141c",
    label="Leverage ratio with and without the buffer: part of the buffer that is met",
)
def buffer_met(
    tier1_capital: float,
    exposure_measure: float,
    applicable_minimum: float,
    additional_requirement: float,
    gsib_leverage_buffer: float,
) -> float | Unavailable:
    """Tier 1 beyond minimum and additional requirement, in per cent of the buffer, 0 to 100; 100 without a buffer."""
    if exposure_measure <= 0:
        return Unavailable("the exposure measure is not above zero")
    if not gsib_leverage_buffer:
        return 100.0
    ratio = tier1_capital / exposure_measure * 100
    met = (ratio - applicable_minimum - additional_requirement) / gsib_leverage_buffer * 100
    return min(100.0, max(0.0, met))


@measure(
    unit="%",
    reference="BCBS LEV40.3-40.5; CRD Art. 141b, 141c",
    label="Minimum conservation ratio: share of earnings to be retained",
)
def conservation_ratio(
    tier1_capital: float,
    exposure_measure: float,
    applicable_minimum: float,
    additional_requirement: float,
    gsib_leverage_buffer: float,
    gsib_conservation_ranges: Mapping[str, float],
) -> float:
    """The range in which the ratio lies, 0 without a buffer. Each holds its upper end: exactly all of it still retains.

    The lowest range takes the minimum itself and all below. Decided on amounts in exact decimals.
    """
    if not gsib_leverage_buffer:
        return 0.0
    base = exact(applicable_minimum) + exact(additional_requirement)
    ends = sorted((Decimal(end), share) for end, share in gsib_conservation_ranges.items() if end != "above")
    for end, share in ends:
        if not exceeds(tier1_capital, exposure_measure, base + exact(gsib_leverage_buffer) * end / 100):
            return share
    return gsib_conservation_ranges["above"]


@measure(
    unit="money",
    reference="BCBS LEV40.3; CRD Art. 141b(4)-(6), 141c",
    label="Maximum distributable amount related to the leverage ratio",
)
def distributable_amount(
    conservation_ratio: float, interim_profit: float | None, gsib_leverage_buffer: float
) -> float | Unavailable:
    """Eligible profit times the share that need not be retained."""
    if not gsib_leverage_buffer:
        return Unavailable("no leverage ratio buffer applies, so that none limits distributions")
    if interim_profit is None:
        return Unavailable("requirements has no interim_profit for the reference date")
    return max(0.0, interim_profit) * (100 - conservation_ratio) / 100


@measure(
    unit="",
    reference="BCBS LEV40.3; CRD Art. 141b(1), 141c",
    label="Distributions within the distributable amount",
)
def distributions_within_limit(distributable_amount: float, decided_distributions: float) -> bool:
    """Distributions decided since the last appropriation are at most the distributable amount."""
    return reaches(distributable_amount, decided_distributions, 100)


MEASURES = (buffer_met, conservation_ratio, distributable_amount, distributions_within_limit)
