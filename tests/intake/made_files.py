"""Files that the tests of reading make: sound ones in every format, and one for each way in which a file is wrong."""

from __future__ import annotations

import io
import os
import shutil
import struct
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

FIXTURES = Path(__file__).resolve().parent / "files"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

CSV = "exposure_id,gross,note\n000123,1200.5,plain\nNA,,\n"


def handmade(*sheets: str | bytes, parts: Mapping[str, str | bytes] | None = None, rels: str = "") -> bytes:
    """An .xlsx workbook of which each sheet's XML is given, named S1, S2, ..., with further parts."""
    entries = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, len(sheets) + 1))
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    content: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships">{targets}{rels}</Relationships>'
        ),
        **{f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in enumerate(sheets, 1)},
        **(parts or {}),
    }
    return zipped(content)


def zipped(content: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of those parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def sheet_xml(rows: str, after: str = "", before: str = "") -> str:
    """The XML of a worksheet with those rows."""
    return f'{_DECLARATION}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def table_xml() -> str:
    """A sheet of three rows and two columns in plain form."""
    return sheet_xml(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>gross</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>000123</t></is></c><c r="B2"><v>1200.5</v></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>NA</t></is></c><c r="B3"><v>7</v></c></row>'
    )


SPARSE = sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def small_workbook(folder: Path) -> Path:
    """Two sheets that break no rule."""
    path = folder / "small.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name in ("exposures", "notes"):
            sheet = book.add_worksheet(name)
            sheet.write_row("A1", ["exposure_id", "gross", "maturity", "flag"])
            sheet.write_row("A2", ["000123", 1200.5])
            sheet.write_datetime("C2", datetime(2026, 9, 30), day)
            sheet.write_boolean("D2", True)
            sheet.write_row("A3", ["NA", 7])
    return path


def folder_of_csv(folder: Path, **tables: str | bytes) -> Path:
    """A folder with the given tables, or with one that breaks no rule."""
    path = folder / "submission"
    path.mkdir()
    for name, text in (tables or {"exposures": CSV}).items():
        (path / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def folder_of_parquet(folder: Path) -> Path:
    """One table with a column of each readable type."""
    path = folder / "submission"
    path.mkdir()
    columns = {
        "exposure_id": pa.array(["000123", "NA", None]),
        "kind": pa.array(["loan", "bond", "loan"]).dictionary_encode(),
        "gross": pa.array([Decimal("1200.50"), None, Decimal("-7.00")]),
        "quantity": pa.array([1, 2, None], pa.int64()),
        "rate": pa.array([0.5, float("nan"), None]),
        "flag": pa.array([True, False, None]),
        "maturity": pa.array([date(2026, 9, 30), None, date(2027, 1, 1)]),
        "seen": pa.array([datetime(2026, 9, 30, 12, 30), None, None], pa.timestamp("ns")),
        "empty": pa.nulls(3),
    }
    pq.write_table(pa.table(columns), path / "exposures.parquet")
    return path


def _book(data: Callable[[], bytes], name: str = "broken.xlsx") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(data())
        return path

    return make


def _csv(text: str | bytes) -> Callable[[Path], Path]:
    return lambda folder: folder_of_csv(folder, exposures=text)


def _beside(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder_of_csv(folder)
        (path / name).write_bytes(content)
        return path

    return make


def _folder_with_a_link(folder: Path) -> Path:
    path = folder_of_csv(folder)
    (path / "linked.csv").symlink_to(path / "exposures.csv")
    return path


def _parquet_with_lists(folder: Path) -> Path:
    path = folder / "submission"
    path.mkdir()
    pq.write_table(pa.table({"exposure_id": ["A"], "parts": [[1, 2]]}), path / "exposures.parquet")
    return path


def _table_outside_a_folder(folder: Path) -> Path:
    path = folder / "exposures.csv"
    path.write_text(CSV)
    return path


def _chart_sheet(folder: Path) -> Path:
    path = folder / "chart.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("exposures").write_row("A1", [1, 2])
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=exposures!$A$1:$B$1"})
        book.add_chartsheet("picture").set_chart(chart)
    return path


def _two_parts_of_one_name() -> bytes:
    data = handmade(table_xml(), parts={"xl/worksheets/sheet9.xml": table_xml()})
    return data.replace(b"sheet9.xml", b"sheet1.xml")


def _cut_off() -> bytes:
    return handmade(table_xml())[:-200]


def _in_utf_16() -> bytes:
    return handmade(table_xml().replace("UTF-8", "UTF-16").encode("utf-16"))


def _with_entities() -> bytes:
    bomb = '<!DOCTYPE worksheet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet'
    return handmade(table_xml().replace("<worksheet", bomb))


def _merged() -> bytes:
    merges = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    return handmade(table_xml().replace("</worksheet>", f"{merges}</worksheet>"))


def _cell_twice() -> bytes:
    return handmade(
        table_xml().replace('<c r="B2"><v>1200.5</v></c>', '<c r="B2"><v>1200.5</v></c><c r="B2"><v>1</v></c>')
    )


def _two_errors() -> bytes:
    error = '<c r="{}" t="e"><v>#N/A</v></c>'
    return handmade(sheet_xml(f'<row r="1">{error.format("A1")}{error.format("B1")}</row>'))


def _copied(name: str) -> Callable[[Path], Path]:
    return lambda folder: Path(shutil.copy(FIXTURES / name, folder / name))


def dde_link() -> str:
    """The part of an external link to another program."""
    return f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="x"/></externalLink>'


FILES: Mapping[str, Callable[[Path], Path]] = {
    "small_workbook": small_workbook,
    "folder_of_csv": folder_of_csv,
    "folder_of_parquet": folder_of_parquet,
    "binary_workbook": _copied("binary.xlsb"),
    "plain_binary_workbook": _book(
        lambda: binary_sheet(binary_row(0) + record(5, struct.pack("<IId", 0, 0, 7.0))), "plain.xlsb"
    ),
    "old_workbook": _copied("old.xls"),
    "open_document": _copied("open_document.ods"),
    "sparse_workbook": _book(lambda: handmade(SPARSE)),
    "web_page_named_xls": _book(lambda: b"<html><body><table><tr><td>1</td></tr></table>", "broken.xls"),
    "workbook_with_password": _copied("password.xlsx"),
    "workbook_cut_off": _book(_cut_off),
    "workbook_with_two_parts_of_one_name": _book(_two_parts_of_one_name),
    "workbook_with_entities": _book(_with_entities),
    "workbook_in_utf_16": _book(_in_utf_16),
    "binary_workbook_with_short_cells": _copied("short_cells.xlsb"),
    "workbook_with_a_chart_sheet": _chart_sheet,
    "workbook_with_macros": _book(lambda: handmade(table_xml(), parts={"xl/vbaProject.bin": b"\0"}), "broken.xlsm"),
    "workbook_with_a_link": _book(
        lambda: handmade(table_xml(), parts={"xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{MAIN}"/>'})
    ),
    "workbook_with_a_live_link": _book(
        lambda: handmade(table_xml(), parts={"xl/externalLinks/externalLink1.xml": dde_link()})
    ),
    "workbook_with_a_cell_twice": _book(_cell_twice),
    "workbook_with_two_errors": _book(_two_errors),
    "workbook_with_merged_cells": _book(_merged),
    "table_outside_a_folder": _table_outside_a_folder,
    "folder_with_a_workbook": _beside("exposures.xlsx", b"PK"),
    "folder_with_a_link": _folder_with_a_link,
    "folder_with_a_letter": _beside("letter.txt", b"Dear Sir"),
    "csv_in_latin_1": _csv("id,name\n1,Zürich\n".encode("latin-1")),
    "csv_with_a_zero_byte": _csv(b"id,name\n1,a\0b\n"),
    "csv_with_an_open_quote": _csv('id,name\n1,"open\n2,b\n'),
    "csv_with_a_short_record": _csv("id,name,note\n1,a,x\n2,b\n3,c,y\n"),
    "csv_with_semicolons": _csv("id;name\n1;a\n"),
    "csv_with_text_after_a_quote": _csv('id,name\n1,"a"b\n'),
    "parquet_with_lists": _parquet_with_lists,
}


def pipe(folder: Path) -> Path:
    """A named pipe that nobody writes to."""
    path = folder / "pipe.xlsx"
    os.mkfifo(path)
    return path


def record(kind: int, data: bytes) -> bytes:
    """A record of an .xlsb part."""
    number = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length = len(data)
    size = b""
    while length >= 0x80:
        size += bytes([length & 0x7F | 0x80])
        length >>= 7
    return number + size + bytes([length]) + data


def binary_sheet(cells: bytes) -> bytes:
    """The workbook `binary.xlsb` with other records in its first sheet."""
    with zipfile.ZipFile(FIXTURES / "binary.xlsb") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = record(129, b"") + record(148, bytes(16)) + record(145, b"") + cells + record(146, b"") + record(130, b"")
    return zipped(parts | {"xl/worksheets/sheet1.bin": sheet})


def binary_row(number: int) -> bytes:
    """The heading of a row, counted from 0."""
    return record(0, struct.pack("<IIHBBB", number, 0, 320, 0, 0, 0) + bytes(12))
