"""Reading .xlsx and .xlsm: the parts are checked and scanned, then calamine gives the values."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from io import BytesIO
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from reporting.intake.counted import counted
from reporting.intake.guard import Archive
from reporting.intake.limits import Limits
from reporting.intake.merged_cells import merged_below_heading
from reporting.intake.packing import Survey, columns_of, survey, tidy
from reporting.intake.shared_texts import check_shared_texts
from reporting.intake.sheet_again import SheetAgain
from reporting.intake.sheet_xml import scan_sheet_xml
from reporting.intake.stored import Columns, Refused, Remark, Scanned, StoredSheet, UsedRange

_Attributes = dict[str, str]


def read_xlsx(data: bytes, archive: Archive, file: str, limits: Limits) -> Iterator[StoredSheet | Remark]:
    """The worksheets of a workbook, with what there is to say of them. Raises Refused."""
    parts = _sheet_parts(archive, file)
    yield from contents(archive, file)
    check_shared_texts(archive, file)
    scanned = _scan(archive, parts, file, limits)
    archive.check_rest()
    yield from read_values(data, scanned, file, SheetAgain(archive, parts, file))


def read_values(
    data: bytes, scanned: Mapping[str, Scanned], file: str, again: SheetAgain | None = None
) -> Iterator[StoredSheet | Remark]:
    """The values of the worksheets as calamine reads them, joined with what the scan found. Raises Refused.

    again  walks a sheet once more where calamine and the scan do not agree
    """
    reading = ""
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        for number, sheet in enumerate(workbook.sheets_metadata):
            if sheet.typ is not SheetTypeEnum.WorkSheet:
                yield Remark("FIL-023", "is a chart or macro sheet, not a worksheet", file, sheet.name)
                continue
            if sheet.name not in scanned:
                raise Refused(Remark("FIL-011", f"the sheet {sheet.name[:100]!r} has no part of its own", file))
            reading = sheet.name
            rows: list[list[Any]] = workbook.get_sheet_by_index(number).to_python(skip_empty_area=False)
            columns = columns_of(rows)
            surveyed = survey(columns)
            if again:
                again.check_count(sheet.name, columns, surveyed, scanned[sheet.name])
                if any(time in kinds for kinds, _ in surveyed):
                    columns = again.without_false_times(sheet.name, columns, scanned[sheet.name])
                    surveyed = survey(columns)
            visible = sheet.visible is SheetVisibleEnum.Visible
            yield from joined(file, sheet.name, visible, columns, scanned[sheet.name], surveyed)
    except CalamineError as error:
        if again and reading:
            again.find_unreadable(reading, scanned[reading])
        what = "the sheet" if reading else "the workbook"
        raise Refused(Remark("FIL-011", f"{what} cannot be read ({error})", file, reading)) from None


def joined(
    file: str,
    sheet: str,
    visible: bool,
    columns: Columns,
    scanned: Scanned,
    surveyed: Sequence[Survey] | None = None,
) -> Iterator[StoredSheet | Remark]:
    """A sheet as stored, and a remark for each merged range in its data."""
    scanned.check_faults()
    columns = tidy(columns, scanned.faults, surveyed)
    height = len(columns[0]) if columns else 0
    hidden = sorted(position for position in scanned.hidden_columns if position < len(columns))
    yield StoredSheet(file, sheet, columns, scanned.faults, visible, scanned.hidden_rows.within(height), hidden)
    yield from merged_below_heading(file, sheet, scanned.merged, columns)


def related_parts(archive: Archive, file: str, part: str) -> dict[str, tuple[str, str]]:
    """Relationships of a part: id -> last word of the type, and the target as the archive names it ("" if none)."""
    folder, name = posixpath.split(part)
    relations = archive.find(f"{folder}/_rels/{name}.rels")
    if relations is None:
        raise Refused(Remark("FIL-009", f"is a zip archive without {folder}/_rels/{name}.rels, not a workbook", file))
    found = {}
    for attributes in elements(archive, relations, file, "Relationship"):
        target = attributes.get("Target", "")
        path = target if target.startswith(("/", "\\")) else f"{folder}/{target}"
        kind = attributes.get("Type", "").rpartition("/")[2]
        found[attributes.get("Id", "")] = (kind, archive.find(path) or "")
    return found


def elements(archive: Archive, part: str, file: str, name: str) -> list[_Attributes]:
    """Attributes of each element of that (local) name in an XML part; attribute names without prefix."""
    found: list[_Attributes] = []

    def start(tag: str, attributes: _Attributes) -> None:
        if tag.rpartition(":")[2] == name:
            found.append({key.rpartition(":")[2]: value for key, value in attributes.items()})

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(archive.read(part), True)
    except (expat.ExpatError, ValueError) as error:
        raise Refused(Remark("FIL-011", f"the part {part} is damaged ({error})", file)) from None
    return found


def check_sheet_names(names: list[str], file: str, limits: Limits) -> None:
    """Refuses a workbook without sheets, with too many, or with two that a spreadsheet program cannot tell apart."""
    if not names:
        raise Refused(Remark("FIL-009", "holds no sheet", file))
    if len(names) > limits.sheets:
        raise Refused(Remark("FIL-005", f"holds {len(names)} sheets and the limit is {limits.sheets}", file))
    folded = [name.casefold() for name in names]
    twice = next((name for name in names if folded.count(name.casefold()) > 1), None)
    if twice is not None:
        raise Refused(Remark("FIL-011", f"two sheets are named {twice[:100]!r}", file))


def _sheet_parts(archive: Archive, file: str) -> dict[str, str]:
    """Sheet name -> name of its part ("" where it has none), in the order of the workbook."""
    workbook = archive.find("xl/workbook.xml")
    if workbook is None:
        raise Refused(Remark("FIL-009", "is a zip archive without xl/workbook.xml, not a workbook", file))
    related = related_parts(archive, file, workbook)
    sheets = elements(archive, workbook, file, "sheet")
    names = [sheet.get("name", "") for sheet in sheets]
    check_sheet_names(names, file, archive.limits)
    ids = [sheet.get("id", "") for sheet in sheets]
    return {name: related.get(ident, ("", ""))[1] for name, ident in zip(names, ids, strict=True)}


def _scan(archive: Archive, parts: Mapping[str, str], file: str, limits: Limits) -> dict[str, Scanned]:
    scanned: dict[str, Scanned] = {}
    cells = 0
    for sheet, part in parts.items():
        if part:
            used = UsedRange(limits, file, sheet, cells)
            scanned[sheet] = scan_sheet_xml(archive.stream(part, xml=True), used, part)
            cells = used.cells
    return scanned


def contents(archive: Archive, file: str) -> Iterator[Remark]:
    """Notes on what a workbook brings along besides its sheets."""
    names = [name.lower() for name in archive.names]
    if any(name.startswith(("xl/vbaproject", "xl/macrosheets/")) for name in names):
        yield Remark("FIL-024", "holds macros", file)
    links = [name for name in archive.names if name.lower().startswith("xl/externallinks/externallink")]
    live = [name for name in links if b"ddeLink" in archive.read(name)]
    if len(links) > len(live):
        yield Remark("FIL-025", f"holds {counted(len(links) - len(live), 'link')} to other workbooks", file)
    if live:
        yield Remark("FIL-026", "holds a live link to another program (DDE)", file)
