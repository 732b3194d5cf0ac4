"""Add-ons: of positions, hedging sets, asset classes and netting units (BCBS CRE52.54-52.73; CRR Art. 280a-280f)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.hedging_sets import BUCKETS, KINDS, Positions
from reporting.measures.counterparty.standard import BY_ENTITY, IR, Standard
from reporting.measures.counterparty.sums import plain_sums


@dataclass(frozen=True)
class AddOns:
    """Effective notionals and add-ons on one basis, margined or not.

    effective_notional   (g,) sum over the trades of each position
    of_position          (g,) supervisory factor times that, with its sign
    of_hedging_set       (h,) not negative
    of_netted            (k,) sums over the hedging sets of each sub-set or unit: asset classes do not offset (CRE52.25)
    """

    effective_notional: FloatArray
    of_position: FloatArray
    of_hedging_set: FloatArray
    of_netted: FloatArray


def add_ons(
    positions: Positions, effective_notional: FloatArray, netted: int, standard: Standard, *, offset: bool
) -> AddOns:
    """Add-ons of all positions, hedging sets and the `netted` sub-sets or units.

    Positions are sorted by what they are, so that plain sums over them do not depend on the order of the trades.

    offset   between maturity buckets of interest rates (CRE52.57(5))
    """
    of_position = supervisory_factors(positions, standard) * effective_notional
    hedging_sets = len(positions.first)
    asset_class = positions.asset_class[positions.first]
    net = np.abs(plain_sums(positions.hedging_set, of_position, hedging_sets))
    rates = _by_bucket(positions, of_position, hedging_sets, standard, offset=offset)
    entities = _by_entity(positions, of_position, hedging_sets, standard)
    found = np.where(asset_class == IR, rates, np.where(np.isin(asset_class, BY_ENTITY), entities, net))
    of_netted = plain_sums(positions.netted[positions.first], found, netted)
    return AddOns(effective_notional, of_position, found, of_netted)


def supervisory_factors(positions: Positions, standard: Standard) -> FloatArray:
    """(g,) fractions; half for basis, five times for volatility hedging sets (CRE52.73)."""
    scale = {"plain": 1.0, **standard.value("sa_ccr_special_factors")}
    of_kind: FloatArray = np.array([scale[kind] for kind in KINDS])[positions.kind]
    return standard.sub_classes.factor[positions.sub_class] * of_kind


def _by_bucket(
    positions: Positions, of_position: FloatArray, size: int, standard: Standard, *, offset: bool
) -> FloatArray:
    """(h,) sqrt(A1^2 + A2^2 + A3^2 + 2 r12 A1 A2 + 2 r23 A2 A3 + 2 r13 A1 A3), or |A1| + |A2| + |A3| without offset."""
    rows, buckets = np.flatnonzero(positions.asset_class == IR), len(BUCKETS)
    place = positions.hedging_set[rows] * buckets + positions.member[rows]
    one, two, three = plain_sums(place, of_position[rows], size * buckets).reshape(size, buckets).T
    if not offset:
        return np.abs(one) + np.abs(two) + np.abs(three)
    r = standard.shares("sa_ccr_bucket_correlations")
    cross = r["1-2"] * one * two + r["2-3"] * two * three + r["1-3"] * one * three
    found: FloatArray = np.sqrt(one**2 + two**2 + three**2 + 2.0 * cross)
    return found


def _by_entity(positions: Positions, of_position: FloatArray, size: int, standard: Standard) -> FloatArray:
    """(h,) sqrt((sum rho A)^2 + sum (1 - rho^2) A^2) over entities or commodity types (CRE52.61, 52.66, 52.70)."""
    rows = np.flatnonzero(np.isin(positions.asset_class, BY_ENTITY))
    rho, add_on = standard.sub_classes.correlation[positions.sub_class[rows]], of_position[rows]
    systematic = plain_sums(positions.hedging_set[rows], rho * add_on, size)
    own = plain_sums(positions.hedging_set[rows], (1.0 - rho**2) * add_on**2, size)
    return np.sqrt(systematic**2 + own)
