"""Facts: the selections of cells that measures rest on, declared as data beside the measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from reporting.documents import read_yaml
from reporting.problems import ConfigurationFault
from reporting.spelling import did_you_mean

Shape = Literal["rows", "frame", "one", "count"]


class FactError(ConfigurationFault):
    """A facts file breaks its own rules."""


@dataclass(frozen=True)
class FactSpec:
    """Which cells a measure's argument is made of.

    sheet     the sheet it comes from
    columns   the columns handed over, of the schema or derived ones (`reporting/portfolio/derived.yaml`)
    where     column -> the values that select a row (text or bool); all columns must match. A text that ends in `*`
              selects every value that begins so; `*` alone every cell that is not blank.
    in_force  True where only rows valid on the reference date count (columns valid_from, valid_to)
    shape     rows: one column as an array (n,); frame: the columns as a frame; one: the value of the one selected row;
              count: how many rows are selected, no column
    key       for a frame, the column whose value names the row of a table figure
    places    for a frame, the columns that decide in which row of another table a row counts: each row of that table
              rests on all of their cells, for any of them may bring a row to it
    optional  for a frame, the columns of numbers whose cells may be blank: NaN there says that it does not apply.
              A cell that is missing by mistake has an error of its own, which blocks the fact.
    """

    name: str
    sheet: str
    columns: tuple[str, ...]
    where: Mapping[str, tuple[str | bool, ...]] = field(default_factory=dict)
    in_force: bool = False
    shape: Shape = "rows"
    key: str = ""
    optional: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    @property
    def selects_all(self) -> bool:
        """True where every row of the sheet counts."""
        return not self.where and not self.in_force

    @property
    def column(self) -> str:
        """The column of a `rows` or `one` fact."""
        (only,) = self.columns
        return only

    def selection(self) -> str:
        """The selection in words: `lr_treatment is ordinary or cash_pool`."""
        parts = [f"{column} is {' or '.join(_word(v) for v in values)}" for column, values in self.where.items()]
        if self.in_force:
            parts.append("valid on the reference date")
        return " and ".join(parts)


def _word(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else "given" if value == "*" else value


def load_facts(*paths: Path) -> Mapping[str, FactSpec]:
    """All facts of the given files, by name. FactError for an unknown key or a name found twice."""
    facts: dict[str, FactSpec] = {}
    for path in paths:
        raw = read_yaml(path.read_text(encoding="utf-8"))
        for name, entry in raw.items():
            if name in facts:
                raise FactError(f"{path.name}: {name} is defined twice")
            facts[name] = _spec(f"{path.name}: {name}", name, entry)
    return MappingProxyType(facts)


def _spec(where: str, name: str, raw: Any) -> FactSpec:
    known = {f.name for f in fields(FactSpec)} - {"name", "columns"} | {"column", "columns"}
    for key in raw.keys() - known:
        raise FactError(f"{where}: unknown key {key!r}{did_you_mean(key, known)}")
    if ("column" in raw) + ("columns" in raw) + (raw.get("shape") == "count") != 1:
        raise FactError(f"{where}: give either column, or columns, or the shape count")
    columns = tuple(raw.get("columns", [raw["column"]] if "column" in raw else []))
    selects = MappingProxyType({column: tuple(values) for column, values in raw.get("where", {}).items()})
    shape: Shape = raw.get("shape", "frame" if "columns" in raw else "rows")
    if shape == "frame" and not raw.get("key"):
        raise FactError(f"{where}: a frame needs its key")
    in_force, optional, places = bool(raw.get("in_force", False)), tuple(raw.get("optional", [])), raw.get("places", [])
    return FactSpec(name, raw["sheet"], columns, selects, in_force, shape, raw.get("key", ""), optional, tuple(places))
