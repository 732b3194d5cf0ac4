"""What the help must not wait for: no heavy library is imported before a command is known."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.help_texts import COMMANDS

HEAVY = ("duckdb", "numpy", "openpyxl", "pandas", "pandera", "pyarrow", "rich", "weasyprint", "xlsxwriter")


def imported(project: Path, *arguments: str) -> set[str]:
    """Top-level packages that a process of its own imports, as `-X importtime` lists them."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "reporting.cli", *arguments],
        cwd=project, env=dict(os.environ), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name.split(".")[0] for name in re.findall(r"^import time: .*\| +(\S+)$", done.stderr, re.MULTILINE)}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(option: str, project: Path) -> None:
    found = imported(project, option)
    assert "reporting" in found
    assert "typer" in found
    assert found.isdisjoint(HEAVY)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_imports_nothing_heavy(command: str, project: Path) -> None:
    assert imported(project, command, "--help").isdisjoint(HEAVY)


def test_a_command_at_work_is_seen_to_import_what_it_needs(project: Path) -> None:
    """So that the tests above cannot pass because the listing is read in the wrong way."""
    assert {"numpy", "pandas"} <= imported(project, "parameters", "--jurisdiction", "eu", "--on", "2026-09-30")
