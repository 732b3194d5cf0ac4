"""The leverage ratio once more, plainly: loops over rows as dictionaries, no code shared with the toolkit.

Written from the paragraphs: BCBS LEV20.3-20.7, LEV30.1-30.3, LEV30 (off-balance sheet items), LEV40.2; CRR Art.
92(1)(d), 111(2), 429-429f. Amounts as in the submission times its unit; exact fractions until the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

Row = Mapping[str, Any]

CONVERSION = {  # LEV30 (off-balance sheet items); CRR Art. 429f with Art. 111(2) and Annex I
    "direct_credit_substitute": 100, "forward_asset_purchase": 100, "partly_paid_securities": 100,
    "note_issuance_facility": 50, "performance_contingency": 50, "other_commitment": 40,
    "self_liquidating_trade": 20, "unconditionally_cancellable": 10,
}  # fmt: skip
IN_ROW_1 = {
    "ordinary", "cash_pool", "regular_way", "tier1_deducted", "cash_vm_receivable_eligible", "sft_security_received",
    "central_bank_exempt",
}  # fmt: skip
COMPONENTS = {
    "cet1_instruments", "share_premium", "retained_earnings", "accumulated_oci", "other_reserves", "minority_interests",
}  # fmt: skip


def leverage(sheets: Mapping[str, Sequence[Row]]) -> dict[str, float | None]:
    """Figures by name; None where the method says that they cannot be given."""
    entity = sheets["entity"][0]
    unit = Fraction(entity["unit"])
    eu = entity["jurisdiction"] == "eu"
    assets = Fraction(0)
    row_1 = Fraction(0)
    minus = Fraction(0)
    derivatives_or_sft = False
    unsplit = False
    for line in sheets["balance_sheet"]:
        net = (_exact(line["gross_carrying_amount"]) - _exact(line["loss_allowance_specific"])) * unit
        treatment = line["lr_treatment"]
        if treatment not in ("derivative_collateral_derecognised", "pva"):
            assets += net
        if treatment in IN_ROW_1 or treatment.startswith("eu_429"):
            row_1 += net
            minus += _exact(line.get("general_provision_deducted_from_tier1")) * unit  # row 5
        if treatment in ("tier1_deducted", "pva"):  # row 6
            minus += net
        if treatment.startswith("eu_429"):  # rows EU-22
            minus += net
        if treatment == "central_bank_exempt" and _requirement(sheets, "cb_exemption") is not None:
            minus += net
        unsplit = unsplit or treatment == "total_assets_unsplit"
        derivatives_or_sft = derivatives_or_sft or treatment in (
            "derivative_asset", "sft_asset", "sft_security_received", "cash_vm_receivable_eligible",
            "derivative_collateral_derecognised",
        )  # fmt: skip
    off_balance = Fraction(0)
    for exposure in sheets.get("exposures", ()):
        if exposure["off_balance_sheet"]:
            scale = unit * _rate(sheets, exposure["currency"])
            factor = Fraction(CONVERSION[exposure["ccf_category"]], 100)
            nominal = _exact(exposure["nominal"])
            specific, general = _exact(exposure["loss_allowance_specific"]), _exact(exposure.get("general_provision"))
            if eu:
                off_balance += (factor * (nominal - specific) - general) * scale
            else:
                off_balance += (factor * nominal - specific - general) * scale
    cet1 = _cet1(sheets["own_funds"], unit)
    tier1 = _tier1(sheets["own_funds"], unit, cet1)
    measure = None if unsplit or derivatives_or_sft or "exposures" not in sheets else row_1 - minus + off_balance
    ratio = None if measure is None or tier1 is None or measure <= 0 else tier1 / measure * 100
    simple = None if cet1 is None or assets <= 0 else cet1 / assets * 100
    return {
        "total_assets": float(assets),
        "off_balance_sheet_items": float(off_balance) if "exposures" in sheets else None,
        "exposure_measure": _or_none(measure),
        "tier1_capital": _or_none(tier1),
        "leverage_ratio": _or_none(ratio),
        "simple_leverage": _or_none(simple),
    }


def _cet1(own_funds: Sequence[Row], unit: Fraction) -> Fraction | None:
    amounts = {row["item"]: _exact(row["amount"]) * unit for row in own_funds}
    if "cet1" in amounts:
        return amounts["cet1"]
    parts = [amount for item, amount in amounts.items() if item in COMPONENTS]
    if not parts:
        return None
    return sum(parts, Fraction(0)) - sum((a for i, a in amounts.items() if i.startswith("deduction_")), Fraction(0))


def _tier1(own_funds: Sequence[Row], unit: Fraction, cet1: Fraction | None) -> Fraction | None:
    amounts = {row["item"]: _exact(row["amount"]) * unit for row in own_funds}
    if "tier1" in amounts:
        return amounts["tier1"]
    return None if cet1 is None or "additional_tier1" not in amounts else cet1 + amounts["additional_tier1"]


def _requirement(sheets: Mapping[str, Sequence[Row]], item: str) -> Fraction | None:
    day = sheets["entity"][0]["reference_date"]
    for row in sheets.get("requirements", ()):
        until = row.get("valid_to")
        if row["item"] == item and row["valid_from"] <= day and (until is None or day <= until):
            return _exact(row["value"])
    return None


def _rate(sheets: Mapping[str, Sequence[Row]], currency: str) -> Fraction:
    entity = sheets["entity"][0]
    if currency == entity["currency"]:
        return Fraction(1)
    (rate,) = [r["rate"] for r in sheets["fx"] if r["currency"] == currency and r["date"] == entity["reference_date"]]
    return _exact(rate)


def _exact(value: Any) -> Fraction:
    return Fraction(0) if value is None else Fraction(value)


def _or_none(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
