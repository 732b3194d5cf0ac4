"""`reporting --help` in a process of its own, against a Python that does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.benchmarks.clock import interleaved, medians
from tests.benchmarks.measured import Measured

_ROOT = Path(__file__).resolve().parents[2]
HELP = ("-m", "reporting.cli", "--help")
NOTHING = ("-c", "pass")


def measure(rounds: int = 15) -> Measured:
    """Processor time of the help divided by that of the bare interpreter."""
    tasks = {"help": lambda: _python(*HELP), "nothing": lambda: _python(*NOTHING)}
    interleaved(tasks, 1)  # leaves compiled modules behind, as an installation does
    taken = interleaved(tasks, rounds)
    middle = medians(taken)
    ratio = median(one["help"] / one["nothing"] for one in taken)
    line = f"--help: {middle['help'] * 1000:.0f} ms, a bare Python {middle['nothing'] * 1000:.0f} ms, {ratio:.2f} times"
    return Measured("help", ratio, None, (line,))


def _python(*arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, *arguments], cwd=_ROOT, env=environment, check=True, capture_output=True)
