"""SQL over the figures of all runs: everything that was computed, and nothing else on the machine."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reporting.batch.query import QueryFault, query
from reporting.measures import assess
from reporting.render.parquet import figures_parquet
from reporting.reports import build_report
from reporting.rulebook import load_rulebook
from tests.batch.runs import changed_sheets, of_day, run_of
from tests.factories import DAY, LEI, base_sheets, portfolio_of

COLUMNS = (
    "lei", "institution", "reference_date", "version", "currency", "report", "run_id", "figure", "key", "column",
    "value", "text", "unit", "status",
)  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two dates, the later in two versions."""
    out = tmp_path_factory.mktemp("query") / "out"
    run_of(of_day(date(2026, 6, 30)), out)
    run_of(base_sheets(), out)
    run_of(changed_sheets(), out)
    return out


def test_all_figures_of_all_runs_are_there_as_they_stand_in_the_json(root: Path) -> None:
    wanted: set[tuple[Any, ...]] = set()
    for path in root.glob("*/*/v*/figures.json"):
        content = json.loads(path.read_bytes())
        who = (content["institution"]["reference_date"], int(path.parent.name[1:]), content["run_id"])
        for figure in content["figures"]:
            if "rows" not in figure:
                wanted.add((*who, figure["name"], None, None, *parted(figure["value"], figure["reason"])))
                continue
            for row in figure["rows"]:
                key = row.pop(figure["key"])
                wanted |= {(*who, figure["name"], key, column, *parted(value)) for column, value in row.items()}
    found = query(root, 'select reference_date, version, run_id, figure, key, "column", value, text from figures')
    assert len(found.rows) > 300
    assert set(found.rows) == wanted
    assert found.runs == 3
    assert found.left_out == ()


def parted(value: Any, reason: str = "") -> tuple[float | None, str | None]:
    if value is None:
        return None, reason or None
    if isinstance(value, bool):
        return None, "true" if value else "false"
    return (None, value) if isinstance(value, str) else (float(value), None)


def test_the_views_have_the_columns_that_are_promised(root: Path) -> None:
    assert query(root, "select * from figures limit 0").columns == COLUMNS
    assert query(root, "select * from latest limit 0").columns == COLUMNS
    one = query(root, "select * from latest where figure = 'leverage_ratio' order by reference_date limit 1")
    assert one.rows[0][:6] == (LEI, "Testbank AG", "2026-06-30", 1, "EUR", "leverage")
    assert one.rows[0][-2:] == ("%", "available")


def test_latest_holds_the_last_version_of_each_date(root: Path) -> None:
    found = query(root, "select distinct reference_date, version from latest order by all")
    assert found.rows == (("2026-06-30", 1), ("2026-09-30", 2))


def test_blank_stays_apart_from_zero_and_from_not_available(tmp_path: Path) -> None:
    sheets = base_sheets()
    del sheets["own_funds"]
    run_of(sheets, tmp_path / "out")
    sql = "select value, text, status from figures where figure = 'leverage_ratio'"
    ((value, text, status),) = query(tmp_path / "out", sql).rows
    assert value is None
    assert "own_funds" in str(text)
    assert status == "not available"
    assert query(
        tmp_path / "out", "select count(*) from figures where status = 'blank' and value is not null"
    ).rows == ((0,),)


def test_the_same_figures_give_the_same_bytes() -> None:
    portfolio, rulebook = portfolio_of(base_sheets()), load_rulebook("eu", DAY)
    report = build_report("leverage", portfolio, assess(portfolio, rulebook), rulebook)
    assert figures_parquet(report) == figures_parquet(report)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select * from figurs", 'Did you mean "figures"'),
        ("selct 1", "syntax error"),
        ("", "has 0 statements, must be one SELECT"),
        ("select 1; select 2", "has 2 statements, must be one SELECT"),
        ("drop view latest", "is DROP, must be a SELECT"),
        ("insert into figures select * from figures", "is INSERT, must be a SELECT"),
        ("create table x as select 1", "is CREATE, must be a SELECT"),
        ("copy figures to '{folder}/x.csv'", "is COPY, must be a SELECT"),
        ("attach '{folder}/x.db'", "is ATTACH, must be a SELECT"),
        ("set enable_external_access = true", "is SET, must be a SELECT"),
        ("install httpfs", "must be a SELECT"),
        ("pragma database_list", "must be a SELECT"),
        ("select * from read_text('{folder}/secret.txt')", "Permission Error"),
        ("select * from read_csv('{folder}/secret.txt')", "Permission Error"),
        ("select * from read_parquet('{folder}/*.parquet')", "Permission Error"),
        ("select * from glob('{folder}/*')", "Permission Error"),
        ("select * from '{folder}/secret.csv'", "Permission Error"),
        ("select * from folders", "does not exist"),
        ("select * from arrow_figures", "does not exist"),
        ("select 1 / 'x'", "Conversion Error"),
    ],
)  # fmt: skip
def test_a_query_that_is_wrong_or_reaches_outside_is_refused(
    root: Path, tmp_path: Path, sql: str, message: str
) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (tmp_path / "secret.csv").write_text("a\nsecret\n", encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(QueryFault) as refused:
        query(root, sql.format(folder=tmp_path))
    assert message in str(refused.value)
    assert "secret\n" not in str(refused.value)
    assert sorted(tmp_path.iterdir()) == before


def test_the_reader_would_read_files_if_it_were_allowed(tmp_path: Path) -> None:
    """Without it the test above would also pass for queries that are wrong in themselves."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("select content from read_text(?)", [str(tmp_path / "secret.txt")])
        assert connection.fetchall() == [("secret",)]


def test_figures_that_were_changed_are_not_believed(root: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(root, tmp_path / "out")
    path = next(copy.glob("*/*/v01/figures.parquet"))
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(QueryFault, match="is not the file that the run wrote"):
        query(copy, "select 1")


def test_a_run_without_parquet_is_left_out_and_named(root: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(root, tmp_path / "out")
    folder = copy / "2026-06-30" / LEI / "v01"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["outputs"] = [entry for entry in manifest["outputs"] if entry["path"] != "figures.parquet"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    found = query(copy, "select distinct reference_date from figures")
    assert found.rows == (("2026-09-30",),)
    assert found.left_out == (f"2026-06-30/{LEI}/v01",)


def test_a_folder_without_runs_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no runs"):
        query(tmp_path, "select 1")


def test_values_that_json_does_not_have_become_text(root: Path) -> None:
    sql = "select 'nan'::double, 'infinity'::double, 1.10::decimal(9, 2), date '2026-09-30', [1, 2], true, null"
    assert query(root, sql).rows == (("nan", "inf", 1.1, "2026-09-30", "[1, 2]", True, None),)


def test_a_manifest_that_cannot_be_read_is_said(root: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(root, tmp_path / "out")
    (copy / "2026-06-30" / LEI / "v01" / "manifest.json").write_bytes(b"{")
    with pytest.raises(QueryFault, match="is not the manifest of a run"):
        query(copy, "select 1")
