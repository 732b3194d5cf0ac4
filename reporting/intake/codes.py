"""Codes of the outside world: currencies, countries and legal entity identifiers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.documents import read_yaml, require_keys
from reporting.resources import schemas_folder

Mask = npt.NDArray[np.bool_]

LEI_FORM = r"^[0-9A-Z]{18}[0-9]{2}\z"
_LEI_LENGTH = 20

# ISO 17442 takes the letters as numbers (A is 10, Z is 35) and the whole as one number modulo 97, of which 1 must be
# left (ISO 7064, MOD 97-10). Character by character: the rest so far times 10 or, before a letter, times 100, plus the
# value of the character.
_VALUE = np.zeros(128, dtype=np.int64)
_SHIFT = np.ones(128, dtype=np.int64)
for _character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
    _VALUE[ord(_character)] = int(_character, 36)
    _SHIFT[ord(_character)] = 100 if _character.isalpha() else 10


@dataclass(frozen=True)
class CodeList:
    """The codes of a standard.

    as_of      the date of the list
    codes      those of the standard, and those that it leaves to its users and that are in general use
    withdrawn  code that was valid once -> its successor and the first day on which only that one counts
    instead    code that is often met but never was on the list -> what is meant
    """

    source: str
    as_of: date
    codes: frozenset[str]
    withdrawn: Mapping[str, tuple[str, date]]
    instead: Mapping[str, str]

    @cached_property
    def ever(self) -> frozenset[str]:
        """The codes that are valid or were valid once."""
        return self.codes | self.withdrawn.keys()

    def __contains__(self, code: object) -> bool:
        return code in self.ever


@lru_cache
def load_codes() -> Mapping[str, CodeList]:
    """The lists `currency` (ISO 4217) and `country` (ISO 3166-1 alpha-2)."""
    raw = read_yaml((schemas_folder() / "_codes.yaml").read_text(encoding="utf-8"))
    content = require_keys("_codes.yaml", raw, ("currencies", "countries"))
    return MappingProxyType(
        {
            "currency": _code_list("_codes.yaml: currencies", content["currencies"]),
            "country": _code_list("_codes.yaml: countries", content["countries"]),
        }
    )


def _code_list(where: str, raw: object) -> CodeList:
    entry = require_keys(where, raw, ("source", "as_of", "codes"), ("withdrawn", "instead", "user_assigned"))
    withdrawn = {code: (old["instead"], old["since"]) for code, old in entry.get("withdrawn", {}).items()}
    return CodeList(
        source=str(entry["source"]),
        as_of=entry["as_of"],
        codes=frozenset(str(entry["codes"]).split()) | entry.get("user_assigned", {}).keys(),
        withdrawn=MappingProxyType(withdrawn),
        instead=MappingProxyType(dict(entry.get("instead", {}))),
    )


def check_digits_right(leis: pd.Series[Any]) -> Mask:
    """True for each LEI whose check digits are right (ISO 17442), and for each cell not of the form of an LEI.

    leis   (n,) text, blank where there is none. Each different LEI is computed once.
    """
    labels, different = pd.factorize(leis)
    right = np.ones(len(different) + 1, dtype=bool)  # the last one is for blank cells, which have the label -1
    formed = np.flatnonzero(pd.Series(different).str.match(LEI_FORM).to_numpy(dtype=bool))
    if formed.size:
        right[formed] = _rest_is_one([str(different[i]) for i in formed.tolist()])
    return np.asarray(right[np.asarray(labels)])


def _rest_is_one(leis: list[str]) -> Mask:
    characters = np.frombuffer("".join(leis).encode("ascii"), dtype=np.uint8).reshape(-1, _LEI_LENGTH)
    rest = np.zeros(len(leis), dtype=np.int64)
    for place in range(_LEI_LENGTH):
        rest = (rest * _SHIFT[characters[:, place]] + _VALUE[characters[:, place]]) % 97
    return np.asarray(rest == 1)


def with_check_digits(first_eighteen: str) -> str:
    """The LEI that begins with these 18 characters, for examples and samples (ISO 17442).

    ValueError where they are not 18 capitals or digits.
    """
    if not re.fullmatch(r"[0-9A-Z]{18}", first_eighteen):
        raise ValueError(f"{first_eighteen!r} is not 18 capitals or digits")
    number = int("".join(str(int(c, 36)) for c in first_eighteen) + "00")
    return f"{first_eighteen}{98 - number % 97:02d}"
