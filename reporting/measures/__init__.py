"""Measures: small pure functions from facts, parameters and other measures to figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reporting.figures import Figure
from reporting.measures import leverage
from reporting.measures.assess import Measure, assess_measures
from reporting.measures.measure import MeasureError, Taken, measure, step
from reporting.portfolio.facts import FactSpec, load_facts
from reporting.portfolio.portfolio import Portfolio
from reporting.rulebook import Rulebook

# Every measure of the toolkit. A new calculator adds its folder here and its facts.yaml below.
MEASURES: tuple[Measure, ...] = (*leverage.MEASURES,)
FACTS: Mapping[str, FactSpec] = load_facts(leverage.FACTS)
EFFECTS = ("leverage_ratio",)  # figures for which the effect of each unconfirmed parameter is given


def assess(
    portfolio: Portfolio,
    rulebook: Rulebook,
    measures: Iterable[Measure] = MEASURES,
    facts: Mapping[str, FactSpec] = FACTS,
    effects: Iterable[str] = EFFECTS,
) -> Mapping[str, Figure]:
    """The figures of all `measures` of one portfolio under the parameters in force, by name.

    A figure whose inputs are missing, or blocked by an error in the data, is not available and says why, never zero.
    MeasureError for a name found twice, an unknown argument, or a cycle.
    """
    return assess_measures(portfolio, rulebook, measures, facts, effects)


__all__ = ["FACTS", "MEASURES", "Measure", "MeasureError", "Taken", "assess", "measure", "step"]
