"""What the parts of a report share while it is built: figures, previous figures, policy and footnotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from reporting.figures import Figure, Parameter
from reporting.reports.definition import DefinitionError
from reporting.reports.formats import NOT_AVAILABLE, Policy, under
from reporting.reports.model import Format, Shown
from reporting.reports.previous import Previous

_PLACE = re.compile(r"\{(?:(previous|change|reason)\.)?([a-z0-9_]+)\}")

_NAMED = 3  # unconfirmed parameters that are named one by one

_FORMATS: Mapping[str, Format] = {"money": "money", "%": "percent", "count": "count"}


class Context:
    """Shared by the builders of one report; alive while it is built."""

    def __init__(
        self,
        figures: Mapping[str, Figure],
        policy: Policy,
        reference_date: date,
        previous: Previous | None,
        jurisdiction: str,
    ) -> None:
        self.figures, self.policy, self.reference_date, self.previous = figures, policy, reference_date, previous
        self.jurisdiction = jurisdiction
        self._footnotes: dict[str, int] = {}

    @property
    def footnotes(self) -> tuple[str, ...]:
        """All footnotes so far; the first has number 1."""
        return tuple(self._footnotes)

    def footnote(self, text: str) -> int:
        """The number of a footnote; the same text has one number."""
        return self._footnotes.setdefault(text, len(self._footnotes) + 1)

    def figure(self, name: str) -> Figure:
        """DefinitionError for a name that no measure has."""
        if name not in self.figures:
            raise DefinitionError(f"the report asks for figure {name!r}, which no measure gives")
        return self.figures[name]

    def form(self, figure: Figure) -> Format:
        """How a scalar figure is printed."""
        return "text" if isinstance(figure.value, str | bool) else _FORMATS.get(figure.unit, "number")

    def shown(self, name: str) -> Shown:
        """The current value of a figure, with its footnotes; n/a with the reason where it is not available."""
        figure = self.figure(name)
        if not figure.available:
            note = self.footnote(f"Not available: {figure.reason}.")
            return Shown(NOT_AVAILABLE, None, self.form(figure), name, footnotes=(note,))
        return replace(self.unmarked(figure), footnotes=self.notes(figure))

    def unmarked(self, figure: Figure) -> Shown:
        """The current value of an available scalar figure, without footnotes."""
        value = figure.value if isinstance(figure.value, str | bool) else figure.number
        form = self.form(figure)
        return Shown(self.policy.text(value, form), value, form, figure.name)

    def shown_cell(self, name: str, key: str, column: str) -> Shown:
        """A number of a table figure, with the footnotes of the figure."""
        figure = self.figure(name)
        if not figure.available:
            return self.shown(name)
        if key not in figure.table.index or column not in figure.table:
            raise DefinitionError(f"the report asks for {name}[{key}].{column}, which is not there")
        value, form = float(figure.table[column].loc[key]), self.form(figure)
        return Shown(self.policy.text(value, form), value, form, name, key, column, self.notes(figure))

    def notes(self, figure: Figure) -> tuple[int, ...]:
        """Numbers of the footnotes of a figure: unconfirmed parameters below it, warnings about its cells."""
        return tuple(self.footnote(text) for text in (*unconfirmed(figure), *figure.footnotes))

    def notes_of(self, text: str) -> tuple[int, ...]:
        """Numbers of the footnotes of all current and filed figures that a text of the template is filled with."""
        found: set[int] = set()
        for kind, name in _PLACE.findall(text):
            if kind in ("", "change") and name in self.figures and self.figure(name).available:
                found.update(self.notes(self.figure(name)))
            if kind in ("previous", "change"):
                found.update(self._notes_before(name))
        return tuple(sorted(found))

    def reference(self, figure: Figure) -> str:
        """The paragraphs of a figure in the rules that the report is made under."""
        return under(figure.reference, self.jurisdiction)

    def shown_before(self, name: str) -> Shown | None:
        """The filed value of the previous period; None without one, n/a where the figure was not available then."""
        if self.previous is None:
            return None
        form = self.form(self.figure(name))
        if name not in self.previous.values:
            return Shown("", None, form, name)
        value = self.previous.values[name]
        text = NOT_AVAILABLE if value is None else self.policy.text(value, form)
        return Shown(text, value, form, name, footnotes=self._notes_before(name))

    def _notes_before(self, name: str) -> tuple[int, ...]:
        parameters = self.previous.unconfirmed.get(name, ()) if self.previous else ()
        return tuple(self.footnote(text) for text in _rests_on(parameters))

    def shown_change(self, name: str) -> Shown | None:
        """Current less previous, from unrounded values; blank where either is missing."""
        if self.previous is None:
            return None
        change = self.change(name)
        form = self.form(self.figure(name))
        return Shown("" if change is None else self.policy.text(change, form), change, form, name)

    def change(self, name: str) -> float | None:
        """Current less previous."""
        figure = self.figure(name)
        before = self.previous.number(name) if self.previous else None
        if before is None or not figure.available or isinstance(figure.value, bool | str):
            return None
        return figure.number - before

    def filled(self, text: str) -> str:
        """A text of the template with its figures filled in, units included."""
        return _PLACE.sub(lambda match: self._place(match[1], match[2]), text)

    def _place(self, kind: str | None, name: str) -> str:
        if name == "reference_date":
            return self.policy.sentence(self.reference_date, "date")
        if name == "previous_date":
            return self.policy.sentence(self.previous.reference_date, "date") if self.previous else NOT_AVAILABLE
        figure = self.figure(name)
        if kind == "reason":
            return figure.reason
        if kind == "change":
            return self._changed(name, figure)
        value = self._value(kind, name, figure)
        return NOT_AVAILABLE if value is None else self.policy.sentence(value, self.form(figure))

    def _changed(self, name: str, figure: Figure) -> str:
        """A change in a sentence: of a ratio the distance in percentage points, of an amount with its sign."""
        change = self.change(name)
        if change is None:
            return NOT_AVAILABLE
        if self.form(figure) == "percent":
            return f"{abs(self.policy.rounded(change, 'percent'))} percentage points"
        return self.policy.sentence(change, self.form(figure))

    def _value(self, kind: str | None, name: str, figure: Figure) -> float | str | bool | None:
        if kind == "previous":
            return self.previous.values.get(name) if self.previous else None
        if not figure.available:
            return None
        return figure.value if isinstance(figure.value, str | bool) else figure.number


def unconfirmed(figure: Figure) -> Iterable[str]:
    """Footnotes for the parameters below a figure whose legal text was not confirmed."""
    found = {i.name: (i.label, i.reference) for i in figure.ancestors() if isinstance(i, Parameter) and not i.confirmed}
    yield from _rests_on(tuple(found.values()))


def _rests_on(parameters: Sequence[tuple[str, str]]) -> Iterator[str]:
    """One footnote each for a few parameters, one for all of many: the annex marks each of them."""
    if len(parameters) > _NAMED:
        yield f"Rests on {len(parameters)} unconfirmed parameters, each marked in the annex on parameters."
        return
    for label, reference in parameters:
        yield f"Rests on an unconfirmed parameter: {label} ({reference})."
