"""The page of a batch: self-contained, escaped, and in a browser it sorts, searches and links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reporting.batch.page import batch_html
from reporting.batch.run import run_batch
from tests.batch.batches import bank, settings
from tests.browser import Page, browser, needs_chromium

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class _Addresses(HTMLParser):
    """What a page asks for or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if tag == "a" and name == "href":
                self.links.append(value or "")
            elif name in {"src", "href", "srcset", "action", "poster", "data", "background"}:
                self.loads.append((tag, value or ""))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """index.html of a batch with a done, a rejected and a failed submission, one of them with a hostile name."""
    folder = tmp_path_factory.mktemp("page")
    for number, name, amount in ((1, "Zebra Bank", 400), (2, "alpha Bank", 300), (3, HOSTILE, 500), (4, "Mid", -4)):
        bank(folder / "in" / f"bank{number}.xlsx", number, amount=amount, name=name)
    bank(folder / "in" / "bank5.xlsx", 5, jurisdiction="basel")
    batch = run_batch(settings(folder, 'jurisdiction = "eu"'))
    return folder / "out" / batch.place / "index.html"


def addresses(page: Path) -> _Addresses:
    found = _Addresses()
    found.feed(page.read_text(encoding="utf-8"))
    return found


def test_the_page_loads_nothing_and_its_links_lead_to_files_that_are_there(page: Path) -> None:
    found = addresses(page)
    assert found.loads == []
    assert len(found.links) == 2 * 3 + 1 + 2
    for link in found.links:
        assert urlsplit(link).scheme == ""
        assert (page.parent / link).is_file()
    assert "url(" not in page.read_text(encoding="utf-8")


def test_text_from_data_stays_text(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("<script>") == 1
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_every_submission_stands_with_its_state_in_words_and_why(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(re.findall(r'<tr data-status="', text)) == 5
    assert "bank4.xlsx!exposures!D2: gross_carrying_amount is -4, must be 0 or more [EXP-003]" in text
    assert "its jurisdiction is basel, the batch takes eu only" in text
    for word in ("Done", "Rejected", "Failed"):
        assert f"</span> {word}</span>" in text


def test_the_same_content_gives_the_same_page(page: Path) -> None:
    content = json.loads((page.parent / "batch.json").read_text(encoding="utf-8"))
    assert batch_html(content) == page.read_bytes()


# --- In a browser ----------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(page: Path) -> Iterator[Page]:
    with browser() as found:
        found.open(page)
        yield found


def names(opened: Page) -> list[str]:
    """The first word of the institutions that are shown, in order."""
    script = (
        "Array.from(document.querySelectorAll('#units tbody tr')).filter(row => row.offsetParent !== null)"
        ".map(row => row.cells[0].dataset.key)"
    )
    found: list[str] = opened.script(script)
    return [name.split()[0] if not name.startswith("<") else "<" for name in found]


def click(opened: Page, heading: str) -> Any:
    return opened.script(
        "(() => { const b = Array.from(document.querySelectorAll('thead button'))"
        f".find(b => b.textContent === '{heading}');"
        " b.click(); return b.parentElement.getAttribute('aria-sort'); })()"
    )


def search(opened: Page, text: str) -> str:
    script = (
        f"(() => {{ const s = document.getElementById('search'); s.value = {json.dumps(text)};"
        " s.dispatchEvent(new Event('input')); return document.getElementById('found').textContent; })()"
    )
    return str(opened.script(script))


@pytest.mark.slow
@needs_chromium
def test_a_browser_sorts_searches_and_filters_without_errors_or_requests(opened: Page, page: Path) -> None:
    assert len(names(opened)) == 5
    assert click(opened, "Institution") == "ascending"
    assert names(opened) == ["<", "alpha", "in/bank4.xlsx", "in/bank5.xlsx", "Zebra"]
    assert click(opened, "Institution") == "descending"
    assert names(opened) == ["Zebra", "in/bank5.xlsx", "in/bank4.xlsx", "alpha", "<"]
    click(opened, "Leverage ratio")
    shown = opened.script(
        "Array.from(document.querySelectorAll('#units tbody tr')).map(row => Array.from(row.cells)"
        ".filter(cell => cell.dataset.number !== undefined).map(cell => Number(cell.dataset.number))[1])"
    )
    ratios = [value for value in shown if value is not None]
    assert ratios == sorted(ratios)
    assert len(ratios) == 3
    assert search(opened, "zebra") == "1 of 5 shown"
    assert names(opened) == ["Zebra"]
    assert search(opened, "EXP-003") == "1 of 5 shown"
    assert search(opened, "nothing like it") == "0 of 5 shown"
    assert search(opened, "") == "5 of 5 shown"
    opened.script("document.querySelector('.filter[value=done]').click()")
    assert sorted(names(opened)) == ["in/bank4.xlsx", "in/bank5.xlsx"]
    assert opened.console == []
    assert opened.requests == [page.as_uri()]


@pytest.mark.slow
@needs_chromium
def test_links_lead_to_the_files_and_headings_take_the_keyboard(opened: Page, page: Path) -> None:
    links = opened.script("Array.from(document.querySelectorAll('#units a')).map(a => a.href)")
    assert len(links) == 7
    for link in links:
        assert link.startswith("file://")
        assert Path(urlsplit(link).path).is_file()
    tabbable = opened.script("Array.from(document.querySelectorAll('thead button')).every(b => b.tabIndex === 0)")
    assert tabbable is True
    unlabelled = opened.script(
        "Array.from(document.querySelectorAll('input'))"
        ".filter(i => !i.labels.length || !i.labels[0].textContent.trim()).length"
    )
    assert unlabelled == 0


@pytest.mark.slow
@needs_chromium
def test_a_browser_would_tell_of_a_request_and_of_an_error(tmp_path: Path) -> None:
    """So that the test above cannot pass because nothing is heard."""
    bad = tmp_path / "bad.html"
    bad.write_text("<img src='other.png'><script>nowhere()</script>", encoding="utf-8")
    with browser() as found:
        found.open(bad)
        assert found.script("1 + 1") == 2
        assert (tmp_path / "other.png").as_uri() in found.requests
        assert any("nowhere" in text for text in found.console)
