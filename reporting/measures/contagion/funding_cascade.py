"""Withdrawn funding (Gai and Kapadia 2010; Gai, Haldane and Kapadia 2011), alone and together with losses on claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.cascade import (
    Cascade,
    Claims,
    cascade_result,
    checked_case,
    switched_on,
)
from reporting.measures.contagion.certificate import Certificate
from reporting.measures.contagion.engine import spread
from reporting.measures.contagion.network import (
    TOLERANCE,
    BoolArray,
    IntArray,
    as_claims,
    as_seeds,
    as_share,
    as_vector,
    frozen,
    times,
)


@dataclass(frozen=True, eq=False)
class FundingCascade:
    """Who hoards, and when. Arrays (n,), read-only.

    hoards       bool, seeds among them
    round        0 for seeds, then by round; -1 for who does not hoard
    withdrawn    funding called back by those that hoard, currency
    """

    hoards: BoolArray
    round: IntArray
    withdrawn: FloatArray
    certificate: Certificate


def funding_cascade(exposures: Any, liquid_assets: Any, seeds: Any, *, withdrawn_share: float = 1.0) -> FundingCascade:
    """Institution i hoards when withdrawn share x claims on i of all that hoard exceed its liquid assets.

    exposures         (n, n) numpy or scipy.sparse, currency; [i, j] is the claim of i on j, which is funding of j by i
    liquid_assets     (n,), currency, 0 or more
    seeds             indices, or (n,) mask, of those that hoard at the outset
    withdrawn_share   of the funding that a hoarder calls back, 0 to 1
    The same cascade as over claims, on the transposed network. Withdrawals equal to liquid assets (to 1e-12) are met.
    ValueError for input that is not as said.
    """
    claims = as_claims(exposures, "exposures")
    n = claims.shape[0]
    liquid, share = as_vector(liquid_assets, n, "liquid_assets"), as_share(withdrawn_share, "withdrawn_share")
    found = spread(
        np.zeros(n),
        lambda hoarding: share * times(claims.T, hoarding),
        lambda withdrawn: withdrawn > liquid * (1 + TOLERANCE),
        switched_on,
        as_seeds(seeds, n),
    )
    last = int(found.rounds.max(initial=0))
    certificate = Certificate("sets", "least", found.iterations, max(last, 0), 0.0, None, None, True)
    return FundingCascade(frozen(found.active), frozen(found.rounds), frozen(found.pressure), certificate)


def default_and_funding_cascade(
    exposures: Any,
    equity: Any,
    liquid_assets: Any,
    seeds: Any,
    *,
    loss_given_default: float = 1.0,
    withdrawn_share: float = 1.0,
    equality_defaults: bool = True,
) -> Cascade:
    """Both channels: i fails when losses on claims reach its equity or withdrawn funding exceeds its liquid assets.

    Arguments as in `default_cascade` and `funding_cascade`. Whoever fails for either reason costs its creditors the
    loss given default and calls back the funding that it gives. (Where a lack of funds is no failure the channels do
    not act on each other: run `funding_cascade` with the defaults of `default_cascade` as seeds.)
    """
    case = checked_case(exposures, equity, seeds, loss_given_default, equality_defaults=equality_defaults)
    liquid, share = as_vector(liquid_assets, case.n, "liquid_assets"), as_share(withdrawn_share, "withdrawn_share")
    lost_on = Claims(case.claims, case.lgd).lost_on
    found = spread(
        np.zeros((2, case.n)),
        lambda failing: np.stack([lost_on(failing), share * times(case.claims.T, failing)]),
        lambda pressure: case.insolvent(pressure[0]) | (pressure[1] > liquid * (1 + TOLERANCE)),
        switched_on,
        case.seeds,
    )
    loss, withdrawn = found.pressure
    illiquid = withdrawn > liquid * (1 + TOLERANCE)
    return cascade_result(case, found, loss.copy(), withdrawn.copy(), illiquid)
