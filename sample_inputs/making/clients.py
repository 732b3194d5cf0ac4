"""The counterparties of Northbank AG: 300 in June, fewer old ones and some new ones in September."""

from __future__ import annotations

import random
from collections.abc import Iterator

from making import names
from making.workbook import Row, Rows

NEW, GONE = 9, 6

_GOVERNMENTS = {
    "DE": "Germany", "FR": "France", "NL": "the Netherlands", "AT": "Austria", "BE": "Belgium", "FI": "Finland", "IT": "Italy",
    "ES": "Spain", "LU": "Luxembourg", "PL": "Poland", "GB": "the United Kingdom", "US": "the United States",
    "CH": "Switzerland", "SE": "Sweden", "NA": "Namibia",
}  # fmt: skip
_CENTRAL_BANKS = {"DE": "Germany", "US": "the United States", "GB": "the United Kingdom", "CH": "Switzerland", "SE": "Sweden"}
_REGIONS = (
    ("Land Musterfranken", "DE"), ("Freie Stadt Beispielhafen", "DE"), ("Land Ober-Exempel", "DE"), ("Stadt Zwirnbach", "DE"),
    ("Landkreis Käfertal", "DE"), ("Land Musterkärnten", "AT"), ("Kanton Probenwil", "CH"), ("Region Øst-Eksempel", "DK"),
)  # fmt: skip
_PUBLIC = (
    ("Wasserverband Untere Muster", "DE"), ("Klinikum Beispielhafen AöR", "DE"), ("Messe & Kongress Musterstadt", "DE"),
    ("Hafenbetriebe Beispielhafen AöR", "DE"), ("Studierendenwerk Exempelstadt", "DE"), ("Régie des Eaux de Lumevaux", "FR"),
    ("Stadtwerke Käfertal", "DE"), ("Waterschap de Voorbeelden", "NL"),
)  # fmt: skip
_DEVELOPMENT = (("Model Bank for Reconstruction", "LU"), ("Exemplary Development Bank", "FR"))
_CLEARING = (("Muster Clearing AG", "DE"), ("Sample Clearing House Ltd", "GB"))
_PROPERTY = {"DE": "Immobilien,Wohnen & Bauen,Quartiersentwicklung", "AT": "Bauträger", "NL": "Vastgoed", "SE": "Fastigheter"}
_RATINGS = {1: "AA-,AA,AAA", 2: "A-,A,A+", 3: "BBB-,BBB,BBB+", 4: "BB-,BB", 5: "B,B+", 6: "CCC"}

# Sector -> how many of credit quality steps 1 to 6 in a hundred; the rest is not rated.
_QUALITY = {
    "central_bank": (100, 0, 0, 0, 0, 0), "central_government": (70, 20, 10, 0, 0, 0), "regional_government": (100, 0, 0, 0, 0, 0),
    "public_sector_entity": (40, 20, 0, 0, 0, 0), "multilateral_development_bank": (100, 0, 0, 0, 0, 0),
    "credit_institution": (20, 45, 25, 3, 0, 0), "ccp": (50, 50, 0, 0, 0, 0), "investment_firm": (0, 20, 40, 10, 0, 0),
    "other_financial": (5, 30, 30, 5, 0, 0), "non_financial_corporate": (2, 10, 24, 14, 5, 2),
}  # fmt: skip


def counterparties() -> tuple[Rows, Rows]:
    """The counterparties of June, and those that come new in September."""
    rng = random.Random("northbank counterparties")
    stems = names.stems(rng)
    drawn = [*_public(rng), *_financial(rng, stems), *_companies(rng, stems), *_private(rng, stems)]
    rows = [_numbered(row, number) for number, row in enumerate(drawn, 101)]
    fresh = [_numbered(_company(rng, next(stems)), 101 + len(drawn) + number) for number in range(NEW)]
    return rows, fresh


def _party(rng: random.Random, name: str, country: str, sector: str, **other: object) -> Row:
    step = _quality(rng, sector)
    rating = rng.choice(_RATINGS[step].split(",")) if step else None
    row: Row = {
        "name": name, "natural_person": False, "sector": sector, "country": country, "institution": False, "g_sib": False,
        "qccp": False, "shadow_banking": False, "sovereign_controlled": False, "credit_quality_step": step, "rating": rating,
    }  # fmt: skip
    return {**row, **other}


def _quality(rng: random.Random, sector: str) -> int | None:
    draw = rng.uniform(0, 100)
    for step, share in enumerate(_QUALITY.get(sector, (0,) * 6), 1):
        draw -= share
        if draw < 0:
            return step
    return None


def _public(rng: random.Random) -> Iterator[Row]:
    for code, land in _CENTRAL_BANKS.items():
        yield _party(rng, f"Model Central Bank of {land}", code, "central_bank")
    for code, land in _GOVERNMENTS.items():
        yield _party(rng, f"Model Treasury of {land}", code, "central_government")
    for name, code in _REGIONS:
        yield _party(rng, name, code, "regional_government", without_lei=name.startswith(("Stadt", "Landkreis")))
    for name, code in _PUBLIC:
        yield _party(rng, name, code, "public_sector_entity", sovereign_controlled=True)
    for name, code in _DEVELOPMENT:
        yield _party(rng, name, code, "multilateral_development_bank")
    for name, code in _CLEARING:
        yield _party(rng, name, code, "ccp", qccp=True, institution=False)


def _financial(rng: random.Random, stems: Iterator[str]) -> Iterator[Row]:
    for _ in range(42):
        land = names.country(rng)
        yield _party(rng, names.bank(rng, next(stems), land), land, "credit_institution", institution=True, g_sib=land == "US")
    for _ in range(6):
        land = rng.choice(["DE", "GB", "FR", "LU"])
        yield _party(rng, f"{next(stems)} Securities {names.legal_form(rng, land)}", land, "investment_firm", institution=True)
    for number in range(18):
        land = names.country(rng)
        kind = ("Leasing & Factoring", "Insurance", "Asset Finance")[number % 3]
        yield _party(rng, f"{next(stems)} {kind} {names.legal_form(rng, land)}", land, "other_financial", shadow_banking=number % 3 == 2)
    for number in range(12):
        name = f"{next(stems)} {('Infrastructure Fund II', 'Credit Opportunities', 'Private Equity VI')[number % 3]} SCSp"
        yield _party(rng, name, rng.choice(["LU", "IE"]), "fund", shadow_banking=number % 3 == 1, fund_id=f"F-{number + 1:03d}")


def _companies(rng: random.Random, stems: Iterator[str]) -> Iterator[Row]:
    """Companies in groups of one to four that share a name, then property companies and a foundation."""
    left = 105
    while left:
        size = min(left, rng.choices([1, 2, 3, 4], [55, 25, 13, 7])[0])
        stem, home = next(stems), names.country(rng)
        for _ in range(size):
            land = home if rng.random() < 0.7 else names.country(rng)
            yield _company(rng, stem, land)
        left -= size
    for _ in range(40):
        land = rng.choices(list(_PROPERTY), [70, 10, 10, 10])[0]
        name = f"{next(stems)} {rng.choice(_PROPERTY[land].split(','))} {names.legal_form(rng, land)}"
        yield _party(rng, name, land, "non_financial_corporate", property=True)
    yield _party(rng, f"Stiftung {next(stems)}", "DE", "other", without_lei=True)


def _company(rng: random.Random, stem: str, land: str = "") -> Row:
    land = land or names.country(rng)
    return _party(rng, names.company(rng, stem, land), land, "non_financial_corporate", group=stem)


def _private(rng: random.Random, stems: Iterator[str]) -> Iterator[Row]:
    for name in rng.sample(names.people(), 36):
        land = rng.choices(["DE", "AT", "CH", "GB", "SE"], [70, 10, 10, 5, 5])[0]
        yield _party(rng, name, land, "household", natural_person=True, without_lei=True)


def _numbered(row: Row, number: int) -> Row:
    """With its identifiers: an LEI, or a code where there is none (natural persons, two municipalities, a foundation)."""
    ascii_name = "".join(c for c in row["name"].upper() if c.isascii() and c.isalnum())
    if row.pop("without_lei", False):
        kind = "customer number" if row["natural_person"] else "national register"
        identity = {"id_code": f"{number * 7919 % 1_000_000:08d}", "id_type": kind}
    else:
        identity = {"lei": names.lei(f"FICTIONAL{ascii_name[:4]:X<4}{number:05d}")}
    return {"counterparty_id": f"C{number:05d}", **identity, **row}
