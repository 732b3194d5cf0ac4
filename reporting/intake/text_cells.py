"""Reads the cells of a column as text: codes letter by letter, free text as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import NoneType

import numpy as np

from reporting.intake.readings import ERRORS, Cells, Kinds, Reading, strings, told
from reporting.intake.schema import standard_rules

# Free text may hold line breaks and any script, but no other control character and nothing that turns the direction
# of the text around what follows it.
_HARMFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff]")
# Control characters of the second block are what remains of dashes and quotes when an encoding was taken for another.
_MANGLED = re.compile("[\x80-\x9f]")
_OTHER_ALPHABETS = re.compile("[\u0370-\u03ff\u0400-\u04ff]")
_LATIN = re.compile("[A-Za-z]")


def read_text(kind: str, cells: Cells, kinds: Kinds) -> Reading:
    """Read cells, whose types are `kinds`, as the text of a column of type `kind`."""
    longest = int(standard_rules()["too_long"].arguments["text" if kind == "text" else "code"])
    if kinds <= {str, NoneType} and _is_clean(cells) and max(map(len, filter(None, cells)), default=0) <= longest:
        return Reading(strings(cells), {}, {})
    texts, faults = _only_text(kind, cells)
    for fault, is_wrong in _TEXT_TESTS["text" if kind == "text" else "code"]:
        if wrong := _places(texts, is_wrong):
            faults[fault] = wrong
            for position in wrong:
                texts[position] = None
    if long := _places(texts, lambda text: len(text) > longest):
        faults["too_long"] = long
        for position in long:
            texts[position] = None
    suspects = {
        **(told("mixed_alphabets", _places(texts, _mixes_alphabets)) if kind == "code" else {}),
        **(told("mangled_text", _places(texts, _is_mangled)) if kind == "text" else {}),
    }
    wrong_places = {fault: np.array(places, dtype=np.int64) for fault, places in faults.items()}
    return Reading(strings(texts), wrong_places, suspects)


def _is_clean(cells: Cells) -> bool:
    """True if it is plain at a glance that no text needs a closer look: one pass over the whole column."""
    joined = "|".join(filter(None, cells))
    fenced = f"|{joined}|"
    spaced = "| " in fenced or " |" in fenced
    return joined.isascii() and joined.isprintable() and not spaced and "|#" not in fenced and "|Err:" not in fenced


def _only_text(kind: str, cells: Cells) -> tuple[list[str | None], dict[str, list[int]]]:
    """The cells as text. In free text a number is its digits; elsewhere it is a fault, as zeros may have been lost."""
    texts: list[str | None] = []
    faults: dict[str, list[int]] = {}
    for position, cell in enumerate(cells):
        if cell is None or isinstance(cell, str):
            texts.append(cell)
        elif kind == "text":
            texts.append(_as_text(cell))
        else:
            texts.append(None)
            faults.setdefault(_code_fault(cell), []).append(position)
    return texts, faults


def _code_fault(cell: object) -> str:
    is_number = isinstance(cell, float | int | Decimal) and not isinstance(cell, bool)
    return "number_in_code" if is_number else "code_changed"


def _as_text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _invisible(cell: str) -> bool:
    return not cell.isprintable()  # of the blanks, only the ordinary one is printable to Python


def _harmful(cell: str) -> bool:
    return bool(_HARMFUL.search(cell))


def _has_blanks_around(cell: str) -> bool:
    return cell != cell.strip()


def _is_only_blanks(cell: str) -> bool:
    return not cell.strip()


def _mixes_alphabets(cell: str) -> bool:
    return bool(_LATIN.search(cell) and _OTHER_ALPHABETS.search(cell))


_TEXT_TESTS: Mapping[str, tuple[tuple[str, Callable[[str], bool]], ...]] = {
    "code": (
        ("error_cell", ERRORS.__contains__),
        ("invisible_characters", _invisible),
        ("blanks_around", _has_blanks_around),
    ),
    "text": (
        ("error_cell", ERRORS.__contains__),
        ("invisible_characters", _harmful),
        ("blanks_around", _is_only_blanks),
    ),
}


def _is_mangled(cell: str) -> bool:
    return bool(_MANGLED.search(cell))


def _places(texts: Sequence[str | None], is_wrong: Callable[[str], bool]) -> list[int]:
    """Positions of the texts that fail. Each different text is tested once."""
    wrong = {text for text in set(texts) if text is not None and is_wrong(text)}
    return [position for position, text in enumerate(texts) if text in wrong] if wrong else []
