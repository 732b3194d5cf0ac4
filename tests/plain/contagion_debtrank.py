"""DebtRank once more, plainly: time steps, node by node, over lists; no code shared with the toolkit.

Written from the papers: Battiston, Puliga, Kaushik, Tasca and Caldarelli 2012 (Scientific Reports 2:541), Bardoscia,
Battiston, Caccioli and Caldarelli 2015 (PLoS ONE 10:e0130406), and for the exponential propagation Bardoscia,
Caccioli, Perotti, Vivaldo and Caldarelli 2016 (PLoS ONE 11:e0163825). `exposures[i][j]` is the claim of i on j. The
papers take equity to be positive; here a bank with none is in default from the start (h = 1), and nothing is divided
by its equity.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Rows = Sequence[Sequence[float]]
Row = Sequence[float]

MOST_STEPS = 1_000_000
NO_STEP = 1e-18


def initial_distress(equity: Row, shock: Row) -> list[float]:
    """h_i(1): the shock, and 1 for a bank without equity."""
    return [1.0 if e <= 0 else min(1.0, s) for e, s in zip(equity, shock, strict=True)]


def single_hit(
    exposures: Rows, equity: Row, shock: Row, *, loss_given_default: float = 1, weights: Row | None = None
) -> tuple[list[float], float]:
    """Distress h(T) and DebtRank R of 2012, in which a bank passes distress on in one step only."""
    size = len(equity)
    # Battiston et al. 2012, Methods, impact: W_ij = min(1, A_ji / E_j), the impact of i on j.
    lists: list[list[tuple[int, float]]] = [[] for _ in range(size)]
    for i in range(size):
        for j in range(size):
            if exposures[j][i] > 0 and equity[j] > 0:
                lists[i].append((j, min(1.0, loss_given_default * exposures[j][i] / equity[j])))
    # Methods, initial conditions: h_i(1) = psi and s_i(1) = D for the seeds, 0 and U for the others.
    now = start = initial_distress(equity, shock)
    state = ["D" if h > 0 else "U" for h in now]
    while "D" in state:
        # Methods, dynamics of h, all at once: h_i(t) = min(1, h_i(t-1) + sum over j, s_j(t-1) = D, of W_ji h_j(t-1)).
        added: list[list[float]] = [[] for _ in range(size)]
        for j in range(size):
            if state[j] == "D":
                for i, impact in lists[j]:
                    added[i].append(impact * now[j])
        following = [min(1.0, math.fsum([now[i], *added[i]])) for i in range(size)]
        # Methods, dynamics of s: D if h_i(t) > 0 and not I before; I if D before; else as it was.
        state = ["I" if s in "DI" else ("D" if following[i] > 0 else "U") for i, s in enumerate(state)]
        now = following
    # Methods, DebtRank: R = sum h_j(T) v_j - sum h_j(1) v_j; v_j is the share of j in all interbank claims.
    if weights is None:
        claims = [math.fsum(row) for row in exposures]
        total = math.fsum(claims)
        weights = [c / total if total else 0.0 for c in claims]
    return now, math.fsum((h - h1) * v for h, h1, v in zip(now, start, weights, strict=True))


def differential(
    exposures: Rows, equity: Row, shock: Row, *, loss_given_default: float = 1, steepness: float = 0
) -> list[float]:
    """Distress h in the limit of the 2015 dynamics; with steepness a > 0 the propagation h exp(a (h - 1)) of 2016."""
    size = len(equity)
    # Bardoscia et al. 2015, leverage matrix: Lambda_ij = A_ij / E_i(0).
    lambdas = [
        [(j, loss_given_default * exposures[i][j] / equity[i]) for j in range(size) if exposures[i][j] > 0]
        if equity[i] > 0
        else []
        for i in range(size)
    ]
    before = [0.0] * size
    # The step h(t) - h(t-1) is carried along: the difference of two rounded numbers would never end.
    step = now = initial_distress(equity, shock)
    for _ in range(MOST_STEPS):
        # 2015, dynamics: h_i(t+1) = min(1, h_i(t) + sum over j with h_j(t-1) < 1 of Lambda_ij (h_j(t) - h_j(t-1)));
        # 2016: the same with p(h_j) in place of h_j.
        passed = [_passed_on(h, d, steepness) for h, d in zip(before, step, strict=True)]
        gains = [sum(lam * passed[j] for j, lam in lambdas[i] if before[j] < 1) for i in range(size)]
        before, step = now, [min(gain, 1 - h) for gain, h in zip(gains, now, strict=True)]
        now = [h + d if h + d < 1 else 1.0 for h, d in zip(now, step, strict=True)]
        if max(step, default=0.0) <= NO_STEP:
            return now
    raise AssertionError("the steps did not come to an end")


def _passed_on(h: float, step: float, steepness: float) -> float:
    """p(h + step) - p(h) of p(h) = h exp(a (h - 1)) (2016, the exponential family), without cancellation.

    a = 0 is linear, a to infinity the default cascade.
    """
    after = math.exp(steepness * (h + step - 1))
    return after * (step - h * math.expm1(-steepness * step))
