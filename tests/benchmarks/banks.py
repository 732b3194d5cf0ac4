"""The 51 real banks from workbook to all outputs: processor time for each, and where it goes."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.clock import medians, watched, with_rest
from tests.benchmarks.measured import Measured, split
from tests.benchmarks.whole import STAGES, against_libraries, run
from tests.real_banks import FOLDER, banks, write_submission

_COMPARED = 3  # banks of middle size that are held against the libraries too


def measure(most: int | None = None, rounds: int = 3) -> Measured:
    """Time per bank; the ratio is that of banks of middle size against the libraries' own parts. Skipped without data.

    most   only so many banks
    """
    if not FOLDER.is_dir():
        why = "skipped: the EBA 2016 data are not here; set REPORTING_REAL_DATA to the folder that holds eba_2016"
        return Measured("banks", None, None, (why,))
    with TemporaryDirectory() as folder:
        paths = [write_submission(bank, Path(folder)) for bank in islice(banks(), most)]
        run(paths[0])  # warms up
        taken, stages = [], []
        for path in paths:
            with watched(STAGES) as spent:
                taken.append(run(path))
            stages.append(with_rest(spent, taken[-1]))
        by_size = sorted(paths, key=lambda path: path.stat().st_size)
        first = max(0, (len(by_size) - _COMPARED) // 2)
        ratio = median(_ratio(path, rounds) for path in by_size[first : first + _COMPARED])
    mean = {name: sum(one[name] for one in stages) / len(stages) for name in stages[0]}
    slowest, path = max(zip(taken, paths, strict=True))
    return Measured(
        "banks", ratio, None,
        (
            f"{len(paths)} banks: {sum(taken):.1f} s, {sum(taken) / len(taken):.2f} s a bank on average, "
            f"{median(taken):.2f} s in the middle, {slowest:.2f} s for the slowest ({path.stem})",
            f"stages of the average bank: {split(mean)}",
            f"banks of middle size: {ratio:.2f} times the libraries' own parts",
        ),
    )  # fmt: skip


def _ratio(path: Path, rounds: int) -> float:
    whole, _, libraries = against_libraries(path, rounds)
    return median(whole) / sum(medians(libraries).values())
