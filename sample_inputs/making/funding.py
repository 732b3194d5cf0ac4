"""What Northbank AG owes to creditors it knows by name, on both dates."""

from __future__ import annotations

import random
from datetime import timedelta

from making.ledger import DATES
from making.workbook import Row, Rows

# Sector -> how many creditors of it, a typical amount in EUR thousand, and days to maturity (0: on demand).
_CREDITORS = {
    "credit_institution": (24, 62_000, (7, 30, 91, 182, 365)),
    "investment_firm": (4, 18_000, (0, 30)),
    "other_financial": (12, 45_000, (0, 30, 91, 182)),
    "fund": (8, 28_000, (0, 7, 30)),
    "regional_government": (6, 70_000, (0, 91)),
    "public_sector_entity": (5, 40_000, (0, 91)),
    "non_financial_corporate": (70, 26_000, (0, 0, 0, 30, 91)),
    "household": (30, 900, (0, 0, 182)),
}
_HOME_CURRENCY = {"US": "USD", "GB": "GBP", "CH": "CHF"}
_SECURED = 0.15  # of what banks have lent
_COVERED = 100.0  # EUR thousand of a deposit that rank before other creditors and hardly run


def rows(parties: Rows, period: int) -> Rows:
    """Some 160 obligations, amounts in thousands of their currency; the creditors are the same on both dates."""
    chosen = random.Random("northbank creditors")
    found: Rows = []
    for sector, (number, typical, days) in _CREDITORS.items():
        of_sector = [row for row in parties if row["sector"] == sector]
        for party in chosen.sample(of_sector, min(number, len(of_sector))):
            found.append(_obligation(party, typical, days, period))
    ordered = sorted(found, key=lambda row: str(row["creditor_id"]))
    return [{"funding_id": f"L{number:05d}", **row} for number, row in enumerate(ordered, 1)]


def _obligation(party: Row, typical: float, days: tuple[int, ...], period: int) -> Row:
    rng = random.Random(f"northbank funding {party['counterparty_id']}")
    size, term, secured = rng.lognormvariate(0, 0.6), rng.choice(days), rng.random() < _SECURED
    drift = (1.0, rng.uniform(0.9, 1.12))[period]
    is_bank, is_person = party["sector"] == "credit_institution", party["sector"] == "household"
    amount = round(typical * size * drift, 3)
    return {
        "creditor_id": party["counterparty_id"],
        "amount": amount,
        "currency": _HOME_CURRENCY.get(party["country"], "EUR") if is_bank and rng.random() < 0.6 else "EUR",
        "maturity": DATES[period] + timedelta(days=term + 2) if term else None,
        "rank": "senior" if (is_person and amount <= _COVERED) or (is_bank and secured) else "pari_passu",
        "runnable_share": _runs(term, is_person),
        "secured": is_bank and secured,
    }


def _runs(term: int, is_person: bool) -> float:
    """How much can be gone within a month."""
    if term > 30:
        return 0.0
    return 0.1 if is_person else 0.4 if term == 0 else 1.0
