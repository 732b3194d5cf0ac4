"""Inputs and outputs behind URLs: in memory, and in a store without rename, of which only what is finished is read."""

from __future__ import annotations

import json
import platform
import re
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from reporting.batch.folder import Folder
from reporting.batch.lock import RootBusyError, locked
from reporting.batch.roots import Root, root_at
from reporting.batch.run import plan_batch, run_batch
from reporting.batch.store import StoreRoot
from tests.batch.batches import bank, banks, lasting, lei_of, settings


class ObjectStore(LocalFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A store as the large ones are: objects arrive whole and are never renamed, and there is nothing to append to."""

    protocol = "objects"

    def mv(self, *_: object, **__: object) -> None:
        raise NotImplementedError("objects are not renamed")

    mv_file = rename = move = mv

    def __init__(self, **options: Any) -> None:
        super().__init__(auto_mkdir=True, **options)

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if "a" in mode or "+" in mode:
            raise NotImplementedError("nothing is appended to an object")
        return super().open(path, mode, **options)


@pytest.fixture(params=["memory", "objects"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty output root."""
    fsspec.register_implementation("objects", ObjectStore, clobber=True)
    yield f"memory://{uuid.uuid4()}/out" if request.param == "memory" else f"objects://{tmp_path}/store/out"
    fsspec.filesystem("memory").store.clear()


def files_of(url: str) -> dict[str, bytes]:
    """What `lasting` gives of a folder."""
    fs, path = fsspec.core.url_to_fs(url)
    found = {str(name).removeprefix(str(path)).lstrip("/"): fs.cat_file(name) for name in fs.find(path)}
    passing = ("seal.json",)
    return {name: data for name, data in found.items() if not name.startswith(".") and not name.endswith(passing)}


def test_a_store_gets_the_same_files_as_a_folder(tmp_path: Path, root: str) -> None:
    banks(tmp_path, 1, 2)
    bank(tmp_path / "in" / "bank3.xlsx", 3, amount=-4)
    run_batch(settings(tmp_path, 'out = "local"'))
    batch = run_batch(settings(tmp_path, f'out = "{root}"\nlog = "log"'))
    assert batch.faults == ()
    assert files_of(root) == lasting(tmp_path / "local")
    lines = [json.loads(line) for line in (tmp_path / "log" / "runs.jsonl").read_text("utf-8").splitlines()]
    runs = [line["folder"] for line in lines if "rejected" not in line]
    assert runs == [f"2026-09-30/{lei_of(n)}/v01" for n in (1, 2)] + ["batches/batch/v01"]


def test_a_second_batch_on_a_store_passes_over_what_is_there_and_makes_versions(tmp_path: Path, root: str) -> None:
    banks(tmp_path, 1, 2)
    given = settings(tmp_path, f'out = "{root}"\nlog = "log"\nprevious = "latest"')
    run_batch(given)
    assert len(run_batch(given).unchanged) == 2
    before = files_of(root)
    bank(tmp_path / "in" / "bank1.xlsx", 1, amount=500)
    first, second = run_batch(given).results
    assert (first.place[-3:], second.place[-3:]) == ("v02", "v01")
    assert {name: data for name, data in files_of(root).items() if name in before} == before


def test_inputs_come_from_a_store_with_their_overrides(tmp_path: Path, root: str) -> None:
    banks(tmp_path, 1, 2)
    fs, path = fsspec.core.url_to_fs(root)
    for number in (1, 2):
        fs.pipe_file(f"{path}/in/bank{number}.xlsx", (tmp_path / "in" / f"bank{number}.xlsx").read_bytes())
    given = settings(tmp_path, "[options]\noverrides = true", files=f"{root}/in/*.xlsx")
    run_batch(settings(tmp_path, 'out = "same"'))
    batch = run_batch(given)
    assert [result.status for result in batch.results] == ["done", "done"]
    there = {name: data for name, data in lasting(tmp_path / "same").items() if name.startswith("2026")}
    assert {name: data for name, data in lasting(tmp_path / "out").items() if name.startswith("2026")} == there
    assert len(run_batch(given).unchanged) == 2


def test_a_plan_for_a_store_writes_nothing(tmp_path: Path, root: str) -> None:
    banks(tmp_path, 1)
    plan_batch(settings(tmp_path, f'out = "{root}"\nlog = "log"'))
    assert files_of(root) == {}
    assert not (tmp_path / "log").exists()


def test_what_has_no_manifest_is_no_version_and_is_written_over(root: str) -> None:
    store = StoreRoot(root)
    store.put("2026-09-30/x/v01/figures.json", b"half of it")
    store.put("2026-09-30/x/v01/other.json", b"of an interrupted batch")
    assert store.latest("2026-09-30/x") is None
    assert store.write("2026-09-30/x", Folder({"figures.json": b"{}"}, {"run_id": "r"})) == ("2026-09-30/x/v01", True)
    assert set(files_of(root)) == {"2026-09-30/x/v01/figures.json", "2026-09-30/x/v01/manifest.json"}
    assert store.write("2026-09-30/x", Folder({"figures.json": b"{}"}, {"run_id": "r"})) == ("2026-09-30/x/v01", False)
    assert store.before("x", date(2026, 12, 31)) == "2026-09-30/x/v01"
    assert store.before("x", date(2026, 9, 30)) is None


class Failing:
    """Lets the Nth write to a store fail, and all after it, as when the network is gone."""

    def __init__(self, fs: Any, at: int) -> None:
        self.fs, self.left = fs, at

    def __getattr__(self, name: str) -> Any:
        return getattr(self.fs, name)

    def pipe_file(self, *arguments: Any, **options: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise OSError("the network is gone")
        return self.fs.pipe_file(*arguments, **options)


def test_a_failure_of_any_write_leaves_no_half_version(root: str) -> None:
    content = Folder({"a.json": b"a", "b.json": b"b"}, {"run_id": "r1"})
    undisturbed = StoreRoot(f"{root}/undisturbed")
    undisturbed.write("x", content)
    for number in range(3):
        store = StoreRoot(f"{root}/{number}")
        store.fs = Failing(store.fs, number)
        with pytest.raises(OSError, match="the network is gone"):
            store.write("x", content)
        whole = StoreRoot(f"{root}/{number}")
        assert whole.latest("x") is None
        assert whole.find("x", "r1") is None
        assert whole.write("x", content) == ("x/v01", True)
        assert files_of(f"{root}/{number}") == files_of(f"{root}/undisturbed")


def test_a_store_that_cannot_be_written_is_said_before_the_work(
    tmp_path: Path, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reporting.batch.place import UnwritableError

    banks(tmp_path, 1)
    given = settings(tmp_path, f'out = "{root}"\nlog = "log"')
    store = StoreRoot(root)
    monkeypatch.setattr(type(store.fs), "pipe_file", Failing(store.fs, 0).pipe_file)
    with pytest.raises(UnwritableError, match="cannot be written: the network is gone"):
        run_batch(given)


@pytest.mark.parametrize("where", ["folder", "store"])
def test_a_lock_is_held_by_one_and_taken_over_from_the_dead(tmp_path: Path, root: str, where: str) -> None:
    target: Root = root_at(str(tmp_path / "out") if where == "folder" else root)
    told = "another batch is at work on .*: process [0-9]+ on "
    with locked(target, wait=False), pytest.raises(RootBusyError, match=told), locked(target, wait=False):
        pass
    with locked(target, wait=False):
        pass
    target.put(".batch/lock", json.dumps({"process": 2**22 + 1, "machine": platform.node()}).encode())
    with locked(target, wait=False):
        pass


def test_a_lock_of_another_machine_on_a_store_is_never_taken_over(root: str) -> None:
    store = root_at(root)
    store.put(".batch/lock", b'{"process": 1, "machine": "elsewhere"}')
    told = "process 1 on 'elsewhere'; if that process is gone, delete .batch/lock there"
    with pytest.raises(RootBusyError, match=re.escape(told)), locked(store, wait=False):
        pass
