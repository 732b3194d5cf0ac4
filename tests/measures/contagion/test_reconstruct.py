"""Networks from margins: published margins, second implementations, laws, and what other programs get wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.bands import bands
from reporting.measures.contagion.forms import FactorForm, SparseForm
from reporting.measures.contagion.gibbs import Prior
from reporting.measures.contagion.margins import InfeasibleMargins, checked_margins
from reporting.measures.contagion.minimum_density import fewest_links
from reporting.measures.contagion.reconstruct import METHODS, Reconstruction, reconstruct
from reporting.measures.contagion.sparse_matching import matched
from reporting.measures.contagion.whole_units import whole_margins

GOLDEN = Path(__file__).parents[2] / "golden" / "contagion"
QUICK = Prior(burn_in=20, thinning=2)


def golden(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return found


def anand() -> tuple[list[float], list[float]]:
    inputs = golden("ras_anand_7banks")["inputs"]
    return inputs["row_sums"], inputs["col_sums"]


def rebuilt(claims: Any, obligations: Any, method: str) -> Reconstruction:
    if method == "gibbs":
        return reconstruct(claims, obligations, method=method, samples=3, seed=7, prior=QUICK)
    return reconstruct(claims, obligations, method=method)


@st.composite
def networks(draw: st.DrawFn) -> FloatArray:
    """Claims between 2 to 9 institutions, in cents, some of them none, some with very different sizes."""
    size = draw(st.integers(2, 9))
    amount = st.one_of(st.just(0), st.integers(1, 20), st.integers(1, 10**12))
    rows = draw(st.lists(st.lists(amount, min_size=size, max_size=size), min_size=size, max_size=size))
    found: FloatArray = np.array(rows, dtype=np.float64) / 100
    np.fill_diagonal(found, 0.0)
    return found


def sums(network: FloatArray) -> tuple[FloatArray, FloatArray]:
    return (
        np.array([math.fsum(row) for row in network]),
        np.array([math.fsum(column) for column in network.T]),
    )


# --- published margins -----------------------------------------------------------------------------------------------


def test_golden_ras_anand_7banks() -> None:
    case = golden("ras_anand_7banks")
    found = reconstruct(*anand())
    np.testing.assert_allclose(found.matrix(), case["expected"]["X"], rtol=0, atol=case["tolerance"]["abs"])
    assert found.converged
    assert found.residual < 1e-13


def test_golden_min_density_anand_7banks() -> None:
    case = golden("min_density_anand_7banks_properties")
    rows, columns = case["inputs"]["row_sums"], case["inputs"]["col_sums"]
    found = reconstruct(rows, columns, method="minimum_density")
    matrix = found.matrix()
    within = case["tolerance"]["abs"]
    np.testing.assert_allclose(matrix.sum(axis=1), rows, rtol=0, atol=within)
    np.testing.assert_allclose(matrix.sum(axis=0), columns, rtol=0, atol=within)
    assert not matrix.diagonal().any()
    assert matrix.min() >= 0.0
    assert case["expected"]["exact_minimum_links"] <= found.network.links <= case["expected"]["vertex_bound"]


# --- bugs of other programs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_network_risk_measures_gives_2_8_0_for_margins_of_9_1_0_that_no_network_has(method: str) -> None:
    with pytest.raises(
        InfeasibleMargins, match=r"node 0 has claims of 9\.0 and obligations of 8\.0, together 7\.0"
    ) as got:
        rebuilt([9, 1, 0], [8, 2, 0], method)
    assert got.value.node == 0
    assert got.value.excess == 7.0


def test_network_risk_measures_finds_9_to_13_links_for_anands_seven_banks_where_7_are_enough() -> None:
    found = reconstruct(*anand(), method="minimum_density")
    assert found.network.links == 7
    assert found.lower_bound == 7
    assert found.proven is True
    assert min(golden("min_density_anand_7banks_properties")["expected"]["heuristic_links_peer"]) == 9


def test_network_risk_measures_minimum_density_is_another_one_at_each_run() -> None:
    one, other = (reconstruct(*anand(), method="minimum_density").matrix() for _ in range(2))
    assert np.array_equal(one, other)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_systemicrisk_has_an_absolute_tolerance_that_fails_in_units_of_billions(method: str, unit: float) -> None:
    rows, columns = np.array(anand()) * unit
    found = rebuilt(rows, columns, method)
    assert found.converged
    for network in found.networks:
        np.testing.assert_allclose(network.matrix().sum(axis=1), rows, rtol=1e-9)
        np.testing.assert_allclose(network.matrix().sum(axis=0), columns, rtol=1e-9)


def test_the_exact_margins_are_held_where_the_samplers_of_nemtropy_hold_them_on_average() -> None:
    rows, columns = anand()
    for network in reconstruct(rows, columns, method="gibbs", samples=50, seed=1, prior=QUICK).networks:
        np.testing.assert_allclose(network.matrix().sum(axis=1), rows, rtol=1e-12)
        np.testing.assert_allclose(network.matrix().sum(axis=0), columns, rtol=1e-12)


# --- margins ---------------------------------------------------------------------------------------------------------


def test_totals_that_differ_are_said_with_the_difference() -> None:
    with pytest.raises(
        InfeasibleMargins, match=r"claims add up to 3\.0, obligations to 2\.0: they differ by 1\.0"
    ) as got:
        reconstruct([1, 2], [1, 1])
    assert got.value.node is None
    assert got.value.excess == 1.0


@pytest.mark.parametrize("method", METHODS)
def test_totals_may_differ_by_rounding(method: str) -> None:
    rows, columns = [7, 5, 3, 1 + 1e-10], [4, 5, 5, 2]
    found = rebuilt(rows, columns, method)
    assert found.converged
    for network in found.networks:
        np.testing.assert_allclose(network.matrix().sum(axis=1), rows, rtol=1e-9)
        np.testing.assert_allclose(network.matrix().sum(axis=0), columns, rtol=1e-9)


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        ([1, -1, 0], [0, 0, 0], r"claims must be finite and not negative, found -1\.0 of node 1"),
        ([1, 1], [math.nan, 1], "obligations must be finite and not negative, found nan of node 0"),
        ([1, math.inf], [1, 1], "claims must be finite and not negative, found inf of node 1"),
        ([1, 1], [1, 1, 0], "2 claims and 3 obligations"),
        ([], [], r"must be \(n,\)"),
        ([[1]], [[1]], r"must be \(n,\)"),
    ],
)
def test_unusable_margins_are_refused(rows: Any, columns: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reconstruct(rows, columns)


@pytest.mark.parametrize("method", METHODS)
def test_institutions_without_claims_and_obligations_have_none(method: str) -> None:
    found = rebuilt([0, 0, 0], [0, 0, 0], method)
    assert all(network.links == 0 for network in found.networks)
    assert found.converged


@pytest.mark.parametrize("method", METHODS)
def test_a_hub_that_is_party_to_every_claim_leaves_one_network(method: str) -> None:
    star = np.array([[0, 2, 3.0], [4, 0, 0], [1, 0, 0]])
    for network in rebuilt(*sums(star), method).networks:
        assert np.array_equal(network.matrix(), star)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=150)
@given(network=networks())
def test_margins_hold_the_diagonal_is_zero_and_nothing_is_negative(method: str, network: FloatArray) -> None:
    rows, columns = sums(network)
    found = rebuilt(rows, columns, method)
    assert found.converged
    assert found.residual <= 1e-9
    for one in found.networks:
        matrix = one.matrix()
        assert matrix.min() >= 0.0
        assert not matrix.diagonal().any()
        assert one.links == np.count_nonzero(matrix)
        np.testing.assert_allclose(matrix.sum(axis=1), rows, rtol=1e-9, atol=0)
        np.testing.assert_allclose(matrix.sum(axis=0), columns, rtol=1e-9, atol=0)


@settings(max_examples=100)
@given(network=networks(), seed=st.integers(0, 100))
def test_relabelling_permutes_the_most_even_network_and_keeps_the_fewest_links(network: FloatArray, seed: int) -> None:
    rows, columns = sums(network)
    order = np.random.default_rng(seed).permutation(len(rows))
    even, moved = reconstruct(rows, columns), reconstruct(rows[order], columns[order])
    expected = even.matrix()[np.ix_(order, order)]
    # Where one institution has nearly everything, amounts between the others are what rounding leaves of a difference.
    np.testing.assert_allclose(moved.matrix(), expected, rtol=1e-9, atol=1e-12 * rows.sum())
    sparse_one = reconstruct(rows, columns, method="minimum_density")
    sparse_other = reconstruct(rows[order], columns[order], method="minimum_density")
    if sparse_one.proven and sparse_other.proven:
        assert sparse_one.network.links == sparse_other.network.links


# --- RAS -------------------------------------------------------------------------------------------------------------


def alternately_scaled(rows: FloatArray, columns: FloatArray) -> FloatArray:
    """Plain RAS on a dense matrix."""
    found = 1.0 - np.eye(len(rows))
    for _ in range(20_000):
        found *= (rows / np.where(found.sum(axis=1) > 0.0, found.sum(axis=1), 1.0))[:, np.newaxis]
        found *= columns / np.where(found.sum(axis=0) > 0.0, found.sum(axis=0), 1.0)
    return found


def test_the_root_equals_the_limit_of_alternate_scaling() -> None:
    generator = np.random.default_rng(11)
    for _ in range(15):
        size = int(generator.integers(3, 9))
        network = generator.lognormal(0, 1.5, (size, size)) * (generator.random((size, size)) < 0.7)
        np.fill_diagonal(network, 0.0)
        rows, columns = sums(network)
        if np.max(rows + columns) > 0.98 * rows.sum():
            continue  # there plain scaling takes millions of rounds
        np.testing.assert_allclose(
            reconstruct(rows, columns).matrix(), alternately_scaled(rows, columns), rtol=1e-9, atol=1e-11 * rows.sum()
        )


@pytest.mark.parametrize("gap", [1e-2, 1e-4, 1e-6, 1e-8])
def test_an_institution_with_nearly_everything_costs_no_more_steps(gap: float) -> None:
    rows, columns = [0.5 - gap / 2, 0.3, 0.2 + gap / 2], [0.5 - gap / 2, 0.1, 0.4 + gap / 2]
    found = reconstruct(rows, columns)
    assert found.residual < 1e-12
    assert found.iterations < 30


def test_the_factor_form_gives_rows_and_products_without_the_matrix() -> None:
    found = reconstruct(*anand())
    network = found.network
    assert isinstance(network, FactorForm)
    matrix = found.matrix()
    x = np.arange(14.0).reshape(7, 2)
    np.testing.assert_allclose(found.matvec(x), matrix @ x, rtol=1e-14)
    np.testing.assert_allclose(found.matvec(x[:, 0]), matrix @ x[:, 0], rtol=1e-14)
    np.testing.assert_allclose(network.rmatvec(x), matrix.T @ x, rtol=1e-14)
    np.testing.assert_array_equal([found.row(i) for i in range(7)], matrix)
    assert not network.lender.flags.writeable


def test_a_hundred_thousand_institutions_need_no_matrix() -> None:
    generator = np.random.default_rng(5)
    rows, columns = generator.lognormal(0, 2, (2, 100_000))
    columns *= rows.sum() / columns.sum()
    found = reconstruct(rows, columns)
    assert found.residual < 1e-10
    with pytest.raises(ValueError, match="too many for a dense matrix, at most 5000: use matvec and row"):
        found.matrix()


# --- minimum density -------------------------------------------------------------------------------------------------


def fewest_by_programme(rows: FloatArray, columns: FloatArray) -> int:
    """Links of an optimal solution of the mixed-integer programme, for small whole margins."""
    cells = [(i, j) for i in range(len(rows)) for j in range(len(rows)) if i != j]
    count = len(cells)
    most = np.diag([float(min(rows[i], columns[j])) for i, j in cells])
    margins = [[float(cell[side] == node) for cell in cells] for side in (0, 1) for node in range(len(rows))]
    equal = np.hstack([np.array(margins), np.zeros((2 * len(rows), count))])
    wanted = np.concatenate([rows, columns])
    result = milp(
        np.concatenate([np.zeros(count), np.ones(count)]),
        integrality=np.ones(2 * count, dtype=np.int64),  # vertices of a transport problem with whole margins are whole
        bounds=Bounds(0, np.concatenate([np.full(count, np.inf), np.ones(count)])),
        constraints=[
            LinearConstraint(equal, wanted, wanted),
            LinearConstraint(np.hstack([np.eye(count), -most]), -np.inf, 0.0),
        ],
    )
    assert result.success
    return round(result.fun)


def test_the_fewest_links_equal_those_of_a_mixed_integer_programme() -> None:
    generator = np.random.default_rng(2)
    proven = 0
    for _ in range(60):
        size = int(generator.integers(2, 6))
        network = generator.integers(1, 9, (size, size)) * (generator.random((size, size)) < 0.6)
        np.fill_diagonal(network, 0)
        rows, columns = sums(network.astype(np.float64))
        found = reconstruct(rows, columns, method="minimum_density")
        assert found.proven
        proven += found.network.links == fewest_by_programme(rows, columns)
    assert proven == 60


def test_sums_that_are_equal_on_paper_need_no_claim_for_their_rounding() -> None:
    assert 0.1 + 0.2 != 0.3  # 0.1 + 0.2 leaves 5.6e-17 over
    found = reconstruct([0.1 + 0.2, 0.7, 0, 0], [0, 0, 0.3, 0.7], method="minimum_density")
    assert found.network.links == 2
    assert found.proven


@settings(max_examples=200)
@given(network=networks())
def test_the_heuristic_has_no_more_links_than_a_vertex_and_no_fewer_than_its_bound(network: FloatArray) -> None:
    rows, columns = sums(network)
    margins = checked_margins(rows, columns)
    if margins.total == 0.0 or margins.hub is not None:
        return
    whole = whole_margins(margins)
    found = matched(whole)
    assert fewest_links(margins) <= len(found) <= np.count_nonzero(rows) + np.count_nonzero(columns) - 1
    claims, obligations = [0] * len(rows), [0] * len(rows)
    for (i, j), amount in found.items():
        assert i != j
        assert amount > 0
        claims[i] += amount
        obligations[j] += amount
    assert tuple(claims) == whole.claims
    assert tuple(obligations) == whole.obligations


def test_a_large_system_has_a_bound_and_says_that_it_is_not_proven() -> None:
    generator = np.random.default_rng(3)
    network = generator.lognormal(0, 1, (40, 40))
    np.fill_diagonal(network, 0.0)
    found = reconstruct(*sums(network), method="minimum_density")
    assert found.proven is False
    assert found.lower_bound is not None
    assert 40 <= found.lower_bound < found.network.links <= 79


# --- Gibbs -----------------------------------------------------------------------------------------------------------


def drawn(rows: list[float], columns: list[float], prior: Prior, samples: int) -> list[FloatArray]:
    found = reconstruct(rows, columns, method="gibbs", samples=samples, seed=4, prior=prior)
    return [network.matrix() for network in found.networks]


@pytest.mark.parametrize("probability", [0.2, 0.5, 1.0])
def test_samples_of_three_institutions_have_the_distribution_of_the_posterior(probability: float) -> None:
    # One number x is free, the claim of 0 on 1. It is 0 or 3 with the weight of a length (1 - p) / (p rate) each and
    # uniform in between: the other claims stay above zero, 3 - x of 0 on 2, x + 0.5 of 1 on 2, and so on.
    rate, samples = 0.7, 4_000
    found = drawn([3, 4, 5], [4, 4.5, 3.5], Prior(probability, rate, burn_in=50, thinning=2), samples)
    atom = (1 - probability) / (probability * rate)
    expected = atom / (3 + 2 * atom)
    x = np.array([matrix[0, 1] for matrix in found])
    error = 5 * math.sqrt(expected * (1 - expected) / samples) + 1e-12
    assert np.mean(x == 0.0) == pytest.approx(expected, abs=error)
    assert np.mean([matrix[0, 2] == 0.0 for matrix in found]) == pytest.approx(expected, abs=error)
    # Each chain has margins of its own, apart by 1e-12 of themselves.
    inside = x[(x > 0.0) & (x < 3.0 - 1e-9)]
    assert inside.mean() == pytest.approx(1.5, abs=5 * 3 / math.sqrt(12 * len(inside)))


def test_samples_with_two_degrees_of_freedom_have_the_distribution_of_the_posterior() -> None:
    # Lenders 0 and 1 with 3 each, borrowers 2, 3, 4 with 1.5, 2.5, 2. With x, y the claims of 0 on 2 and 3 the networks
    # are the hexagon 0 <= x <= 1.5, 0 <= y <= 2.5, 1 <= x + y <= 3: area 1.5 x 2.5 - 0.5 - 0.5 = 2.75, sides by the
    # free number 1.5 + 1.5 + 0.5 + 0.5 + 1 + 1 = 6, six corners. None, one or two claims are zero there.
    prior = Prior(0.4, 1.3, burn_in=50, thinning=4)
    atom = (1 - 0.4) / (0.4 * 1.3)
    weights = np.array([2.75, 6 * atom, 6 * atom**2])
    found = drawn([3, 3, 0, 0, 0], [0, 0, 1.5, 2.5, 2], prior, 4_000)
    zeros = np.bincount([6 - np.count_nonzero(matrix > 1e-12) for matrix in found], minlength=3)
    np.testing.assert_allclose(zeros / 4_000, weights / weights.sum(), atol=5 * 0.5 / math.sqrt(4_000))


def test_a_seed_reproduces_its_samples_and_another_gives_others() -> None:
    one, same, other = (
        [network.matrix() for network in reconstruct(*anand(), method="gibbs", samples=4, seed=seed).networks]
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])


def test_the_prior_in_use_is_stated() -> None:
    found = reconstruct(*anand(), method="gibbs", seed=1)
    assert len(found) == 1
    assert found.prior is not None
    # Six lenders and five borrowers, four of them both: 26 pairs; 0.5 x 26 claims of the mean add up to 20.
    assert found.prior.rate == pytest.approx(0.5 * 26 / 20)
    assert (found.prior.link_probability, found.prior.burn_in, found.prior.thinning) == (0.5, 4_000, 300)
    assert found.seed == 1


def test_the_chains_say_whether_they_have_forgotten_where_they_began() -> None:
    rng = np.random.default_rng(3)
    claims = rng.lognormal(0.0, 1.0, (20, 20)) * (rng.random((20, 20)) < 0.3)
    np.fill_diagonal(claims, 0.0)
    rows, columns = claims.sum(axis=1), claims.sum(axis=0)
    found = {
        burn_in: reconstruct(rows, columns, method="gibbs", samples=60, seed=1, prior=Prior(0.3, burn_in=burn_in))
        for burn_in in (50, 3_000)
    }
    early, late = found[50].drift, found[3_000].drift
    assert early is not None
    assert late is not None
    assert early < -10
    assert abs(late) < 3
    mean = {burn_in: np.mean([network.links for network in one.networks]) for burn_in, one in found.items()}
    assert mean[50] > mean[3_000] + 5


def test_margins_that_coincide_do_not_hold_the_samples_at_the_networks_that_fall_apart() -> None:
    # Claims of 3, 4, 5 and obligations of 4, 5, 3: 0, 1 and 2 could owe each other in a ring alone, three claims. Moved
    # apart, the ring has a weight like the other end, 3 long, and the inside: not all.
    found = drawn([3, 4, 5], [4, 5, 3], Prior(0.5, 0.7, burn_in=50, thinning=2), 2_000)
    counts = np.bincount([np.count_nonzero(matrix) for matrix in found], minlength=7)
    assert counts[3] > 100
    assert counts[5] > 100
    assert counts[6] > 100
    assert counts.sum() == counts[[3, 5, 6]].sum()


def test_a_lower_link_probability_gives_fewer_links() -> None:
    counts = [
        np.mean([np.count_nonzero(one) for one in drawn(*anand(), Prior(p, burn_in=50, thinning=5), 100)])
        for p in (0.1, 0.5, 0.9, 1.0)
    ]
    assert counts == sorted(counts)
    assert counts[-1] == 26


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: reconstruct([1, 1], [1, 1], method="entropy"), "method is 'entropy', must be one of ras"),
        (lambda: reconstruct([1, 1], [1, 1], method="gibbs"), "needs a seed"),
        (lambda: reconstruct([1, 1], [1, 1], method="gibbs", seed=1, samples=0), "samples is 0, must be 1 or more"),
        (lambda: reconstruct([1, 1], [1, 1], samples=3), "belong to the method 'gibbs'"),
        (lambda: reconstruct([1, 1], [1, 1], method="minimum_density", seed=3), "belong to the method 'gibbs'"),
        (lambda: Prior(link_probability=0.0), r"link_probability is 0\.0, must be above 0"),
        (lambda: Prior(rate=-1.0), r"rate is -1\.0, must be above 0"),
        (lambda: Prior(thinning=0), "thinning 0"),
    ],
)
def test_unusable_arguments_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


# --- bands -----------------------------------------------------------------------------------------------------------


def test_bands_are_quantiles_of_a_measure_over_the_samples() -> None:
    found = reconstruct(*anand(), method="gibbs", samples=21, seed=1, prior=QUICK)
    values = np.sort([network.matrix()[0, 1] for network in found.networks])
    made = bands(lambda network: network[0, 1], found, (0.5, 0.05))
    assert made.samples == 21
    assert list(made.quantiles) == [0.05, 0.5]
    assert made.values == pytest.approx([values[1], values[10]])
    assert float(made.mean) == pytest.approx(values.mean())


def test_bands_of_a_vector_have_one_row_for_each_quantile() -> None:
    found = reconstruct(*anand(), method="gibbs", samples=5, seed=1, prior=QUICK)
    made = bands(lambda network: network.sum(axis=1), found)
    assert made.values.shape == (3, 7)
    np.testing.assert_allclose(made.values, [anand()[0]] * 3)


@pytest.mark.parametrize(
    ("measure", "samples", "quantiles", "message"),
    [
        (np.sum, [], (0.5,), "there are no samples"),
        (np.sum, [np.eye(2)], (1.5,), "must be one or more shares"),
        (np.sum, [np.eye(2)], (), "must be one or more shares"),
        (np.sum, [np.eye(2), np.full((2, 2), np.nan)], (0.5,), "not finite for 1 samples, the first of them number 1"),
        (np.ravel, [np.eye(2), np.eye(3)], (0.5,), "different shapes"),
    ],
)
def test_bands_refuse_what_has_no_quantiles(measure: Any, samples: Any, quantiles: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bands(measure, samples, quantiles)


def test_all_networks_of_few_claims_are_sparse_and_read_only() -> None:
    network = reconstruct(*anand(), method="minimum_density").network
    assert isinstance(network, SparseForm)
    assert not network.claims.data.flags.writeable
    for i, j in combinations(range(7), 2):
        assert network.row(i)[j] == network.matrix()[i, j]
