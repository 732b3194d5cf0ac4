"""A batch of generated institutions: processor time for each, against a bare loop, and how quick a rerun is.

`python -m tests.benchmarks.batch 500` takes the full size; without one, and among the other benchmarks, it is small.
"""

from __future__ import annotations

import os

# Before numpy is imported anywhere: one thread, as in every run of the program.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from reporting.batch import Batch, load_settings, run_batch, run_unit
from reporting.batch.run import options_of
from tests.batch.batches import lasting, lei_of
from tests.benchmarks.clock import cpu_seconds
from tests.benchmarks.measured import Measured
from tests.benchmarks.submission import Size, write_submission

AT_MOST = 1.10  # of a bare loop
LEAST_SKIP = 50  # times quicker than the work
ROWS = 1_000


def measure(count: int = 8, rows: int = ROWS, dask: bool = False, more: str = "") -> Measured:
    """Processor time of a batch in this process divided by that of a loop over `run_unit`.

    The same batch then runs in two processes, again over what is there, and on request on a Dask cluster of this
    machine; the bytes must be the same. RuntimeError where they are not, or where a submission is not done. `more`
    stands in the batch files in front.
    """
    with TemporaryDirectory() as folder:
        base = Path(folder)
        for number in range(1, count + 1):
            size = Size(exposures=rows, counterparties=min(300, rows), lines=20)
            write_submission(base / "in" / f"bank{number:04d}.xlsx", size, lei_of(number))
        run_unit(base / "in" / "bank0001.xlsx", base / "warm", options_of(load_settings(_file(base, "warm", 0, more))))
        loop, _ = _taken(lambda: _loop(base, count, more))
        inline, _ = _taken(lambda: _run(base, "inline", 0, more))
        again, _ = _taken(lambda: _run(base, "inline", 0, more))
        processes, wall = _taken(lambda: _run(base, "processes", 2, more))
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024 if sys.platform != "darwin" else 2**20)
        _check_same(base, "inline", "processes")
        lines = [
            f"{count} institutions of {rows:,} rows: {loop / count:.2f} s each in a bare loop, "
            f"{inline / count:.2f} s in a batch ({inline / loop - 1:+.1%}), {processes / count:.2f} s in 2 processes "
            f"({wall:.0f} s on the wall)",
            f"largest process {memory:,.0f} MiB",
            f"rerun over what is there {again / count * 1000:.1f} ms each, {inline / again:.0f} times quicker "
            f"(at least {LEAST_SKIP} asked for)",
        ]
        if dask:
            _, on_dask = _taken(lambda: _run(base, "dask", 2, more, 'dask = "local"'))
            _check_same(base, "inline", "dask")
            lines.append(f"on a Dask cluster of 2 workers the same bytes in {on_dask:.0f} s on the wall")
    return Measured("batch", inline / loop, AT_MOST, tuple(lines))


def _file(base: Path, out: str, count: int, more: str, workers: str = "") -> Path:
    path = base / f"{out}.toml"
    workers = workers or f"count = {count}"
    path.write_text(f'{more}\nout = "{out}"\n[inputs]\nfiles = ["in/*.xlsx"]\n[workers]\n{workers}\n', encoding="utf-8")
    return path


def _loop(base: Path, count: int, more: str) -> None:
    options = options_of(load_settings(_file(base, "loop", 0, more)))
    for number in range(1, count + 1):
        run_unit(base / "in" / f"bank{number:04d}.xlsx", base / "loop", options)


def _run(base: Path, out: str, count: int, more: str, workers: str = "") -> Batch:
    batch = run_batch(load_settings(_file(base, out, count, more, workers)))
    if batch.faults or any(result.status != "done" for result in batch.results):
        raise RuntimeError(str([result for result in batch.results if result.status != "done"][:1] or batch.faults))
    return batch


def _taken(task: Callable[[], object]) -> tuple[float, float]:
    """Processor seconds, of children that have ended too, and seconds of the clock."""
    began, clock = cpu_seconds(), monotonic()
    task()
    return cpu_seconds() - began, monotonic() - clock


def _check_same(base: Path, one: str, other: str) -> None:
    if lasting(base / one) != lasting(base / other):
        raise RuntimeError(f"{one} and {other} made different bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.batch", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=8, help="institutions")
    parser.add_argument("--rows", type=int, default=ROWS, help="exposures of each")
    parser.add_argument("--json", action="store_true", help="figures only, neither PDF nor workbook")
    parser.add_argument("--dask", action="store_true", help="on a Dask cluster of this machine too")
    asked = parser.parse_args()
    only = 'outputs = ["json"]' if asked.json else ""
    print("\n".join(measure(asked.count, asked.rows, asked.dask, only).lines))
