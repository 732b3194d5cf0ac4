"""What a report can be about: one institution, or a system of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from reporting.figures import Source
from reporting.intake.tables import InputFile, Table
from reporting.portfolio.facts import FactSpec
from reporting.portfolio.portfolio import Entity, Fact
from reporting.problems import Breach


class Subject(Protocol):
    """What measures select facts from and reports identify: a `Portfolio`, or a `SystemView`."""

    @property
    def entity(self) -> Entity:
        """The institution, or the system, and its reference date."""

    @property
    def files(self) -> tuple[InputFile, ...]:
        """The files that were read."""

    @property
    def tables(self) -> Mapping[str, Table]:
        """The checked sheets, by name."""

    @property
    def breaches(self) -> tuple[Breach, ...]:
        """What the rules found, errors that an override accepts included."""

    @property
    def folder(self) -> str:
        """Name of the folder of its runs, of letters that are safe everywhere; "" where the LEI names it."""

    def fact(self, spec: FactSpec) -> Fact:
        """The cells of a fact, or why there are none. Never raises for data."""

    def chooses_the_law(self) -> tuple[Source, ...]:
        """The cells that decide which parameters are in force."""

    def warnings_on(self, sources: Iterable[Source]) -> tuple[str, ...]:
        """A footnote for each warning, and each override, that concerns one of the cells."""
