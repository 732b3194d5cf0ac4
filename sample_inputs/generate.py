"""Writes the sample workbooks: `.venv/bin/python sample_inputs/generate.py [FOLDER]`.

Everything is drawn with fixed seeds and stamped with a fixed date: a second run writes the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from making.bank import northbank
from making.faults import FAULTS, sound
from making.ledger import DATES, SEPTEMBER
from making.system import system
from making.workbook import Sheet, Worksheet, sheets, write

_HERE = Path(__file__).resolve().parent


def write_northbank(folder: Path) -> None:
    """The two submissions of Northbank AG."""
    for day, submission in zip(DATES, northbank(), strict=True):
        contents = sheets(submission)
        if day == SEPTEMBER:
            _hide_a_row(contents["exposures"])
        write(folder / day.isoformat() / "northbank.xlsx", list(contents.values()))


def write_broken(folder: Path) -> None:
    """One workbook for each fault."""
    for name, fault in FAULTS.items():
        contents = sound()
        fault(contents)
        write(folder / f"{name}.xlsx", list(contents.values()), adorned=False)


def write_system(folder: Path) -> int:
    """The thirty institutions of the sample system; returns how many."""
    submissions = system(northbank()[1])
    for name, submission in submissions.items():
        write(folder / f"{name}.xlsx", list(sheets(submission).values()), adorned=False)
    return len(submissions)


def _hide_a_row(sheet: Sheet) -> None:
    """A row that a filter left hidden: a warning on purpose, see README.md."""
    row = next(i for i, row in enumerate(sheet.rows, 1) if row["ccf_category"] == "forward_asset_purchase")

    def hide(worksheet: Worksheet) -> None:
        worksheet.set_row(row, None, None, {"hidden": True})

    sheet.finish.append(hide)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else _HERE
    write_northbank(target / "northbank")
    write_broken(target / "broken")
    number = write_system(target / "system")
    print(f"wrote {len(DATES)} submissions of Northbank AG, {len(FAULTS)} broken workbooks and {number} of a system")
