"""Who lends to whom in the sample system: a core of banks, banks around it, and funds, venues and crypto lenders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import permutations

from making.ledger import SEPTEMBER
from making.members import EURO, Institution, seeded
from making.workbook import Row, Rows

# Role of the lender, role of the borrower -> how many borrowers each lender has, amount as a share of the lender's
# equity (from, to), instrument, days to maturity (0: on demand).
_LENDING = (
    ("periphery", "core", 3, (0.25, 1.05), "deposit", 30),
    ("core", "periphery", 6, (0.01, 0.05), "loan", 182),
    ("core", "fund", 2, (0.02, 0.06), "loan", 91),
    ("core", "firm", 1, (0.02, 0.04), "loan", 30),
    ("core", "venue", 1, (0.01, 0.02), "loan", 7),
    ("fund", "core", 2, (0.08, 0.20), "deposit", 0),
    ("fund", "venue", 2, (0.06, 0.16), "deposit", 0),
    ("firm", "core", 2, (0.20, 0.45), "deposit", 0),
    ("firm", "venue", 1, (0.15, 0.35), "deposit", 0),
    ("firm", "fund", 2, (0.20, 0.40), "loan", 14),
    ("venue", "core", 2, (0.45, 1.15), "deposit", 0),
    ("venue", "periphery", 1, (0.35, 0.90), "deposit", 0),
    ("venue", "lender", 2, (0.40, 1.10), "loan", 7),
    ("lender", "venue", 2, (0.50, 1.25), "deposit", 0),
    ("lender", "lender", 2, (0.30, 0.95), "loan", 30),
    ("lender", "fund", 1, (0.20, 0.50), "loan", 30),
    ("lender", "periphery", 1, (0.10, 0.30), "deposit", 0),
)
_IN_CORE = (0.15, 0.45)  # of the smaller equity, each ordered pair of core banks but Northbank's own
_LINKED, _THIN = 0.9, 2  # share of those pairs; the last banks of the periphery that have lent to crypto lenders
_TO_LENDERS = (0.60, 1.15)


@dataclass(frozen=True)
class Contract:
    """A claim and an obligation at once; lender and borrower are positions among the institutions.

    amount      single units of the currency
    allowance   of the lender, in the same units
    """

    lender: int
    borrower: int
    instrument: str
    currency: str
    amount: float
    maturity: date | None = None
    secured: bool = False
    runnable_share: float = 0.0
    allowance: float = 0.0
    rank: str = "pari_passu"


def contracts(members: Sequence[Institution], exposures: Rows, funding: Rows) -> list[Contract]:
    """Those of Northbank AG as its own submission has them (`exposures`, `funding`), and drawn ones of the others."""
    place = {m.party["counterparty_id"]: n for n, m in enumerate(members) if m.party is not None}
    found = [_lent_by_northbank(row, place) for row in exposures if _is_debt(row) and row["counterparty_id"] in place]
    found += [_owed_by_northbank(row, place) for row in funding if row["creditor_id"] in place]
    return [*found, *_drawn(members)]


def _is_debt(row: Row) -> bool:
    return not row["off_balance_sheet"] and row["instrument"] in {"loan", "deposit", "bond"}


def _lent_by_northbank(row: Row, place: dict[str, int]) -> Contract:
    amount, allowance = round(row["gross_carrying_amount"] * 1000), round(row["loss_allowance_specific"] * 1000)
    covered = row["exposure_class"] == "Covered bonds"
    return Contract(
        0, place[row["counterparty_id"]], row["instrument"], row["currency"], float(amount), row["maturity"], covered,
        0.0 if row["maturity"] else 1.0, float(allowance), "senior" if covered else "pari_passu",
    )  # fmt: skip


def _owed_by_northbank(row: Row, place: dict[str, int]) -> Contract:
    return Contract(
        place[row["creditor_id"]], 0, "loan" if row["maturity"] else "deposit", row["currency"],
        float(round(row["amount"] * 1000)), row["maturity"], row["secured"], row["runnable_share"], rank=row["rank"],
    )  # fmt: skip


def _drawn(members: Sequence[Institution]) -> Iterator[Contract]:
    of_role: dict[str, list[int]] = {}
    for n, member in enumerate(members[1:], 1):  # Northbank AG has its own
        of_role.setdefault(member.role, []).append(n)
    for lender, borrower in permutations(of_role["core"], 2):
        rng = seeded("core", lender, borrower)
        if rng.random() < _LINKED:
            smaller = min(members[lender].equity, members[borrower].equity)
            yield _contract(
                members, lender, borrower, smaller * rng.uniform(*_IN_CORE), "loan", rng.choice([7, 30, 91])
            )
    for role, other, number, share, instrument, days in _LENDING:
        for lender in of_role[role]:
            rng = seeded(role, other, lender)
            choice = [n for n in of_role[other] if n != lender]
            for borrower in rng.sample(choice, min(number, len(choice))):
                yield _contract(
                    members, lender, borrower, members[lender].equity * rng.uniform(*share), instrument, days
                )
    for lender, borrower in zip(of_role["periphery"][-_THIN:], of_role["lender"], strict=False):
        share = seeded("thin", lender).uniform(*_TO_LENDERS)
        yield _contract(members, lender, borrower, members[lender].equity * share, "loan", 30)


def _contract(
    members: Sequence[Institution], lender: int, borrower: int, million: float, instrument: str, days: int
) -> Contract:
    """In whole thousands of the home currency of one of the two, mostly the lender's."""
    rng = seeded("terms", lender, borrower)
    currency = members[lender if rng.random() < 0.7 else borrower].currency
    thousands = max(round(million * 1000 / EURO[currency]), 1)
    maturity = SEPTEMBER + timedelta(days=days + rng.choice([0, 1, 2])) if days else None
    return Contract(
        lender, borrower, instrument, currency, thousands * 1000.0, maturity, runnable_share=1.0 if days <= 30 else 0.0
    )


# --- What the two sides report ----------------------------------------------------------------------------------------


def reported(found: Sequence[Contract], members: Sequence[Institution]) -> tuple[list[Contract], list[Contract]]:
    """The contracts as lenders and as borrowers report them: the same but for five planted differences."""
    lenders, borrowers = list(found), list(found)
    not_booked = _first(found, members, "core", "core")
    lenders[not_booked] = replace(found[not_booked], amount=round(found[not_booked].amount * 1.1, -3))
    forgotten_debt = _first(found, members, "periphery", "lender")
    forgotten_claim = _first(found, members, "fund", "core")
    wrong_unit = _first(found, members, "core", "firm")
    borrowers[wrong_unit] = replace(found[wrong_unit], amount=found[wrong_unit].amount / 1000)
    wrong_currency = _first(found, members, "lender", "fund", "USD")
    borrowers[wrong_currency] = replace(found[wrong_currency], currency="EUR")
    return (
        [one for n, one in enumerate(lenders) if n != forgotten_claim],
        [one for n, one in enumerate(borrowers) if n != forgotten_debt],
    )


def _first(
    found: Sequence[Contract], members: Sequence[Institution], lender: str, borrower: str, currency: str = ""
) -> int:
    """The first contract between these roles that is the only one of its pair and not Northbank's."""
    pairs = [(one.lender, one.borrower) for one in found]
    return next(
        n for n, one in enumerate(found)
        if 0 not in pairs[n] and pairs.count(pairs[n]) == 1 and currency in ("", one.currency)
        and (members[one.lender].role, members[one.borrower].role) == (lender, borrower)
    )  # fmt: skip
