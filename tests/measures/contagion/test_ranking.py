"""The ranking is right where it says that it is proven, and its bounds hold for everybody."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reporting.measures.contagion import debtrank, rank_institutions
from reporting.measures.contagion.active_set import spectral_radius
from reporting.measures.contagion.adjoint import adjoint


def network(seed: int, n: int, radius: float, without_equity: int = 0) -> tuple[Any, Any]:
    """A sparse network whose spectral radius is as asked; the last few may have no equity."""
    rng = np.random.default_rng(seed)
    claims = rng.lognormal(0, 1.5, (n, n)) * (rng.random((n, n)) < min(1, 8 / n))
    np.fill_diagonal(claims, 0)
    equity = claims.sum(1) * rng.uniform(0.5, 1.5, n) + 0.1
    claims *= radius / np.abs(np.linalg.eigvals(claims / equity[:, np.newaxis])).max()
    equity[n - without_equity :] = 0.0
    return claims, equity


def losses(claims: Any, equity: Any) -> Any:
    """Of all others by each single default, from exact runs; 0 for those already in default."""
    n = len(equity)
    runs = debtrank(claims, equity, np.eye(n), method="active_sets").distress
    base = debtrank(claims, equity, np.zeros(n), method="active_sets").distress
    change = runs - base[:, np.newaxis]
    np.fill_diagonal(change, 0)
    return np.where(equity > 0, np.maximum(equity, 0) @ change, 0)


@pytest.mark.parametrize("radius", [0.3, 0.83, 0.97, 1.3])
@pytest.mark.parametrize("without_equity", [0, 4])
@pytest.mark.parametrize("seed", range(3))
def test_the_top_is_the_top_of_all_exact_runs_and_no_bound_is_below_its_loss(
    seed: int, radius: float, without_equity: int
) -> None:
    claims, equity = network(seed, 60, radius, without_equity)
    expected = losses(claims, equity)
    found = rank_institutions(claims, equity, top=7)
    assert found.proven
    assert found.converged
    assert found.institutions.tolist() == np.argsort(-expected, kind="stable")[:7].tolist()
    assert (np.abs(found.loss - expected[found.institutions]) <= found.error_bound + 1e-12 * expected.max()).all()
    assert (found.bounds >= expected - 1e-12 * expected.max()).all()
    assert found.already_defaulted.sum() == without_equity
    assert not found.run[found.already_defaulted].any()


def test_a_proof_needs_few_runs_where_few_caps_bind() -> None:
    claims, equity = network(1, 400, 0.8)
    found = rank_institutions(claims, equity, top=10)
    assert found.proven
    assert found.run.sum() <= 80
    assert found.loss[-1] - found.error_bound[-1] >= found.next_bound
    assert found.next_bound == found.bounds[~found.run].max()
    assert found.reason.startswith("proven: ")


def test_without_the_budget_for_a_proof_the_result_says_so_and_still_bounds_everybody() -> None:
    claims, equity = network(2, 60, 0.97)
    found, expected = rank_institutions(claims, equity, top=5, max_exact=5), losses(claims, equity)
    assert not found.proven
    assert found.run.sum() == 5
    assert found.reason.startswith("not proven: 5 single defaults run, the budget")
    assert (found.bounds >= expected - 1e-12 * expected.max()).all()


def test_from_a_spectral_radius_of_one_on_it_runs_within_its_budget_and_says_why_there_is_no_proof() -> None:
    claims, equity = network(3, 60, 1.4)
    found = rank_institutions(claims, equity, top=5, max_exact=20)
    assert not found.proven
    assert found.run.sum() == 20
    assert found.spectral_radius == pytest.approx(1.4, rel=1e-6)
    assert "spectral radius was not shown to be below 1" in found.reason
    assert (found.bounds >= losses(claims, equity) * (1 - 1e-12)).all()


def test_where_two_bring_down_each_other_prices_overflow_to_no_prices_and_without_a_warning() -> None:
    """Hand calculation, loss given default 0.6: the last two lose their equity by each other, a spectral radius of 1.

    With them 0.6 (6 + 4) = 6 is lost by the first, its equity, and 0.6 (4 + 5 + 2) = 6.6 by the second.
    """
    claims, equity = np.array([[0.0, 1, 6, 4], [4, 0, 5, 2], [0, 0, 0, 1], [0, 0, 7, 0]]), np.array([6, 17, 0.6, 4.2])
    assert adjoint(sparse.csr_array(0.6 * claims / equity[:, np.newaxis]), equity) is None
    found = rank_institutions(claims, equity, loss_given_default=0.6)
    assert found.proven
    assert found.institutions.tolist() == [2, 3, 0, 1]
    assert found.loss == pytest.approx([4.2 + 6 + 6.6, 0.6 + 6 + 6.6, 0.6 * 4, 0.6 * 1], rel=1e-12)


def test_equal_losses_differ_by_less_than_their_errors() -> None:
    ring = np.roll(np.eye(6), 1, axis=1) * 3
    found = rank_institutions(ring, np.full(6, 10.0), top=4)
    assert found.proven
    assert np.ptp(found.loss) <= 2 * found.error_bound.max()
    assert found.loss == pytest.approx(3 * (1 - 0.3**5) / 0.7, rel=1e-10)


def test_weights_of_the_caller_decide_what_a_loss_is() -> None:
    claims, equity = network(4, 40, 0.7)
    weights = np.zeros(40)
    weights[5] = 1.0
    found = rank_institutions(claims, equity, top=3, weights=weights)
    runs = debtrank(claims, equity, np.eye(40), method="active_sets").distress[5].copy()
    runs[5] = 0.0
    assert found.proven
    assert found.institutions.tolist() == np.argsort(-runs)[:3].tolist()
    assert not rank_institutions(claims, equity, top=3, weights=np.zeros(40)).loss.any()


def test_if_nobody_is_left_to_fail_the_list_is_empty() -> None:
    found = rank_institutions([[0, 1], [1, 0]], [0, -1])
    assert found.institutions.size == 0
    assert found.already_defaulted.all()


def test_prices_are_only_given_with_their_proof() -> None:
    claims, equity = network(5, 50, 0.9)
    relative = sparse.csr_array(claims / equity[:, np.newaxis])
    found = adjoint(relative, equity)
    assert found is not None
    exact = np.linalg.solve(np.eye(50) - relative.toarray().T, equity)
    assert (found.prices >= exact * (1 - 1e-15)).all()
    assert found.prices == pytest.approx(exact, rel=1e-6)
    assert 0.9 <= found.radius < 1
    assert adjoint(sparse.csr_array(relative * 1.2), equity) is None
    assert spectral_radius(relative) == pytest.approx(0.9, rel=1e-8)


def test_a_list_or_budget_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="top is 0 and max_exact 500, both must be 1 or more"):
        rank_institutions([[0, 1], [1, 0]], [1, 1], top=0)
