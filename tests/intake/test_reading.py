"""What comes out of a file: every value as stored, and what a sheet shows that its values do not."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import subprocess
import sys
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from reporting.intake import child_process, workbook_xls
from reporting.intake.child_process import ReaderMissing
from reporting.intake.limits import Limits
from reporting.intake.reading import read_submission
from reporting.intake.tables import RawSheet
from reporting.problems import Breach, Severity
from tests.intake.made_files import (
    FILES,
    FIXTURES,
    binary_row,
    binary_sheet,
    folder_of_csv,
    folder_of_parquet,
    handmade,
    record,
    sheet_xml,
    small_workbook,
    table_xml,
    zipped,
)

DEFAULT = Limits()


def read(path: Path, limits: Limits = DEFAULT) -> tuple[RawSheet, list[str]]:
    """The first sheet, and the codes of all breaches."""
    submission, breaches = read_submission(path, limits)
    assert submission is not None, [str(p) for b in breaches for p in b.problems]
    return submission.sheets[0], [breach.rule.code for breach in breaches]


def book(folder: Path, *sheets: str | bytes, name: str = "book.xlsx", **more: str) -> Path:
    path = folder / name
    path.write_bytes(handmade(*sheets, **more))  # type: ignore[arg-type]
    return path


def only(breaches: tuple[Breach, ...]) -> str:
    (breach,) = breaches
    (problem,) = breach.problems
    assert breach.count == 1
    return str(problem)


def refusal(path: Path, limits: Limits = DEFAULT) -> str:
    submission, breaches = read_submission(path, limits)
    assert submission is None
    return only(breaches)


# --- Workbooks -------------------------------------------------------------------------------------------------------


def test_values_come_as_they_are_stored(tmp_path: Path) -> None:
    sheet, codes = read(small_workbook(tmp_path))
    assert codes == []
    assert sheet.rows == [
        ["exposure_id", "gross", "maturity", "flag"],
        ["000123", 1200.5, date(2026, 9, 30), True],
        ["NA", 7.0, None, None],
    ]
    assert (sheet.file, sheet.sheet, sheet.first_row, sheet.first_column) == ("small.xlsx", "exposures", 1, 0)


def test_hash_and_size_are_those_of_the_file(tmp_path: Path) -> None:
    path = small_workbook(tmp_path)
    submission, _ = read_submission(path)
    assert submission is not None
    (file,) = submission.files
    assert (file.path, file.bytes) == ("small.xlsx", path.stat().st_size)
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert submission.name == "small.xlsx"


def test_sheets_come_in_the_order_of_the_workbook(tmp_path: Path) -> None:
    submission, _ = read_submission(small_workbook(tmp_path))
    assert submission is not None
    assert [sheet.sheet for sheet in submission.sheets] == ["exposures", "notes"]


def test_table_that_starts_further_down_keeps_its_addresses(tmp_path: Path) -> None:
    sheet, _ = read(book(tmp_path, sheet_xml('<row r="5"><c r="C5"><v>1</v></c></row>')))
    assert sheet.rows[4][2] == 1.0
    assert sheet.rows[:4] == [[None, None, None]] * 4


def test_error_cells_are_faults_with_their_address(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c></row>'
        '<row r="2"><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c t="e" s="1" r="C2"><v>#REF!</v></c></row>'
    )
    sheet, _ = read(book(tmp_path, sheet_xml(rows)))
    assert sheet.faults == {(1, 1): "#N/A", (2, 0): "#DIV/0!", (2, 2): "#REF!"}
    assert sheet.rows == [[1.0, None, None], [None, None, None]]
    assert sheet.errors_seen


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ('<c r="A2"><f>B2</f></c>', True),
        ('<c r="A2"><f>B2</f><v></v></c>', True),
        ('<c r="A2"><f>B2</f><v/></c>', True),
        ("<c r='A2' s='0'><f>B2</f></c>", True),
        ('<c r="A2"><f t="shared" si="0"/></c>', True),
        ('<c r="A2" t="str"><f>B2</f></c>', True),
        ('<c r="A2" t="str"><f>B2</f><v></v></c>', False),  # the formula gave an empty text, and that is stored
        ('<c r="A2" t="str"><f>B2</f><v/></c>', False),
        ('<c r="A2"><f t="shared" si="0"/><v>5</v></c>', False),
        ('<c r="A2"><f>B2</f><v>0</v></c>', False),
        ('<c r="A2" s="0"/>', False),
        ('<c r="A2" t="inlineStr"><is><t></t></is></c>', False),
    ],
)
def test_formula_without_a_stored_value_is_told_from_a_blank(tmp_path: Path, cell: str, fault: bool) -> None:
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{cell}<c r="B2"><v>1</v></c></row>'
    sheet, _ = read(book(tmp_path, sheet_xml(rows)))
    assert sheet.faults == ({(2, 0): "formula without a stored value"} if fault else {})


def test_column_of_formulas_without_values_is_not_lost(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1</f></c></row><row r="2"><c r="B2"><f>A2</f></c></row>'
    sheet, _ = read(book(tmp_path, sheet_xml(rows)))
    assert sheet.rows == [[1.0, None], [None, None]]
    assert set(sheet.faults) == {(1, 1), (2, 1)}


def test_text_that_looks_like_markup_stays_text(tmp_path: Path) -> None:
    text = '&lt;c r="Z9" t="e"&gt;&lt;f&gt; t="e" hidden="1"'
    raw = '<![CDATA[<row r="9" hidden="1"><c r="Z9" t="e"><v>#N/A</v></c></row>]]>'
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{text}</t></is></c>'
        f'<c r="B{n}" t="inlineStr"><is><t>{raw}</t></is></c></row>'
        for n in range(1, 4)
    )
    sheet, _ = read(book(tmp_path, sheet_xml(rows)))
    assert sheet.faults == {}
    assert sheet.hidden_rows == ()
    assert sheet.rows[2][0] == '<c r="Z9" t="e"><f> t="e" hidden="1"'


def test_prefixed_names_are_read_like_others(tmp_path: Path) -> None:
    plain = table_xml().replace("</row><row", '<c r="D1" t="e"><v>#N/A</v></c></row><row', 1)
    prefixed = plain
    for tag in ("worksheet", "sheetData", "row", "c", "v", "is", "t", "f"):
        prefixed = prefixed.replace(f"<{tag} ", f"<x:{tag} ").replace(f"<{tag}>", f"<x:{tag}>")
        prefixed = prefixed.replace(f"</{tag}>", f"</x:{tag}>")
    prefixed = prefixed.replace("xmlns=", "xmlns:x=")
    one, two = (read(book(tmp_path, xml, name=f"{n}.xlsx"))[0] for n, xml in enumerate((plain, prefixed)))
    assert (one.rows, one.faults) == (two.rows, two.faults)
    assert two.faults == {(1, 3): "#N/A"}


def test_cells_without_references_follow_each_other(tmp_path: Path) -> None:
    rows = '<row><c><v>1</v></c><c t="e"><v>#N/A</v></c></row><row><c><f>A1</f></c></row>'
    sheet, _ = read(book(tmp_path, sheet_xml(rows)))
    assert sheet.rows == [[1.0, None], [None, None]]
    assert set(sheet.faults) == {(1, 1), (2, 0)}


def test_what_is_hidden_is_reported(tmp_path: Path) -> None:
    cols = '<cols><col min="2" max="3" hidden="1" width="0"/></cols>'
    rows = "".join(
        f'<row r="{n}"{more}><c r="A{n}"><v>1</v></c><c r="B{n}"><v>2</v></c></row>'
        for n, more in ((1, ""), (2, ' hidden="1"'), (3, " hidden='true'"), (4, ' hidden="0"'), (5, ' ht="0"'), (6, ""))
    )
    sheet, _ = read(book(tmp_path, sheet_xml(rows, before=cols)))
    assert sheet.hidden_rows == ((2, 3), (5, 5))
    assert sheet.hidden_columns == (1,)  # C is hidden too, but beyond the table
    assert len(sheet.rows) == 6


def test_hidden_and_very_hidden_sheets_are_reported(tmp_path: Path) -> None:
    data = handmade(table_xml(), table_xml(), table_xml())
    path = tmp_path / "hidden.xlsx"
    parts = _parts(data)
    workbook = parts["xl/workbook.xml"].decode()
    workbook = workbook.replace('name="S2"', 'name="S2" state="hidden"')
    parts["xl/workbook.xml"] = workbook.replace('name="S3"', 'name="S3" state="veryHidden"').encode()
    path.write_bytes(zipped(parts))
    submission, _ = read_submission(path)
    assert submission is not None
    assert [sheet.visible for sheet in submission.sheets] == [True, False, False]


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_merged_cells_in_the_data_are_a_warning_with_their_range(tmp_path: Path) -> None:
    submission, breaches = read_submission(FILES["workbook_with_merged_cells"](tmp_path))
    assert submission is not None
    (breach,) = breaches
    assert breach.rule.severity is Severity.WARNING
    assert str(breach.problems[0]).startswith("broken.xlsx!S1!A2:A3: the range A2:A3 is merged")


def test_merged_title_above_the_heading_is_no_matter(tmp_path: Path) -> None:
    texts = "".join(f'<c r="{c}2" t="inlineStr"><is><t>{c}</t></is></c>' for c in "ABC")
    title = '<row r="1"><c r="A1" t="inlineStr"><is><t>Title</t></is></c></row>'
    merges = '<mergeCells><mergeCell ref="A1:C1"/></mergeCells>'
    xml = sheet_xml(f'{title}<row r="2">{texts}</row><row r="3"><c r="A3"><v>1</v></c></row>', after=merges)
    assert read(book(tmp_path, xml))[1] == []


def test_stray_blank_cell_far_away_is_left_out(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    xml = table_xml().replace("</sheetData>", f"{far}</sheetData>")
    sheet, codes = read(book(tmp_path, xml))
    assert (len(sheet.rows), codes) == (3, [])


def test_number_that_is_none_is_a_fault_and_infinity_is_not_touched(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>NaN</v></c><c r="B1"><v>1e999</v></c><c r="C1"><v>-1e999</v></c></row>'
    sheet, _ = read(book(tmp_path, sheet_xml(rows)))
    assert sheet.faults == {(1, 0): "not a number"}
    assert sheet.rows == [[None, float("inf"), float("-inf")]]


def test_date_system_of_1904_is_heeded(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "mac.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": True}) as workbook:
        form = workbook.add_format({"num_format": "yyyy-mm-dd"})
        workbook.add_worksheet().write_datetime("A1", datetime(2026, 9, 30), form)
    assert read(path)[0].rows == [[date(2026, 9, 30)]]


@pytest.mark.parametrize("name", ["old.xls", "open_document.ods"])
def test_old_and_open_workbooks_tell_all_that_xlsx_tells(name: str) -> None:
    sheet, codes = read(FIXTURES / name)
    assert sheet.rows[0] == ["exposure_id", "gross", "maturity", "flag", "note", "formula", "time"]
    # OpenDocument as LibreOffice converts it keeps TRUE as a number with a format
    assert sheet.rows[1] == ["000123", 1200.5, date(2026, 9, 30), True, "plain", 2401.0, time(8, 15)]
    assert sheet.rows[2] == ["NA", None, datetime(2026, 9, 30, 12, 30), False, None, None, None]
    assert sheet.rows[8] == ["after a gap", None, None, None, None, None, "two\nlines"]
    assert {place: sheet.faults[place] for place in ((3, 1), (3, 4))} == {(3, 1): "#DIV/0!", (3, 4): "#N/A"}
    assert sheet.faults[3, 6].startswith("a duration of")
    assert len(sheet.faults) == 3
    assert (sheet.hidden_rows, sheet.hidden_columns, codes) == (((4, 4),), (3,), ["SHT-101"])
    submission, breaches = read_submission(FIXTURES / name)
    assert submission is not None
    assert [(s.sheet, s.visible) for s in submission.sheets] == [("exposures", True), ("Hidden", False)]
    assert str(breaches[0].problems[0]).startswith(f"{name}!exposures!B5:B6: the range B5:C6 is merged")


def test_binary_workbook_tells_all_that_xlsx_tells() -> None:
    sheet, codes = read(FIXTURES / "binary.xlsb")
    assert sheet.rows[1] == ["000123", None, 1200.5, None, date(2026, 9, 30), None, True, None, "plain"]
    assert sheet.rows[2][:7] == ["NA", None, None, None, datetime(2026, 9, 30, 12), None, False]
    assert sheet.rows[4][8] == "é€"
    assert sheet.faults == {(3, 2): "#N/A", (5, 2): "#DIV/0!"}
    assert (sheet.hidden_rows, sheet.hidden_columns, codes) == (((4, 4),), (6,), ["SHT-101"])


def test_error_of_a_formula_in_a_binary_workbook_is_a_fault(tmp_path: Path) -> None:
    number = record(5, struct.pack("<IId", 0, 0, 7.0))
    error = record(11, struct.pack("<IIB", 1, 0, 0x17) + bytes(12))
    path = tmp_path / "errors.xlsb"
    path.write_bytes(binary_sheet(binary_row(0) + number + error))
    sheet, _ = read(path)
    assert sheet.rows == [[7.0, None]]
    assert sheet.faults == {(1, 1): "#REF!"}


def test_formula_that_open_document_never_calculated_is_a_fault(tmp_path: Path) -> None:
    cells = (
        '<table:table-cell office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>'
        '<table:table-cell table:formula="of:=[.A1]"/><table:table-cell table:formula="of:=&quot;&quot;"><text:p/>'
        '</table:table-cell><table:table-cell table:formula="of:=NA()" office:value-type="string">'
        "<text:p>#N/A</text:p></table:table-cell>"
    )
    path = tmp_path / "formulas.ods"
    path.write_bytes(_open_document(f"<table:table-row>{cells}</table:table-row>"))
    sheet, _ = read(path)
    assert sheet.faults == {(1, 1): "formula without a stored value", (1, 3): "#N/A"}
    assert sheet.rows == [[1.0, None, None, None]]


def _open_document(rows: str) -> bytes:
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"' for prefix in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="T">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    return zipped(_parts((FIXTURES / "open_document.ods").read_bytes()) | {"content.xml": content.encode()})


def test_repeated_cells_of_open_document_are_counted(tmp_path: Path) -> None:
    cell = '<table:table-cell table:number-columns-repeated="3"/><table:table-cell office:value-type="float" '
    cell += 'office:value="2" table:number-columns-repeated="2"><text:p>2</text:p></table:table-cell>'
    rows = f'<table:table-row table:number-rows-repeated="2">{cell}</table:table-row>'
    path = tmp_path / "repeats.ods"
    path.write_bytes(_open_document(rows))
    assert read(path)[0].rows == [[None, None, None, 2.0, 2.0]] * 2
    assert "FIL-008" in refusal(path, Limits(cells=9))


@pytest.mark.parametrize(
    ("name", "links", "codes"),
    [
        ("same workbook", [b"\x03\x00\x01\x04"], []),
        ("add-in", [b"\x01\x00\x01\x3a"], []),
        ("file", [b"\x01\x00\x08\x00\x00\x01rates.xls"], ["FIL-025"]),
        ("program", [b"\x00\x00\x05\x00\x00cmd\x03x"], ["FIL-026"]),
    ],
)
def test_links_of_an_old_workbook_are_noted(name: str, links: list[bytes], codes: list[str]) -> None:
    records = b"".join(struct.pack("<HH", 0x01AE, len(link)) + link for link in links)
    stream = struct.pack("<HH", 0x0809, 4) + b"\x00\x06\x05\x00" + records
    workbook = SimpleNamespace(mem=stream, base=0, stream_len=len(stream))
    assert [remark.code for remark in workbook_xls._contents(b"", workbook, "a.xls")] == codes
    macros = "_VBA_PROJECT_CUR".encode("utf-16-le")
    assert [remark.code for remark in workbook_xls._contents(macros, workbook, "a.xls")] == ["FIL-024", *codes]


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ('<table:table-cell table:formula="of:=\'file:///a.ods\'#$T.A1" office:value-type="float"/>',
         ["FIL-025"]),
        ('<table:table-cell table:formula="of:=DDE(&quot;a&quot;)" office:value-type="float" office:value="1"/>',
         ["FIL-026"]),
        ('<table:table-cell office:value-type="string"><text:p>file:///</text:p></table:table-cell>', []),
    ],
)  # fmt: skip
def test_links_of_open_document_are_noted(tmp_path: Path, row: str, codes: list[str]) -> None:
    path = tmp_path / "links.ods"
    path.write_bytes(_open_document(f"<table:table-row>{row}</table:table-row>"))
    assert read(path)[1] == codes


# --- Folders ---------------------------------------------------------------------------------------------------------


def test_every_value_of_a_csv_file_is_text(tmp_path: Path) -> None:
    sheet, codes = read(folder_of_csv(tmp_path))
    assert sheet.rows == [["exposure_id", "gross", "note"], ["000123", "1200.5", "plain"], ["NA", None, None]]
    assert (sheet.file, sheet.sheet, codes) == ("exposures.csv", "", [])


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_every_program_reads_alike(tmp_path: Path, delimiter: str, mark: str, newline: str) -> None:
    lines = ["", "id,name", '1,"a,;\tb"', "", '2,""', '"multi\nline",x']
    text = "\n".join(line.replace(",", delimiter, 1) for line in lines)
    sheet, codes = read(folder_of_csv(tmp_path, t=(mark + text.replace("\n", newline) + newline).encode()))
    assert sheet.rows == [
        [None, None], ["id", "name"], ["1", "a,;\tb"], [None, None],
        ["2", None], [f"multi{newline}line", "x"],
    ]  # fmt: skip
    assert codes == ([] if delimiter == "," else ["FIL-034"])


def test_errors_left_in_a_csv_file_are_faults(tmp_path: Path) -> None:
    sheet, _ = read(folder_of_csv(tmp_path, t="id,gross\n1,#DIV/0!\n2,# 5\n3,#N/A\n"))
    assert sheet.faults == {(2, 1): "#DIV/0!", (4, 1): "#N/A"}
    assert sheet.rows[2] == ["2", "# 5"]


def test_record_with_too_few_or_too_many_fields_blocks_its_row(tmp_path: Path) -> None:
    path = folder_of_csv(tmp_path, t='id,a,b\n1,x,y\n2,x\n"3\n3",x,y,z\n4,x,y\n')
    submission, breaches = read_submission(path)
    assert submission is not None
    assert submission.sheets[0].rows[2:4] == [["2", "x", None], ["3\n3", "x", "y"]]
    (breach,) = breaches
    assert [str(problem) for problem in breach.problems] == [
        "t.csv!row 3: the record has 2 fields and the heading has 3, must have as many fields as the heading [FIL-033]",
        "t.csv!row 4: the record has 4 fields and the heading has 3, must have as many fields as the heading [FIL-033]",
    ]
    assert [str(cells) for cells in breach.blocks] == ["t.csv!rows 3:4"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"id,name\n1,Z\xfcrich\n", "t.csv: byte 11 (counted from 0), on line 2, is 0xFC"),
        (b"\xef\xbb\xbfid,name\n1,Z\xfcrich\n", "t.csv: byte 14 (counted from 0), on line 2, is 0xFC"),
        ("id,name\n".encode("utf-16"), "t.csv: starts like text in UTF-16"),
        (b"id\n1\0\n", "t.csv: byte 4 (counted from 0), on line 2, is a zero byte"),
        (b'id,a\n1,x\n2,"open\n3,y\n', "t.csv!row 3: a quote opens here and never closes"),
        (b'id,a\n1,"x"y\n', "t.csv!row 2: the record cannot be read"),
        (b"id,a\n1," + b"x" * 200_000 + b"\n", "t.csv!row 2: the record cannot be read (field larger"),
    ],
)
def test_csv_that_cannot_be_read_says_where(tmp_path: Path, text: bytes, message: str) -> None:
    assert refusal(folder_of_csv(tmp_path, t=text)).startswith(message)


def test_one_bad_table_does_not_hide_the_others(tmp_path: Path) -> None:
    path = folder_of_csv(tmp_path, a="id\n1\n", b=b"\xff\xfe", c="id\n\0\n", d="id\n4\n")
    submission, breaches = read_submission(path)
    assert submission is not None
    assert [sheet.file for sheet in submission.sheets] == ["a.csv", "d.csv"]
    assert [file.path for file in submission.files] == ["a.csv", "b.csv", "c.csv", "d.csv"]
    assert [breach.rule.code for breach in breaches] == ["FIL-030", "FIL-031"]
    assert [str(cells) for breach in breaches for cells in breach.blocks] == ["b.csv", "c.csv"]


def test_parquet_keeps_decimals_dates_and_blanks(tmp_path: Path) -> None:
    sheet, codes = read(folder_of_parquet(tmp_path))
    head = ["exposure_id", "kind", "gross", "quantity", "rate", "flag", "maturity", "seen", "empty"]
    assert sheet.rows == [
        head,
        ["000123", "loan", Decimal("1200.50"), 1, 0.5, True, date(2026, 9, 30), datetime(2026, 9, 30, 12, 30), None],
        ["NA", "bond", None, 2, None, False, None, None, None],
        [None, "loan", Decimal("-7.00"), None, None, None, date(2027, 1, 1), None, None],
    ]
    assert str(sheet.rows[1][2]) == "1200.50"
    assert sheet.faults == {(3, 4): "not a number"}  # NaN is no blank
    assert (sheet.file, sheet.sheet, codes) == ("exposures.parquet", "", [])


def test_parquet_column_of_another_type_is_named(tmp_path: Path) -> None:
    submission, breaches = read_submission(FILES["parquet_with_lists"](tmp_path))
    assert submission is not None
    assert submission.sheets[0].rows == [["exposure_id", "parts"], ["A", None]]
    assert only(breaches).startswith("exposures.parquet!B: the column parts holds values of the type list")
    assert breaches[0].blocks == (breaches[0].problems[0].where,)


def test_files_of_the_system_in_a_folder_are_passed_over(tmp_path: Path) -> None:
    path = folder_of_csv(tmp_path)
    for name in (".DS_Store", "~$exposures.xlsx", "Thumbs.db"):
        (path / name).write_bytes(b"x")
    assert read(path)[1] == []


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("more.parquet", "submission: holds .csv and .parquet files"),
        ("old.xls", "old.xls: is a workbook in a folder of tables"),
        ("more/", "more: is a folder"),
    ],
)
def test_folder_that_holds_something_else_is_refused(tmp_path: Path, extra: str, message: str) -> None:
    path = folder_of_csv(tmp_path)
    if extra.endswith("/"):
        (path / extra).mkdir()
    else:
        (path / extra).write_bytes(b"x")
    assert refusal(path).startswith(message)


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    assert "holds no .csv or .parquet file" in refusal(tmp_path)


# --- The reading process ---------------------------------------------------------------------------------------------


def test_missing_and_locked_files_are_errors_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_submission(tmp_path / "nothing.xlsx")
    (tmp_path / "dangling.xlsx").symlink_to(tmp_path / "nothing.xlsx")
    with pytest.raises(FileNotFoundError):
        read_submission(tmp_path / "dangling.xlsx")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read every file")
def test_file_without_permission_is_an_error_of_the_system(tmp_path: Path) -> None:
    path = small_workbook(tmp_path)
    path.chmod(0)
    with pytest.raises(PermissionError):
        read_submission(path)


def test_link_given_as_the_input_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link.xlsx").symlink_to(small_workbook(tmp_path))
    assert read(tmp_path / "link.xlsx")[0].file == "link.xlsx"


def test_reading_works_from_any_folder_and_ignores_modules_there(tmp_path: Path, project: Path) -> None:
    path = small_workbook(tmp_path)
    for name in ("python_calamine.py", "marshal.py"):
        (tmp_path / name).write_text("raise SystemExit('a module of the working folder was imported')")
    code = (
        f"import sys; from pathlib import Path; sys.path.append({str(project)!r})\n"
        "from reporting.intake.reading import read_submission\n"
        "sys.path.insert(0, ''); sys.path.insert(0, '.')\n"
        f"submission, breaches = read_submission(Path({path.name!r}))\n"
        "print(len(submission.sheets), len(breaches))"
    )
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("2 0", "")


def test_reading_process_loads_nothing_heavy(project: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(project)!r}); import reporting.intake.child; "
        "from reporting.intake.child import _load; _load('.xlsx'); _load('.csv'); "
        "print(sorted({'numpy', 'pandas', 'pandera', 'pyarrow', 'openpyxl', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_reading_process_that_cannot_start_is_an_error_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_workbook(tmp_path)
    monkeypatch.setattr(child_process, "_START", "import nothing_at_all")
    with pytest.raises(ReaderMissing, match="nothing_at_all"):
        read_submission(path)
