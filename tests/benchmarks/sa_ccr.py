"""SA-CCR from frames to figures with all intermediate tables, against a fixed piece of numpy work of the same size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty import CounterpartyExposure, sa_ccr
from reporting.rulebook import load_rulebook
from tests.benchmarks import sa_ccr_peer
from tests.benchmarks.clock import Seconds, interleaved, medians
from tests.benchmarks.derivatives import book
from tests.benchmarks.measured import Measured

SIZES = (10_000, 100_000, 1_000_000)
KEPT = 100_000  # trades for which the ratio is kept, where they are among the sizes
TARGETS = {100_000: 0.10, 1_000_000: 1.0}  # seconds
PEER = "REPORTING_PEER_PYTHON"  # an interpreter that has creditriskengine, which asks for another pandas than ours
_PEAK = """
import resource, sys
from tests.benchmarks import sa_ccr
trades, netting_sets = sa_ccr.book(int(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
kept = sa_ccr.run(trades, netting_sets)
print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure(sizes: Sequence[int] = SIZES, rounds: int = 5) -> Measured:
    """Our cost divided by that of the reference work, for the size that is kept; seconds, memory and peer in words."""
    timed = {size: _timed(size, rounds) for size in sizes}
    kept = KEPT if KEPT in timed else max(timed)
    ratio = timed[kept]["ours"] / timed[kept]["reference"]
    per_trade = {size: spent["ours"] / size for size, spent in timed.items()}
    growth = per_trade[max(timed)] / per_trade[min(timed)]
    return Measured(
        "sa_ccr", ratio, None,
        (
            *(_line(size, spent) for size, spent in timed.items()),
            f"a trade costs {growth:.2f} times as much among {max(timed):,} as among {min(timed):,}",
            _memory(max(timed)),
            _peer(kept, timed[kept]["ours"]),
        ),
    )  # fmt: skip


def run(trades: pd.DataFrame, netting_sets: pd.DataFrame) -> CounterpartyExposure:
    """The figures of a made-up book under the Basel parameters."""
    return sa_ccr(trades, netting_sets, _parameters(), reporting_currency="EUR")


def _parameters() -> Mapping[str, Any]:
    return load_rulebook("basel", date(2026, 9, 30)).parameters


def _timed(size: int, rounds: int) -> Seconds:
    trades, netting_sets = book(size)
    drawn = np.random.default_rng(size).normal(size=size)
    run(trades, netting_sets)  # warms up
    _reference(drawn)
    return medians(
        interleaved({"ours": lambda: run(trades, netting_sets), "reference": lambda: _reference(drawn)}, rounds)
    )


def _reference(drawn: FloatArray) -> float:
    """What no implementation can do without: an exponential, a logarithm and a root for each trade, and one sort."""
    order = np.argsort(drawn)
    found = np.exp(drawn) + np.log1p(np.abs(drawn)) + np.sqrt(np.abs(drawn[order]))
    return float(found.sum())


def _line(size: int, spent: Seconds) -> str:
    target = f", target {TARGETS[size]:.2f} s" if size in TARGETS else ""
    times = spent["ours"] / spent["reference"]
    return f"{size:,} trades: {spent['ours']:.3f} s{target}; {times:.1f} times the reference work"


def _memory(size: int) -> str:
    """Peak of a process of its own, so that earlier sizes do not count."""
    command = [sys.executable, "-c", _PEAK, str(size)]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    before, peak = (int(word) / unit for word in done.stdout.split())
    return f"memory: {peak:,.0f} MiB at the peak with {size:,} trades, {before:,.0f} MiB of them before the calculation"


def _peer(size: int, ours: float) -> str:
    """creditriskengine, trade by trade, on those trades and parts of the rules that it knows."""
    interpreter = os.environ.get(PEER)
    if interpreter is None:
        return (
            f"creditriskengine is not installed: no comparison (for one, set {PEER} to an interpreter of 3.11 with it)"
        )
    trades, netting_sets = book(size)
    with TemporaryDirectory() as folder:
        files = [str(Path(folder) / name) for name in ("trades.csv", "netting_sets.csv")]
        for frame, path in zip((trades, netting_sets), files, strict=True):
            frame.to_csv(path, index=False)
        command = [interpreter, sa_ccr_peer.__file__, *files]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    spent = json.loads(done.stdout)
    total = spent["trades"] + spent["figures"]
    return (
        f"creditriskengine {spent['version']}: {total:.2f} s on the same {size:,} trades ({spent['trades']:.2f} s to "
        f"make its trades, {spent['figures']:.2f} s for the figures): {total / ours:.1f} times ours, "
        f"{spent['figures'] / ours:.1f} times without its trades"
    )
