"""DebtRank: variants, many shocks at once, any spectral radius, institutions without equity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reporting.measures.contagion import debtrank, default_cascade

CLAIMS = [[0.0, 2.0, 1.0], [1.0, 0.0, 3.0], [2.0, 2.0, 0.0]]
EQUITY = [5.0, 8.0, 6.0]


def random_claims(seed: int, n: int = 40, leverage: float = 1.0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    claims = rng.lognormal(0, 1, (n, n)) * (rng.random((n, n)) < 0.15)
    np.fill_diagonal(claims, 0)
    return claims, claims.sum(1) * rng.uniform(0.5, 1.5, n) / leverage + 0.1


@pytest.mark.parametrize("leverage", [0.5, 1.0, 1.6, 4.0])
@pytest.mark.parametrize("seed", range(4))
def test_iteration_and_active_sets_agree_below_and_above_a_spectral_radius_of_one(seed: int, leverage: float) -> None:
    claims, equity = random_claims(seed, leverage=leverage)
    shock = np.random.default_rng(seed).random((40, 20)) * 0.05
    iterated, exact = (debtrank(claims, equity, shock, method=method) for method in ("iteration", "active_sets"))
    assert iterated.distress == pytest.approx(exact.distress, abs=1e-11)
    assert iterated.defaulted.tolist() == exact.defaulted.tolist()
    assert exact.certificate.method == "active sets"
    assert exact.certificate.error_bound is not None
    assert exact.certificate.error_bound < 1e-12


def test_the_error_bound_covers_the_error_where_steps_would_not() -> None:
    """Two institutions with Lambda = 0.99: a last step of 1e-6 would leave an error of 1e-4."""
    found = debtrank([[0, 99], [99, 0]], [100, 100], [1e-5, 0])
    exact = 1e-5 / (1 - 0.99**2)
    assert found.certificate.error_bound is not None
    assert abs(found.distress[0] - exact) <= found.certificate.error_bound <= 2e-12
    assert found.certificate.contraction == pytest.approx(0.99, rel=1e-3)


def test_a_contraction_too_slow_to_iterate_is_solved_exactly() -> None:
    """Lambda = 0.9999."""
    found = debtrank([[0, 9999], [9999, 0]], [10000, 10000], [1e-5, 0])
    assert found.certificate.method == "active sets"
    assert found.distress[0] == pytest.approx(1e-5 / (1 - 0.9999**2), rel=1e-10)
    assert found.certificate.converged


def test_many_shocks_at_once_are_the_same_as_one_by_one() -> None:
    claims, equity = random_claims(1, leverage=1.3)
    shock = np.random.default_rng(1).random((40, 19)) * 0.1
    together = debtrank(sparse.csr_array(claims), equity, shock)
    for k in range(19):
        alone = debtrank(claims, equity, shock[:, k])
        assert together.distress[:, k] == pytest.approx(alone.distress, abs=1e-11)
        assert together.default_round[:, k].tolist() == alone.default_round.tolist()
        assert together.additional_loss[k] == pytest.approx(float(alone.additional_loss), abs=1e-11)


def test_an_institution_without_equity_is_in_default_from_the_start_and_reported() -> None:
    found = debtrank(CLAIMS, [5, 0, -3], [0.1, 0, 0])
    assert found.already_defaulted.tolist() == [False, True, True]
    assert found.distress == pytest.approx([0.1 + 2 / 5 + 1 / 5, 1, 1])
    assert found.default_round.tolist() == [-1, 0, 0]
    assert found.total_loss == pytest.approx(0.7)


def test_where_nothing_is_shocked_nothing_is_lost_even_in_an_unstable_circle() -> None:
    found = debtrank([[0, 9, 0], [9, 0, 0], [0, 0, 0]], [1, 1, 1], [0, 0, 0.5])
    assert found.distress.tolist() == [0.0, 0.0, 0.5]
    exact = debtrank([[0, 9, 0], [9, 0, 0], [0, 0, 0]], [1, 1, 1], [0, 0, 0.5], method="active_sets")
    assert exact.distress.tolist() == [0.0, 0.0, 0.5]


def test_a_circle_that_only_ever_grows_ends_at_the_loss_of_all_equity() -> None:
    """Lambda = 1 exactly: each turn adds the shock once more, without end; the limit is the cap."""
    found = debtrank([[0, 1], [1, 0]], [1, 1], [1e-7, 0])
    assert found.certificate.method == "active sets"
    assert found.certificate.converged
    assert found.distress.tolist() == [1.0, 1.0]


def test_the_nonlinear_variant_is_linear_at_zero_and_a_default_cascade_when_steep() -> None:
    claims, equity = random_claims(2, leverage=1.5)
    shock = np.zeros(40)
    shock[[3, 7]] = 1.0
    linear, zero = debtrank(claims, equity, shock), debtrank(claims, equity, shock, variant="nonlinear")
    assert zero.distress == pytest.approx(linear.distress, abs=1e-10)
    assert zero.certificate.error_bound is not None
    steep = debtrank(claims, equity, shock, variant="nonlinear", steepness=1e6)
    assert steep.defaulted.tolist() == default_cascade(claims, equity, [3, 7]).defaulted.tolist()
    between = debtrank(claims, equity, shock, variant="nonlinear", steepness=2.0)
    assert (between.distress <= linear.distress + 1e-12).all()
    assert between.certificate.converged


def test_a_larger_shock_never_means_smaller_distress_and_lgd_scales_claims() -> None:
    claims, equity = random_claims(3)
    shock = np.random.default_rng(3).random(40) * 0.05
    plain, larger = debtrank(claims, equity, shock), debtrank(claims, equity, shock * 1.5)
    assert (larger.distress >= plain.distress - 1e-12).all()
    halved = debtrank(claims, equity, shock, loss_given_default=0.5)
    assert halved.distress == pytest.approx(debtrank(claims * 0.5, equity, shock).distress, abs=1e-12)


def test_with_a_single_hit_one_more_seed_can_lower_the_loss() -> None:
    """Hand calculation. 0 -> 1 -> 2, impacts of 0.9: with seed 0 alone 1 passes on 0.9; a small shock makes 1 speak at
    once, with 0.1, and then it is silent: 2 loses 0.09 instead of 0.81."""
    claims, equity = [[0, 0, 0], [9, 0, 0], [0, 9, 0]], [10, 10, 10]
    alone = debtrank(claims, equity, [1, 0, 0], variant="single_hit")
    more = debtrank(claims, equity, [1, 0.1, 0], variant="single_hit")
    assert alone.distress == pytest.approx([1, 0.9, 0.81])
    assert more.distress == pytest.approx([1, 1.0, 0.09])
    assert more.total_loss < alone.total_loss


def test_weights_are_used_as_given() -> None:
    found = debtrank(CLAIMS, EQUITY, [0.2, 0, 0], weights=EQUITY)
    assert found.total_loss == pytest.approx(float(np.dot(EQUITY, found.distress)))
    assert found.total_loss == pytest.approx(0.12969924812029995 * 19)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"shock": [0.1, 1.2, 0]}, r"shock\[1\] is 1.2, must be from 0 to 1"),
        ({"shock": [0.1, -0.2, 0]}, r"shock\[1\] is -0.2"),
        ({"shock": [0.1, 0]}, r"shock has the shape \(2,\)"),
        ({"shock": np.zeros((3, 0))}, r"shock has the shape \(3, 0\)"),
        ({"equity": [1, np.nan, 1]}, r"equity\[1\] is nan, must be a finite number"),
        ({"weights": [1, 1, -1]}, r"weights\[2\] is -1.0"),
        ({"loss_given_default": 2}, "loss_given_default is 2.0, must be from 0 to 1"),
        ({"variant": "2015"}, "variant is '2015', must be one of"),
        ({"method": "newton"}, "method is 'newton'"),
        ({"method": "active_sets", "variant": "single_hit"}, "with the differential variant"),
        ({"steepness": 1.0}, "steepness is 1.0, must be 0 or more, and 0 but for the nonlinear variant"),
    ],
)
def test_bad_input_is_refused_with_its_place(changed: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"exposures": CLAIMS, "equity": EQUITY, "shock": [0.2, 0, 0], **changed}
    with pytest.raises(ValueError, match=message):
        debtrank(**given)
