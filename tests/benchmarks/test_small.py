"""Each benchmark at a tiny size, so that none rots. No time is asserted: those stand in ratios.json."""

from __future__ import annotations

import gc
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks import banks, batch, contagion, measured, reading, sa_ccr, start_up, whole
from tests.benchmarks.libraries import content_of, parts, printed
from tests.benchmarks.measured import Measured, alarms, kept_ratios
from tests.benchmarks.plot import plot
from tests.benchmarks.submission import Size, write_submission
from tests.real_banks import needs_real_data

SMALL = Size(exposures=40, counterparties=8, lines=6)


@pytest.fixture(autouse=True)
def quick_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is timed here, so nobody waits for the garbage of all other tests."""
    monkeypatch.setattr(gc, "collect", lambda: 0)


@pytest.mark.parametrize(
    "benchmark",
    [
        pytest.param(lambda: whole.measure(SMALL, rounds=1), id="whole", marks=pytest.mark.slow),
        pytest.param(lambda: reading.measure(SMALL, rounds=1), id="read"),
        pytest.param(lambda: banks.measure(most=1, rounds=1), id="banks", marks=[needs_real_data, pytest.mark.slow]),
        pytest.param(lambda: start_up.measure(rounds=1), id="help"),
        pytest.param(lambda: sa_ccr.measure(sizes=(400, 800), rounds=1), id="sa_ccr"),
        pytest.param(lambda: contagion.clearing(sizes=(40,), rounds=1), id="clearing"),
        pytest.param(lambda: contagion.one_shock(sizes=(40,), rounds=1), id="debtrank"),
        pytest.param(lambda: contagion.ranking({(40, 0.83): 1.0}), id="ranking"),
        pytest.param(lambda: batch.measure(count=1, rows=20, more='outputs = ["json"]'), id="batch"),
    ],
)
def test_a_benchmark_measures_a_ratio_and_says_what_it_is(benchmark: Callable[[], Measured]) -> None:
    found = benchmark()
    assert found.ratio is not None
    assert found.ratio > 0
    assert found.name in kept_ratios()
    assert all(re.search(r"\d", line) for line in found.lines)


def test_cost_is_drawn_against_size(tmp_path: Path) -> None:
    measured = contagion.one_shock(sizes=(20, 40), rounds=1)
    svg = plot([measured], tmp_path / "out").read_text(encoding="utf-8")
    assert "Institutions, out-degree 20" in svg
    assert "DebtRank, one shock: products alone" in svg


def test_the_libraries_make_the_very_files_that_a_run_makes(tmp_path: Path) -> None:
    content = content_of(write_submission(tmp_path / "small.xlsx", SMALL))
    for task in parts(content).values():
        task()
    assert printed(content)[:5] == b"%PDF-"
    _, workbook = content.workbook.replay()
    assert _sheets(workbook) == _sheets(content.attached["report.xlsx"])


def _sheets(workbook: bytes) -> dict[str, str]:
    """The XML of the sheets; formats are numbered in the order of their use, which may differ."""
    with zipfile.ZipFile(BytesIO(workbook)) as archive:
        names = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return {name: re.sub(r' s="\d+"', "", archive.read(name).decode()) for name in names}


def test_without_the_data_the_banks_are_skipped_with_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(banks, "FOLDER", tmp_path / "nowhere")
    found = banks.measure()
    assert found.ratio is None
    assert "EBA 2016 data are not here" in found.lines[0]


@pytest.mark.parametrize(
    ("ratio", "alarm"),
    [
        (2.49, ""),
        (2.51, "read: 2.51, was 2.00, alarm above 1.25 times that"),
        (3.1, "read: 3.10, must be at most 3.0"),
    ],
)
def test_the_alarm_is_at_a_quarter_above_what_is_kept_and_at_the_limit(ratio: float, alarm: str) -> None:
    assert alarms([Measured("read", ratio, 3.0, ())], {"read": 2.0}) == ([alarm] if alarm else [])


def test_a_ratio_that_is_not_kept_is_an_alarm_and_a_skipped_one_is_none() -> None:
    assert alarms([Measured("new", 1.0, None, ())], {}) == ["new: 1.00, and no ratio is kept to compare it with"]
    assert alarms([Measured("banks", None, None, ("skipped",))], {}) == []


@pytest.mark.parametrize(("ratio", "code"), [(1.0, 0), (9.9, 1)])
def test_the_exit_code_of_check_tells_what_is_too_slow(
    ratio: float, code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measured, "KEPT", tmp_path / "ratios.json")
    measured.KEPT.write_text('{"help": 1.0}', encoding="utf-8")
    monkeypatch.setattr(command, "BENCHMARKS", {"help": lambda: Measured("help", ratio, None, ("a line",))})
    assert command.main(["--check"]) == code
    assert ("too slow: help: 9.90" in capsys.readouterr().err) == bool(code)
    assert command.main(["--keep"]) == 0
    assert kept_ratios() == {"help": ratio}
