"""The loss that each single default brings, plainly: one run of the 2015 dynamics a bank; no code of the toolkit.

Bardoscia, Battiston, Caccioli and Caldarelli 2015 (PLoS ONE 10:e0130406): banks are shocked to default one at a time,
and ranked by the loss of the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tests.plain.contagion_debtrank import Row, Rows, differential


def losses_of_single_defaults(
    exposures: Rows, equity: Row, *, loss_given_default: float = 1, weights: Row | None = None
) -> list[float]:
    """For each bank i the sum over the others of weight_j (h_j with h_i(1) = 1, less h_j without that shock).

    The weight is equity, zero for a bank without any, if not given. Without the shock only banks that have no equity
    are in distress: what they bring about is not due to i.
    """
    values: Sequence[float] = [max(e, 0.0) for e in equity] if weights is None else weights
    size = len(equity)
    base = differential(exposures, equity, [0.0] * size, loss_given_default=loss_given_default)
    found = []
    for i in range(size):
        shock = [1.0 if j == i else 0.0 for j in range(size)]
        end = differential(exposures, equity, shock, loss_given_default=loss_given_default)
        found.append(math.fsum(values[j] * (end[j] - base[j]) for j in range(size) if j != i))
    return found
