"""LibreOffice as the referee of workbooks: recalculates a copy from scratch and hands back every cell.

`with_stored_values` and `set_input_cell` change a workbook without touching anything else in it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl

Cells = Mapping[tuple[str, str], object]
CellValue = float | str | bool | date | None

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

# Without this LibreOffice trusts the stored values of a workbook and recalculates nothing.
_ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


def soffice() -> str | None:
    """The LibreOffice program, or None where it is not installed."""
    return shutil.which("soffice")


def recalculated(path: Path) -> Cells:
    """Every cell of the workbook after a full recalculation: (sheet, cell) -> value."""
    return recalculated_all([path])[0]


def recalculated_all(paths: Iterable[Path], only: Collection[str] = ()) -> list[Cells]:
    """The same for several workbooks in one start of LibreOffice; their file names must differ.

    only  names of the sheets to hand back; all where it is empty
    """
    paths = list(paths)
    program = soffice()
    if program is None:
        raise RuntimeError("LibreOffice is not installed")
    with tempfile.TemporaryDirectory() as folder:
        profile, out = Path(folder, "profile"), Path(folder, "out")
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_ALWAYS_RECALCULATE, encoding="utf-8")
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", "xlsx", "--outdir", str(out), *map(str, paths)]
        subprocess.run(command, check=True, capture_output=True, timeout=600)
        return [stored(out / path.name, only) for path in paths]


def stored(path: Path, only: Collection[str] = ()) -> Cells:
    """Every cell that holds something, with its stored value; of the sheets `only`, where some are named."""
    return _cells(path, values=True, only=only)


def formulas(path: Path) -> dict[tuple[str, str], str]:
    """Every formula, with its `=`."""
    found = _cells(path, values=False)
    return {place: text for place, text in found.items() if isinstance(text, str) and text.startswith("=")}


def _cells(path: Path, *, values: bool, only: Collection[str] = ()) -> Cells:
    book = openpyxl.load_workbook(path, read_only=bool(only), data_only=values)
    try:
        return {
            (sheet.title, cell.coordinate): cell.value
            for sheet in book.worksheets
            if not only or sheet.title in only
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None and (values or cell.data_type == "f")
        }
    finally:
        book.close()


def with_stored_values(path: Path, value: float, target: Path | None = None) -> Path:
    """A copy in which every formula has `value` stored, beside the workbook unless `target` says where."""
    copy = target or path.with_name(f"{path.stem}-stored.xlsx")
    formula = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f>.*?</f>)<v>[^<]*</v></c>', re.DOTALL)

    def replace(match: re.Match[bytes]) -> bytes:
        attributes = re.sub(rb' t="[a-z]+"', b"", match[2])
        return b'<c r="%b"%b>%b<v>%b</v></c>' % (match[1], attributes, match[3], repr(value).encode())

    _rewrite(path, copy, lambda name, xml: formula.sub(replace, xml) if name.startswith("xl/worksheets/") else xml)
    return copy


def set_input_cell(path: Path, sheet: str, cell: str, value: CellValue, target: Path | None = None) -> Path:
    """A copy in which one cell that is not a formula holds `value`; None empties it. All else stays as it was."""
    return set_input_cells(path, {(sheet, cell): value}, target)


def set_input_cells(path: Path, values: Mapping[tuple[str, str], CellValue], target: Path | None = None) -> Path:
    """The same for several cells at once."""
    copy = target or path.with_name(f"{path.stem}-changed.xlsx")
    parts = _parts_of_sheets(path)
    changes: dict[str, dict[str, CellValue]] = {}
    for (sheet, cell), value in values.items():
        changes.setdefault(parts[sheet], {})[cell] = value
    _rewrite(path, copy, lambda name, xml: _changed(xml, changes[name]) if name in changes else xml)
    return copy


def _rewrite(path: Path, copy: Path, change: Callable[[str, bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry, change(entry.filename, old.read(entry)))


def _parts_of_sheets(path: Path) -> dict[str, str]:
    """Name of a sheet -> the member of the archive that holds it."""
    with zipfile.ZipFile(path) as archive:
        book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - our own workbook
        relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - as above
    targets = {relation.get("Id"): relation.get("Target") for relation in relations}
    sheets = book.iter(f"{{{_MAIN}}}sheet")
    return {str(sheet.get("name")): f"xl/{targets[sheet.get(f'{{{_RELATIONS}}}id')]}" for sheet in sheets}


def _changed(xml: bytes, values: Mapping[str, CellValue]) -> bytes:
    ET.register_namespace("", _MAIN)
    ET.register_namespace("r", _RELATIONS)
    root = ET.fromstring(xml)  # noqa: S314 - our own workbook
    rows = {row.get("r"): row for row in root.iter(f"{{{_MAIN}}}row")}
    for cell, value in values.items():
        row = rows[cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
        _put(_cell(row, cell), value)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _cell(row: ET.Element, name: str) -> ET.Element:
    """The cell of a row, made at its place where it was blank."""
    order = [str(element.get("r")) for element in row]
    if name in order:
        return row[order.index(name)]
    after = [other for other in order if (len(other), other) > (len(name), name)]
    element = ET.Element(f"{{{_MAIN}}}c", {"r": name})
    row.insert(order.index(after[0]) if after else len(order), element)
    return element


def _put(element: ET.Element, value: CellValue) -> None:
    if element.find(f"{{{_MAIN}}}f") is not None:
        raise ValueError(f"{element.get('r')} is a formula, not an input")
    for child in list(element):
        element.remove(child)
    element.attrib.pop("t", None)
    if value is None:
        return
    if isinstance(value, str):
        element.set("t", "inlineStr")
        ET.SubElement(ET.SubElement(element, f"{{{_MAIN}}}is"), f"{{{_MAIN}}}t").text = value
        return
    if isinstance(value, bool):
        element.set("t", "b")
    number = (value - date(1899, 12, 30)).days if isinstance(value, date) else value
    ET.SubElement(element, f"{{{_MAIN}}}v").text = repr(int(number) if isinstance(value, bool) else number)
