"""The fixed-point engine: bounds that hold, exact solutions, thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reporting.measures.contagion.active_set import KRYLOV_STEPS, least_by_active_sets, solve_rest, spectral_radius
from reporting.measures.contagion.engine import Increase, climb, least_increase, spread


def increase(matrix: Any, source: Any, cap: Any, **options: Any) -> Increase:
    rows = sparse.csr_array(np.asarray(matrix, dtype=float))
    given: dict[str, Any] = {"scale": 1.0, "tolerance": 1e-12, **options}
    return least_increase(
        lambda step: rows @ step, np.asarray(source, float), np.asarray(cap, float), matrix=lambda: rows, **given
    )


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9, 0.99, 0.999])
@pytest.mark.parametrize("seed", range(3))
def test_the_error_is_within_its_bound_and_the_bound_within_the_tolerance(seed: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.random((20, 20)) * (rng.random((20, 20)) < 0.3)
    matrix *= rate / np.abs(np.linalg.eigvals(matrix)).max()
    source = rng.random(20) * 1e-4
    exact = np.linalg.solve(np.eye(20) - matrix, source)
    found = increase(matrix, source, np.full(20, 10.0))
    assert found.converged
    assert found.error_bound is not None
    assert np.abs(found.value - exact).max() <= found.error_bound + 1e-15 <= 2e-12
    if found.method == "iteration":
        assert found.rate == pytest.approx(rate, rel=0.2)
    else:
        assert rate == 0.999


def test_a_period_longer_than_the_window_is_bounded_too() -> None:
    ring = np.roll(np.eye(11), 1, axis=0) * 0.9
    found = increase(ring, np.eye(11)[0] * 1e-3, np.ones(11), window=2)
    exact = 1e-3 * 0.9 ** np.arange(11) / (1 - 0.9**11)
    assert found.converged
    assert found.value == pytest.approx(exact, abs=1e-12)


def test_a_chain_ends_by_itself() -> None:
    found = increase(np.diag([1.0, 1.0, 1.0], -1), [1, 0, 0, 0], [2, 2, 2, 2])
    assert found.value.tolist() == [1.0, 1.0, 1.0, 1.0]
    assert found.converged


def test_when_the_cap_is_reached_is_counted_in_applications() -> None:
    found = increase(np.diag([1.0, 1.0, 0.5], -1), [1, 0, 0, 0], [1, 1, 1, 1])
    assert found.full_at.tolist() == [0, 1, 2, -1]


def test_what_is_too_slow_is_solved_by_active_sets() -> None:
    found = increase([[0, 1], [0.9999, 0]], [1e-5, 0], [1, 1], most=100)
    assert found.method == "active sets"
    assert found.value == pytest.approx([0.1, 0.09999], rel=1e-11)
    assert found.converged


def test_active_sets_leave_out_who_hears_of_nothing_and_who_passes_nothing_on() -> None:
    matrix = sparse.csr_array(np.array([[0.0, 2, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0], [0, 0, 3, 0.0]]))
    assert least_by_active_sets(matrix, np.array([0, 0, 0.2, 0]), np.ones(4)).value.tolist() == [
        0,
        0,
        0.2,
        0.6000000000000001,
    ]
    closed = least_by_active_sets(matrix, np.array([0.1, 0, 0.2, 0]), np.array([1.0, 1, 0, 1]))
    assert closed.value.tolist() == [1, 1, 0, 0]


def test_large_systems_are_solved_without_a_factorisation_as_closely_as_small_ones() -> None:
    n = 2_500
    rng = np.random.default_rng(0)
    matrix = sparse.csr_array(sparse.random_array((n, n), density=5 / n, rng=rng))
    matrix = sparse.csr_array(matrix * (0.95 / spectral_radius(matrix)))
    right = rng.random(n)
    found, products = solve_rest(matrix, right, right)
    assert 0 < products < KRYLOV_STEPS
    assert np.abs(right + matrix @ found - found).max() <= 1e-12 * found.max()


def test_a_singular_system_is_no_solution() -> None:
    found, _ = solve_rest(sparse.csr_array(np.eye(2)), np.ones(2), np.ones(2))
    assert np.isnan(found).all()


def test_thresholds_switch_on_for_good_round_by_round() -> None:
    pull = np.diag([1.0, 1.0], -1)
    found = spread(
        np.zeros(3),
        lambda change: pull @ change,
        lambda pressure: pressure > 0.5,
        lambda active, new, pressure: new.astype(float),
        np.array([True, False, False]),
    )
    assert found.rounds.tolist() == [0, 1, 2]
    assert found.iterations == 3


def test_a_bracket_bounds_a_map_that_is_no_contraction_everywhere() -> None:
    """h = 0.3 + h^2 / 2 has the least solution 1 - sqrt(0.4); beyond 1 the map is steeper than 1."""
    found = climb(lambda h: np.minimum(2.0, 0.3 + h**2 / 2), np.zeros(1), cap=2.0, tolerance=1e-12)
    assert found.converged
    assert found.error_bound is not None
    assert abs(found.value[0] - (1 - np.sqrt(0.4))) <= found.error_bound <= 1e-12


def test_a_climb_cut_short_says_so() -> None:
    found = climb(lambda h: 0.5 * (h + 1), np.zeros(1), cap=1.0, tolerance=1e-12, most=5)
    assert not found.converged
    assert found.error_bound is None
