"""From text to expressions: Python's own parser, then an allow-list that refuses everything else."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable

from reporting.expressions.errors import ExpressionError
from reporting.expressions.expression import Expression
from reporting.expressions.nodes import (
    UNAVAILABLE,
    Arithmetic,
    Choice,
    Comparison,
    Function,
    Kind,
    Logic,
    Negative,
    Node,
    Not,
    NotAvailable,
    Number,
    Reference,
    Referring,
    Text,
)

LONGEST = 4_000  # characters
DEEPEST = 150  # nodes within nodes; Python's own limits lie above

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)?")
_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_FUNCTIONS = {
    "min": (1, 30),
    "max": (1, 30),
    "abs": (1, 1),
    "sqrt": (1, 1),
    "exp": (1, 1),
    "norm_cdf": (1, 1),
    "first": (2, 30),
}
_ABOUT_NAMES: dict[str, Kind] = {
    "total": "total",
    "count": "count",
    "stated": "stated",
    "rate": "rate",
    "days": "days",
}


def parse(text: str) -> Expression:
    """The expression that `text` says. ExpressionError, with a caret at the place, for anything that is not allowed."""
    line = text.replace("\n", " ").strip()
    if len(line) > LONGEST:
        raise ExpressionError(f"the expression has {len(line)} characters, at most {LONGEST} are allowed")
    return Expression(_Reader(line).number(_syntax_tree(line)))


def _syntax_tree(line: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ast.parse(line, mode="eval").body
    except SyntaxError as error:
        column = None if error.offset is None else min(max(error.offset - 1, 0), len(line))
        raise ExpressionError(f"not an expression: {error.msg}", line, column) from None
    except (ValueError, MemoryError, RecursionError, Warning) as error:
        raise ExpressionError(f"not an expression: {error or 'it is nested too deeply'}", line) from None


class _Reader:
    """Turns the syntax tree of one line into nodes; every refusal points into that line."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.depth = 0

    def number(self, tree: ast.expr) -> Node:
        return self._deeper(tree, self._number)

    def condition(self, tree: ast.expr) -> Node:
        return self._deeper(tree, self._condition)

    def _deeper(self, tree: ast.expr, read: Callable[[ast.expr], Node]) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._refused(tree, "this is nested too deeply")
        node = read(tree)
        self.depth -= 1
        return node

    def _number(self, tree: ast.expr) -> Node:
        match tree:
            case ast.Constant():
                return self._constant(tree)
            case ast.Name() | ast.Attribute():
                return Referring(Reference("value", self._name(tree)))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negative(self.number(operand))
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SIGNS:
                return Arithmetic(_SIGNS[type(sign)], self.number(left), self.number(right))
            case ast.IfExp(test=test, body=then, orelse=other):
                return Choice(self.condition(test), self._branch(then), self._branch(other))
            case ast.Call():
                return self._call(tree)
            case ast.Subscript(value=mapping, slice=ast.Name(id="key")):
                return Referring(Reference("lookup", self._name(mapping)))
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                raise self._refused(tree, "a condition stands where a number is needed")
            case _:
                raise self._refused(tree, "this is not allowed in an expression")

    def _branch(self, tree: ast.expr) -> Node:
        """A number, or the word for what has none."""
        if isinstance(tree, ast.Name) and tree.id == UNAVAILABLE:
            return NotAvailable()
        return self.number(tree)

    def _condition(self, tree: ast.expr) -> Node:
        match tree:
            case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _COMPARED:
                return self._comparison(tree, _COMPARED[type(sign)], left, right)
            case ast.Compare(ops=[_, _, *_]):
                raise self._refused(tree, "one comparison at a time: join two with `and`")
            case ast.BoolOp(op=word, values=values):
                return Logic("and" if isinstance(word, ast.And) else "or", tuple(self.condition(v) for v in values))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.condition(operand))
            case ast.Name() | ast.Attribute():
                return Referring(Reference("flag", self._name(tree)))
            case _:
                raise self._refused(tree, "a condition is needed here, such as `a > b`")

    def _comparison(self, tree: ast.expr, sign: str, left: ast.expr, right: ast.expr) -> Node:
        texts = [side for side in (left, right) if isinstance(side, ast.Constant) and isinstance(side.value, str)]
        if not texts:
            return Comparison(sign, self.number(left), self.number(right))
        if len(texts) > 1 or sign not in ("==", "!="):
            raise self._refused(tree, "a text is compared with a name, by == or !=")
        return Comparison(sign, self._text_side(left), self._text_side(right))

    def _text_side(self, tree: ast.expr) -> Node:
        if isinstance(tree, ast.Constant):
            text = str(tree.value)
            if not text.isprintable() or len(text) > 255:
                raise self._refused(tree, "a text has at most 255 characters, all printable")
            return Text(text)
        return Referring(Reference("text", self._name(tree)))

    def _constant(self, tree: ast.Constant) -> Node:
        if isinstance(tree.value, str):
            raise self._refused(tree, "text is allowed only in a comparison")
        if isinstance(tree.value, bool) or not isinstance(tree.value, int | float):
            raise self._refused(tree, "only numbers are allowed here")
        try:
            value = float(tree.value)
        except OverflowError:
            value = math.inf
        if math.isinf(value):
            raise self._refused(tree, "this number is too large")
        return Number(value)

    def _name(self, tree: ast.expr) -> str:
        name = ast.unparse(tree) if isinstance(tree, ast.Name | ast.Attribute) else ""
        if not _NAME.fullmatch(name):
            raise self._refused(tree, "a name is needed here: letters, digits, underscores and at most one dot")
        if name == UNAVAILABLE:
            raise self._refused(tree, f"`{UNAVAILABLE}` stands only as a branch, as in `a if b > 0 else {UNAVAILABLE}`")
        if name == "key":
            raise self._refused(tree, "`key` stands only in brackets, as in `factors[key]`")
        return name

    def _call(self, tree: ast.Call) -> Node:
        called = tree.func.id if isinstance(tree.func, ast.Name) else ""
        if called in _ABOUT_NAMES:
            return self._about_a_name(tree, _ABOUT_NAMES[called])
        if called not in _FUNCTIONS:
            raise self._refused(tree, f"unknown function; there are {', '.join(sorted({*_FUNCTIONS, *_ABOUT_NAMES}))}")
        fewest, most = _FUNCTIONS[called]
        if tree.keywords or not fewest <= len(tree.args) <= most:
            raise self._refused(tree, f"{called} takes {'one number' if most == 1 else f'{fewest} to {most} numbers'}")
        return Function(called, tuple(self.number(argument) for argument in tree.args))

    def _about_a_name(self, tree: ast.Call, kind: Kind) -> Node:
        if len(tree.args) != 1:
            raise self._refused(tree, f"{kind} takes one name")
        by = ""
        for keyword in tree.keywords:
            if kind != "total" or keyword.arg != "by" or by or not isinstance(keyword.value, ast.Name):
                raise self._refused(
                    keyword.value, "the only word allowed here is `by`, in a total, with the name of a column"
                )
            by = self._name(keyword.value)
        return Referring(Reference(kind, self._name(tree.args[0]), by))

    def _refused(self, tree: ast.expr, message: str) -> ExpressionError:
        before = self.line.encode()[: tree.col_offset]
        return ExpressionError(message, self.line, len(before.decode(errors="ignore")))
