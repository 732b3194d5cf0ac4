"""The leverage ratio, its requirement and the headroom above it: rows 23 to 26 of template LR2."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from math import fsum

from reporting.figures import Unavailable
from reporting.measures.measure import Taken, measure


@measure(unit="money", reference="BCBS LEV20.5; CRR Art. 429(4)", label="Leverage ratio exposure measure")
def exposure_measure(
    on_balance_sheet_exposures: float,
    derivative_exposures: float,
    sft_exposures: float,
    off_balance_sheet_items: float,
    excluded_exposures: float,
    central_bank_exemption: float,
) -> float:
    """Sum of rows 7, 13, 18 and 22, less excluded exposures."""
    return fsum(
        (
            on_balance_sheet_exposures,
            derivative_exposures,
            sft_exposures,
            off_balance_sheet_items,
            excluded_exposures,
            central_bank_exemption,
        )
    )


@measure(unit="%", reference="BCBS LEV20.3-20.4; CRR Art. 429(2)", label="Leverage ratio")
def leverage_ratio(tier1_capital: float, exposure_measure: float) -> float | Unavailable:
    """Tier 1 capital divided by the exposure measure."""
    if exposure_measure <= 0:
        return Unavailable("the exposure measure is not above zero")
    return tier1_capital / exposure_measure * 100


@measure(
    unit="money",
    reference="BCBS LEV30.7; CRR Art. 429(4), 429a(7)",
    label="Leverage ratio exposure measure without the central-bank exemption",
)
def exposure_measure_before_exemption(exposure_measure: float, central_bank_exemption: float) -> float:
    """Row 24 plus the exempt claims on central banks."""
    return exposure_measure - central_bank_exemption


@measure(
    unit="%",
    reference="BCBS LEV30.7; CRR Art. 429(2), 429a(7)",
    label="Leverage ratio without the central-bank exemption",
)
def leverage_ratio_before_exemption(
    tier1_capital: float, exposure_measure_before_exemption: float
) -> float | Unavailable:
    """Tier 1 capital divided by the exposure measure with the exempt claims on central banks."""
    return leverage_ratio(tier1_capital, exposure_measure_before_exemption)


@measure(
    unit="%",
    reference="CRR Art. 429(2), 429a(1)(d), (e)",
    label="Leverage ratio without the exemption of public sector investments and promotional loans",
)
def leverage_ratio_before_public_sector_exemption(
    tier1_capital: float, exposure_measure: float, excluded_public_sector_exposures: float
) -> float | Unavailable:
    """Tier 1 capital divided by the exposure measure with public sector investments and promotional loans."""
    return leverage_ratio(tier1_capital, exposure_measure - excluded_public_sector_exposures)


@measure(unit="%", reference="CET1 capital / total assets; no regulatory requirement", label="Simple leverage figure")
def simple_leverage(cet1_capital: float, total_assets: float) -> float | Unavailable:
    """Common Equity Tier 1 capital divided by total assets. Not the leverage ratio."""
    if total_assets <= 0:
        return Unavailable("total assets are not above zero")
    return cet1_capital / total_assets * 100


@measure(unit="%", reference="BCBS LEV20.7, LEV30.7; CRR Art. 92(1)(d), 429a(7)", label="Minimum leverage ratio")
def applicable_minimum(
    minimum_leverage_ratio: float,
    central_bank_declaration: float | None,
    exposure_at_calibration: float | None,
    central_bank_at_calibration: float | None,
) -> float | Taken | Unavailable:
    """The minimum; with a valid central-bank exemption, recalibrated: minimum times EM / (EM - CB) at calibration."""
    if central_bank_declaration is None:
        used = ("minimum_leverage_ratio", "central_bank_declaration")
        return Taken(minimum_leverage_ratio, used, "no central-bank exemption is valid on the reference date")
    if exposure_at_calibration is None or central_bank_at_calibration is None:
        return Unavailable("a central-bank exemption is declared, but em_calibration or cb_calibration is not given")
    if exposure_at_calibration <= central_bank_at_calibration:
        return Unavailable("em_calibration must be above cb_calibration")
    return minimum_leverage_ratio * exposure_at_calibration / (exposure_at_calibration - central_bank_at_calibration)


@measure(unit="%", reference="BCBS LEV40.1-40.2; CRR Art. 92(1a)", label="Leverage ratio buffer (G-SIB)")
def gsib_leverage_buffer(
    is_gsib: bool | None, gsib_higher_loss_absorbency: float | None, gsib_buffer_share: float | None
) -> float | Taken | Unavailable:
    """Share of the higher-loss-absorbency rate; nothing for other institutions."""
    if not is_gsib:
        return Taken(0.0, ("is_gsib",), "the institution is not a G-SIB")
    if gsib_higher_loss_absorbency is None:
        return Unavailable("the institution is a G-SIB, and requirements has no gsib_hla_rate for the reference date")
    if gsib_buffer_share is None:
        return Unavailable("the institution is a G-SIB, and no share of its rate is in force on the reference date")
    return gsib_higher_loss_absorbency * gsib_buffer_share / 100


@measure(
    unit="%",
    reference="decision of the supervisor (sheet requirements, p2r_lr); CRD Art. 104(1)(a)",
    label="Additional own funds requirement to address the risk of excessive leverage (P2R)",
)
def additional_requirement(p2r_leverage_ratio: float | None) -> float | Taken:
    """The additional requirement in force; nothing without one."""
    if p2r_leverage_ratio is None:
        return Taken(0.0, ("p2r_leverage_ratio",), "no P2R is in force on the reference date")
    return p2r_leverage_ratio


@measure(
    unit="%",
    reference="BCBS LEV20.7, LEV40.1; CRR Art. 92(1)(d), (1a); CRD Art. 104(1)(a)",
    label="Leverage ratio requirement, in all",
)
def leverage_requirement(
    applicable_minimum: float, gsib_leverage_buffer: float, additional_requirement: float
) -> float:
    """Minimum plus buffer plus additional requirement of the supervisor (P2R)."""
    return applicable_minimum + gsib_leverage_buffer + additional_requirement


@measure(unit="money", reference="BCBS LEV20.7; CRR Art. 92(1)(d)", label="Tier 1 capital required")
def tier1_required(leverage_requirement: float, exposure_measure: float) -> float:
    """Requirement times the exposure measure."""
    return leverage_requirement * exposure_measure / 100


@measure(unit="money", reference="BCBS LEV20.7; CRR Art. 92(1)(d)", label="Headroom in Tier 1 capital")
def headroom_in_tier1(tier1_capital: float, tier1_required: float) -> float:
    """Tier 1 capital less Tier 1 capital required; negative in breach."""
    return tier1_capital - tier1_required


@measure(unit="money", reference="BCBS LEV20.7; CRR Art. 92(1)(d)", label="Headroom in assets")
def headroom_in_assets(
    tier1_capital: float, leverage_requirement: float, exposure_measure: float
) -> float | Unavailable:
    """Tier 1 capital divided by the requirement, less the exposure measure; negative in breach."""
    if leverage_requirement <= 0:
        return Unavailable("the requirement is not above zero")
    return tier1_capital / leverage_requirement * 100 - exposure_measure


@measure(unit="", reference="BCBS LEV20.7; CRR Art. 92(1)(d)", label="Leverage ratio requirement met")
def leverage_requirement_met(tier1_capital: float, exposure_measure: float, leverage_requirement: float) -> bool:
    """Tier 1 capital times 100 is at least the requirement times the exposure measure, in exact decimals."""
    return reaches(tier1_capital, exposure_measure, leverage_requirement)


@measure(unit="", reference="own early-warning level", label="Leverage ratio above the early-warning level")
def leverage_above_amber(tier1_capital: float, exposure_measure: float, amber_leverage_ratio: float) -> bool:
    """Tier 1 capital times 100 is at least the early-warning level times the exposure measure, in exact decimals."""
    return reaches(tier1_capital, exposure_measure, amber_leverage_ratio)


@measure(unit="", reference="the institution's own limit", label="Own limit on the leverage ratio met")
def internal_limit_met(tier1_capital: float, exposure_measure: float, internal_leverage_limit: float) -> bool:
    """Tier 1 capital times 100 is at least the own limit times the exposure measure, in exact decimals."""
    return reaches(tier1_capital, exposure_measure, internal_leverage_limit)


def reaches(numerator: float, denominator: float, per_cent: float) -> bool:
    """True if numerator / denominator is at least `per_cent`, decided on amounts rounded to cents, without dividing.

    A quotient in binary falls on the wrong side of an exact limit in a third of cases.
    """
    left, right = _crosswise(numerator, denominator, per_cent)
    return left >= right


def exceeds(numerator: float, denominator: float, per_cent: float | Decimal) -> bool:
    """True if numerator / denominator is above `per_cent`; decided as in `reaches`."""
    left, right = _crosswise(numerator, denominator, per_cent)
    return left > right


def _crosswise(numerator: float, denominator: float, per_cent: float | Decimal) -> tuple[Decimal, Decimal]:
    cent = Decimal("0.01")
    with localcontext(prec=60):
        left = Decimal(numerator).quantize(cent, ROUND_HALF_EVEN) * 100
        return left, Decimal(denominator).quantize(cent, ROUND_HALF_EVEN) * exact(per_cent)


def exact(number: float | Decimal) -> Decimal:
    """The shortest decimal that is this binary number: 0.1 for 0.1."""
    return number if isinstance(number, Decimal) else Decimal(repr(float(number)))


MEASURES = (
    exposure_measure,
    exposure_measure_before_exemption,
    leverage_ratio,
    leverage_ratio_before_exemption,
    leverage_ratio_before_public_sector_exemption,
    simple_leverage,
    applicable_minimum,
    gsib_leverage_buffer,
    additional_requirement,
    leverage_requirement,
    tier1_required,
    headroom_in_tier1,
    headroom_in_assets,
    leverage_requirement_met,
    leverage_above_amber,
    internal_limit_met,
)
