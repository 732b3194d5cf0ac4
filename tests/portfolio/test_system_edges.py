"""A system from a list of nodes and edges: nothing is overwritten, nothing is dropped without a word."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reporting import load_system
from reporting.intake.limits import Limits
from reporting.portfolio.system import System
from reporting.problems import InputRejected
from tests.portfolio.small_systems import write_csv, write_network

NODES: dict[str, dict[str, object]] = {"N1": {}, "N2": {}, "N3": {}}


def codes(system: System) -> list[str]:
    return [breach.rule.code for breach in system.breaches]


def test_every_positive_exposure_of_a_lender_is_kept(tmp_path: Path) -> None:
    """NEVA's parse_csv keeps only the first positive exposure of each lender."""
    edges = [["N1", "N2", 10, "loan"], ["N1", "N3", 25, "loan"], ["N2", "N3", 5, "loan"]]
    system = load_system(write_network(tmp_path, NODES, edges))
    assert system.exposures.toarray().tolist() == [[0, 10, 25], [0, 0, 5], [0, 0, 0]]
    assert codes(system) == []


def test_a_repeated_pair_adds_up_on_both_sides_and_is_told(tmp_path: Path) -> None:
    """NEVA overwrites the exposure with the last row, but adds each row to the liabilities."""
    edges = [["N1", "N2", 10, "loan"], ["N1", "N2", 30, "loan"]]
    system = load_system(write_network(tmp_path, NODES, edges))
    assert system.exposures[0, 1] == system.liabilities[1, 0] == 40
    assert codes(system) == ["SYS-006"]
    assert str(system.problems[0]).startswith("edges.csv!C3: 30.00 EUR that N2 owes N1 stands beside another row")
    assert [str(cells) for cells in system.cells("N1", "N2")] == ["edges.csv!C2:C3"]


def test_many_rows_of_a_pair_add_up_exactly_in_any_order(tmp_path: Path) -> None:
    amounts = [0.1] * 10 + [1e12, 1e-3]
    for number, order in enumerate((amounts, amounts[::-1])):
        folder = tmp_path / str(number)
        folder.mkdir()
        edges = [["N1", "N2", f"{amount:.3f}", str(n)] for n, amount in enumerate(order)]
        headings = ("lender", "borrower", "amount", "instrument")
        write_csv(folder / "edges.csv", [dict(zip(headings, edge, strict=True)) for edge in edges])
        node = {"equity": 1, "external_assets": 2, "external_liabilities": 0, "currency": "EUR"}
        write_csv(folder / "nodes.csv", [{"node_id": name, **node} for name in NODES])
        assert load_system(folder).exposures[0, 1] == 1000000000001.001


def test_nodes_are_sorted_and_their_cells_known(tmp_path: Path) -> None:
    system = load_system(
        write_network(tmp_path, {"b": {"name": "Second"}, "a": {"name": "First"}}, [["b", "a", 1, "x"]])
    )
    assert (system.leis, system.names, system.kinds) == (("a", "b"), ("First", "Second"), ("", ""))
    assert str(system.origins["equity"]["a"][0].at(None)) == "nodes.csv!E3"
    assert (system.reference_date, system.currency) == (None, "EUR")
    day = date(2026, 9, 30)
    assert load_system(tmp_path, reference_date=day).reference_date == day


def test_an_unknown_bank_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    write_network(tmp_path, {"NORTH": {}, "SOUTH": {}}, [["NORTH", "SOUHT", 1, "loan"]])
    with pytest.raises(InputRejected, match="borrower is 'SOUHT', which is no node, did you mean 'SOUTH'"):
        load_system(tmp_path)


def test_partial_goes_on_without_the_faulty_edges(tmp_path: Path) -> None:
    edges = [["N1", "N2", 10, "loan"], ["N1", "N9", 5, "loan"], ["N2", "N3", -5, "loan"], ["N3", "N3", 5, "loan"]]
    system = load_system(write_network(tmp_path, NODES, edges), partial=True)
    assert system.exposures.toarray().sum() == 10
    assert set(codes(system)) == {"SYS-007", "SYS-008", "SYS-015"}


@pytest.mark.parametrize("stated", [["EUR", "USD"], [None, None]])
def test_amounts_of_several_currencies_or_of_none_are_refused(tmp_path: Path, stated: list[str | None]) -> None:
    nodes = {name: {"currency": currency} for name, currency in zip(("N1", "N2"), stated, strict=True)}
    with pytest.raises(InputRejected) as rejected:
        load_system(write_network(tmp_path, nodes, [["N1", "N2", 1, "loan"]]))
    assert "SYS-012" in {breach.rule.code for breach in rejected.value.breaches}


def test_a_currency_that_no_table_states_is_that_of_the_caller(tmp_path: Path) -> None:
    nodes = {name: {"currency": None} for name in NODES}
    assert load_system(write_network(tmp_path, nodes, [["N1", "N2", 1, "loan"]]), currency="CHF").currency == "CHF"


def test_a_blank_amount_is_no_zero(tmp_path: Path) -> None:
    write_network(tmp_path, NODES, [["N1", "N2", 3, "loan"]])
    edges: list[dict[str, object]] = [
        {"lender": "N1", "borrower": "N2", "amount": None},
        {"lender": "N1", "borrower": "N3", "amount": 4},
    ]
    write_csv(tmp_path / "edges.csv", edges)
    with pytest.raises(InputRejected, match=r"edges.csv!C2: amount is blank"):
        load_system(tmp_path)


def test_a_folder_without_edges_is_a_folder_of_submissions(tmp_path: Path) -> None:
    write_csv(tmp_path / "nodes.csv", [{"node_id": "N1"}])
    with pytest.raises(InputRejected) as rejected:
        load_system(tmp_path)
    assert {breach.rule.code for breach in rejected.value.breaches} == {"SYS-018", "SYS-019"}


def test_a_large_edge_list_in_parquet_stays_sparse_and_keeps_its_sums(tmp_path: Path) -> None:
    draw, number, edges = np.random.default_rng(7), 2_000, 40_000
    names = np.array([f"N{n:05d}" for n in range(number)])
    lender, step = draw.integers(0, number, edges), draw.integers(1, number, edges)
    table = pd.DataFrame(
        {
            "lender": names[lender],
            "borrower": names[(lender + step) % number],
            "amount": draw.integers(1, 100, edges) * 1.0,
        }
    )
    table = table.drop_duplicates(["lender", "borrower"])
    owed, owing = (table.groupby(side)["amount"].sum().reindex(names).fillna(0.0) for side in ("lender", "borrower"))
    nodes = pd.DataFrame({"node_id": names, "equity": 50.0, "external_assets": 1e4, "currency": "EUR"})
    nodes["external_liabilities"] = 1e4 - 50.0 + owed.to_numpy() - owing.to_numpy()
    table.to_parquet(tmp_path / "edges.parquet", index=False)
    nodes.to_parquet(tmp_path / "nodes.parquet", index=False)
    system = load_system(tmp_path, limits=Limits())
    assert codes(system) == []
    assert system.exposures.nnz == len(table)
    assert (system.nodes["claims"].to_numpy() == owed.to_numpy()).all()
