"""The thirty institutions of the sample system: who they are and how large."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from math import fsum

from making.ledger import NORTHBANK_LEI, RATES, SEPTEMBER
from making.names import lei
from making.workbook import Row, Rows

EURO = {"EUR": 1.0, **RATES[SEPTEMBER]}  # euro for one unit
_HOME_CURRENCY = {"GB": "GBP", "CH": "CHF", "US": "USD"}
CORE_BANKS, PERIPHERY_BANKS, FUNDS, FIRMS = 5, 11, 3, 2

# Own name, begin of the LEI, kind, role, country, currency, unit, equity in EUR million.
_OWN = (
    ("Harbour Fund SICAV", "FICTIONALHARBOURFD", "fund", "fund", "LU", "EUR", 1, 310.0),
    ("Tidal Exchange Ltd", "FICTIONALTIDALEXCH", "trading_venue", "venue", "MT", "USD", 1000, 46.0),
    ("Saltmarsh Digital Markets SA", "FICTIONALSALTMARSH", "trading_venue", "venue", "LU", "EUR", 1, 19.0),
    ("Keel Custody & Credit GmbH", "FICTIONALKEELCUSTO", "crypto_lender", "lender", "DE", "EUR", 1, 58.0),
    ("Driftwood Lending Ltd", "FICTIONALDRIFTWOOD", "crypto_lender", "lender", "GB", "USD", 1, 27.0),
    ("Anchorline Yield Ltd", "FICTIONALANCHORLIN", "crypto_lender", "lender", "MT", "USD", 1, 16.0),
    ("Brackwater Finance AG", "FICTIONALBRACKWATE", "crypto_lender", "lender", "CH", "USD", 1, 33.0),
)
_CORE_EQUITY = (2_150.0, 1_640.0, 1_280.0, 940.0, 720.0)
_PERIPHERY_EQUITY = (310.0, 265.0, 240.0, 205.0, 170.0, 150.0, 128.0, 104.0, 92.0, 71.0, 58.0)
_EQUITY = {"fund": (210.0, 150.0, 95.0), "firm": (118.0, 64.0), "venue": (160.0,)}


@dataclass(frozen=True)
class Institution:
    """An institution of the system.

    role     core, periphery, fund, firm, venue or lender
    equity   EUR million
    party    its row among the counterparties of Northbank AG; None where it is none
    """

    name: str
    lei: str
    kind: str
    role: str
    country: str
    currency: str
    unit: int
    equity: float
    party: Row | None = None

    @property
    def file(self) -> str:
        """Name of its workbook: its own without legal form and accents."""
        text = unicodedata.normalize("NFKD", self.name.replace("ø", "o").replace("Ø", "O"))
        words = re.findall(r"[a-z]+", text.encode("ascii", "ignore").decode().lower())
        return "_".join(word for word in words if word not in _FORMS)

    @property
    def sector(self) -> str:
        return _SECTORS.get(self.role, "other_financial") if self.kind != "trading_venue" or not self.party else "ccp"


_FORMS = frozenset(
    ("ag", "nv", "plc", "bankhaus", "cie", "gmbh", "kg", "ltd", "a", "n", "p", "s", "v", "sa", "scsp", "sicav")
)
_SECTORS = {"core": "credit_institution", "periphery": "credit_institution", "fund": "fund", "firm": "investment_firm"}


def institutions(parties: Rows, exposures: Rows) -> list[Institution]:
    """Northbank AG, those of its counterparties that it lends most to, and seven others."""
    lent = _lent(exposures)
    found = [Institution("Northbank AG", NORTHBANK_LEI, "bank", "core", "DE", "EUR", 1000, 1_986.9)]
    banks = _largest(parties, lent, "credit_institution", CORE_BANKS + PERIPHERY_BANKS)
    for number, (party, equity) in enumerate(zip(banks, (*_CORE_EQUITY, *_PERIPHERY_EQUITY), strict=True)):
        role = "core" if number < CORE_BANKS else "periphery"
        found.append(_of_party(party, "bank", role, equity, 1_000_000 if number == 0 else 1000))
    for sector, kind, role in (
        ("fund", "fund", "fund"), ("investment_firm", "investment_firm", "firm"), ("ccp", "trading_venue", "venue"),
    ):  # fmt: skip
        of_sector = _largest(parties, lent, sector, len(_EQUITY[role]))
        found += [_of_party(p, kind, role, equity, 1000) for p, equity in zip(of_sector, _EQUITY[role], strict=True)]
    found += [Institution(name, lei(begin), *rest) for name, begin, *rest in _OWN]
    return found


def _lent(exposures: Rows) -> dict[str, float]:
    """Counterparty -> what Northbank AG has lent it, EUR thousand."""
    amounts: dict[str, list[float]] = {}
    for row in exposures:
        if not row["off_balance_sheet"] and row["instrument"] in {"loan", "deposit", "bond"}:
            amounts.setdefault(row["counterparty_id"], []).append(row["gross_carrying_amount"] * EURO[row["currency"]])
    return {party: fsum(values) for party, values in amounts.items()}


def _largest(parties: Rows, lent: dict[str, float], sector: str, number: int) -> Rows:
    of_sector = [row for row in parties if row["sector"] == sector and row["counterparty_id"] in lent]
    return sorted(of_sector, key=lambda row: -lent[row["counterparty_id"]])[:number]


def _of_party(party: Row, kind: str, role: str, equity: float, unit: int) -> Institution:
    land = party["country"]
    currency = _HOME_CURRENCY.get(land, "EUR")
    return Institution(party["name"], party["lei"], kind, role, land, currency, unit, equity, party)


def seeded(*parts: object) -> random.Random:
    """Random numbers that are the same for the same parts in every run."""
    return random.Random("sample system " + " ".join(map(str, parts)))
