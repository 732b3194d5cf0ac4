"""Susceptibility, fluidity, diffusion and criticality."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.impact import impact, impact_matrix

GOLDEN = Path(__file__).parents[2] / "golden" / "contagion" / "impact_three_banks.json"
NAMES = {
    "impact_susceptibility": "susceptibility",
    "impact_fluidity": "fluidity",
    "impact_diffusion_start": "diffusion_start",
    "impact_diffusion_intermediate": "diffusion_intermediate",
    "impact_diffusion_total": "diffusion",
    "criticality": "criticality",
}


@pytest.mark.parametrize("kind", ["binary", "weighted"])
def test_golden_impact_three_banks(kind: str) -> None:
    case = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = impact(case["inputs"]["A"], case["inputs"]["buffer"], binary=kind == "binary")
    expected = case["expected"][kind]
    assert expected.keys() == NAMES.keys()
    for theirs, ours in NAMES.items():
        np.testing.assert_allclose(getattr(found, ours), expected[theirs], rtol=0, atol=case["tolerance"]["abs"])


def random_network(seed: int) -> tuple[FloatArray, FloatArray]:
    generator = np.random.default_rng(seed)
    size = int(generator.integers(2, 8))
    exposures = generator.lognormal(0, 1, (size, size)) * (generator.random((size, size)) < 0.5)
    np.fill_diagonal(exposures, 0.0)
    return exposures, generator.lognormal(1, 1, size)


def summed_paths(v: FloatArray) -> FloatArray:
    """The exponential as its series."""
    term, total = np.eye(len(v)), np.eye(len(v))
    for step in range(1, 80):
        term = term @ v / step
        total += term
    np.fill_diagonal(total, 0.0)
    return total


@pytest.mark.parametrize("binary", [True, False])
def test_measures_equal_those_of_a_plain_loop(binary: bool) -> None:
    for seed in range(40):
        exposures, equity = random_network(seed)
        size = len(equity)
        v = np.zeros((size, size))
        for i in range(size):
            for j in range(size):
                ratio = exposures[j, i] / equity[j]
                v[i, j] = float(ratio >= 1) if binary else min(1.0, ratio)
        paths = summed_paths(v)
        found = impact(exposures, equity, binary=binary)
        np.testing.assert_allclose(impact_matrix(exposures, equity, binary=binary)[0], v, rtol=1e-15)
        for i in range(size):
            silent = v.copy()
            silent[i] = 0.0
            less = summed_paths(silent)
            rest = [j for j in range(size) if j != i]
            through = (paths - less)[rest].sum() / v[i].sum() if v[i].any() else 0.0
            begun = paths[i].sum() / v[i].sum() if v[i].any() else 0.0
            reached = paths[:, i].sum() / v[:, i].sum() if v[:, i].any() else 0.0
            assert found.diffusion_intermediate[i] == pytest.approx(through, rel=1e-9, abs=1e-12)
            assert found.diffusion_start[i] == pytest.approx(begun, rel=1e-9)
            assert found.susceptibility[i] == pytest.approx(reached, rel=1e-9)


def test_network_risk_measures_fails_on_a_zero_buffer_where_any_claim_counts_as_all() -> None:
    found = impact([[0, 1.0, 0], [0, 0, 2.0], [0, 0, 0]], [0.0, -1.0, 0.0])
    np.testing.assert_array_equal(found.without_equity, [True, True, True])
    np.testing.assert_array_equal(found.criticality, [0, 1, 1])
    np.testing.assert_array_equal(found.vulnerability, [1, 1, 0])


def test_network_risk_measures_does_not_cap_an_impact_at_one() -> None:
    v, _ = impact_matrix([[0, 10.0], [0, 0]], [4.0, 1.0])
    assert v[1, 0] == 1.0


def test_tiny_equity_is_the_same_as_none() -> None:
    exposures = [[0, 1.0, 0.5], [2.0, 0, 0], [0, 1.0, 0]]
    np.testing.assert_array_equal(impact_matrix(exposures, [5e-324, 1, 4])[0], impact_matrix(exposures, [0, 1, 4])[0])


def test_institutions_without_claims_have_zeros_not_faults() -> None:
    found = impact(np.zeros((3, 3)), [1.0, 1.0, 1.0])
    assert found.fluidity == 0.0
    assert not found.susceptibility.any()
    assert not found.diffusion.any()


def test_sparse_and_dense_exposures_give_the_same() -> None:
    exposures, equity = random_network(3)
    one, other = impact(exposures, equity), impact(sparse.csr_array(exposures), equity)
    np.testing.assert_array_equal(one.diffusion, other.diffusion)
    assert not one.diffusion.flags.writeable


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000))
def test_relabelling_permutes_every_measure(seed: int) -> None:
    exposures, equity = random_network(seed)
    order = np.random.default_rng(seed).permutation(len(equity))
    found, moved = impact(exposures, equity), impact(exposures[np.ix_(order, order)], equity[order])
    for name in ("criticality", "vulnerability", "susceptibility", "diffusion"):
        np.testing.assert_allclose(getattr(moved, name), getattr(found, name)[order], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("exposures", "equity", "message"),
    [
        ([[0, -1.0], [0, 0]], [1, 1], r"exposures\[0, 1\] is -1\.0"),
        ([[1.0, 0], [0, 0]], [1, 1], r"exposures\[0, 0\] is 1\.0"),
        ([[0, 1.0]], [1], "must be"),
        ([[0, 1.0], [0, 0]], [1, 1, 1], "equity has the shape"),
        ([[0, 1.0], [0, 0]], [1, np.nan], r"equity\[1\] is nan"),
    ],
)
def test_unusable_input_is_refused(exposures: object, equity: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        impact(exposures, equity)
