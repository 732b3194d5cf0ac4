"""Measures are resolved by the names of their arguments."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from reporting.figures import Figure, Source, Unavailable
from reporting.measures import MeasureError, Taken, assess, measure
from reporting.portfolio.facts import FactSpec
from reporting.rulebook import load_rulebook
from tests.factories import DAY, base_sheets, portfolio_of

FACTS = {
    "amounts": FactSpec("amounts", "balance_sheet", ("net_amount",), {"lr_treatment": ("ordinary",)}),
    "rates": FactSpec("rates", "protection", ("amount",)),
}


@measure(unit="money", reference="test")
def base(amounts: list[float]) -> float:
    """Sum of amounts."""
    return float(sum(amounts))


@measure(unit="money", reference="test")
def twice(base: float) -> float:
    """Two times the base."""
    return 2 * base


@measure(unit="money", reference="test")
def with_sheet(rates: list[float] | None) -> float:
    """One without the sheet."""
    return 1.0 if rates is None else 2.0


@measure(unit="money", reference="test")
def needs_sheet(rates: list[float]) -> float:
    """Needs the sheet."""
    return float(len(rates))


@measure(unit="money", reference="test")
def refuses(base: float) -> float | Unavailable:
    """Never available."""
    return Unavailable(f"refused at {base}")


@measure(unit="money", reference="test")
def after_refusal(refuses: float) -> float:
    """Rests on what is not available."""
    return refuses


def assessed(*measures: object, **options: object) -> object:
    portfolio = portfolio_of(base_sheets())
    return assess(portfolio, load_rulebook("eu", DAY), measures, options.get("facts", FACTS))  # type: ignore[arg-type]


def test_a_measure_receives_facts_and_other_measures_by_name() -> None:
    figures = assessed(twice, base)
    assert figures["twice"].number == 2 * 89_000_000  # type: ignore[index]


def test_lineage_of_a_figure_reaches_the_cells() -> None:
    figure = assessed(twice, base)["twice"]  # type: ignore[index]
    cells = {str(item.at(None)) for item in figure.ancestors() if isinstance(item, Source)}
    assert cells == {
        "testbank.xlsx!balance_sheet!C2",
        "testbank.xlsx!balance_sheet!D2",
        "testbank.xlsx!balance_sheet!E2:E3",
        "testbank.xlsx!entity!F2",
    }


def test_a_missing_sheet_gives_none_only_where_the_annotation_allows_it() -> None:
    figures = assessed(with_sheet, needs_sheet)
    assert figures["with_sheet"].number == 1  # type: ignore[index]
    assert figures["needs_sheet"].reason == "sheet protection is not in the submission"  # type: ignore[index]


def test_a_parameter_that_is_not_in_force_gives_none_only_where_the_annotation_allows_it() -> None:
    @measure(unit="%", reference="test")
    def asks(gsib_buffer_share: float | None) -> float:
        """Zero without it."""
        return gsib_buffer_share or 0.0

    @measure(unit="%", reference="test")
    def needs(gsib_buffer_share: float) -> float:
        """Nothing without it."""
        return gsib_buffer_share

    figures = assess(portfolio_of(base_sheets()), load_rulebook("eu", date(2022, 12, 31)), (asks, needs), FACTS)
    assert figures["asks"].number == 0.0
    assert "has no value on 2022-12-31" in figures["needs"].reason


def test_a_figure_that_rests_on_a_parameter_names_the_cells_that_chose_it() -> None:
    @measure(unit="%", reference="test")
    def lawful(minimum_leverage_ratio: float, gsib_buffer_share: float) -> float:
        """Two parameters."""
        return minimum_leverage_ratio + gsib_buffer_share

    figure = assessed(lawful)["lawful"]  # type: ignore[index]
    cells = [(item.cells.heading, item.role) for item in figure.inputs if isinstance(item, Source)]
    assert cells == [("jurisdiction", "selects"), ("reference_date", "selects")]


def test_what_rests_on_an_unavailable_figure_is_unavailable_with_the_first_reason() -> None:
    figures = assessed(base, refuses, after_refusal)
    assert figures["after_refusal"].reason == "Refuses: refused at 89000000.0"  # type: ignore[index]


def test_an_unknown_argument_is_an_error_with_the_nearest_name() -> None:
    @measure(unit="", reference="test")
    def lost(amonts: float) -> float:
        """Misspelt."""
        return amonts

    with pytest.raises(MeasureError, match=r"lost -> amonts: no measure, fact or parameter .* did you mean 'amounts'"):
        assessed(lost)


def test_a_cycle_is_an_error_that_prints_its_chain() -> None:
    @measure(unit="", reference="test")
    def hen(egg: float) -> float:
        """From the egg."""
        return egg

    @measure(unit="", reference="test")
    def egg(hen: float) -> float:
        """From the hen."""
        return hen

    with pytest.raises(MeasureError, match="hen -> egg -> hen"):
        assessed(hen, egg)


def test_a_name_found_twice_is_an_error() -> None:
    @measure(unit="", reference="test")
    def amounts(base: float) -> float:
        """Has the name of a fact."""
        return base

    with pytest.raises(MeasureError, match="amounts is found twice"):
        assessed(base, amounts)
    with pytest.raises(MeasureError, match="base is found twice"):
        assessed(base, base)


def test_default_values_of_arguments_are_refused() -> None:
    with pytest.raises(MeasureError, match="argument share has a default value"):

        @measure(unit="", reference="test")
        def generous(share: float = 1.0) -> float:
            """A number that nobody supplied."""
            return share


def test_the_branch_that_was_taken_names_only_the_cells_it_used() -> None:
    @measure(unit="money", reference="test")
    def chosen(base: float, amounts: list[float]) -> Taken:
        """One of two."""
        return Taken(base, ("base",), "the base was there")

    figure = assessed(base, chosen)["chosen"]  # type: ignore[index]
    assert [item.name for item in figure.inputs if isinstance(item, Figure)] == ["base"]
    assert len(figure.inputs) == 1
    assert figure.formula == "One of two. Here: the base was there."


def test_a_row_of_a_table_may_rest_on_whole_columns() -> None:
    def lines(balance_sheet_rows: pd.DataFrame) -> Taken:
        """Each line."""
        whole = ("balance_sheet_rows",)
        return Taken(balance_sheet_rows.set_index("line_id"), whole, "all lines count", whole=whole)

    lines_alone = measure(unit="money", reference="test", key="line_id")(lines)
    facts = {"balance_sheet_rows": FactSpec("b", "balance_sheet", ("net_amount",), shape="frame", key="line_id")}
    figure = assessed(lines_alone, facts=facts)["lines"]  # type: ignore[index]
    assert {tuple(source.at("A1").row_numbers()) for source in figure.inputs if source.cells.sheet != "entity"} == {
        (2, 3)
    }
