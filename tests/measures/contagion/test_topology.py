"""Centralities, core and periphery, concentration."""

from __future__ import annotations

from collections import deque
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.centrality import centralities, eigenvector, katz, pagerank
from reporting.measures.contagion.concentration import concentration
from reporting.measures.contagion.core_periphery import core_errors, core_periphery
from reporting.measures.contagion.links import betweenness, closeness
from reporting.measures.contagion.network import BoolArray


def network(seed: int, *, most: int = 10, density: float = 0.35) -> FloatArray:
    generator = np.random.default_rng(seed)
    size = int(generator.integers(2, most))
    found = generator.lognormal(0, 1, (size, size)) * (generator.random((size, size)) < density)
    np.fill_diagonal(found, 0.0)
    return found


def walks(exposures: FloatArray, start: int) -> tuple[dict[int, int], dict[int, list[list[int]]]]:
    """Distance from the start, and every shortest path, by breadth-first search."""
    distance, paths = {start: 0}, {start: [[start]]}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for other in np.flatnonzero(exposures[node]).tolist():
            if other not in distance:
                distance[other], paths[other] = distance[node] + 1, []
                queue.append(other)
            if distance[other] == distance[node] + 1:
                paths[other] += [[*path, other] for path in paths[node]]
    return distance, paths


# --- centralities ----------------------------------------------------------------------------------------------------


def test_betweenness_counts_shortest_paths() -> None:
    for seed in range(60):
        exposures = network(seed)
        size = len(exposures)
        expected = np.zeros(size)
        for start in range(size):
            for end, paths in walks(exposures, start)[1].items():
                for path in paths:
                    for node in path[1:-1]:
                        expected[node] += 1 / len(paths)
                assert end in walks(exposures, start)[0]
        expected /= max((size - 1) * (size - 2), 1)
        np.testing.assert_allclose(betweenness(exposures), expected, atol=1e-14)


def test_closeness_takes_distances_towards_the_institution() -> None:
    for seed in range(60):
        exposures = network(seed)
        size = len(exposures)
        for node in range(size):
            to_node = [d[node] for start in range(size) if start != node and node in (d := walks(exposures, start)[0])]
            expected = len(to_node) ** 2 / (sum(to_node) * (size - 1)) if to_node else 0.0
            assert closeness(exposures)[node] == pytest.approx(expected, abs=1e-15)


def test_blocks_of_starting_points_add_up() -> None:
    generator = np.random.default_rng(1)
    exposures = np.zeros((300, 300))
    order = generator.permutation(300)
    exposures[order, np.roll(order, -1)] = 1.0  # one ring: a path of each length from each institution
    # Of the paths of length d, d - 1 lead through an institution: (0 + 1 + ... + 298) = 299 x 298 / 2 pairs.
    np.testing.assert_allclose(betweenness(exposures), 0.5)
    np.testing.assert_allclose(closeness(exposures), 299 / (299 * 300 / 2))


def test_pagerank_solves_its_equation() -> None:
    for seed in range(60):
        exposures = network(seed)
        size = len(exposures)
        claims = exposures.sum(axis=1, keepdims=True)
        step = np.where(claims > 0.0, exposures / np.where(claims > 0.0, claims, 1.0), 1.0 / size)
        x = pagerank(exposures)
        assert x.sum() == pytest.approx(1.0)
        np.testing.assert_allclose(0.85 * step.T @ x + 0.15 / size, x, rtol=1e-11)


def test_katz_solves_its_equation() -> None:
    for seed in range(60):
        links = (network(seed) > 0.0).astype(np.float64)
        most = links.sum(axis=0).max()
        expected = np.linalg.solve(np.eye(len(links)) - 0.85 / max(most, 1.0) * links.T, np.ones(len(links)))
        np.testing.assert_allclose(katz(links), expected / np.linalg.norm(expected), rtol=1e-11)


def test_the_eigenvector_solves_its_equation_or_is_not_available() -> None:
    available = 0
    for seed in range(120):
        exposures = network(seed)
        x = eigenvector(exposures)
        values = np.linalg.eigvals(exposures)
        rho = np.abs(values).max()
        if np.isnan(x).any():
            assert rho < 1e-2 or np.sum(np.abs(values - rho) < 1e-6 * rho) > 1
            continue
        available += 1
        assert x.min() >= 0.0
        np.testing.assert_allclose(exposures.T @ x, rho * x, atol=1e-9 * rho)
    assert available > 60


def test_the_eigenvector_of_a_large_network_is_found_without_a_matrix() -> None:
    generator = np.random.default_rng(1)
    exposures = generator.random((500, 500)) * (generator.random((500, 500)) < 0.02)
    np.fill_diagonal(exposures, 0.0)
    x = eigenvector(sparse.csr_array(exposures))
    image = exposures.T @ x
    rho = float(np.linalg.norm(image))
    np.testing.assert_allclose(image, rho * x, atol=1e-9 * rho)


@pytest.mark.parametrize(
    "exposures",
    [
        np.zeros((3, 3)),
        np.triu(np.ones((4, 4)), 1),  # no cycle
        np.kron(np.eye(2), [[0, 1.0], [1, 0]]),  # two groups alike
    ],
)
def test_an_eigenvector_that_is_not_the_only_one_is_not_available(exposures: FloatArray) -> None:
    assert np.isnan(eigenvector(exposures)).all()


def test_degrees_and_strengths() -> None:
    found = centralities([[0, 2.0, 3.0], [0, 0, 4.0], [0, 0, 0]])
    np.testing.assert_array_equal(found.out_degree, [2, 1, 0])
    np.testing.assert_array_equal(found.in_degree, [0, 1, 2])
    np.testing.assert_array_equal(found.out_strength, [5, 4, 0])
    np.testing.assert_array_equal(found.in_strength, [0, 2, 7])
    assert not found.pagerank.flags.writeable


def test_a_claim_of_zero_that_is_stored_is_no_link() -> None:
    stored = sparse.csr_array((np.array([1.0, 0.0]), (np.array([0, 1]), np.array([1, 0]))), shape=(2, 2))
    np.testing.assert_array_equal(centralities(stored).out_degree, [1, 0])


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000))
def test_relabelling_permutes_every_centrality(seed: int) -> None:
    exposures = network(seed)
    order = np.random.default_rng(seed).permutation(len(exposures))
    found, moved = centralities(exposures), centralities(exposures[np.ix_(order, order)])
    for name in vars(found):
        np.testing.assert_allclose(getattr(moved, name), getattr(found, name)[order], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("share", [1.0, -0.1])
def test_shares_outside_their_range_are_refused(share: float) -> None:
    with pytest.raises(ValueError, match="damping"):
        pagerank(np.zeros((2, 2)), damping=share)
    with pytest.raises(ValueError, match="attenuation"):
        katz(np.zeros((2, 2)), attenuation=share)


# --- core and periphery ----------------------------------------------------------------------------------------------


def counted_errors(exposures: FloatArray, core: BoolArray) -> int:
    """Errors of the block model, pair by pair."""
    size = len(core)
    errors = 0
    for i, j in product(range(size), repeat=2):
        if i != j:
            errors += bool(core[i] and core[j] and not exposures[i, j])
            errors += bool(not core[i] and not core[j] and exposures[i, j])
    rest = [j for j in range(size) if not core[j]]
    for i in range(size):
        if core[i]:
            errors += len(rest) * (not any(exposures[i, j] for j in rest))
            errors += len(rest) * (not any(exposures[j, i] for j in rest))
    return errors


def test_no_change_of_one_side_improves_the_core_and_it_is_mostly_the_best_of_all() -> None:
    best = 0
    for seed in range(80):
        exposures = network(seed, most=9)
        found = core_periphery(exposures)
        assert found.errors == counted_errors(exposures, found.core)
        for node in range(len(exposures)):
            other = found.core.copy()
            other[node] = not other[node]
            assert counted_errors(exposures, other) >= found.errors
        every = min(counted_errors(exposures, np.array(core)) for core in product([False, True], repeat=len(exposures)))
        assert every <= found.errors
        best += every == found.errors
    assert best >= 60  # measured, of 80 networks with no core planted


def test_a_planted_core_is_found_without_error() -> None:
    generator = np.random.default_rng(4)
    exposures = np.zeros((60, 60))
    exposures[:6, :6] = 1.0
    for node in range(6, 60):
        exposures[node % 6, node] = exposures[node, int(generator.integers(6))] = 1.0
    exposures[[6, 7, 8, 9, 10, 11], range(6)] = 1.0
    np.fill_diagonal(exposures, 0.0)
    order = generator.permutation(60)
    found = core_periphery(sparse.csr_array(exposures[np.ix_(order, order)]))
    np.testing.assert_array_equal(found.core, order < 6)
    assert found.errors == 0
    assert found.error_score == 0.0


def test_the_errors_of_a_core_by_hand() -> None:
    # Core 0, 1; 0 -> 1 and 0 -> 2 and 2 -> 3 exist. 1 -> 0 is missing, 2 -> 3 is within the periphery, 1 lends to none
    # of the two others, and neither 0 nor 1 borrows from them: three times two.
    exposures = np.zeros((4, 4))
    exposures[0, 1] = exposures[0, 2] = exposures[2, 3] = 5.0
    found = core_errors(exposures, [True, True, False, False])
    assert (found.missing_in_core, found.within_periphery, found.missing_across) == (1, 1, 6)
    assert found.error_score == pytest.approx(8 / 3)


def test_a_network_without_claims_has_no_core_and_no_score() -> None:
    found = core_periphery(np.zeros((3, 3)))
    assert found.errors == 0
    assert not found.core.any()
    assert np.isnan(found.error_score)


def test_a_core_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"core has the shape \(2,\)"):
        core_errors(np.zeros((3, 3)), [True, False])


# --- concentration ---------------------------------------------------------------------------------------------------


def test_concentration_by_hand() -> None:
    # 0 lends 1 to 1 and 3 to 2, 1 lends 4 to 2.
    found = concentration([[0, 1.0, 3.0], [0, 0, 4.0], [0, 0, 0]])
    np.testing.assert_allclose(found.of_borrowers, [(1 + 9) / 16, 1, np.nan])
    np.testing.assert_allclose(found.of_lenders, [np.nan, 1, (9 + 16) / 49])
    assert found.system_lenders == pytest.approx(0.5)
    assert found.system_borrowers == pytest.approx((1 + 49) / 64)


def test_concentration_is_not_available_without_claims() -> None:
    found = concentration(np.zeros((2, 2)))
    assert np.isnan(found.system_lenders)
    assert np.isnan(found.system_borrowers)
    assert np.isnan(found.of_lenders).all()


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_concentration_does_not_depend_on_the_unit(unit: float) -> None:
    exposures = network(3)
    one, other = concentration(exposures), concentration(exposures * unit)
    np.testing.assert_allclose(one.of_lenders, other.of_lenders)
    np.testing.assert_allclose(one.of_borrowers, other.of_borrowers)
    assert one.system_lenders == pytest.approx(other.system_lenders)
