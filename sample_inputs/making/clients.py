"""The counterparties of Northbank AG: 300 in June, some of them gone and some new ones there in September."""

from __future__ import annotations

import random
from collections.abc import Iterator

from making import names
from making.names import WORDS
from making.workbook import Row, Rows

NEW, GONE = 9, 6
BANKS, FIRMS, OTHER_FINANCIAL, FUNDS, COMPANIES, PROPERTY_COMPANIES, PERSONS = 42, 6, 18, 12, 105, 40, 36

_FIRST_NUMBER = 101
_RATINGS = {1: "AA- AA AAA", 2: "A- A A+", 3: "BBB- BBB BBB+", 4: "BB- BB", 5: "B B+", 6: "CCC"}
_FUND_KINDS = ("Infrastructure Fund II", "Credit Opportunities", "Private Equity VI")
_FINANCIAL_KINDS = ("Leasing & Factoring", "Insurance", "Asset Finance")

# Sector -> how many of credit quality steps 1 to 6 in a hundred; the rest is not rated.
_QUALITY = {
    "central_bank": (100, 0, 0, 0, 0, 0),
    "central_government": (70, 20, 10, 0, 0, 0),
    "regional_government": (100, 0, 0, 0, 0, 0),
    "public_sector_entity": (40, 20, 0, 0, 0, 0),
    "multilateral_development_bank": (100, 0, 0, 0, 0, 0),
    "ccp": (50, 50, 0, 0, 0, 0),
    "credit_institution": (20, 45, 25, 3, 0, 0),
    "investment_firm": (0, 20, 40, 10, 0, 0),
    "other_financial": (5, 30, 30, 5, 0, 0),
    "non_financial_corporate": (2, 10, 24, 14, 5, 2),
}


def counterparties() -> tuple[Rows, Rows]:
    """The counterparties of June, and those that come new in September.

    A row has the columns of the sheet, and `group` for a company or `property` for a property company.
    """
    rng = random.Random("northbank counterparties")
    stems = names.stems(rng)
    drawn = [*_public(rng), *_financial(rng, stems), *_companies(rng, stems), *_private(rng)]
    fresh = [_company(rng, next(stems), names.country(rng)) for _ in range(NEW)]
    rows = [_numbered(row, number) for number, row in enumerate([*drawn, *fresh], _FIRST_NUMBER)]
    return rows[:-NEW], rows[-NEW:]


def _party(rng: random.Random, name: str, country: str, sector: str, **other: object) -> Row:
    step = _quality(rng, sector)
    row: Row = {
        "name": name,
        "natural_person": False,
        "sector": sector,
        "country": country,
        "institution": False,
        "g_sib": False,
        "qccp": False,
        "shadow_banking": False,
        "sovereign_controlled": False,
        "credit_quality_step": step,
        "rating": rng.choice(_RATINGS[step].split()) if step else None,
    }
    return row | other


def _quality(rng: random.Random, sector: str) -> int | None:
    draw = rng.uniform(0, 100)
    for step, share in enumerate(_QUALITY.get(sector, ()), 1):
        draw -= share
        if draw < 0:
            return step
    return None


def _public(rng: random.Random) -> Iterator[Row]:
    for name, land in WORDS["central_banks"].items():
        yield _party(rng, name, land, "central_bank")
    for name, land in WORDS["central_governments"].items():
        yield _party(rng, name, land, "central_government")
    for name, land in WORDS["regions"].items():
        yield _party(rng, name, land, "regional_government")
    for name, land in WORDS["municipalities"].items():
        yield _party(rng, name, land, "regional_government", without_lei=True)
    for name, land in WORDS["public_sector"].items():
        yield _party(rng, name, land, "public_sector_entity", sovereign_controlled=True)
    for name, land in WORDS["development_banks"].items():
        yield _party(rng, name, land, "multilateral_development_bank")
    for name, land in WORDS["clearing_houses"].items():
        yield _party(rng, name, land, "ccp", qccp=True)


def _financial(rng: random.Random, stems: Iterator[str]) -> Iterator[Row]:
    for _ in range(BANKS):
        land = names.country(rng)
        name = names.bank(rng, next(stems), land)
        yield _party(rng, name, land, "credit_institution", institution=True, g_sib=land == "US")
    for _ in range(FIRMS):
        land = rng.choice(["DE", "GB", "FR", "LU"])
        name = f"{next(stems)} Securities {names.legal_form(rng, land)}"
        yield _party(rng, name, land, "investment_firm", institution=True)
    for number in range(OTHER_FINANCIAL):
        land, kind = names.country(rng), _FINANCIAL_KINDS[number % 3]
        name = f"{next(stems)} {kind} {names.legal_form(rng, land)}"
        yield _party(rng, name, land, "other_financial", shadow_banking=kind == "Asset Finance")
    for number in range(FUNDS):
        kind, land = _FUND_KINDS[number % 3], rng.choice(["LU", "IE"])
        lends, fund_id = kind == "Credit Opportunities", f"F-{number + 1:03d}"
        yield _party(rng, f"{next(stems)} {kind} SCSp", land, "fund", shadow_banking=lends, fund_id=fund_id)


def _companies(rng: random.Random, stems: Iterator[str]) -> Iterator[Row]:
    """Companies in groups of one to four that share a name, then property companies and a foundation."""
    left = COMPANIES
    while left:
        size = min(left, rng.choices([1, 2, 3, 4], [55, 25, 13, 7])[0])
        stem, home = next(stems), names.country(rng)
        group: dict[str, Row] = {}
        while len(group) < size:  # no two of a group have the same name
            row = _company(rng, stem, home if rng.random() < 0.7 else names.country(rng))
            group.setdefault(row["name"], row)
        yield from group.values()
        left -= size
    for _ in range(PROPERTY_COMPANIES):
        name, land = names.property_company(rng, next(stems))
        yield _party(rng, name, land, "non_financial_corporate", property=True)
    yield _party(rng, f"Stiftung {next(stems)}", "DE", "other", without_lei=True)


def _company(rng: random.Random, stem: str, land: str) -> Row:
    return _party(rng, names.company(rng, stem, land), land, "non_financial_corporate", group=stem)


def _private(rng: random.Random) -> Iterator[Row]:
    for name in rng.sample(names.people(), PERSONS):
        land = rng.choices(["DE", "AT", "CH", "GB", "SE"], [70, 10, 10, 5, 5])[0]
        yield _party(rng, name, land, "household", natural_person=True, without_lei=True)


def _numbered(row: Row, number: int) -> Row:
    """With its identifiers: an LEI, or a code with leading zeros where there is none."""
    identity: Row
    if row.pop("without_lei", False):
        kind = "customer number" if row["natural_person"] else "national register"
        identity = {"id_code": f"{number * 7919 % 1_000_000:08d}", "id_type": kind}
    else:
        plain = "".join(c for c in row["name"].upper() if c.isascii() and c.isalnum())
        identity = {"lei": names.lei(f"FICTIONAL{plain[:4]:X<4}{number:05d}")}
    return {"counterparty_id": f"C{number:05d}", **identity, **row}
