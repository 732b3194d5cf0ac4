"""An expression as a value: which names it uses, what it comes to, and how a spreadsheet writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reporting.expressions.evaluate import value_of
from reporting.expressions.excel import formula
from reporting.expressions.nodes import Node, Reference, references, written
from reporting.expressions.references import Numbers


@dataclass(frozen=True, slots=True, repr=False)
class Expression:
    """Made by `parse`; two are equal if they say the same, however they were spaced. `str` gives text that parses."""

    node: Node

    def __str__(self) -> str:
        return written(self.node)

    def __repr__(self) -> str:
        return f"parse({str(self)!r})"

    def references(self) -> tuple[Reference, ...]:
        """What it points at, each once, in the order of writing."""
        return tuple(dict.fromkeys(references(self.node)))

    def names(self) -> frozenset[str]:
        """The names it refers to, dotted where they were dotted; columns of `by=` and `key` are not among them."""
        return frozenset(reference.name for reference in self.references())

    def evaluate(self, names: Mapping[str, object]) -> Numbers:
        """The value: a float, or an array (n,) where a name stands for one.

        names  name or dotted name -> number, bool, text, array, or Series; the head of a dotted name may stand for a
               frame or a mapping. A fact that is totalled may be a number or None (nothing selected). `KEY` holds the
               key, or keys (n,), of table rows; `RATES` the rate of each currency.

        In an array NaN stands for blank and for what cannot be computed. ExpressionError for an unknown name, and where
        a single value divides by zero or is not finite.
        """
        return value_of(self.node, names)

    def to_formula(self, resolve: Callable[[Reference], str]) -> str:
        """The formula, without `=`, as Excel and LibreOffice read it.

        `resolve` gives for each reference a cell, a name, a number or a bracketed fragment. For `stated` it gives the
        cell; for `total`, `count`, `lookup` and `rate` the whole fragment.
        """
        return formula(self.node, resolve)
