"""Whatever ends a batch: after a rerun all is as if nothing had happened, and what was there before is untouched."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from reporting.batch.run import run_batch
from tests.batch.batches import bank, banks, batch_file, lasting, runs_of, settings
from tests.batch.server import Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork and signals"),
]
KILLS, RACES, CORRUPTIONS, FULL_KILLS = 200, 50, 200, 20
MOUNT, UMOUNT = (shutil.which(name) or name for name in ("mount", "umount"))
_PERSON = 65_534  # nobody: a user that may write nowhere here


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


class Trial:
    """A batch of three institutions, one of which was done before in another form, and what it must come to."""

    def __init__(self, folder: Path, outputs: str = '["json"]', workers: str = "count = 0") -> None:
        self.folder = folder
        bank(folder / "in" / "bank1.xlsx", 1, amount=300)
        self.file = batch_file(folder, workers=workers)
        self.file.write_text(self.file.read_text("utf-8").replace('["json"]', outputs), "utf-8")
        self._outputs = outputs
        run_batch(self._settings())
        self.before = lasting(folder / "out")
        shutil.copytree(folder / "out", folder / "kept")
        banks(folder, 1, 2, 3)
        run_batch(self._settings())
        self.wanted = lasting(folder / "out")
        assert len(runs_of(folder / "out")) == 4
        self.reset()

    def _settings(self) -> Any:
        from reporting.batch.settings import load_settings

        return load_settings(self.file)

    def reset(self) -> None:
        """As it was before the batch."""
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        shutil.copytree(self.folder / "kept", self.folder / "out", symlinks=True)

    def check_untouched(self) -> None:
        """What was there before is there still, and whatever is new is whole."""
        now = lasting(self.folder / "out")
        assert {name: now.get(name) for name in self.before} == self.before
        made = {name: data for name, data in now.items() if not name.startswith("batches/")}
        assert made.items() <= self.wanted.items()
        for place in runs_of(self.folder / "out"):
            here = {name for name in now if name.startswith(place)}
            assert here == {name for name in self.wanted if name.startswith(place)}

    def check_healed(self, server: Server) -> None:
        """A rerun comes to what an undisturbed batch comes to; its own report aside, which may have a version more."""
        answer = server.run(self.file)
        assert answer["code"] == 0, answer["err"]
        now = lasting(self.folder / "out")
        assert _without_reports(now) == _without_reports(self.wanted)
        assert _latest_page(now) == _latest_page(self.wanted)
        assert not list((self.folder / "out").rglob(".writing-*"))


def _without_reports(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if not name.startswith("batches/")}


def _latest_page(files: Mapping[str, bytes]) -> bytes:
    return files[max(name for name in files if name.endswith("/batch.json"))]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return Trial(tmp_path_factory.mktemp("chaos"))


def undisturbed_seconds(trial: Trial, server: Server) -> float:
    trial.reset()
    seconds = max(float(server.run(trial.file)["seconds"]) for _ in [0])
    trial.reset()
    return seconds


def test_killed_at_any_moment_a_batch_leaves_whole_runs_only_and_a_rerun_heals_it(trial: Trial, server: Server) -> None:
    """Every tenth death is followed by a whole rerun, the others by further deaths on what they left.

    Batches that end before they are killed do not count; where less is left to do, death comes sooner.
    """
    rng = random.Random(1)
    whole = undisturbed_seconds(trial, server)
    killed, trials, fresh = 0, 0, True
    while killed < KILLS:
        answer = server.run(trial.file, kill_after=rng.uniform(0.01, whole if fresh else whole / 2))
        assert answer["code"] in {-signal.SIGKILL, 0}, answer["err"]
        died = answer["code"] != 0
        killed, trials = killed + died, trials + 1
        assert trials < 5 * KILLS
        trial.check_untouched()
        if died and killed % 10 == 0:
            trial.check_healed(server)
        fresh = not died or killed % 10 == 0
        if fresh:
            trial.reset()


@pytest.mark.parametrize(("call", "for_good"), [("write", False), ("write", True), ("rename", False), ("fsync", False)])
def test_a_failure_of_the_nth_call_for_every_n(trial: Trial, server: Server, call: str, for_good: bool) -> None:
    for number in range(1, 200):
        trial.reset()
        answer = server.run(trial.file, fail=number, call=call, for_good=for_good)
        trial.check_untouched()
        if answer["code"] == 0:
            assert number > 5
            break
        assert answer["code"] == 4, answer["err"]
        assert "No space left on device" in answer["err"]
        assert "Traceback" not in answer["err"]
        if number % 5 == 1:
            trial.check_healed(server)
    else:
        pytest.fail("the shim never stopped failing")
    trial.check_healed(server)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_full_disk_is_exit_code_4_and_more_room_heals_it(tmp_path: Path, server: Server) -> None:
    trial = Trial(tmp_path)
    small = tmp_path / "small"
    small.mkdir()
    needed = sum(path.stat().st_size for path in (tmp_path / "kept").rglob("*") if path.is_file())
    file = batch_file(tmp_path, f'out = "{small}"')
    for part in (0.1, 0.4, 0.8, 1.3):
        size = int(needed * part) // 1024 + 64
        mounted = subprocess.run(
            [MOUNT, "-t", "tmpfs", "-o", f"size={size}k", "none", str(small)], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip(f"no small file system may be mounted here: {mounted.stderr.decode().strip()}")
        try:
            answer = server.run(file)
            assert answer["code"] == 4, answer["err"]
            assert "No space left on device" in answer["err"]
            made = {name: data for name, data in lasting(small).items() if name.startswith("2")}
            for place in runs_of(small):
                assert any(name.startswith(place) for name in made)
            subprocess.run([MOUNT, "-o", "remount,size=64m", str(small)], check=True)
            assert server.run(file)["code"] == 0
            assert len(runs_of(small)) == 3
        finally:
            subprocess.run([UMOUNT, str(small)], check=True)
    del trial


def test_a_root_without_permission_is_exit_code_4_and_untouched(server: Server) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may become another user, and nothing is closed to root")
    with tempfile.TemporaryDirectory() as open_to_all:
        folder = Path(open_to_all)
        folder.chmod(0o755)
        trial = Trial(folder)
        answer = server.run(trial.file, user=_PERSON)
        assert answer["code"] == 4, answer["err"]
        assert "cannot be written" in answer["err"]
        trial.check_untouched()
        assert lasting(folder / "out") == trial.before
        trial.check_healed(server)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a folder read-only")
def test_a_read_only_root_is_exit_code_4_and_untouched(tmp_path: Path, server: Server) -> None:
    trial = Trial(tmp_path)
    out = tmp_path / "out"
    commands = ([MOUNT, "--bind", str(out), str(out)], [MOUNT, "-o", "remount,ro,bind", str(out)])
    for command in commands:
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            subprocess.run([UMOUNT, str(out)], capture_output=True, check=False)
            pytest.skip(f"no folder may be made read-only here: {done.stderr.decode().strip()}")
    try:
        answer = server.run(trial.file)
    finally:
        subprocess.run([UMOUNT, str(out)], check=True)
    assert answer["code"] == 4, answer["err"]
    assert "cannot be written" in answer["err"]
    assert lasting(out) == trial.before
    trial.check_healed(server)


def test_of_two_batches_at_once_one_does_the_work(trial: Trial, server: Server) -> None:
    codes = set()
    for number in range(RACES):
        trial.reset()
        waits = ["--quiet", "--wait"] if number % 2 else ["--quiet"]
        both = server.together(
            {"batch": str(trial.file), "arguments": waits}, {"batch": str(trial.file), "arguments": waits}
        )
        found = sorted(answer["code"] for answer in both)
        codes.add((number % 2, *found))
        if 4 in found:
            (refused,) = (answer["err"] for answer in both if answer["code"] == 4)
            assert "another batch is at work on" in refused
        now = lasting(trial.folder / "out")
        assert now == trial.wanted
    assert codes <= {(0, 0, 4), (0, 0, 0), (1, 0, 0)}
    assert (0, 0, 4) in codes


def test_state_cut_short_or_changed_at_random_is_never_believed(trial: Trial, server: Server) -> None:
    rng = random.Random(3)
    trial.reset()
    assert server.run(trial.file)["code"] == 0
    for number in range(CORRUPTIONS):
        path = rng.choice(sorted((trial.folder / "out" / ".batch" / "units").iterdir()))
        data = bytearray(path.read_bytes() or b"0")
        where = rng.randrange(len(data))
        data[where] ^= rng.randrange(1, 256)
        path.write_bytes(data[:where] if rng.random() < 0.5 else data)
        if number % 4 == 3:
            assert server.run(trial.file)["code"] == 0
            assert lasting(trial.folder / "out") == trial.wanted


def test_killed_with_all_outputs_and_processes_at_work_a_batch_is_healed_too(tmp_path: Path, server: Server) -> None:
    trial = Trial(tmp_path, outputs='["pdf", "xlsx", "json"]', workers="count = 2")
    rng = random.Random(2)
    whole = undisturbed_seconds(trial, server)
    for number in range(FULL_KILLS):
        answer = server.run(trial.file, kill_after=rng.uniform(0.3, 1.0) * whole)
        assert answer["code"] in {-signal.SIGKILL, 0}, answer["err"]
        time.sleep(0.2)  # the workers hear that they are alone
        trial.check_untouched()
        if number % 5 == 4:
            trial.check_healed(server)
            trial.reset()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers below /proc")
def test_dask_workers_that_are_killed_every_few_seconds_change_nothing(tmp_path: Path) -> None:
    banks(tmp_path, *range(1, 13))
    run_batch(settings(tmp_path, 'out = "undisturbed"'))
    begun, stop = threading.Event(), threading.Event()
    killed: list[int] = []
    killer = threading.Thread(target=_kill_nannied, args=(begun, stop, killed))
    given = settings(tmp_path, workers='dask = "local"')
    killer.start()
    try:
        batch = run_batch(given, tell=lambda _: begun.set())
    finally:
        stop.set()
        begun.set()
        killer.join()
    if any(result.status != "done" for result in batch.results):
        batch = run_batch(settings(tmp_path))
    assert {result.status for result in batch.results} == {"done"}
    assert killed
    wanted = _without_reports(lasting(tmp_path / "undisturbed"))
    assert _without_reports(lasting(tmp_path / "out")) == wanted


def _kill_nannied(begun: threading.Event, stop: threading.Event, killed: list[int]) -> None:
    """From the first result on, every few seconds, kill a worker of the Dask cluster of this process."""
    begun.wait()
    while not stop.wait(0 if not killed else 4):
        if found := [pid for pid in _children(os.getpid()) if b"spawn_main" in _command(pid)]:
            victim = found[len(killed) % len(found)]
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sorted(int(child) for task in tasks for child in (task / "children").read_text("ascii").split())


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
