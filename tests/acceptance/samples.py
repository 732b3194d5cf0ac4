"""Runs of the sample bank, as a user makes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reporting.batch import Options, run_unit
from reporting.measures import assess
from reporting.portfolio import Portfolio, load_portfolio
from reporting.reports import Report, build_report, load_previous
from reporting.rulebook import load_rulebook


@dataclass(frozen=True)
class SampleRuns:
    """Two quarters of the sample bank.

    previous, folder  run folders of the earlier and of the later quarter
    report            what the later run says, built once more
    """

    submission: Path
    previous: Path
    folder: Path
    portfolio: Portfolio
    report: Report


def run_the_sample(quarters: Path, out: Path) -> SampleRuns:
    """Run both quarters below `out`, the later with the earlier beside it."""
    earlier, later = (quarters / day / "northbank.xlsx" for day in ("2026-06-30", "2026-09-30"))
    previous = run_unit(earlier, out, Options()).folder
    outcome = run_unit(later, out, Options(previous=previous))
    portfolio = load_portfolio(later)
    rulebook = load_rulebook(portfolio.entity.jurisdiction, portfolio.entity.reference_date)
    report = build_report(
        "leverage", portfolio, assess(portfolio, rulebook), rulebook,
        previous=load_previous(previous), run_id=outcome.run_id,
    )  # fmt: skip
    return SampleRuns(later, previous, outcome.folder, portfolio, report)
