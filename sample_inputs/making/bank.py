"""Puts the two submissions of Northbank AG together."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import fsum

from making import financing, funding, ledger, netting, trades
from making.book import Books, Drawn, exposure_rows
from making.clients import GONE, counterparties
from making.workbook import Row, Rows

Submission = Mapping[str, Rows]

_DEPENDENT, _PROTECTED = 12, 90
_OVERDUE_DAYS = 45
_DEPENDENCE: tuple[tuple[str, float | None], ...] = (
    ("Half of turnover comes from this customer", 0.5),
    ("Cannot replace this supplier in time", None),
    ("Loans are repaid from payments of this company", None),
)
_REBUTTAL = {"rebutted": True, "rebuttal_reason": "Two other customers have signed contracts that replace the turnover"}


def northbank() -> tuple[Submission, Submission]:
    """The submissions of 30 June and 30 September 2026, sheet by sheet."""
    rng = random.Random("northbank relations")
    parties, fresh = counterparties()
    books = Books(parties, fresh)
    drawn = books.june()
    june = exposure_rows(drawn, books.parties, 0)
    connected = list(_connections(rng, parties))
    protected = list(_protection(rng, june, books.parties))
    gone = _repaid(rng, drawn, parties, connected, protected)
    september = exposure_rows(books.september(drawn, gone), books.parties, 1)
    left = [row for row in parties if row["counterparty_id"] not in gone]
    overdue = _overdue_loan(june, september)
    submissions = (
        _submission(0, parties, connected, _with_past_maturity(june, overdue), protected),
        _submission(
            1,
            [*left, *fresh],
            _ended(connected),
            _with_past_maturity(september, overdue),
            _still(protected, september),
        ),
    )
    drawn_trades = trades.Desk(left).drawn()
    first, second = (_with_derivatives(submissions[i], i, drawn_trades[i], left) for i in (0, 1))
    return first, second


def _submission(period: int, parties: Rows, connected: Rows, exposures: Rows, protected: Rows) -> Submission:
    return {
        "entity": ledger.entity(period),
        "own_funds": ledger.own_funds(period),
        "requirements": ledger.requirements(),
        "balance_sheet": ledger.balance_sheet(period),
        "counterparties": parties,
        "connections": connected,
        "exposures": exposures,
        "protection": protected,
        "fx": ledger.rates(period),
    }


def _with_derivatives(submission: Submission, period: int, traded: Rows, lasting: Rows) -> Submission:
    """With the sheets on derivatives and securities financing, and their lines of the balance sheet.

    lasting   counterparties that are there on both dates
    """
    sets = netting.netting_sets(lasting, trades.market_values(traded, period))
    financed = financing.transactions(lasting, period)
    posted = fsum(max(-row.get("variation_margin_cash_eligible", 0.0), 0.0) for row in sets)
    lines = [
        _line("A-690", "Positive fair values of derivatives", trades.derivative_assets(traded), "derivative_asset"),
        _line("A-150", "Cash given in reverse repurchase agreements and for securities borrowed",
              financing.sft_assets(financed, period), "sft_asset"),
        _line("A-145", "Cash variation margin given for derivatives", round(posted, 3), "cash_vm_receivable_eligible"),
    ]  # fmt: skip
    return {
        **submission,
        "balance_sheet": sorted([*submission["balance_sheet"], *lines], key=lambda row: str(row["line_id"])),
        "netting_sets": sets,
        "derivatives": traded,
        "collateral": netting.collateral(sets, lasting),
        "sft": financed,
        "sft_daily": financing.daily(financed, period),
        "funding": funding.rows(lasting, period),
    }


def _line(line_id: str, item: str, amount: float, treatment: str) -> Row:
    return {
        "line_id": line_id, "item": item, "gross_carrying_amount": amount, "loss_allowance_specific": 0.0,
        "lr_treatment": treatment,
    }  # fmt: skip


def _repaid(rng: random.Random, drawn: Sequence[Drawn], parties: Rows, connected: Rows, protected: Rows) -> set[str]:
    """Companies with few exposures, in no other relation to the bank, that repay everything by September."""
    related = {row[key] for row in connected for key in ("client_id", "related_id")}
    secured = {row["exposure_id"] for row in protected}
    related |= {one.terms["counterparty_id"] for one in drawn if one.terms["exposure_id"] in secured}
    counts = Counter(one.terms["counterparty_id"] for one in drawn)
    free = [row["counterparty_id"] for row in parties if "group" in row and row["counterparty_id"] not in related]
    return set(rng.sample(sorted(free, key=lambda key: (counts[key], key))[: 2 * GONE], GONE))


# --- Connections -----------------------------------------------------------------------------------------------------


def _connections(rng: random.Random, parties: Rows) -> Iterator[Row]:
    """Parents with their subsidiaries, then clients who live on another; one dependence is rebutted."""
    groups: dict[str, list[str]] = {}
    for row in parties:
        if "group" in row:
            groups.setdefault(row["group"], []).append(row["counterparty_id"])
    for parent, *subsidiaries in groups.values():
        for subsidiary in subsidiaries:
            held = rng.choice([1.0, 1.0, 0.9, 0.75, 0.51])
            yield _connection(rng, parent, subsidiary, "control", held, "Majority of the voting rights")
    singles = [members[0] for members in groups.values() if len(members) == 1]
    drawn = rng.sample(singles, 2 * _DEPENDENT)
    for client, other in zip(drawn[:_DEPENDENT], drawn[_DEPENDENT:], strict=True):
        criterion, share = rng.choice(_DEPENDENCE)
        row = _connection(rng, client, other, "depends_on", share, criterion)
        yield row | _REBUTTAL if other == drawn[-1] else row


def _connection(rng: random.Random, client: str, other: str, relation: str, share: float | None, criterion: str) -> Row:
    since = date(rng.randint(2016, 2025), rng.randint(1, 12), 1)
    return {
        "client_id": client, "related_id": other, "relation": relation, "share": share, "criterion": criterion,
        "rebutted": False, "valid_from": since,
    }  # fmt: skip


def _ended(connected: Rows) -> Rows:
    """The first dependence has ended in August."""
    first = next(row for row in connected if row["relation"] == "depends_on")
    return [row | {"valid_to": date(2026, 8, 31)} if row is first else row for row in connected]


# --- Protection ------------------------------------------------------------------------------------------------------


def _protection(rng: random.Random, exposures: Rows, parties: Mapping[str, Row]) -> Iterator[Row]:
    """Guarantees of banks and authorities for loans, and bonds of governments pledged for them."""
    loans = [
        row
        for row in exposures
        if row["instrument"] == "loan" and row["exposure_class"] in {"Corporates", "Commercial real estate"}
    ]
    guarantors = [key for key, row in parties.items() if row["sector"] in {"credit_institution", "regional_government"}]
    issuers = [key for key, row in parties.items() if row["sector"] == "central_government"]
    for row in sorted(rng.sample(loans, _PROTECTED), key=lambda row: str(row["exposure_id"])):
        kind = rng.choice(["guarantee", "guarantee", "collateral"])
        net = row["gross_carrying_amount"] - row["loss_allowance_specific"]
        yield {
            "exposure_id": row["exposure_id"],
            "kind": kind,
            "provider_id": rng.choice(guarantors if kind == "guarantee" else issuers),
            "amount": round(net * rng.uniform(0.2, 0.8), 3),
            "currency": row["currency"],
            "maturity": row["maturity"] if kind == "guarantee" else None,
            "eligible": rng.random() < 0.9,
        }


def _still(protected: Rows, exposures: Rows) -> Rows:
    """The rows whose exposure is still there, not above what it has come down to."""
    net = {
        row["exposure_id"]: row.get("gross_carrying_amount", 0) - row["loss_allowance_specific"] for row in exposures
    }
    kept = [row for row in protected if row["exposure_id"] in net]
    return [row | {"amount": min(row["amount"], round(0.9 * net[row["exposure_id"]], 3))} for row in kept]


# --- The deliberate warning ------------------------------------------------------------------------------------------


def _overdue_loan(june: Rows, september: Rows) -> str:
    """The first property loan in both submissions that is in default."""
    later = {row["exposure_id"] for row in september}
    loans = [row for row in june if row["exposure_class"] == "Commercial real estate" and row["instrument"] == "loan"]
    in_default = [row for row in loans if row["loss_allowance_specific"] > 0.08 * row["gross_carrying_amount"]]
    return next(str(row["exposure_id"]) for row in in_default if row["exposure_id"] in later)


def _with_past_maturity(exposures: Rows, overdue: str) -> Rows:
    """The loan is past its maturity on both dates: a warning on purpose, see README.md."""
    day = ledger.JUNE - timedelta(days=_OVERDUE_DAYS)
    return [row | {"maturity": day} if row["exposure_id"] == overdue else row for row in exposures]
