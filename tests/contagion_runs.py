"""Systems for tests of figures and reports: the sample, loaded once a process, and a chain of three."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

from reporting.figures import Figure, ParameterValue
from reporting.measures.contagion.figures import assess_system
from reporting.measures.contagion.gibbs import Prior, Sampled, gibbs_samples
from reporting.measures.contagion.margins import Margins
from reporting.portfolio.anonymous import anonymised
from reporting.portfolio.system import System, load_system
from reporting.portfolio.system_view import SystemView, view_system
from reporting.reports import Report, build_report
from reporting.rulebook import Rulebook, load_rulebook
from tests.portfolio.small_systems import LEIS, small_system

SAMPLE = Path(__file__).resolve().parent.parent / "sample_inputs" / "system"
NORTHBANK = "FICTIONALNORTHBANK63"
A, B, C = (LEIS[name] for name in "ABC")

QUICK: Mapping[str, float] = {"contagion_band_samples": 2.0, "contagion_band_burn_in": 1.0}

# A is owed 5,000 by B, B is owed 5,000 by C; each has equity of 5,000.
CHAIN = {
    "A": {"owed": {"B": 5_000}, "owes": {}},
    "B": {"owed": {"C": 5_000}, "owes": {"A": 5_000}},
    "C": {"owed": {}, "owes": {"B": 5_000}},
}


@cache
def sample_system() -> System:
    """The thirty fictional institutions."""
    return load_system(SAMPLE)


@cache
def sample_view(focus: str = "", *, masked: bool = False) -> SystemView:
    """The sample as reports see it."""
    if not masked:
        return view_system(sample_system(), "system", focus)
    hidden, digest = anonymised(sample_system(), focus)
    return view_system(hidden, "", focus, f"system-anonymised-{digest}", masked=True)


@cache
def sample_figures(focus: str = "", *, masked: bool = False) -> Mapping[str, Figure]:
    """The figures of the sample under the choices of the toolkit."""
    view = sample_view(focus, masked=masked)
    with patch.object(import_module("reporting.measures.contagion.reconstruct"), "gibbs_samples", _drawn_once):
        return assess_system(view, rulebook_of(view))


_DRAWN: dict[tuple[object, ...], Sampled] = {}


def _drawn_once(margins: Margins, samples: int, seed: int, prior: Prior) -> Sampled:
    """The random networks of the sample: masked or not, of all or of one institution, its margins are the same."""
    key = (margins.claims.tobytes(), margins.obligations.tobytes(), samples, seed, prior)
    if key not in _DRAWN:
        _DRAWN[key] = gibbs_samples(margins, samples, seed, prior)
    return _DRAWN[key]


@cache
def sample_report(focus: str = "", *, masked: bool = False) -> Report:
    """The report of the sample."""
    view = sample_view(focus, masked=masked)
    part = "institution" if focus else "report"
    return build_report("contagion", view, sample_figures(focus, masked=masked), rulebook_of(view), part=part)


def rulebook_of(view: SystemView, **changes: ParameterValue) -> Rulebook:
    """The choices of the toolkit, some of them changed."""
    book = load_rulebook(view.entity.jurisdiction, view.entity.reference_date)
    changed = {name: replace(book.parameters[name], value=value) for name, value in changes.items()}
    return replace(book, parameters={**book.parameters, **changed})


def figures_of(system: System, **changes: ParameterValue) -> Mapping[str, Figure]:
    """The figures of a system, with choices changed."""
    view = view_system(system, "small")
    return assess_system(view, rulebook_of(view, **changes))


def chain(*, partial: bool = False, **changes: Mapping[str, object]) -> System:
    """The chain, an institution changed; with `partial` in spite of errors."""
    return small_system({name: {**terms, **changes.get(name, {})} for name, terms in CHAIN.items()}, partial=partial)
