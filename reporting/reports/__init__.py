"""Reports: what is said, in which order, formatted and rounded, as a frozen value."""

from reporting.reports.build import about_of, build_report, report_names
from reporting.reports.definition import DefinitionError, load_definition
from reporting.reports.model import Report
from reporting.reports.previous import Previous, PreviousRunError, load_previous

__all__ = [
    "DefinitionError",
    "Previous",
    "PreviousRunError",
    "Report",
    "about_of",
    "build_report",
    "load_definition",
    "load_previous",
    "report_names",
]
