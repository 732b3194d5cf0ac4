"""The text of a PDF as a reader sees it: which characters, in which order, at which height, without footnote marks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

# Breaks and hyphens at the end of a line are the typesetter's. pdfium gives U+FFFE or U+0002 for such a hyphen.
_LEFT_OUT = {"-", "\N{SOFT HYPHEN}", "\N{NON-BREAKING HYPHEN}", "\N{HYPHEN}", "\ufffe", "\x02"}
_SMALLEST = 8.5  # footnote marks are set smaller than this, all other text of a table larger (in CSS pixels)


def squeezed(text: str) -> str:
    """The text without spaces and hyphens."""
    return "".join(letter for letter in text if not letter.isspace() and letter not in _LEFT_OUT)


@dataclass(frozen=True)
class Letter:
    """A character with its page and the lower and upper edge of its box."""

    text: str
    page: int
    low: float
    high: float


@dataclass(frozen=True)
class PdfText:
    """All letters of a document."""

    letters: tuple[Letter, ...]

    @cached_property
    def text(self) -> str:
        """All pages in one, without spaces and hyphens."""
        return "".join(letter.text for letter in self.letters)

    def rows(self, parts: list[str]) -> list[list[list[Letter]]]:
        """Every place where the parts follow each other without anything in between: the letters of each part."""
        words = [squeezed(part) for part in parts]
        whole, found, start = "".join(words), [], -1
        while (start := self.text.find(whole, start + 1)) >= 0:
            ends = [start + sum(map(len, words[: place + 1])) for place in range(len(words))]
            found.append([list(self.letters[end - len(word) : end]) for word, end in zip(words, ends, strict=True)])
        return found

    def in_one_row(self, parts: list[str]) -> bool:
        """True if the parts stand somewhere in one row of a table: each at the height of the tallest of them."""
        return any(_side_by_side([part for part in row if part]) for row in self.rows(parts))


def _side_by_side(row: list[list[Letter]]) -> bool:
    tallest = max(row, key=lambda part: max(x.high for x in part) - min(x.low for x in part))
    low, high = min(x.low for x in tallest), max(x.high for x in tallest)
    middles = [(min(x.low for x in part) + max(x.high for x in part)) / 2 for part in row]
    return len({x.page for part in row for x in part}) == 1 and all(low <= middle <= high for middle in middles)


def read_pdf(path: Path) -> PdfText:
    """The letters of a PDF in the order of its content."""
    document = pypdfium2.PdfDocument(path)
    try:
        letters = [letter for number, page in enumerate(document) for letter in _letters(number, page.get_textpage())]
    finally:
        document.close()
    return PdfText(tuple(letters))


def _letters(number: int, page: pypdfium2.PdfTextPage) -> list[Letter]:
    found: list[Letter] = []
    for place in range(page.count_chars()):
        letter = chr(raw.FPDFText_GetUnicode(page, place))
        if not squeezed(letter) or raw.FPDFText_GetFontSize(page, place) < _SMALLEST:
            continue
        _, low, _, high = page.get_charbox(place)
        found.append(Letter(letter, number, low, high))
    return found
