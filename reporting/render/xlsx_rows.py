"""Formulas for the rows of a table: what differs from row to row is filled in, as each row's cells are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from reporting.expressions import ExpressionError, Reference
from reporting.expressions.excel import quoted
from reporting.expressions.references import both
from reporting.render.xlsx_columns import digits
from reporting.render.xlsx_layout import Block
from reporting.render.xlsx_selections import ROW, letter_safe
from reporting.render.xlsx_text import sheet_reference

_FIRST_FILLING = 0xE000  # of the characters that stand for what is filled in; no formula of ours has others of these


@dataclass(frozen=True)
class RowFormula:
    """A formula, without `=`, for all rows of a table.

    text      with ROW for the row number, and characters of `fillings`
    fillings  character -> what stands in its place in each row of the table
    """

    text: str
    fillings: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def at(self, place: int, row: int) -> str:
        """The formula of the row that is `place` (from 0) in the table and has the number `row` on its sheet."""
        text = self.text.replace(ROW, str(row))
        for mark, texts in self.fillings.items():
            text = text.replace(mark, texts[place])
        return text


class Rows:
    """The rows of the table in which a formula is written; collects what has to be filled in."""

    def __init__(self, table: pd.DataFrame, block: Block, column: str) -> None:
        self.table, self.block, self.column = table, block, column
        self.fillings: dict[str, Sequence[str]] = {}

    def has(self, name: str) -> bool:
        """True for a column of the table, and for its key by name."""
        return name in self.block.columns or name == self.table.index.name

    def letter(self, name: str) -> str:
        """Where a column stands; the key, by its name or as `key`, in column A."""
        return self.block.columns.get(name, "A")

    def cell(self, name: str) -> str:
        """The cell of the row in a column, for formulas of the same sheet."""
        return f"${self.letter(name)}{ROW}" if self.letter(name) == "A" else f"{self.letter(name)}{ROW}"

    def values(self, name: str) -> list[object]:
        """The cells of a column, or the keys; None for blank."""
        return plain(column_or_key(self.table, name) if self.has(name) else self.table.index.to_series())

    def keys(self, name: str) -> list[str]:
        """The texts of a column, blanks left out."""
        return [str(value) for value in self.values(name) if value is not None]

    def computed(self) -> str:
        """The program's value of each cell."""
        values = self.values(self.column)
        return self._filled([quoted("") if value is None else digits(float(str(value))) for value in values])

    def looked_up(self, reference: Reference, target: pd.DataFrame, block: Block, numbers: Sequence[int]) -> str:
        """The cell in the row of another table that has what stands in brackets; #N/A where no row has it.

        numbers   of the rows of `target` on its sheet
        """
        column = reference.name.partition(".")[2]
        if column not in block.columns and column != target.index.name:
            raise ExpressionError(f"{reference.name}: there is no column {column}")
        pairs = [both(place) for place in reference.at]
        theirs = zip(*(plain(column_or_key(target, name)) for name, _ in pairs), strict=True)
        row_of = dict(zip(theirs, numbers, strict=True))
        place = f"{sheet_reference(block.sheet)}!${block.columns.get(column, 'A')}$"
        own = zip(*(self.values(name) for _, name in pairs), strict=True)
        rows = [row_of.get(key) for key in own]
        return self._filled(["NA()" if row is None else f"{place}{row}" for row in rows])

    def _filled(self, texts: Sequence[str]) -> str:
        for mark, known in self.fillings.items():
            if known == texts:
                return mark
        mark = chr(_FIRST_FILLING + len(self.fillings))
        self.fillings[mark] = texts
        return mark


def column_or_key(table: pd.DataFrame, name: str) -> pd.Series:
    """A column of a frame, or its index. ExpressionError where it has neither by that name."""
    if name in table:
        return table[name]
    if table.index.name != name:
        raise ExpressionError(f"there is no column {name}")
    return table.index.to_series()


def plain(column: pd.Series) -> list[object]:
    """The cells of a column, None for blank."""
    return column.astype(object).where(column.notna(), None).tolist()


def total_of_table(reference: Reference, target: pd.DataFrame, block: Block, rows: Rows | None) -> str:
    """The sum, or the largest, of a column of a table figure, of the rows that the reference asks for."""
    column = reference.name.partition(".")[2]
    amounts = block.range(column)
    if not reference.by and not reference.where:
        return f"{'MAX' if reference.kind == 'largest' else 'SUM'}({amounts})"
    wanted = [(_range(block, name), quoted(v) if isinstance(v, str) else digits(v)) for name, v in reference.where]
    keys: list[str] = []
    if reference.by and rows is not None:
        wanted.append((_range(block, reference.by), rows.cell(reference.by)))
        keys = [
            *rows.keys(reference.by),
            *(str(v) for v in plain(column_or_key(target, reference.by)) if v is not None),
        ]
    if reference.kind == "largest":
        return f"SUMPRODUCT(MAX({_product(wanted)}*{amounts}))"
    if letter_safe([*keys, *(v for _, v in reference.where if isinstance(v, str))]):
        return f"SUMIFS({amounts},{','.join(f'{cells},{value}' for cells, value in wanted)})"
    return f"SUMPRODUCT({_product(wanted)}*1,{amounts})"


def _product(wanted: Sequence[tuple[str, str]]) -> str:
    return "*".join(f'EXACT({cells}&"",{value}&"")' for cells, value in wanted)


def _range(block: Block, name: str) -> str:
    at = block.columns.get(name, "A")
    return f"{sheet_reference(block.sheet)}!${at}${block.first}:${at}${block.last}"
