"""Renderers: write what the report says; no arithmetic, no rounding, no choice of figures.

The two that load a heavy library are imported when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reporting.render.json import figures_json, parameter_record, problems_json

if TYPE_CHECKING:
    from reporting.render.pdf import Attached, pdf_bytes, write_pdf
    from reporting.render.xlsx import write_xlsx, xlsx_bytes

_HOMES = {"Attached": "pdf", "pdf_bytes": "pdf", "write_pdf": "pdf", "write_xlsx": "xlsx", "xlsx_bytes": "xlsx"}

__all__ = [
    "Attached",
    "figures_json",
    "parameter_record",
    "pdf_bytes",
    "problems_json",
    "write_pdf",
    "write_xlsx",
    "xlsx_bytes",
]


def __getattr__(name: str) -> Any:
    """Import a renderer when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"reporting.render.{_HOMES[name]}"), name)
