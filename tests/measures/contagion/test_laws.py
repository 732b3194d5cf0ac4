"""What must hold for every network: laws of clearing, DebtRank, cascades and rankings, tried on drawn networks.

Amounts are small integers, so that equality at thresholds, empty rows and banks without equity are common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import assume, given
from hypothesis import strategies as st

from reporting.measures.contagion import (
    Clearing,
    clear,
    clear_by_seniority,
    debtrank,
    default_and_funding_cascade,
    default_cascade,
    funding_cascade,
    rank_institutions,
    threat_index,
)
from tests.plain.contagion_clearing import Debts, one_application

Array = npt.NDArray[np.float64]

SMALL = 1e-9


@dataclass(frozen=True)
class Case:
    """A network with all that the solvers take; liabilities[i, j] is what i owes j."""

    liabilities: Array
    external_assets: Array
    external_liabilities: Array
    equity: Array
    liquid: Array
    shock: Array
    alpha: float
    beta: float
    lgd: float
    seeds: list[int]
    order: list[int]

    @property
    def size(self) -> int:
        return len(self.equity)

    @property
    def exposures(self) -> Array:
        return self.liabilities.T.copy()

    @property
    def scale(self) -> float:
        return float(max(1.0, (self.liabilities.sum(axis=1) + self.external_liabilities).max()))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    size = draw(st.integers(2, 6))

    def row(lowest: int, highest: int) -> Array:
        return np.array(draw(st.lists(st.integers(lowest, highest), min_size=size, max_size=size)), dtype=np.float64)

    owed = st.one_of(st.just(0), st.integers(0, 9))
    amounts = draw(st.lists(owed, min_size=size * size, max_size=size * size))
    liabilities = np.array(amounts, dtype=np.float64).reshape(size, size)
    np.fill_diagonal(liabilities, 0)
    return Case(
        liabilities,
        row(0, 9) * draw(st.sampled_from([0.0, 0.1, 1.0])),
        row(0, 5) * draw(st.sampled_from([0.0, 1.0])),
        row(-1, 12),
        row(0, 9),
        row(0, 4) / 4,
        draw(st.sampled_from([1.0, 0.9, 0.5])),
        draw(st.sampled_from([1.0, 0.75, 0.5])),
        draw(st.sampled_from([1.0, 0.6, 0.5])),
        draw(st.lists(st.integers(0, size - 1), max_size=2, unique=True)),
        draw(st.permutations(list(range(size)))),
    )


RANKS = ("pari_passu", "senior")
ENDS = ("greatest", "least")
BOTH_COSTS = st.booleans()


def cleared(case: Case, rank: str, end: str, costs: bool, **changed: Any) -> Clearing:
    """The case cleared, with some of its inputs changed."""
    inputs = {
        "liabilities": case.liabilities,
        "external_assets": case.external_assets,
        "external_liabilities": case.external_liabilities,
        **changed,
    }
    alpha, beta = (case.alpha, case.beta) if costs else (1.0, 1.0)
    return clear(**inputs, external_rank=rank, alpha=alpha, beta=beta, which=end)


any_clearing = given(case=cases(), rank=st.sampled_from(RANKS), end=st.sampled_from(ENDS), costs=BOTH_COSTS)


# --- Clearing --------------------------------------------------------------------------------------------------------


@any_clearing
def test_payments_never_exceed_obligations_nor_what_there_is(case: Case, rank: str, end: str, costs: bool) -> None:
    found = cleared(case, rank, end, costs)
    assert (found.payments >= 0).all()
    assert (found.payments <= found.obligations).all()
    assert (found.senior_payments <= found.senior_obligations).all()
    available = case.external_assets + found.interbank_inflow
    assert (found.payments + found.senior_payments <= available + SMALL * case.scale).all()


@any_clearing
def test_payments_are_where_the_map_stands_still(case: Case, rank: str, end: str, costs: bool) -> None:
    found = cleared(case, rank, end, costs)
    alpha, beta = (case.alpha, case.beta) if costs else (1.0, 1.0)
    debts = Debts(
        case.liabilities,
        case.external_assets,
        case.external_liabilities,
        senior=rank == "senior",
        alpha=alpha,
        beta=beta,
    )
    assert np.abs(one_application(debts, found.payments) - found.payments).max() <= SMALL * case.scale


@any_clearing
def test_whoever_pays_less_than_it_owes_is_in_default_and_nobody_else(
    case: Case, rank: str, end: str, costs: bool
) -> None:
    found = cleared(case, rank, end, costs)
    short = found.obligations + found.senior_obligations - found.payments - found.senior_payments
    assert ((short > SMALL * case.scale) <= found.defaulted).all()
    assert (found.defaulted <= (found.net_worth < 0)).all()
    assert (found.defaulted == (found.default_round >= 0)).all()


@given(case=cases(), rank=st.sampled_from(RANKS), costs=BOTH_COSTS)
def test_the_greatest_vector_is_at_least_the_least(case: Case, rank: str, costs: bool) -> None:
    greatest, least = cleared(case, rank, "greatest", costs), cleared(case, rank, "least", costs)
    assert (greatest.payments >= least.payments - SMALL * case.scale).all()
    assert (greatest.defaulted <= least.defaulted).all()


@given(case=cases())
def test_all_clearing_vectors_without_default_costs_give_the_same_equity(case: Case) -> None:
    greatest, least = (cleared(case, "pari_passu", end, costs=False) for end in ENDS)
    equity = np.maximum(greatest.net_worth, 0), np.maximum(least.net_worth, 0)
    assert np.abs(equity[0] - equity[1]).max() <= SMALL * case.scale


def test_default_costs_may_give_different_equity() -> None:
    # The law above needs alpha = beta = 1: two banks owing 1 each with 0.1 clear at 1 and 1, or at 0.1 and 0.1.
    owed = np.array([[0.0, 1.0], [1.0, 0.0]])
    greatest, least = (clear(owed, [0.1, 0.1], alpha=0.5, beta=0.5, which=end) for end in ENDS)
    assert greatest.payments.tolist() == [1, 1]
    assert np.allclose(least.payments, 0.1, rtol=0, atol=1e-12)
    assert np.allclose(greatest.net_worth, 0.1)
    assert least.defaulted.all()


@given(case=cases(), rank=st.sampled_from(RANKS), end=st.sampled_from(ENDS), costs=BOTH_COSTS, data=st.data())
def test_a_larger_loss_of_assets_never_helps_anybody(
    case: Case, rank: str, end: str, costs: bool, data: st.DataObject
) -> None:
    kept = data.draw(st.lists(st.sampled_from([0.0, 0.5, 0.9, 1.0]), min_size=case.size, max_size=case.size))
    before = cleared(case, rank, end, costs)
    after = cleared(case, rank, end, costs, external_assets=case.external_assets * kept)
    assert (after.payments <= before.payments + SMALL * case.scale).all()
    assert (after.net_worth <= before.net_worth + SMALL * case.scale).all()
    assert (before.defaulted <= after.defaulted).all()


@any_clearing
def test_relabelling_permutes_the_payments(case: Case, rank: str, end: str, costs: bool) -> None:
    order = case.order
    found = cleared(case, rank, end, costs)
    relabelled = cleared(
        case, rank, end, costs,
        liabilities=case.liabilities[np.ix_(order, order)],
        external_assets=case.external_assets[order],
        external_liabilities=case.external_liabilities[order],
    )  # fmt: skip
    assert np.abs(relabelled.payments - found.payments[order]).max() <= SMALL * case.scale
    assert relabelled.defaulted.tolist() == found.defaulted[order].tolist()
    assert relabelled.default_round.tolist() == found.default_round[order].tolist()


@given(case=cases(), end=st.sampled_from(ENDS), costs=BOTH_COSTS)
def test_splitting_external_creditors_into_nodes_changes_nothing(case: Case, end: str, costs: bool) -> None:
    whole = cleared(case, "pari_passu", end, costs)
    for parts in ((1.0,), (0.5, 0.5), (0.25, 0.5, 0.25)):
        wider = np.zeros((case.size + len(parts), case.size + len(parts)))
        wider[: case.size, : case.size] = case.liabilities
        wider[: case.size, case.size :] = np.outer(case.external_liabilities, parts)
        nodes = cleared(
            case, "pari_passu", end, costs,
            liabilities=wider,
            external_assets=np.append(case.external_assets, np.zeros(len(parts))),
            external_liabilities=None,
        )  # fmt: skip
        assert np.abs(nodes.payments[: case.size] - whole.payments).max() <= SMALL * case.scale
        assert nodes.defaulted.tolist() == [*whole.defaulted.tolist(), *([False] * len(parts))]


@given(case=cases(), rank=st.sampled_from(RANKS), end=st.sampled_from(ENDS), costs=BOTH_COSTS)
def test_stating_amounts_in_another_unit_scales_the_payments(case: Case, rank: str, end: str, costs: bool) -> None:
    found = cleared(case, rank, end, costs)
    for unit in (1e-12, 1e-6, 1e12):
        other = cleared(
            case, rank, end, costs,
            liabilities=case.liabilities * unit,
            external_assets=case.external_assets * unit,
            external_liabilities=case.external_liabilities * unit,
        )  # fmt: skip
        assert np.abs(other.payments / unit - found.payments).max() <= SMALL * case.scale
        assert other.defaulted.tolist() == found.defaulted.tolist()


@given(case=cases())
def test_senior_external_creditors_are_the_first_of_two_classes(case: Case) -> None:
    senior = cleared(case, "senior", "greatest", costs=False)
    nothing = np.zeros((case.size, case.size))
    classes = clear_by_seniority(
        [nothing, case.liabilities], case.external_assets, [case.external_liabilities, np.zeros(case.size)]
    )
    assert np.abs(classes.payments[1] - senior.payments).max() <= SMALL * case.scale
    assert np.abs(classes.payments[0] - senior.senior_payments).max() <= SMALL * case.scale


@given(case=cases(), costs=BOTH_COSTS)
def test_the_threat_index_is_what_one_more_unit_brings_the_system(case: Case, costs: bool) -> None:
    assume(case.external_assets.sum() > 0)
    # Amounts that no two banks share, so that nobody stands exactly at a threshold.
    assets = case.external_assets + 0.3 + 0.01 * np.sqrt(np.arange(2, case.size + 2))
    found = cleared(case, "pari_passu", "greatest", costs, external_assets=assets)
    index = threat_index(case.liabilities, found)
    unit = 1e-6
    short = np.where(found.defaulted, found.obligations - assets - found.interbank_inflow, np.inf)
    assume((short > 1e-3).all())
    for i in range(case.size):
        more = assets.copy()
        more[i] += unit
        richer = cleared(case, "pari_passu", "greatest", costs, external_assets=more)
        gained = (richer.payments.sum() - found.payments.sum()) / unit
        assert abs(gained - index[i]) <= 1e-6 * max(1.0, index[i])


# --- DebtRank --------------------------------------------------------------------------------------------------------

VARIANTS = ({"variant": "differential"}, {"variant": "nonlinear", "steepness": 2.0})
monotone_debtrank = given(case=cases(), options=st.sampled_from(VARIANTS))
any_debtrank = given(case=cases(), options=st.sampled_from([*VARIANTS, {"variant": "single_hit"}]))


def distress_of(case: Case, options: dict[str, Any], **changed: Any) -> Array:
    """Distress of the case, with some of its inputs changed."""
    inputs = {"exposures": case.exposures, "equity": case.equity, "shock": case.shock, **changed}
    found: Array = debtrank(**inputs, loss_given_default=case.lgd, **options).distress
    return found


@any_debtrank
def test_distress_lies_between_the_shock_and_all(case: Case, options: dict[str, Any]) -> None:
    distress = distress_of(case, options)
    assert (distress >= case.shock).all()
    assert (distress <= 1).all()
    assert (distress[case.equity <= 0] == 1).all()


@given(case=cases(), options=st.sampled_from(VARIANTS), data=st.data())
def test_a_larger_shock_never_lowers_distress(case: Case, options: dict[str, Any], data: st.DataObject) -> None:
    more = np.array(data.draw(st.lists(st.integers(0, 2), min_size=case.size, max_size=case.size))) / 4
    larger = distress_of(case, options, shock=np.minimum(1, case.shock + more))
    assert (larger >= distress_of(case, options) - SMALL).all()


def test_one_more_failure_can_lower_debtrank_2012_and_leave_the_others_better_off() -> None:
    # 0 fails; 1 has lent it all its equity, 2 the same to 1, 3 to 2: all are lost, one after the other. If 4 fails as
    # well, of which 2 loses a tenth of its equity, then 2 passes on that tenth at once and is silent when 1 fails.
    exposures = np.zeros((5, 5))
    exposures[1, 0], exposures[2, 1], exposures[2, 4], exposures[3, 2] = 10, 10, 1, 100
    equity = np.array([1.0, 10.0, 10.0, 100.0, 1.0])
    one, two = np.array([1.0, 0, 0, 0, 0]), np.array([1.0, 0, 0, 0, 1.0])
    alone, with_other = (debtrank(exposures, equity, shock, variant="single_hit") for shock in (one, two))
    assert alone.distress.tolist() == [1, 1, 1, 1, 0]
    assert np.allclose(with_other.distress, [1, 1, 1, 0.1, 1], rtol=0, atol=1e-15)
    # Weights are shares of claims, 10, 11 and 100 of 121, and neither 0 nor 4 has any.
    assert abs(float(alone.total_loss) - 1) <= 1e-15
    assert abs(float(with_other.total_loss) - 31 / 121) <= 1e-15
    later, both = (debtrank(exposures, equity, shock) for shock in (one, two))
    assert float(both.total_loss) >= float(later.total_loss)


@any_debtrank
def test_relabelling_permutes_distress(case: Case, options: dict[str, Any]) -> None:
    order = case.order
    relabelled = distress_of(
        case, options,
        exposures=case.exposures[np.ix_(order, order)], equity=case.equity[order], shock=case.shock[order],
    )  # fmt: skip
    assert np.abs(relabelled - distress_of(case, options)[order]).max() <= SMALL


@any_debtrank
def test_stating_amounts_in_another_unit_leaves_distress(case: Case, options: dict[str, Any]) -> None:
    for unit in (1e-12, 1e12):
        other = distress_of(case, options, exposures=case.exposures * unit, equity=case.equity * unit)
        assert np.abs(other - distress_of(case, options)).max() <= SMALL


@monotone_debtrank
def test_splitting_a_debtor_outside_the_network_changes_nothing(case: Case, options: dict[str, Any]) -> None:
    """An outside debtor has no claims; two halves of it that lose as much do the same to everybody."""
    claims = case.liquid

    def with_outside(parts: tuple[float, ...]) -> Array:
        wider = np.zeros((case.size + len(parts), case.size + len(parts)))
        wider[: case.size, : case.size] = case.exposures
        wider[: case.size, case.size :] = np.outer(claims, parts)
        return distress_of(
            case, options,
            exposures=wider,
            equity=np.append(case.equity, np.full(len(parts), 3.0)),
            shock=np.append(case.shock, np.full(len(parts), 0.5)),
        )[: case.size]  # fmt: skip

    assert np.abs(with_outside((1.0,)) - with_outside((0.25, 0.75))).max() <= SMALL


@given(case=cases())
def test_no_steepness_is_linear(case: Case) -> None:
    nonlinear = distress_of(case, {"variant": "nonlinear", "steepness": 0.0})
    assert np.abs(nonlinear - distress_of(case, {"variant": "differential"})).max() <= SMALL


@given(case=cases())
def test_no_shock_without_anybody_in_default_leaves_everybody_whole(case: Case) -> None:
    assume((case.equity > 0).all())
    for options in (*VARIANTS, {"variant": "single_hit"}):
        assert not distress_of(case, options, shock=np.zeros(case.size)).any()


# --- Cascades --------------------------------------------------------------------------------------------------------

by_either_rule = given(case=cases(), equality=st.booleans())


@given(case=cases(), equality=st.booleans(), one_more=st.integers(0, 5))
def test_one_more_failure_never_saves_anybody(case: Case, equality: bool, one_more: int) -> None:
    more = sorted({*case.seeds, one_more % case.size})
    options: Any = {"loss_given_default": case.lgd, "equality_defaults": equality}
    fewer_losses = default_cascade(case.exposures, case.equity, case.seeds, **options)
    losses = default_cascade(case.exposures, case.equity, more, **options)
    assert (fewer_losses.defaulted <= losses.defaulted).all()
    assert (fewer_losses.loss <= losses.loss).all()
    hoarding = [funding_cascade(case.exposures, case.liquid, seeds).hoards for seeds in (case.seeds, more)]
    assert (hoarding[0] <= hoarding[1]).all()
    both = [
        default_and_funding_cascade(case.exposures, case.equity, case.liquid, seeds, **options).defaulted
        for seeds in (case.seeds, more)
    ]
    assert (both[0] <= both[1]).all()


@by_either_rule
def test_both_channels_fell_whom_either_fells(case: Case, equality: bool) -> None:
    options: Any = {"loss_given_default": case.lgd, "equality_defaults": equality}
    both = default_and_funding_cascade(case.exposures, case.equity, case.liquid, case.seeds, **options)
    assert (default_cascade(case.exposures, case.equity, case.seeds, **options).defaulted <= both.defaulted).all()
    assert (funding_cascade(case.exposures, case.liquid, case.seeds).hoards <= both.defaulted).all()


@by_either_rule
def test_losses_are_the_part_lost_of_claims_on_those_in_default(case: Case, equality: bool) -> None:
    found = default_cascade(
        case.exposures, case.equity, case.seeds, loss_given_default=case.lgd, equality_defaults=equality
    )
    assert np.allclose(found.loss, case.lgd * case.exposures @ found.defaulted, rtol=1e-12, atol=0)


@given(case=cases())
def test_a_loss_that_must_exceed_equity_fells_no_more_than_one_that_may_equal_it(case: Case) -> None:
    strict, weak = (
        default_cascade(case.exposures, case.equity, case.seeds, loss_given_default=case.lgd, equality_defaults=rule)
        for rule in (False, True)
    )
    assert (strict.defaulted <= weak.defaulted).all()


@by_either_rule
def test_relabelling_permutes_the_rounds(case: Case, equality: bool) -> None:
    order = case.order
    found = default_cascade(case.exposures, case.equity, case.seeds, equality_defaults=equality)
    relabelled = default_cascade(
        case.exposures[np.ix_(order, order)],
        case.equity[order],
        [order.index(seed) for seed in case.seeds],
        equality_defaults=equality,
    )
    assert relabelled.default_round.tolist() == found.default_round[order].tolist()


@by_either_rule
def test_stating_amounts_in_another_unit_leaves_the_rounds(case: Case, equality: bool) -> None:
    options: Any = {"loss_given_default": case.lgd, "equality_defaults": equality}
    found = default_cascade(case.exposures, case.equity, case.seeds, **options)
    for unit in (1e-12, 1e-3, 1e12):
        other = default_cascade(case.exposures * unit, case.equity * unit, case.seeds, **options)
        assert other.default_round.tolist() == found.default_round.tolist()


@by_either_rule
def test_splitting_an_outside_debtor_that_fails_changes_nothing(case: Case, equality: bool) -> None:
    rounds = []
    for parts in ((1.0,), (0.5, 0.5)):
        wider = np.zeros((case.size + len(parts), case.size + len(parts)))
        wider[: case.size, : case.size] = case.exposures
        wider[: case.size, case.size :] = np.outer(case.liquid, parts)
        equity = np.append(case.equity, np.full(len(parts), 1.0))
        seeds = [*case.seeds, *range(case.size, case.size + len(parts))]
        found = default_cascade(wider, equity, seeds, equality_defaults=equality)
        rounds.append(found.default_round[: case.size].tolist())
    assert rounds[0] == rounds[1]


# --- Ranking ---------------------------------------------------------------------------------------------------------


@given(case=cases())
def test_relabelling_permutes_the_ranking(case: Case) -> None:
    order = case.order
    found = rank_institutions(case.exposures, case.equity, top=case.size, loss_given_default=case.lgd)
    relabelled = rank_institutions(
        case.exposures[np.ix_(order, order)], case.equity[order], top=case.size, loss_given_default=case.lgd
    )
    assert np.allclose(relabelled.loss, found.loss, rtol=0, atol=SMALL * max(1.0, case.equity.sum()))
    assert sorted(order[i] for i in relabelled.institutions) == sorted(found.institutions.tolist())


@given(case=cases(), top=st.integers(1, 6))
def test_a_shorter_list_is_the_head_of_a_longer_one_and_bounds_hold_for_the_rest(case: Case, top: int) -> None:
    scale = max(1.0, float(np.abs(case.equity).sum()))
    whole = rank_institutions(case.exposures, case.equity, top=case.size)
    short = rank_institutions(case.exposures, case.equity, top=top)
    assert np.allclose(short.loss, whole.loss[: len(short.loss)], rtol=0, atol=SMALL * scale)
    assert (short.bounds[whole.institutions] >= whole.loss - SMALL * scale).all()
    assert (np.diff(whole.loss) <= SMALL * scale).all()


@given(case=cases())
def test_stating_amounts_in_another_unit_scales_the_losses(case: Case) -> None:
    found = rank_institutions(case.exposures, case.equity, top=case.size)
    for unit in (1e-9, 1e9):
        other = rank_institutions(case.exposures * unit, case.equity * unit, top=case.size)
        assert np.allclose(other.loss / unit, found.loss, rtol=0, atol=SMALL * max(1.0, case.equity.sum()))
