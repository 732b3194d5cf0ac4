"""Mean daily values of securities financing transactions: rows 28 to 31a of template LR2."""

from __future__ import annotations

from math import fsum

from reporting.figures import Unavailable
from reporting.measures.arrays import FloatArray
from reporting.measures.leverage.ratio import leverage_ratio
from reporting.measures.measure import measure


@measure(
    unit="money",
    reference="BCBS DIS80 template LR2, row 28; CRR Art. 451(1)",
    label="Mean of daily values of gross SFT assets, netted",
)
def mean_sft_assets(daily_gross_sft_assets: FloatArray, daily_netted_sft_cash: FloatArray) -> float | Unavailable:
    """Mean over the days of the quarter of gross SFT assets less netted cash payables and receivables."""
    if not daily_gross_sft_assets.size:
        return Unavailable("sft_daily has no day of the quarter")
    return fsum((*daily_gross_sft_assets, *-daily_netted_sft_cash)) / daily_gross_sft_assets.size


@measure(
    unit="money",
    reference="BCBS DIS80 template LR2, row 29; CRR Art. 451(1)",
    label="Quarter-end value of gross SFT assets, netted",
)
def quarter_end_sft_assets(gross_sft_assets: float, netted_sft_cash: float) -> float:
    """Sum of rows 14 and 15."""
    return gross_sft_assets + netted_sft_cash


@measure(
    unit="money",
    reference="BCBS DIS80 template LR2, row 30; CRR Art. 451(1)",
    label="Exposure measure with mean SFT assets",
)
def exposure_measure_with_mean_sft(
    exposure_measure: float, mean_sft_assets: float, quarter_end_sft_assets: float
) -> float:
    """Row 24 less row 29 plus row 28."""
    return fsum((exposure_measure, -quarter_end_sft_assets, mean_sft_assets))


@measure(
    unit="money",
    reference="BCBS DIS80 template LR2, row 30a; CRR Art. 451(1)",
    label="Exposure measure with mean SFT assets, without the central-bank exemption",
)
def exposure_measure_with_mean_sft_before_exemption(
    exposure_measure_with_mean_sft: float, central_bank_exemption: float
) -> float:
    """Row 30 plus the exempt claims on central banks."""
    return exposure_measure_with_mean_sft - central_bank_exemption


@measure(
    unit="%",
    reference="BCBS DIS80 template LR2, row 31; CRR Art. 451(1)",
    label="Leverage ratio with mean SFT assets",
)
def leverage_ratio_with_mean_sft(tier1_capital: float, exposure_measure_with_mean_sft: float) -> float | Unavailable:
    """Tier 1 capital divided by row 30."""
    return leverage_ratio(tier1_capital, exposure_measure_with_mean_sft)


@measure(
    unit="%",
    reference="BCBS DIS80 template LR2, row 31a; CRR Art. 451(1)",
    label="Leverage ratio with mean SFT assets, without the central-bank exemption",
)
def leverage_ratio_with_mean_sft_before_exemption(
    tier1_capital: float, exposure_measure_with_mean_sft_before_exemption: float
) -> float | Unavailable:
    """Tier 1 capital divided by row 30a."""
    return leverage_ratio(tier1_capital, exposure_measure_with_mean_sft_before_exemption)


MEASURES = (
    mean_sft_assets,
    quarter_end_sft_assets,
    exposure_measure_with_mean_sft,
    exposure_measure_with_mean_sft_before_exemption,
    leverage_ratio_with_mean_sft,
    leverage_ratio_with_mean_sft_before_exemption,
)
