"""The label that makes a function a measure, and what the label says."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


class MeasureError(TypeError):
    """A measure is written so that it cannot be resolved: a fault of the program, never of the data."""


@dataclass(frozen=True)
class Taken:
    """The result of a measure that took one of several ways to it.

    uses      names of the arguments the value rests on, those that decided which way was taken included
    because   the branch, in words, printed with the lineage
    whole     of a table, those of them on which each of its rows rests as a whole, not only on the cells of its key
    """

    value: Any  # float, bool, str, frame or Unavailable; of a step anything
    uses: tuple[str, ...]
    because: str
    whole: tuple[str, ...] = ()


@dataclass(frozen=True)
class Argument:
    """One argument of a measure; `optional` where it is annotated `X | None`."""

    name: str
    optional: bool


@dataclass(frozen=True)
class Label:
    """What `@measure`, or `@step`, says about a function."""

    name: str
    label: str
    unit: str
    reference: str
    key: str
    formula: str
    is_step: bool
    arguments: tuple[Argument, ...]


def measure(*, unit: str, reference: str, label: str = "", key: str = "") -> Callable[[Function], Function]:
    """Label a pure function as a measure; nothing else happens to it.

    Argument names are its inputs: facts of the portfolio, parameters in force, or other measures. The first line of the
    docstring is the formula that reports print.

    unit       "money" (reporting currency, single units), "%", "" ...; for a table, of its columns unless they say more
    reference  the paragraph it follows
    label      as printed; by default the function's name in words
    key        for a table figure, the name of the index of the frame returned
    """

    def labelled(function: Function) -> Function:
        name = function.__name__
        words = label or name.replace("_", " ").capitalize()
        formula = (inspect.getdoc(function) or "").partition("\n")[0]
        if not formula:
            raise MeasureError(f"measure {name} has no docstring; its first line is the formula that reports print")
        function.__measure__ = Label(name, words, unit, reference, key, formula, False, _arguments(function))  # type: ignore[attr-defined]
        return function

    return labelled


def step(function: Function) -> Function:
    """Label a pure function as a step: computed once and handed to every measure that names it, but no figure itself.

    What it rests on, its callers rest on. It may return any value.
    """
    name = function.__name__
    function.__measure__ = Label(name, name, "", "", "", "", True, _arguments(function))  # type: ignore[attr-defined]
    return function


def label_of(function: Callable[..., Any]) -> Label:
    """The label of a measure; MeasureError for a function that has none."""
    found = getattr(function, "__measure__", None)
    if not isinstance(found, Label):
        raise MeasureError(f"{getattr(function, '__name__', function)!r} is not labelled with @measure")
    return found


def _arguments(function: Callable[..., Any]) -> tuple[Argument, ...]:
    hints = typing.get_type_hints(function)
    arguments = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is not inspect.Parameter.empty:
            raise MeasureError(
                f"measure {function.__name__}: argument {parameter.name} has a default value; "
                "a number that nobody supplied would pass for a reported one"
            )
        optional = type(None) in typing.get_args(hints.get(parameter.name, object))
        arguments.append(Argument(parameter.name, optional))
    return tuple(arguments)
