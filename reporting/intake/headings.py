"""Finds the row of headings of a sheet and matches its names with the columns of the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reporting.intake.schema import Schema
from reporting.spelling import plain

_SEARCHED = 50  # rows from the top of the used range in which the headings are looked for


@dataclass(frozen=True)
class Headings:
    """The row of headings, and what stands in its cells. Positions count the cells of a stored row from 0.

    index       position of the row among the stored rows
    positions   schema column -> position
    repeated    schema column -> all positions, where it is headed more than once (then not in `positions`)
    unknown     position -> heading that no column of the schema has
    missing     required columns without a heading
    unnamed     positions below which there are values, but no heading
    absent      optional columns without a heading
    """

    index: int
    positions: Mapping[str, int]
    repeated: Mapping[str, tuple[int, ...]]
    unknown: Mapping[int, object]
    missing: tuple[str, ...]
    unnamed: tuple[int, ...]
    absent: tuple[str, ...] = ()


def find_headings(rows: Sequence[Sequence[object]], schema: Schema) -> int | None:
    """Position of the row that names most columns of the schema, the first of equals; None where no row names one."""
    best, most = None, 0
    for index, row in enumerate(rows[:_SEARCHED]):
        named = len({plain(cell) for cell in row if isinstance(cell, str)} & schema.columns.keys())
        if named > most:
            best, most = index, named
    return best


def match_headings(row: Sequence[object], columns: Sequence[Sequence[object]], index: int, schema: Schema) -> Headings:
    """Match the cells of the row with the schema, without regard to case, spaces, hyphens and underscores.

    columns   the cells below it, by position
    index     position of the row among the stored rows
    """
    found: dict[str, list[int]] = {}
    unknown: dict[int, object] = {}
    for position, cell in enumerate(row):
        name = plain(cell) if isinstance(cell, str) else ""
        if name in schema.columns:
            found.setdefault(name, []).append(position)
        elif cell is not None and (name or not isinstance(cell, str)):
            unknown[position] = cell
    named = {position for places in found.values() for position in places} | unknown.keys()
    return Headings(
        index=index,
        positions={name: places[0] for name, places in found.items() if len(places) == 1},
        repeated={name: tuple(places) for name, places in found.items() if len(places) > 1},
        unknown=unknown,
        missing=tuple(name for name, column in schema.columns.items() if column.required and name not in found),
        unnamed=_unnamed(columns, named),
        absent=tuple(name for name, column in schema.columns.items() if not column.required and name not in found),
    )


def _unnamed(columns: Sequence[Sequence[object]], named: set[int]) -> tuple[int, ...]:
    return tuple(
        position
        for position, cells in enumerate(columns)
        if position not in named and any(cell not in (None, "") for cell in set(cells))
    )
