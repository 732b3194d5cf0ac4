"""Every printed figure of a report: where it stands, and what it must be according to figures.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import takewhile
from math import fsum
from pathlib import Path
from typing import Any

from reporting.reports.model import Grid, Line, Lines, Report, Section, Shown


@dataclass(frozen=True)
class Row:
    """A printed row.

    sheet   of the workbook
    block   title of the table; "" for the key figures
    before  texts that stand before the values: row code and label
    values  in the order of print; None for a column without a value
    after   text behind them
    first   column of the workbook, from 1, in which the first value stands
    grid    True for the row of a table figure; in other rows the second value is the earlier one, the third the change
    """

    sheet: str
    block: str
    before: tuple[str, ...]
    values: tuple[Shown | None, ...]
    after: str
    first: int
    grid: bool = False

    @property
    def place(self) -> str:
        return " ".join((self.block or "Key figures", *self.before))


def rows(report: Report, sheets: Mapping[str, str]) -> Iterator[Row]:
    """All rows with values; `sheets` gives the sheet of a section."""
    for key in report.key_figures:
        values = (key.current, key.previous, key.change, key.limit, key.headroom)
        yield Row("Summary", "", (key.label,), values, key.status_text, 2)
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Lines):
                yield from (_line(sheets[section.id], block, line) for line in block.lines if not line.heading)
            elif isinstance(block, Grid):
                yield from _grid(sheets[section.id], block)


def _line(sheet: str, block: Lines, line: Line) -> Row:
    values = (line.current, line.previous, line.change)
    return Row(sheet, block.title, (line.row, line.label), values, line.reference, 3)


def _grid(sheet: str, block: Grid) -> Iterator[Row]:
    for cells in (*block.rows, *((block.total,) if block.total else ())):
        leading = takewhile(lambda cell: isinstance(cell.value, str) or not cell.figure, cells)
        texts = tuple(cell.text for cell in leading)
        yield Row(sheet, block.title, texts, cells[len(texts) :], "", 2 + len(texts), grid=True)


def sections_by_id(sections: tuple[Section, ...], sheets: tuple[str, ...]) -> dict[str, str]:
    """Section -> name of its sheet."""
    return {section.id: sheet for section, sheet in zip(sections, sheets, strict=True)}


def read_figures(run: Path) -> dict[str, Any]:
    """figures.json; ValueError for NaN and infinities, which JSON does not have."""

    def refuse(text: str) -> float:
        raise ValueError(f"{run.name}/figures.json holds {text}")

    content: dict[str, Any] = json.loads((run / "figures.json").read_text(encoding="utf-8"), parse_constant=refuse)
    return content


@dataclass(frozen=True)
class Filed:
    """The figures of two runs, as filed."""

    now: Mapping[str, Mapping[str, Any]]
    before: Mapping[str, Mapping[str, Any]]

    def value(self, shown: Shown) -> Any:
        """The current value behind a printed one; for the total of a table the exact sum of its column."""
        record = self.now[shown.figure]
        if "rows" not in record:
            return record["value"]
        if not shown.key:
            return fsum(row[shown.column] for row in record["rows"] if row[shown.column] is not None)
        (row,) = (row for row in record["rows"] if row[record["key"]] == shown.key)
        return row[shown.column]

    def previous(self, shown: Shown) -> Any:
        """The value of the earlier run."""
        return self.before[shown.figure]["value"]

    def change(self, shown: Shown) -> Any:
        """The later value less the earlier one."""
        now, before = self.value(shown), self.previous(shown)
        return now - before if isinstance(now, float) and isinstance(before, float) else None


def filed(now: Path, before: Path) -> Filed:
    """The figures of both run folders."""
    by_name = [{record["name"]: record for record in read_figures(run)["figures"]} for run in (now, before)]
    return Filed(*by_name)


def rounded(value: Any, form: str, unit: int, money_decimals: int, percent_decimals: int) -> str:
    """A number as it must be printed, by a second implementation of the rounding policy: half away from zero, once."""
    scale, decimals = (
        (unit, money_decimals) if form == "money" else (1, {"points": 4, "count": 0}.get(form, percent_decimals))
    )
    exact = Decimal(repr(float(value))) / scale
    number = exact.quantize(Decimal(10) ** -decimals, ROUND_HALF_UP)
    text = f"{abs(number):,.{decimals}f}"
    return f"({text})" if number < 0 else text
