"""What the diagrams draw: places of institutions, lines between them, and the cells of the exposure matrix."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd

from reporting.measures.arrays import table_of
from reporting.measures.contagion.core_periphery import CorePeriphery
from reporting.measures.contagion.figures.network import OWN, Network
from reporting.measures.contagion.network import IntArray
from reporting.measures.measure import measure

_LETTERS = 22  # of a name beside a mark
_LABELLED = 40  # institutions of the diagram with a name
_DIGITS = 4  # of a place, so that the last bits of a machine do not show
_NEAR, _FAR = 1.0, 1.6  # distances of two institutions with and without a claim


@measure(unit="", reference="Kamada and Kawai (1989)", label="Places in the network diagram", key="lei")
def diagram_institutions(network: Network, core: CorePeriphery, contagion_diagram_institutions: float) -> pd.DataFrame:
    """Places without meaning, in which those with a claim on each other stand closer.

    The largest institutions by claims and obligations, largest first.
    """
    chosen = _largest(network, contagion_diagram_institutions)
    places = _places(network, chosen)
    labels = short_labels([network.names[i] for i in chosen])
    rows: dict[str, list[object]] = {}
    for i, label, (x, y) in zip(chosen.tolist(), labels, places, strict=True):
        group = "Core" if core.core[i] else "Periphery"
        shown = label if len(rows) < _LABELLED else " "
        rows[network.leis[i]] = [shown, group, x, y, float(network.claims[i] + network.obligations[i])]
    return table_of("lei", rows, ("label", "group"), ("x", "y", "size"))


def _places(network: Network, chosen: IntArray) -> list[tuple[float, float]]:
    """The layout begins on a circle and needs no random numbers."""
    claims = network.exposures[chosen][:, chosen]
    linked = (claims + claims.T).toarray() > 0
    members = range(len(chosen))
    distances = {i: {j: 0.0 if i == j else _NEAR if linked[i, j] else _FAR for j in members} for i in members}
    graph = nx.Graph()
    graph.add_nodes_from(members)
    found = nx.kamada_kawai_layout(graph, dist=distances)
    return [(round(float(found[i][0]), _DIGITS), round(float(found[i][1]), _DIGITS)) for i in members]


@measure(unit="", reference=OWN, label="Lines of the network diagram", key="pair")
def diagram_claims(bilateral_claims: pd.DataFrame, diagram_institutions: pd.DataFrame) -> pd.DataFrame:
    """A line for each claim between two institutions of the diagram."""
    places = diagram_institutions
    rows = {}
    for pair, lender, borrower, claim in bilateral_claims[["lender", "borrower", "claim"]].itertuples(name=None):
        if lender in places.index and borrower in places.index:
            ends = [*places.loc[lender, ["x", "y"]], *places.loc[borrower, ["x", "y"]]]
            rows[pair] = [*map(float, ends), claim]
    return table_of("pair", rows, (), ("x", "y", "x2", "y2", "claim"))


@measure(unit="money", reference=OWN, label="Cells of the exposure matrix", key="pair")
def matrix_cells(
    network: Network, bilateral_claims: pd.DataFrame, contagion_heat_map_institutions: float
) -> pd.DataFrame:
    """Claims of lenders in rows on borrowers in columns, the largest institutions by claims and obligations."""
    chosen = _largest(network, contagion_heat_map_institutions)
    labels = dict(zip((network.leis[i] for i in chosen), short_labels([network.names[i] for i in chosen]), strict=True))
    order = {lei: float(n) for n, lei in enumerate(labels)}
    rows = {}
    for pair, lender, borrower, claim in bilateral_claims[["lender", "borrower", "claim"]].itertuples(name=None):
        if lender in labels and borrower in labels:
            rows[pair] = [labels[lender], labels[borrower], order[lender], order[borrower], claim]
    return table_of("pair", rows, ("lender_label", "borrower_label"), ("lender_order", "borrower_order", "claim"))


def _largest(network: Network, most: float) -> IntArray:
    """The largest by claims and obligations, largest first."""
    found: IntArray = np.argsort(-(network.claims + network.obligations), kind="stable")[: int(most)]
    return found


def short_labels(names: list[str]) -> list[str]:
    """Names cut to fit beside a mark; those that would be the same are numbered."""
    found: list[str] = []
    for name in names:
        plain = name.split(" (")[0]
        short = plain if len(plain) <= _LETTERS else f"{plain[: _LETTERS - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
        number, unique = 2, short
        while unique in found:
            unique, number = f"{short} {number}", number + 1
        found.append(unique)
    return found


MEASURES = (diagram_institutions, diagram_claims, matrix_cells)
