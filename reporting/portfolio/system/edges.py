"""A network given as a list of nodes and edges, for those who have no submissions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import fsum
from pathlib import Path, PurePosixPath
from types import MappingProxyType

import numpy as np
import pandas as pd

from reporting.figures import Source
from reporting.intake.checks import check_table
from reporting.intake.convert import convert_sheet
from reporting.intake.findings import Finding, shown, to_breaches
from reporting.intake.layout import hinted, of_sheet
from reporting.intake.limits import Limits
from reporting.intake.reading import read_submission
from reporting.intake.schema import load_network_schemas
from reporting.intake.tables import RawSubmission, Table
from reporting.origin import Cells
from reporting.portfolio.portfolio import errors
from reporting.portfolio.system import pairs, said
from reporting.portfolio.system.assembly import Parts, Terms, further_rows
from reporting.portfolio.system.pairs import FloatArray, Tolerance
from reporting.portfolio.system.rows import COLUMNS, Mask, blocked_rows
from reporting.portfolio.system.said import Said, money
from reporting.portfolio.system.value import System
from reporting.problems import LISTED, Breach, InputRejected
from reporting.spelling import did_you_mean, plain

_AMOUNTS = ("equity", "external_assets", "external_liabilities")


def load_network(path: Path, terms: Terms, limits: Limits, further_claims: pd.DataFrame | None) -> System:
    """The system of the tables `nodes` and `edges` in a folder of CSV or Parquet files, or in a workbook.

    Amounts are single units of one currency: that of `terms`, or the one that the tables state. The date is that of
    `terms`, or None. InputRejected with all problems; OSError where the path cannot be opened.
    """
    raw, faults = read_submission(path, limits)
    tables, found = _tables(raw) if raw is not None else ({}, ())
    breaches = (*faults, *found)
    if raw is None or len(tables) < len(load_network_schemas()):
        raise InputRejected((*breaches, *said.to_breaches(_missing(path.name, tables, breaches))))
    nodes, edges = (_accepted(tables[name], breaches) for name in ("nodes", "edges"))
    terms, nodes, edges, told = _in_one_currency(terms, nodes, edges)
    parts = _parts(nodes, edges, terms, further_claims, tables)
    breaches += said.to_breaches([*told, *parts.said])
    if errors(breaches) and not terms.partial:
        raise InputRejected(breaches)
    return parts.system(terms, {raw.name: raw.files}, breaches, {})


def _tables(raw: RawSubmission) -> tuple[Mapping[str, Table], tuple[Breach, ...]]:
    """The tables by name, and what their schemas find. A table that is missing or not readable has its breach."""
    findings: list[Finding] = []
    tables: dict[str, Table] = {}
    schemas = load_network_schemas()
    for sheet in raw.sheets:
        title = sheet.sheet or PurePosixPath(sheet.file).stem
        name = plain(title)
        if name not in schemas:
            asked = hinted("unknown_sheet", did_you_mean(title, schemas))
            findings.append(of_sheet(sheet, "unknown_sheet", f"{shown(title)} is not one that is read", asked))
        elif name in tables:
            findings.append(of_sheet(sheet, "repeated_sheet", f"is another one of {name}"))
        else:
            converted, found = convert_sheet(sheet, schemas[name])
            findings.extend(found)
            if converted is not None:
                findings.extend(check_table(converted))
                tables[name] = converted.table
    return tables, to_breaches(findings, [Cells(sheet.file, sheet.sheet) for sheet in raw.sheets])


def _missing(name: str, tables: Mapping[str, Table], breaches: tuple[Breach, ...]) -> Iterator[Said]:
    lacking = [table for table in load_network_schemas() if table not in tables]
    if not errors(breaches):
        yield Said(
            "SYS-018", Cells(name), f"the table {' and the table '.join(lacking)} cannot be read or is not there"
        )


def _accepted(table: Table, breaches: tuple[Breach, ...]) -> Table:
    """The table without the rows in which an error forbids a cell that is read. The error has been told."""
    read = [column for column in table.frame.columns if column != "note"]
    return replace(table, frame=table.frame[~blocked_rows(breaches, table, read, table.frame)])


def _in_one_currency(terms: Terms, nodes: Table, edges: Table) -> tuple[Terms, Table, Table, list[Said]]:
    """The terms with the currency of the network, and the tables without the rows of another one (SYS-012)."""
    stated = pd.concat([table.frame["currency"] for table in (nodes, edges)]).dropna()
    currency = terms.currency or (stated.value_counts().sort_index(kind="stable").idxmax() if len(stated) else "")
    if not currency:
        found = "neither the tables nor the caller state the currency of the amounts"
        return terms, nodes, edges, [Said("SYS-012", Cells(nodes.file, nodes.sheet), found)]
    told: list[Said] = []
    kept = []
    for table in (nodes, edges):
        other = (table.frame["currency"].notna() & (table.frame["currency"] != currency)).to_numpy(dtype=bool)
        rows = table.frame.index[other].to_numpy()
        if len(rows):
            found = f"{len(rows)} rows are in another currency than {currency}, and there are no rates"
            told.append(Said("SYS-012", table.cells("currency", rows), found))
        kept.append(replace(table, frame=table.frame[~other]))
    return replace(terms, currency=str(currency)), kept[0], kept[1], told


# --- The network -----------------------------------------------------------------------------------------------------


def _parts(
    nodes: Table, edges: Table, terms: Terms, further_claims: pd.DataFrame | None, stored: Mapping[str, Table]
) -> Parts:
    """The network. `stored` are the tables before rows were left out: what follows from those is not told again."""
    told: list[Said] = []
    frame = _once(nodes, told)
    leis = tuple(frame["node_id"].astype(str))
    rows = pd.concat(
        [_rows(edges, terms, stored["nodes"], told), further_rows(further_claims, terms)], ignore_index=True
    )
    within, external = pairs.split(rows, leis)
    claims, wrong = pairs.usable(within)
    exposures = pairs.matrix(pairs.sums(claims, leis), len(leis))
    told += [*wrong, *pairs.repeated(claims), *_not_positive(nodes, frame)]
    in_doubt = frame["node_id"].isin(_ends_left_out(stored["edges"], claims)).to_numpy(dtype=bool)
    told += _unbalanced(nodes, frame, in_doubt, pairs.margins(exposures), terms.tolerance)
    amounts = {name: frame[name].to_numpy(dtype=np.float64).copy() for name in _AMOUNTS}
    return Parts(
        leis=leis,
        names=_texts(frame["name"]),
        kinds=_texts(frame["kind"]),
        exposures=exposures,
        **amounts,
        claims=claims.assign(used=True),
        external=external,
        origins=MappingProxyType({name: _origins(nodes, frame, name) for name in _AMOUNTS}),
        said=tuple(told),
    )


def _once(nodes: Table, told: list[Said]) -> pd.DataFrame:
    """The rows of nodes that stand once, by identifier; the others are told."""
    frame = nodes.frame
    for row, name in frame.loc[frame["node_id"].duplicated(), "node_id"].items():
        told.append(Said("SYS-017", nodes.cells("node_id", np.array([row])), f"{name} stands in an earlier row too"))
    return frame[~frame["node_id"].duplicated(keep=False)].sort_values("node_id")


def _texts(column: pd.Series[str]) -> tuple[str, ...]:
    return tuple(column.fillna("").astype(str))


def _origins(nodes: Table, frame: pd.DataFrame, column: str) -> Mapping[str, tuple[Source, ...]]:
    return MappingProxyType({
        str(name): (nodes.source(column, np.array([row], dtype=np.int64)),)
        for row, name in frame["node_id"].items()
    })  # fmt: skip


def _ends_left_out(edges: Table, claims: pd.DataFrame) -> list[str]:
    """Lenders and borrowers of the edges that do not count."""
    left_out = edges.frame[~edges.frame.index.isin(claims["row"])]
    left_out = left_out[left_out["lender"] != left_out["borrower"]]
    return [*left_out["lender"], *left_out["borrower"]]


def _rows(edges: Table, terms: Terms, nodes: Table, told: list[Said]) -> pd.DataFrame:
    """The edges as rows; an edge with an end that was never a node is told and left out."""
    frame, leis = edges.frame, tuple(nodes.frame["node_id"].dropna().unique())
    unknown = np.zeros(len(frame), dtype=bool)
    for end in ("lender", "borrower"):
        lost = ~frame[end].isin(leis).to_numpy(dtype=bool)
        told += _unknown_ends(edges, end, frame.loc[lost, end], leis)
        unknown |= lost
    frame = frame[~unknown]
    rows = pd.DataFrame({name: frame.get(name) for name in COLUMNS})
    return rows.assign(
        lender=frame["lender"].astype("object"),
        borrower=frame["borrower"].astype("object"),
        instrument=frame["instrument"].astype("object"),
        amount=frame["amount"],
        stated=frame["amount"],
        side="edge",
        currency=terms.currency,
        file=edges.file,
        sheet=edges.sheet,
        column=edges.letters.get("amount", ""),
        row=frame.index.to_numpy(dtype=np.int64),
    )


def _unknown_ends(edges: Table, end: str, lost: pd.Series[str], leis: tuple[str, ...]) -> Iterator[Said]:
    for number, (row, name) in enumerate(lost.head(LISTED).items()):
        more = len(lost) - LISTED if number == LISTED - 1 else 0
        found = f"{end} is {shown(name)}, which is no node{did_you_mean(str(name), leis)}"
        yield Said("SYS-015", edges.cells(end, np.array([row])), found, more)


def _not_positive(nodes: Table, frame: pd.DataFrame) -> Iterator[Said]:
    """SYS-009 and SYS-010: equity that is not above 0, and external amounts below 0."""
    for row, node in frame.iterrows():
        for column in _AMOUNTS:
            if node[column] < 0 or (node[column] == 0 and column == "equity"):
                code = "SYS-009" if column == "equity" else "SYS-010"
                where = nodes.cells(column, np.array([row]))
                yield Said(code, where, f"{column} of {node['node_id']} is {money(node[column])}")


def _unbalanced(
    nodes: Table,
    frame: pd.DataFrame,
    in_doubt: Mask,
    margins: tuple[FloatArray, FloatArray],
    tolerance: Tolerance,
) -> Iterator[Said]:
    """SYS-013 and SYS-014: what a node says of itself against its edges, where all of these count."""
    claims, obligations = margins
    assets, liabilities = (frame[column].to_numpy(dtype=np.float64) for column in _AMOUNTS[1:])
    sums = {
        "total_claims": ("SYS-013", claims, "its edges sum to"),
        "total_obligations": ("SYS-013", obligations, "its edges sum to"),
        "equity": (
            "SYS-014",
            _exact(assets, claims, -liabilities, -obligations),
            "its assets less its liabilities are",
        ),
    }
    for column, (code, wanted, words) in sums.items():
        stated = frame[column].to_numpy(dtype=np.float64)
        size = assets + claims if column == "equity" else wanted
        for n in np.flatnonzero(tolerance.exceeded(stated, wanted, size) & ~in_doubt):
            found = f"{column} of {frame['node_id'].iloc[n]} is {money(stated[n])}, {words} {money(wanted[n])}"
            yield Said(code, nodes.cells(column, frame.index.to_numpy()[n : n + 1]), found)


def _exact(*terms: FloatArray) -> FloatArray:
    return np.array([fsum(values) for values in zip(*terms, strict=True)], dtype=np.float64)
