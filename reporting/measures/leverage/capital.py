"""Capital measures: the numerator of the leverage ratio, from totals or from components."""

from __future__ import annotations

from math import fsum

import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.arrays import FloatArray
from reporting.measures.measure import Taken, measure


@measure(unit="money", reference="BCBS CAP10; CRR Art. 50", label="Common Equity Tier 1 capital")
def cet1_capital(
    stated_cet1: float | None, cet1_components: FloatArray, cet1_deductions: FloatArray
) -> float | Taken | Unavailable:
    """The stated total; otherwise the sum of components less deductions.

    Deductions are positive amounts. Where both are given the check OWN of the intake has compared them.
    """
    if stated_cet1 is not None:
        return Taken(stated_cet1, ("stated_cet1",), "own_funds states cet1 itself")
    if not cet1_components.size:
        return Unavailable("own_funds gives neither cet1 nor its components")
    total = fsum((*cet1_components, *-cet1_deductions))
    return Taken(total, ("stated_cet1", "cet1_components", "cet1_deductions"), "own_funds gives components only")


@measure(unit="money", reference="BCBS LEV20.3; CRR Art. 25", label="Tier 1 capital")
def tier1_capital(
    stated_tier1: float | None, cet1_capital: float, additional_tier1: float | None
) -> float | Taken | Unavailable:
    """The stated total; otherwise Common Equity Tier 1 plus Additional Tier 1 capital.

    Additional Tier 1 that is not stated is not taken as zero.
    """
    if stated_tier1 is not None:
        return Taken(stated_tier1, ("stated_tier1",), "own_funds states tier1 itself")
    if additional_tier1 is None:
        return Unavailable("own_funds gives neither tier1 nor additional_tier1 (enter 0 if there is none)")
    return cet1_capital + additional_tier1


@measure(unit="money", reference="BCBS CAP10; CRR Art. 25-50", label="Own funds as submitted", key="item")
def own_funds_items(own_funds_rows: pd.DataFrame) -> pd.DataFrame:
    """Each item, in single units of the reporting currency."""
    return own_funds_rows.set_index("item")


MEASURES = (cet1_capital, tier1_capital, own_funds_items)
