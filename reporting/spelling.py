"""Names as people type them: matched without regard to case and spaces, and the nearest one for a hint."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

# Letters of other alphabets that look like Latin ones in most fonts (a subset of Unicode TR39, confusables).
_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαενικρτυх",
    "ABESIJKMHOPCTYXabesijkmhopctyxABEZHIKMNOPTYXoaevikptux",
)
_SEPARATORS = re.compile(r"[\s_\-]+")
_LONGEST = 60  # letters of a name that a hint shows
_COMPARED = 200  # letters; a longer name is nobody's slip, and comparing takes time by the square
_MANY = 500  # beyond this many names only look-alikes are searched for: a full comparison would take seconds


def plain(name: str) -> str:
    """The form in which names are compared: `Gross carrying amount` becomes `gross_carrying_amount`.

    Letters of other alphabets stay what they are, so that a look-alike does not match.
    """
    words = _SEPARATORS.sub("_", name.strip())
    return words.lower() if words.isascii() else words


def skeleton(name: str) -> str:
    """What the eye sees: look-alike letters replaced, case, blanks and separators dropped."""
    visible = name.translate(_LOOK_ALIKES)
    return "".join(c for c in visible.casefold() if c.isalnum())


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that was probably meant; None where none is near."""
    if len(name) > _COMPARED:
        return None
    choices = tuple(choice for choice in names if len(choice) <= _COMPARED)
    look_alike = _by_skeleton(choices).get(skeleton(name) or None)
    if look_alike is not None or len(choices) > _MANY:
        return look_alike
    if not choices:
        return None
    close = difflib.get_close_matches(name, choices, n=1, cutoff=0.7)
    close = close or difflib.get_close_matches(plain(name), choices, n=1, cutoff=0.7)
    return close[0] if close else None


@lru_cache(maxsize=8)
def _by_skeleton(names: tuple[str, ...]) -> Mapping[str | None, str]:
    return {skeleton(name): name for name in reversed(names)}


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`, did you mean 'loan'?`, with a word on letters that only look alike; "" where no name is near."""
    near = nearest(name, names)
    if near is None:
        return ""
    look_alike = not name.isascii() and name.translate(_LOOK_ALIKES) != name
    shown = near if len(near) <= _LONGEST else near[: _LONGEST - 3] + "..."
    return f", did you mean {shown!r}?" + (" Some letters are of another alphabet." if look_alike else "")
