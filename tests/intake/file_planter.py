"""Folders of tables and workbooks of random size with faults of their files planted at random places.

A fault is planted by changing the bytes of a sound file. Those that refuse the whole input stand alone; all others
stand together, at most one in a table.
"""

from __future__ import annotations

import io
import random
import re
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from reporting.intake.limits import Limits
from reporting.intake.schema import load_schemas
from tests.intake.made_files import FIXTURES, MAIN, dde_link, zipped

Rows = list[list[str]]
Parts = dict[str, bytes]


@dataclass
class Input:
    """A file or folder to read, the limits to read it within, and (code, place) of what must be found in it."""

    path: Path
    limits: Limits = field(default_factory=Limits)
    expected: list[tuple[str, str]] = field(default_factory=list)


# --- Folders of tables -----------------------------------------------------------------------------------------------


def _latin_1(rows: Rows, row: int, column: int) -> tuple[bytes, str]:
    return _text(rows, row, column, "Z\u00fcrich").encode("latin-1"), ""


def _zero_byte(rows: Rows, row: int, column: int) -> tuple[bytes, str]:
    return _text(rows, row, column, "a\0b").encode(), ""


def _open_quote(rows: Rows, row: int, column: int) -> tuple[bytes, str]:
    return _text(rows, row, column, '"open').encode(), f"!row {row + 1}"


def _text_after_quote(rows: Rows, row: int, column: int) -> tuple[bytes, str]:
    return _text(rows, row, column, '"a"b').encode(), f"!row {row + 1}"


def _short_record(rows: Rows, row: int, column: int) -> tuple[bytes, str]:
    rows[row].pop(column)
    return _joined(rows).encode(), f"!row {row + 1}"


def _semicolons(rows: Rows, row: int, column: int) -> tuple[bytes, str]:
    return _joined(rows, ";").encode(), ""


_IN_A_TABLE: Mapping[str, Callable[[Rows, int, int], tuple[bytes, str]]] = {
    "FIL-030": _latin_1,
    "FIL-031": _zero_byte,
    "FIL-032": _open_quote,
    "FIL-033": _short_record,
    "FIL-034": _semicolons,
    "FIL-035": _text_after_quote,
}
IN_A_FOLDER = (*_IN_A_TABLE, "FIL-011", "FIL-021", "FIL-036")
REFUSES_A_FOLDER = ("FIL-001", "FIL-005", "FIL-018", "FIL-019")


def folder_with(draw: random.Random, folder: Path, codes: list[str]) -> Input:
    """A folder of CSV tables, or of Parquet tables where a fault is one of those, with these faults."""
    made = Input(folder)
    folder.mkdir()
    parquet = {"FIL-011", "FIL-036"} & set(codes)
    names = draw.sample(sorted(load_schemas()), max(len(codes), draw.randint(1, 8)))
    for number, name in enumerate(names):
        code = codes[number] if number < len(codes) else ""
        if parquet:
            _parquet(draw, made, name, code)
        else:
            _csv(draw, made, name, code)
    _limit_folder(made, codes)
    return made


def _csv(draw: random.Random, made: Input, name: str, code: str) -> None:
    rows = [[f"{'h' if row == 0 else 'v'}{row}_{column}" for column in range(draw.randint(3, 7))] for row in range(1)]
    rows += [[f"v{row}_{column}" for column in range(len(rows[0]))] for row in range(1, draw.randint(3, 30))]
    path = made.path / f"{name}.csv"
    data, at = _joined(rows).encode(), ""
    if plant := _IN_A_TABLE.get(code):
        data, at = plant(rows, draw.randrange(1, len(rows)), draw.randrange(len(rows[0])))
        made.expected.append((code, path.name + at))
    path.write_bytes(data)
    _beside(draw, made, name, code)


def _beside(draw: random.Random, made: Input, name: str, code: str) -> None:
    """Something in the folder that is no table, or that is refused."""
    other = made.path / f"{name} {draw.randrange(10_000)}"
    if code == "FIL-021":
        other = other.with_suffix(draw.choice((".txt", ".pdf", ".docx", "")))
        other.write_bytes(b"Dear Sir")
    elif code == "FIL-018":
        other = other.with_suffix(draw.choice((".xlsx", ".ods", ".xls")))
        other.write_bytes(b"PK")
    elif code == "FIL-019":
        other = other.with_suffix(".csv")
        other.symlink_to(made.path / f"{name}.csv")
    else:
        return
    made.expected.append((code, other.name))


def _limit_folder(made: Input, codes: list[str]) -> None:
    """Limits that this folder just fails to stay within."""
    files = sorted(made.path.iterdir())
    if "FIL-001" in codes:
        made.limits = replace(made.limits, file_bytes=sum(path.stat().st_size for path in files) - 1)
        made.expected.append(("FIL-001", files[-1].name))
    if "FIL-005" in codes:
        made.limits = replace(made.limits, sheets=len(files) - 1)
        made.expected.append(("FIL-005", made.path.name))


def _parquet(draw: random.Random, made: Input, name: str, code: str) -> None:
    path, count = made.path / f"{name}.parquet", draw.randint(2, 30)
    columns = {f"c{n}": pa.array([f"v{row}" for row in range(count)]) for n in range(draw.randint(2, 6))}
    at = draw.randrange(len(columns)) if code == "FIL-036" else None
    if at is not None:
        columns[f"c{at}"] = pa.array([[1, 2]] * count)
    pq.write_table(pa.table(columns), path)
    if code == "FIL-011":
        data = path.read_bytes()
        path.write_bytes(data[: draw.randrange(4, len(data) - 8)])
    if code:
        made.expected.append((code, path.name + ("" if at is None else f"!{'ABCDEF'[at]}")))


def _text(rows: Rows, row: int, column: int, value: str) -> str:
    rows[row][column] = value
    return _joined(rows)


def _joined(rows: Rows, separator: str = ",") -> str:
    return "".join(separator.join(row) + "\n" for row in rows)


# --- Workbooks -------------------------------------------------------------------------------------------------------

_LINKS = "xl/externalLinks/externalLink{}.xml"
NOTED = ("FIL-023", "FIL-024", "FIL-025", "FIL-026", "SHT-101")
REFUSES_A_WORKBOOK = (
    "FIL-001", "FIL-002", "FIL-003", "FIL-004", "FIL-005", "FIL-006", "FIL-007", "FIL-008", "FIL-009", "FIL-010",
    "FIL-011", "FIL-012", "FIL-013", "FIL-014", "FIL-017", "FIL-028", "FIL-029", "FIL-037",
)  # fmt: skip


def workbook_with(draw: random.Random, folder: Path, codes: list[str]) -> Input:
    """A workbook of random size with these faults."""
    name = f"book{draw.randrange(10_000)}.xlsm" if "FIL-024" in codes else f"book{draw.randrange(10_000)}.xlsx"
    made = Input(folder / name)
    parts = _parts(draw, made, codes)
    if "FIL-024" in codes:
        parts["xl/vbaProject.bin"] = b"\0" * draw.randint(1, 99)
    if "FIL-025" in codes:
        parts[_LINKS.format(draw.randint(1, 4))] = f'<externalLink xmlns="{MAIN}"/>'.encode()
    if "FIL-026" in codes:
        parts[_LINKS.format(draw.randint(5, 9))] = dde_link().encode()
    made.expected += [(code, name) for code in codes if code in ("FIL-024", "FIL-025", "FIL-026")]
    made.path.write_bytes(zipped(parts))
    for code in codes:
        _refusing(draw, made, parts, code)
    return made


def _parts(draw: random.Random, made: Input, codes: list[str]) -> Parts:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        names = draw.sample(sorted(load_schemas()), draw.randint(2, 4))
        for name in names:
            sheet = book.add_worksheet(name)
            columns, count = draw.randint(2, 9), draw.randint(3, 40)
            sheet.write_row(0, 0, [f"h{column}" for column in range(columns)])
            for row in range(1, count):
                sheet.write_row(row, 0, [draw.choice((row * 1.5, f"v{row}")) for _ in range(columns)])
            if "SHT-101" in codes and name == names[-1]:
                row, column = draw.randint(1, count - 2), draw.randrange(columns)
                sheet.merge_range(row, column, row + 1, column, "merged")
                letter = "ABCDEFGHIJ"[column]
                made.expected.append(("SHT-101", f"{made.path.name}!{name}!{letter}{row + 1}:{letter}{row + 2}"))
        if "FIL-023" in codes:
            chart = book.add_chart({"type": "line"})
            chart.add_series({"values": f"={names[0]}!$A$1:$B$1"})
            title = f"picture {draw.randrange(100)}"
            book.add_chartsheet(title).set_chart(chart)
            made.expected.append(("FIL-023", f"{made.path.name}!'{title}'"))
    with zipfile.ZipFile(stream) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _refusing(draw: random.Random, made: Input, parts: Parts, code: str) -> None:
    """Make the one fault for which a workbook is refused as a whole."""
    if code in _LIMITED:
        _limited(made, parts, code)
    elif code in ("FIL-009", "FIL-010", "FIL-017"):
        _otherwise_named(draw, made, code)
    elif code == "FIL-011":
        data = made.path.read_bytes()
        made.path.write_bytes(data[: draw.randrange(30, len(data) - 30)])
        made.expected.append((code, made.path.name))
    elif code in ("FIL-012", "FIL-013", "FIL-014", "FIL-029", "FIL-037"):
        _in_a_part(draw, made, parts, code)


_LIMITED = ("FIL-001", "FIL-002", "FIL-003", "FIL-004", "FIL-005", "FIL-006", "FIL-007", "FIL-008", "FIL-028")


def _limited(made: Input, parts: Parts, code: str) -> None:
    """Limits that this workbook just fails to stay within."""
    ends = {title: _end(parts[name]) for name, title in _titles(parts).items()}
    rows, columns = max(row for row, _ in ends.values()), max(column for _, column in ends.values())
    longest = next(title for title, (row, _) in ends.items() if row == rows)
    widest = next(title for title, (_, column) in ends.items() if column == columns)
    last = list(ends)[-1]
    at = {
        "FIL-006": f"!{longest}!A{rows}",
        "FIL-007": f"!{widest}!{'ABCDEFGHIJ'[columns - 1]}1",
        "FIL-008": f"!{last}!A{ends[last][0]}",
        "FIL-028": f"!{next(iter(ends))}",
    }
    values: Mapping[str, Mapping[str, int]] = {
        "FIL-001": {"file_bytes": made.path.stat().st_size - 1},
        "FIL-002": {"inflated_bytes": sum(map(len, parts.values())) - 1},
        "FIL-003": {"ratio": 1, "ratio_from": max(map(len, parts.values())) - 1},
        "FIL-004": {"members": len(parts) - 1},
        "FIL-005": {"sheets": len(ends) - 1},
        "FIL-006": {"rows": rows - 1},
        "FIL-007": {"columns": columns - 1},
        "FIL-008": {"cells": sum(row * column for row, column in ends.values()) - 1},
        "FIL-028": {"value_bytes": 9},
    }
    made.limits = replace(made.limits, **values[code])
    made.expected.append((code, made.path.name + at.get(code, "")))


def _end(sheet: bytes) -> tuple[int, int]:
    """Last row and column with a cell."""
    found = re.findall(rb'<c r="([A-Z])([0-9]+)"', sheet)
    return max(int(row) for _, row in found), max(ord(column) - 64 for column, _ in found)


def _otherwise_named(draw: random.Random, made: Input, code: str) -> None:
    if code == "FIL-010":
        shutil.copy(FIXTURES / "password.xlsx", made.path)
    else:
        suffix = draw.choice((".xls", ".xlsb", ".ods") if code == "FIL-009" else (".csv", ".txt", ".zip", ""))
        made.path = made.path.rename(made.path.with_suffix(suffix))
    made.expected.append((code, made.path.name))


def _in_a_part(draw: random.Random, made: Input, parts: Parts, code: str) -> None:
    name = draw.choice([name for name in parts if name.startswith("xl/worksheets/sheet")])
    sheet = _titles(parts)[name]
    text = parts[name].decode()
    at = made.path.name
    if code == "FIL-012":
        other = "zz" + name[2:]  # of the same length, so that it can be written over in the archive
        made.path.write_bytes(zipped({**parts, other: parts[name]}).replace(other.encode(), name.encode()))
    else:
        if code == "FIL-013":
            text = text.replace("<worksheet", "<!DOCTYPE worksheet [<!ENTITY a 'b'>]><worksheet", 1)
        elif code == "FIL-014":
            text = text.replace('encoding="UTF-8"', 'encoding="UTF-16"', 1)
        else:
            cell = draw.choice(re.findall(r"<c r=\"[A-Z][0-9]+\"[^>]*>.*?</c>", text))
            place = re.findall(r"r=\"([A-Z][0-9]+)\"", cell)[0]
            error = f'<c r="{place}" t="e"><v>#N/A</v></c>'
            text = text.replace(cell, cell + cell if code == "FIL-029" else error, 1)
            at = f"{at}!{sheet}!{place}"
            made.limits = replace(made.limits, faults=0) if code == "FIL-037" else made.limits
        made.path.write_bytes(zipped({**parts, name: text.encode("utf-16" if code == "FIL-014" else "utf-8")}))
    made.expected.append((code, at))


def _titles(parts: Parts) -> Mapping[str, str]:
    """Part of a worksheet -> its name."""
    names = re.findall(rb'<sheet name="([^"]+)"', parts["xl/workbook.xml"])
    return {f"xl/worksheets/sheet{number}.xml": name.decode() for number, name in enumerate(names, 1)}


@cache
def planted_codes() -> frozenset[str]:
    """Every code that is planted here."""
    return frozenset((*IN_A_FOLDER, *REFUSES_A_FOLDER, *NOTED, *REFUSES_A_WORKBOOK))
