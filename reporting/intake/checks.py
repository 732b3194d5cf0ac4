"""Compiles a schema to a pandera schema, runs it over a table, and puts into words what failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from reporting.intake.codes import load_codes
from reporting.intake.convert import Converted
from reporting.intake.counted import counted
from reporting.intake.findings import Finding, Words, shown
from reporting.intake.readings import dtype_of
from reporting.intake.rules import CHECKS, rows_where
from reporting.intake.schema import (
    CURRENT_VERSION,
    TEXTUAL,
    Column,
    Schema,
    SchemaRule,
    load_network_schemas,
    load_schemas,
    standard_rules,
)
from reporting.origin import Cells, runs
from reporting.spelling import did_you_mean

Mask = npt.NDArray[np.bool_]
_ALL_LISTED = 12  # a choice of more values than this is not listed in full in a message


class CheckFault(RuntimeError):
    """A check could not be run: a fault of the program or of a schema, never of the data."""


@dataclass(frozen=True, eq=False)
class Condition:
    """A rule on given columns: what pandera runs under `name`."""

    name: str
    rule: SchemaRule
    columns: tuple[str, ...]
    passes: Callable[[pd.DataFrame], Mask]

    @property
    def involved(self) -> tuple[str, ...]:
        """All columns whose cells must fit their type for the rule to say anything."""
        return (*self.columns, *self.rule.when)


@dataclass(frozen=True, eq=False)
class Compiled:
    """A schema ready to run: the pandera schema and the conditions that stand in it, by name."""

    pandera: pa.DataFrameSchema
    conditions: Mapping[str, Condition]


@cache
def compile_schema(sheet: str) -> Compiled:
    """The pandera schema of a sheet, made once."""
    return compiled((load_network_schemas() if sheet in load_network_schemas() else load_schemas())[sheet])


def compiled(schema: Schema) -> Compiled:
    """Translate a schema: dtypes as columns, every rule as a check on the frame, named by code and column.

    CheckFault where a rule names a function that does not exist.
    """
    conditions = {condition.name: condition for condition in (*_column_conditions(schema), *_rule_conditions(schema))}
    columns = {name: pa.Column(_dtype(column), nullable=True) for name, column in schema.columns.items()}
    # One failure of each check is kept: the rows are taken from the mask, which is complete.
    checks = [
        pa.Check(_answer(condition), name=condition.name, ignore_na=False, n_failure_cases=1)
        for condition in conditions.values()
    ]
    return Compiled(pa.DataFrameSchema(columns, checks=checks, strict=True, name=schema.sheet), conditions)


def _dtype(column: Column) -> str | None:
    """What pandera compares: not text, on which it spends 2 ms a column, however short, to format no failures."""
    return None if column.type in TEXTUAL else dtype_of(column.type)


def _answer(condition: Condition) -> Callable[[pd.DataFrame], pd.Series[bool] | bool]:
    """What pandera is told: which rows pass, or that all do, which spares it the looking."""

    def answer(frame: pd.DataFrame) -> pd.Series[bool] | bool:
        passes = condition.passes(frame)
        return True if passes.all() else pd.Series(passes, index=frame.index)

    return answer


def _column_conditions(schema: Schema) -> Iterator[Condition]:
    for column in schema.columns.values():
        if column.required:
            yield _condition("blank_required", column, "given")
        if column.type == "choice":
            plain = frozenset(value for value in column.values if "<" not in value)
            yield _condition("not_allowed", column, "allowed", values=plain, pattern=column.pattern)
        elif column.type == "lei":
            yield _condition("lei_malformed", column, "lei_form")
            yield _condition("lei_check_digits_wrong", column, "lei_check_digits")
        elif column.type == "currency":
            yield _condition("unknown_currency", column, "on_code_list", standard="currency")
        elif column.type == "country":
            yield _condition("unknown_country", column, "on_code_list", standard="country")
        elif column.type == "share":
            yield _condition("share_out_of_range", column, "between", low=0, high=1)


def _condition(standard: str, column: Column, check: str, /, **arguments: Any) -> Condition:
    rule, columns = standard_rules()[standard], (column.name,)
    passes = partial(CHECKS[check], columns=columns, **arguments)
    return Condition(f"{rule.code}:{column.name}", rule, columns, passes)


def _rule_conditions(schema: Schema) -> Iterator[Condition]:
    for rule in schema.rules:
        if rule.check not in CHECKS:
            raise CheckFault(f"{rule.code}: there is no check {rule.check!r}{did_you_mean(rule.check, CHECKS)}")
        yield Condition(rule.code, rule, rule.columns, partial(_passes, rule))


def _passes(rule: SchemaRule, frame: pd.DataFrame) -> Mask:
    passes = CHECKS[rule.check](frame, rule.columns, **rule.arguments)
    return passes | ~rows_where(frame, rule.when) if rule.when else passes


# --- Running ---------------------------------------------------------------------------------------------------------


def check_table(converted: Converted) -> Iterator[Finding]:
    """Everything that the rules of the sheet find on the table. CheckFault where a rule cannot be run."""
    ready = compile_schema(converted.schema.sheet)
    failed = failing_rows(ready, converted.frame)
    for name, condition in ready.conditions.items():
        if name in failed:
            mask = failed[name]
            for column in condition.involved:
                mask = mask & ~converted.faulty[column]
            if mask.any():
                yield _finding(converted, condition, converted.rows[mask])


def failing_rows(ready: Compiled, frame: pd.DataFrame) -> Mapping[str, Mask]:
    """Name of the condition -> (n,) True where a row fails it; conditions that all rows pass are left out."""
    try:
        ready.pandera.validate(frame, lazy=True, inplace=True)
    except SchemaErrors as errors:
        return dict(_failed(error) for error in errors.schema_errors)
    return {}


def _failed(error: Any) -> tuple[str, Mask]:
    output = getattr(error, "check_output", None)
    if not isinstance(output, pd.Series):
        raise CheckFault(f"{error.check} on {error.schema.name} cannot be run: {error}")
    return error.check.name, ~output.to_numpy(dtype=bool)


def _finding(converted: Converted, condition: Condition, rows: npt.NDArray[np.int64]) -> Finding:
    words = _ConditionWords(converted, condition)
    also = tuple(converted.column(name) for name in condition.columns[1:] if name in converted.table.letters)
    if condition.columns[0] in converted.table.letters:
        return Finding(condition.rule, converted.column(condition.columns[0]), words, rows, also)
    need = "needs" if len(rows) == 1 else "need"
    # The sheet lacks the column: one fault, not one for each row that would need it.
    where = Cells(converted.table.file, converted.table.sheet, "", runs(rows.tolist()), condition.columns[0])
    found = f"the column {condition.columns[0]} is missing and {counted(len(rows), 'row')} {need} it"
    return Finding(condition.rule, where, lambda _: (found, ""))


# --- Words -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _ConditionWords:
    converted: Converted
    condition: Condition

    def __call__(self, row: int) -> Words:
        converted, condition = self.converted, self.condition
        special = _WORDS.get(condition.rule.check)
        return special(converted, condition, row) if special else (values_seen(converted, condition.involved, row), "")


def values_seen(converted: Converted, columns: tuple[str, ...], row: int) -> str:
    """`loss_allowance_specific is 300 (gross_carrying_amount is 200)`: the first column, and the others."""
    first, *others = (
        f"{name} is {shown(converted.seen(name, row))}" for name in dict.fromkeys(columns)
    )  # fmt: skip
    return f"{first} ({', '.join(others)})" if others else first


def _allowed_words(converted: Converted, condition: Condition, row: int) -> Words:
    (name,) = condition.columns
    values = list(converted.schema.columns[name].values)
    near = did_you_mean(str(converted.seen(name, row)), values)
    listed = ", ".join(values[:_ALL_LISTED]) + (", ..." if len(values) > _ALL_LISTED else "")
    return values_seen(converted, condition.columns, row), f"must be one of {listed}{near}"


def _code_words(standard: str, converted: Converted, condition: Condition, row: int) -> Words:
    found, codes = converted.seen(condition.columns[0], row), load_codes()[standard]
    meant = codes.instead.get(str(found)) or (str(found).upper() if str(found).upper() in codes.codes else "")
    asked = f"{condition.rule.rule.asked}, did you mean {meant!r}?" if meant else ""
    return values_seen(converted, condition.columns, row), asked


def _unique_words(converted: Converted, condition: Condition, row: int) -> Words:
    frame = converted.frame
    same = np.logical_and.reduce(
        [(frame[name] == frame.at[row, name]).to_numpy(dtype=bool) for name in condition.columns]
    )
    return f"{values_seen(converted, condition.columns, row)} as in row {converted.rows[same][0]}", ""


def _version_words(converted: Converted, condition: Condition, row: int) -> Words:
    found = values_seen(converted, condition.columns, row)
    newer = bool(converted.frame[condition.columns[0]].loc[row] > CURRENT_VERSION)
    which = "a newer layout than this release knows" if newer else "an older layout than this release reads"
    return found, f"must be {CURRENT_VERSION}: the submission follows {which}"


_WORDS: Mapping[str, Callable[[Converted, Condition, int], Words]] = {
    "not_allowed": _allowed_words,
    "unknown_currency": partial(_code_words, "currency"),
    "unknown_country": partial(_code_words, "country"),
    "unique": _unique_words,
    "current_version": _version_words,
}
