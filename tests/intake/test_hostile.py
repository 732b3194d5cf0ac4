"""Files made to break a reader: each ends in a problem, and this process lives and stays small."""

from __future__ import annotations

import io
import os
import random
import resource
import struct
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reporting.intake import load_submission
from reporting.intake.limits import GIB, MIB, Limits
from reporting.intake.reading import read_submission
from reporting.intake.stored import LISTED
from reporting.origin import Cells
from tests.intake.made_files import FILES, SPARSE, folder_of_csv, handmade, pipe, sheet_xml, table_xml, zipped

DEFAULT = Limits()

# The scan of the used range lets everything pass; only the limits on the reading process are left.
NO_SCAN = Limits(rows=10**9, columns=10**6, cells=10**15, child_memory=GIB)


def refusal(path: Path, limits: Limits = DEFAULT) -> str:
    submission, breaches = read_submission(path, limits)
    assert submission is None
    (breach,) = breaches
    return str(breach.problems[0])


def written(folder: Path, data: bytes, name: str = "hostile.xlsx") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def largest() -> int:
    """Most memory that this process has had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_sparse_sheet_is_refused_by_the_scan_at_its_far_cell(tmp_path: Path) -> None:
    path = written(tmp_path, handmade(SPARSE))
    assert path.stat().st_size < 5_000
    assert refusal(path).startswith("hostile.xlsx!S1!XFD1048576: column XFD is used and the limit is 1024 columns")
    wide = Limits(columns=20_000)
    assert "the used range is 1048576 rows by 16384 columns and the limit is 30000000 cells" in refusal(path, wide)


def test_sparse_sheet_alone_in_the_limited_process_ends_in_a_problem(tmp_path: Path) -> None:
    path = written(tmp_path, handmade(SPARSE))
    before = largest()
    problem = refusal(path, NO_SCAN)
    assert "end with SIGABRT" in problem
    assert problem.endswith("[FIL-015]")
    assert largest() - before < 20 * MIB


def test_sparse_open_document_is_refused_by_the_scan(tmp_path: Path) -> None:
    with zipfile.ZipFile(Path(__file__).parent / "files" / "open_document.ods") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    content = parts["content.xml"].decode()
    far = (
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="900" '
        'office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell></table:table-row>'
        "<table:table-row"
    )
    parts["content.xml"] = content.replace("<table:table-row", far, 1).encode()
    assert "the used range is 1000000 rows by 900 columns" in refusal(written(tmp_path, zipped(parts), "far.ods"))


def test_bomb_of_one_cell_is_refused_within_a_second_or_so(tmp_path: Path) -> None:
    out = io.BytesIO()
    head, tail = sheet_xml('<row r="1"><c r="A1" t="inlineStr"><is><t>X</t></is></c></row>').split("X")
    with (
        zipfile.ZipFile(io.BytesIO(handmade(table_xml()))) as sound,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for name in sound.namelist():
            if name != "xl/worksheets/sheet1.xml":
                bomb.writestr(name, sound.read(name))
        with bomb.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(head.encode())
            for _ in range(200):
                part.write(b"A" * MIB)
            part.write(tail.encode())
    path = written(tmp_path, out.getvalue())
    assert path.stat().st_size < 300_000
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert refusal(path).endswith("[FIL-003]")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 3
    problem = refusal(path, Limits(ratio=10_000, child_memory=300 * MIB))
    assert problem.endswith("[FIL-015]")


def test_texts_used_a_million_times_end_in_a_problem(tmp_path: Path) -> None:
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_001))
    texts = f'<sst xmlns="x"><si><t>{"y" * 30_000}</t></si></sst>'
    rels = (
        '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"'
        ' Target="sharedStrings.xml"/>'
    )
    data = handmade(sheet_xml(cells), parts={"xl/sharedStrings.xml": texts}, rels=rels)
    assert refusal(written(tmp_path, data), Limits(child_memory=400 * MIB)).endswith("[FIL-015]")


def test_text_stored_once_and_used_in_many_cells_counts_in_each(tmp_path: Path) -> None:
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 2_001))
    texts = f'<sst xmlns="x"><si><t>{"y" * 30_000}</t></si></sst>'
    data = handmade(sheet_xml(cells), parts={"xl/sharedStrings.xml": texts})
    path = written(tmp_path, data)
    before = largest()
    problem = refusal(path, Limits(value_bytes=50 * MIB))
    assert "hostile.xlsx!S1: brings the values in the cells to 57.2 MiB and the limit is 50.0 MiB" in problem
    assert largest() - before < 20 * MIB


def test_many_faults_of_one_kind_are_counted_and_the_first_are_sent(tmp_path: Path) -> None:
    merges = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(2, 1_002))
    path = written(
        tmp_path, handmade(table_xml().replace("</worksheet>", f"<mergeCells>{merges}</mergeCells></worksheet>"))
    )
    submission, (breach,) = read_submission(path)
    assert submission is not None
    assert (breach.rule.code, breach.count, len(breach.problems)) == ("SHT-101", 1_000, LISTED)
    assert str(breach.problems[-1].where) == "hostile.xlsx!S1!A201"


def test_more_faulty_records_than_are_listed_block_the_whole_sheet(tmp_path: Path) -> None:
    path = folder_of_csv(tmp_path, exposures="a,b\n" + "1,2\nx\n" * 1_000, fx="a,b\n1\n1,2\n")
    submission, breaches = read_submission(path)
    assert submission is not None
    assert [(breach.count, len(breach.problems)) for breach in breaches] == [(1_000, LISTED), (1, 1)]
    assert [breach.blocks for breach in breaches] == [
        (Cells("exposures.csv"),), (Cells("fx.csv", "", "", ((2, 2),)),)
    ]  # fmt: skip


def test_errors_beyond_the_limit_are_counted_exactly(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="B{n}" t="e"><v>#N/A</v></c></row>' for n in range(1, 501))
    problem = refusal(written(tmp_path, handmade(sheet_xml(rows))), Limits(faults=20))
    assert problem.startswith(
        "hostile.xlsx!S1!B1: 500 cells hold no value but an error and the limit is 20, the first #N/A"
    )


def test_file_that_takes_too_much_is_named_and_not_the_first_of_the_folder(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": ["x"]}), tmp_path / "entity.parquet")
    bomb = pa.DictionaryArray.from_arrays(pa.array(np.zeros(40_000, dtype=np.int32)), pa.array(["x" * 32_000]))
    pq.write_table(pa.table({"a": bomb}), tmp_path / "fx.parquet", compression="zstd")
    assert (tmp_path / "fx.parquet").stat().st_size < 1_000
    problem = refusal(tmp_path, Limits(child_memory=GIB))
    assert problem.startswith("fx.parquet: takes more than 1.0 GiB of memory to read")


@pytest.mark.parametrize("name", ["fx&#10;no errors, no warnings, no notes", "fx" * 500_000])
def test_name_of_a_sheet_stays_on_its_line_and_short(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(handmade(table_xml()))) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b'name="S1"', f'name="{name}"'.encode())
    checked = load_submission(written(tmp_path, zipped(parts)))
    told = [str(problem) for breach in checked.breaches for problem in breach.problems]
    assert any("SHT-002" in text for text in told)
    assert all(text.isprintable() and len(text) < 500 for text in told)


def test_sheets_before_the_unreadable_one_are_not_judged_alone(tmp_path: Path) -> None:
    bad = sheet_xml('<row r="1"><c r="A1" t="s"><v>7</v></c></row>')
    checked = load_submission(written(tmp_path, handmade(table_xml(), bad)))
    assert [breach.rule.code for breach in checked.breaches] == ["FIL-029"]


def test_time_is_limited(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 200_001))
    path = written(tmp_path, handmade(sheet_xml(rows)))
    start = time.monotonic()
    assert "was not read within 0 seconds" in refusal(path, Limits(child_seconds=0))
    assert time.monotonic() - start < 5


def test_external_entity_is_refused(tmp_path: Path) -> None:
    xml = table_xml().replace(
        "<worksheet", '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/hostname">]><worksheet'
    )
    assert refusal(written(tmp_path, handmade(xml))).endswith("[FIL-013]")


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.xls", b"<html><table>", "is a web page (HTML)"),
        ("a.xls", b"\xef\xbb\xbf<!DOCTYPE html>", "is a web page (HTML)"),
        ("a.xls", b'<?xml version="1.0"?><Workbook/>', "is XML text"),
        ("a.xls", b"id\tname\n1\tx\n", "is plain text"),
        ("a.xlsx", b"", "is empty"),
        ("a.xlsx", b"%PDF-1.7", "is a PDF file"),
        ("a.xlsx", bytes(range(256)), "is data of an unknown kind"),
        ("a.xlsx", zipped({"word/document.xml": "<a/>"}), "is a Word document"),
        ("a.xlsx", zipped({"readme.txt": "x"}), "is a zip archive without a workbook in it"),
        ("a.ods", handmade(table_xml()), "is an Excel workbook (.xlsx)"),
        ("a.xlsb", handmade(table_xml()), "is an Excel workbook (.xlsx)"),
        ("a.xls", handmade(table_xml()), "is a zip archive, as .xlsx, .xlsb and .ods files are"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "is an Excel workbook of before 2007 (.xls)"),
        ("a.ods", zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"}),
         "is an OpenDocument file, but no spreadsheet"),
        ("a.txt", b"x", "has the suffix '.txt'"),
        ("a", b"x", "has no suffix"),
    ],
)  # fmt: skip
def test_content_that_is_no_such_workbook_is_told_for_what_it_is(
    tmp_path: Path, name: str, content: bytes, found: str
) -> None:
    assert refusal(written(tmp_path, content, name)).startswith(f"{name}: {found}, must ")


def test_old_workbook_with_a_password_says_so(tmp_path: Path) -> None:
    data = bytearray((Path(__file__).parent / "files" / "old.xls").read_bytes())
    written_by = data.index(struct.pack("<HH", 0x5C, 112))  # the record WRITEACCESS becomes FILEPASS
    struct.pack_into("<H", data, written_by, 0x2F)
    assert refusal(written(tmp_path, bytes(data), "a.xls")).startswith("a.xls: is protected with a password")


def test_open_document_with_a_password_says_so(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": os.urandom(100),
        "META-INF/manifest.xml": "<manifest><file-entry><encryption-data/></file-entry></manifest>",
    }
    assert refusal(written(tmp_path, zipped(parts), "a.ods")).endswith("[FIL-010]")


def test_unknown_error_code_is_told_and_not_read_as_blank(tmp_path: Path) -> None:
    xml = sheet_xml('<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="e"><v>#NEW!</v></c></row>')
    assert "#NEW!" in refusal(written(tmp_path, handmade(xml)))


@pytest.mark.parametrize("where", ["alone", "in a folder"])
def test_named_pipe_does_not_block(tmp_path: Path, where: str) -> None:
    made = pipe(tmp_path)
    assert "is a named pipe" in refusal(made if where == "alone" else tmp_path)


def test_device_is_refused() -> None:
    assert refusal(Path("/dev/zero")).startswith("zero: is a device")


def test_names_that_would_forge_lines_are_escaped(tmp_path: Path) -> None:
    path = written(tmp_path, b"<html>", "a\nerror: forged.xls")
    assert refusal(path).startswith("a\\nerror: forged.xls: is a web page")


def test_file_written_to_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = FILES["small_workbook"](tmp_path)
    real = os.fstat
    calls: list[int] = []

    def writing_between(handle: int) -> os.stat_result:
        calls.append(handle)
        if len(calls) == 2:
            with path.open("ab") as file:
                file.write(b"more")
        return real(handle)

    monkeypatch.setattr("reporting.intake.reading.os.fstat", writing_between)
    assert refusal(path).endswith("[FIL-020]")


def test_two_sheets_of_one_name_are_refused(tmp_path: Path) -> None:
    data = handmade(table_xml(), table_xml())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b'"S2"', b'"s1"')
    assert "two sheets are named 'S1'" in refusal(written(tmp_path, zipped(parts)))


def test_sheet_without_a_part_is_refused(tmp_path: Path) -> None:
    data = handmade(table_xml())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if "sheet1" not in name}
    assert refusal(written(tmp_path, zipped(parts))).endswith("[FIL-011]")


# --- Mutated copies --------------------------------------------------------------------------------------------------

SEEDS = ("small_workbook", "old_workbook", "open_document", "binary_workbook", "folder_of_csv", "folder_of_parquet")
SMALL = Limits(child_memory=GIB, child_seconds=20)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A copy with bytes flipped, cut off, doubled or moved, or with two parts of an archive exchanged."""
    kind = chance.randrange(5)
    if kind == 0:
        flipped = bytearray(data)
        for _ in range(chance.choice((1, 4, 40))):
            flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return bytes(flipped)
    if kind == 1:
        return data[: chance.randrange(len(data))]
    start, end = sorted(chance.randrange(len(data)) for _ in range(2))
    if kind == 2:
        return data[:end] + data[start:]
    if kind == 3 or not data.startswith(b"PK"):
        return data[:start] + bytes(chance.randrange(256) for _ in range(min(end - start, 64))) + data[end:]
    return _with_broken_part(data, chance)


def _with_broken_part(data: bytes, chance: random.Random) -> bytes:
    """The archive made anew, so that its checksums are right, with one part broken or two exchanged."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    one, other = chance.choice(list(parts)), chance.choice(list(parts))
    if one != other:
        parts[one], parts[other] = parts[other], parts[one]
    elif parts[one]:
        broken = bytearray(parts[one])
        for _ in range(8):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        parts[one] = bytes(broken)
    return zipped(parts)


def check_mutants(seed: str, count: int, folder: Path) -> None:
    path = FILES[seed](folder)
    target = next(path.iterdir()) if path.is_dir() else path
    original = target.read_bytes()
    chance = random.Random(seed)
    for number in range(count):
        target.write_bytes(mutated(original, chance))
        submission, breaches = read_submission(path, SMALL)
        assert submission is not None or breaches, f"{seed} {number}: neither values nor problems"


@pytest.mark.parametrize("seed", SEEDS)
def test_mutated_copies_end_in_values_or_problems(seed: str, tmp_path: Path) -> None:
    check_mutants(seed, 12, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_many_mutated_copies_end_in_values_or_problems(seed: str, tmp_path: Path) -> None:
    check_mutants(seed, 170, tmp_path)  # 1,020 in all


def test_limits_are_those_promised() -> None:
    limits = Limits()
    assert (limits.file_bytes, limits.inflated_bytes, limits.ratio) == (100 * MIB, GIB, 200)
    assert (limits.members, limits.sheets, limits.rows, limits.columns) == (1_000, 64, 1_048_576, 1_024)
    assert replace(limits, columns=5).columns == 5
