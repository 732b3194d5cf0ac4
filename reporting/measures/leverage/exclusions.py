"""Exposures left out of the exposure measure: the central-bank exemption and the points of CRR Article 429a(1)."""

from __future__ import annotations

from math import fsum

import pandas as pd

from reporting.measures.arrays import FloatArray
from reporting.measures.measure import Taken, measure

# Point of Article 429a(1), as `lr_treatment` names it, and the row of template EU LR2 that shows it.
ROWS = {
    "eu_429a_c": "EU-22a",
    "eu_429a_ca": "EU-22a",
    "eu_429a_j": "EU-22b",
    "eu_429a_d": "EU-22c",
    "eu_429a_d_promotional": "EU-22d",
    "eu_429a_e": "EU-22e",
    "eu_429a_f": "EU-22f",
    "eu_429a_k": "EU-22g",
    "eu_429a_o": "EU-22h",
    "eu_429a_p": "EU-22i",
    "eu_429_8": "EU-22j",
    "eu_429a_da": "EU-22k",
    "eu_429a_q": "EU-22l",
}


@measure(
    unit="money",
    reference="BCBS LEV30.7; CRR Art. 429a(1)(n), (5), (7)",
    label="Exempt claims on central banks",
)
def central_bank_exemption(central_bank_lines: FloatArray, central_bank_declaration: float | None) -> float | Taken:
    """Less claims on the central bank that a valid declaration exempts."""
    if central_bank_declaration is None:
        return Taken(0.0, ("central_bank_declaration",), "no declaration is valid on the reference date")
    return 0.0 - fsum(central_bank_lines)


@measure(unit="money", reference="CRR Art. 429a(1)", label="Excluded exposures by row of EU LR2", key="row")
def excluded_exposures_by_row(excluded_rows: pd.DataFrame) -> pd.DataFrame:
    """Less the assets that a point of Article 429a(1) excludes, one row of the template each, empty ones with zero."""
    row_of = excluded_rows["lr_treatment"].map(ROWS)
    sums = {row: 0.0 - fsum(amounts) for row, amounts in excluded_rows["net_amount"].groupby(row_of)}
    rows = list(dict.fromkeys(ROWS.values()))
    return pd.DataFrame({"amount": [sums.get(row, 0.0) for row in rows]}, index=pd.Index(rows, name="row"))


@measure(unit="money", reference="CRR Art. 429a(1)", label="Exposures excluded under Article 429a(1)")
def excluded_exposures(excluded_429a_lines: FloatArray) -> float:
    """Less assets that a point of Article 429a(1) excludes."""
    return 0.0 - fsum(excluded_429a_lines)


@measure(unit="money", reference="CRR Art. 429a(1)(c), (ca)", label="Exposures excluded under points (c) and (ca)")
def excluded_intragroup_exposures(excluded_intragroup_lines: FloatArray) -> float:
    """Less assets that point (c) or (ca) of Article 429a(1) excludes."""
    return 0.0 - fsum(excluded_intragroup_lines)


@measure(unit="money", reference="CRR Art. 429a(1)(j)", label="Exposures excluded under point (j)")
def excluded_deposits_with_public_entities(excluded_public_deposit_lines: FloatArray) -> float:
    """Less assets that point (j) of Article 429a(1) excludes."""
    return 0.0 - fsum(excluded_public_deposit_lines)


@measure(
    unit="money",
    reference="CRR Art. 429a(1)(d), (e)",
    label="Excluded public sector investments and promotional loans",
)
def excluded_public_sector_exposures(excluded_public_sector_lines: FloatArray) -> float:
    """Less assets that point (d) or (e) of Article 429a(1) excludes."""
    return 0.0 - fsum(excluded_public_sector_lines)


MEASURES = (
    central_bank_exemption,
    excluded_exposures_by_row,
    excluded_exposures,
    excluded_intragroup_exposures,
    excluded_deposits_with_public_entities,
    excluded_public_sector_exposures,
)
