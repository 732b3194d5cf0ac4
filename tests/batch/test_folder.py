"""A run folder appears whole or not at all, and is never changed afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reporting.batch import folder as run_folder
from reporting.batch.folder import Folder, changed_files, find_run, latest_run, read_manifest, write_run

CONTENT = Folder({"a.json": b"{}\n", "b.pdf": b"%PDF"}, {"run_id": "r1"})


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_versions_are_counted_and_the_manifest_lists_every_output(tmp_path: Path) -> None:
    first = write_run(tmp_path, CONTENT)
    second = write_run(tmp_path, Folder(CONTENT.files, {"run_id": "r2"}))
    assert (first.name, second.name) == ("v01", "v02")
    manifest = read_manifest(second)
    assert [entry["path"] for entry in manifest["outputs"]] == ["a.json", "b.pdf"]
    assert changed_files(second, manifest) == ()


def test_a_run_is_found_again_only_if_it_is_the_latest_and_untouched(tmp_path: Path) -> None:
    made = write_run(tmp_path, CONTENT)
    assert find_run(tmp_path, "r1") == made
    assert find_run(tmp_path, "r2") is None
    (made / "b.pdf").write_bytes(b"%PDX")
    assert find_run(tmp_path, "r1") is None


def test_a_failure_at_any_call_to_the_system_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(tmp_path, CONTENT)
    before = snapshot(tmp_path)
    calls = 0
    fail_at = 0

    def failing(real: object) -> object:
        def call(*arguments: object) -> object:
            nonlocal calls
            calls += 1
            if calls == fail_at:
                raise OSError(28, "No space left on device")
            return real(*arguments)  # type: ignore[operator]

        return call

    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(Path, "rename", failing(Path.rename))
    monkeypatch.setattr(run_folder, "_write", failing(run_folder._write))
    for number in range(1, 20):
        calls, fail_at = 0, number
        try:
            write_run(tmp_path, Folder(CONTENT.files, {"run_id": f"n{number}"}))
        except OSError:
            kept = snapshot(tmp_path)
            whole = {name for name in kept if name not in before}
            # Only the flush of the parent comes after the rename: by then the new version is there, whole.
            assert not whole or {Path(name).name for name in whole} == {"a.json", "b.pdf", "manifest.json"}
            before = kept
        else:
            assert number > 6
            return
    pytest.fail("the shim never stopped failing")


def test_the_folder_above_the_versions_stands_for_the_latest(tmp_path: Path) -> None:
    first, second = (write_run(tmp_path, Folder(CONTENT.files, {"run_id": name})) for name in ("r1", "r2"))
    assert latest_run(tmp_path) == second
    assert latest_run(first) == first
    assert latest_run(tmp_path / "elsewhere") == tmp_path / "elsewhere"
