"""What expressions are made of, and how they are written down again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

UNAVAILABLE = "unavailable"  # the word for NotAvailable in an expression
BLANK = "blank"  # the word for Blank
COMPUTED = "computed"  # the word for Computed

Kind = Literal[
    "value",
    "text",
    "flag",
    "given",
    "total",
    "largest",
    "count",
    "lookup",
    "entry",
    "stated",
    "rate",
    "days",
    "computed",
]
Constant = str | float

REFERENCE_DATE = "entity.reference_date"  # from which `days` counts


@dataclass(frozen=True, slots=True)
class Reference:
    """What a formula has to point at.

    kind   value, stated: a number; text: a text that is compared; flag: a boolean; given: whether a cell is not blank;
           total, largest, count: a selection of rows, or a column of a table; lookup: an entry of a mapping parameter,
           or a cell in a row of another table or sheet; entry: an entry of a mapping parameter named in quotes;
           rate: the exchange rate for the currency in the column `name`; days: calendar days from the reference date to
           the date in the column; computed: the program's own value of the cell
    name   as written, dotted where it was dotted
    by     for a total, the column that must equal the same column, or the key, of the table row; "" for all rows
    at     what stands in brackets: `key`, or columns that must equal those of the table row, `a` or `theirs: own` where
           they go by other names; of an entry, its name. () without brackets
    where  for a total, columns that must equal a constant
    """

    kind: Kind
    name: str
    by: str = ""
    at: tuple[str, ...] = ()
    where: tuple[tuple[str, Constant], ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """A number written out; not negative."""

    value: float


@dataclass(frozen=True, slots=True)
class NotAvailable:
    """What stands in place of a number where there is none: never zero. Only a branch of a choice can be it."""


@dataclass(frozen=True, slots=True)
class Blank:
    """What stands in place of a number where none applies: an empty cell. Only a branch of a choice can be it."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The program's own value of the cell, which follows no input. A branch of a choice, or the whole expression."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text written out."""

    value: str


@dataclass(frozen=True, slots=True)
class Referring:
    """A node that stands for what its reference points at."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Negative:
    """The number with its sign changed."""

    of: Node


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers joined by `+ - * /`."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two numbers, or a name and a text, compared."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Same:
    """Two cells that hold the same, or are both blank."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """Conditions joined by `and` or `or`."""

    word: str
    of: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    of: Node


@dataclass(frozen=True, slots=True)
class Choice:
    """`then` where the condition holds, otherwise `other`."""

    condition: Node
    then: Node
    other: Node


@dataclass(frozen=True, slots=True)
class Function:
    """A function of numbers."""

    name: str
    of: tuple[Node, ...]


Word = NotAvailable | Blank | Computed
Node = (
    Number | Word | Text | Referring | Negative | Arithmetic | Comparison | Same | Logic | Not | Choice | Function
)  # fmt: skip
WORDS: Mapping[str, Word] = {UNAVAILABLE: NotAvailable(), BLANK: Blank(), COMPUTED: Computed()}

_CHOICE, _OR, _AND, _NOT, _COMPARED, _SUM, _PRODUCT, _SIGNED, _ATOM = range(9)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below this one, in the order of writing."""
    match node:
        case Negative(of) | Not(of):
            return (of,)
        case Arithmetic(_, left, right) | Comparison(_, left, right) | Same(left, right):
            return left, right
        case Logic(_, of) | Function(_, of):
            return of
        case Choice(condition, then, other):
            return then, condition, other
        case _:
            return ()


def references(node: Node) -> Iterator[Reference]:
    """Every reference, in the order of writing, as often as it is written."""
    if isinstance(node, Referring):
        yield node.reference
    for child in children(node):
        yield from references(child)


def has_blank(node: Node) -> bool:
    """True where the expression itself says that a cell may be empty."""
    return isinstance(node, Blank | Computed) or any(map(has_blank, children(node)))


def written(node: Node) -> str:
    """The expression as text that parses to the same nodes."""
    return _written(node)[0]


def _written(node: Node) -> tuple[str, int]:
    match node:
        case Number(value):
            return number_text(value), _ATOM
        case NotAvailable() | Blank() | Computed():
            return next(word for word, meant in WORDS.items() if meant == node), _ATOM
        case Text(value):
            return repr(value), _ATOM
        case Referring(reference):
            return _reference_text(reference), _ATOM
        case Negative(of):
            return f"-{_within(of, _SIGNED)}", _SIGNED
        case Arithmetic(sign, left, right):
            level = _SUM if sign in "+-" else _PRODUCT
            return f"{_within(left, level)} {sign} {_within(right, level + 1)}", level
        case Comparison(sign, left, right):
            return f"{_within(left, _SUM)} {sign} {_within(right, _SUM)}", _COMPARED
        case Same(left, right):
            return f"same({written(left)}, {written(right)})", _ATOM
        case Logic(word, of):
            level = _AND if word == "and" else _OR
            return f" {word} ".join(_within(item, level + 1) for item in of), level
        case Not(of):
            return f"not {_within(of, _NOT)}", _NOT
        case Choice(condition, then, other):
            return f"{_within(then, _OR)} if {_within(condition, _OR)} else {_within(other, _CHOICE)}", _CHOICE
        case Function(name, of):
            return f"{name}({', '.join(written(item) for item in of)})", _ATOM


def _within(node: Node, least: int) -> str:
    text, level = _written(node)
    return text if level >= least else f"({text})"


def _reference_text(reference: Reference) -> str:
    name, by = reference.name, f", by={reference.by}" if reference.by else ""
    if reference.kind == "entry":
        return f"{name}[{reference.at[0]!r}]"
    if reference.at:
        name = f"{name}[{', '.join(reference.at)}]"
    if reference.kind in ("total", "largest", "count", "stated", "rate", "days", "given"):
        only = "".join(f", {column}={_constant_text(value)}" for column, value in reference.where)
        return f"{reference.kind}({name}{by}{only})"
    return name


def _constant_text(value: Constant) -> str:
    return repr(value) if isinstance(value, str) else number_text(value)


def number_text(value: float) -> str:
    """The shortest text that gives the same number: `100`, `0.1`, `1e+22`."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
