"""Where the work is done: in this process, or in processes of this machine. Results come as they are ready."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self

from reporting.batch.settings import Settings
from reporting.batch.task import Result, Step, Task, tried, work
from reporting.batch.worker import ONE_THREAD, Bounds, Slot
from reporting.problems import ConfigurationFault

LOCAL = "local"  # in place of an address: a Dask cluster of this machine, for as long as the batch lasts


class Executor(Protocol):
    """Does tasks. A result comes for every task, whatever becomes of the work; their order is not that of the tasks."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def run(self, tasks: Sequence[Task]) -> Iterator[Result]:
        """A result for each task, as it is ready."""


def executor_of(settings: Settings) -> Executor:
    """The executor that a batch asks for."""
    bounds = Bounds(settings.seconds, settings.memory, settings.recycle)
    if settings.dask:
        from reporting.batch.dask_executor import DaskExecutor

        return DaskExecutor(settings.dask, settings.count, bounds)
    return Processes(settings.count, bounds) if settings.count else Inline()


class Inline:
    """In this process, one after the other: nothing bounds the time and memory of a submission."""

    def __enter__(self) -> Self:
        one_thread()
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, tasks: Sequence[Task]) -> Iterator[Result]:
        """See `Executor`."""
        for task in tasks:
            yield tried(lambda one: work(one, _silent), task)


class Processes:
    """In processes of this machine, each a fresh interpreter."""

    def __init__(self, count: int, bounds: Bounds) -> None:
        self._slots = [Slot(bounds) for _ in range(count)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for slot in self._slots:
            slot.close()

    def run(self, tasks: Sequence[Task]) -> Iterator[Result]:
        """See `Executor`."""
        waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
        done: queue.SimpleQueue[Result | BaseException] = queue.SimpleQueue()
        for task in tasks:
            waiting.put(task)
        for slot in self._slots[: len(tasks)]:
            threading.Thread(target=_serve, args=(slot.run, waiting, done.put), daemon=True).start()
        for _ in tasks:
            result = done.get()
            if isinstance(result, BaseException):
                raise result
            yield result


def _serve(
    run: Callable[[Task], Result], waiting: queue.SimpleQueue[Task], put: Callable[[Result | BaseException], None]
) -> None:
    """Take tasks until there are none."""
    while True:
        try:
            task = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            put(run(task))
        except BaseException as error:  # noqa: BLE001 - a fault of ours, told where the batch runs
            put(error)
            return


def one_thread() -> None:
    """Hold linear algebra in this process to one thread.

    ConfigurationFault where numpy was imported before with other settings: it has read them by then.
    """
    if "numpy" in sys.modules and any(
        os.environ.get(name) != "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
    ):
        raise ConfigurationFault(
            "workers.count is 0, so this process computes, and its linear algebra may use several threads: set "
            "OPENBLAS_NUM_THREADS=1 and OMP_NUM_THREADS=1 before numpy is imported"
        )
    os.environ.update(ONE_THREAD)


def _silent(name: str) -> None:
    """Nobody asks at which step a task is that is done here."""


__all__ = ["LOCAL", "Executor", "Inline", "Processes", "Step", "executor_of", "one_thread"]
