"""Small systems made from the examples of the rules SYS: three institutions, or a list of nodes and edges.

An example changes institutions A, B and C, whose amounts are in single euro:

    kind, equity, total_assets, reference_date, currency
    owed, owes          other institution -> amount in euro, of the sheets exposures and funding
    rates               currency -> rate on the sheet fx
    shares_in           an institution whose shares it holds
    without             a sheet that it leaves out
    second_submission   whether it submits twice
    absent              whether it does not submit

An example with `nodes` gives the changes of each node and the edges (lender, borrower, amount, instrument).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from reporting.intake import check_submission
from reporting.intake.codes import with_check_digits
from reporting.intake.tables import InputFile, RawSheet, RawSubmission
from reporting.portfolio import build_portfolio
from reporting.portfolio.system import Submission, System, Terms, build_system, load_system
from reporting.problems import Breach, InputRejected

DAY = date(2026, 9, 30)
LEIS = {name: with_check_digits(f"FICTIONALSMALL{name}001") for name in "ABC"}
_BASE: Mapping[str, Mapping[str, Any]] = {
    "A": {"owed": {"B": 40_000}, "owes": {"C": 20_000}},
    "B": {"owed": {"C": 30_000}, "owes": {"A": 40_000}},
    "C": {"owed": {"A": 20_000}, "owes": {"B": 30_000}},
}
_NODE = {"equity": 100.0, "external_assets": 1000.0}


def small_submissions(changes: Mapping[str, Mapping[str, Any]], *, partial: bool = False) -> list[Submission]:
    """The submissions A, B and C with these changes, checked as if read from workbooks."""
    found = []
    for name, base in _BASE.items():
        terms = {**base, **changes.get(name, {})}
        if not terms.get("absent"):
            found.append(_submission(name, f"{name}.xlsx", terms, partial))
        if terms.get("second_submission"):
            found.append(_submission(name, f"{name} again.xlsx", terms, partial))
    return found


def small_system(changes: Mapping[str, Mapping[str, Any]] | None = None, **terms: Any) -> System:
    """The system of these submissions. InputRejected where it has errors and `partial` is not asked for."""
    submissions = small_submissions(changes or {}, partial=bool(terms.get("partial")))
    return build_system(submissions, Terms(**terms))


def breaches_of(example: Mapping[str, Any], folder: Path) -> tuple[Breach, ...]:
    """What is found in the system of an example."""
    try:
        if "nodes" in example:
            return load_system(write_network(folder, **example)).breaches
        if "stray_file" in example:
            (folder / example["stray_file"]).write_text("About these files", encoding="utf-8")
            return load_system(folder).breaches
        return small_system(example).breaches
    except InputRejected as rejected:
        return rejected.breaches


# --- Submissions -----------------------------------------------------------------------------------------------------


def _submission(name: str, file: str, terms: Mapping[str, Any], partial: bool) -> Submission:
    checked = check_submission(raw_submission(file, sheets_of(name, terms)))
    try:
        portfolio = build_portfolio(checked, partial=partial)
    except InputRejected as rejected:
        return Submission(file, "", None, rejected.breaches)
    return Submission(file, "", portfolio, portfolio.breaches)


def raw_submission(file: str, sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> RawSubmission:
    """The sheets as a workbook would be read: the headings of the first row, or of `_` for a sheet without rows."""
    raw = []
    for sheet, rows in sheets.items():
        headings: list[object] = list(dict.fromkeys(heading for row in rows for heading in row))
        cells = [[row.get(str(heading)) for heading in headings] for row in rows if "_" not in row]
        raw.append(RawSheet(file, sheet, [[heading for heading in headings if heading != "_"], *cells]))
    return RawSubmission(file, (InputFile(file, 1, "0" * 64),), tuple(raw))


def sheets_of(name: str, terms: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The sheets of an institution."""
    own = "nav" if terms.get("kind") == "fund" else "cet1"
    sheets: dict[str, list[dict[str, Any]]] = {
        "entity": [_entity(name, terms)],
        "own_funds": [{"item": own, "amount": terms.get("equity", 5_000)}, {"item": "additional_tier1", "amount": 0}],
        "balance_sheet": [
            {"line_id": "A1", "item": "All assets", "gross_carrying_amount": terms.get("total_assets", 100_000),
             "loss_allowance_specific": 0, "lr_treatment": "ordinary"}
        ],
        "counterparties": [_party(other) for other in LEIS],
        "exposures": [
            _exposure(f"E{n}", to, "loan", amount)
            for n, (to, amount) in enumerate(_listed(terms["owed"]))
        ] + ([_exposure("S", terms["shares_in"], "equity", 500)] if "shares_in" in terms else []),
        "funding": [
            {"funding_id": f"F{n}", "creditor_id": f"CP-{to}", "amount": amount, "currency": "EUR",
             "rank": "pari_passu", "secured": False}
            for n, (to, amount) in enumerate(_listed(terms["owes"]))
        ],
        "fx": [
            {"currency": code, "date": terms.get("reference_date", DAY), "rate": rate}
            for code, rate in terms.get("rates", {"GBP": 1.15}).items()
        ],
    }  # fmt: skip
    sheets["exposures"] = sheets["exposures"] or [dict.fromkeys([*_exposure("", "A", "", 0), "_"])]
    sheets["funding"] = sheets["funding"] or [
        dict.fromkeys(["funding_id", "creditor_id", "amount", "currency", "rank", "secured", "_"])
    ]
    sheets.pop(terms.get("without", ""), None)
    return sheets


def _listed(amounts: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Pairs of institution and amount; a list of amounts is a row for each."""
    return [(to, one) for to, amount in amounts.items() for one in (amount if isinstance(amount, list) else [amount])]


def _entity(name: str, terms: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "lei": LEIS[name], "name": f"{name}bank", "kind": terms.get("kind", "bank"),
        "reference_date": terms.get("reference_date", DAY), "currency": terms.get("currency", "EUR"), "unit": 1,
        "country": "DE", "scope": "individual", "accounting_standard": "ifrs", "jurisdiction": "eu", "g_sib": False,
        "schema_version": 1,
    }  # fmt: skip


def _party(name: str) -> dict[str, Any]:
    return {
        "counterparty_id": f"CP-{name}", "lei": LEIS[name], "name": f"{name}bank",
        "natural_person": False, "sector": "credit_institution", "country": "DE", "institution": True, "g_sib": False,
        "qccp": False, "shadow_banking": False, "sovereign_controlled": False,
    }  # fmt: skip


def _exposure(number: str, to: str, instrument: str, amount: Any) -> dict[str, Any]:
    return {
        "exposure_id": number, "counterparty_id": f"CP-{to}", "instrument": instrument,
        "gross_carrying_amount": amount, "loss_allowance_specific": 0, "currency": "EUR", "off_balance_sheet": False,
        "book": "banking",
    }  # fmt: skip


# --- Nodes and edges -------------------------------------------------------------------------------------------------


def write_network(
    folder: Path, nodes: Mapping[str, Mapping[str, Any]], edges: Sequence[Sequence[Any]], repeated: str = ""
) -> Path:
    """The tables `nodes` and `edges` as CSV files; external liabilities make up the balance where none are given."""
    rows = []
    for name, given in nodes.items():
        row = {"node_id": name, "total_claims": None, "total_obligations": None, "currency": "EUR", **_NODE, **given}
        claims = sum(edge[2] for edge in edges if edge[0] == name != edge[1])
        owed = sum(edge[2] for edge in edges if edge[1] == name != edge[0])
        row.setdefault("external_liabilities", _NODE["external_assets"] - _NODE["equity"] + claims - owed)
        rows += [row] * (2 if name == repeated else 1)
    write_csv(folder / "nodes.csv", rows)
    headings = ("lender", "borrower", "amount", "instrument")
    write_csv(folder / "edges.csv", [dict(zip(headings, edge, strict=True)) for edge in edges])
    return folder


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """A table with the headings of its first row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
