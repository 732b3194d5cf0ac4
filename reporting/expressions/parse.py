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
    COMPUTED,
    WORDS,
    Arithmetic,
    Choice,
    Comparison,
    Constant,
    Function,
    Kind,
    Logic,
    Negative,
    Node,
    Not,
    Number,
    Reference,
    Referring,
    Same,
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
    "ln": (1, 1),
    "norm_cdf": (1, 1),
    "first": (2, 30),
}
_ABOUT_NAMES: dict[str, Kind] = {
    "total": "total",
    "largest": "largest",
    "count": "count",
    "stated": "stated",
    "rate": "rate",
    "days": "days",
}
_CONDITIONS = {"given": 1, "same": 2}  # about so many cells


def parse(text: str) -> Expression:
    """The expression that `text` says. ExpressionError, with a caret at the place, for anything that is not allowed."""
    line = text.replace("\n", " ").strip()
    if len(line) > LONGEST:
        raise ExpressionError(f"the expression has {len(line)} characters, at most {LONGEST} are allowed")
    if line == COMPUTED:
        return Expression(WORDS[COMPUTED])
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
        """The node of what gives a number. Raises ExpressionError."""
        return self._deeper(tree, self._number)

    def condition(self, tree: ast.expr) -> Node:
        """The node of what is true or false. Raises ExpressionError."""
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
            case ast.Subscript(value=mapping, slice=ast.Constant(value=str(entry))):
                return Referring(Reference("entry", self._name(mapping), at=(self._text(tree, entry),)))
            case ast.Subscript():
                return Referring(self._cell("lookup", tree))
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                raise self._refused(tree, "a condition stands where a number is needed")
            case _:
                raise self._refused(tree, "this is not allowed in an expression")

    def _branch(self, tree: ast.expr) -> Node:
        """A number, or a word for what has none."""
        if isinstance(tree, ast.Name) and tree.id in WORDS:
            return WORDS[tree.id]
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
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return Referring(self._cell("flag", tree))
            case ast.Call(func=ast.Name(id=called)) if called in _CONDITIONS:
                return self._about_cells(tree, called)
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
            return Text(self._text(tree, str(tree.value)))
        return Referring(self._cell("text", tree))

    def _text(self, tree: ast.expr, text: str) -> str:
        if not text.isprintable() or len(text) > 255:
            raise self._refused(tree, "a text has at most 255 characters, all printable")
        return text

    def _about_cells(self, tree: ast.Call, called: str) -> Node:
        if tree.keywords or len(tree.args) != _CONDITIONS[called]:
            raise self._refused(tree, f"{called} takes {'one name' if called == 'given' else 'two names'}")
        if called == "given":
            return Referring(self._cell("given", tree.args[0]))
        left, right = (Referring(self._cell("text", argument)) for argument in tree.args)
        return Same(left, right)

    def _cell(self, kind: Kind, tree: ast.expr) -> Reference:
        """A name, or the cell of a table or sheet in the row that has what stands in the brackets."""
        if not isinstance(tree, ast.Subscript):
            return Reference(kind, self._name(tree))
        parts = tree.slice.elts or [tree.slice] if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        return Reference(kind, self._name(tree.value), at=tuple(self._place(tree, part) for part in parts))

    def _place(self, tree: ast.expr, part: ast.expr) -> str:
        match part:
            case ast.Name(id=name):
                return name
            case ast.Slice(lower=ast.Name(id=theirs), upper=ast.Name(id=own), step=None):
                return f"{theirs}: {own}"
            case _:
                raise self._refused(
                    tree, "this is not allowed in an expression: brackets hold `key`, columns or a text"
                )

    def _constant(self, tree: ast.Constant) -> Number:
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
        if name in WORDS:
            raise self._refused(tree, f"`{name}` stands only as a branch, as in `a if b > 0 else {name}`")
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
        if kind not in ("total", "largest"):
            if tree.keywords:
                raise self._refused(tree.keywords[0].value, f"`by` and conditions stand in a total, not in {kind}")
            return Referring(self._cell(kind, tree.args[0]))
        by, where = "", []
        for keyword in tree.keywords:
            if keyword.arg == "by" and not by and isinstance(keyword.value, ast.Name):
                by = self._name(keyword.value)
            elif keyword.arg and keyword.arg != "by" and kind == "total":
                where.append((keyword.arg, self._wanted(keyword.value)))
            else:
                raise self._refused(keyword.value, "`by` takes the name of a column, other words a constant")
        return Referring(Reference(kind, self._name(tree.args[0]), by, where=tuple(where)))

    def _wanted(self, tree: ast.expr) -> Constant:
        """The constant that a column must equal."""
        if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
            return self._text(tree, tree.value)
        if not isinstance(tree, ast.Constant):
            raise self._refused(tree, "`by` takes the name of a column, other words a constant")
        number = self._constant(tree)
        return number.value

    def _refused(self, tree: ast.expr, message: str) -> ExpressionError:
        before = self.line.encode()[: tree.col_offset]
        return ExpressionError(message, self.line, len(before.decode(errors="ignore")))
