"""On-balance-sheet items of the leverage ratio exposure measure: rows 1 to 7 of template LR2."""

from __future__ import annotations

from math import fsum

import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.arrays import FloatArray
from reporting.measures.measure import measure


@measure(unit="money", reference="BCBS LEV30.1-30.3; CRR Art. 429(4)(a)", label="Total assets")
def total_assets(recognised_asset_lines: FloatArray) -> float:
    """Sum of all assets on the balance sheet, net of specific allowances."""
    return fsum(recognised_asset_lines)


@measure(
    unit="money",
    reference="BCBS LEV30.1; CRR Art. 429(4)(a)",
    label="On-balance-sheet exposures (excluding derivatives and SFTs, but including collateral)",
)
def on_balance_sheet_assets(on_balance_sheet_lines: FloatArray, unsplit_lines: int) -> float | Unavailable:
    """Assets other than derivatives and SFTs, net of specific allowances.

    A balance sheet that is only a total cannot be split into rows 1, 13 and 18, so the figure is not available then.
    """
    if unsplit_lines:
        return Unavailable(
            "the balance sheet holds only an unsplit total, from which derivatives and SFTs cannot be told"
        )
    return fsum(on_balance_sheet_lines)


@measure(
    unit="money",
    reference="BCBS LEV30 (derivative exposures); CRR Art. 429c(2)",
    label="Gross-up for derivatives collateral provided where deducted from balance sheet assets",
)
def derivative_collateral_gross_up(derecognised_collateral_lines: FloatArray) -> float:
    """Collateral given for derivatives that the accounting framework took off the balance sheet."""
    return fsum(derecognised_collateral_lines)


@measure(
    unit="money",
    reference="BCBS LEV30 (derivative exposures); CRR Art. 429c(3)",
    label="Deduction of receivables for cash variation margin provided in derivatives transactions",
)
def cash_variation_margin_deduction(eligible_cash_margin_lines: FloatArray) -> float:
    """Less receivables for eligible cash variation margin given."""
    return 0.0 - fsum(eligible_cash_margin_lines)


@measure(
    unit="money",
    reference="BCBS LEV30 (SFT exposures); CRR Art. 429b(1)",
    label="Adjustment for securities received under SFTs that are recognised as an asset",
)
def sft_securities_adjustment(sft_security_lines: FloatArray) -> float:
    """Less securities received in SFTs that are recognised as an asset."""
    return 0.0 - fsum(sft_security_lines)


@measure(
    unit="money",
    reference="BCBS LEV30.2; CRR Art. 429(4)",
    label="General provisions on on-balance-sheet exposures deducted from Tier 1 capital",
)
def provisions_adjustment(general_provision_lines: FloatArray) -> float:
    """Less general provisions that have reduced Tier 1 capital.

    Specific allowances are already taken off in row 1, once; nothing that is netted there is deducted again.
    """
    return 0.0 - fsum(general_provision_lines)


@measure(
    unit="money",
    reference="BCBS LEV30.3; CRR Art. 429a(1)(a), (b)",
    label="Asset amounts deducted in determining Tier 1 capital",
)
def tier1_deducted_assets(tier1_deducted_lines: FloatArray) -> float:
    """Less assets deducted from Tier 1 capital, and prudent valuation adjustments."""
    return 0.0 - fsum(tier1_deducted_lines)


@measure(
    unit="money",
    reference="BCBS LEV20.5, LEV30.1; CRR Art. 429(4)(a)",
    label="Total on-balance-sheet exposures (excluding derivatives and SFTs)",
)
def on_balance_sheet_exposures(
    on_balance_sheet_assets: float,
    derivative_collateral_gross_up: float,
    cash_variation_margin_deduction: float,
    sft_securities_adjustment: float,
    provisions_adjustment: float,
    tier1_deducted_assets: float,
) -> float:
    """Sum of rows 1 to 6."""
    return fsum(
        (
            on_balance_sheet_assets,
            derivative_collateral_gross_up,
            cash_variation_margin_deduction,
            sft_securities_adjustment,
            provisions_adjustment,
            tier1_deducted_assets,
        )
    )


@measure(unit="money", reference="BCBS LEV30.1", label="Balance-sheet lines", key="line_id")
def balance_sheet_lines(balance_sheet_rows: pd.DataFrame) -> pd.DataFrame:
    """Each line: gross carrying amount less specific allowance, in single units of the reporting currency."""
    return balance_sheet_rows.set_index("line_id")


MEASURES = (
    total_assets,
    on_balance_sheet_assets,
    derivative_collateral_gross_up,
    cash_variation_margin_deduction,
    sft_securities_adjustment,
    provisions_adjustment,
    tier1_deducted_assets,
    on_balance_sheet_exposures,
    balance_sheet_lines,
)
