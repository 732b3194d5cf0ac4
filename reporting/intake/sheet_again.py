"""A worksheet walked once more, cell by cell, where what calamine reads and what the scan saw do not agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time

from reporting.intake.guard import Archive
from reporting.intake.packing import Survey
from reporting.intake.shared_texts import count_shared_texts
from reporting.intake.sheet_walk import SecondLook, walk_sheet_xml
from reporting.intake.stored import LISTED, Columns, Scanned, UsedRange


class SheetAgain:
    """The sheets of a workbook, at hand for a second look.

    parts  sheet -> name of its part
    """

    def __init__(self, archive: Archive, parts: Mapping[str, str], file: str) -> None:
        self._archive, self._parts, self._file = archive, parts, file

    def check_count(self, sheet: str, columns: Columns, surveyed: Sequence[Survey], scanned: Scanned) -> None:
        """Fewer values than the scan counted are a cell that stands twice, or an empty text. Raises Refused."""
        filled = sum(len(column) - empty for column, (_, empty) in zip(columns, surveyed, strict=True))
        if filled < scanned.valued:
            self._walk(sheet, scanned, SecondLook())

    def find_unreadable(self, sheet: str, scanned: Scanned) -> None:
        """Raises Refused with the cell that calamine cannot take, where it is found."""
        self._walk(sheet, scanned, SecondLook(texts=count_shared_texts(self._archive, self._file)))

    def without_false_times(self, sheet: str, columns: Columns, scanned: Scanned) -> Columns:
        """The columns with numbers in place of the times that calamine makes of numbers below zero.

        A number in the format of a date loses its sign there. The first LISTED times are looked up.
        """
        places = [
            (row, position) for position, column in enumerate(columns) for row, value in enumerate(column, 1)
            if type(value) is time
        ]  # fmt: skip
        look = SecondLook(wanted=dict.fromkeys(places[:LISTED], ""))
        self._walk(sheet, scanned, look)
        changed = [list(column) for column in columns]
        for (row, position), value in look.wanted.items():
            if value.startswith("-"):
                changed[position][row - 1] = float(value)
        return list(changed)

    def _walk(self, sheet: str, scanned: Scanned, look: SecondLook) -> None:
        used = UsedRange(scanned.used.limits, self._file, sheet)
        part = self._parts[sheet]
        walk_sheet_xml(self._archive.stream(part, xml=True), used, part, look)
