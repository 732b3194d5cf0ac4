"""Merged cells in the data: all of them but the first are blank, whatever the screen shows."""

from __future__ import annotations

from collections.abc import Iterable

from reporting.intake.cell_names import Rectangle, address, letters
from reporting.intake.stored import Columns, Remark


def merged_below_heading(file: str, sheet: str, merged: Iterable[Rectangle], columns: Columns) -> list[Remark]:
    """A remark for each merged range that reaches below the heading.

    The heading is the first of the rows that hold the most texts: a title above it may be merged, data may not,
    because all cells of a merged range but the first are empty.
    """
    ranges = sorted(merged)
    heading = _heading_row(columns) if ranges else 0
    return [
        Remark("SHT-101", f"the range {address(r)} is merged", file, sheet, letters(r[1]), r[0], r[2])
        for r in ranges
        if r[2] > heading
    ]


def _heading_row(columns: Columns, looked_at: int = 100) -> int:
    heads = [column[:looked_at] for column in columns]
    texts = [sum(isinstance(value, str) for value in row) for row in zip(*heads, strict=True)]
    return texts.index(max(texts)) + 1 if texts else 0
