"""Equity that is zero, negative or next to nothing: what is a share of it is not available, the rest is given."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from reporting.figures import Figure, Unavailable
from reporting.measures.contagion.figures.structure import claims_to_equity
from tests.contagion_runs import QUICK, A, B, C, chain, figures_of

# What is a share of all positive equity.
SHARES = {
    "clearing_equity_loss", "reverse_shock", "reverse_shock_below", "reverse_bracket", "reverse_monotone",
    "reverse_evaluations", "system_bands", "impact_bands", "sampler_drift",
}  # fmt: skip


def with_equity(*amounts: float) -> Mapping[str, Figure]:
    """The chain with this equity of A, B and C, and external assets and liabilities that are not negative."""
    system = chain(partial=False, **{name: {"equity": amount} for name, amount in zip("ABC", amounts, strict=True)})
    return figures_of(system, **QUICK)


@pytest.mark.parametrize("amounts", [(-9_000, 3_000, 3_000), (-3_000, 1_500, 1_500), (0, 0, 0), (-1, -1, -1)])
def test_claims_are_no_share_of_equity_that_is_not_above_zero_in_all(amounts: tuple[float, ...]) -> None:
    figures = with_equity(*amounts)
    assert figures["claims_to_equity"].reason == "the equity of all institutions together is not above zero"
    assert figures["interbank_claims"].number == 10_000
    assert figures["system_equity"].number == sum(amounts)


@pytest.mark.parametrize("amounts", [(0, 0, 0), (-1, -1, -1), (-5_000, 0, -1)])
def test_without_any_equity_its_shares_are_not_available_and_say_why(amounts: tuple[float, ...]) -> None:
    figures = with_equity(*amounts)
    told = {name for name, figure in figures.items() if figure.reason.endswith("no institution has equity above zero")}
    assert told == SHARES | {"largest_impact_share"}
    assert figures["clearing_defaults"].available
    assert figures["clearing_shortfall"].available
    assert figures["impact_and_vulnerability"].table["impact"].tolist() == [0, 0, 0]
    assert figures["costliest_default"].reason.endswith("every institution is in default at the outset")
    assert figures["cascade_results"].reason.endswith("every institution is in default at the outset")


def test_equity_of_one_alone_is_what_the_others_default_is_a_share_of() -> None:
    """The default of C leaves nobody with equity to lose; A and B have claims only, so theirs cost C nothing."""
    figures = with_equity(-100, 0, 5_000)
    share = figures["impact_and_vulnerability"].table["impact_share"].to_dict()
    assert np.isnan(share[C])
    assert (share[A], share[B]) == (0, 0)
    assert figures["largest_impact_share"].number == 0
    assert figures["reverse_shock"].available
    assert figures["claims_to_equity"].number == pytest.approx(10_000 / 4_900 * 100)


def test_equity_next_to_nothing_divides_only_where_the_share_is_a_number() -> None:
    figures = with_equity(1e-12, 0, 0)
    assert figures["claims_to_equity"].number == pytest.approx(1e18)
    found = claims_to_equity(10_000, 1e-310)
    assert found == Unavailable("the equity of all institutions together is next to nothing")


def test_a_default_counts_by_what_it_adds_to_the_losses_that_come_anyway() -> None:
    """C is in default: B loses 40 % of 5,000, a tenth of its equity, and A a hundredth, whoever else defaults."""
    figures = with_equity(20_000, 20_000, -1)
    impact = figures["impact_and_vulnerability"].table
    assert impact["impact"].to_dict() == pytest.approx({A: 0, B: 2_000 - 200, C: 0})
    assert impact["defaults_caused"].tolist() == [0, 0, 0]
    assert impact["hardest_hit"].to_dict() == pytest.approx({A: 9, B: 0, C: 0})
    ranking = figures["systemic_ranking"].table["loss"].dropna()
    assert ranking.to_dict() == pytest.approx(impact.loc[ranking.index, "impact"].to_dict())
    assert figures["largest_impact"].number == pytest.approx(1_800)
