"""Cascades over claims and over funding, and both together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reporting.measures.contagion import default_and_funding_cascade, default_cascade, funding_cascade

CHAIN = [[0, 0, 0, 0], [5, 0, 0, 0], [0, 4, 0, 0], [2, 0, 6, 0]]
EQUITY = [3, 5, 3, 8]


def test_equity_of_zero_or_less_is_a_default_at_the_outset_and_reported() -> None:
    found = default_cascade(CHAIN, [0, 5, 3, 8], [])
    assert found.already_defaulted.tolist() == [True, False, False, False]
    assert found.default_round.tolist() == [0, 1, 2, 3]
    assert not found.seeds.any()


def test_without_seeds_nobody_fails_and_the_rounds_are_none() -> None:
    found = default_cascade(CHAIN, EQUITY, [])
    assert not found.defaulted.any()
    assert found.certificate.rounds == 0


def test_a_loss_equal_to_equity_but_for_rounding_is_equal() -> None:
    """0.1 + 0.2 against 0.3, which in binary is smaller: a default with equality, none without."""
    claims = [[0, 0, 0], [0, 0, 0], [0.1, 0.2, 0]]
    assert default_cascade(claims, [1, 1, 0.3], [0, 1]).defaulted.tolist() == [True, True, True]
    strict = default_cascade(claims, [1, 1, 0.3], [0, 1], equality_defaults=False)
    assert strict.defaulted.tolist() == [True, True, False]


def test_loss_given_default_scales_the_losses() -> None:
    found = default_cascade(CHAIN, EQUITY, [0], loss_given_default=0.5)
    assert found.loss.tolist() == [0.0, 2.5, 0.0, 1.0]
    assert found.defaulted.tolist() == [True, False, False, False]


def test_a_long_chain_falls_round_by_round() -> None:
    n = 3_000
    claims = sparse.csr_array((np.ones(n - 1), (np.arange(1, n), np.arange(n - 1))), shape=(n, n))
    found = default_cascade(claims, np.ones(n), [0])
    assert found.default_round.tolist() == list(range(n))


def test_more_seeds_never_mean_fewer_defaults() -> None:
    rng = np.random.default_rng(0)
    claims = rng.lognormal(0, 1, (50, 50)) * (rng.random((50, 50)) < 0.1)
    np.fill_diagonal(claims, 0)
    equity = claims.sum(1) * 0.3 + 0.1
    for size in range(1, 10):
        fewer, more = (default_cascade(claims, equity, range(k)) for k in (size, size + 1))
        assert (fewer.defaulted <= more.defaulted).all()


def test_funding_runs_against_the_claims() -> None:
    """Hand calculation: 2 has lent 4 to 1, and 1 has lent 5 to 0. If 2 calls 4 back, 1 (3 liquid) calls 5 back."""
    found = funding_cascade(CHAIN, [5, 3, 1, 1], [2])
    assert found.round.tolist() == [-1, 1, 0, -1]
    assert found.withdrawn.tolist() == [5.0, 4.0, 0.0, 0.0]
    poorer = funding_cascade(CHAIN, [4.9, 3, 1, 1], [2])
    assert poorer.hoards.tolist() == [True, True, True, False]
    assert funding_cascade(CHAIN, [4.9, 3, 1, 1], [2], withdrawn_share=0.5).hoards.sum() == 1


def test_both_channels_bring_down_who_neither_would_alone() -> None:
    """Hand calculation: seed 1 costs 2 its equity of 3 (claim 4) and calls 5 back from 0, which has 4 liquid and fails;
    3 then loses 2 on 0 and 6 on 2, equal to its equity of 8, and calls 2 back from 0."""
    both = default_and_funding_cascade(CHAIN, EQUITY, [4, 9, 9, 9], [1])
    assert both.default_round.tolist() == [1, 0, 1, 2]
    assert both.illiquid.tolist() == [True, False, False, False]
    assert both.loss.tolist() == [0.0, 5.0, 4.0, 8.0]
    assert both.withdrawn[0] == 7.0
    assert default_cascade(CHAIN, EQUITY, [1]).default_round.tolist() == [-1, 0, 1, -1]
    assert funding_cascade(CHAIN, [4, 9, 9, 9], [1]).hoards.tolist() == [True, True, False, False]


def test_with_ample_liquid_assets_both_channels_are_the_cascade_over_claims() -> None:
    for equality in (True, False):
        both = default_and_funding_cascade(CHAIN, EQUITY, [99] * 4, [0], equality_defaults=equality)
        alone = default_cascade(CHAIN, EQUITY, [0], equality_defaults=equality)
        assert both.default_round.tolist() == alone.default_round.tolist()
        assert both.loss.tolist() == alone.loss.tolist()


def test_bad_input_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"liquid_assets\[1\] is -1.0"):
        funding_cascade(CHAIN, [1, -1, 1, 1], [0])
    with pytest.raises(ValueError, match=r"withdrawn_share is 1\.1"):
        funding_cascade(CHAIN, [1, 1, 1, 1], [0], withdrawn_share=1.1)
    with pytest.raises(ValueError, match="seeds names institution 4"):
        default_cascade(CHAIN, EQUITY, [4])
    with pytest.raises(ValueError, match=r"equity has the shape \(3,\), must be \(4,\)"):
        default_cascade(CHAIN, [1, 1, 1], [0])
