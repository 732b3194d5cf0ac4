"""Reading and checking a large workbook, guard included, against calamine reading the same file and doing no more."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from reporting.intake import child_process, load_submission, submission, workbook_xlsx
from reporting.intake import reading as intake_reading
from reporting.intake.limits import Limits
from reporting.intake.packing import pack
from reporting.intake.stored import Remark
from reporting.intake.workbook import read_workbook
from tests.benchmarks.clock import Seconds, cpu_seconds, medians, seconds, watched, with_rest
from tests.benchmarks.libraries import read
from tests.benchmarks.measured import Measured, split
from tests.benchmarks.submission import Size, write_submission

AT_MOST = 3.0
LARGE = Size(exposures=100_000)
STAGES = {
    "copy and hash": (intake_reading, "_copy_all"),
    "child": (child_process, "_run"),
    "transfer": (child_process, "_outcome"),
    "rows": (intake_reading, "_submission"),
    "convert": (submission, "convert_sheet"),
    "pandera": (submission, "check_table"),
    "across": (submission, "check_across"),
}
_IN_CHILD = {"scan": (workbook_xlsx, "_scan"), "calamine and tidy": (workbook_xlsx, "read_values")}


def measure(size: Size = LARGE, rounds: int = 5) -> Measured:
    """Cost of reading and checking divided by that of calamine alone."""
    with TemporaryDirectory() as folder:
        path = write_submission(Path(folder) / "large.xlsx", size)
        _load(path)
        ours, alone, stages = [], [], []
        for _ in range(rounds):
            with watched(STAGES) as spent:
                ours.append(seconds(lambda: _load(path)))
            stages.append(with_rest(spent, ours[-1]))
            alone.append(seconds(lambda: read(path)))
        in_child = medians([_inside(path) for _ in range(min(rounds, 3))])
    ratio = median(one / other for one, other in zip(ours, alone, strict=True))
    return Measured(
        "read", ratio, AT_MOST,
        (
            f"{size.exposures:,} rows of 17 columns read and checked: {median(ours):.2f} s, {ratio:.2f} times "
            f"the {median(alone):.2f} s of calamine alone",
            f"stages:       {split(medians(stages))}",
            f"in the child: {split(in_child)}",
        ),
    )  # fmt: skip


def _load(path: Path) -> None:
    checked = load_submission(path)
    if checked.breaches:
        raise RuntimeError(f"the made-up submission has {checked.breaches[0].problems[0]}")


def _inside(path: Path) -> Seconds:
    """What the reading process does with the file, done here once more, so that its steps can be told apart."""
    begun = cpu_seconds()
    with watched(_IN_CHILD) as spent, child_process.collector_paused():  # as it is over there
        found = list(read_workbook(path.read_bytes(), path.name, path.suffix, Limits()))
    steps = {**spent, "guard": cpu_seconds() - begun - sum(spent.values())}
    begun = cpu_seconds()
    for sheet in found:
        if not isinstance(sheet, Remark):
            pack(sheet)
    return {**steps, "pack": cpu_seconds() - begun}
