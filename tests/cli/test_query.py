"""`reporting query`: table, JSON, CSV and exit codes."""

from __future__ import annotations

import builtins
import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from reporting.cli import main
from tests.batch.runs import run_of
from tests.factories import base_sheets

Captured = pytest.CaptureFixture[str]
SQL = "select figure, value, unit from latest where figure in ('leverage_ratio', 'tier1_capital') order by figure"
NAME = '=HYPERLINK("x")'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("query") / "out"
    sheets = base_sheets()
    sheets["entity"][0]["name"] = NAME
    run_of(sheets, out)
    return str(out)


def test_the_answer_is_a_table_with_its_size_on_standard_error(root: str, capsys: Captured) -> None:
    assert main(["query", root, SQL]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "figure                     value  unit",
        "leverage_ratio  5.59573918035851  %",
        "tier1_capital          5,000,000  money",
    ]
    assert printed.err == "2 rows from 1 runs\n"
    assert main(["query", root, SQL, "-q"]) == 0
    assert capsys.readouterr().err == ""


def test_json_has_columns_and_rows(root: str, capsys: Captured) -> None:
    assert main(["query", root, SQL, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["columns"] == ["figure", "value", "unit"]
    assert answer["rows"][1] == ["tier1_capital", 5_000_000.0, "money"]


def test_no_text_in_csv_is_a_formula(root: str, capsys: Captured) -> None:
    assert main(["query", root, "select distinct institution, 1, -2.5, true, null from figures", "--csv", "-q"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[1] == [f"'{NAME}", "1", "-2.5", "true", ""]


def test_an_answer_without_rows_is_its_headings(root: str, capsys: Captured) -> None:
    assert main(["query", root, "select lei, value from latest where false", "-q"]) == 0
    assert capsys.readouterr().out == "lei  value\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["{root}", "select * from figurs"],
            "the query cannot be answered: Catalog Error: Table with name figurs",
        ),
        (["{root}", "drop table figures"], "the query is DROP, must be a SELECT: runs are never changed"),
        (["{root}", "select 1", "--json", "--csv"], "--json and --csv exclude each other"),
        (["{root}x", "select 1"], "output root {root}x does not exist, did you mean {root}?"),
        (["{folder}", "select 1"], "holds no runs: give the folder named by --out"),
    ],
)
def test_a_wrong_argument_is_exit_code_3(
    arguments: list[str], message: str, root: str, tmp_path: Path, capsys: Captured
) -> None:
    fill = {"root": root, "folder": str(tmp_path)}
    assert main(["query", *(argument.format(**fill) for argument in arguments)]) == 3
    assert message.format(**fill) in capsys.readouterr().err


def test_without_duckdb_it_is_said_what_to_install(
    root: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    real = builtins.__import__

    def without(
        name: str,
        names: Mapping[str, object] | None = None,
        local: Mapping[str, object] | None = None,
        wanted: Sequence[str] | None = (),
        level: int = 0,
    ) -> object:
        if name == "duckdb":
            raise ModuleNotFoundError(name)
        return real(name, names, local, wanted, level)

    monkeypatch.setattr(builtins, "__import__", without)
    assert main(["query", root, SQL]) == 4
    assert "queries need DuckDB: pip install 'reporting[query]'" in capsys.readouterr().err
