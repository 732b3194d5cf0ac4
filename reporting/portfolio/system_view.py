"""A system as measures and reports see it: facts with their cells, and what identifies it on the cover."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from types import MappingProxyType

import numpy as np
import pandas as pd

from reporting.figures import Source
from reporting.intake.tables import InputFile, Table
from reporting.origin import Cells, printable
from reporting.portfolio.facts import FactSpec
from reporting.portfolio.portfolio import Entity, Fact, footnotes_on
from reporting.portfolio.system import System
from reporting.portfolio.system.conversion import CURRENCIES, RATES, behind_claims
from reporting.portfolio.system.rows import cell
from reporting.problems import Breach, ConfigurationFault
from reporting.rulebook.loading import EVERY
from reporting.spelling import did_you_mean

_TABLES: Mapping[str, str] = {"claims": "cell", "institutions": "lei"}  # what facts are selected from, and its key
_UNITS = ((1e10, 1_000_000.0), (1e7, 1_000.0))  # claims in the system from which amounts are printed in a larger unit
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_LONGEST = 40  # letters of the name of the folder that name a run


class SystemViewFault(ConfigurationFault):
    """What was asked of a system cannot be had of it: an institution it does not have, a date it does not state."""


@dataclass(frozen=True, eq=False)
class SystemView:
    """A system, or one institution inside it.

    focus      identifier of the institution that the report is about; "" for the whole system
    entity     what stands on the cover; its jurisdiction is `every`, for no law asks for these figures
    folder     name of the folder that holds the runs, of letters that are safe on every system
    masked     whether the identities of others are masked
    """

    system: System
    focus: str
    entity: Entity
    folder: str
    masked: bool = False
    tables: Mapping[str, Table] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def files(self) -> tuple[InputFile, ...]:
        """All files of all submissions; those of a folder with the folder in front."""
        is_list = "external_assets" in self.system.origins
        found = [
            file if is_list or file.path == printable(name) else replace(file, path=f"{printable(name)}/{file.path}")
            for name, files in self.system.files.items()
            for file in files
        ]
        return tuple(sorted(found, key=lambda file: (file.path, file.sha256)))

    @property
    def breaches(self) -> tuple[Breach, ...]:
        """What the rules found on all submissions and between them."""
        return self.system.breaches

    def fact(self, spec: FactSpec) -> Fact:
        """The rows of `claims` or `institutions`, each with its cells; or the identifier of the focus."""
        if spec.sheet == "focus":
            return Fact(self.focus, ()) if self.focus else Fact(None, (), absent="no institution was named")
        frame, sources = _claims(self.system) if spec.sheet == "claims" else _institutions(self.system)
        return Fact(frame[list(spec.columns)], tuple(sources))

    def chooses_the_law(self) -> tuple[Source, ...]:
        """None: the parameters are choices of the toolkit and hold everywhere."""
        return ()

    def warnings_on(self, sources: Iterable[Source]) -> tuple[str, ...]:
        """A footnote for each warning that concerns one of the cells."""
        return footnotes_on(sources, self.system.breaches)


def view_system(system: System, name: str, focus: str = "", folder: str = "", *, masked: bool = False) -> SystemView:
    """The system, or one institution inside it, for measures and reports.

    name     of the folder or file that it was read from
    focus    identifier of an institution of the system
    folder   of the runs, instead of one made from `name`
    SystemViewFault for a focus that is no institution of it, and for a system without a date.
    """
    if focus and focus not in system.leis:
        raise SystemViewFault(f"{focus} is no institution of the system{did_you_mean(focus, system.leis)}")
    if system.reference_date is None:
        raise SystemViewFault("the system states no reference date; name one (--date, in a batch file options.date)")
    folder = folder or f"system-{_safe(name)}"
    if focus:
        folder += f"-{_safe(focus, keep_case=True)}"
    return SystemView(system, focus, _entity(system, focus, folder, system.reference_date), folder, masked)


def _entity(system: System, focus: str, folder: str, day: date) -> Entity:
    place = system.leis.index(focus) if focus else -1
    name = system.names[place] or focus if focus else f"System of {len(system.leis)} institutions"
    kind = system.kinds[place] if focus else "system"
    total = float(system.exposures.sum())
    unit = next((unit for least, unit in _UNITS if total >= least), 1.0)
    scope = f"one of {len(system.leis)} institutions" if focus else "system"
    identifier = focus if _LEI.fullmatch(focus) else folder  # nodes of an edge list need not have an LEI
    return Entity(identifier, name, kind, day, system.currency, unit, "", scope, "as reported", EVERY)


def _safe(name: str, *, keep_case: bool = False) -> str:
    """Letters, digits and hyphens of a name, so that it can name a folder anywhere."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = plain if keep_case else plain.rpartition(".")[0].lower() if "." in plain else plain.lower()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:_LONGEST].strip("-") or "unnamed"


# --- Tables with cells -----------------------------------------------------------------------------------------------


def _claims(system: System) -> tuple[pd.DataFrame, Iterator[Source]]:
    """All reported rows between institutions by the cell of their amount."""
    rows = system.claims
    cells = [str(cell(row)) if row["file"] else f"further {n}" for n, row in enumerate(rows.to_dict("records"), 1)]
    frame = rows.assign(
        pair=rows["lender"] + " | " + rows["borrower"],
        used=np.where(rows["used"].to_numpy(dtype=bool), "yes", "no"),
        maturity=pd.Series([_day(value) for value in rows["maturity"]], index=rows.index, dtype=object),
    )
    names = pd.Series(cells, index=rows.index, dtype=object)
    rates = behind_claims(rows, names, system.origins, system.currency)
    return frame.set_index(pd.Index(cells, name="cell", dtype=object)), chain(_claim_sources(rows, names), rates)


def _day(value: object) -> str | None:
    blank = value is None or bool(pd.isna(value))  # type: ignore[call-overload]
    return None if blank else pd.Timestamp(str(value)).date().isoformat()


def _claim_sources(rows: pd.DataFrame, names: pd.Series[str]) -> Iterator[Source]:
    cells = names.to_numpy(dtype=object)
    for place, group in rows.reset_index(drop=True).groupby(["file", "sheet", "column", "side"], sort=True):
        file, sheet, column, side = map(str, place)
        if file:
            heading = "gross_carrying_amount" if side == "lender" else "amount"
            ordered = group.sort_values("row")
            yield Source(
                Cells(file, sheet, column, (), heading),
                ordered["row"].to_numpy(dtype=np.int64).copy(),
                keys=cells[ordered.index.to_numpy()],
                by="cell",
                told=True,
            )


def _institutions(system: System) -> tuple[pd.DataFrame, Iterator[Source]]:
    """The nodes by identifier."""
    nodes = system.nodes
    index = pd.Index(list(system.leis), name="lei", dtype=object)
    return nodes.set_axis(index, axis=0), _node_sources(system)


def _node_sources(system: System) -> Iterator[Source]:
    """The cells behind equity and total assets: one source for each column of a sheet and part that it plays."""
    found: dict[tuple[str, str, str, str, str, str], tuple[Source, dict[int, str]]] = {}
    for what, by_id in system.origins.items():
        if what in (RATES, CURRENCIES):
            continue
        for lei, sources in by_id.items():
            for source in sources:
                c = source.cells
                place = (c.file, c.sheet, c.column, source.role, source.note, source.via)
                found.setdefault(place, (source, {}))[1].update(dict.fromkeys(source.rows.tolist(), lei))
    for source, keys in found.values():
        numbers = np.array(sorted(keys), dtype=np.int64)
        own = np.array([keys[row] for row in numbers.tolist()], dtype=object)
        yield replace(source, rows=numbers, keys=own, by="lei", told=True)
