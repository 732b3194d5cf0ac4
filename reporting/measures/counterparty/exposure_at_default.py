"""Exposure at default of netting sets, and exposure in the leverage ratio (BCBS CRE52.1, 52.2, 52.20-52.25, LEV30)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import Flags
from reporting.measures.counterparty.netting import Netting
from reporting.measures.counterparty.netting_sets import Agreements
from reporting.measures.counterparty.replacement_cost import (
    Pools,
    margined_replacement_cost,
    unmargined_replacement_cost,
)
from reporting.measures.counterparty.standard import Standard
from reporting.measures.counterparty.sums import sums_by


@dataclass(frozen=True)
class Exposure:
    """Of each of the s netting sets, money: alpha (replacement cost + multiplier x add-on), summed over its units.

    The multiplier of a netting set with several units is its potential future exposure by its add-on.
    """

    replacement_cost: FloatArray
    multiplier: FloatArray
    add_on: FloatArray
    potential_future_exposure: FloatArray
    exposure: FloatArray


@dataclass(frozen=True)
class Basis:
    """What the formulas of all u units need; amounts are zero where they do not apply.

    value       (u,) sum of market values
    add_on      (u,) aggregate add-on
    collateral  (u,) of the whole netting set, on its own unit; net, + received, after haircuts
    uncalled    (u,) TH + MTA - NICA of margined netting sets, -infinite for all other units
    """

    value: FloatArray
    add_on: FloatArray
    collateral: FloatArray
    uncalled: FloatArray


def multipliers(excess: FloatArray, add_on: FloatArray, standard: Standard) -> FloatArray:
    """(u,) min(1, floor + (1 - floor) exp((V - C) / (2 (1 - floor) AddOn))), one where there is no add-on (CRE52.23).

    excess   (u,) V - C
    """
    floor = standard.share("sa_ccr_multiplier_floor")
    spread = 2.0 * (1.0 - floor) * add_on
    exponent = np.divide(np.minimum(excess, 0.0), spread, out=np.zeros(len(add_on)), where=spread > 0.0)
    return np.minimum(1.0, floor + (1.0 - floor) * np.exp(exponent))


def exposures(basis: Basis, netting: Netting, agreements: Agreements, standard: Standard) -> Exposure:
    """The regulatory exposure on one basis, margined or not, before the cap of margined netting sets."""
    pooled = netting.pooled[netting.unit_set] & ~netting.alone
    pools = _pools(basis, netting, agreements, pooled)
    allocated = pools.allocated(np.where(pooled, basis.add_on, 0.0))
    if not standard.value("sa_ccr_shared_collateral_allocated"):
        allocated = _on_unit(agreements.total(independent_collateral(agreements)), netting)
    collateral = np.where(pooled, allocated, np.where(netting.alone, 0.0, basis.collateral))
    single = margined_replacement_cost(basis.value, collateral, basis.uncalled)
    replacement_cost = np.where(pooled, pools.replacement_cost(), single)
    multiplier = multipliers(basis.value - collateral, basis.add_on, standard)
    multiplier[netting.without_offset] = 1.0
    pfe = multiplier * basis.add_on
    exposure = standard.number("sa_ccr_alpha") * (replacement_cost + pfe)
    limited = np.where(netting.free, 0.0, np.minimum(exposure, netting.unpaid))
    return _by_set(replacement_cost, basis.add_on, pfe, limited, netting, agreements)


def leverage_exposures(
    basis: Basis, regulatory: Exposure, netting: Netting, agreements: Agreements, standard: Standard
) -> Exposure:
    """The exposure in the leverage ratio: eligible cash variation margin, no other collateral, multiplier one.

    Cash counts in the netting set for which it is stated, also where a margin agreement covers several (LEV30), and
    where netting is not enforceable only what was posted. Neither sold options whose premium is paid nor sold
    protection are relieved. Client-cleared netting sets take replacement cost and multiplier of the regulatory
    exposure: there the client's margin counts.

    basis   with the add-ons that the netting set calls for, margined or not; its collateral is not used
    """
    cash = _on_unit(agreements.total(agreements.eligible_cash), netting)
    replacement_cost = unmargined_replacement_cost(basis.value, cash)
    exposure = standard.number("sa_ccr_alpha") * (replacement_cost + basis.add_on)
    found = _by_set(replacement_cost, basis.add_on, basis.add_on, exposure, netting, agreements)
    return Exposure(*(np.where(agreements.client_cleared, theirs, own) for theirs, own in _pairs(regulatory, found)))


def capped(margined: Exposure, unmargined: Exposure, netting: Netting) -> tuple[FloatArray, Flags]:
    """(s,) the lower of both for margined netting sets, and where the cap binds (CRE52.2)."""
    binds = netting.margined & (unmargined.exposure < margined.exposure)
    return np.where(binds, unmargined.exposure, margined.exposure), binds


def collateral_of(agreements: Agreements, *, margin_of_margined: bool) -> FloatArray:
    """(s,) net collateral of each netting set after haircuts, with or without the variation margin of margined rows.

    What only the bank posts counts in any case (CRE52.10, footnote 2).
    """
    counted = margin_of_margined | ~agreements.margined
    return agreements.total(independent_collateral(agreements) + np.where(counted, agreements.variation_margin, 0.0))


def independent_collateral(agreements: Agreements) -> FloatArray:
    """(r,) NICA: all collateral that is no variation margin (CRE52.16, 52.17)."""
    return agreements.independent + agreements.other_collateral


def largest_uncalled(agreements: Agreements, netting: Netting) -> FloatArray:
    """(u,) TH + MTA - NICA, each summed over the agreements of a netting set; -infinite where nothing is margined."""
    called = np.where(agreements.margined, agreements.threshold + agreements.minimum_transfer_amount, 0.0)
    found = agreements.total(called - independent_collateral(agreements))
    return _on_unit(np.where(netting.margined, found, -np.inf), netting, -np.inf)


def _pools(basis: Basis, netting: Netting, agreements: Agreements, pooled: Flags) -> Pools:
    return Pools(
        agreements.pool[netting.unit_set], agreements.count, np.where(pooled, basis.value, 0.0), basis.collateral
    )


def _on_unit(of_set: FloatArray, netting: Netting, elsewhere: float = 0.0) -> FloatArray:
    """(u,) amounts of netting sets (s,) on their own units."""
    return np.concatenate([of_set, np.full(netting.units - len(of_set), elsewhere)])


def _by_set(
    replacement_cost: FloatArray,
    add_on: FloatArray,
    pfe: FloatArray,
    exposure: FloatArray,
    netting: Netting,
    agreements: Agreements,
) -> Exposure:
    rc, total, future, all_in = (
        sums_by(netting.unit_set, one, agreements.count) for one in (replacement_cost, add_on, pfe, exposure)
    )
    multiplier = np.divide(future, total, out=np.ones(agreements.count), where=total > 0.0)
    return Exposure(rc, multiplier, total, future, all_in)


def _pairs(one: Exposure, other: Exposure) -> list[tuple[FloatArray, FloatArray]]:
    return [
        (one.replacement_cost, other.replacement_cost),
        (one.multiplier, other.multiplier),
        (one.add_on, other.add_on),
        (one.potential_future_exposure, other.potential_future_exposure),
        (one.exposure, other.exposure),
    ]
