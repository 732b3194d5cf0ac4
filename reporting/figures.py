"""Figures: a number together with everything it was made from, down to cells and paragraphs of the law."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.origin import Cells, runs

ParameterValue = float | bool | str | Mapping[str, float]
Role = Literal["value", "selects", "converts"]


@dataclass(frozen=True)
class Parameter:
    """A number of the law in force on a date.

    value       number, switch or a mapping from category to number, in `unit`
    in_force    the day from which the value applies
    checked_on  when someone last compared it with the law
    confirmed   False where the text of the law was not at hand; marked so on every page that uses it
    """

    name: str
    label: str
    value: ParameterValue
    unit: str
    reference: str
    jurisdiction: str
    in_force: date
    checked_on: date
    confirmed: bool


@dataclass(frozen=True, eq=False)
class Source:
    """Cells of one column that a figure rests on.

    cells    file, sheet, column and heading; the rows stand in `rows`
    rows     (n,) row numbers, ascending, read-only
    role     value: the cell's number enters; selects: the cell decides which rows enter;
             converts: unit or exchange rate
    note     which selection, in words
    keys     (n,) key of the table row to which each cell belongs; None where every table row rests on all cells
    by       the column that the keys stand in; "" without keys
    via      for exchange rates, the column whose currencies were converted
    told     whether the keys are written out with the lineage, for no column of the sheet holds them; a row
             that serves several table rows stands once for each of them
    """

    cells: Cells
    rows: npt.NDArray[np.int64]
    role: Role = "value"
    note: str = ""
    keys: npt.NDArray[np.object_] | None = None
    by: str = ""
    via: str = ""
    told: bool = False

    def __post_init__(self) -> None:
        self.rows.flags.writeable = False

    def at(self, key: str | None) -> Cells:
        """The cells behind the table row `key`, or all of them."""
        if key is None or self.keys is None:
            return self._all
        return replace(self.cells, rows=runs(self.rows[self.keys == key]))

    def keyed_by(self, column: str) -> Source:
        """These cells for a table with the index `column`: any row of it rests on all of them if they go by another."""
        return self if self.by == column or self.keys is None else replace(self, keys=None, by="", told=False)

    @cached_property
    def _all(self) -> Cells:
        return replace(self.cells, rows=runs(self.rows))


@dataclass(frozen=True)
class Unavailable:
    """Why a figure cannot be given. A measure returns it in place of a number; it is never read as zero."""

    reason: str


Value = float | bool | str | pd.DataFrame


@dataclass(frozen=True, eq=False)
class Figure:
    """A value with its lineage.

    value      finite number or text; for a table a frame indexed by `key`, whose blank numbers are NaN; Unavailable
               where it cannot be given
    unit       "money" is the reporting currency in single units; "%" is per cent; "" has no unit
    formula    the formula in words, as printed
    inputs     figures, cells and parameters it was made from
    footnotes  warnings on cells it rests on, as text

    ValueError for a number that is not finite: the measure that made it has to say why there is none.
    """

    name: str
    label: str
    value: Value | Unavailable
    unit: str
    formula: str
    reference: str
    inputs: tuple[Figure | Source | Parameter, ...] = ()
    key: str = ""
    footnotes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if isinstance(self.value, pd.DataFrame):
            _check_table(self.name, self.value)
        elif isinstance(self.value, int | float | np.number) and not np.isfinite(self.value):
            raise ValueError(
                f"{self.name} is {self.value}, must be a finite number; one that cannot be given is Unavailable"
            )

    @property
    def available(self) -> bool:
        """Whether it has a value: False where it is `Unavailable`."""
        return not isinstance(self.value, Unavailable)

    @property
    def reason(self) -> str:
        """Why it has no value; "" where it has one."""
        return self.value.reason if isinstance(self.value, Unavailable) else ""

    @property
    def number(self) -> float:
        """The value as a number; TypeError where there is none."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float | np.floating):
            raise TypeError(f"{self.name} is not a number: {self.reason or type(self.value).__name__}")
        return float(self.value)

    @property
    def table(self) -> pd.DataFrame:
        """A copy-on-write copy of the value as a table, so that no caller changes it; TypeError where it is not one."""
        if not isinstance(self.value, pd.DataFrame):
            raise TypeError(f"{self.name} is not a table: {self.reason or type(self.value).__name__}")
        return self.value.copy(deep=False)

    def explain(self, key: str | None = None) -> str:
        """The tree below this figure as text, down to the cells; for a table figure the row `key`, or all of it.

        KeyError for a key that the table does not have.
        """
        return "\n".join(_explained(self, key, "", set()))

    def rows_behind(self, column: str, key: str) -> list[str | None]:
        """Keys of the rows of this table that a table with the index `column` used for its row `key`.

        [None], this figure as a whole, where it has no such column.
        """
        if not isinstance(self.value, pd.DataFrame) or column not in self.value:
            return [None]
        return [str(name) for name in self.value.index[self.value[column] == key]]

    def ancestors(self) -> Iterator[Figure | Source | Parameter]:
        """Everything below this figure, each once, nearest first."""
        seen: set[int] = set()
        queue: list[Figure | Source | Parameter] = list(self.inputs)
        while queue:
            item = queue.pop(0)
            if id(item) in seen:
                continue
            seen.add(id(item))
            yield item
            if isinstance(item, Figure):
                queue.extend(item.inputs)


def _check_table(name: str, table: pd.DataFrame) -> None:
    for column, values in table.select_dtypes("number").items():
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        if (places := np.flatnonzero(np.isinf(numbers))).size:
            where = f"{name}[{table.index[places[0]]}].{column}"
            raise ValueError(f"{where} is {numbers[places[0]]}, must be a finite number or blank")


def value_text(value: object, unit: str) -> str:
    """A value with its unit, at full precision for amounts below 1e15."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | np.number):
        amount = f"{float(value):,.2f}" if unit == "money" else f"{float(value):.10g}"
        return amount if unit in ("money", "") else f"{amount} {unit}"
    return str(value)


def _explained(figure: Figure, key: str | None, indent: str, seen: set[tuple[str, str | None]]) -> Iterator[str]:
    yield f"{indent}{figure.name}{'' if key is None else f'[{key}]'} = {_result(figure, key)}"
    below = indent + "    "
    if (figure.name, key) in seen:
        yield f"{below}(explained above)"
        return
    seen.add((figure.name, key))
    yield f"{below}{figure.label}: {figure.formula} [{figure.reference}]"
    for note in figure.footnotes:
        yield f"{below}note: {note}"
    for item in figure.inputs:
        if isinstance(item, Figure):
            for row in [None] if key is None else item.rows_behind(figure.key, key):
                yield from _explained(item, row, below, seen)
        elif isinstance(item, Parameter):
            yield f"{below}parameter {_parameter(item, key)}"
        elif cells := item.at(key):
            note = f", where {item.note}" if item.note else ""
            yield f"{below}{item.role} {cells} ({cells.heading}{note})"


def _result(figure: Figure, key: str | None) -> str:
    if isinstance(figure.value, Unavailable):
        return f"not available: {figure.reason}"
    if not isinstance(figure.value, pd.DataFrame):
        return value_text(figure.value, figure.unit)
    if key is None:
        return f"a table of {len(figure.value)} rows by {figure.key}"
    row = figure.table.loc[key]
    return ", ".join(f"{column} {_cell_text(value)}" for column, value in row.items())


def _cell_text(value: Any) -> str:
    if pd.isna(value):
        return "blank"
    if isinstance(value, datetime):
        return value.date().isoformat()
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return f"{value:,.15g}" if number else value_text(value, "")


def _parameter(parameter: Parameter, key: str | None) -> str:
    value = parameter.value
    if isinstance(value, Mapping):
        chosen = {key: value[key]} if key is not None and key in value else value
        text = ", ".join(f"{name} {number:g}" for name, number in chosen.items())
    else:
        text = value_text(value, "")
    state = "confirmed" if parameter.confirmed else "UNCONFIRMED"
    unit = f" {parameter.unit}" if parameter.unit else ""
    return f"{parameter.name} = {text}{unit} ({parameter.reference}; in force from {parameter.in_force}; {state})"
