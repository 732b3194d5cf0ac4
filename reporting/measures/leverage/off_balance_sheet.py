"""Off-balance-sheet items of the leverage ratio exposure measure: rows 19 to 22 of template LR2."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum

import pandas as pd

from reporting.measures.measure import measure


@measure(
    unit="money",
    reference="BCBS LEV30 (off-balance sheet items); CRR Art. 429f, Art. 111(2)",
    label="Off-balance-sheet items by conversion bucket",
    key="ccf_category",
)
def off_balance_sheet_by_bucket(
    off_balance_sheet_rows: pd.DataFrame,
    credit_conversion_factors: Mapping[str, float],
    specific_provisions_before_conversion: bool,
) -> pd.DataFrame:
    """Nominal amount times credit conversion factor, less provisions, by bucket.

    Basel: CCF x nominal - specific - general. European Union: CCF x (nominal - specific) - general, as CRR Art. 111(2)
    takes specific adjustments off the nominal before the factor is applied.

    credit_conversion_factors   bucket -> per cent
    Returns columns nominal, credit_conversion_factor (per cent), conversion (not above 0), provisions (not below 0) and
    exposure = nominal + conversion - provisions, one row a bucket, empty buckets with zero.
    """
    by_bucket = off_balance_sheet_rows.groupby("ccf_category", observed=True)
    groups = {bucket: rows for bucket, rows in by_bucket}
    table = {}
    for bucket, factor in credit_conversion_factors.items():
        rows = groups.get(bucket, off_balance_sheet_rows.iloc[:0])
        nominal = fsum(rows["nominal_amount"])
        specific = fsum(rows["specific_provision_amount"])
        counted = specific * factor / 100 if specific_provisions_before_conversion else specific
        provisions = counted + fsum(rows["general_provision_amount"])
        conversion = nominal * factor / 100 - nominal
        table[bucket] = (nominal, factor, conversion, provisions, nominal + conversion - provisions)
    columns = ["nominal", "credit_conversion_factor", "conversion", "provisions", "exposure"]
    return pd.DataFrame.from_dict(table, orient="index", columns=columns).rename_axis("ccf_category")


@measure(
    unit="money",
    reference="BCBS LEV30 (off-balance sheet items); CRR Art. 429f(1)",
    label="Off-balance-sheet exposure at gross notional amount",
)
def off_balance_sheet_nominal(off_balance_sheet_by_bucket: pd.DataFrame) -> float:
    """Sum of nominal amounts."""
    return fsum(off_balance_sheet_by_bucket["nominal"])


@measure(
    unit="money",
    reference="BCBS LEV30 (off-balance sheet items); CRR Art. 429f(1)",
    label="Adjustments for conversion to credit equivalent amounts",
)
def off_balance_sheet_conversion(off_balance_sheet_by_bucket: pd.DataFrame) -> float:
    """Less the part of each nominal amount that its credit conversion factor leaves out."""
    return fsum(off_balance_sheet_by_bucket["conversion"])


@measure(
    unit="money",
    reference="BCBS LEV30.2; CRR Art. 429f(2)",
    label="Provisions associated with off-balance-sheet exposures",
)
def off_balance_sheet_provisions(off_balance_sheet_by_bucket: pd.DataFrame) -> float:
    """Less specific and general provisions on off-balance-sheet items."""
    return 0.0 - fsum(off_balance_sheet_by_bucket["provisions"])


@measure(unit="money", reference="BCBS LEV20.5; CRR Art. 429(4)(d)", label="Off-balance-sheet items")
def off_balance_sheet_items(
    off_balance_sheet_nominal: float, off_balance_sheet_conversion: float, off_balance_sheet_provisions: float
) -> float:
    """Sum of rows 19 to 21."""
    return fsum((off_balance_sheet_nominal, off_balance_sheet_conversion, off_balance_sheet_provisions))


MEASURES = (
    off_balance_sheet_by_bucket,
    off_balance_sheet_nominal,
    off_balance_sheet_conversion,
    off_balance_sheet_provisions,
    off_balance_sheet_items,
)
