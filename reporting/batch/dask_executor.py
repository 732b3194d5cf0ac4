"""The work on a Dask cluster: a worker of the cluster passes each task to a process of its own, as `Processes` does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Self

from reporting.batch.task import Result, Task, failed
from reporting.batch.worker import Bounds, Slot
from reporting.problems import ConfigurationFault

LOCAL = "local"
_PLUGIN = "reporting-slots"
_CONNECT_SECONDS = 20
_DEATHS = 2  # workers of a cluster of our own that may die on a task before it counts as failed


class SlotPlugin:
    """Holds the processes of a Dask worker, one for each task that it runs at the same time."""

    name = _PLUGIN

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds

    def setup(self, worker: Any) -> None:  # noqa: ARG002 - Dask's signature
        """Dask calls this when the plugin arrives at a worker."""
        self._lock = threading.Lock()
        self._idle: list[Slot] = []
        self._all: list[Slot] = []

    def teardown(self, worker: Any) -> None:  # noqa: ARG002 - Dask's signature
        """Dask calls this when the worker closes or the plugin is taken away."""
        for slot in self._all:
            slot.close()

    def run(self, task: Task) -> Result:
        """The result of a task."""
        with self._lock:
            if not self._idle:
                self._idle.append(Slot(self._bounds))
                self._all.append(self._idle[-1])
            slot = self._idle.pop()
        try:
            return slot.run(task)
        finally:
            with self._lock:
                self._idle.append(slot)


def on_worker(task: Task) -> Result:
    """What Dask runs."""
    from distributed import get_worker

    plugin: Any = get_worker().plugins[_PLUGIN]
    result: Result = plugin.run(task)
    return result


class DaskExecutor:
    """The executor of a cluster.

    address   of the scheduler, or LOCAL for a cluster of `count` workers on this machine
    ConfigurationFault where the extra `dask` is not installed, OSError where no scheduler answers.
    """

    def __init__(self, address: str, count: int, bounds: Bounds) -> None:
        self._address, self._count, self._bounds = address, count, bounds
        self._open = ExitStack()

    def __enter__(self) -> Self:
        try:
            import dask
            import distributed
            from distributed.diagnostics.plugin import WorkerPlugin
        except ImportError as error:
            raise ConfigurationFault(
                f"a Dask cluster needs the extra dask: pip install 'reporting[dask]' ({error})"
            ) from None
        library: Any = distributed
        self._open.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": _DEATHS}))
        target: Any = self._address
        if self._address == LOCAL:
            cluster = library.LocalCluster(
                n_workers=max(1, self._count),
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
                host="127.0.0.1",
            )
            target = self._open.enter_context(cluster)
        try:
            self.client: Any = self._open.enter_context(library.Client(target, timeout=_CONNECT_SECONDS))
        except (OSError, TimeoutError) as error:
            self._open.close()
            raise OSError(f"no Dask scheduler answers at {self._address}: {error}") from None
        # The class that Dask asks for is made here, where Dask is known to be installed.
        plugin = type("SlotPlugin", (SlotPlugin, WorkerPlugin), {})(self._bounds)
        self.client.register_plugin(plugin, name=_PLUGIN)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def run(self, tasks: Sequence[Task]) -> Iterator[Result]:
        """See `Executor`."""
        import distributed

        library: Any = distributed
        futures = {self.client.submit(on_worker, task, pure=False): task for task in tasks}
        for future in library.as_completed(list(futures)):
            yield _result(future, futures[future])
            future.release()


def _result(future: Any, task: Task) -> Result:
    from distributed import CancelledError, KilledWorker

    try:
        result: Result = future.result()
    except KilledWorker as error:
        return failed(task, "died", "", f"the Dask workers that had it died, {error.allowed_failures + 1} of them")
    except (CancelledError, OSError, ImportError, AttributeError, KeyError) as error:
        return failed(task, "environment", "", f"the Dask cluster could not do it: {type(error).__name__}: {error}")
    return result
