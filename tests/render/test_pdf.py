from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from reporting.render.house_style import AssetRefused, Assets, house_style
from reporting.render.pdf import Attached, pdf_bytes, warm_up, write_pdf
from reporting.reports.charts import ChartRefused
from reporting.reports.model import Chart, Column, Grid, Report, Section, Shown, Text
from reporting.resources import templates_folder
from tests.render.sample_report import sample_report

FILES = (Attached("report.xlsx", b"workbook", "The workbook"), Attached("figures.json", b"{}", "All figures"))
_PRINT = "import sys,hashlib;from tests.render.test_pdf import FILES,pdf_bytes,sample_report;" + (
    "print(hashlib.sha256(pdf_bytes(sample_report(),FILES)).hexdigest())"
)


@pytest.fixture(scope="module")
def sample() -> bytes:
    return pdf_bytes(sample_report(), FILES)


def _texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range().replace("\N{NO-BREAK SPACE}", " ") for page in document]


def _opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


def _outside(pdf: bytes, margin: float = 8.0) -> list[str]:
    """Characters whose box leaves the page or comes nearer than `margin` points to its edge."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        width, height = page.get_size()
        text = page.get_textpage()
        for place in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(place)
            if left < margin or bottom < margin or right > width - margin or top > height - margin:
                found.append(text.get_text_range(place, 1))
    return found


def _with_section(*blocks: Any, name: str = "Northbank AG") -> Report:
    """A short report: cover, key figures, one section, annexes without content."""
    return replace(
        sample_report(name=name), sections=(Section("one", "One", blocks),), overrides=(), breaches=(), controls=(),
        parameters=(), lineage=(),
    )  # fmt: skip


def _rows(count: int, label: str = "row", amount: str = "1") -> Grid:
    columns = (Column("a", "Name of the row", "text"), Column("b", "Amount", "money", "EUR thousand"))
    rows = tuple((Shown(f"{label} {n}."), Shown(amount, 1.0, "money")) for n in range(count))
    return Grid("rows", "Rows in order", "As filed", columns, rows, rows_in_all=count)


def _page_with(texts: list[str], wanted: str) -> int:
    return next(number for number, text in enumerate(texts) if wanted in text)


def test_the_same_report_gives_the_same_bytes_twice(sample: bytes) -> None:
    assert pdf_bytes(sample_report(), FILES) == sample


def test_hash_seed_zone_locale_and_working_folder_make_no_difference(sample: bytes, tmp_path: Path) -> None:
    import hashlib

    changes = {"PYTHONHASHSEED": "2", "TZ": "America/Los_Angeles", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1"}
    root = str(templates_folder().parent)
    run = subprocess.run(
        [sys.executable, "-c", _PRINT], cwd=tmp_path, env={**os.environ, "PYTHONPATH": root, **changes},
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert run.stdout.strip() == hashlib.sha256(sample).hexdigest()
    assert run.stderr == ""


def test_a_report_made_after_another_is_not_coloured_by_it(sample: bytes) -> None:
    pdf_bytes(_with_section(Text("Другое"), name="Ελληνική Τράπεζα"))
    assert pdf_bytes(sample_report(), FILES) == sample


def test_writing_puts_the_bytes_on_disk(sample: bytes, tmp_path: Path) -> None:
    write_pdf(sample_report(), tmp_path / "report.pdf", FILES)
    assert (tmp_path / "report.pdf").read_bytes() == sample


def test_warming_up_leaves_the_style_and_the_engine_ready() -> None:
    house_style.cache_clear()
    warm_up("leverage")
    assert house_style.cache_info().currsize == 1


def test_nothing_is_complained_about_on_the_way(caplog: pytest.LogCaptureFixture) -> None:
    house_style.cache_clear()  # so that the style sheet is parsed again
    with caplog.at_level(logging.WARNING):
        pdf_bytes(sample_report(footnotes=12), FILES)
    assert caplog.records == []


def test_the_file_declares_pdf_a_3a_and_is_tagged_in_english(sample: bytes) -> None:
    opened = _opened(sample)
    catalog = opened.Root
    metadata = bytes(catalog.Metadata.read_bytes())
    assert b'pdfaid:part="3" pdfaid:conformance="A"' in metadata
    assert str(catalog.Lang) == "en"
    assert catalog.MarkInfo.Marked
    assert "/StructTreeRoot" in catalog
    assert catalog.OutputIntents[0].S == "/GTS_PDFA1"


def test_the_other_variant_declares_pdf_ua_1() -> None:
    opened = _opened(pdf_bytes(_with_section(Text("A line.")), variant="pdf/ua-1"))
    metadata = bytes(opened.Root.Metadata.read_bytes())
    assert b"pdfuaid" in metadata
    assert b"pdfaid" not in metadata


def test_another_variant_is_refused() -> None:
    with pytest.raises(ValueError, match="variant is pdf/x-4, must be one of pdf/a-3a, pdf/ua-1"):
        pdf_bytes(sample_report(), variant="pdf/x-4")


def test_metadata_come_from_the_report_and_its_reference_date(sample: bytes) -> None:
    opened = _opened(sample)
    info = opened.docinfo
    assert str(info["/Title"]) == "Leverage report, Northbank AG, 2026-09-30"
    assert str(info["/Author"]) == "Northbank AG"
    assert "529900T8BM49AURSDO55" in str(info["/Keywords"])
    assert str(info["/CreationDate"]).startswith("D:20260930")
    assert str(info["/ModDate"]).startswith("D:20260930")


def test_attachments_are_sources_dated_by_the_reference_date(sample: bytes) -> None:
    opened = _opened(sample)
    files = {str(spec.UF): spec for spec in opened.Root.AF}
    assert set(files) == {"report.xlsx", "figures.json"}
    for attached in FILES:
        spec = files[attached.name]
        stream = spec.EF.F
        assert spec.AFRelationship == "/Source"
        assert stream.read_bytes() == attached.content
        assert str(stream.Params.CreationDate) == str(stream.Params.ModDate) == "D:20260930000000Z"
    assert str(files["figures.json"].EF.F.Subtype) == "/application/json"


def _fonts(opened: pikepdf.Pdf) -> dict[str, Any]:
    found = {}
    for page in opened.pages:
        for font in page.Resources.get("/Font", {}).values():
            found[str(font.BaseFont).partition("+")[2]] = font
    return found


def test_only_the_bundled_fonts_are_used_and_all_are_embedded(sample: bytes) -> None:
    opened = _opened(sample)
    fonts = _fonts(opened)
    assert {name.rsplit("-", 1)[0].replace("-Semi", "") for name in fonts} <= {"Report-Sans", "Report-Serif", "Report"}
    for font in fonts.values():
        assert "/ToUnicode" in font
        assert any(key.startswith("/FontFile") for key in font.DescendantFonts[0].FontDescriptor.keys())  # noqa: SIM118


def test_european_scripts_need_no_font_of_the_machine() -> None:
    names = ("Ährenfelder Größenwahn", "Τράπεζα Ελλάδος", "Сбережения", "Żółć Łódź Őrség İstanbul")
    opened = _opened(pdf := pdf_bytes(_with_section(*map(Text, names))))
    assert all(font.startswith("Report-") for font in _fonts(opened))
    assert all(name in _texts(pdf)[2] for name in names)


def test_every_page_says_whose_report_it_is(sample: bytes) -> None:
    texts = _texts(sample)
    for number, text in enumerate(texts, start=1):
        for wanted in ("Northbank AG", "529900T8BM49AURSDO55", "30 September 2026", "consolidated", "EUR thousand",
                       "Confidential", "Draft", "Leverage report", "0d3f6a91c57e",
                       f"Page {number} of {len(texts)}"):  # fmt: skip
            assert wanted in text, (number, wanted)
        assert "ersion 0.1.0" in text


def test_the_page_after_the_cover_answers_the_question(sample: bytes) -> None:
    page = _texts(sample)[1]
    assert page.index("Key figures") < page.index("Leverage ratio") < page.index("Findings") < page.index("Overrides")
    for wanted in ("4.87 %", "5.02 %", "(0.15) pp", "3.00 %", "1.87 pp", "Met", "Amber", "Breached", "No limit"):
        assert wanted in page
    assert all(shape in page for shape in "●▲■")


def test_contents_name_the_page_on_which_each_chapter_begins(sample: bytes) -> None:
    texts = _texts(sample)
    listed = texts[0].partition("Contents")[2].splitlines()
    for title in ("Key figures", "1 Leverage ratio", "4 Own funds", "Annex A Data quality", "Annex C Lineage"):
        line = next(line for line in listed if line.startswith(title))
        assert title in texts[int(line.rsplit(" ", 1)[1]) - 1]


def test_bookmarks_lead_to_the_chapters(sample: bytes) -> None:
    outline = pypdfium2.PdfDocument(sample).get_toc()
    titles = [(item.level, item.get_title()) for item in outline]
    assert [title for level, title in titles if level == 0] == [
        "Key figures", "1 Leverage ratio", "2 On-balance-sheet items", "3 Off-balance-sheet items", "4 Own funds",
        "Annex A Data quality", "Annex B Parameters in force", "Annex C Lineage",
    ]  # fmt: skip
    assert (1, "Findings") in titles


def _tags(element: Any, found: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    if isinstance(element, pikepdf.Array):
        for child in element:
            _tags(child, found)
    elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
        found.append((str(element.S), element))
        if "/K" in element:
            _tags(element.K, found)
    return found


def test_headings_tables_and_charts_are_tagged_and_charts_have_their_alternative_text(sample: bytes) -> None:
    opened = _opened(sample)
    tags = _tags(opened.Root.StructTreeRoot.K, [])
    kinds = [kind for kind, _ in tags]
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Caption", "/Link", "/Figure", "/L"} <= set(kinds)
    alternatives = [str(element.Alt) for kind, element in tags if kind == "/Figure"]
    assert len(alternatives) == 3
    assert "stays above the requirement of 3.00 % on both dates" in alternatives[1]


def test_text_in_charts_is_text(sample: bytes) -> None:
    page = next(text for text in _texts(sample) if "Parts of the exposure measure" in text)
    assert "47,724,864" in page
    assert "Securities financing transactions" in page
    assert "Requirement 3.00 %" in page


def test_the_sample_keeps_its_number_of_pages(sample: bytes) -> None:
    assert len(_texts(sample)) == 9


@pytest.mark.parametrize(
    "report",
    [
        sample_report(),
        sample_report(previous=False, problems=0),
        sample_report(available=False),
        sample_report(footnotes=40, problems=5000),
        sample_report(name="Ä" * 3000),
        sample_report(name="Überlandbank " * 230),
        _with_section(_rows(3, "W" * 3000, "(123,456,789,012,345)")),
        _with_section(Text("X" * 3000)),
    ],
    ids=["sample", "no-previous", "no-figures", "many-notes", "one-long-word", "long-name", "long-cells", "long-text"],
)
def test_no_text_leaves_the_page(report: Report) -> None:
    pdf = pdf_bytes(report)
    assert _outside(pdf) == []


def test_no_text_of_a_long_name_is_lost() -> None:
    letters = "".join(_texts(pdf_bytes(sample_report(name="Ä" * 3000)))[:2])
    assert letters.count("Ä") >= 3000


def test_a_long_table_repeats_its_head_and_splits_no_row() -> None:
    label = "A row of the table " + "whose label is so long that it needs several lines " * 3 + "at its end, number"
    texts = _texts(pdf_bytes(_with_section(_rows(60, label))))
    pages = [text for text in texts if "A row of the table" in text]
    assert len(pages) >= 3
    for page in pages:
        assert page.count("Name of the row") == 1
        assert page.count("A row of the table") == page.replace("\r\n", " ").count("at its end, number")


@pytest.mark.parametrize("paragraphs", range(34, 46, 2))
@pytest.mark.parametrize("rows", [4, 40])
def test_headings_and_captions_stay_with_their_table(paragraphs: int, rows: int) -> None:
    first = _with_section(*(Text("A line.") for _ in range(paragraphs)))
    report = replace(first, sections=(*first.sections, Section("two", "Second chapter", (_rows(rows),))))
    texts = _texts(pdf_bytes(report))[2:]
    assert _page_with(texts, "Second chapter") == _page_with(texts, "Rows in order") == _page_with(texts, "row 0.")


def test_names_in_other_scripts_are_set_in_a_font_of_the_machine_or_printed_as_codes() -> None:
    names = ("北京商業銀行", "بنك الشمال", "ธนาคาร", "🏦 Bank")
    text = "".join(_texts(pdf_bytes(_with_section(*map(Text, names)))))
    for name in names:
        assert (name[0] in text) != (f"U+{ord(name[0]):04X}" in text)


def test_a_character_that_no_font_has_is_printed_as_its_code_and_named() -> None:
    texts = _texts(pdf_bytes(_with_section(Text("A line."), name="Bank \U000f1234 AG")))
    assert "Bank [U+F1234] AG" in texts[0]
    note = next(text for text in texts if "Characters without a glyph" in text)
    assert "1 character of this report is in no font" in note


def test_a_text_of_three_thousand_missing_letters_is_printed() -> None:
    pdf = pdf_bytes(_with_section(Text("\U000f1234" * 3000)))
    assert "2988 more]" in _texts(pdf)[2].replace("\r\n", " ")
    assert _outside(pdf) == []


REACHING = {
    "img-http": '<img src="http://127.0.0.1:9/x.png" alt="x">',
    "img-file": '<img src="file:///etc/hostname" alt="x">',
    "img-data": '<img src="data:image/png;base64,AAAA" alt="x">',
    "img-outside": '<img src="/../pyproject.toml" alt="x">',
    "css-import": '<style>@import url("https://example.org/x.css");</style>',
    "css-background": '<p style="background: url(https://example.org/x.png)">x</p>',
    "css-font": '<style>@font-face { font-family: X; src: url("https://example.org/x.ttf") }</style>',
    "stylesheet": '<link rel="stylesheet" href="https://example.org/x.css">',
    "svg-image": '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title><image href="file:///etc/hostname"/></svg>',
    "object": '<object data="file:///etc/hostname"></object>',
    "embed": '<embed src="file:///etc/hostname">',
    "link-attachment": '<link rel="attachment" href="file:///etc/hostname">',
    "a-attachment": '<a rel="attachment" href="file:///etc/hostname">x</a>',
}


@pytest.fixture
def requested(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that was asked for and would have been opened."""
    opened: list[str] = []
    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda _, request, *__, **___: opened.append(request))
    return opened


def test_data_can_neither_fetch_nor_attach(requested: list[str]) -> None:
    everything = "".join(REACHING.values())
    blocks = (*map(Text, REACHING.values()), _rows(1, everything))
    opened = _opened(pdf := pdf_bytes(_with_section(*blocks, name=everything)))
    assert requested == []
    assert "/AF" not in opened.Root
    assert "/EmbeddedFiles" not in opened.Root.get("/Names", {})
    assert '<link rel="attachment"' in "".join(_texts(pdf)[0].splitlines())


@pytest.mark.parametrize("markup", REACHING.values(), ids=REACHING.keys())
def test_a_template_that_reaches_outside_its_folder_is_refused(
    markup: str, requested: list[str], tmp_path: Path
) -> None:
    (tmp_path / "leverage").mkdir()
    page = f'<html lang="en"><head><title>x</title></head><body>{markup}</body></html>'
    (tmp_path / "leverage" / "report.html.j2").write_text(page, encoding="utf-8")
    with pytest.raises(AssetRefused):
        pdf_bytes(sample_report(), templates=(tmp_path,))
    assert requested == []


@pytest.mark.parametrize(
    "css",
    ['@import url("https://example.org/x.css");', '@font-face { font-family: X; src: url("file:///etc/hostname") }'],
)
def test_a_style_sheet_that_reaches_outside_its_folder_is_refused(
    css: str, requested: list[str], tmp_path: Path
) -> None:
    (tmp_path / "leverage").mkdir()
    (tmp_path / "leverage" / "print.css").write_text(css, encoding="utf-8")
    with pytest.raises(AssetRefused):
        pdf_bytes(sample_report(), templates=(tmp_path,))
    assert requested == []


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "https://example.org/_base/print.css",
        "https://templates.invalid/../../etc/hostname.css",
        "https://templates.invalid/%2e%2e/pyproject.css",
        "https://templates.invalid/_base/layout.html.j2",
        "https://templates.invalid/leverage/report.yaml",
        "https://templates.invalid/_base/none.css",
    ],
)
def test_only_assets_of_the_template_folders_are_served(address: str) -> None:
    with pytest.raises(AssetRefused):
        Assets((templates_folder(),)).fetch(address)


def test_a_link_out_of_the_template_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.css").write_text("secret", encoding="utf-8")
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "link.css").symlink_to(tmp_path / "secret.css")
    with pytest.raises(AssetRefused):
        Assets((folder,)).fetch("https://templates.invalid/link.css")


def test_a_house_style_may_bring_its_own_style_sheet_and_picture(tmp_path: Path) -> None:
    (tmp_path / "leverage").mkdir()
    (tmp_path / "leverage" / "logo.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>', "utf-8"
    )
    (tmp_path / "leverage" / "print.css").write_text("@page { size: A5 }", encoding="utf-8")
    page = '<html lang="en"><head><title>x</title></head><body><img src="/leverage/logo.svg" alt="Logo"></body></html>'
    (tmp_path / "leverage" / "report.html.j2").write_text(page, encoding="utf-8")
    pdf = pdf_bytes(sample_report(), templates=(tmp_path,))
    width, _ = pypdfium2.PdfDocument(pdf)[0].get_size()
    assert width == pytest.approx(419.5, abs=1)
    assert pypdfium2.PdfDocument(pdf_bytes(sample_report()))[0].get_size()[0] == pytest.approx(595.3, abs=1)


def test_a_chart_that_may_not_be_drawn_stops_the_report() -> None:
    chart = Chart("c", "C", "A chart", "", {"data": {"url": "https://example.org/x.csv"}, "mark": "bar"})
    with pytest.raises(ChartRefused):
        pdf_bytes(_with_section(chart))
