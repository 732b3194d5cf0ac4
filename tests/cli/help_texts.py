"""The help of every command, at a fixed width."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from unittest import mock

from reporting.cli import main

COMMANDS = ("check", "run", "batch", "init", "explain", "diff", "verify", "query", "rules", "parameters")


def help_texts() -> Iterator[str]:
    """The help texts, in the order of the program."""
    for command in COMMANDS:
        printed = io.StringIO()
        with (
            mock.patch.dict(os.environ, {"COLUMNS": "110", "TERMINAL_WIDTH": "110"}),
            contextlib.redirect_stdout(printed),
        ):
            assert main([command, "--help"]) == 0
        lines = printed.getvalue().strip().splitlines()
        yield "\n".join(line.rstrip() for line in lines)
