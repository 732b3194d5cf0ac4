"""The workbook computes: from its input rows alone it comes to what the program came to, on this input and on others.

Without LibreOffice: every expression behind a formula, evaluated on the facts, gives the figure of its measure. With
it: all stored values forgotten, all come back; an input cell changed, the figures follow as the program's do.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reporting.expressions import COMPUTED, KEY, Expression, ExpressionError
from reporting.figures import Figure
from reporting.measures import assess
from reporting.portfolio import Portfolio
from reporting.render.xlsx import write_xlsx
from reporting.render.xlsx_formulas import MOST_LIVE_ROWS, Formulas, NotLive
from reporting.render.xlsx_layout import Layout, lay_out
from reporting.reports import Report, build_report
from reporting.rulebook import Rulebook, load_rulebook
from tests.acceptance import trading
from tests.acceptance.banks import (
    Bank,
    changed,
    from_tables,
    giving_components,
    holding_derivatives,
    portfolio_of,
    stating_totals,
)
from tests.acceptance.changes import Change
from tests.acceptance.samples import SampleRuns
from tests.acceptance.trading import smaller_book
from tests.render.libreoffice import (
    Cells,
    formulas,
    recalculated,
    recalculated_all,
    set_input_cells,
    soffice,
    stored,
    with_stored_values,
)

BANKS = (stating_totals, giving_components, holding_derivatives)
WRONG = {"#N/A", "#DIV/0!", "#VALUE!", "#NUM!"}  # what a formula shows that has no number


def without_a_balance_sheet_split() -> Bank:
    """A bank whose balance sheet is one total."""
    bank = holding_derivatives()
    (row, line), *_ = bank["balance_sheet"].items()
    bank["balance_sheet"] = {row: {**line, "lr_treatment": "total_assets_unsplit"}}
    return bank


# --- Expressions and measures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [*BANKS, without_a_balance_sheet_split])
def test_each_expression_of_the_workbook_gives_the_figure_of_its_measure(make: Callable[[], Bank]) -> None:
    portfolio = portfolio_of(make())
    assert portfolio is not None
    assert_expressions_agree(portfolio)


def test_each_expression_gives_the_figure_of_its_measure_on_the_sample(sample: SampleRuns) -> None:
    assert_expressions_agree(sample.portfolio)


def assert_expressions_agree(portfolio: Portfolio) -> None:
    report, rulebook = report_of(portfolio)
    assert report.live is not None
    names = names_of(portfolio, report, rulebook)
    for name, expression in report.live.figures.items():
        agree(report.figures[name], expression, names)
    for name, columns in report.live.tables.items():
        if report.figures[name].available:
            for column, expression in columns.items():
                column_agrees(report.figures[name].table, column, expression, names)


def report_of(portfolio: Portfolio) -> tuple[Report, Rulebook]:
    rulebook = rulebook_of(portfolio)
    return build_report("leverage", portfolio, assess(portfolio, rulebook), rulebook), rulebook


def rulebook_of(portfolio: Portfolio) -> Rulebook:
    return load_rulebook(portfolio.entity.jurisdiction, portfolio.entity.reference_date)


def names_of(portfolio: Portfolio, report: Report, rulebook: Rulebook) -> dict[str, object]:
    """What the names in expressions stand for: facts, parameters and the figures that are available."""
    assert report.live is not None
    names: dict[str, object] = {name: portfolio.fact(spec).value for name, spec in report.live.facts.items()}
    names |= {name: parameter.value for name, parameter in rulebook.parameters.items()}
    return names | {name: figure.value for name, figure in report.figures.items() if figure.available}


def agree(figure: Figure, expression: Expression, names: Mapping[str, object]) -> None:
    if not figure.available:
        with pytest.raises(ExpressionError):
            expression.evaluate(names)
        return
    value = expression.evaluate(names)
    assert isinstance(value, float)
    assert math.isclose(value, figure.number, rel_tol=1e-12), (figure.name, value, figure.number)


def column_agrees(table: pd.DataFrame, column: str, expression: Expression, names: Mapping[str, object]) -> None:
    """The expression gives the column, blank cells included."""
    key = table.index.to_series()
    own = {str(name): table[name] for name in table.columns} | {str(table.index.name): key, KEY: key}
    found = expression.evaluate({**names, **own, COMPUTED: table[column]})
    values = np.broadcast_to(np.asarray(found, dtype=np.float64), len(table))
    for row, value, wanted in zip(table.index, values, table[column], strict=True):
        both_blank = math.isnan(value) and math.isnan(wanted)
        assert both_blank or math.isclose(value, wanted, rel_tol=1e-12, abs_tol=1e-9), (row, column, value, wanted)


# What the workbook shows as values of the program: exact decimals, other banks' tables.
COMPUTED_NUMBERS = {"conservation_ratio"}
COMPUTED_TABLES = {"excluded_exposures_by_row", "unconfirmed_effects_on_leverage_ratio"}
# Columns of live tables that are values: what the workbook compares its inputs with, and what is kept as text.
COMPUTED_COLUMNS = {
    ("derivative_collateral", "issuer_credit_quality_step"), ("derivative_collateral", "residual_maturity_years"),
    ("derivative_collateral", "haircut_of_ten_days"), ("derivative_margin_agreements", "netted_within_days"),
    ("derivative_trades", "scheduled_notional"), ("derivative_asset_classes", "hedging_sets"),
}  # fmt: skip


def test_every_number_of_the_report_but_constants_is_live(sample: SampleRuns) -> None:
    live = sample.report.live
    assert live is not None
    numbers = {name for name, figure in sample.report.figures.items() if isinstance(figure.value, float)}
    assert numbers - set(live.figures) == COMPUTED_NUMBERS
    values = set()
    for name, figure in sample.report.figures.items():
        if isinstance(figure.value, pd.DataFrame) and name not in COMPUTED_TABLES:
            assert set(figure.value.select_dtypes("number").columns) == set(live.tables[name]), name
            values |= {(name, column) for column, e in live.tables[name].items() if str(e) == COMPUTED}
    assert values == COMPUTED_COLUMNS


def test_a_trade_points_straight_at_its_own_row_of_the_inputs(sample: SampleRuns) -> None:
    layout = lay_out(sample.report)
    formula = Formulas(sample.report, layout).of_column(sample.report.figures["derivative_trades"], "market_value")
    inputs, trades = layout.inputs["derivatives"], sample.portfolio.tables["derivatives"].frame["trade_id"]
    for place, (row, trade) in enumerate(trades.items()):
        line = layout.tables["derivative_trades"].lines[trade]
        cell = f"Inputs_derivatives!${inputs.columns['market_value_amount']}${inputs.lines[row]}"  # type: ignore[index]
        assert formula.at(place, line) == cell


def test_beyond_so_many_rows_a_table_and_what_rests_on_it_are_values(sample: SampleRuns) -> None:
    assert MOST_LIVE_ROWS == 5_000
    of = {"derivative_trades": "counted", "derivative_hedging_sets": "add_on", "derivative_leverage_sets": "exposure"}
    few = Formulas(sample.report, lay_out(sample.report), most_live_rows=399)
    for name, column in of.items():
        with pytest.raises(NotLive, match="derivative_trades has more than 399 rows"):
            few.of_column(sample.report.figures[name], column)
    few.of_column(sample.report.figures["sft_transactions"], "lent")
    enough = Formulas(sample.report, lay_out(sample.report), most_live_rows=400)
    enough.of_column(sample.report.figures["derivative_trades"], "counted")


# --- LibreOffice as the referee ---------------------------------------------------------------------------------------


def close(expected: object, found: object) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return abs(expected - found) <= 1e-9 * max(1.0, abs(expected))
    return expected == found


def differences(path: Path, expected: Cells, found: Cells) -> dict[tuple[str, str], tuple[Any, Any]]:
    """Formula cells that are not what was expected."""
    return {
        place: (expected.get(place), found.get(place))
        for place in formulas(path)
        if not close(expected.get(place), found.get(place))
    }


@pytest.fixture(scope="module")
def spoiled(sample: SampleRuns, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of the sample with 999 stored in every formula."""
    return with_stored_values(sample.folder / "report.xlsx", 999, tmp_path_factory.mktemp("spoiled") / "spoiled.xlsx")


@pytest.fixture(scope="module")
def come_back(spoiled: Path) -> Cells:
    """All cells of the spoiled workbook after LibreOffice has computed it."""
    return recalculated(spoiled)


@pytest.mark.slow
@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_every_forgotten_value_of_the_sample_comes_back(sample: SampleRuns, spoiled: Path, come_back: Cells) -> None:
    path = sample.folder / "report.xlsx"
    places = formulas(path)
    assert len(places) > 5_000
    assert set(map(stored(spoiled).get, places)) == {999}
    assert not differences(path, stored(path), come_back)
    for name, row in lay_out(sample.report).figures.items():
        figure = sample.report.figures[name]
        if isinstance(figure.value, float) and name not in COMPUTED_NUMBERS:
            assert ("Figures", f"C{row}") in places
            assert close(figure.value, come_back["Figures", f"C{row}"]), name


@pytest.mark.slow
@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_a_wrong_stored_value_of_the_sample_is_caught(sample: SampleRuns, come_back: Cells) -> None:
    path = sample.folder / "report.xlsx"
    place = "Figures", f"C{lay_out(sample.report).figures['exposure_measure']}"
    right = stored(path)[place]
    assert isinstance(right, float)
    wrong = {**stored(path), place: right * (1 + 1e-8)}
    assert list(differences(path, wrong, come_back)) == [place]


@pytest.mark.slow
@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_fifty_changed_inputs_of_the_sample_give_what_the_program_gives(sample: SampleRuns, tmp_path: Path) -> None:
    bank = smaller_book(from_tables(sample.portfolio.tables))
    portfolio = portfolio_of(bank)
    assert portfolio is not None
    report, _ = report_of(portfolio)
    write_xlsx(report, tmp_path / "report.xlsx")
    follows_the_program(bank, report, tmp_path / "report.xlsx", 50, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_forty_changed_trades_margins_and_repos_give_what_the_program_gives(sample: SampleRuns, tmp_path: Path) -> None:
    bank = smaller_book(from_tables(sample.portfolio.tables))
    portfolio = portfolio_of(bank)
    assert portfolio is not None
    report, _ = report_of(portfolio)
    write_xlsx(report, tmp_path / "report.xlsx")
    follows_the_program(bank, report, tmp_path / "report.xlsx", 40, tmp_path, trading.COLUMNS)


@pytest.mark.slow
@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("make", [stating_totals, giving_components])
def test_changed_inputs_of_a_small_bank_give_what_the_program_gives(make: Callable[[], Bank], tmp_path: Path) -> None:
    bank = make()
    portfolio = portfolio_of(bank)
    assert portfolio is not None
    report, _ = report_of(portfolio)
    write_xlsx(report, tmp_path / "report.xlsx")
    follows_the_program(bank, report, tmp_path / "report.xlsx", 15, tmp_path)


def follows_the_program(
    bank: Bank, report: Report, workbook: Path, count: int, folder: Path, columns: Columns | None = None
) -> None:
    layout = lay_out(report)
    trials = some_changes(bank, count, seed=51, columns=columns or COLUMNS)
    paths = [
        set_input_cells(workbook, in_the_workbook(layout, change), folder / f"changed-{number}.xlsx")
        for number, (change, _) in enumerate(trials)
    ]
    base, *found = recalculated_in_lots([workbook, *paths])
    moved = lost = 0
    for (change, figures), cells in zip(trials, found, strict=True):
        moved += any(not close(base.get(place), cells.get(place)) for place in figure_cells(layout))
        placing = trading.may_be_lost(change)
        lost += placing and cells.get(("Figures", f"C{layout.figures['leverage_ratio']}")) in WRONG
        assert not unlike(layout, figures, cells, lost=placing), dict(change)
    assert moved > count // 2, "most changes must move a figure, or nothing is proven"
    assert lost < count // 4, "what the workbook gives up must stay the exception"


def recalculated_in_lots(paths: list[Path]) -> list[Cells]:
    """Some workbooks at a time, so that none waits too long."""
    lots = [paths[start : start + LOT] for start in range(0, len(paths), LOT)]
    return [cells for lot in lots for cells in recalculated_all(lot, only=("Figures", "Tables"))]


LOT = 20
Columns = Mapping[tuple[str, str], int]
# Inputs that matter, by how often they are drawn.
COLUMNS: Mapping[tuple[str, str], int] = {
    ("balance_sheet", "gross_carrying_amount"): 4, ("balance_sheet", "loss_allowance_specific"): 3,
    ("balance_sheet", "lr_treatment"): 6, ("balance_sheet", "general_provision_deducted_from_tier1"): 2,
    ("exposures", "nominal"): 4, ("exposures", "currency"): 4, ("exposures", "ccf_category"): 4,
    ("exposures", "off_balance_sheet"): 6, ("exposures", "loss_allowance_specific"): 2,
    ("exposures", "general_provision"): 2, ("exposures", "maturity"): 1, ("counterparties", "institution"): 1,
    ("own_funds", "amount"): 3, ("own_funds", "item"): 3, ("requirements", "value"): 3,
    ("requirements", "valid_from"): 2, ("requirements", "valid_to"): 2, ("fx", "rate"): 4, ("fx", "date"): 2,
    ("fx", "currency"): 1, ("entity", "unit"): 1, ("entity", "g_sib"): 2, ("entity", "currency"): 1,
}  # fmt: skip


def some_changes(bank: Bank, count: int, seed: int, columns: Columns) -> list[tuple[Change, Mapping[str, Figure]]]:
    """Random valid changes of one cell, with the cells that have to follow it, and the program's figures then."""
    draw = random.Random(seed)
    found: list[tuple[Change, Mapping[str, Figure]]] = []
    while len(found) < count:
        sheet, column = draw.choices(list(columns), list(columns.values()))[0]
        rows = [row for row, cells in bank[sheet].items() if column in cells]
        options = list(trading.trading_alternatives(bank, (sheet, column, draw.choice(rows)))) if rows else []
        if options and (change := draw.choice(options)) not in [other for other, _ in found]:
            portfolio = portfolio_of(changed(bank, change))
            if portfolio is not None:
                found.append((change, assess(portfolio, rulebook_of(portfolio), effects=())))
    return found


def in_the_workbook(layout: Layout, change: Change) -> dict[tuple[str, str], Any]:
    """The cells of the Inputs_ sheets that hold the changed cells."""
    blocks = layout.inputs
    return {
        (blocks[sheet].sheet, f"{blocks[sheet].columns[column]}{blocks[sheet].lines[row]}"): value
        for (sheet, column, row), value in change.items()
    }


def figure_cells(layout: Layout) -> list[tuple[str, str]]:
    return [("Figures", f"C{row}") for row in layout.figures.values()]


def unlike(
    layout: Layout, figures: Mapping[str, Figure], cells: Cells, *, lost: bool = False
) -> list[tuple[str, object, object]]:
    """Numbers of the workbook that are not the program's; what the program does not give must be no number.

    lost   the workbook may show #N/A although the program gives a number
    """
    assert layout.report.live is not None
    found: list[tuple[str, object, object]] = []
    for name in layout.report.live.figures:
        if name in layout.figures and layout.report.figures[name].available:
            shown = cells.get(("Figures", f"C{layout.figures[name]}"))
            wanted = figures[name].number if figures[name].available else None
            if not _agrees(wanted, shown, lost=lost):
                found.append((name, wanted, shown))
    for name, columns in layout.report.live.tables.items():
        block = layout.tables[name]
        table = figures[name].table if figures[name].available else pd.DataFrame()
        for key in set(map(str, table.index)) & set(map(str, block.lines)):
            for column in columns:
                shown = cells.get(("Tables", f"{block.columns[column]}{block.lines[key]}"))
                value = float(table[column].loc[key])
                if not _agrees(value, shown, lost=lost) and not _follows_nothing(layout, name, key, column):
                    found.append((f"{name}[{key}].{column}", value, shown))
    return found


def _agrees(wanted: Any, shown: object, *, lost: bool) -> bool:
    if wanted is None or (lost and shown in WRONG):
        return shown in WRONG
    if math.isnan(wanted):
        return shown in (None, "")
    return close(float(wanted), shown)


def _follows_nothing(layout: Layout, name: str, key: str, column: str) -> bool:
    """True for cells that the workbook marks as values of the program."""
    table = layout.report.figures[name].table
    live = layout.report.live
    assert live is not None
    by_program = "basis" in table and table.loc[key, "basis"] == "computed by the program"
    return (name, column) in COMPUTED_COLUMNS or (by_program and COMPUTED in str(live.tables[name][column]))
