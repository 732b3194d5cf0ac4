"""Resolve measures: each argument is a measure, a fact or a parameter, found by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from reporting.figures import Figure, Parameter, Source, Unavailable
from reporting.measures.effects import effects_on
from reporting.measures.measure import Label, MeasureError, Taken, label_of
from reporting.portfolio.facts import FactSpec
from reporting.portfolio.portfolio import Fact
from reporting.portfolio.subject import Subject
from reporting.rulebook import Rulebook
from reporting.spelling import did_you_mean

Measure = Callable[..., Any]
Inputs = tuple[Figure | Source | Parameter, ...]

# An argument `sa_ccr_parameters` receives all parameters whose names begin with `sa_ccr_`, none if any is not in force.
_GROUP = "_parameters"


def assess_measures(
    portfolio: Subject,
    rulebook: Rulebook,
    measures: Iterable[Measure],
    facts: Mapping[str, FactSpec],
    effects: Iterable[str] = (),
) -> Mapping[str, Figure]:
    """The figures of all `measures`, by name, in their order; behind them the effects of unconfirmed parameters.

    portfolio an institution, or the view of a system
    effects   names of the figures of which these are given, each as a table figure; others are passed over

    A measure whose inputs are missing or blocked by an error in the data gives a figure that is not available and says
    why. MeasureError for a name found twice, an unknown argument, or a cycle (with its chain).
    """
    resolver = _Resolver(portfolio, rulebook, _by_name(measures), facts)
    resolver.refuse_names_found_twice()
    names = (name for name, function in resolver.measures.items() if not label_of(function).is_step)
    figures = {name: resolver.figure(name, ()) for name in names}
    for name in effects:
        if name in figures:
            found = effects_on(figures[name], partial(_recomputed, resolver, name))
            figures[found.name] = found
    return MappingProxyType(figures)


def _recomputed(resolver: _Resolver, name: str, changed: Parameter) -> Figure:
    return resolver.under(changed).figure(name, ())


def _by_name(measures: Iterable[Measure]) -> dict[str, Measure]:
    found: dict[str, Measure] = {}
    for function in measures:
        name = label_of(function).name
        if name in found:
            raise MeasureError(f"measure {name} is found twice")
        found[name] = function
    return found


class _Resolver:
    """Figures made so far; alive for one assessment."""

    def __init__(
        self, portfolio: Subject, rulebook: Rulebook, measures: dict[str, Measure], facts: Mapping[str, FactSpec]
    ) -> None:
        self.portfolio, self.rulebook, self.measures, self.facts = portfolio, rulebook, measures, facts
        self.law = portfolio.chooses_the_law()
        self.figures: dict[str, Figure] = {}
        self.known_facts: dict[str, Fact] = {}
        self.steps: dict[str, tuple[Any, Inputs]] = {}

    def refuse_names_found_twice(self) -> None:
        """MeasureError for a name that two of facts, measures and parameters share."""
        parameters = self.rulebook.parameters.keys() | self.rulebook.not_in_force.keys()
        for left, right in ((self.facts, self.measures), (self.facts, parameters), (self.measures, parameters)):
            if both := sorted(set(left) & set(right)):
                raise MeasureError(f"{both[0]} is found twice: as a measure, a fact or a parameter")

    def under(self, changed: Parameter) -> _Resolver:
        """The same with one parameter replaced; what does not rest on it is taken over."""
        rulebook = replace(self.rulebook, parameters={**self.rulebook.parameters, changed.name: changed})
        other = _Resolver(self.portfolio, rulebook, self.measures, self.facts)
        other.known_facts = self.known_facts
        other.figures = {n: f for n, f in self.figures.items() if not _rests_on(f.ancestors(), changed.name)}
        other.steps = {n: made for n, made in self.steps.items() if not _rests_on(_all_below(made[1]), changed.name)}
        return other

    def figure(self, name: str, chain: tuple[str, ...]) -> Figure:
        """The figure of a measure, made once. `chain`: those that ask for it; MeasureError if it is among them."""
        if name in chain:
            raise MeasureError("a cycle of measures: " + " -> ".join((*chain[chain.index(name) :], name)))
        if name not in self.figures:
            self.figures[name] = self._made((*chain, name))
        return self.figures[name]

    def _made(self, chain: tuple[str, ...]) -> Figure:
        function = self.measures[chain[-1]]
        label = label_of(function)
        result, inputs = self._called(function, label, chain)
        lineage = _each_once(item for items in inputs.values() for item in items)
        if not isinstance(result, Taken):
            return _figure(self.portfolio, label, result, lineage, label.formula)
        taken = _each_once(
            _without_keys(item) if name in result.whole else item
            for name in inputs
            if name in result.uses
            for item in inputs[name]
        )
        return _figure(self.portfolio, label, result.value, taken, f"{label.formula} Here: {result.because}.")

    def _called(self, function: Measure, label: Label, chain: tuple[str, ...]) -> tuple[Any, Mapping[str, Inputs]]:
        """What the function returns, or why it cannot be called; and the inputs of each argument."""
        values: dict[str, Any] = {}
        inputs: dict[str, Inputs] = {}
        for argument in label.arguments:
            values[argument.name], inputs[argument.name] = self._argument(argument.name, argument.optional, chain)
        missing = [value for value in values.values() if isinstance(value, Unavailable)]
        return (_all_reasons(missing) if missing else function(**values)), inputs

    def _step(self, name: str, chain: tuple[str, ...]) -> tuple[Any, Inputs]:
        if name in chain:
            raise MeasureError("a cycle of measures: " + " -> ".join((*chain[chain.index(name) :], name)))
        if name not in self.steps:
            function = self.measures[name]
            value, inputs = self._called(function, label_of(function), (*chain, name))
            uses = value.uses if isinstance(value, Taken) else inputs
            lineage = _each_once(item for argument in inputs if argument in uses for item in inputs[argument])
            self.steps[name] = (value.value if isinstance(value, Taken) else value), lineage
        return self.steps[name]

    def _argument(self, name: str, optional: bool, chain: tuple[str, ...]) -> tuple[Any, Inputs]:
        if name in self.measures and label_of(self.measures[name]).is_step:
            return self._step(name, chain)
        if name in self.measures:
            return _from_figure(self.figure(name, chain))
        if name in self.facts:
            return self._from_fact(self._fact(name), optional)
        if name in self.rulebook.parameters:
            parameter = self.rulebook.parameters[name]
            return parameter.value, (parameter, *self.law)
        if name in self.rulebook.not_in_force:
            return (None if optional else Unavailable(self.rulebook.not_in_force[name])), self.law
        if name.endswith(_GROUP):
            found = self._group(name.removesuffix(_GROUP) + "_")
            if found is not None:
                return found
        known = [*self.measures, *self.facts, *self.rulebook.parameters]
        hint = did_you_mean(name, known)
        raise MeasureError(f"{' -> '.join((*chain, name))}: no measure, fact or parameter has that name{hint}")

    def _group(self, start: str) -> tuple[dict[str, Any], Inputs] | None:
        """The parameters whose names begin so; none of them unless all are in force. None where no name does."""
        group = {name: p for name, p in self.rulebook.parameters.items() if name.startswith(start)}
        if any(name.startswith(start) for name in self.rulebook.not_in_force):
            return {}, self.law
        return ({name: p.value for name, p in group.items()}, (*group.values(), *self.law)) if group else None

    def _fact(self, name: str) -> Fact:
        if name not in self.known_facts:
            self.known_facts[name] = self.portfolio.fact(self.facts[name])
        return self.known_facts[name]

    @staticmethod
    def _from_fact(fact: Fact, optional: bool) -> tuple[Any, Inputs]:
        if fact.blocked:
            return Unavailable(fact.blocked), fact.sources
        if fact.absent:
            return (None if optional else Unavailable(fact.absent)), fact.sources
        return fact.value, fact.sources


def _from_figure(figure: Figure) -> tuple[Any, Inputs]:
    if isinstance(figure.value, Unavailable):
        reason = figure.reason if ": " in figure.reason else f"{figure.label}: {figure.reason}"
        return Unavailable(reason), (figure,)
    return figure.value, (figure,)


def _all_reasons(missing: list[Unavailable]) -> Unavailable:
    """Every reason once: who mends the first must not be told of a second one afterwards."""
    reasons = [reason for unavailable in missing for reason in unavailable.reason.split("; ")]
    return Unavailable("; ".join(dict.fromkeys(reasons)))


def _all_below(inputs: Inputs) -> Iterator[Figure | Source | Parameter]:
    for item in inputs:
        yield item
        if isinstance(item, Figure):
            yield from item.ancestors()


def _rests_on(items: Iterable[Figure | Source | Parameter], parameter: str) -> bool:
    return any(isinstance(item, Parameter) and item.name == parameter for item in items)


def _without_keys(item: Figure | Source | Parameter) -> Figure | Source | Parameter:
    return item.keyed_by("") if isinstance(item, Source) else item


def _each_once(items: Iterable[Figure | Source | Parameter]) -> Inputs:
    return tuple({id(item): item for item in items}.values())


def _figure(portfolio: Subject, label: Label, value: Any, inputs: Inputs, formula: str) -> Figure:
    inputs = tuple(item.keyed_by(label.key) if isinstance(item, Source) else item for item in inputs)
    inherited = [note for item in inputs if isinstance(item, Figure) for note in item.footnotes]
    own = portfolio.warnings_on(item for item in inputs if isinstance(item, Source))
    notes = tuple(dict.fromkeys((*inherited, *own)))
    return Figure(label.name, label.label, value, label.unit, formula, label.reference, inputs, label.key, notes)
