"""How a spreadsheet writes an expression: functions that Excel 2007 and LibreOffice both know, no arrays that spill."""

from __future__ import annotations

from collections.abc import Callable

from reporting.expressions.nodes import (
    REFERENCE_DATE,
    Arithmetic,
    Blank,
    Choice,
    Comparison,
    Computed,
    Function,
    Logic,
    Negative,
    Node,
    Not,
    NotAvailable,
    Number,
    Reference,
    Referring,
    Same,
    Text,
    Word,
    number_text,
    references,
)

Resolve = Callable[[Reference], str]

_COMPARED, _SUM, _PRODUCT, _SIGNED, _ATOM = range(5)
_FUNCTIONS = {
    "min": "MIN",
    "max": "MAX",
    "abs": "ABS",
    "sqrt": "SQRT",
    "exp": "EXP",
    "ln": "LN",
    "norm_cdf": "NORMSDIST",
}
_SIGNS = {"==": "=", "!=": "<>"}


def formula(node: Node, resolve: Resolve) -> str:
    """The formula without `=`; see `Expression.to_formula`."""
    return _formula(node, resolve)[0]


def quoted(text: str) -> str:
    """A text constant of a formula."""
    return '"' + text.replace('"', '""') + '"'


def _formula(node: Node, resolve: Resolve) -> tuple[str, int]:
    match node:
        case Number() | NotAvailable() | Blank() | Computed() | Text():
            return _constant(node, resolve), _ATOM
        case Referring(reference):
            return _referred(reference, resolve), _ATOM
        case Negative(of):
            return f"-{_within(of, _SIGNED, resolve)}", _SIGNED
        case Arithmetic(sign, left, right):
            level = _SUM if sign in "+-" else _PRODUCT
            return f"{_within(left, level, resolve)}{sign}{_within(right, level + 1, resolve)}", level
        case Comparison(sign, left, right):
            return _comparison(sign, left, right, resolve)
        case Same() | Logic() | Not():
            return _condition(node, resolve), _ATOM
        case Choice(condition, then, other):
            return f"IF({_listed((condition, then, other), resolve)})", _ATOM
        case Function("first", of):
            return _first(of, resolve), _ATOM
        case Function(name, of):
            return f"{_FUNCTIONS[name]}({_listed(of, resolve)})", _ATOM


def _constant(node: Number | Word | Text, resolve: Resolve) -> str:
    match node:
        case Number(value):
            return number_text(value).upper()
        case NotAvailable():
            return "NA()"
        case Computed():
            return resolve(Reference("computed", ""))
        case Text(value):
            return quoted(value)
        case Blank():
            return quoted("")


def _condition(node: Same | Logic | Not, resolve: Resolve) -> str:
    match node:
        case Same(left, right):
            return f'EXACT({formula(left, resolve)}&"",{formula(right, resolve)}&"")'
        case Logic(word, of):
            return f"{word.upper()}({_listed(of, resolve)})"
        case Not(of):
            return f"NOT({formula(of, resolve)})"


def _comparison(sign: str, left: Node, right: Node, resolve: Resolve) -> tuple[str, int]:
    """Numbers by sign. Texts by EXACT, as `=` does not tell upper from lower case."""
    if any(isinstance(side, Text) for side in (left, right)):
        same = f"EXACT({_listed((left, right), resolve)})"
        return (same if sign == "==" else f"NOT({same})"), _ATOM
    return f"{_within(left, _SUM, resolve)}{_SIGNS.get(sign, sign)}{_within(right, _SUM, resolve)}", _COMPARED


def _referred(reference: Reference, resolve: Resolve) -> str:
    place = resolve(reference)
    match reference.kind:
        case "stated":
            return f"N({place})"
        case "flag":
            return f"({place}=TRUE)"
        case "given":
            return f'({place}<>"")'
        case "days":
            return f"IF(ISNUMBER({place}),{place}-{resolve(Reference('days', REFERENCE_DATE))},NA())"
        case _:
            return place


def _first(of: tuple[Node, ...], resolve: Resolve) -> str:
    """The first that is a number, or #N/A: a spreadsheet would take a blank cell for zero."""
    text = "NA()"
    for node in reversed(of):
        one = formula(node, resolve)
        within = () if isinstance(node, Referring) else references(node)
        cells = (_referred(cell, resolve) for cell in within if cell.kind == "value")
        numbers = [f"ISNUMBER({cell})" for cell in (*cells, one)]
        there = numbers[0] if len(numbers) == 1 else f"AND({','.join(numbers)})"
        text = f"IF({there},{one},{text})"
    return text


def _listed(nodes: tuple[Node, ...], resolve: Resolve) -> str:
    return ",".join(formula(node, resolve) for node in nodes)


def _within(node: Node, least: int, resolve: Resolve) -> str:
    text, level = _formula(node, resolve)
    return text if level >= least else f"({text})"
