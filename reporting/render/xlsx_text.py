"""Text on its way into a workbook: nothing in it can become a formula, a link, markup, or vanish."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

LONGEST = 32_767  # UTF-16 units that a cell holds
_CHECKED_FROM = LONGEST // 2  # a shorter text fits, whatever its letters

# Control characters but tab and line feed, halves of surrogate pairs, and what XML does not know.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FORBIDDEN_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f]")
_PLAIN_SHEET_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}[0-9]+|[Rr][0-9]*[Cc][0-9]*|[Rr]|[Cc]")


def visible(text: str) -> str:
    """The text as a cell holds it: control characters as their pictures, what is too long cut with a word about it."""
    if _UNSEEN.search(text):
        text = _UNSEEN.sub(_picture, text.replace("\r\n", "\n"))
    # XlsxWriter takes a text between these two for ready-made markup; a blank behind it keeps it text.
    if text.startswith("<r>") and text.endswith("</r>"):
        text += " "
    return _cut(text) if len(text) > _CHECKED_FROM else text


def visible_column(texts: Sequence[str | None]) -> Sequence[str | None]:
    """The same for a whole column; a column in which nothing needs a change is handed back as it is."""
    joined = "\n".join(filter(None, texts))
    harmless = not _UNSEEN.search(joined) and "<r>" not in joined
    if harmless and (len(joined) <= _CHECKED_FROM or max(map(len, filter(None, texts))) <= _CHECKED_FROM):
        return texts
    return [text if text is None else visible(text) for text in texts]


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def _cut(text: str) -> str:
    encoded = text.encode("utf-16-le")
    if len(encoded) <= 2 * LONGEST:
        return text
    ending = f" [cut here, {len(text):,} characters in all]"
    kept = encoded[: 2 * (LONGEST - len(ending))].decode("utf-16-le", errors="ignore")
    return kept + ending


def sheet_names(wanted: Iterable[str], taken: Iterable[str] = ()) -> tuple[str, ...]:
    """Legal names of sheets, at most 31 characters, different from each other and from `taken` in any case."""
    used = {name.lower() for name in (*taken, "History")}
    names = []
    for title in wanted:
        plain = " ".join(_FORBIDDEN_IN_SHEET_NAMES.sub(" ", visible(title)).split()).strip("'") or "Sheet"
        name, number = _shortened(plain, 31), 2
        while name.lower() in used:
            ending = f" ({number})"
            name, number = _shortened(plain, 31 - len(ending)) + ending, number + 1
        used.add(name.lower())
        names.append(name)
    return tuple(names)


def _shortened(name: str, length: int) -> str:
    """At most `length` UTF-16 units, as Excel counts them."""
    kept = name.encode("utf-16-le")[: 2 * length].decode("utf-16-le", errors="ignore")
    return kept.strip().strip("'") or "Sheet"


def sheet_reference(name: str) -> str:
    """The name of a sheet as formulas and links write it."""
    if _PLAIN_SHEET_NAME.fullmatch(name) and not _LIKE_A_CELL.fullmatch(name):
        return name
    return "'" + name.replace("'", "''") + "'"


def defined_names(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """A legal defined name for each of `names`: `fig_leverage_ratio`; two that would be the same are numbered."""
    used: set[str] = set()
    found = {}
    for name in names:
        plain = prefix + re.sub(r"[^A-Za-z0-9_]", "_", name)[:200]
        unique, number = plain, 2
        while unique.lower() in used:
            unique, number = f"{plain}_{number}", number + 1
        used.add(unique.lower())
        found[name] = unique
    return found
