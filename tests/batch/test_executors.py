"""Every executor gives the same bytes; a worker that dies or hangs is replaced, its submission tried once more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reporting.batch.executors import Inline, Processes, one_thread
from reporting.batch.run import run_batch
from reporting.batch.settings import load_settings
from reporting.batch.task import Task
from reporting.batch.worker import ONE_THREAD, Bounds, Slot
from reporting.intake.limits import GIB
from reporting.problems import ConfigurationFault
from tests.batch.batches import Harm, bank, banks, batch_file, die, hang, lasting, settings, task_of

BOUNDS = Bounds(seconds=120, memory=4 * GIB, recycle=20)


def test_processes_make_the_same_bytes_as_this_process(tmp_path: Path) -> None:
    banks(tmp_path, 1, 2, 3)
    bank(tmp_path / "in" / "bank4.xlsx", 4, amount=-4)
    assert run_batch(settings(tmp_path, 'out = "one"')).faults == ()
    assert run_batch(settings(tmp_path, 'out = "two"', workers="count = 2\nrecycle = 1")).faults == ()
    assert lasting(tmp_path / "one") == lasting(tmp_path / "two")
    assert len(lasting(tmp_path / "one")) > 12


def test_a_process_that_dies_is_replaced_and_its_submission_tried_once_more(tmp_path: Path) -> None:
    path = bank(tmp_path / "bank1.xlsx", 1)
    tasks = [
        task_of(path, tmp_path / "a", Harm(die, tmp_path / "mark")),
        task_of(path, tmp_path / "b", Harm(die, None)),
        task_of(path, tmp_path / "c"),
    ]
    with Processes(1, BOUNDS) as executor:
        once, always, none = executor.run(tasks)
    assert (once.status, once.tries) == ("done", 2)
    assert (always.status, always.kind, always.tries) == ("failed", "died", 2)
    assert always.message.startswith("its process ended with SIGKILL")
    assert (none.status, none.tries) == ("done", 1)


def test_a_process_that_hangs_is_ended_within_its_time_twice_and_no_longer(tmp_path: Path) -> None:
    path = bank(tmp_path / "bank1.xlsx", 1)
    with Processes(1, Bounds(seconds=2, memory=4 * GIB, recycle=20)) as executor:
        began = time.monotonic()
        (result,) = executor.run([task_of(path, tmp_path / "a", Harm(hang, None))])
        took = time.monotonic() - began
    assert (result.status, result.kind, result.tries) == ("failed", "hung", 2)
    assert result.message == "was not done within 2 seconds; its process was ended"
    assert 4 <= took < 60  # two times two seconds, and two starts of Python on a busy machine


def test_a_process_that_takes_more_memory_than_it_may_is_ended_twice(tmp_path: Path) -> None:
    path = bank(tmp_path / "bank1.xlsx", 1)
    slot = Slot(Bounds(seconds=60, memory=GIB // 2, recycle=20))
    try:
        result = slot.run(task_of(path, tmp_path / "a", Harm(greedy)))
    finally:
        slot.close()
    assert (result.status, result.kind, result.tries) == ("failed", "died", 2)
    assert result.message == "took more than 512 MiB of memory; its process was ended"


def greedy() -> object:
    held = b"x" * GIB
    time.sleep(30)
    return held


def test_a_process_ends_with_whoever_started_it(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from reporting.batch.worker import Bounds, Slot;"
        "from tests.batch.batches import Harm, hang, task_of; import threading;"
        "slot = Slot(Bounds(600, 4 << 30, 20));"
        "task = task_of(Path('x.xlsx'), Path('out'), Harm(hang, None));"
        "threading.Thread(target=slot.run, args=(task,), daemon=True).start();"
        "\nwhile slot._process is None or not slot._process._ready: time.sleep(.05)\n"
        "print(slot._process._process.pid, flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=tmp_path, env=environment
    ) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        assert Path(f"/proc/{worker}").exists()
        process.kill()
    until = time.monotonic() + 30
    while _runs(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(worker)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_worker_with_another_program_refuses_the_work(tmp_path: Path) -> None:
    path = bank(tmp_path / "bank1.xlsx", 1)
    task = Task("bank1.xlsx", str(path), str(tmp_path / "out"), task_of(path, tmp_path).options, program="0" * 64)
    (result,) = Inline().run([task])
    assert (result.status, result.kind) == ("failed", "environment")
    assert "every worker must have the same version" in result.message


def test_this_process_is_refused_where_numpy_may_use_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    assert np.__name__ in sys.modules
    one_thread()
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "8")
    with pytest.raises(ConfigurationFault, match="set OPENBLAS_NUM_THREADS=1"):
        one_thread()


def test_a_worker_process_computes_with_one_thread_whatever_its_surroundings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ONE_THREAD:
        monkeypatch.setenv(name, "8")
    slot = Slot(BOUNDS)
    try:
        result = slot.run(task_of(tmp_path / "x.xlsx", tmp_path, Harm(threads, tmp_path / "told")))
    finally:
        slot.close()
    assert result.status == "failed"  # there is no such file
    assert (tmp_path / "told").read_text("ascii") == "1 1"


def threads(path: Path) -> object:
    path.write_text(f"{os.environ['OPENBLAS_NUM_THREADS']} {os.environ['OMP_NUM_THREADS']}", "ascii")
    return task_of(path, path).options


@pytest.mark.slow
def test_processes_make_the_same_pdf_and_workbook_as_this_process(tmp_path: Path) -> None:
    banks(tmp_path, 1, 2)
    for name, workers in (("one", "count = 0"), ("two", "count = 2")):
        path = batch_file(tmp_path, f'out = "{name}"', workers=workers)
        path.write_text(path.read_text("utf-8").replace('outputs = ["json"]\n', ""), "utf-8")
        assert [result.status for result in run_batch(load_settings(path)).results] == ["done", "done"]
    made = lasting(tmp_path / "one")
    assert made == lasting(tmp_path / "two")
    assert sum(name.endswith((".pdf", "report.xlsx")) for name in made) == 4


@pytest.mark.slow
def test_a_dask_cluster_makes_the_same_bytes_as_this_process(tmp_path: Path) -> None:
    banks(tmp_path, 1, 2, 3)
    bank(tmp_path / "in" / "bank4.xlsx", 4, amount=-4)
    assert run_batch(settings(tmp_path, 'out = "one"')).faults == ()
    assert run_batch(settings(tmp_path, 'out = "two"', workers='dask = "local"')).faults == ()
    assert lasting(tmp_path / "one") == lasting(tmp_path / "two")


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_a_fault_of_the_environment(tmp_path: Path) -> None:
    banks(tmp_path, 1)
    with pytest.raises(OSError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        run_batch(settings(tmp_path, workers='dask = "tcp://127.0.0.1:9"'))
