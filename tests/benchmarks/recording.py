"""Everything a renderer asks of XlsxWriter, remembered call by call, to be asked again in a bare loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from tests.benchmarks.clock import cpu_seconds

_MAKES = ("add_format", "add_worksheet", "add_chart")


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
        recording, made = self.recording, name in _MAKES

        def remember(*args: Any, **kwargs: Any) -> Any:
            result = method(*_real(args), **_real(kwargs))
            recording.objects += made
            number = recording.objects if made else None
            recording.calls.append(_Call(self.number, name, args, kwargs, number))
            return result if number is None else _Recorded(recording, result, number)

        return remember


def _real(value: Any) -> Any:
    return _mapped(value, lambda recorded: recorded.real)


def _resolved(value: Any, objects: dict[int, Any]) -> Any:
    return _mapped(value, lambda recorded: objects[recorded.number])


def _mapped(value: Any, of: Callable[[_Recorded], Any]) -> Any:
    """The value with recorded objects replaced, inside dictionaries, lists and tuples too."""
    if isinstance(value, _Recorded):
        return of(value)
    if isinstance(value, dict):
        return {name: _mapped(part, of) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mapped(part, of) for part in value)
    return value
