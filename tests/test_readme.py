"""Everything the README shows is run, and its tables are made from the schemas and the program."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from reporting.cli import main
from reporting.intake.catalogue import all_rules
from reporting.intake.schema import Schema, load_network_schemas, load_schemas
from tests.cli.help_texts import help_texts

README = Path(__file__).parents[1] / "README.md"


def text() -> str:
    return README.read_text(encoding="utf-8")


def commands() -> list[str]:
    return [line.strip() for line in text().splitlines() if line.strip().startswith("reporting ")]


def sheets_table() -> str:
    return "\n".join(sheet_lines(load_schemas()))


def sheet_lines(schemas: Mapping[str, Schema]) -> list[str]:
    lines = ["| sheet | one row for | columns (**required**) |", "|---|---|---|"]
    for name, schema in schemas.items():
        columns = ", ".join(
            f"**{c.name}**" if c.required else c.name for c in schema.columns.values() if c.name != "note"
        )
        lines.append(f"| `{name}` | {schema.about} | {columns} |")
    return lines


def network_table() -> str:
    return "\n".join(sheet_lines(load_network_schemas()))


def commands_table() -> str:
    return "\n\n".join(f"```\n{help_text}\n```" for help_text in help_texts())


@pytest.mark.parametrize(
    ("mark", "made"), [("sheets", sheets_table), ("network", network_table), ("commands", commands_table)]
)
def test_the_tables_are_those_of_the_program(mark: str, made: object, request: pytest.FixtureRequest) -> None:
    wanted = f"<!-- {mark} -->\n{made()}\n<!-- /{mark} -->"  # type: ignore[operator]
    pattern = re.compile(rf"<!-- {mark} -->.*?<!-- /{mark} -->", re.DOTALL)
    if request.config.getoption("--update-goldens"):
        README.write_text(pattern.sub(lambda _: wanted, text()), encoding="utf-8")
    found = pattern.search(text())
    assert found is not None
    assert found[0] == wanted, "run pytest tests/test_readme.py --update-goldens"


@pytest.mark.slow
def test_every_command_shown_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(README.parent / "sample_inputs", tmp_path / "sample_inputs")
    monkeypatch.chdir(tmp_path)
    shown = commands()
    assert len(shown) >= 8
    for command in shown:
        expected = 2 if "broken" in command else 0
        assert main(shlex.split(command)[1:]) == expected, command


@pytest.mark.parametrize("printed", ["leverage_ratio = ", "[SYS-004]"])
def test_the_python_examples_run(printed: str) -> None:
    (example,) = (e for e in python_examples() if ("load_system" in e) == printed.startswith("[SYS"))
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=README.parent, capture_output=True, text=True, check=True
    )
    assert printed in done.stdout


def python_examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", text(), re.DOTALL)


def test_every_rule_that_refers_to_the_readme_names_one_of_its_headings() -> None:
    headings = {line.removeprefix("## ").lower() for line in text().splitlines() if line.startswith("## ")}
    named = {rule.rule.reference for rule in all_rules().values() if rule.rule.reference.startswith("README")}
    assert named
    assert {reference.removeprefix("README, ") for reference in named} <= headings
