"""Off-balance-sheet items of the leverage ratio exposure measure: rows 19 to 22 of template LR2."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum

import pandas as pd

from reporting.measures.arrays import FloatArray
from reporting.measures.measure import Taken, measure


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
    Returns columns nominal, credit_conversion_factor (per cent), conversion and provisions (neither above 0) and
    exposure = nominal + conversion + provisions, one row a bucket, empty buckets with zero.
    """
    nominals = _sums(off_balance_sheet_rows, "nominal_amount")
    specifics = _sums(off_balance_sheet_rows, "specific_provision_amount")
    generals = _sums(off_balance_sheet_rows, "general_provision_amount")
    table = {}
    for bucket, factor in credit_conversion_factors.items():
        nominal, specific = nominals.get(bucket, 0.0), specifics.get(bucket, 0.0)
        counted = specific * factor / 100 if specific_provisions_before_conversion else specific
        provisions = 0.0 - counted - generals.get(bucket, 0.0)
        conversion = _left_out(nominal, factor)
        table[bucket] = (nominal, factor, conversion, provisions, nominal + conversion + provisions)
    columns = ["nominal", "credit_conversion_factor", "conversion", "provisions", "exposure"]
    return pd.DataFrame.from_dict(table, orient="index", columns=columns).rename_axis("ccf_category")


@measure(
    unit="money",
    reference="BCBS LEV30 (off-balance sheet items); CRR Art. 429f(1)",
    label="Off-balance-sheet exposure at gross notional amount",
)
def off_balance_sheet_nominal(off_balance_sheet_nominal_amounts: FloatArray) -> float:
    """Sum of nominal amounts."""
    return fsum(off_balance_sheet_nominal_amounts)


@measure(
    unit="money",
    reference="BCBS LEV30 (off-balance sheet items); CRR Art. 429f(1)",
    label="Adjustments for conversion to credit equivalent amounts",
)
def off_balance_sheet_conversion(
    off_balance_sheet_nominal_rows: pd.DataFrame, credit_conversion_factors: Mapping[str, float]
) -> float:
    """Less the part of each nominal amount that its credit conversion factor leaves out."""
    nominals = _sums(off_balance_sheet_nominal_rows, "nominal_amount")
    return fsum(_left_out(nominal, credit_conversion_factors[bucket]) for bucket, nominal in nominals.items())


@measure(
    unit="money",
    reference="BCBS LEV30.2; CRR Art. 429f(2)",
    label="Provisions associated with off-balance-sheet exposures",
)
def off_balance_sheet_provisions(
    off_balance_sheet_specific_rows: pd.DataFrame,
    off_balance_sheet_specific_amounts: FloatArray,
    off_balance_sheet_general_amounts: FloatArray,
    credit_conversion_factors: Mapping[str, float],
    specific_provisions_before_conversion: bool,
) -> Taken:
    """Less specific and general provisions on off-balance-sheet items."""
    general = fsum(off_balance_sheet_general_amounts)
    if not specific_provisions_before_conversion:
        full = fsum(off_balance_sheet_specific_amounts)
        rests_on = ("off_balance_sheet_specific_amounts", "off_balance_sheet_general_amounts")
        because = "specific provisions are taken off after conversion, in full"
        return Taken(0.0 - full - general, (*rests_on, "specific_provisions_before_conversion"), because)
    specifics = _sums(off_balance_sheet_specific_rows, "specific_provision_amount")
    counted = fsum(specific * credit_conversion_factors[bucket] / 100 for bucket, specific in specifics.items())
    uses = ("off_balance_sheet_specific_rows", "off_balance_sheet_general_amounts", "credit_conversion_factors")
    because = "specific provisions are taken off before conversion and so count at the factor of their bucket"
    return Taken(0.0 - counted - general, (*uses, "specific_provisions_before_conversion"), because)


@measure(unit="money", reference="BCBS LEV20.5; CRR Art. 429(4)(d)", label="Off-balance-sheet items")
def off_balance_sheet_items(
    off_balance_sheet_nominal: float, off_balance_sheet_conversion: float, off_balance_sheet_provisions: float
) -> float:
    """Sum of rows 19 to 21."""
    return fsum((off_balance_sheet_nominal, off_balance_sheet_conversion, off_balance_sheet_provisions))


def _sums(rows: pd.DataFrame, column: str) -> Mapping[str, float]:
    """Bucket -> exact sum of a column, for the buckets that have rows."""
    return {str(bucket): fsum(of_bucket[column]) for bucket, of_bucket in rows.groupby("ccf_category", observed=True)}


def _left_out(nominal: float, factor: float) -> float:
    """What a factor in per cent leaves out of a nominal amount, as a negative amount; exactly zero at 100 %."""
    return nominal * (factor - 100) / 100


MEASURES = (
    off_balance_sheet_by_bucket,
    off_balance_sheet_nominal,
    off_balance_sheet_conversion,
    off_balance_sheet_provisions,
    off_balance_sheet_items,
)
