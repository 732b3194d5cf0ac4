"""The trail accounts for every loss, and agrees with the balance sheets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from reporting.measures.contagion import (
    AuditTrail,
    audit_trail,
    clear,
    debtrank,
    default_and_funding_cascade,
    default_cascade,
)

CHAIN = np.array([[0, 0, 0, 0], [5, 0, 0, 0], [0, 4, 0, 0], [2, 0, 6, 0]], dtype=float)


def rows(trail: AuditTrail) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in trail.frame().itertuples(index=False)]


def test_a_cascade_is_told_round_by_round_and_claim_by_claim() -> None:
    trail = audit_trail(default_cascade(CHAIN, [3, 5, 3, 8], [0]), CHAIN)
    assert rows(trail) == [
        (0, 1, "claim", 0, 5.0),
        (0, 3, "claim", 0, 2.0),
        (1, 2, "claim", 1, 4.0),
        (2, 3, "claim", 2, 6.0),
    ]
    assert trail.losses.tolist() == [0.0, 5.0, 4.0, 8.0]
    assert trail.largest_difference <= 1e-9


def test_clearing_tells_what_each_creditor_misses_and_what_default_costs() -> None:
    """Hand calculation: 0 has 2 + 5 against 12 and pays 7 of 12; with alpha one half it pays 1 + 5."""
    owed = [[0, 8, 4], [0, 0, 6], [5, 0, 0]]
    trail = audit_trail(clear(owed, [2, 100, 100], alpha=0.5), owed)
    assert rows(trail) == [
        (0, 0, "default costs", -1, 1.0),
        (0, 1, "claim", 0, pytest.approx(4.0)),
        (0, 2, "claim", 0, pytest.approx(2.0)),
    ]
    assert trail.opening_equity.tolist() == [-5.0, 102.0, 105.0]
    assert trail.closing_equity == pytest.approx([-6.0, 98.0, 103.0])


def test_losses_beyond_equity_are_shown_where_debtrank_cuts_them_off() -> None:
    claims = [[0, 8.0], [0, 0]]
    trail = audit_trail(debtrank(claims, [5, 10], [0.1, 1]), claims)
    assert rows(trail) == [
        (0, 0, "shock", -1, 0.5),
        (0, 0, "claim", 1, 8.0),
        (0, 1, "shock", -1, 10.0),
        (1, 0, "beyond equity", -1, -3.5),
    ]
    assert trail.closing_equity.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("seed", range(6))
def test_the_trail_agrees_with_the_balance_sheets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 40
    claims = np.round(rng.lognormal(10, 2, (n, n)), 2) * (rng.random((n, n)) < 0.15)
    np.fill_diagonal(claims, 0)
    equity = np.round(claims.sum(1) * rng.uniform(-0.05, 0.8, n), 2)
    shock = rng.random((n, 2)) * 0.3
    trails = [
        audit_trail(clear(claims.T, equity.clip(0), equity.clip(0) / 2, external_rank=rank, beta=0.8), claims.T)
        for rank in ("pari_passu", "senior")
    ]
    trails.append(audit_trail(default_cascade(claims, equity, [0, 1], loss_given_default=0.6), claims))
    trails.append(audit_trail(default_and_funding_cascade(claims, equity, np.abs(equity), [0]), claims))
    for variant, steepness in (("differential", 0.0), ("single_hit", 0.0), ("nonlinear", 3.0)):
        found = debtrank(claims, equity, shock, variant=variant, steepness=steepness, loss_given_default=0.7)
        trails += [audit_trail(found, claims, shock=k) for k in (0, 1)]
    for trail in trails:
        assert len(trail.amount)
        assert trail.largest_difference <= 1e-9


def test_a_trail_with_an_amount_changed_does_not_agree() -> None:
    found = default_cascade(CHAIN, [3, 5, 3, 8], [0])
    changed = CHAIN.copy()
    changed[1, 0] = 5.01
    assert audit_trail(found, changed).largest_difference > 1e-4


def test_another_network_or_result_is_refused() -> None:
    with pytest.raises(ValueError, match="exposures are of 2 institutions, the result is of 4"):
        audit_trail(default_cascade(CHAIN, [3, 5, 3, 8], [0]), [[0, 1], [1, 0]])
    with pytest.raises(TypeError, match="str has no audit trail"):
        audit_trail("result", CHAIN)
