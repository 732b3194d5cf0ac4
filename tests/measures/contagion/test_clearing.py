"""Clearing: conventions, edge cases, both vectors, seniority, the threat index."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reporting.measures.contagion import clear, clear_by_seniority, threat_index

TWO = [[0.0, 1.0], [1.0, 0.0]]
THREE = [[0.0, 8.0, 4.0], [0.0, 0.0, 6.0], [5.0, 0.0, 0.0]]


def random_debts(seed: int, n: int = 30) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    owed = rng.lognormal(0, 1, (n, n)) * (rng.random((n, n)) < 0.2)
    np.fill_diagonal(owed, 0)
    return owed, owed.sum(1) * rng.uniform(0, 0.6, n), owed.sum(1) * rng.uniform(0, 0.4, n)


def test_who_owes_nothing_never_defaults_and_recovers_in_full() -> None:
    found = clear([[0, 0], [3, 0]], [0, 1])
    assert found.defaulted.tolist() == [False, True]
    assert found.recovery_rate.tolist() == [1.0, pytest.approx(1 / 3)]


def test_who_owes_nothing_never_defaults_by_the_rounding_of_what_it_does_not_receive() -> None:
    # The second is owed 1 and 3 millionths and receives nothing; their float sum less each of them is not 0.
    found = clear(np.array([[0, 1, 0], [0, 0, 0], [1, 3, 0]]) * 1e-6, [0, 0, 0])
    assert found.defaulted.tolist() == [True, False, True]
    assert found.interbank_inflow.tolist() == [0.0, 0.0, 0.0]


def test_means_that_just_cover_obligations_are_no_default() -> None:
    # 0.1 + 0.2 is not 0.3 in binary: equality is meant to 1e-12 of the obligations.
    found = clear([[0, 0, 0.3], [0.1, 0, 0], [0, 0, 0]], [0.2, 0.1, 0])
    assert not found.defaulted.any()
    assert clear([[0, 0, 0.3], [0.1, 0, 0], [0, 0, 0]], [0.2 - 1e-9, 0.1, 0]).defaulted.tolist() == [True, False, False]


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e12])
def test_the_unit_of_the_amounts_changes_nothing(unit: float) -> None:
    owed, assets, external = random_debts(3)
    plain, scaled = clear(owed, assets, external), clear(owed * unit, assets * unit, external * unit)
    assert scaled.payments / unit == pytest.approx(plain.payments, rel=1e-11)
    assert scaled.default_round.tolist() == plain.default_round.tolist()


def test_senior_external_creditors_are_paid_before_institutions() -> None:
    pari, senior = (clear([[0, 6], [0, 0]], [6, 0], [6, 0], external_rank=rank) for rank in ("pari_passu", "senior"))
    assert pari.payments.tolist() == [6.0, 0.0]
    assert pari.interbank_inflow.tolist() == [0.0, 3.0]
    assert senior.senior_payments.tolist() == [6.0, 0.0]
    assert senior.interbank_inflow.tolist() == [0.0, 0.0]


def test_a_closed_circle_short_of_its_senior_debts_pays_until_one_pays_nothing() -> None:
    """Hand calculation: two owe each other ten, one of them owes 1 (or 0.001) senior, without any assets.

    p0 = max(0, p1 - 1) and p1 = p0 have the one solution 0, ten turns away (or ten thousand).
    """
    for senior in (1.0, 0.001):
        found = clear([[0, 10], [10, 0]], [0, 0], [senior, 0], external_rank="senior")
        assert found.certificate.converged
        assert found.payments == pytest.approx([0, 0], abs=1e-12)


def test_the_least_vector_of_a_circle_without_assets_is_zero_and_the_greatest_pays_all() -> None:
    assert clear(TWO, [0, 0]).payments.tolist() == [1.0, 1.0]
    least = clear(TWO, [0, 0], which="least")
    assert least.payments.tolist() == [0.0, 0.0]
    assert least.defaulted.all()


def test_the_least_vector_is_started_again_where_the_map_jumps_at_its_limit() -> None:
    """Two banks owing 1 each, with 0.5, costs of one half: payments creep up to 0.5, where both are solvent."""
    assert clear(TWO, [0.5, 0.5], alpha=0.5, beta=0.5, which="least").payments.tolist() == [1.0, 1.0]
    below = clear(TWO, [0.499, 0.499], alpha=0.5, beta=0.5, which="least")
    assert below.payments == pytest.approx([0.499, 0.499], rel=1e-12)
    assert clear(TWO, [0.499, 0.499], alpha=0.5, beta=0.5).payments.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("unit", [1e-200, 1e-7, 1 / 3, 1.0, 1e9])
def test_who_has_just_what_senior_creditors_get_passes_nothing_on_in_the_least_vector(unit: float) -> None:
    """Hand calculation: the first pays its 2, of which 1.4 to the second; the third 11 + 0.6 - 6 = 5.6, to the second.

    The second has 1 + 1.4 + 5.6 = 8, all of it senior. Had it a little more, payments would grow round the circle: the
    greatest vector is (10, 8, 8, 0).
    """
    owed = np.array([[0, 7, 3, 0], [8, 0, 0, 0], [0, 8, 0, 0], [0, 0, 0, 0]]) * unit
    assets, senior = np.array([2, 1, 11, 3]) * unit, np.array([0, 8, 6, 3]) * unit
    found = clear(owed, assets, senior, external_rank="senior", which="least")
    assert found.payments / unit == pytest.approx([2, 0, 5.6, 0], rel=1e-12)
    assert found.certificate.converged
    assert clear(owed, assets, senior, external_rank="senior").payments / unit == pytest.approx([10, 8, 8, 0])


def test_a_slow_circle_is_solved_exactly_and_says_so() -> None:
    """A share of 1e-6 leaves the circle in each turn: the iteration would need tens of millions of turns."""
    found = clear([[0, 1], [1, 0]], [0, 0], [1e-6, 0])
    assert found.certificate.method == "active sets"
    assert found.certificate.converged
    assert found.payments == pytest.approx([0, 0], abs=1e-12)
    half = clear([[0, 1], [1, 0]], [0.5e-6, 0], [1e-6, 0])
    assert half.payments == pytest.approx([0.5 * (1 + 1e-6), 0.5], rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("costs", [(1.0, 1.0), (0.6, 0.8)])
@pytest.mark.parametrize("rank", ["pari_passu", "senior"])
def test_laws_of_clearing(seed: int, costs: tuple[float, float], rank: str) -> None:
    owed, assets, external = random_debts(seed)
    options: dict[str, Any] = {"external_rank": rank, "alpha": costs[0], "beta": costs[1]}
    greatest, least = (clear(owed, assets, external, which=which, **options) for which in ("greatest", "least"))
    richer = clear(owed, assets * 1.1, external, **options)
    rounding = 1e-12 * greatest.obligations
    assert (greatest.payments <= greatest.obligations).all()
    spent = greatest.payments + greatest.senior_payments + greatest.default_costs
    assert (spent <= assets + greatest.interbank_inflow + 10 * rounding + 1e-12).all()
    assert (least.payments <= greatest.payments + rounding).all()
    assert (richer.payments >= greatest.payments - rounding).all()
    assert greatest.certificate.converged
    assert least.certificate.converged
    assert (greatest.certificate.error_bound or 0) <= 1e-11


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
def test_sparse_input_of_any_kind_gives_the_same_and_stays_as_it_was(kind: str) -> None:
    owed, assets, external = random_debts(1)
    given = {"csr": sparse.csr_array, "csc": sparse.csc_array, "coo": sparse.coo_array}[kind](owed)
    before = given.copy()
    assert clear(given, assets, external).payments == pytest.approx(clear(owed, assets, external).payments, rel=1e-13)
    assert (given != before).nnz == 0


def test_relabelling_changes_nothing_but_the_order() -> None:
    owed, assets, external = random_debts(2)
    order = np.random.default_rng(0).permutation(len(owed))
    plain, moved = clear(owed, assets, external), clear(owed[order][:, order], assets[order], external[order])
    assert moved.payments == pytest.approx(plain.payments[order], rel=1e-11)
    assert moved.default_round.tolist() == plain.default_round[order].tolist()


def test_the_result_is_frozen_and_its_arrays_are_read_only() -> None:
    found = clear(THREE, [2, 1, 3])
    with pytest.raises(FrozenInstanceError):
        found.payments = found.obligations  # type: ignore[misc]
    for field in fields(found):
        value = getattr(found, field.name)
        assert not isinstance(value, np.ndarray) or not value.flags.writeable, field.name


def test_two_classes_are_the_senior_external_creditors_of_the_plain_clearing() -> None:
    for seed in range(6):
        owed, assets, external = random_debts(seed)
        plain = clear(owed, assets, external, external_rank="senior")
        nothing = np.zeros(len(assets))
        found = clear_by_seniority([np.zeros_like(owed), owed], assets, [external, nothing])
        assert found.payments[1] == pytest.approx(plain.payments, rel=1e-10, abs=1e-12)
        assert found.payments[0] == pytest.approx(plain.senior_payments, rel=1e-10, abs=1e-12)
        assert found.defaulted.tolist() == plain.defaulted.tolist()
        assert found.certificate.converged


def test_a_junior_class_gets_what_the_senior_class_leaves() -> None:
    """Hand calculation: 0 has 7, owes 5 senior to 1 and 4 junior to 2; 1 owes 6 junior to 2 and has 0.5."""
    senior, junior = [[0, 5, 0], [0, 0, 0], [0, 0, 0]], [[0, 0, 4], [0, 0, 6], [0, 0, 0]]
    found = clear_by_seniority([senior, junior], [7, 0.5, 0])
    assert found.payments.tolist() == [[5.0, 0.0, 0.0], [2.0, 5.5, 0.0]]
    assert found.interbank_inflow.tolist() == [0.0, 5.0, 7.5]
    assert found.default_round.tolist() == [0, 0, -1]


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (0.7, 0.9)])
@pytest.mark.parametrize("rank", ["pari_passu", "senior"])
def test_the_threat_index_is_what_a_small_bail_out_brings(alpha: float, beta: float, rank: str) -> None:
    owed, assets, external = random_debts(5, 12)
    options: dict[str, Any] = {"external_rank": rank, "alpha": alpha, "beta": beta}
    plain = clear(owed, assets, external, **options)
    index = threat_index(owed, plain)
    assert plain.defaulted.any()
    for i in range(12):
        more = clear(owed, assets + 1e-6 * np.eye(12)[i], external, **options)
        assert (more.payments.sum() - plain.payments.sum()) / 1e-6 == pytest.approx(index[i], abs=1e-6)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"external_rank": "junior"}, "external_rank is 'junior', must be one of pari_passu, senior"),
        ({"which": "best"}, "which is 'best', must be one of greatest, least"),
        ({"alpha": 1.5}, r"alpha is 1.5, must be from 0 to 1"),
        ({"beta": float("nan")}, r"beta is nan, must be from 0 to 1"),
        ({"external_assets": [1, -4, 0]}, r"external_assets\[1\] is -4.0, must be a finite number of 0 or more"),
        ({"external_assets": [1, 2]}, r"external_assets has the shape \(2,\), must be \(3,\)"),
        ({"external_liabilities": [0, 0, np.inf]}, r"external_liabilities\[2\] is inf"),
    ],
)
def test_bad_input_is_refused_with_its_place(changed: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"liabilities": THREE, "external_assets": [2, 1, 3], **changed}
    with pytest.raises(ValueError, match=message):
        clear(**given)


def test_classes_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="found none"):
        clear_by_seniority([], [1])
    with pytest.raises(ValueError, match=r"liabilities\[1\] has the shape \(3, 3\), must be \(2, 2\)"):
        clear_by_seniority([TWO, THREE], [1, 1])
    with pytest.raises(ValueError, match="external_liabilities has 1 classes, must have 2"):
        clear_by_seniority([TWO, TWO], [1, 1], [[0, 0]])
    with pytest.raises(ValueError, match="liabilities are of 2 institutions, the clearing of 3"):
        threat_index(TWO, clear(THREE, [2, 1, 3]))
