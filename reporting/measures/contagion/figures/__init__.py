"""Figures of a system and of an institution inside it: measures over the solvers, each down to exposure rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reporting.figures import Figure
from reporting.measures.assess import Measure, assess_measures
from reporting.measures.contagion.figures import (
    assumptions,
    cascades,
    clearing,
    distress,
    drawing,
    institution,
    network,
    ranking,
    reverse,
    structure,
    uncertainty,
)
from reporting.portfolio.facts import load_facts
from reporting.portfolio.system_view import SystemView
from reporting.rulebook import Rulebook

SYSTEM_MEASURES: tuple[Measure, ...] = (
    *assumptions.MEASURES,
    *network.MEASURES,
    *structure.MEASURES,
    *clearing.MEASURES,
    *distress.MEASURES,
    *ranking.MEASURES,
    *cascades.MEASURES,
    *uncertainty.MEASURES,
    *reverse.MEASURES,
    *drawing.MEASURES,
)
INSTITUTION_MEASURES: tuple[Measure, ...] = institution.MEASURES
FACTS = load_facts(Path(__file__).parent.parent / "facts.yaml")


def assess_system(view: SystemView, rulebook: Rulebook) -> Mapping[str, Figure]:
    """The figures of a system, and behind them those of the institution in focus, by name.

    A figure that cannot be given is not available and says why. `view` is made by `view_system`.
    """
    measures = (*SYSTEM_MEASURES, *(INSTITUTION_MEASURES if view.focus else ()))
    return assess_measures(view, rulebook, measures, FACTS)


__all__ = ["FACTS", "INSTITUTION_MEASURES", "SYSTEM_MEASURES", "assess_system"]
