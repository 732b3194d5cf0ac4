"""The submissions of the thirty institutions of the sample system, on 30 September 2026."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum

from making.bank import Submission
from making.contracts import Contract, contracts, reported
from making.ledger import SEPTEMBER
from making.members import EURO, Institution, institutions, seeded
from making.workbook import Row, Rows

_DEBTS = ("loan", "deposit", "bond")
# Role -> equity as a share of total assets (from, to).
_OWN_SHARE = {
    "core": (0.040, 0.055), "periphery": (0.055, 0.085), "fund": (0.55, 0.75), "firm": (0.14, 0.24),
    "venue": (0.025, 0.05), "lender": (0.05, 0.09),
}  # fmt: skip
# Kind -> its assets outside the system, with their shares.
_ASSETS: Mapping[str, Sequence[tuple[str, float]]] = {
    "bank": (("Balances with central banks", 0.12), ("Loans to customers", 0.68), ("Debt securities", 0.16)),
    "investment_firm": (("Receivables from clients", 0.55), ("Securities held for trading", 0.35)),
    "fund": (("Securities", 0.80), ("Cash", 0.12)),
    "trading_venue": (("Assets held for clients", 0.85), ("Cash", 0.10)),
    "crypto_lender": (("Crypto-assets", 0.45), ("Loans against crypto-assets", 0.45)),
}


def system(northbank: Submission) -> dict[str, Submission]:
    """Name of the workbook -> submission. `northbank` is the large one of September, of which this has a part."""
    members = institutions(northbank["counterparties"], northbank["exposures"])
    found = contracts(members, northbank["exposures"], northbank["funding"])
    as_lenders, as_borrowers = reported(found, members)
    small = {"northbank": _northbank(northbank, members)}
    for n, member in enumerate(members[1:], 1):
        claims = [one for one in as_lenders if one.lender == n]
        owed = [one for one in as_borrowers if one.borrower == n]
        small[member.file] = _submission(n, members, claims, owed)
    return small


def _northbank(large: Submission, members: Sequence[Institution]) -> Submission:
    """Its books without classes of exposures, and of exposures and funding what it has with the others."""
    inside = {member.party["counterparty_id"] for member in members if member.party is not None}
    return {
        "entity": large["entity"],
        "own_funds": large["own_funds"],
        "balance_sheet": [{**row, "exposure_class": None} for row in large["balance_sheet"]],
        "counterparties": [row for row in large["counterparties"] if row["counterparty_id"] in inside],
        "exposures": [
            row for row in large["exposures"]
            if row["counterparty_id"] in inside and row["instrument"] in _DEBTS and not row["off_balance_sheet"]
        ],
        "funding": [row for row in large["funding"] if row["creditor_id"] in inside],
        "fx": [row for row in large["fx"] if row["date"] == SEPTEMBER],
    }  # fmt: skip


def _submission(n: int, members: Sequence[Institution], claims: list[Contract], owed: list[Contract]) -> Submission:
    member = members[n]
    others = sorted({one.borrower for one in claims} | {one.lender for one in owed})
    return {
        "entity": [_entity(member)],
        "own_funds": _own_funds(member),
        "balance_sheet": _balance_sheet(n, member, claims, owed),
        "counterparties": [_party(other, members[other]) for other in others] + _outsiders(member),
        "exposures": [_claim(number, one, member) for number, one in enumerate(claims, 1)] + [_loan_outside(member)],
        "funding": [_owed(number, one, member) for number, one in enumerate(owed, 1)] + [_deposit_outside(member)],
        "fx": [
            {"currency": code, "date": SEPTEMBER, "rate": round(rate / EURO[member.currency], 6)}
            for code, rate in EURO.items() if code != member.currency
        ],
    }  # fmt: skip


def _entity(member: Institution) -> Row:
    return {
        "lei": member.lei, "name": f"{member.name} (fictional)", "kind": member.kind, "reference_date": SEPTEMBER,
        "currency": member.currency, "unit": member.unit, "country": member.country, "scope": "individual",
        "accounting_standard": "ifrs", "jurisdiction": "eu", "g_sib": False, "schema_version": 1,
    }  # fmt: skip


def _in_unit(million_euro: float, member: Institution) -> float:
    """EUR million in the unit and currency of the institution, to the thousand."""
    return round(million_euro * 1000 / EURO[member.currency]) * 1000 / member.unit


def _own_funds(member: Institution) -> Rows:
    equity = _in_unit(member.equity, member)
    if member.kind == "fund":
        return [{"item": "nav", "amount": equity}]
    return [{"item": "cet1", "amount": equity}, {"item": "additional_tier1", "amount": 0.0}]


def _million(found: Sequence[Contract]) -> float:
    return fsum(one.amount * EURO[one.currency] for one in found) / 1e6


def _balance_sheet(n: int, member: Institution, claims: list[Contract], owed: list[Contract]) -> Rows:
    """Claims on the others and the rest by kind, large enough for all that is owed and for the equity."""
    lent, debts = _million(claims), _million(owed)
    share = seeded("own share", n).uniform(*_OWN_SHARE[member.role])
    total = max(member.equity / share, 1.3 * lent, 1.15 * (member.equity + debts))
    rest = total - lent
    parts = [*_ASSETS[member.kind], ("Other assets", 1 - fsum(part for _, part in _ASSETS[member.kind]))]
    lines = [("Claims on institutions and venues", lent), *((item, rest * part) for item, part in parts)]
    return [
        {
            "line_id": f"A-{10 * number:03d}", "item": item, "gross_carrying_amount": _in_unit(amount, member),
            "loss_allowance_specific": 0.0, "lr_treatment": "ordinary",
        }
        for number, (item, amount) in enumerate(lines, 1)
    ]  # fmt: skip


# --- Rows of the two sides -------------------------------------------------------------------------------------------


def _party(number: int, member: Institution) -> Row:
    return {
        "counterparty_id": f"P{number:03d}", "lei": member.lei, "name": f"{member.name} (fictional)",
        "natural_person": False, "sector": member.sector, "country": member.country,
        "institution": member.sector in {"credit_institution", "investment_firm"}, "g_sib": False,
        "qccp": member.sector == "ccp", "shadow_banking": member.role == "lender", "sovereign_controlled": False,
    }  # fmt: skip


def _outsiders(member: Institution) -> Rows:
    """A client and a depositor who are no institutions of the system."""
    base = {
        "natural_person": False, "sector": "non_financial_corporate", "country": member.country, "institution": False,
        "g_sib": False, "qccp": False, "shadow_banking": False, "sovereign_controlled": False, "id_type": "register",
    }  # fmt: skip
    return [
        {"counterparty_id": "X001", "id_code": "0000017", "name": "Model Works (fictional)", **base},
        {"counterparty_id": "X002", "id_code": "0000028", "name": "Sample Stores (fictional)", **base},
    ]


def _claim(number: int, one: Contract, member: Institution) -> Row:
    return {
        "exposure_id": f"E{number:04d}", "counterparty_id": f"P{one.borrower:03d}", "instrument": one.instrument,
        "gross_carrying_amount": one.amount / member.unit, "loss_allowance_specific": one.allowance / member.unit,
        "currency": one.currency, "off_balance_sheet": False, "book": "banking", "maturity": one.maturity,
    }  # fmt: skip


def _owed(number: int, one: Contract, member: Institution) -> Row:
    return {
        "funding_id": f"L{number:04d}", "creditor_id": f"P{one.lender:03d}", "amount": one.amount / member.unit,
        "currency": one.currency, "maturity": one.maturity, "rank": one.rank, "runnable_share": one.runnable_share,
        "secured": one.secured,
    }  # fmt: skip


def _loan_outside(member: Institution) -> Row:
    return {
        "exposure_id": "E9001", "counterparty_id": "X001", "instrument": "loan",
        "gross_carrying_amount": _in_unit(member.equity * 0.05, member), "loss_allowance_specific": 0.0,
        "currency": member.currency, "off_balance_sheet": False, "book": "banking",
    }  # fmt: skip


def _deposit_outside(member: Institution) -> Row:
    return {
        "funding_id": "L9001", "creditor_id": "X002", "amount": _in_unit(member.equity * 0.04, member),
        "currency": member.currency, "rank": "pari_passu", "runnable_share": 0.1, "secured": False,
    }  # fmt: skip
