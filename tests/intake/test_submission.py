"""From a file on disk to checked tables: reader, conversion and checks together."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from reporting.intake import load_submission
from reporting.intake.catalogue import all_rules
from reporting.intake.limits import Limits
from reporting.intake.schema import SchemaRule
from reporting.intake.tables import RawSubmission
from tests.intake.examples import example_submission, plant

# Faults that look the same in a workbook and in text files; a number stored as text is one in a workbook only.
_TWINS = (
    "BAL-004 BAL-006 CEL-001 CEL-004 CEL-012 CEL-014 CEL-015 CEL-018 CEL-021 CEL-023 CEL-024 CPT-002 EXP-001 EXP-002 "
    "EXP-022 OWN-004 REQ-001 SHT-007 SHT-008"
)


def written_workbook(raw: RawSubmission, path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for sheet in raw.sheets:
            page = book.add_worksheet(sheet.sheet)
            for row, cells in enumerate(sheet.rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, date):
                        page.write_datetime(row, column, cell, day)
                    elif isinstance(cell, bool):
                        page.write_boolean(row, column, cell)
                    elif isinstance(cell, float):
                        page.write_number(row, column, cell)
                    elif cell is not None:
                        page.write_string(row, column, str(cell))
    return path


def written_folder(raw: RawSubmission, folder: Path) -> Path:
    folder.mkdir()
    for sheet in raw.sheets:
        with (folder / f"{sheet.sheet}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["" if c is None else str(c) for c in row] for row in sheet.rows])
    return folder


def frames(tables: Mapping[str, object]) -> Mapping[str, pd.DataFrame]:
    return {name: table.frame for name, table in tables.items()}  # type: ignore[attr-defined]


def test_workbook_and_text_files_of_the_same_data_give_the_same_tables(tmp_path: Path) -> None:
    raw = example_submission()
    book = load_submission(written_workbook(raw, tmp_path / "bank.xlsx"))
    folder = load_submission(written_folder(raw, tmp_path / "bank"))
    assert [str(p) for c in (book, folder) for b in c.breaches for p in b.problems] == []
    assert list(book.tables) == list(folder.tables)
    for name, frame in frames(book.tables).items():
        pd.testing.assert_frame_equal(frame, frames(folder.tables)[name])
    assert [file.path for file in book.files] == ["bank.xlsx"]
    assert len(folder.files) == len(raw.sheets)


@pytest.mark.parametrize("rule", [all_rules()[code] for code in _TWINS.split()], ids=lambda rule: rule.code)
def test_workbook_and_text_files_with_the_same_fault_get_the_same_verdict(tmp_path: Path, rule: SchemaRule) -> None:
    raw = plant(example_submission(), rule, rule.fails).raw
    book = load_submission(written_workbook(raw, tmp_path / "bank.xlsx"))
    folder = load_submission(written_folder(raw, tmp_path / "bank"))

    def verdict(breaches: object) -> list[tuple[str, str, str]]:
        problems = [p for b in breaches for p in b.problems]  # type: ignore[attr-defined]
        return [(p.rule.code, p.where.column, str(p.where).partition("!")[2].rpartition("!")[2]) for p in problems]

    assert [code for code, _, _ in verdict(book.breaches)] == [rule.code, *rule.also]
    assert verdict(book.breaches) == verdict(folder.breaches)


def test_order_of_sheets_columns_and_rows_changes_nothing(tmp_path: Path) -> None:
    raw = example_submission()
    turned = replace(
        raw,
        sheets=tuple(
            replace(s, rows=[list(reversed(row)) for row in (s.rows[0], *reversed(s.rows[1:]))])
            for s in reversed(raw.sheets)
        ),
    )
    straight = load_submission(written_workbook(raw, tmp_path / "a.xlsx"))
    back = load_submission(written_workbook(turned, tmp_path / "b.xlsx"))
    assert back.breaches == straight.breaches == ()
    assert list(back.tables) == list(straight.tables)
    for name, frame in frames(straight.tables).items():
        other = frames(back.tables)[name].iloc[::-1].reset_index(drop=True)
        pd.testing.assert_frame_equal(frame.reset_index(drop=True), other)


def test_file_that_cannot_be_read_gives_no_tables_and_its_problems(tmp_path: Path) -> None:
    path = tmp_path / "bank.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    checked = load_submission(path)
    assert checked.tables == {}
    assert checked.name == "bank.xlsx"
    assert [b.rule.code[:3] for b in checked.breaches] == ["FIL"]


def test_limits_reach_the_reader(tmp_path: Path) -> None:
    path = written_workbook(example_submission(), tmp_path / "bank.xlsx")
    assert [b.rule.code for b in load_submission(path, Limits(sheets=2)).breaches] == ["FIL-005"]


def test_overrides_file_is_read_beside_the_submission(tmp_path: Path) -> None:
    rule = all_rules()["EXP-003"]
    path = written_workbook(plant(example_submission(), rule, rule.fails).raw, tmp_path / "bank.xlsx")
    overrides = tmp_path / "accepted.yaml"
    overrides.write_text(
        "overrides:\n"
        "- {rule: EXP-003, cells: exposures!G2, reason: Booked on 1 October, name: A. Smith}\n"
        "- {rule: EXP-004, reason: Not needed, name: A. Smith}\n"
        "- {rule: EXP-003}\n",
        encoding="utf-8",
    )
    checked = load_submission(path, overrides=overrides)
    told = {b.rule.code: b for b in checked.breaches}
    assert told["EXP-003"].problems[0].override is not None
    assert told["EXP-003"].blocks == ()
    assert str(told["OVR-002"].problems[0].where) == "accepted.yaml"
    assert "override 2 (EXP-004) accepts nothing" in str(told["OVR-005"].problems[0])
