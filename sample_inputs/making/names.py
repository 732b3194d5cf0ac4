"""Invented names and identifiers. A resemblance to a real company or person would be chance."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

_FIRST = (
    "Quell Brand Zwirn Käfer Grün Fern Lume Sela Tør Øst Mira Vell Orr Hask Jöld Bräm Nove Cald Ester Wend Ruhn Ågre "
    "Zsol Pěn"
).split()
_SECOND = "mar vik stein vaux fjell holm ley dorf ano eira moor wick heim rup bridge tal".split()

# Country -> trades and legal forms in its language.
_TRADES = {
    "DE": "Maschinenbau,Chemie,Papier & Karton,Stahlhandel,Logistik,Energie,Medizintechnik,Müller & Söhne,Gerätebau",
    "AT": "Holzwerke,Seilbahnen,Anlagenbau,Glas & Keramik",
    "CH": "Präzision,Uhren & Messtechnik,Pharma,Handel",
    "FR": "Énergie,Aéronautique,Hôtellerie & Loisirs,Transports de l'Est",
    "BE": "Chocolaterie,Chimie,Brasserie & Fils",
    "LU": "Télécom,Matériaux",
    "NL": "Scheepvaart,Bloemen & Zaden,Voeding",
    "GB": "Shipping,Foods,O'Hara & Daughters,Engineering",
    "IE": "Dairy,Software,Aircraft Leasing",
    "US": "Industries,Farm & Feed,Biotech,Data Centers",
    "SE": "Sjöfart,Skog & Trä,Verkstäder",
    "DK": "Vindkraft,Møbler,Fødevarer",
    "NO": "Havbruk,Rørsystemer",
    "IT": "Macchine,Caffè & Dolciumi,Tessuti d'Arte",
    "ES": "Energías,Cítricos,Construcción & Diseño",
    "PL": "Żegluga,Części Samochodowe",
    "CZ": "Sklárny,Strojírny",
    "FI": "Telakka,Metsä",
}
_FORMS = {
    "DE": "GmbH,AG,GmbH & Co. KG,SE", "AT": "GmbH,AG", "CH": "AG,GmbH", "FR": "S.A.,SAS", "BE": "NV,SA", "LU": "S.à r.l.,S.A.",
    "NL": "B.V.,N.V.", "GB": "plc,Ltd", "IE": "plc,DAC", "US": "Inc.,LLC,Corp.", "SE": "AB", "DK": "A/S", "NO": "AS,ASA",
    "IT": "S.p.A.,S.r.l.", "ES": "S.A.,S.L.", "PL": "S.A.,Sp. z o.o.", "CZ": "a.s.,s.r.o.", "FI": "Oyj,Oy",
}  # fmt: skip
_BANKS = {
    "DE": "Volksbank {},Privatbank {} AG,Hypothekenbank {} AG,{} & Cie. Bankhaus KG", "AT": "Bank {} AG", "CH": "Banque {} SA,{} Kantonalbank",
    "FR": "Banque {} S.A.,Crédit {} S.A.", "BE": "Bank {} NV", "LU": "Banque {} S.A.", "NL": "{} Bank N.V.",
    "GB": "{} Bank plc,{} & Sons Bankers Ltd", "IE": "Bank of {} plc", "US": "First {} Bank N.A.", "SE": "{} Bank AB", "DK": "{} Bank A/S",
    "NO": "Sparebank {} ASA", "IT": "Banca {} S.p.A.", "ES": "Banco {} S.A.", "PL": "Bank {} S.A.", "CZ": "{} Banka a.s.", "FI": "{} Pankki Oyj",
}  # fmt: skip
_GIVEN = (
    "Jürgen Anneliese Zoë Łukasz Søren Chloé Matteo Göran Siobhán Thérèse Márton Ümit Ingeborg Nuño Petra Bjørn Aoife Élodie"
).split()
_FAMILY = (
    "Müßiggang,von der Beispielhöhe,O'Sample,d'Exemple,Świadek,Nachahmer,Prøvesen,Testarossi,de la Muestra,Voorbeeld,"
    "Spécimen,Mustermann-Weiß,Näherung,Platzhalter"
).split(",")
_COUNTRY_WEIGHTS = {
    "DE": 46, "AT": 6, "CH": 8, "FR": 7, "BE": 3, "LU": 4, "NL": 6, "GB": 8, "IE": 2, "US": 7, "SE": 6, "DK": 3,
    "NO": 2, "IT": 3, "ES": 3, "PL": 2, "CZ": 1, "FI": 2,
}  # fmt: skip


def lei(first_eighteen: str) -> str:
    """The LEI that begins with these 18 characters: its last two digits make it leave 1 when divided by 97 (ISO 17442)."""
    number = int("".join(str(int(character, 36)) for character in first_eighteen) + "00")
    return f"{first_eighteen}{98 - number % 97:02d}"


def stems(rng: random.Random) -> Iterator[str]:
    """Every invented place or family name once, in random order."""
    names = [first + second for first, second in product(_FIRST, _SECOND)]
    rng.shuffle(names)
    yield from names


def country(rng: random.Random) -> str:
    """A country of residence, mostly Germany."""
    return rng.choices(list(_COUNTRY_WEIGHTS), list(_COUNTRY_WEIGHTS.values()))[0]


def company(rng: random.Random, stem: str, land: str) -> str:
    """A company of that country."""
    return f"{stem} {rng.choice(_TRADES[land].split(','))} {legal_form(rng, land)}"


def legal_form(rng: random.Random, land: str) -> str:
    """A legal form of that country."""
    return rng.choice(_FORMS[land].split(","))


def bank(rng: random.Random, stem: str, land: str) -> str:
    """A bank of that country."""
    return rng.choice(_BANKS[land].split(",")).format(stem)


def people() -> list[str]:
    """Names of persons, each once, family names alternating."""
    return [f"{_GIVEN[i % len(_GIVEN)]} {_FAMILY[i % len(_FAMILY)]}" for i in range(len(_GIVEN) * len(_FAMILY) // 2)]
