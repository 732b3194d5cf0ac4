"""Intake: spreadsheets in, typed tables and located problems out.

The names are imported when they are first asked for: the child process that reads a foreign workbook needs none of
the libraries that check it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reporting.intake.submission import Checked, check_submission, load_submission

__all__ = ["Checked", "check_submission", "load_submission"]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("reporting.intake.submission"), name)
