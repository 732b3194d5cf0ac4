"""Figures of a system and of an institution inside it: by hand, against each other, and down to the cells."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from reporting.figures import Figure, Parameter, Source
from reporting.portfolio.system_view import SystemViewFault, view_system
from reporting.rulebook import load_entries
from tests.contagion_runs import (
    NORTHBANK,
    QUICK,
    A,
    B,
    C,
    chain,
    figures_of,
    sample_figures,
    sample_system,
)
from tests.portfolio.small_systems import LEIS, small_system


def test_a_chain_of_three_by_hand() -> None:
    """At 40 % the default of C costs B 2,000 of 5,000, so A 800; that of B costs A 2,000, that of A nobody."""
    figures = figures_of(chain())
    table = figures["impact_and_vulnerability"].table
    assert table["impact"].to_dict() == pytest.approx({A: 0, B: 2_000, C: 2_800}, rel=1e-12)
    assert table["impact_share"].to_dict() == pytest.approx({A: 0, B: 20, C: 28}, rel=1e-12)
    assert table["vulnerability"].to_dict() == pytest.approx({A: 28, B: 20, C: 0}, rel=1e-12)
    assert table["hardest_hit_by"].dropna().to_dict() == {A: B, B: C}
    losses = figures["losses_by_counterparty"].table
    assert losses["direct_loss"].to_dict() == pytest.approx({f"{A} | {B}": 2_000, f"{B} | {C}": 2_000}, rel=1e-12)
    assert figures["interbank_claims"].value == 10_000
    assert figures["network_density"].number == pytest.approx(100 / 3)
    assert figures["systemic_ranking"].table["loss"].to_dict() == pytest.approx({C: 2_800, B: 2_000, A: 0}, rel=1e-9)


def test_the_cascade_of_a_chain_by_hand() -> None:
    """Nothing is recovered: C costs B all its equity, which is a default, and B costs A all of its own."""
    figures = figures_of(chain())
    assert figures["cascade_rounds"].table["defaults"].to_dict() == {"0": 1, "1": 1, "2": 1}
    assert figures["cascade_defaults"].value == 3
    above = figures_of(chain(), contagion_equality_defaults=False)
    assert above["cascade_defaults"].value == 1


def test_clearing_of_a_chain_by_hand() -> None:
    """External assets of 100,000, 95,000, 95,000; C has 90,000 to external creditors and 5,000 to B, so owes 95,000.

    A shock of 10 % leaves C 90,000 of 95,000; without default costs it pays 90,000 / 95,000 of everything.
    """
    figures = figures_of(
        chain(C={"total_assets": 100_000}),
        contagion_external_asset_shock=10.0, contagion_alpha=100.0, contagion_beta=100.0,
    )  # fmt: skip
    table = figures["clearing_results"].table
    assert table.loc[C, "recovery_rate"] == pytest.approx(90_000 / 95_000 * 100)
    assert table.loc[C, "defaulted"] == "yes"
    assert figures["clearing_trail_difference"].number <= 1e-9


def test_ranking_single_defaults_and_losses_say_the_same() -> None:
    figures = sample_figures()
    impact = figures["impact_and_vulnerability"].table["impact"]
    ranking = figures["systemic_ranking"].table
    listed = ranking.dropna(subset=["loss"])
    assert len(listed) == 10
    assert listed["loss"].to_dict() == pytest.approx(impact.loc[listed.index].to_dict(), rel=1e-9)
    assert (ranking["bound"] >= impact.loc[ranking.index] * (1 - 1e-12)).all()
    assert list(listed.index) == list(impact.sort_values(ascending=False).index[:10])
    assert figures["ranking_proven"].value is True


def test_losses_by_counterparty_are_those_of_the_institution() -> None:
    figures = sample_figures(NORTHBANK)
    own, of_all = figures["who_hits_it"].table, figures["losses_by_counterparty"].table
    mine = of_all[of_all["lender"] == NORTHBANK]
    assert len(mine) > 10
    assert own.loc[mine.index, "loss"].to_dict() == mine["loss"].to_dict()
    assert figures["own_impact"].number == pytest.approx(figures["whom_it_hits"].table["loss"].sum(), rel=1e-12)
    assert figures["own_vulnerability"].number == pytest.approx(own["of_equity"].sum() / 29, rel=1e-9)
    assert figures["own_claims"].number == pytest.approx(own["claim"].sum(), rel=1e-12)


def test_the_listed_differences_are_those_that_the_check_finds() -> None:
    (breach,) = (breach for breach in sample_system().breaches if breach.rule.code == "SYS-004")
    table = sample_figures()["report_differences"].table
    assert len(table) == breach.count
    assert (table["difference"] == table["lender_reports"] - table["borrower_reports"]).all()


def test_the_smallest_shock_brings_the_loss_and_the_one_below_does_not() -> None:
    figures = sample_figures()
    above, below = figures["reverse_shock"].number, figures["reverse_shock_below"].number
    assert 0 < above - below <= 1e-4
    loss = {
        shock: figures_of(sample_system(), contagion_external_asset_shock=shock, **QUICK)["clearing_equity_loss"].number
        for shock in (above, below)
    }
    assert loss[above] >= 25 > loss[below]


def test_bands_hold_their_median_and_the_reported_network_is_the_one_measured() -> None:
    figures = sample_figures()
    bands = figures["impact_bands"].table
    assert ((bands["low"] <= bands["median"]) & (bands["median"] <= bands["high"])).all()
    whole = figures["system_equity"].number
    impact = figures["impact_and_vulnerability"].table["impact"] / whole * 100
    assert bands["reported"].to_dict() == pytest.approx(impact.to_dict(), rel=1e-9)


# --- Not available, with the reason ----------------------------------------------------------------------------------


def test_claims_beyond_total_assets_make_clearing_not_available() -> None:
    figures = figures_of(chain(partial=True, A={"total_assets": 4_000}))
    assert "SYS-010" in figures["clearing_defaults"].reason
    assert A in figures["clearing_defaults"].reason
    assert figures["interbank_claims"].value == 10_000
    assert figures["impact_and_vulnerability"].available


def test_a_system_beyond_the_limit_has_no_bands_and_says_why() -> None:
    figures = figures_of(chain(), contagion_band_institutions=2.0)
    assert figures["system_bands"].reason == "bands are drawn for at most 2 institutions, the system has 3"


def test_without_runnable_shares_there_is_no_funding_cascade() -> None:
    assert "runnable_share" in figures_of(chain())["funding_results"].reason


def test_a_system_without_claims_says_so() -> None:
    figures = figures_of(small_system({name: {"owed": {}, "owes": {}} for name in "ABC"}))
    assert "no institution of the system reports a claim" in figures["link_count"].reason
    assert figures["interbank_claims"].value == 0


def test_without_equity_there_is_a_default_at_the_outset_and_no_division() -> None:
    figures = figures_of(chain(B={"equity": 0}))
    assert B not in figures["systemic_ranking"].table.dropna(subset=["loss"]).index
    assert np.isnan(figures["losses_by_counterparty"].table["of_equity"].to_dict()[f"{B} | {C}"])


def test_an_institution_that_is_not_there_is_refused() -> None:
    with pytest.raises(SystemViewFault, match="is no institution of the system"):
        view_system(chain(), "small", "NOBODY")


# --- Lineage ---------------------------------------------------------------------------------------------------------


def cells_behind(figure: Figure, key: str | None = None) -> set[str]:
    """Cells of values below a figure; of one row of `claims`, its own."""
    return {str(source.at(key)) for source in sources(figure) if source.role == "value" and source.at(key).rows}


def sources(figure: Figure) -> Iterator[Source]:
    return (item for item in (*figure.inputs, *figure.ancestors()) if isinstance(item, Source))


def test_each_row_of_the_claims_names_the_cell_of_its_amount_and_no_other() -> None:
    claims = sample_figures()["claims"]
    for key in list(claims.table.index)[:50]:
        assert cells_behind(claims, key) == {key}


@pytest.mark.parametrize("name", ["interbank_claims", "largest_impact", "clearing_shortfall", "cascade_trail"])
def test_every_used_cell_is_below_the_figures_of_the_system(name: str) -> None:
    figures = sample_figures()
    used = {cells for source in sample_system().sources() for cells in [source.at(None)]}
    below = [source.at(None) for source in sources(figures[name])]
    assert len(used) == 30
    assert all(any(cells.overlaps(one) for one in below) for cells in used)


def test_a_changed_cell_moves_what_names_it_and_leaves_the_other_claim_alone() -> None:
    before, after = figures_of(chain()), figures_of(chain(A={"owed": {"B": 6_000}}, B={"owes": {"A": 6_000}}))
    pair, other = f"{A} | {B}", f"{B} | {C}"
    assert "A.xlsx!exposures" in before["bilateral_claims"].explain(pair)
    assert "B.xlsx!exposures" not in before["bilateral_claims"].explain(pair)
    tables = [figures["losses_by_counterparty"].table for figures in (before, after)]
    assert [table.loc[pair, "direct_loss"] for table in tables] == [2_000, 2_400]
    assert [table.loc[other, "direct_loss"] for table in tables] == [2_000, 2_000]
    for name in ("interbank_claims", "largest_impact", "mean_vulnerability"):
        assert before[name].value != after[name].value, name
        assert any("A.xlsx!exposures" in cells for cells in cells_behind(before[name])), name


def test_every_choice_is_below_a_figure() -> None:
    choices = {name for name in load_entries("every") if name.startswith("contagion_")}
    used = {item.name for f in sample_figures().values() for item in f.ancestors() if isinstance(item, Parameter)}
    assert choices == used


def test_the_order_of_institutions_changes_no_figure() -> None:
    plain, masked = sample_figures(), sample_figures(masked=True)
    assert plain.keys() == masked.keys()
    for name, figure in plain.items():
        if isinstance(figure.value, float):
            assert masked[name].number == pytest.approx(figure.number, rel=1e-9, abs=1e-9), name
        elif isinstance(figure.value, pd.DataFrame):
            assert len(masked[name].table) == len(figure.value), name


def test_of_defaults_that_hit_alike_the_one_with_the_largest_claim_is_named_and_the_others_are_counted() -> None:
    terms = {"A": {"owed": {"B": 30_000, "C": 40_000}, "owes": {}}, "B": {"owed": {}, "owes": {"A": 30_000}},
             "C": {"owed": {}, "owes": {"A": 40_000}}}  # fmt: skip
    table = figures_of(small_system(terms))["impact_and_vulnerability"].table
    found = table.loc[LEIS["A"]]
    assert (found["hardest_hit"], found["hardest_hit_by"]) == (100.0, LEIS["C"])
    assert found["hardest_hit_by_name"].endswith(" and 1 more")
