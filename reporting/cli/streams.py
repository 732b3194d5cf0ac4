"""Standard streams that are closed, or whose reader has gone, end a command quietly and with a code of their own."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from reporting.cli.exits import Exit


def open_closed_streams() -> None:
    """What was closed by who called us swallows what is printed: a file opened later must not take its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end


def reader_gone() -> int:
    """Exit code for a closed pipe. What is still to be printed goes nowhere, so that nothing fails at the end."""
    drop(sys.stdout)
    drop(sys.stderr)
    return int(Exit.READER_GONE)


def drop(stream: TextIO) -> None:
    """Let a stream that cannot be written lead nowhere."""
    with suppress(OSError, ValueError):  # a stream without a number of its own, as in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
