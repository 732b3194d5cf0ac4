"""Sentences made from the figures by the rules in report.yaml; no free prose from data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reporting.reports.context import Context
from reporting.reports.definition import DefinitionError, FindingSpec
from reporting.reports.model import Finding


def findings(specs: tuple[FindingSpec, ...], context: Context) -> tuple[Finding, ...]:
    """The sentences whose conditions hold, in the order of the definition."""
    return tuple(
        Finding(context.filled(spec.text), spec.status, context.notes_of(spec.text))
        for spec in specs
        if holds(spec.when, context)
    )


def holds(when: Mapping[str, str], context: Context) -> bool:
    """True if every condition holds: condition -> name of a figure."""
    for condition in when:
        if condition not in _CONDITIONS:
            raise DefinitionError(f"unknown condition {condition!r}; there are {', '.join(_CONDITIONS)}")
    return all(_CONDITIONS[condition](context, name) for condition, name in when.items())


def _moved(context: Context, name: str) -> int:
    """The sign of the change as printed, so that a sentence never says more than the table beside it."""
    change = context.change(name)
    if change is None:
        return 0
    shown = context.policy.rounded(change, context.form(context.figure(name)))
    return (shown > 0) - (shown < 0)


def _number(context: Context, name: str) -> float:
    figure = context.figure(name)
    return figure.number if figure.available else 0.0


_CONDITIONS: Mapping[str, Callable[[Context, str], bool]] = {
    "available": lambda context, name: context.figure(name).available,
    "not_available": lambda context, name: not context.figure(name).available,
    "true": lambda context, name: context.figure(name).value is True,
    "false": lambda context, name: context.figure(name).value is False,
    "positive": lambda context, name: _number(context, name) > 0,
    "negative": lambda context, name: _number(context, name) < 0,
    "rose": lambda context, name: _moved(context, name) > 0,
    "fell": lambda context, name: _moved(context, name) < 0,
    "steady": lambda context, name: context.change(name) is not None and _moved(context, name) == 0,
}
