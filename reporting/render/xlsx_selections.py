"""Selections of input rows as formulas: SUMIFS and COUNTIFS, or products of arrays where those would not be exact."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence

from reporting.expressions import ExpressionError
from reporting.expressions.excel import quoted
from reporting.portfolio.facts import FactSpec
from reporting.render.xlsx_layout import Block

ROW = "\0"  # stands for the row number in the formula of a column
# SUMIFS reads "<5", "=x", "a?", "007", "true" and "mar-10" as conditions, numbers, booleans or dates; only identifiers,
# which it takes letter by letter but for their case, are given to it.
_PLAIN = re.compile(
    r"(?!(?i:true|false)$)(?!(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[A-Za-z]*_?[0-9])[A-Za-z][A-Za-z0-9_]*"
)

_LONGEST_CONDITION = 255  # characters

Conditions = list[tuple[str, list[str]]]


def total_formula(
    spec: FactSpec, block: Block | None, column: str = "", by: str = "", keys: Collection[str] = ()
) -> str:
    """The sum of a fact's cells; with `by` of those whose `by` equals the key in column A of the formula's row.

    block   the rows of the sheet; None where the submission has no such sheet, which sums to 0
    column  which, for a fact with several columns
    keys    all keys of the table in whose rows the formula stands
    """
    if block is None:
        return "0"
    amounts = block.range(known_column(spec, block, column or spec.column))
    of_key = block.range(known_column(spec, block, by)) if by else ""
    if not by and spec.selects_all:
        return f"SUM({amounts})"
    if not _takes_conditions(spec) or (by and not _are_plain(keys)):
        arrays = [f"EXACT({of_key},$A{ROW})"] * bool(by) + _products(spec, block)
        return f"SUMPRODUCT({'*'.join(arrays)}*1,{amounts})"
    key: Conditions = [(of_key, [f"$A{ROW}"])] if by else []
    return _added([f"SUMIFS({amounts},{_listed([*key, *c])})" for c in _conditions(spec, block)], spec)


def count_formula(spec: FactSpec, block: Block | None, column: str = "") -> str:
    """How many cells of a fact hold a number; the arguments are those of `total_formula`."""
    if block is None:
        return "0"
    amounts = block.range(known_column(spec, block, column or spec.column))
    if spec.selects_all:
        return f"COUNT({amounts})"
    if not _takes_conditions(spec):
        return f"SUMPRODUCT({'*'.join(_products(spec, block))}*ISNUMBER({amounts}))"
    return _added([f'COUNTIFS({_listed(c)},{amounts},">-9E+307")' for c in _conditions(spec, block)], spec)


def rows_formula(spec: FactSpec, block: Block | None) -> str:
    """How many rows a fact selects; ExpressionError where it selects all of them."""
    if block is None:
        return "0"
    if spec.selects_all:
        raise ExpressionError(f"fact {spec.name} counts rows without a condition")
    if not _takes_conditions(spec):
        return f"SUMPRODUCT({'*'.join(_products(spec, block))}*1)"
    return _added([f"COUNTIFS({_listed(c)})" for c in _conditions(spec, block)], spec)


def _conditions(spec: FactSpec, block: Block) -> list[Conditions]:
    """Conditions of SUMIFS; a selection in force has two lots, as `valid_to` may be blank."""
    fixed = [
        (block.range(known_column(spec, block, c)), [_condition(v) for v in values]) for c, values in spec.where.items()
    ]
    if not spec.in_force:
        return [fixed]
    begun = (block.range("valid_from"), ['"<="&entity_reference_date'])
    ends = block.range("valid_to")
    return [[*fixed, begun, (ends, ['">="&entity_reference_date'])], [*fixed, begun, (ends, ['"="'])]]


def _products(spec: FactSpec, block: Block) -> list[str]:
    """The same selection as arrays of 0 and 1, for what SUMIFS would not take letter by letter."""
    arrays = [_any_of(block.range(known_column(spec, block, column)), values) for column, values in spec.where.items()]
    if spec.in_force:
        ends = block.range("valid_to")
        arrays.append(f"({block.range('valid_from')}<=entity_reference_date)")
        arrays.append(f'((({ends}="")+({ends}>=entity_reference_date))>0)')
    return arrays


def known_column(spec: FactSpec, block: Block, column: str) -> str:
    """The column itself. ExpressionError where the sheet lacks it."""
    if column not in block.columns:
        raise ExpressionError(f"fact {spec.name}: sheet {spec.sheet} has no column {column!r}")
    return column


def _condition(value: str | bool) -> str:
    return str(value).upper() if isinstance(value, bool) else quoted(value)


def _listed(conditions: Conditions) -> str:
    """Several values become array constants: the first list lies, the second stands, so that all pairs are made."""
    separators = itertools.chain(",;")
    parts = []
    for cells, values in conditions:
        parts.append(f"{cells},{values[0] if len(values) == 1 else '{' + next(separators).join(values) + '}'}")
    return ",".join(parts)


def _added(terms: Sequence[str], spec: FactSpec) -> str:
    several = any(len(values) > 1 for values in spec.where.values())
    parts = [f"SUMPRODUCT({term})" if several else term for term in terms]
    return parts[0] if len(parts) == 1 else f"({'+'.join(parts)})"


def _takes_conditions(spec: FactSpec) -> bool:
    """True where SUMIFS selects exactly these rows: plain values, none counted twice, at most two lists."""
    lists = [values for values in spec.where.values() if len(values) > 1]
    texts = [v.removesuffix("*") for values in spec.where.values() for v in values if isinstance(v, str)]
    return all(map(_PLAIN.fullmatch, texts)) and len(lists) <= 2 and not any(map(_overlap, lists))


def letter_safe(keys: Collection[str]) -> bool:
    """True where SUMIFS tells all these texts from each other, and takes none of them for something else.

    Names that are joined by a bar are no numbers, dates or conditions either, if they begin with a letter.
    """
    distinct = set(keys)
    return all(map(_is_safe, distinct)) and len({key.lower() for key in distinct}) == len(distinct)


def _is_safe(key: str) -> bool:
    joined = " | " in key and key[:1].isalpha() and len(key) <= _LONGEST_CONDITION and not set("*?~") & set(key)
    return joined or bool(_PLAIN.fullmatch(key))


def _are_plain(keys: Collection[str]) -> bool:
    return all(map(_PLAIN.fullmatch, keys)) and len({key.lower() for key in keys}) == len(keys)


def _overlap(values: Sequence[str | bool]) -> bool:
    texts = [value.lower() for value in values if isinstance(value, str)]
    begins = [text[:-1] for text in texts if text.endswith("*")]
    return len(set(texts)) < len(texts) or any(t.startswith(b) and t != b + "*" for b in begins for t in texts)


def _any_of(cells: str, values: Sequence[str | bool]) -> str:
    parts = [_equal(cells, value) for value in values]
    return parts[0] if len(parts) == 1 else f"(({'+'.join(parts)})>0)"


def _equal(cells: str, value: str | bool) -> str:
    if isinstance(value, bool):
        return f"({cells}={str(value).upper()})"
    if value.endswith("*"):
        return f"EXACT(LEFT({cells},{len(value) - 1}),{quoted(value[:-1])})"
    return f"EXACT({cells},{quoted(value)})"
