from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from jinja2.exceptions import SecurityError

from reporting.figures import Parameter
from reporting.origin import Cells
from reporting.problems import Rule
from reporting.render.house_style import HouseStyle, house_style
from reporting.render.html import charts_of, report_html, with_codes
from reporting.render.widths import grid_widths
from reporting.render.wording import kept_together, plain, short_digest, shorten, with_unit
from reporting.reports.formats import long_date
from reporting.reports.model import Chart, Column, Grid, Identification, LineageEntry, Report, Section, Shown, Text
from tests.render.sample_report import sample_report

HOSTILE = "<script>alert(1)</script> {{ 7 * 7 }} {% include 'x' %} &amp; \"'"
_KEPT = {"anchor", "code", "figure", "format", "id", "status", "name"}  # identifiers, made by the program


class _Page(HTMLParser):
    """Elements, ids and inner links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[str]:
        return [value for _, found in self.elements if (value := found.get(attribute)) is not None]


def _html(report: Report, style: HouseStyle | None = None, missing: tuple[int, ...] = ()) -> str:
    charts = {chart.id: "<svg></svg>" for chart in charts_of(report)}
    return report_html(report, style or house_style("leverage", ()), charts, missing)


def _hostile(value: Any) -> Any:
    """The value with every text in it replaced, except identifiers and charts."""
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, tuple):
        return tuple(_hostile(item) for item in value)
    if isinstance(value, Parameter):
        return replace(value, label=HOSTILE, unit=HOSTILE, reference=HOSTILE)
    if isinstance(value, Rule):
        return replace(value, subject=HOSTILE, asked=HOSTILE, mend=HOSTILE)
    if isinstance(value, LineageEntry):
        return replace(value, label=HOSTILE, formula=HOSTILE, reference=HOSTILE, inputs=((HOSTILE, ""),))
    if isinstance(value, Chart | Cells) or not is_dataclass(value) or isinstance(value, type):
        return value
    return replace(
        value, **{f.name: _hostile(getattr(value, f.name)) for f in fields(value) if f.init and f.name not in _KEPT}
    )


def _folder(tmp_path: Path, **files: str) -> HouseStyle:
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".html.j2").write_text(text, encoding="utf-8")
    return house_style("leverage", (tmp_path,))


def test_text_from_data_is_text_wherever_it_stands() -> None:
    report = replace(_hostile(sample_report()), figures={}, inputs={}, live=None)
    page = _html(report)
    assert page.count("&lt;script&gt;") > 200
    assert "<script" not in page
    assert "{{ 7 * 7 }}" in page
    assert "&amp;amp;" in page
    assert _Page(page).values("onload") == []


def test_every_inner_link_has_its_target_and_no_id_is_given_twice() -> None:
    page = _Page(_html(sample_report(footnotes=40)))
    ids = page.values("id")
    targets = [href[1:] for href in page.values("href") if href.startswith("#")]
    assert len(ids) == len(set(ids))
    assert len(targets) > 40
    assert set(targets) <= set(ids)


def test_no_link_leaves_the_page() -> None:
    assert all(href.startswith("#") for href in _Page(_html(sample_report())).values("href"))


def test_every_headline_figure_and_every_line_with_lineage_links_to_its_entry() -> None:
    report = sample_report()
    targets = _Page(_html(report)).values("href")
    assert targets.count("#lineage-leverage-ratio") >= 4  # two key figures, rows 25 and 25a
    assert "#lineage-lr2-24" in targets


def test_every_table_of_data_has_a_caption_and_every_heading_a_scope() -> None:
    page = _Page(_html(sample_report()))
    tables = [found for tag, found in page.elements if tag == "table" and "data" in (found.get("class") or "")]
    captions = [tag for tag, _ in page.elements if tag == "caption"]
    assert len(tables) == len(captions)
    assert all(found.get("scope") in {"col", "row"} for tag, found in page.elements if tag == "th")


def test_without_a_previous_date_no_column_speaks_of_it() -> None:
    page = _html(sample_report(previous=False))
    assert "Change" not in page
    assert "2026-06-30" not in page
    assert ">Change" in _html(sample_report())


def test_a_bank_without_figures_shows_na_with_the_reason_in_a_footnote() -> None:
    page = _html(sample_report(available=False))
    assert page.count(">n/a<sup>") > 30
    assert page.count("Not available: the balance sheet holds only an unsplit total") == 5  # key figures, 4 sections


def test_footnotes_stand_below_the_section_that_uses_them_and_nowhere_else() -> None:
    ids = _Page(_html(sample_report(footnotes=40))).values("id")
    assert [i for i in ids if i.startswith("note-key-")] == ["note-key-2", "note-key-3"]
    assert len([i for i in ids if i.startswith("note-off-balance-sheet-")]) == 37
    assert not [i for i in ids if i.startswith("note-own-funds-")]


def test_many_footnote_marks_get_a_line_of_their_own() -> None:
    report = sample_report(footnotes=12)
    section = report.sections[2]
    grid = section.blocks[1]
    assert isinstance(grid, Grid)
    crowded = replace(grid.rows[0][2], footnotes=(4, 6, 8, 10, 12))
    rows = ((*grid.rows[0][:2], crowded, *grid.rows[0][3:]), *grid.rows[1:])
    changed = replace(section, blocks=(replace(grid, rows=rows),))
    page = _html(replace(report, sections=(changed,)))
    assert page.count('<br><span class="marks">') == 1


def test_five_thousand_faults_are_counted_exactly_and_printed_in_part() -> None:
    page = _html(sample_report(problems=5000))
    assert "2,000 errors, 2,000 warnings and 1,000 notes." in page
    assert page.count("amount is -") == 60
    assert "60 of 5,000 faults are printed here" in page
    assert page.count("and 988 more") == 5


def test_no_fault_is_said_to_be_none() -> None:
    page = _html(sample_report(problems=0))
    assert "No data check was breached." in page
    assert "override" not in page.lower()


def test_overrides_stand_on_the_cover_and_beside_the_key_figures_with_name_and_reason() -> None:
    cover, _, rest = _html(sample_report()).partition('id="key-figures"')
    assert "1 override of data checks: EXP-012 by A. Weber." in cover
    key_figures = rest.partition("<section")[0]
    assert all(text in key_figures for text in ("EXP-012", "A. Weber", "by telephone", "northbank.xlsx!exposures!M114"))


def test_unconfirmed_parameters_are_marked_and_counted() -> None:
    page = _html(sample_report())
    assert "2 of 4 are marked ‡&nbsp;unconfirmed" in page
    assert page.count('<b class="breached">‡&nbsp;unconfirmed</b>') == 2


def test_a_table_that_is_cut_says_how_many_rows_there_are() -> None:
    assert "5 of 61 rows are printed; the attached workbook has all of them." in _html(sample_report())


def test_percentages_bear_their_sign_among_amounts_and_their_changes_are_percentage_points() -> None:
    page = _html(sample_report())
    assert "<strong>4.87\N{NO-BREAK SPACE}%</strong>" in page
    assert "(0.15)\N{NO-BREAK SPACE}pp" in page
    assert with_unit(Shown("n/a", None, "percent"), "%") == "n/a"


def test_a_template_folder_is_looked_up_before_the_shipped_ones(tmp_path: Path) -> None:
    style = _folder(
        tmp_path,
        leverage__report='{% extends "_base/layout.html.j2" %}{% block annexes %}House annex{% endblock %}',
    )
    page = _html(sample_report(), style)
    assert "House annex" in page
    assert "Annex A" not in page.partition("House annex")[2]


def test_a_template_that_asks_for_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    style = _folder(tmp_path, leverage__report="{{ report.nothing }}")
    with pytest.raises(UndefinedError, match="nothing"):
        _html(sample_report(), style)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ report.__class__.__init__.__globals__ }}",
        "{{ report.identification.__setattr__('lei', 'x') }}",
        "{{ charts.update({'a': 'b'}) }}",
    ],
)
def test_a_foreign_template_cannot_leave_the_sandbox(tmp_path: Path, text: str) -> None:
    style = _folder(tmp_path, leverage__report=text)
    with pytest.raises(SecurityError):
        _html(sample_report(), style)


def test_a_template_cannot_include_a_file_outside_the_folders(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    style = _folder(tmp_path / "templates", leverage__report='{% include "../secret.txt" %}')
    with pytest.raises(TemplateNotFound):
        _html(sample_report(), style)


def test_characters_that_cannot_be_seen_or_turn_the_text_are_shown_as_codes() -> None:
    report = sample_report(name="North\u202ebank\x07 AG")
    page = _html(report)
    assert "North[U+202E]bank[U+0007] AG" in page
    assert "\u202e" not in page


def test_characters_without_a_glyph_are_shown_as_codes_and_named_in_the_annex() -> None:
    page = _html(sample_report(name="北京 Bank"), missing=(0x4EAC, 0x5317))
    assert "[U+5317 U+4EAC] Bank" in page
    assert "2 characters of this report are in no font" in page
    assert "printed as codes: U+4EAC, U+5317." in page


def test_a_long_run_of_missing_characters_is_cut_and_counted() -> None:
    assert with_codes("北" * 30, (0x5317,)) == "[" + " ".join(["U+5317"] * 12) + " … 18 more]"


def test_codes_leave_characters_of_a_pattern_alone() -> None:
    assert with_codes("a-z]^\\", (0x5D, 0x5E, 0x2D)) == "a[U+002D]z[U+005D U+005E]\\"


def test_the_header_is_short_and_the_cover_has_the_whole_name() -> None:
    name = "Überlandbank " * 230
    page = _html(sample_report(name=name))
    header = re.search(r'<div class="head">.*?</div>', page, re.DOTALL)
    assert header is not None
    assert len(header[0]) < 300
    assert f'<p class="institution long">{name}</p>' in page


def test_a_final_report_bears_no_draft_tag() -> None:
    report = sample_report()
    final = replace(report, identification=replace(report.identification, state="Final"))
    assert 'class="tag"' not in _html(final)
    assert "Draft" not in _html(final)


def test_a_report_without_parts_is_still_a_report() -> None:
    report = sample_report()
    bare = replace(
        report, key_figures=(), findings=(), sections=(Section("empty", "Empty", (Text("Nothing."),)),), footnotes=(),
        overrides=(), breaches=(), controls=(), parameters=(), lineage=(),
        identification=replace(report.identification, run_id="", previous_date=None),
    )  # fmt: skip
    page = _html(bare)
    assert "Nothing." in page
    assert "run ," not in page


def test_months_are_english_whatever_the_locale() -> None:
    assert [long_date(date(2026, m, 1)).split()[1][:3] for m in (3, 5, 12)] == ["Mar", "May", "Dec"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (0.1, "0.1"), (1234567.5, "1,234,567.5"), (True, "yes"), (False, "no"), ("all", "all"), (12, "12")],
)
def test_parameters_are_printed_with_all_their_digits(value: float | bool | str, text: str) -> None:
    assert plain(value) == text


def test_a_number_and_its_sign_stay_on_one_line_and_text_stays_text() -> None:
    assert kept_together("<b> 3.00 % & 5 %") == "&lt;b&gt; 3.00&nbsp;% &amp; 5&nbsp;%"


def test_shortening_keeps_what_fits() -> None:
    assert shorten("abc", 3) == "abc"
    assert shorten("abcd efgh", 6) == "abcd…"
    assert short_digest("sha256:0123456789abcdef") == "0123456789ab"


def _points(widths: list[str]) -> list[float]:
    return [float(width.removesuffix("pt")) for width in widths]


@pytest.mark.parametrize("name", ["A", "A" * 3000])
@pytest.mark.parametrize("amount", ["1", "(123,456,789,012,345)"])
def test_columns_fill_the_page_and_no_name_takes_the_room_of_the_numbers(name: str, amount: str) -> None:
    columns = (
        Column("a", "Name", "text"),
        Column("b", "Amount", "money", "EUR"),
        Column("c", "Amount", "money", "EUR"),
    )
    grid = Grid("g", "", "", columns, ((Shown(name), Shown(amount, 1.0, "money"), Shown(amount, 1.0, "money")),))
    widths = _points(grid_widths(grid))
    assert sum(widths) == pytest.approx(470, abs=0.2)
    assert widths[1] >= len(amount) * 4.3
    assert widths[0] >= 470 * 0.2


@pytest.mark.parametrize("kind", ["text", "money"])
def test_columns_of_one_kind_share_the_page(kind: Any) -> None:
    grid = Grid("g", "", "", tuple(Column(str(n), "Heading", kind) for n in range(12)), ())
    assert sum(_points(grid_widths(grid))) == pytest.approx(470, abs=1)


def test_identification_that_is_printed_is_complete() -> None:
    page = _html(sample_report())
    values = sample_report().identification
    printed = {f.name for f in fields(Identification)} - {"reference_date", "previous_date", "run_id"}
    for name in printed - {"rulebook_digest", "input_digest"}:
        assert str(getattr(values, name)) in page, name
    for digest in (values.rulebook_digest, values.input_digest, values.run_id):
        assert short_digest(digest) in page
    assert "30 September 2026" in page
