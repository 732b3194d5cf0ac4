"""What a manifest says of the figures of a run, so that many runs can be listed without reading their figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from reporting.figures import Figure
from reporting.reports.model import KeyFigure, Shown


def key_figure_record(key: KeyFigure, money_unit: str) -> dict[str, Any]:
    """A headline figure with its limit: as printed (text) and unrounded (value; money in single currency units).

    money_unit   in which money is printed, such as EUR thousand
    """
    return {
        "label": key.label,
        "figure": key.current.figure,
        "unit": {"money": money_unit, "percent": "%"}.get(key.current.format, ""),
        "current": _shown(key.current),
        "previous": _shown(key.previous),
        "change": _shown(key.change),
        "limit": _shown(key.limit),
        "headroom": _shown(key.headroom),
        "status": key.status,
        "status_text": key.status_text,
    }


def figure_counts(figures: Iterable[Figure]) -> dict[str, int]:
    """How many figures are available, and how many are not."""
    states = [figure.available for figure in figures]
    return {"available": sum(states), "not_available": len(states) - sum(states)}


def _shown(shown: Shown | None) -> dict[str, Any] | None:
    if shown is None:
        return None
    value = shown.value.isoformat() if isinstance(shown.value, date) else shown.value
    return {"text": shown.text, "value": value}
