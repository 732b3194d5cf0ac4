"""The zip guard, the limits, and the scan of the XML against a plain reading of the same part."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.intake import child, child_process
from reporting.intake.batches import batches
from reporting.intake.cell_names import address, letters, position, range_of
from reporting.intake.file_rules import file_rules
from reporting.intake.guard import Archive
from reporting.intake.limits import Limits, size_text
from reporting.intake.ordinary_rows import row_patterns
from reporting.intake.packing import Garbled, pack, tidy, unpack
from reporting.intake.reading import read_submission
from reporting.intake.schema import load_rules, load_schemas
from reporting.intake.sheet_walk import Walk
from reporting.intake.sheet_xml import scan_sheet_xml
from reporting.intake.stored import Refused, RunList, Scanned, StoredSheet, UsedRange
from tests.intake.made_files import FILES, handmade, sheet_xml, table_xml, zipped

LIMITS = Limits()


def archive(content: dict[str, str | bytes], limits: Limits = LIMITS) -> Archive:
    return Archive(zipped(content), "book.xlsx", limits)


def refused(data: bytes, limits: Limits = LIMITS) -> tuple[str, str]:
    """Code and text of the refusal of an archive that is read to its end."""
    with pytest.raises(Refused) as caught:
        Archive(data, "book.xlsx", limits).check_rest()
    return caught.value.remark.code, caught.value.remark.found


# --- Every rule fires on its failing example and not on its passing one ----------------------------------------------


def _example(folder: Path, example: dict[str, Any]) -> tuple[Path, Limits]:
    path = FILES[example.get("file", "small_workbook")](folder)
    return path, replace(LIMITS, **example.get("limits", {}))


NOT_BY_A_FILE = {
    "FIL-020": "test_file_written_to_while_it_is_read_is_refused",
    "FIL-027": "test_process_without_limits_says_so",
}


@pytest.mark.parametrize("rule", load_rules("_files"), ids=lambda rule: str(rule.code))
def test_rule_fires_on_its_failing_example_and_not_on_its_passing_one(rule: Any, tmp_path: Path) -> None:
    for folder, example, fires in (("passes", rule.passes, False), ("fails", rule.fails, True)):
        (tmp_path / folder).mkdir()
        if fires and rule.code in NOT_BY_A_FILE:
            continue  # its example is an event or a platform; the named test makes it
        path, limits = _example(tmp_path / folder, example)
        _, breaches = read_submission(path, limits)
        assert [breach.rule.code for breach in breaches] == ([rule.code] if fires else [])


def test_rules_that_no_file_can_break_are_broken_by_a_test_of_their_own() -> None:
    tests = "".join(Path(__file__).with_name(name).read_text("utf-8") for name in ("test_guard.py", "test_hostile.py"))
    for name in NOT_BY_A_FILE.values():
        assert f"def {name}(" in tests


def test_codes_of_file_rules_are_nobody_elses() -> None:
    others = [rule.code for schema in load_schemas().values() for rule in schema.rules]
    others += [rule.code for name in ("_every_sheet", "_across") for rule in load_rules(name)]
    assert not set(file_rules()) & set(others)
    assert len(file_rules()) == len(load_rules("_files"))


# --- The archive -----------------------------------------------------------------------------------------------------


def test_archive_gives_its_parts_whole() -> None:
    parts: dict[str, str | bytes] = {"a.xml": "<a/>", "Folder/b.bin": b"\0" * 3_000_000}
    opened = archive(parts)
    assert opened.names == ["a.xml", "Folder/b.bin"]
    assert opened.read("Folder/b.bin") == parts["Folder/b.bin"]
    assert opened.find("/folder/../FOLDER/B.bin") == "Folder/b.bin"
    assert opened.find("c.xml") is None


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"inflated_bytes": 999_999}, "FIL-002"),
        ({"ratio": 50, "ratio_from": 100_000}, "FIL-003"),
        ({"members": 1}, "FIL-004"),
    ],
)
def test_archive_beyond_a_limit_is_refused(limits: dict[str, int], code: str) -> None:
    data = zipped({"a.bin": b"\0" * 1_000_000, "b.bin": b""})
    Archive(data, "book.xlsx", LIMITS).check_rest()
    assert refused(data, replace(LIMITS, **limits))[0] == code


@pytest.mark.parametrize("name", ["../evil.xml", "a/../../evil.xml", "/etc/passwd", "C:/evil.xml", "..\\evil.xml"])
def test_unsafe_part_names_are_refused(name: str) -> None:
    assert refused(zipped({name: b"x"}))[0] == "FIL-012"


def test_part_that_inflates_to_more_than_declared_is_refused_by_its_true_size() -> None:
    data = bytearray(zipped({"a.bin": b"\0" * 10_000_000}))
    directory = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, 1000)  # the declared size, in the directory
    struct.pack_into("<I", data, 22, 1000)  # and before the part
    code, found = refused(bytes(data))
    assert code == "FIL-012"
    assert "more than the archive declares" in found


def test_wrong_checksum_is_refused() -> None:
    data = bytearray(zipped({"a.bin": b"abc" * 100}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 16] ^= 1
    assert refused(bytes(data)) == ("FIL-011", "the part a.bin does not match its checksum")


def test_encrypted_part_is_told_as_a_password() -> None:
    data = bytearray(zipped({"a.bin": b"abc"}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(data))[0] == "FIL-010"


def test_overlapping_parts_are_refused() -> None:
    data = bytearray(zipped({"a.bin": b"abc" * 100, "b.bin": b"abc" * 100}))
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)  # the second part starts where the first does
    code, _ = refused(bytes(data).replace(b"b.bin", b"a.bin", 1))
    assert code in {"FIL-011", "FIL-012"}


def test_other_compression_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as opened:
        opened.writestr("a.bin", b"abc" * 100)
    assert refused(out.getvalue())[0] == "FIL-012"


def test_directory_of_a_million_parts_is_refused_before_it_is_read() -> None:
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 60_000, 60_000, 0, 0, 0)
    assert refused(b"PK\x03\x04" + end) == ("FIL-004", "the archive has 60000 parts and the limit is 1000")


@pytest.mark.parametrize("at", [0, 5, 100])
def test_document_type_is_found_wherever_the_pieces_are_cut(at: int) -> None:
    text = b"<?xml version='1.0'?>" + b" " * at + b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"
    assert refused(zipped({"a.xml": text}))[0] == "FIL-013"


@pytest.mark.parametrize(
    "text",
    [
        "<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16"),
        "<a/>".encode("utf-16-le"),
        "<a/>".encode("utf-16-be"),
        "<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".encode("latin-1"),
    ],
)
def test_other_encodings_than_utf_8_are_refused(text: bytes) -> None:
    assert refused(zipped({"a.xml": text}))[0] == "FIL-014"


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-8", "US-ASCII"])
def test_utf_8_by_any_name_is_read(encoding: str) -> None:
    archive({"a.xml": f'<?xml version="1.0" encoding="{encoding}"?><a/>'}).check_rest()


# --- The scan --------------------------------------------------------------------------------------------------------


def scan(xml: str | bytes, limits: Limits = LIMITS, step: int = 1 << 16) -> Scanned:
    data = xml if isinstance(xml, bytes) else xml.encode()
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    return scan_sheet_xml(pieces, UsedRange(limits, "book.xlsx", "S1"), "sheet1.xml")


def seen(scanned: Scanned) -> tuple[Any, ...]:
    return (
        scanned.used.rows, scanned.used.columns, scanned.faults, scanned.hidden_rows.runs, scanned.hidden_columns,
        scanned.merged, scanned.faulty, scanned.valued,
    )  # fmt: skip


def random_sheet(chance: random.Random, rows: int) -> str:
    """A sheet with ordinary and unusual rows and cells, in the forms that different programs write."""
    values = (
        "<c r={q}{ref}{q}{s}><v>1.5</v></c>", "<c r={q}{ref}{q}{s} t={q}s{q}><v>0</v></c>", "<c r={q}{ref}{q}{s}/>",
        "<c r={q}{ref}{q}{s} t={q}b{q}><v>1</v></c>", "<c r={q}{ref}{q}><f>A1</f><v>2</v></c>", "",
        "<c r={q}{ref}{q} t={q}inlineStr{q}><is><t>a&lt;c&gt;</t></is></c>",
    )  # fmt: skip
    unusual = (
        "<c r={q}{ref}{q} t={q}e{q}><v>#N/A</v></c>",
        "<c r={q}{ref}{q}><f>A1</f></c>",
        "<c r={q}{ref}{q}><f/><v/></c>",
        "<c t={q}str{q} r={q}{ref}{q}><f>A1</f><v></v></c>",
        "<c  r={q}{ref}{q}><v>3</v></c>",
        "<c r={q}{ref}{q} t={q}inlineStr{q}><is><r><t>rich</t></r></is></c>",
        "<c r={q}{ref}{q} t={q}str{q}><v>a &amp; b</v></c>",
        "<c r={q}{ref}{q}><v>4</v><extLst><x/></extLst></c>",
    )
    aside = (
        "<!-- <c r={q}ZZ9{q}/> -->",
        "<c r={q}{ref}{q} t={q}inlineStr{q}><is><t><![CDATA[</row><row r={q}7{q}>]]></t></is></c>",
    )  # fmt: skip
    text = []
    for row in range(1, rows + 1):
        cells = []
        for column in range(chance.randrange(6) if chance.random() < 0.95 else 60):
            form = chance.choice(unusual if chance.random() < 0.02 else values)
            if row > 0.9 * rows and chance.random() < 0.01:  # from the first of them on no row is cut out
                form = chance.choice(aside)
            style = chance.choice(("", ' s="3"'))
            cells.append(form.format(ref=f"{letters(column)}{row}", q=chance.choice('"""""""\''), s=style))
        more = chance.choice(("", ' spans="1:5"', ' ht="15" hidden="false"', "", "", ' hidden="1"', ' ht="0"'))
        if chance.random() < 0.9:
            text.append(f'<row r="{row}"{more}>{"".join(cells)}</row>' if cells else f'<row r="{row}"{more}/>')
    return sheet_xml("\n".join(text), after='<mergeCells><mergeCell ref="A2:B3"/></mergeCells>')


@pytest.mark.parametrize("seed", range(20))
def test_cutting_out_ordinary_rows_changes_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    xml = random_sheet(chance, 6000)
    assert len(xml) > 600_000  # more than two batches, so that rows are cut out
    quick = seen(scan(xml, step=chance.choice((1 << 10, 1 << 16, 1 << 22))))
    monkeypatch.setattr("reporting.intake.sheet_xml._SheetScan._compile", lambda self, batch: None)
    assert seen(scan(xml)) == quick


def test_ordinary_rows_never_reach_expat(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(
        f'<row r="{n}" spans="1:3"><c r="A{n}" t="s"><v>1</v></c><c r="B{n}" s="2"/><c r="C{n}"><v>{n}</v></c></row>'
        for n in range(1, 50_001)
    )
    fed: list[int] = []
    feed = Walk.feed

    def counting(walk: Walk, xml: bytes) -> None:
        fed.append(len(xml))
        feed(walk, xml)

    monkeypatch.setattr(Walk, "feed", counting)
    xml = sheet_xml(rows)
    assert scan(xml).used.rows == 50_000
    assert sum(fed) < 0.1 * len(xml)


def test_row_that_hides_among_ordinary_ones_is_found() -> None:
    rows = [f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 30_001)]
    rows[25_000] = '<row r="25001"><c r="A25001"><v>1</v></c><c r="B25001" t="e"><v>#REF!</v></c></row>'
    rows[29_999] = '<row r="999999"><c r="A999999"><v>1</v></c></row>'
    scanned = scan(sheet_xml("".join(rows)))
    assert scanned.faults == {(25_001, 1): "#REF!"}
    assert (scanned.used.rows, scanned.used.columns) == (999_999, 2)


def test_far_cell_is_named_by_the_refusal() -> None:
    xml = sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    with pytest.raises(Refused) as caught:
        scan(xml)
    remark = caught.value.remark
    assert (remark.code, remark.sheet, remark.column, remark.first_row) == ("FIL-007", "S1", "XFD", 1_048_576)


def test_rows_numbered_in_part_are_refused() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 20_001))
    with pytest.raises(Refused, match="some rows carry a number"):
        scan(sheet_xml(rows + "<row><c><v>1</v></c></row>"))


@pytest.mark.parametrize(
    "rows",
    ['<row r="1"><c r="$A$1"/></row>', '<row r="x"/>', '<row r="1"><c r="A1"></row>', '<row r="99999999999"/>'],
)
def test_xml_that_is_not_a_sheet_is_told_as_damage(rows: str) -> None:
    with pytest.raises(Refused) as caught:
        scan(sheet_xml(rows))
    assert caught.value.remark.code == "FIL-011"


def test_long_text_in_one_cell_passes_through_without_being_kept() -> None:
    text = "x" * 3_000_000
    cells = f'<c r="A1" t="e"><v>{text}</v></c><c r="B1" t="inlineStr"><is><t>{text}</t></is></c>'
    xml = sheet_xml(f'<row r="1">{cells}</row>')
    scanned = scan(xml)
    assert scanned.faults[1, 0] == "x" * 32
    assert scanned.used.columns == 2


def test_cells_of_all_sheets_count_together() -> None:
    used = UsedRange(replace(LIMITS, cells=10), "book.xlsx", "S2", before=6)
    used.use(2, 1)
    with pytest.raises(Refused, match="3 rows by 2 columns after 6 cells of other sheets"):
        used.use(3, 0)


@given(st.integers(0, 20_000))
def test_letters_and_positions_are_inverse(number: int) -> None:
    assert position(letters(number)) == number


def test_ranges_are_read_and_written_alike() -> None:
    assert range_of("B3:D5") == (3, 1, 5, 3)
    assert address((3, 1, 5, 3)) == "B3:D5"
    assert range_of("B3") == (3, 1, 3, 1)
    assert range_of("B3:") is None


@given(st.integers(1, 1100), st.integers(0, 1100))
def test_ordinary_rows_have_known_columns_only(columns: int, column: int) -> None:
    ordinary, _ = row_patterns(columns, b"")
    row = f'<row r="7"><c r="{letters(column)}7"><v>1</v></c></row>'.encode()
    assert bool(ordinary.fullmatch(row)) == (column < columns)


@given(st.lists(st.binary(max_size=400_000), max_size=5), st.sampled_from([b"row>", b"\0"]))
def test_batches_lose_no_byte(pieces: list[bytes], closing: bytes) -> None:
    assert b"".join(batches(pieces, closing)) == b"".join(pieces)


def test_runs_are_joined_and_cut_at_the_last_row() -> None:
    runs = RunList()
    for first, last in ((2, 2), (3, 4), (7, 9)):
        runs.add(first, last)
    assert runs.within(8) == [(2, 4), (7, 8)]


def test_sizes_are_worded_for_people() -> None:
    assert [size_text(size) for size in (812, 5200, 100 * 2**20, 2**30)] == [
        "812 bytes",
        "5.1 KiB",
        "100.0 MiB",
        "1.0 GiB",
    ]


# --- What crosses from the reading process ----------------------------------------------------------------------------


def test_what_is_no_sheet_is_not_believed() -> None:
    import marshal

    good = pack(StoredSheet("f", "s", [["a", 1.0, None]], {(1, 0): "#N/A"}))
    assert unpack(memoryview(good)).columns == [["a", 1.0, None]]
    fields = list(marshal.loads(good))  # noqa: S302  made two lines above
    for place, value in (
        (0, 5),
        (2, [marshal.dumps([[1]])]),
        (2, [b"x"]),
        (3, {("a", 1): "x"}),
        (4, "yes"),
        (5, [("a",)]),
    ):
        wrong = [*fields]
        wrong[place] = value
        with pytest.raises(Garbled):
            unpack(memoryview(marshal.dumps(tuple(wrong))))
    with pytest.raises(Garbled):
        unpack(memoryview(marshal.dumps(compile("1", "", "eval"))))
    with pytest.raises(Garbled):
        unpack(memoryview(good[:-5]))


def test_columns_are_as_long_and_wide_as_the_faults_reach() -> None:
    faults = {(3, 2): "#N/A"}
    assert tidy([("a", "")], faults) == [["a", None, None], [None, None, None], [None, None, None]]


# --- Limits on the process -------------------------------------------------------------------------------------------


def test_process_without_limits_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_resource(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr("reporting.intake.child.importlib.import_module", no_resource)
    assert child.limit_process(LIMITS) == ["memory", "processor time"]
    monkeypatch.undo()
    start = child_process._START.replace(
        "from reporting.intake.child import main; main(job)",
        "from reporting.intake import child; child.limit_process = lambda limits: ['memory']; child.main(job)",
    )
    monkeypatch.setattr(child_process, "_START", start)
    submission, breaches = read_submission(FILES["small_workbook"](tmp_path))
    assert submission is not None
    (breach,) = breaches
    assert str(breach.problems[0]).startswith("small.xlsx: no limit on memory could be set")
    assert breach.rule.code == "FIL-027"


def test_handmade_workbook_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(handmade(table_xml()))
    submission, breaches = read_submission(path)
    assert submission is not None
    assert breaches == ()
