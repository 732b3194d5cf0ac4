"""From total assets of the published accounts to the exposure measure: template LR1."""

from __future__ import annotations

from math import fsum

from reporting.figures import Unavailable
from reporting.measures.arrays import FloatArray
from reporting.measures.measure import measure

_TOLERANCE = 0.005  # half a cent: what is left of the same terms added in another order


@measure(
    unit="money", reference="BCBS DIS80 template LR1, row 1; CRR Art. 451(1)(b)", label="Total assets as published"
)
def published_total_assets(
    total_assets: float, scope_adjustment: float, regular_way_adjustment: float, cash_pooling_adjustment: float
) -> float:
    """Total assets less what lines with a published amount differ from it.

    Lines without a published amount stand in the published accounts as they stand here.
    """
    return fsum((total_assets, -scope_adjustment, -regular_way_adjustment, -cash_pooling_adjustment))


@measure(
    unit="money",
    reference="BCBS DIS80 template LR1, row 2; CRR Art. 451(1)(b)",
    label="Adjustment for entities outside the scope of prudential consolidation",
)
def scope_adjustment(scope_lines: FloatArray, scope_lines_published: FloatArray) -> float:
    """Net amount less published amount of the lines that have one, regular-way trades and cash pools left out."""
    return fsum((*scope_lines, *-scope_lines_published))


@measure(
    unit="money",
    reference="BCBS DIS80 template LR1, row 3; CRR Art. 429a(1)(m)",
    label="Adjustment for securitised exposures with recognised risk transfer",
)
def risk_transfer_adjustment(risk_transfer_lines: FloatArray) -> float:
    """Less securitised assets with significant risk transfer."""
    return 0.0 - fsum(risk_transfer_lines)


@measure(
    unit="money",
    reference="BCBS DIS80 template LR1, row 5; CRR Art. 429a(1)(i)",
    label="Adjustment for fiduciary assets",
)
def fiduciary_adjustment(fiduciary_lines: FloatArray) -> float:
    """Less fiduciary assets that the accounting framework recognises."""
    return 0.0 - fsum(fiduciary_lines)


@measure(
    unit="money",
    reference="BCBS DIS80 template LR1, row 6; CRR Art. 429g",
    label="Adjustment for regular-way purchases and sales subject to trade date accounting",
)
def regular_way_adjustment(regular_way_lines: FloatArray, regular_way_published: FloatArray) -> float:
    """Net amount less published amount of lines of regular-way trades that have one."""
    return fsum((*regular_way_lines, *-regular_way_published))


@measure(
    unit="money",
    reference="BCBS DIS80 template LR1, row 7; CRR Art. 429b(2), (3)",
    label="Adjustment for eligible cash pooling transactions",
)
def cash_pooling_adjustment(cash_pool_lines: FloatArray, cash_pool_published: FloatArray) -> float:
    """Net amount less published amount of lines of cash pools that have one."""
    return fsum((*cash_pool_lines, *-cash_pool_published))


@measure(
    unit="money",
    reference="BCBS DIS80 template LR1, row 8; CRR Art. 429c",
    label="Adjustment for derivative financial instruments",
)
def derivative_adjustment(
    derivative_exposures: float,
    derivative_collateral_gross_up: float,
    cash_variation_margin_deduction: float,
    derivative_asset_lines: FloatArray,
) -> float:
    """Rows 13, 2 and 3 of LR2 less the accounting value of derivative assets."""
    exposure = (derivative_exposures, derivative_collateral_gross_up, cash_variation_margin_deduction)
    return fsum((*exposure, *-derivative_asset_lines))


@measure(
    unit="money",
    reference="BCBS DIS80 template LR1, row 9; CRR Art. 429b, 429e",
    label="Adjustment for securities financing transactions",
)
def sft_adjustment(sft_exposures: float, sft_securities_adjustment: float, sft_asset_lines: FloatArray) -> float:
    """Rows 18 and 4 of LR2 less the accounting value of SFT assets."""
    return fsum((sft_exposures, sft_securities_adjustment, *-sft_asset_lines))


@measure(
    unit="money",
    reference="BCBS DIS80 template LR1, row 10; CRR Art. 429f",
    label="Adjustment for off-balance-sheet items",
)
def off_balance_sheet_adjustment(off_balance_sheet_items: float, off_balance_sheet_provisions: float) -> float:
    """Row 22 of LR2 without the provisions, which stand in row 11."""
    return off_balance_sheet_items - off_balance_sheet_provisions


@measure(
    unit="money",
    reference="BCBS DIS80 template LR1, row 11; CRR Art. 429a(1)(a), (b), 429f(2)",
    label="Adjustment for prudent valuation and for specific and general provisions",
)
def valuation_and_provision_adjustment(
    prudent_valuation_lines: FloatArray, provisions_adjustment: float, off_balance_sheet_provisions: float
) -> float:
    """Less prudent valuation adjustments, general provisions, and provisions on off-balance-sheet items."""
    return fsum((*-prudent_valuation_lines, provisions_adjustment, off_balance_sheet_provisions))


@measure(
    unit="money",
    reference="BCBS DIS80 template LR1, row 12; CRR Art. 429a(1)",
    label="Other adjustments: assets deducted from Tier 1, and exclusions without a row of their own",
)
def other_adjustments(
    deducted_asset_lines: FloatArray,
    excluded_exposures: float,
    excluded_intragroup_exposures: float,
    excluded_deposits_with_public_entities: float,
) -> float:
    """Less assets deducted from Tier 1, and exclusions under Article 429a(1) other than points (c), (ca) and (j)."""
    own_rows = (excluded_intragroup_exposures, excluded_deposits_with_public_entities)
    return fsum((*-deducted_asset_lines, excluded_exposures, *(-row for row in own_rows)))


@measure(
    unit="money",
    reference="BCBS DIS80 template LR1, row 13; CRR Art. 429(4)",
    label="Leverage ratio exposure measure, reconciled",
)
def reconciled_exposure_measure(
    published_total_assets: float,
    scope_adjustment: float,
    risk_transfer_adjustment: float,
    central_bank_exemption: float,
    fiduciary_adjustment: float,
    regular_way_adjustment: float,
    cash_pooling_adjustment: float,
    derivative_adjustment: float,
    sft_adjustment: float,
    off_balance_sheet_adjustment: float,
    valuation_and_provision_adjustment: float,
    excluded_intragroup_exposures: float,
    excluded_deposits_with_public_entities: float,
    other_adjustments: float,
    exposure_measure: float,
) -> float | Unavailable:
    """Sum of rows 1 to 12. It must be row 24 of LR2; what differs is an error and never a row."""
    total = fsum((
        published_total_assets, scope_adjustment, risk_transfer_adjustment, central_bank_exemption,
        fiduciary_adjustment, regular_way_adjustment, cash_pooling_adjustment, derivative_adjustment, sft_adjustment,
        off_balance_sheet_adjustment, valuation_and_provision_adjustment, excluded_intragroup_exposures,
        excluded_deposits_with_public_entities, other_adjustments,
    ))  # fmt: skip
    residual = total - exposure_measure
    if abs(residual) > max(_TOLERANCE, 1e-12 * abs(exposure_measure)):
        return Unavailable(f"the rows of LR1 add up to {residual:,.2f} more than row 24 of LR2")
    return total


MEASURES = (
    scope_adjustment,
    regular_way_adjustment,
    cash_pooling_adjustment,
    published_total_assets,
    risk_transfer_adjustment,
    fiduciary_adjustment,
    derivative_adjustment,
    sft_adjustment,
    off_balance_sheet_adjustment,
    valuation_and_provision_adjustment,
    other_adjustments,
    reconciled_exposure_measure,
)
