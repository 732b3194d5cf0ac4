"""What the netting sets of the plain SA-CCR have in common: their result, their collateral, the leverage variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.plain import sa_ccr_table as law
from tests.plain.sa_ccr_add_ons import HedgingSet
from tests.plain.sa_ccr_trades import Trade

Row = Mapping[str, Any]


@dataclass(frozen=True)
class NettingSet:
    """Result of one netting set; of an unenforceable one the sums over its trades, each a netting set of its own."""

    netting_set_id: str
    value: float = 0.0  # V
    collateral: float = 0.0  # C, with variation margin where the set is margined
    replacement_cost: float = 0.0
    multiplier: float = 1.0
    add_on: float = 0.0
    pfe: float = 0.0
    replacement_cost_unmargined: float = 0.0  # these four and ead_unmargined: the cap of a margined set
    multiplier_unmargined: float = 1.0
    add_on_unmargined: float = 0.0
    pfe_unmargined: float = 0.0
    ead_unmargined: float = 0.0
    ead_margined: float | None = None
    exposure_at_default: float = 0.0
    capped: bool = False
    mpor_days: float | None = None  # the longest of the margined sub-netting sets
    replacement_cost_leverage: float = 0.0
    pfe_leverage: float = 0.0
    exposure_leverage: float = 0.0
    add_on_by_class: Mapping[str, float] = field(default_factory=dict)
    hedging_sets: tuple[HedgingSet, ...] = ()


# --- Collateral ------------------------------------------------------------------------------------------------------


def is_margined(row: Row) -> bool:
    """CRE52.2: an agreement under which only the bank posts variation margin leaves the set unmargined."""
    return bool(row["margined"]) and not row["one_way_for_counterparty"]


def independent(row: Row) -> float:
    """NICA: CRE52.16-52.17, 52.77; CRR Art. 272(12a).

    It is all collateral other than variation margin, so what came with the sheet of collateral belongs to it too.
    """
    return float((row["nica"] or 0.0) + (row["collateral"] or 0.0))


def posted_one_way(row: Row) -> float:
    """CRE52.10 footnote 2: with a one-way agreement C has, with a negative sign, the variation margin posted."""
    return min(row["variation_margin"] or 0.0, 0.0) if row["one_way_for_counterparty"] else 0.0


def variation(row: Row) -> float:
    """CRE52.18(1): variation margin, negative when posted; of an unmargined set only what footnote 2 names."""
    return float(row["variation_margin"] or 0.0) if is_margined(row) else posted_one_way(row)


# --- Crypto-assets of Group 2b ---------------------------------------------------------------------------------------


def is_netted(trade: Trade) -> bool:
    """SCO60 (unconfirmed): derivatives on Group 2b crypto-assets are outside every netting."""
    return (trade["asset_class"], trade["sub_class"]) != ("crypto", "2b")


def with_group_2b(one: NettingSet, trade: Trade) -> NettingSet:
    """SCO60 (unconfirmed): 1.4 x (RC + 50 % of the gross notional) for each trade, without any offset.

    It comes on top of the formulas of the netting set; the multiplier becomes the mean one.
    """
    rc = max(trade["market_value"], 0.0)
    pfe = law.GROUP_2B * abs(trade["notional"])
    ead = law.ALPHA * (rc + pfe)
    by_class = {**one.add_on_by_class, "crypto": one.add_on_by_class.get("crypto", 0.0) + pfe}
    return replace(
        one,
        value=one.value + trade["market_value"],
        replacement_cost=one.replacement_cost + rc,
        add_on=one.add_on + pfe,
        add_on_by_class=by_class,
        pfe=one.pfe + pfe,
        multiplier=(one.pfe + pfe) / (one.add_on + pfe),
        replacement_cost_unmargined=one.replacement_cost_unmargined + rc,
        add_on_unmargined=one.add_on_unmargined + pfe,
        pfe_unmargined=one.pfe_unmargined + pfe,
        multiplier_unmargined=(one.pfe_unmargined + pfe) / (one.add_on_unmargined + pfe),
        ead_unmargined=one.ead_unmargined + ead,
        ead_margined=None if one.ead_margined is None else one.ead_margined + ead,
        exposure_at_default=one.exposure_at_default + ead,
        replacement_cost_leverage=one.replacement_cost_leverage + rc,
        pfe_leverage=one.pfe_leverage + pfe,
        exposure_leverage=one.exposure_leverage + ead,
        hedging_sets=(*one.hedging_sets, HedgingSet("crypto", trade["hedging_set"], "plain", pfe)),
    )


# --- Leverage ratio --------------------------------------------------------------------------------------------------


def with_leverage(result: NettingSet, rows: Sequence[Row]) -> NettingSet:
    """LEV30 (derivatives), CRR Art. 429c: only eligible cash margin reduces RC, the multiplier is one.

    Client-cleared sets keep client margin and multiplier. Neither the cap nor the reliefs for sold options and
    protection reach the leverage ratio: written options are included even where the exposure at default may be zero.
    """
    cash = sum(row["variation_margin_cash_eligible"] or 0.0 for row in rows)
    rc, pfe = max(result.value - cash, 0.0), result.add_on
    if all(row["client_cleared"] for row in rows):
        rc, pfe = result.replacement_cost, result.pfe
    exposure = law.ALPHA * (rc + pfe)
    return replace(result, replacement_cost_leverage=rc, pfe_leverage=pfe, exposure_leverage=exposure)
