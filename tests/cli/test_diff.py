"""`reporting diff`: text, JSON, thresholds and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reporting.batch import Options
from reporting.cli import main
from tests.batch.runs import changed_sheets, run_of
from tests.factories import LEI, base_sheets

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two versions of one date."""
    out = tmp_path_factory.mktemp("diff") / "out"
    options = Options(outputs=("json", "xlsx"))
    return str(run_of(base_sheets(), out, options=options)), str(run_of(changed_sheets(), out, options=options))


def test_a_change_is_printed_with_its_size_its_cause_and_its_cells(two: tuple[str, str], capsys: Captured) -> None:
    assert main(["diff", *two]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0] == f"Testbank AG ({LEI}): 2026-09-30 v01 -> 2026-09-30 v02"
    assert "  data: sheet balance_sheet: 0 rows added, 0 removed, 1 changed" in lines
    place = lines.index("total_assets  89,600,000.00 -> 90,100,000.00 (+500,000, +0.558 %), cause: data")
    assert lines[place + 1] == "    changed bank.xlsx!balance_sheet!C2 gross_carrying_amount 90000 -> 90500 (+500)"
    assert "    row removed bank.xlsx!exposures!I3 nominal 1000 (-1,000)" in lines
    assert lines[-1].endswith("figures changed; 0 changes are below the thresholds")
    assert printed.err == ""


def test_thresholds_leave_out_and_count_what_is_smaller(two: tuple[str, str], capsys: Captured) -> None:
    assert main(["diff", *two, "--relative", "50"]) == 0
    printed = capsys.readouterr().out
    assert "off_balance_sheet_nominal  " in printed
    assert "total_assets  " not in printed
    assert "; 0 changes are below" not in printed


def test_json_holds_the_same(two: tuple[str, str], capsys: Captured) -> None:
    assert main(["diff", *two, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["before"]["version"], found["after"]["version"]) == ("v01", "v02")
    (assets,) = (change for change in found["changes"] if change["figure"] == "total_assets")
    assert (assets["difference"], assets["causes"], assets["driven_by"]) == (500_000.0, ["data"], 1)
    assert assets["drivers"][0]["after"] == "bank.xlsx!balance_sheet!C2"
    assert found["below_thresholds"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{one}", "{one}x"], "run folder {one}x does not exist, did you mean {one}?"),
        (["{one}", "{folder}"], "holds no figures.json"),
        (["{one}", "{one}", "--absolute", "-1"], "--absolute is -1.0, must be a number of 0 or more"),
        (["{one}", "{one}", "--relative", "nan"], "--relative is nan, must be a number of 0 or more"),
        (["{one}"], "Missing argument"),
    ],
)
def test_a_wrong_argument_is_exit_code_3(
    arguments: list[str], message: str, two: tuple[str, str], tmp_path: Path, capsys: Captured
) -> None:
    fill = {"one": two[0], "folder": str(tmp_path)}
    assert main(["diff", *(argument.format(**fill) for argument in arguments)]) == 3
    assert message.format(**fill) in capsys.readouterr().err
