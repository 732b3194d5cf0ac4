"""Invented names and identifiers. A resemblance to a real company or person would be chance."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import yaml

WORDS: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
_COUNTRIES: Mapping[str, Any] = WORDS["countries"]


def lei(first_eighteen: str) -> str:
    """The LEI that begins with these 18 characters; its last two digits are check digits (ISO 17442)."""
    number = int("".join(str(int(character, 36)) for character in first_eighteen) + "00")
    return f"{first_eighteen}{98 - number % 97:02d}"


def stems(rng: random.Random) -> Iterator[str]:
    """Every invented name of a place or family once, in random order."""
    names = [first + second for first, second in product(WORDS["stems"]["first"], WORDS["stems"]["second"])]
    rng.shuffle(names)
    yield from names


def country(rng: random.Random) -> str:
    """A country of residence, mostly Germany."""
    weights = [entry["weight"] for entry in _COUNTRIES.values()]
    return rng.choices(list(_COUNTRIES), weights)[0]


def company(rng: random.Random, stem: str, land: str) -> str:
    """A company of that country."""
    return f"{stem} {rng.choice(_COUNTRIES[land]['trades'])} {legal_form(rng, land)}"


def property_company(rng: random.Random, stem: str) -> tuple[str, str]:
    """A company that owns buildings, and its country."""
    lands = [land for land, entry in _COUNTRIES.items() if "property" in entry]
    land = rng.choices(lands, [70 if land == "DE" else 10 for land in lands])[0]
    return f"{stem} {rng.choice(_COUNTRIES[land]['property'])} {legal_form(rng, land)}", land


def legal_form(rng: random.Random, land: str) -> str:
    """A legal form of that country."""
    return str(rng.choice(_COUNTRIES[land]["forms"]))


def bank(rng: random.Random, stem: str, land: str) -> str:
    """A bank of that country."""
    return str(rng.choice(_COUNTRIES[land]["banks"]).format(stem))


def people() -> list[str]:
    """Names of persons, each once, family names alternating."""
    given, family = WORDS["persons"]["given"], WORDS["persons"]["family"]
    return [f"{given[i % len(given)]} {family[i % len(family)]}" for i in range(len(given) * len(family) // 2)]
