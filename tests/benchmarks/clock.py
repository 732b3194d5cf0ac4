"""Processor time, never the time on the wall: of this process with all its threads, and of children that have ended."""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from statistics import median
from types import GeneratorType, ModuleType
from typing import Any
from unittest.mock import patch

Task = Callable[[], object]
Seconds = dict[str, float]


def cpu_seconds() -> float:
    """User and system time since this process began."""
    used = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in used)


def seconds(task: Task) -> float:
    """Processor seconds of one call. What is alive before it is hidden from the garbage collector meanwhile."""
    gc.collect()
    gc.freeze()
    begun = cpu_seconds()
    task()
    used = cpu_seconds() - begun
    gc.unfreeze()
    return used


def interleaved(tasks: Mapping[str, Task], rounds: int) -> list[Seconds]:
    """Seconds of every task in each round; all tasks of a round follow each other, so that a busy hour slows all."""
    return [{name: seconds(task) for name, task in tasks.items()} for _ in range(rounds)]


def medians(measured: Sequence[Mapping[str, float]]) -> Seconds:
    """The middle of each value over the rounds, in the order of the first."""
    return {name: median(one.get(name, 0.0) for one in measured) for name in measured[0]}


def with_rest(spent: Mapping[str, float], total: float) -> Seconds:
    """The parts, and what is left of the whole."""
    return {**spent, "other": total - sum(spent.values())}


@contextmanager
def watched(parts: Mapping[str, tuple[ModuleType, str]]) -> Iterator[Seconds]:
    """While it lasts, the functions (module and name) add the seconds of their calls to what this yields, by part."""
    spent = dict.fromkeys(parts, 0.0)
    with ExitStack() as patches:
        for part, (module, name) in parts.items():
            patches.enter_context(patch.object(module, name, _watched(getattr(module, name), spent, part)))
        yield spent


def _watched(function: Callable[..., Any], spent: Seconds, part: str) -> Callable[..., Any]:
    @wraps(function)
    def watching(*args: Any, **kwargs: Any) -> Any:
        begun = cpu_seconds()
        result = function(*args, **kwargs)
        if isinstance(result, GeneratorType):  # it has done nothing yet
            result = iter(list(result))
        spent[part] += cpu_seconds() - begun
        return result

    return watching
