"""A submission from workbook to all outputs, in a warm process, against the libraries' own parts of it."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from reporting.batch import Options, roots, run_unit, unit
from reporting.intake import submission
from reporting.render import pdf
from tests.benchmarks.clock import Seconds, cpu_seconds, interleaved, medians, watched, with_rest
from tests.benchmarks.libraries import content_of, parts
from tests.benchmarks.measured import Measured, split
from tests.benchmarks.submission import Size, write_submission

AT_MOST = 1.3
SECONDS = 3.0  # processor seconds of the largest size on a machine that does nothing else
STAGES = {
    "read": (submission, "read_submission"),
    "check": (submission, "check_submission"),
    "measure": (unit, "assess"),
    "report": (unit, "build_report"),
    "xlsx": (unit, "xlsx_bytes"),
    "charts": (pdf, "draw_charts"),
    "html": (pdf, "report_html"),
    "pdf": (pdf, "_printed"),
    "json": (unit, "figures_json"),
    "write": (roots, "write_run"),
}


def measure(size: Size = Size(), rounds: int = 5) -> Measured:  # noqa: B008 - frozen
    """Cost of a run divided by that of the libraries."""
    with TemporaryDirectory() as folder:
        path = write_submission(Path(folder) / "whole.xlsx", size)
        whole, stages, libraries = against_libraries(path, rounds)
    total, of_libraries = median(whole), medians(libraries)
    ratio = median(one / sum(other.values()) for one, other in zip(whole, libraries, strict=True))
    return Measured(
        "whole", ratio, AT_MOST,
        (
            f"{size.exposures:,} exposures to all outputs: {total:.2f} s, {ratio:.2f} times the libraries' own parts",
            f"stages:    {split(stages)}",
            f"libraries: {split(of_libraries)}",
        ),
    )  # fmt: skip


def against_libraries(path: Path, rounds: int) -> tuple[list[float], Seconds, list[Seconds]]:
    """Seconds of the run in each round, medians of its stages, seconds of the libraries in each round."""
    content = content_of(path)
    tasks = parts(content)
    run(path)  # warms up what the parts have not
    whole, stages, libraries = [], [], []
    for _ in range(rounds):
        with watched(STAGES) as spent:
            whole.append(run(path))
        stages.append(with_rest(spent, whole[-1]))
        (taken,) = interleaved(tasks, 1)
        libraries.append({**taken, "xlsxwriter": content.workbook.replay()[0]})
    return whole, medians(stages), libraries


def run(path: Path) -> float:
    """Seconds of one run into a folder of its own."""
    with TemporaryDirectory() as out:
        begun = cpu_seconds()
        outcome = run_unit(path, Path(out), Options())
        used = cpu_seconds() - begun
    if not outcome.made:
        raise RuntimeError("nothing was made")
    return used
