"""One institution at one date: checked tables with derived columns, from which facts are selected with their cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.figures import Source
from reporting.intake.membership import among
from reporting.intake.schema import load_schemas
from reporting.intake.tables import InputFile, Table
from reporting.origin import Cells
from reporting.portfolio.facts import FactSpec
from reporting.portfolio.origins import column_sources
from reporting.problems import Breach, Severity

Keys = npt.NDArray[np.object_]
_PLACED = "it decides with which others the row counts"


@dataclass(frozen=True)
class Entity:
    """The institution, from the sheet `entity`. `unit` (1, 1000, 1000000) is what one unit of a money cell is worth."""

    lei: str
    name: str
    kind: str
    reference_date: date
    currency: str
    unit: float
    country: str
    scope: str
    accounting_standard: str
    jurisdiction: str


@dataclass(frozen=True, eq=False)
class Fact:
    """What a measure receives for one argument.

    value     array (n,), frame indexed by row number, or a single value
    sources   the cells it is made of, and the cells that selected them
    absent    why there is no value: the sheet, or the row, is not in the submission
    blocked   the error that forbids its use
    """

    value: Any
    sources: tuple[Source, ...]
    absent: str = ""
    blocked: str = ""


@dataclass(frozen=True, eq=False)
class Portfolio:
    """The frozen facts of one institution.

    tables   the checked sheets
    frames   the same frames with derived columns: converted to single units of the reporting currency
    breaches everything that was found wrong, overrides applied
    """

    name: str
    files: tuple[InputFile, ...]
    entity: Entity
    tables: Mapping[str, Table]
    frames: Mapping[str, pd.DataFrame]
    breaches: tuple[Breach, ...]

    @property
    def folder(self) -> str:
        """No name of its own for the folder of its runs: the LEI is."""
        return ""

    def fact(self, spec: FactSpec) -> Fact:
        """Select the cells of a fact. Never raises for data: what is missing or blocked is said in the fact."""
        table = self.tables.get(spec.sheet)
        if table is None:
            return Fact(None, (), absent=f"sheet {spec.sheet} is not in the submission")
        frame = self.frames[spec.sheet]
        chosen = self._chosen(frame, spec)
        rows = frame.index.to_numpy(dtype=np.int64)[chosen]
        keys = frame[spec.key].to_numpy(dtype=object)[chosen] if spec.key else None
        sources = self._sources(table, spec, rows, keys)
        if reason := self._blocked(sources):
            return Fact(None, sources, blocked=reason)
        if spec.shape == "count":
            return Fact(len(rows), sources)
        if spec.shape == "one":
            return self._one(spec, frame[spec.column].to_numpy()[chosen], sources)
        needed = [column for column in spec.columns if column not in spec.optional]
        if reason := _without_amount(table, frame, needed, chosen):
            return Fact(None, sources, blocked=reason)
        if spec.shape == "frame":
            return Fact(frame.loc[chosen, list(dict.fromkeys([spec.key, *spec.columns]))], sources)
        values = frame[spec.column].to_numpy(dtype=np.float64)[chosen]
        values.flags.writeable = False
        return Fact(values, sources)

    def chooses_the_law(self) -> tuple[Source, ...]:
        """The cells of the institution that decide which parameters are in force."""
        entity, note = self.tables["entity"], "the parameters in force are chosen by jurisdiction and reference date"
        return tuple(entity.source(column, role="selects", note=note) for column in ("jurisdiction", "reference_date"))

    def warnings_on(self, sources: Iterable[Source]) -> tuple[str, ...]:
        """A footnote for each warning, and each override, that concerns one of the cells."""
        return footnotes_on(sources, self.breaches)

    def _chosen(self, frame: pd.DataFrame, spec: FactSpec) -> npt.NDArray[np.bool_]:
        chosen = _matching(frame, spec)
        if spec.in_force:
            day = pd.Timestamp(self.entity.reference_date)
            last = frame["valid_to"]
            chosen &= ((frame["valid_from"] <= day) & (last.isna() | (last >= day))).to_numpy(dtype=bool)
        return chosen

    def _sources(
        self, table: Table, spec: FactSpec, rows: npt.NDArray[np.int64], keys: Keys | None
    ) -> tuple[Source, ...]:
        sources = [s for column in spec.columns for s in column_sources(self.tables, table, column, rows, keys)]
        sources += self._selecting(table, spec, rows, keys)
        sources = [source if source.keys is None else replace(source, by=spec.key) for source in sources]
        return tuple(_without_repeats(source for source in sources if len(source.rows)))

    def _selecting(
        self, table: Table, spec: FactSpec, rows: npt.NDArray[np.int64], keys: Keys | None
    ) -> Iterator[Source]:
        """The cells that decide which rows count, and for which row of a table they count.

        Periods are asked only where the other conditions hold, and keys only of the rows that count.
        """
        note = spec.selection()
        for column in spec.where:
            if column in table.letters:
                yield table.source(column, role="selects", note=note)
        matching = table.frame.index.to_numpy(dtype=np.int64)[_matching(table.frame, spec)]
        if spec.in_force and len(matching):
            for column in ("valid_from", "valid_to"):
                if column in table.letters:
                    yield table.source(column, matching, role="selects", note=note)
            yield self.tables["entity"].source("reference_date", role="selects", note=note)
        if spec.key and spec.key not in spec.where and spec.key in table.letters:
            # A key that can stand only once belongs to its own row of the table; any other may move between rows.
            own = keys if load_schemas()[spec.sheet].key == (spec.key,) else None
            yield table.source(spec.key, rows, role="selects", note=note, keys=own)
        for column in spec.places:
            if column in table.letters:
                yield table.source(column, rows, role="selects", note=_PLACED)

    def _blocked(self, sources: Iterable[Source]) -> str:
        blocking = [(cells, breach) for breach in self.breaches for cells in breach.blocks]
        if not blocking:
            return ""
        for source in sources:
            for cells, breach in blocking:
                if (cells.file, cells.sheet) == (source.cells.file, source.cells.sheet):
                    named = source.at(None)
                    if named.overlaps(cells):
                        return _why(breach, named)
        return ""

    @staticmethod
    def _one(spec: FactSpec, values: npt.NDArray[Any], sources: tuple[Source, ...]) -> Fact:
        if len(values) > 1:
            return Fact(None, sources, blocked=f"{spec.sheet} has {len(values)} rows where {spec.selection()}")
        if not len(values):
            return Fact(None, sources, absent=f"{spec.sheet} has no row where {spec.selection()}")
        if pd.isna(values[0]):
            where = spec.selection()
            return Fact(
                None, sources, absent=f"{spec.sheet}: {spec.column} is blank" + (f" where {where}" if where else "")
            )
        return Fact(values[0].item() if isinstance(values[0], np.generic) else values[0], sources)


def _matching(frame: pd.DataFrame, spec: FactSpec) -> npt.NDArray[np.bool_]:
    """The rows whose cells meet the conditions of the fact, whether in force or not."""
    chosen = np.ones(len(frame), dtype=bool)
    for column, wanted in spec.where.items():
        chosen &= _is_one_of(frame[column], wanted)
    return chosen


def _is_one_of(column: pd.Series[Any], wanted: Iterable[str | bool]) -> npt.NDArray[np.bool_]:
    exact = [value for value in wanted if not (isinstance(value, str) and value.endswith("*"))]
    chosen = among(column, exact)
    for value in wanted:
        if value not in exact and isinstance(value, str):
            chosen = chosen | column.str.startswith(value[:-1]).fillna(False).to_numpy(dtype=bool)
    return chosen


def _without_repeats(sources: Iterable[Source]) -> Iterable[Source]:
    seen = set()
    for source in sources:
        mark = (source.cells, source.role, source.note, source.rows.tobytes(), source.keys is None)
        if mark not in seen:
            seen.add(mark)
            yield source


def _without_amount(table: Table, frame: pd.DataFrame, columns: list[str], chosen: npt.NDArray[np.bool_]) -> str:
    """Why an amount that the fact needs is not there, in the first row that lacks it; "" where each row has all."""
    for column in columns:
        values = frame[column]
        if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
            continue
        lacking = frame.index.to_numpy()[chosen & values.isna().to_numpy()].tolist()
        if len(lacking):
            row = Cells(table.file, table.sheet, rows=((lacking[0], lacking[0]),))
            more = f" (and {len(lacking) - 1} more rows)" if len(lacking) > 1 else ""
            return f"{row}: {column} cannot be given, a cell it needs is blank or could not be read{more}"
    return ""


def footnotes_on(sources: Iterable[Source], breaches: Iterable[Breach]) -> tuple[str, ...]:
    """A footnote for each warning, and each override, among `breaches` that concerns one of the cells."""
    named = [source.at(None) for source in sources]
    noted = (b for b in breaches if b.rule.severity is not Severity.NOTE and not b.blocks)
    return tuple(_footnote(b) for b in noted if any(cells.overlaps(c) for c in _concerned(b) for cells in named))


def _concerned(breach: Breach) -> Iterable[Cells]:
    """The cells of a breach; whole columns where not all of its problems are listed."""
    for problem in breach.problems:
        where = problem.where
        yield where if breach.count == len(breach.problems) else Cells(where.file, where.sheet, where.column)


def _footnote(breach: Breach) -> str:
    accepted = [problem.override for problem in breach.problems if problem.override is not None]
    times = "once" if breach.count == 1 else f"{breach.count:,} times"
    first = breach.problems[0].where
    if accepted:
        return f"Rests on data accepted by {accepted[0].name}: {breach.rule.code} found {times}, first at {first}."
    return f"Warning {breach.rule.code}, found {times}, first at {first}: {breach.problems[0].found}."


def _why(breach: Breach, named: Cells) -> str:
    """The problem that blocks: the first listed one on the named cells, otherwise the first of the breach."""
    on_them = [problem for problem in breach.problems if problem.where.overlaps(named)]
    first = (on_them or list(breach.problems))[0]
    more = f" (and {breach.count - 1} more of this rule)" if breach.count > 1 else ""
    return f"{first}{more}"


def errors(breaches: Iterable[Breach]) -> tuple[Breach, ...]:
    """The breaches that nobody has overridden and that therefore reject the input."""
    return tuple(
        b for b in breaches if b.rule.severity is Severity.ERROR and any(p.override is None for p in b.problems)
    )
