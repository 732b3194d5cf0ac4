"""Claims and balance sheets in other currencies: the lineage names the rates that they were converted by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reporting.batch import Options, load_figures, run_unit
from reporting.figures import Figure, Source
from reporting.origin import Cells
from reporting.portfolio.anonymous import anonymised
from reporting.portfolio.system import System, load_system
from tests.contagion_runs import QUICK, A, B, figures_of
from tests.factories import write_workbook
from tests.portfolio.small_systems import sheets_of

# A has claims on B in pounds and on C in euro; the books of B are in dollars, its claim on C is in pounds.
TERMS: Mapping[str, Mapping[str, Any]] = {
    "A": {"owed": {"B": [4_000, 500], "C": 1_000}, "owes": {}, "rates": {"GBP": 1.15, "USD": 0.8}},
    "B": {"owed": {"C": 3_000}, "owes": {}, "currency": "USD", "rates": {"EUR": 1.25, "GBP": 1.5}},
    "C": {"owed": {}, "owes": {}, "rates": {"GBP": 1.15}},
}
IN_POUNDS = {"A": (0, 1), "B": (0,), "C": ()}


def write_system(folder: Path, **changed: Mapping[str, float]) -> Path:
    """The submissions, with other rates for an institution."""
    folder.mkdir()
    for name, terms in TERMS.items():
        sheets = sheets_of(name, {**terms, "rates": {**terms["rates"], **changed.get(name, {})}})
        for row in IN_POUNDS[name]:
            sheets["exposures"][row]["currency"] = "GBP"
        write_workbook(folder / f"{name}.xlsx", sheets)
    return folder


def system_of(folder: Path, **changed: Mapping[str, float]) -> System:
    return load_system(write_system(folder, **changed), currency="EUR")


def rate_cells(figure: Figure, key: str | None = None) -> set[str]:
    """The cells of rates below a figure; with a key those of this row of it."""
    below = figure.inputs if key else (*figure.inputs, *figure.ancestors())
    found = (item for item in below if isinstance(item, Source) and item.cells.sheet == "fx")
    return {str(item.at(key)) for item in found if item.cells.heading == "rate" and item.at(key).rows}


def claims_of(figures: Mapping[str, Figure], lender: str) -> list[str]:
    table = figures["claims"].table
    return [str(name) for name in table.index[table["lender"] == lender]]


def test_a_claim_names_the_rates_that_it_was_converted_by_and_no_other(tmp_path: Path) -> None:
    figures = figures_of(system_of(tmp_path / "in"), **QUICK)
    first, second, in_euro = claims_of(figures, A)
    (of_b,) = claims_of(figures, B)
    claims = figures["claims"]
    assert [claims.table.loc[key, "amount"] for key in (first, in_euro, of_b)] == pytest.approx([4_600, 1_000, 3_600])
    assert rate_cells(claims, first) == rate_cells(claims, second) == {"A.xlsx!fx!C2"}
    assert rate_cells(claims, in_euro) == set()
    assert rate_cells(claims, of_b) == {"B.xlsx!fx!C2:C3"}
    assert rate_cells(figures["institutions"], B) == {"B.xlsx!fx!C2"}
    assert rate_cells(figures["institutions"], A) == set()


@pytest.mark.parametrize(
    ("name", "rates", "cell"),
    [("A", {"GBP": 1.3}, "A.xlsx!fx!C2"), ("A", {"USD": 2.0}, "A.xlsx!fx!C3"), ("B", {"EUR": 2.0}, "B.xlsx!fx!C2"),
     ("B", {"GBP": 2.0}, "B.xlsx!fx!C3"), ("C", {"GBP": 9.0}, "C.xlsx!fx!C2")],
)  # fmt: skip
def test_a_changed_rate_moves_the_rows_that_name_it_and_no_other(
    tmp_path: Path, name: str, rates: Mapping[str, float], cell: str
) -> None:
    before = figures_of(system_of(tmp_path / "before"), **QUICK)
    after = figures_of(system_of(tmp_path / "after", **{name: rates}), **QUICK)
    place = Cells(f"{name}.xlsx", "fx", "C", ((int(cell[-1]), int(cell[-1])),))
    for figure, column in (("claims", "amount"), ("institutions", "equity")):
        old, new = before[figure].table[column], after[figure].table[column]
        moved = {str(key) for key in old.index if old[key] != new[key]}
        named = {str(key) for key in old.index if names(before[figure], key, place)}
        assert moved == named, figure
    assert (before["interbank_claims"].value != after["interbank_claims"].value) == (
        cell in {"A.xlsx!fx!C2", "B.xlsx!fx!C2", "B.xlsx!fx!C3"}
    )


def names(figure: Figure, key: object, row: Cells) -> bool:
    """Whether the row of the figure rests on the cell."""
    found = (item.at(str(key)) for item in figure.inputs if isinstance(item, Source))
    return any(cells.rows and cells.overlaps(row) for cells in found)


def test_rates_are_read_back_from_a_run_as_they_were_written(tmp_path: Path) -> None:
    made = run_unit(write_system(tmp_path / "in"), tmp_path / "out", Options(report="contagion", outputs=("json",)))
    filed, fresh = load_figures(made.folder), figures_of(load_system(tmp_path / "in"))
    for name in ("claims", "institutions"):
        for key in map(str, fresh[name].table.index):
            assert sorted(filed[name].explain(key).splitlines()) == sorted(fresh[name].explain(key).splitlines())


def test_masked_claims_name_the_rates_under_the_masked_file(tmp_path: Path) -> None:
    hidden, _ = anonymised(system_of(tmp_path / "in"))
    claims = figures_of(hidden, **QUICK)["claims"]
    found = [rate_cells(claims, str(key)) for key in claims.table.index]
    assert sorted(map(len, found)) == [0, 1, 1, 1]
    assert not any(cell.startswith(("A.xlsx", "B.xlsx")) for cells in found for cell in cells)
