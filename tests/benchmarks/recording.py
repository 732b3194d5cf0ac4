"""Everything a renderer asks of XlsxWriter, remembered call by call, to be asked again in a bare loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from reporting.render.xlsx_columns import Column
from tests.benchmarks.clock import cpu_seconds

_MAKES = ("add_format", "add_worksheet", "add_chart")
_WRITES = {"text": "write_string", "number": "write_number", "boolean": "write_boolean"}


@dataclass(frozen=True)
class _Call:
    """A call of a method of object number `of`; `made` is the number of the object that came back, or None."""

    of: int
    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    made: int | None


@dataclass
class Recording:
    """The calls for one workbook. Object 0 is the workbook itself."""

    options: dict[str, Any] = field(default_factory=dict)
    calls: list[_Call] = field(default_factory=list)
    objects: int = 0

    def workbook(self, content: BytesIO, options: dict[str, Any]) -> _Recorded:
        """In place of `xlsxwriter.Workbook`."""
        self.options = {name: value for name, value in options.items() if name != "tmpdir"}
        return _Recorded(self, Workbook(content, options), 0)

    def remember(self, of: int, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
        """Keep a call; returns the number of the object that it makes. Many rows at once count cell by cell."""
        if method == "write_columns":
            self.calls += [_Call(of, *call, {}, None) for call in _cell_by_cell(*args)]
            return None
        self.objects += method in _MAKES
        made = self.objects if method in _MAKES else None
        self.calls.append(_Call(of, method, args, kwargs, made))
        return made

    def replay(self) -> tuple[float, bytes]:
        """Seconds for the same calls without anything around them, and the workbook that they make."""
        content = BytesIO()
        begun = cpu_seconds()
        objects: dict[int, Any] = {0: Workbook(content, self.options)}
        for call in self.calls:
            if call.made is not None:
                objects[call.made] = getattr(objects[0], call.method)(*call.args, **call.kwargs)
        used = cpu_seconds() - begun
        bound = [
            (getattr(objects[call.of], call.method), _resolved(call.args, objects), _resolved(call.kwargs, objects))
            for call in self.calls
            if call.made is None
        ]
        begun = cpu_seconds()
        for method, args, kwargs in bound:
            method(*args, **kwargs)
        return used + cpu_seconds() - begun, content.getvalue()


class _Recorded:
    """An object of XlsxWriter: what it is asked is remembered and handed on."""

    def __init__(self, recording: Recording, real: Any, number: int) -> None:
        self.recording, self.real, self.number = recording, real, number

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        return self._method(name, found) if callable(found) else found

    def _method(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def remember(*args: Any, **kwargs: Any) -> Any:
            result = method(*_real(args), **_real(kwargs))
            made = self.recording.remember(self.number, name, args, kwargs)
            return result if made is None else _Recorded(self.recording, result, made)

        return remember


def _cell_by_cell(first: int, columns: Sequence[Column], rows: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Method and arguments for each cell, row by row: what XlsxWriter itself offers."""
    for row in range(first, first + rows):
        for column in columns:
            value = column.values[row - first]
            if column.kind == "formula":
                yield "write_formula", (row, column.place, "=" + str(row + 1).join(column.formula), column.form, value)
            elif value is not None:
                yield _WRITES[column.kind], (row, column.place, value, column.form)


def _real(value: Any) -> Any:
    return _mapped(value, lambda recorded: recorded.real)


def _resolved(value: Any, objects: dict[int, Any]) -> Any:
    return _mapped(value, lambda recorded: objects[recorded.number])


def _mapped(value: Any, of: Callable[[_Recorded], Any]) -> Any:
    """The value with recorded objects replaced, inside dictionaries, lists and tuples too."""
    if isinstance(value, _Recorded):
        return of(value)
    if isinstance(value, Column):
        return replace(value, form=_mapped(value.form, of))
    if isinstance(value, dict):
        return {name: _mapped(part, of) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mapped(part, of) for part in value)
    return value
