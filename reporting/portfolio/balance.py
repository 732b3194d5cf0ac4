"""Total assets and equity of an institution, as reconciliations and the network of institutions need them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import fsum, nan

from reporting.figures import Source
from reporting.intake.schema import load_schemas
from reporting.portfolio.facts import FactSpec
from reporting.portfolio.portfolio import Fact, Portfolio

# Lines of the sheet balance_sheet that are no assets: collateral that has left it, and an adjustment of own funds.
NOT_ASSETS = ("derivative_collateral_derecognised", "pva")
_COMPONENTS = (
    "cet1_instruments", "share_premium", "retained_earnings", "accumulated_oci", "other_reserves", "minority_interests",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Amount:
    """An amount in single units of the reporting currency.

    value     NaN where it cannot be given
    sources   the cells it is made of
    reason    why it cannot be given; "" where it can
    """

    value: float
    sources: tuple[Source, ...]
    reason: str = ""


def total_assets(portfolio: Portfolio) -> Amount:
    """Sum of all lines of the balance sheet that are assets, net of specific allowances."""
    return _sum(portfolio.fact(_asset_lines()), "balance_sheet has no line of assets")


def equity(portfolio: Portfolio) -> Amount:
    """What absorbs losses before creditors do: of a fund its net asset value, otherwise Common Equity Tier 1 capital.

    Common Equity Tier 1 is the stated total, or where there is none its components less deductions. It is taken after
    deductions, as deducted assets (goodwill, deferred tax) are worth little in distress, and without Additional Tier 1,
    which bears losses only once it is written down or converted. Not available where its cells are missing or blocked.
    """
    if portfolio.entity.kind == "fund":
        return _sum(portfolio.fact(_own_funds("nav")), "own_funds has no row of nav")
    stated = portfolio.fact(_own_funds("cet1"))
    if stated.value is None or len(stated.value):
        return _sum(stated)
    components = _sum(portfolio.fact(_own_funds(*_COMPONENTS)), "own_funds gives neither cet1 nor its components")
    deductions = _sum(portfolio.fact(_own_funds("deduction_*")))
    reason = components.reason or deductions.reason
    value = nan if reason else fsum((components.value, -deductions.value))
    return Amount(value, (*components.sources, *deductions.sources), reason)


@cache
def _asset_lines() -> FactSpec:
    values = (value.split("<")[0] + "*" * ("<" in value) for value in _treatments() if value not in NOT_ASSETS)
    return FactSpec("asset_lines", "balance_sheet", ("net_amount",), {"lr_treatment": tuple(values)})


def _treatments() -> tuple[str, ...]:
    return tuple(load_schemas()["balance_sheet"].columns["lr_treatment"].values)


def _own_funds(*items: str) -> FactSpec:
    return FactSpec("own_funds", "own_funds", ("money_amount",), {"item": items})


def _sum(fact: Fact, without_rows: str = "") -> Amount:
    """The sum of a fact; `without_rows` is why there is none where no row was selected ("": the sum is then 0)."""
    reason = fact.blocked or fact.absent or ("" if len(fact.value) else without_rows)
    return Amount(nan if reason else fsum(fact.value), fact.sources, reason)
