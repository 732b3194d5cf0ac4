"""A run lies below the folder that was asked for, and that folder is looked at before any work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reporting.batch import Options, PlaceFault, UnwritableError, check_place, place_of, run_unit
from reporting.portfolio import Portfolio
from reporting.problems import InputRejected
from tests.factories import LEI, base_sheets, portfolio_of, write_workbook


def named(lei: str) -> Portfolio:
    portfolio = portfolio_of(base_sheets())
    return replace(portfolio, entity=replace(portfolio.entity, lei=lei))


@pytest.mark.parametrize("lei", ["../../../pwn", "/absolute", "a/b", "..", "", LEI + "\n", LEI.replace("0", "\u0660")])
def test_a_lei_of_another_shape_names_no_folder(tmp_path: Path, lei: str) -> None:
    with pytest.raises(InputRejected) as rejected:
        place_of(tmp_path / "out", named(lei))
    problem = rejected.value.breaches[-1].problems[0]
    assert str(problem).startswith("testbank.xlsx!entity: lei is ")
    assert "would name the folder of the run, must consist of 18 capitals or digits" in str(problem)


@pytest.mark.parametrize("accepted", [False, True])
def test_a_lei_that_leads_out_of_the_folder_writes_nothing(tmp_path: Path, accepted: bool) -> None:
    sheets = base_sheets()
    sheets["entity"][0]["lei"] = "../../../pwn"
    (tmp_path / "in").mkdir()
    path = write_workbook(tmp_path / "in" / "bank.xlsx", sheets)
    overrides = tmp_path / "in" / "overrides.yaml"
    overrides.write_text("overrides: [{rule: CEL-020, reason: tried, name: A. Meier}]", encoding="utf-8")
    with pytest.raises(InputRejected) as rejected:
        run_unit(path, tmp_path / "a" / "b" / "out", Options(partial=True, overrides=overrides if accepted else None))
    assert [b.count for b in rejected.value.breaches if b.rule.code == "CEL-020"] == [1]
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["bank.xlsx", "in", "overrides.yaml"]


def test_a_folder_behind_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "2026-09-30").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PlaceFault, match="is a link"):
        place_of(tmp_path / "out", named(LEI))


def test_a_relative_folder_is_one_below_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert place_of(Path("out"), named(LEI)) == Path("out") / "2026-09-30" / LEI
    assert place_of(Path(), named(LEI)) == Path("2026-09-30") / LEI


def test_looking_at_the_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    check_place(tmp_path / "not" / "there" / "yet")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(PlaceFault, match=rf"cannot be made: {tmp_path / 'file'} is a file"):
            check_place(out)


def test_a_folder_in_place_of_the_log_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs.jsonl").mkdir()
    with pytest.raises(PlaceFault, match="the log of runs, is not a regular file"):
        check_place(tmp_path)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which not even root can write")
def test_a_folder_in_which_nobody_can_write_is_said() -> None:
    with pytest.raises(UnwritableError, match="the output folder /proc/x cannot be written, in /proc: "):
        check_place(Path("/proc/x"))


def test_a_name_that_is_too_long_is_said_in_short() -> None:
    with pytest.raises(PlaceFault, match="cannot be looked up: File name too long") as raised:
        check_place(Path("x" * 5_000))
    assert len(str(raised.value)) < 200
