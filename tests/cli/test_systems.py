"""The options of `reporting run` that a report about a system knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting.cli import main
from tests.portfolio.small_systems import write_network

NODES: dict[str, dict[str, object]] = {"N1": {}, "N2": {}, "N3": {}}
EDGES = [["N1", "N2", 10, "loan"], ["N2", "N3", 25, "loan"], ["N3", "N1", 5, "loan"]]


def network(tmp_path: Path) -> Path:
    """A folder with nodes and edges in a circle."""
    (tmp_path / "net").mkdir()
    return write_network(tmp_path / "net", NODES, EDGES)


def run(path: Path, out: Path, *options: str) -> int:
    return main(["run", str(path), "--out", str(out), "--quiet", *options])


@pytest.mark.parametrize(
    "option", [["--institution", "X"], ["--anonymise"], ["--rule", "larger"], ["--date", "2026-09-30"]]
)
def test_a_report_about_one_institution_knows_none_of_them(
    option: list[str], tmp_path: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    submission = project / "sample_inputs" / "northbank" / "2026-09-30" / "northbank.xlsx"
    assert run(submission, tmp_path / "out", *option) == 3
    assert "need a report about a system" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_overrides_are_of_one_submission(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "accepted.yaml").write_text("overrides: []", encoding="utf-8")
    folder = network(tmp_path)
    options = ("--report", "contagion", "--overrides", str(tmp_path / "accepted.yaml"))
    assert run(folder, tmp_path / "out", *options) == 3
    assert "--overrides" in capsys.readouterr().err


def test_an_edge_list_needs_its_date_and_gives_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = network(tmp_path)
    assert run(folder, tmp_path / "out", "--report", "contagion") == 3
    assert "name one (--date" in capsys.readouterr().err
    assert run(folder, tmp_path / "out", "--report", "contagion", "--date", "31.12.2026") == 3
    assert "must be a day such as" in capsys.readouterr().err
    assert run(folder, tmp_path / "out", "--report", "contagion", "--date", "2026-12-31", "--institution", "N2") == 0
    made = tmp_path / "out" / "2026-12-31" / "system-net-N2" / "v01"
    assert (made / "report.pdf").is_file()
    assert main(["explain", str(made), "bilateral_claims", "N1 | N2"]) == 0
    assert "edges.csv!" in capsys.readouterr().out


def test_an_institution_that_is_not_there_is_named_with_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = network(tmp_path)
    asked = ("--report", "contagion", "--date", "2026-12-31", "--institution", "N9")
    assert run(folder, tmp_path / "out", *asked) == 3
    assert "N9 is no institution of the system" in capsys.readouterr().err


def test_a_dry_run_names_the_folder_of_the_system(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = network(tmp_path)
    asked = ("--report", "contagion", "--date", "2026-12-31", "--dry-run")
    assert run(folder, tmp_path / "out", *asked) == 0
    assert "system-net" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()
