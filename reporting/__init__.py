"""Supervisory reporting: checked spreadsheets in, traceable figures, PDF and workbook out.

The names below are the public API. Each is imported when it is first asked for, so that `import reporting` and
`reporting --help` load no heavy library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reporting.version import VERSION

if TYPE_CHECKING:
    from reporting.batch import run_batch
    from reporting.figures import Figure
    from reporting.measures import assess, measure
    from reporting.portfolio import load_portfolio
    from reporting.portfolio.system import load_system
    from reporting.problems import InputRejected
    from reporting.render import write_pdf, write_xlsx
    from reporting.reports import build_report
    from reporting.rulebook import load_rulebook

__version__ = VERSION

__all__ = [
    "Figure",
    "InputRejected",
    "assess",
    "build_report",
    "load_portfolio",
    "load_rulebook",
    "load_system",
    "measure",
    "run_batch",
    "write_pdf",
    "write_xlsx",
]

_HOMES = {
    "Figure": "reporting.figures",
    "InputRejected": "reporting.problems",
    "assess": "reporting.measures",
    "build_report": "reporting.reports",
    "load_portfolio": "reporting.portfolio",
    "load_rulebook": "reporting.rulebook",
    "load_system": "reporting.portfolio.system",
    "measure": "reporting.measures",
    "run_batch": "reporting.batch",
    "write_pdf": "reporting.render",
    "write_xlsx": "reporting.render",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Names for completion: what is here and what can be had."""
    return sorted({*globals(), *__all__})
