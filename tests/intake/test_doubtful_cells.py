"""Cells that programs read in different ways: each is refused at its place, none is settled in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting.intake.reading import read_submission
from reporting.intake.stored import LISTED
from reporting.problems import LISTED as SHOWN
from tests.intake.made_files import MAIN, handmade, sheet_xml

_TEXTS = (
    '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"'
    ' Target="sharedStrings.xml"/>'
)
_STYLES = (
    '<Relationship Id="rId8" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"'
    ' Target="styles.xml"/>'
)
_ORDINARY = 12_000  # rows that fill more than two batches, so that the last ones are cut out before the walk


def workbook(
    folder: Path, sheet: str, texts: str = "<si><t>zero</t></si><si><t>one</t></si>", styles: str = ""
) -> Path:
    path = folder / "book.xlsx"
    parts = {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>'}
    if styles:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    path.write_bytes(handmade(sheet, parts=parts, rels=_TEXTS + (_STYLES if styles else "")))
    return path


def row(number: int, cell: str = "") -> str:
    """A row of two numbers, the second of which is the given cell."""
    other = cell or f'<c r="B{number}"><v>{number}</v></c>'
    return f'<row r="{number}"><c r="A{number}"><v>1</v></c>{other}</row>'


def ordinary(first: int, last: int) -> str:
    return "".join(map(row, range(first, last + 1)))


def problem(path: Path) -> str:
    submission, breaches = read_submission(path)
    assert submission is None
    ((told,),) = (breach.problems for breach in breaches)
    return str(told)


def values(path: Path) -> list[list[object]]:
    submission, breaches = read_submission(path)
    assert submission is not None, [str(p) for b in breaches for p in b.problems]
    assert breaches == ()
    return submission.sheets[0].rows


DOUBTFUL = {
    "comment": ('<c r="B{n}"><v>17<!---->9</v></c>', "has a comment, a CDATA section or an instruction in its value"),
    "instruction": ('<c r="B{n}"><v>1<?x y?>2</v></c>', "has a comment, a CDATA section or an instruction"),
    "cdata": ('<c r="B{n}"><v><![CDATA[5]]></v></c>', "has a comment, a CDATA section or an instruction"),
    "cdata in a text": ('<c r="B{n}" t="str"><v>a<![CDATA[5]]></v></c>', "has a comment, a CDATA section"),
    "reference": ('<c r="B{n}"><v>1&#53;0</v></c>', "has the reference '&#53;' in its value"),
    "reference in a date": ('<c r="B{n}" t="d"><v>2026-01-0&#49;</v></c>', "has the reference '&#49;'"),
    "two values": ('<c r="B{n}"><v>1</v><v>2</v></c>', "holds two values"),
    "text and value": ('<c r="B{n}" t="inlineStr"><is><t>5</t></is><v>7</v></c>', "holds two values"),
    "value of an inline text": ('<c r="B{n}" t="inlineStr"><v>7</v></c>', "is a text of its own and holds a value"),
    "twice": ('<c r="B{n}"><v>1</v></c><c r="B{n}"><v>2</v></c>', "is stored twice"),
    "twice, once blank": ('<c r="B{n}"><v>1</v></c><c  r="B{n}"/>', "is stored twice"),
    "negative text number": ('<c r="B{n}" t="s"><v>-1</v></c>', "refers to the shared text '-1'"),
    "letter for a text number": ('<c r="B{n}" t="s"><v>a</v></c>', "refers to the shared text 'a'"),
    "huge text number": ('<c r="B{n}" t="s"><v>99999999999999999999999</v></c>', "refers to the shared text '9999"),
    "text number beyond the last": ('<c r="B{n}" t="s"><v>2</v></c>', "refers to the shared text 2 and there are 2"),
    "truth value of 2": ('<c r="B{n}" t="b"><v>2</v></c>', "holds the truth value '2'"),
    "unknown type": ('<c r="B{n}" t="zz"><v>2</v></c>', "is of the unknown type 'zz'"),
    "number that is none": ('<c r="B{n}" t="n"><v>abc</v></c>', "is of the type of numbers and holds 'abc'"),
    "unknown error": ('<c r="B{n}" t="e"><v>5</v></c>', "holds the unknown error '5'"),
    "foreign cell": ('<x:c xmlns:x="urn:x" r="B{n}"><x:v>3</x:v></x:c>', "holds an element 'c' of another namespace"),
    "nested cell": ('<c r="B{n}"><c r="B{n}"><v>3</v></c></c>', "holds an element 'c' inside 'c'"),
}


@pytest.mark.parametrize("after", [3, _ORDINARY], ids=["among the first rows", "among ordinary rows"])
@pytest.mark.parametrize("name", DOUBTFUL)
def test_cell_that_programs_read_in_different_ways_is_refused_by_name(name: str, after: int, tmp_path: Path) -> None:
    cell, found = DOUBTFUL[name]
    xml = sheet_xml(ordinary(1, after) + row(after + 1, cell.format(n=after + 1)) + ordinary(after + 2, after + 9))
    told = problem(workbook(tmp_path, xml))
    assert told.startswith(f"book.xlsx!S1!B{after + 1}: the cell {found}")
    assert told.endswith("[FIL-029]")


@pytest.mark.parametrize("after", [3, _ORDINARY], ids=["among the first rows", "among ordinary rows"])
@pytest.mark.parametrize(
    ("rows", "place", "found"),
    [
        ("{same}{again}", "row {n}", "row {n} is stored twice"),
        ('{same}<row r="{next}"><c r="B{n}"><v>7</v></c></row>', "B{n}", "the cell stands in row {next}"),
        ('<row r="900{n}"><c r="B{n}"><v>7</v></c></row>', "B{n}", "the cell stands in row 900{n}"),
        ('{same}</sheetData><sheetData><row r="900000"><c  r="B900000"><v>1</v></c></row>', "B900000",
         "the cell stands in a second table of cells"),
    ],
    ids=["row twice", "cell of another row", "row with another number", "second table"],
)  # fmt: skip
def test_rows_that_contradict_each_other_are_refused(
    rows: str, place: str, found: str, after: int, tmp_path: Path
) -> None:
    number = after + 1
    words = {"n": number, "next": number + 1, "same": row(number), "again": row(number).replace("<v>", "<v>9")}
    told = problem(workbook(tmp_path, sheet_xml(ordinary(1, after) + rows.format(**words))))
    assert told.startswith(f"book.xlsx!S1!{place.format(**words)}: {found.format(**words)}")


def test_second_table_of_ordinary_rows_is_refused(tmp_path: Path) -> None:
    xml = sheet_xml(ordinary(1, _ORDINARY) + "</sheetData><sheetData>" + ordinary(_ORDINARY + 1, _ORDINARY + 50))
    assert "second table of cells" in problem(workbook(tmp_path, xml))


def test_table_of_another_namespace_is_not_taken_for_the_sheet(tmp_path: Path) -> None:
    foreign = '<x:sheetData xmlns:x="urn:x"><row r="1"><c r="B1"><v>9</v></c></row></x:sheetData>'
    assert "second table of cells" in problem(workbook(tmp_path, sheet_xml(row(1), before=foreign)))


def test_ordinary_rows_inside_a_comment_are_no_rows(tmp_path: Path) -> None:
    hidden = f"<!-- {ordinary(1, 20_000)} -->"
    rows = values(workbook(tmp_path, sheet_xml(row(1) + hidden + row(2))))
    assert rows == [[1.0, 1.0], [1.0, 2.0]]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="B1" t="str"><v>A &amp; B &#65;</v></c>', "A & B A"),
        ('<c r="B1" t="inlineStr"><is><t>A<!-- x --><![CDATA[ & ]]>&lt;</t></is></c>', "A & <"),
        ('<c r="B1" t="inlineStr"><is><r><t>A</t></r><r><t>B</t></r></is></c>', "AB"),
        ('<c r="B1" t="s"><v>1</v></c>', "one"),
        ('<c r="B1"><f>A<!-- x -->1</f><v>3</v></c>', 3.0),
        ('<!-- x --><c r="B1"><v>3</v></c>', 3.0),
        ('<c r="b1"><v>3</v></c>', 3.0),
        ("<c><v>3</v></c>", 3.0),
    ],
)
def test_what_every_program_reads_alike_is_read(cell: str, value: object, tmp_path: Path) -> None:
    assert values(workbook(tmp_path, sheet_xml(row(1, cell)))) == [[1.0, value]]


def test_empty_shared_texts_are_blank_and_no_doubt(tmp_path: Path) -> None:
    cells = "".join(row(n, f'<c r="B{n}" t="s"><v>0</v></c>') for n in range(1, 5))
    assert values(workbook(tmp_path, sheet_xml(cells), "<si><t></t></si>")) == [[1.0, None]] * 4


@pytest.mark.parametrize(
    "texts",
    [
        '<x:si xmlns:x="urn:x"><x:t>A</x:t></x:si><si><t>B</t></si>',
        '<si><x:t xmlns:x="urn:x">A</x:t><t>B</t></si>',
        '<si xmlns="urn:x"><t>A</t></si><si><t>B</t></si>',
    ],
)
def test_shared_text_of_another_namespace_is_refused(texts: str, tmp_path: Path) -> None:
    told = problem(workbook(tmp_path, sheet_xml(row(1, '<c r="B1" t="s"><v>0</v></c>')), texts))
    assert "the part xl/sharedStrings.xml has, after" in told
    assert told.endswith("[FIL-029]")


def test_used_range_that_is_none_names_the_sheet(tmp_path: Path) -> None:
    told = problem(workbook(tmp_path, sheet_xml(row(1), before='<dimension ref="zz"/>')))
    assert told.startswith(
        "book.xlsx!S1: the part xl/worksheets/sheet1.xml is damaged (its used range is given as 'zz')"
    )


@pytest.mark.parametrize(("stored", "value"), [("-5", -5.0), ("-0.5", -0.5)])
def test_number_below_zero_in_the_format_of_a_date_keeps_its_sign(stored: str, value: float, tmp_path: Path) -> None:
    formats = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    xml = sheet_xml(row(1, f'<c r="B1" s="1"><v>{stored}</v></c>'))
    assert values(workbook(tmp_path, xml, styles=formats)) == [[1.0, value]]


def test_as_many_remarks_are_sent_as_problems_are_shown() -> None:
    assert LISTED == SHOWN
