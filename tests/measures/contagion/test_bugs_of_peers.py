"""Faults that were found by running or reading other programs: each is a test that a solver with that fault fails.

NEVA, NetworkRiskMeasures and systemicrisk were run; FinNetValu.jl, the INET models and the MATLAB snippets were read.
What concerns lists of edges (NEVA's parse_csv) stands in tests/portfolio/test_system_edges.py, margins and
reconstruction in test_reconstruct.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from reporting.measures.contagion import clear, clear_by_seniority, debtrank, default_cascade, rank_institutions

TWO = np.array([[0.0, 1.0], [1.0, 0.0]])


def ring(size: int, amount: float = 1.0) -> Any:
    """Everybody owes `amount` to the next, the last to the first."""
    owed = np.zeros((size, size))
    for i in range(size):
        owed[i, (i + 1) % size] = amount
    return owed


# --- NEVA ------------------------------------------------------------------------------------------------------------


def test_neva_late_binding_every_bank_is_valued_with_its_own_initial_equity() -> None:
    # 0 has a claim of 4 on 1, which loses half of its equity of 2, so half of the claim: 2 of 4.
    # With the equity of the last bank, 8, the claim would be worth 1/8 and 0 would lose 3.5 of 4.
    exposures = np.zeros((3, 3))
    exposures[0, 1] = 4
    for equity in ([4.0, 2.0, 8.0], [4.0, 2.0, 0.5], [4.0, 2.0, 0.0]):
        found = debtrank(exposures, equity, [0, 0.5, 0])
        assert found.distress[:2].tolist() == [0.5, 0.5]


def test_neva_zero_division_a_bank_without_liabilities_and_without_equity_is_no_error() -> None:
    owed = np.zeros((3, 3))
    owed[0, 1] = 2
    found = clear(owed, [1, 0, 0])
    assert found.payments.tolist() == [1, 0, 0]
    assert found.defaulted.tolist() == [True, False, False]
    assert clear(np.zeros((2, 2)), [0, 0]).payments.tolist() == [0, 0]
    exposures = owed.T.copy()
    distress = debtrank(exposures, [1, 4, 0], [0.5, 0, 0])
    assert distress.distress.tolist() == [0.5, 0.25, 1]
    assert distress.already_defaulted.tolist() == [False, False, True]
    assert default_cascade(exposures, [1, 4, 0], [0]).default_round.tolist() == [0, -1, 0]


def test_neva_zero_equity_whoever_can_just_pay_is_solvent_at_any_cost_of_default() -> None:
    owed = np.zeros((3, 3))
    owed[0, 1], owed[1, 2] = 3, 5
    for alpha, beta in ((1.0, 1.0), (0.5, 0.5), (0.9, 0.1)):
        for end in ("greatest", "least"):
            found = clear(owed, [3, 2, 0], alpha=alpha, beta=beta, which=end)
            assert found.net_worth.tolist() == [0, 0, 5]
            assert found.payments.tolist() == [3, 5, 0]
            assert not found.defaulted.any()


def test_neva_zero_equity_is_no_default_where_a_loss_must_exceed_equity() -> None:
    # A bank whose equity is exactly zero has lost nothing: 0 > 0 is false, 0 >= 0 is true.
    exposures = np.zeros((3, 3))
    exposures[0, 1] = 2
    strict = default_cascade(exposures, [5, 0, 1], [2], equality_defaults=False)
    assert strict.default_round.tolist() == [-1, -1, 0]
    assert strict.loss.tolist() == [0, 0, 0]
    weak = default_cascade(exposures, [5, 0, 1], [2])
    assert weak.defaulted.tolist() == [False, True, True]
    assert weak.loss.tolist() == [2, 0, 0]


def test_neva_seniority_external_creditors_rank_as_the_argument_says() -> None:
    # 6 for 4 owed outside and 8 owed to a bank: pari passu half of each is paid, else 4 of 4 and 2 of 8.
    owed = np.array([[0.0, 8.0], [0.0, 0.0]])
    equal = clear(owed, [6, 0], [4, 0], external_rank="pari_passu")
    assert equal.obligations.tolist() == [12, 0]
    assert equal.payments.tolist() == [6, 0]
    assert equal.interbank_inflow.tolist() == [0, 4]
    senior = clear(owed, [6, 0], [4, 0], external_rank="senior")
    assert senior.obligations.tolist() == [8, 0]
    assert senior.payments.tolist() == [2, 0]
    assert senior.senior_payments.tolist() == [4, 0]
    assert senior.interbank_inflow.tolist() == [0, 2]


def test_neva_tolerance_a_slow_sum_is_carried_to_its_end() -> None:
    # h = s + 0.999 h for each of two: 1000 s. Steps are below 1e-3 from the start, and a hundred of them give 95 s.
    found = debtrank(0.999 * TWO, [1, 1], [1e-4, 1e-4])
    assert np.allclose(found.distress, 0.1, rtol=1e-9, atol=0)
    assert found.certificate.converged


def test_neva_silent_end_every_result_says_whether_it_converged_and_how_far_off_it_is() -> None:
    for certificate in (
        clear(TWO, [0.5, 0.5]).certificate,
        clear_by_seniority([TWO], [0.5, 0.5]).certificate,
        debtrank(TWO, [2, 2], [0.5, 0]).certificate,
        default_cascade(TWO, [2, 2], [0]).certificate,
    ):
        assert certificate.converged is True
        assert 0 <= certificate.residual <= 1e-9
        assert certificate.iterations >= 1
    assert rank_institutions(TWO, [2, 2]).converged is True


# --- NetworkRiskMeasures ---------------------------------------------------------------------------------------------


def test_networkriskmeasures_tolerance_small_losses_of_many_steps_are_not_cut_off() -> None:
    # A ring in which each passes on 98 % of its loss: steps are below 7.4e-4 from the start, but there are 50 of them
    # for each per cent.
    size = 30
    exposures = 0.98 * ring(size).T
    found = debtrank(exposures, np.ones(size), np.eye(size)[0] * 5e-4)
    expected = 5e-4 * 0.98 ** np.arange(size) / (1 - 0.98**size)
    assert np.allclose(found.distress, expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize("variant", ["differential", "single_hit", "nonlinear"])
def test_networkriskmeasures_weights_the_default_weights_work(variant: str) -> None:
    found = debtrank(TWO, [2, 2], [0.5, 0], variant=variant)
    assert np.isfinite(found.total_loss)
    assert float(found.total_loss) > 0
    chosen = debtrank(TWO, [2, 2], [0.5, 0], variant=variant, weights=[0.5, 0.5])
    assert float(chosen.total_loss) == pytest.approx(float(found.total_loss), rel=1e-15)
    assert rank_institutions(TWO, [2, 2]).loss.tolist() == pytest.approx([1, 1])


def test_networkriskmeasures_zero_buffer_is_in_default_and_no_error() -> None:
    exposures = ring(3).T
    for variant in ("differential", "single_hit", "nonlinear"):
        found = debtrank(exposures, [2.0, 0.0, 2.0], [0, 0, 0], variant=variant)
        assert found.already_defaulted.tolist() == [False, True, False]
        assert found.distress[1] == 1
        assert found.distress[2] >= 0.5
    assert default_cascade(exposures, [2.0, 0.0, 1.0], []).default_round.tolist() == [-1, 0, 1]
    assert rank_institutions(exposures, [2.0, 0.0, 2.0]).already_defaulted.tolist() == [False, True, False]


def test_networkriskmeasures_uncapped_impact_no_bank_passes_on_more_than_the_whole_of_another() -> None:
    # 0 has a claim of 4 on 1 and equity 1: W = min(1, 4), so a distress of 0.1 of bank 1 is one of 0.1, not 0.4.
    exposures = np.array([[0.0, 4.0], [0.0, 0.0]])
    found = debtrank(exposures, [1, 1], [0, 0.1], variant="single_hit")
    assert found.distress.tolist() == [0.1, 0.1]
    # The cap is on the impact, after the loss given default; in the version of 2015 only distress is capped.
    half = debtrank(exposures, [1, 1], [0, 0.1], variant="single_hit", loss_given_default=0.125)
    assert half.distress.tolist() == pytest.approx([0.05, 0.1])
    assert debtrank(exposures, [1, 1], [0, 0.1]).distress.tolist() == pytest.approx([0.4, 0.1])


# --- systemicrisk (R) ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [1e-12, 1e-9, 1.0, 1e9, 1e15])
def test_systemicrisk_absolute_tolerance_the_unit_of_amounts_decides_nothing(unit: float) -> None:
    # In units of 1e-9 shortfalls are below 1e-7, in billions rounding is above it.
    owed = np.array([[0.0, 8.0, 4.0], [0.0, 0.0, 6.0], [5.0, 0.0, 0.0]])
    found = clear(owed * unit, np.array([2.0, 1.0, 3.0]) * unit)
    assert np.allclose(found.payments / unit, [7, 17 / 3, 5], rtol=1e-12, atol=0)
    assert found.default_round.tolist() == [0, 1, -1]
    costly = clear(owed * unit, np.array([2.0, 1.0, 3.0]) * unit, alpha=0.5, beta=0.7)
    assert costly.defaulted.tolist() == clear(owed, [2, 1, 3], alpha=0.5, beta=0.7).defaulted.tolist()
    # 49 * (1 / 49) is 0.9999999999999999: what 1 receives of 0 is what it owes, in any unit.
    passed_on = np.array([[0.0, 1.0, 48.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    assert not clear(passed_on * unit, np.array([49.0, 0.0, 0.0]) * unit, alpha=0.5, beta=0.5).defaulted.any()
    cascade = default_cascade(owed.T * unit, np.array([5.0, 8.0, 10.0]) * unit, [0])
    assert cascade.default_round.tolist() == [0, 1, 2]


def test_systemicrisk_solvency_within_rounding_a_tiny_bank_beside_a_huge_one_can_still_default() -> None:
    # A tolerance that is relative to the largest bank would swallow the small one.
    owed = np.zeros((4, 4))
    owed[0, 1], owed[2, 3] = 1e15, 1.0
    found = clear(owed, [1e15, 0, 0.9, 0], alpha=0.5)
    assert found.defaulted.tolist() == [False, False, True, False]
    assert found.payments.tolist() == [1e15, 0, 0.45, 0]
    cascade = default_cascade(owed.T, [1, 1e15, 1, 0.5], [2])
    assert cascade.default_round.tolist() == [-1, -1, 0, 1]


# --- FinNetValu.jl ---------------------------------------------------------------------------------------------------


def test_finnetvalu_rogers_veraart_what_comes_in_is_recovered_at_beta() -> None:
    # Both owe 10 to the other and 1 outside, and are short of 0.5: x = 0.25 + 0.5 * 10 / 11 x. Without beta in the
    # system that is solved x would be 0.25 / (1 - 10 / 11) = 2.75.
    found = clear(10 * TWO, [0.5, 0.5], [1, 1], alpha=0.5, beta=0.5)
    assert np.allclose(found.payments, 0.25 / (1 - 5 / 11), rtol=1e-12, atol=0)
    assert found.defaulted.all()
    assert np.allclose(found.default_costs, 0.25 + 0.5 * found.interbank_inflow, rtol=1e-12, atol=0)
    # One link: 1 receives 4 of 10 and owes 8 with nothing else: beta 4 goes on.
    chain = np.zeros((3, 3))
    chain[0, 1], chain[1, 2] = 10, 8
    for beta in (1.0, 0.7, 0.25):
        assert np.allclose(clear(chain, [4, 0, 0], beta=beta).payments, [4, 4 * beta, 0], rtol=1e-15, atol=0)


def test_finnetvalu_mixed_ranks_senior_debt_is_not_also_a_share_of_what_is_left() -> None:
    # Senior: 7 less 3 leaves 4 for 8. Neither 7 (nothing taken off) nor 7 * 8 / 11 (taken off as a share).
    owed = np.array([[0.0, 6.0, 2.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    senior = clear(owed, [7, 0, 0], [3, 0, 0], external_rank="senior")
    assert senior.payments.tolist() == [4, 0, 0]
    assert senior.interbank_inflow.tolist() == [0, 3, 1]
    equal = clear(owed, [7, 0, 0], [3, 0, 0])
    assert np.allclose(equal.interbank_inflow, [0, 42 / 11, 14 / 11], rtol=1e-15, atol=0)


# --- INET ------------------------------------------------------------------------------------------------------------


def test_inet_six_steps_a_long_chain_falls_to_its_end() -> None:
    size = 300
    owed = ring(size)
    owed[-1, 0] = 0
    exposures = owed.T.copy()
    assert default_cascade(exposures, np.ones(size), [0]).default_round.tolist() == list(range(size))
    assert debtrank(exposures, np.ones(size), np.eye(size)[0]).distress.tolist() == [1] * size
    assert debtrank(exposures, np.ones(size), np.eye(size)[0], variant="single_hit").distress.tolist() == [1] * size
    cleared = clear(owed, np.zeros(size))
    assert cleared.payments.tolist() == [0] * size
    assert cleared.default_round.tolist() == [*range(size - 1), -1]


# --- MATLAB snippets of Barucca --------------------------------------------------------------------------------------


def test_barucca_relative_norm_a_bank_that_is_small_beside_the_system_is_cleared_as_exactly() -> None:
    # Changes of the norm of all payments are below 1e-5 at once; the small circle needs its own thousand steps.
    owed = np.zeros((4, 4))
    owed[0, 1], owed[2, 3], owed[3, 2] = 1e12, 1.0, 1.0
    found = clear(owed, [1e12, 0, 0.0005, 0.0005], [0, 0, 0.001, 0.001])
    # x = 0.0005 + x / 1.001 for each of the two: 0.5005.
    assert np.allclose(found.payments[2:], 0.0005 / (1 - 1 / 1.001), rtol=1e-9, atol=0)


# --- What several get wrong ------------------------------------------------------------------------------------------


def test_several_start_at_zero_a_circle_without_assets_pays_in_full() -> None:
    for size in (2, 3, 7):
        assert clear(ring(size), np.zeros(size)).payments.tolist() == [1] * size
        assert clear(ring(size), np.zeros(size), which="least").payments.tolist() == [0] * size


def test_several_swallow_a_limit_that_is_no_solution_the_least_vector_starts_again_there() -> None:
    found = clear(TWO, [0.5, 0.5], alpha=0.5, beta=0.5, which="least")
    assert found.payments.tolist() == [1, 1]
    assert not found.defaulted.any()


def test_several_overshoot_active_sets_are_right_above_a_spectral_radius_of_one() -> None:
    # Each loses twice what the other loses: 0.1 becomes 1 for both, and 2 keeps what it loses of 0.
    exposures = np.array([[0.0, 2.0, 0.0], [2.0, 0.0, 0.0], [0.3, 0.0, 0.0]])
    for method in ("iteration", "active_sets"):
        found = debtrank(exposures, [1, 1, 1], [0.1, 0, 0], method=method)
        assert np.allclose(found.distress, [1, 1, 0.3], rtol=0, atol=1e-12)


def test_several_leave_equality_unsaid_the_rule_decides_in_decimal_amounts_too() -> None:
    # 0.1 + 0.7 is 0.7999999999999999 in floats, and 0.1 + 0.2 is 0.30000000000000004.
    for one, two, equity in ((0.1, 0.7, 0.8), (0.1, 0.2, 0.3), (0.3, 0.6, 0.9)):
        exposures = np.zeros((3, 3))
        exposures[0, 1], exposures[0, 2] = one, two
        assert default_cascade(exposures, [equity, 1, 1], [1, 2]).defaulted[0]
        assert not default_cascade(exposures, [equity, 1, 1], [1, 2], equality_defaults=False).defaulted[0]


# --- Input that peers swallow ----------------------------------------------------------------------------------------


def test_peers_swallow_a_repeated_pair_which_is_refused() -> None:
    # NEVA overwrites the exposure and adds to the liabilities.
    twice = sparse.coo_array(([1.0, 2.0, 1.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    with pytest.raises(ValueError, match=r"liabilities\[0, 1\] is given more than once"):
        clear(twice, [1, 1])
    with pytest.raises(ValueError, match=r"exposures\[0, 1\] is given more than once"):
        debtrank(twice, [1, 1], [0, 0])


@pytest.mark.parametrize("cell", [-1.0, float("nan"), float("inf")])
def test_peers_swallow_amounts_that_are_none_which_are_refused(cell: float) -> None:
    wrong = np.array([[0.0, cell], [1.0, 0.0]])
    for form in (wrong, sparse.csr_array(wrong)):
        with pytest.raises(ValueError, match=r"liabilities\[0, 1\]"):
            clear(form, [1, 1])
        for solve in (
            lambda form=form: debtrank(form, [1, 1], [0, 0]),
            lambda form=form: default_cascade(form, [1, 1], [0]),
            lambda form=form: rank_institutions(form, [1, 1]),
        ):
            with pytest.raises(ValueError, match=r"exposures\[0, 1\]"):
                solve()
    for amounts in ([cell, 1.0], [1.0, cell]):
        with pytest.raises(ValueError, match="external_assets"):
            clear(TWO, amounts)
        with pytest.raises(ValueError, match="external_liabilities"):
            clear(TWO, [1, 1], amounts)


def test_peers_swallow_a_claim_on_oneself_which_is_refused() -> None:
    wrong = np.array([[2.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match=r"liabilities\[0, 0\]"):
        clear(wrong, [1, 1])
    for solve in (
        lambda: debtrank(wrong, [1, 1], [0, 0]),
        lambda: default_cascade(wrong, [1, 1], [0]),
        lambda: rank_institutions(wrong, [1, 1]),
    ):
        with pytest.raises(ValueError, match=r"exposures\[0, 0\]"):
            solve()


def test_peers_swallow_a_missing_bank_which_is_refused() -> None:
    with pytest.raises(ValueError, match="external_assets"):
        clear(TWO, [1])
    with pytest.raises(ValueError, match="equity"):
        debtrank(TWO, [1], [0, 0])
    with pytest.raises(ValueError, match="shock"):
        debtrank(TWO, [1, 1], [0, 0, 0])
    with pytest.raises(ValueError, match="equity"):
        default_cascade(TWO, [1, 1, 1], [0])
    with pytest.raises(ValueError, match="seeds"):
        default_cascade(TWO, [1, 1], [2])
    with pytest.raises(ValueError, match="liabilities"):
        clear(np.ones((2, 3)), [1, 1])


def test_peers_hide_negative_equity_which_is_named_and_never_divided_by() -> None:
    for equity in (0.0, -1.0, -1e-300):
        found = debtrank(TWO, [2.0, equity], [0, 0])
        assert found.already_defaulted.tolist() == [False, True]
        assert found.distress.tolist() == [0.5, 1]
        cascade = default_cascade(TWO, [2.0, equity], [])
        assert cascade.already_defaulted.tolist() == [False, True]
        assert cascade.default_round.tolist() == [-1, 0]
        assert rank_institutions(TWO, [2.0, equity]).already_defaulted.tolist() == [False, True]
