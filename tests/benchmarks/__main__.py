"""`python -m tests.benchmarks`: measure, print, and with `--check` compare with the ratios kept in the repository."""

from __future__ import annotations

import os

# Before numpy is imported anywhere: one thread, as in every run of the program.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.benchmarks import banks, batch, contagion, reading, sa_ccr, start_up, whole
from tests.benchmarks.measured import Measured, alarms, keep, kept_ratios
from tests.benchmarks.plot import plot

BENCHMARKS: Mapping[str, Callable[[], Measured]] = {
    "help": start_up.measure,
    "read": reading.measure,
    "whole": whole.measure,
    "banks": banks.measure,
    "sa_ccr": sa_ccr.measure,
    "clearing": contagion.clearing,
    "debtrank": contagion.one_shock,
    "ranking": contagion.ranking,
    "batch": batch.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks that are named, or all; 1 if `--check` finds one that has become too slow."""
    asked = _parser().parse_args(arguments)
    measured = []
    for name in asked.names or BENCHMARKS:
        found = BENCHMARKS[name]()
        measured.append(found)
        print(f"{name}\n  " + "\n  ".join(found.lines), flush=True)
    if asked.plot:
        print(plot(measured, asked.plot))
    if asked.keep:
        keep(measured)
    too_slow = alarms(measured, kept_ratios()) if asked.check else []
    for alarm in too_slow:
        print(f"too slow: {alarm}", file=sys.stderr)
    return 1 if too_slow else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--plot", type=Path, metavar="DIR", help="draw cost against size into DIR/cost.svg")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a ratio has grown by more than a quarter")
    parser.add_argument("--keep", action="store_true", help="write the measured ratios into the repository")
    return parser


if __name__ == "__main__":
    sys.exit(main())
