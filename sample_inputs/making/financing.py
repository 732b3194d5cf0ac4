"""The securities financing transactions of Northbank AG on both dates, and their totals of each day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from math import fsum

from making.ledger import DATES, RATES
from making.workbook import Row, Rows

_KINDS = (
    *("reverse_repo",) * 11, *("repo",) * 9, *("securities_lending",) * 4, *("securities_borrowing",) * 3,
    "margin_lending",
)  # fmt: skip
_ASSETS = frozenset({"reverse_repo", "securities_borrowing", "margin_lending"})  # cash that the bank has given


def transactions(parties: Rows, period: int) -> Rows:
    """Some thirty transactions, amounts in thousands of their currency; the last three as agent."""
    rng = random.Random(f"northbank financing {period}")
    banks = [row["counterparty_id"] for row in parties if row["sector"] == "credit_institution"][:4]
    firms = [row["counterparty_id"] for row in parties if row["sector"] == "investment_firm"]
    rows = [_one(rng, kind, rng.choice(banks), period) for kind in _KINDS]
    rows += [_one(rng, "securities_lending", firm, period) | {"role": "agent"} for firm in firms[:3]]
    return [{"sft_id": f"S{period + 1}{number:04d}", **row} for number, row in enumerate(rows, 1)]


def _one(rng: random.Random, kind: str, counterparty: str, period: int) -> Row:
    day = DATES[period] + timedelta(days=rng.choice([7, 14, 14]))
    cash = float(round(rng.uniform(12_000, 58_000) / 500) * 500)
    in_agreement = kind in ("repo", "reverse_repo")
    row: Row = {
        "counterparty_id": counterparty, "role": "principal", "kind": kind, "cash_leg": cash,
        "securities_leg": round(cash * rng.uniform(0.985, 1.03), 1),
        "currency": rng.choice(["EUR", "EUR", "EUR", "USD", "GBP"]), "netting_conditions_met": False,
    }  # fmt: skip
    if in_agreement or rng.random() < 0.4:
        row["netting_agreement_id"] = f"GMRA-{counterparty}"
    if in_agreement:
        row |= {"settlement_date": day, "netting_conditions_met": rng.random() < 0.8}
    return row


def sft_assets(transactions_: Rows, period: int) -> float:
    """Cash that the bank has given as principal, EUR thousand: what the balance sheet shows."""
    return round(fsum(_given(row, period) for row in transactions_), 3)


def _given(row: Row, period: int) -> float:
    counts = row["role"] == "principal" and row["kind"] in _ASSETS
    rate = 1.0 if row["currency"] == "EUR" else RATES[DATES[period]][row["currency"]]
    return row["cash_leg"] * rate if counts else 0.0


def _netted(transactions_: Rows, period: int) -> float:
    """Repos that offset reverse repos of the same agreement, currency and settlement date, EUR thousand."""
    sums: dict[tuple[object, ...], dict[str, float]] = {}
    for row in transactions_:
        if row["netting_conditions_met"]:
            key = (row["netting_agreement_id"], row["currency"], row["settlement_date"])
            rate = 1.0 if row["currency"] == "EUR" else RATES[DATES[period]][row["currency"]]
            kinds = sums.setdefault(key, {"repo": 0.0, "reverse_repo": 0.0})
            kinds[row["kind"]] += row["cash_leg"] * rate
    return round(fsum(min(kinds.values()) for kinds in sums.values()), 3)


def daily(transactions_: Rows, period: int) -> Rows:
    """A row for each working day of the quarter; the last one is that of the transactions."""
    rng = random.Random(f"northbank financing by day {period}")
    gross, netted = sft_assets(transactions_, period), _netted(transactions_, period)
    rows = []
    for day in working_days(DATES[period]):
        last = day == DATES[period]
        change, part = (1.0, 1.0) if last else (rng.uniform(0.9, 1.12), rng.uniform(0.8, 1.1))
        rows.append({
            "date": day, "gross_sft_assets": round(gross * change, 3), "netted_cash": round(netted * part, 3),
        })  # fmt: skip
    return rows


def working_days(last: date) -> Iterator[date]:
    """Mondays to Fridays of the quarter that ends on `last`."""
    day = date(last.year, last.month - 2, 1)
    while day <= last:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)
