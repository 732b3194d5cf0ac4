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
    first, made = write_run(tmp_path, CONTENT)
    second, made_too = write_run(tmp_path, Folder(CONTENT.files, {"run_id": "r2"}))
    assert (first.name, second.name) == ("v01", "v02")
    assert made is made_too is True
    manifest = read_manifest(second)
    assert [entry["path"] for entry in manifest["outputs"]] == ["a.json", "b.pdf"]
    assert changed_files(second, manifest) == ()


def test_a_run_is_found_again_only_if_it_is_the_latest_and_untouched(tmp_path: Path) -> None:
    made, _ = write_run(tmp_path, CONTENT)
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
            assert not whole or {Path(name).name for name in whole} == {"a.json", "b.pdf", "manifest.json", "seal.json"}
            before = kept
        else:
            assert number > 6
            return
    pytest.fail("the shim never stopped failing")


def test_the_folder_above_the_versions_stands_for_the_latest(tmp_path: Path) -> None:
    first, second = (write_run(tmp_path, Folder(CONTENT.files, {"run_id": name}))[0] for name in ("r1", "r2"))
    assert latest_run(tmp_path) == second
    assert latest_run(first) == first
    assert latest_run(tmp_path / "elsewhere") == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    "manifest",
    [
        None, b"{", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"run_id": "r1"}', b'{"run_id": "r1", "outputs": [1]}',
        b'{"run_id": "r1", "outputs": [{"path": "../../x", "sha256": ""}]}',
        b'{"run_id": 1, "outputs": []}', b'{"run_id": "r1", "outputs": {}}', b'{"run_id": ' + b"1" * 5_000 + b"}",
    ],
    ids=lambda manifest: ascii(manifest)[:40],
)  # fmt: skip
def test_a_broken_version_is_left_alone_and_the_next_one_written(tmp_path: Path, manifest: bytes | None) -> None:
    (tmp_path / "v01").mkdir()
    if manifest is not None:
        (tmp_path / "v01" / "manifest.json").write_bytes(manifest)
    before = snapshot(tmp_path)
    assert find_run(tmp_path, "r1") is None
    assert write_run(tmp_path, CONTENT) == (tmp_path / "v02", True)
    assert {name: data for name, data in snapshot(tmp_path).items() if name.startswith("v01")} == before


def test_a_version_that_is_a_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "v01").write_bytes(b"")
    assert find_run(tmp_path, "r1") is None
    assert write_run(tmp_path, CONTENT) == (tmp_path / "v02", True)


@pytest.mark.parametrize("name", ["v\u0660\u0661", "v99999999999999999999", "v001", "v1", "v0100", "V01"])
def test_a_folder_that_is_only_like_a_version_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert latest_run(tmp_path) == tmp_path
    assert write_run(tmp_path, CONTENT) == (tmp_path / "v01", True)


def test_no_version_is_made_after_the_last(tmp_path: Path) -> None:
    (tmp_path / "v999999").mkdir()
    with pytest.raises(OSError, match="has no version left"):
        write_run(tmp_path, CONTENT)
    assert [path.name for path in tmp_path.iterdir()] == ["v999999"]


def test_a_run_that_another_process_finished_meanwhile_is_not_made_again(tmp_path: Path) -> None:
    first, _ = write_run(tmp_path, CONTENT)
    assert write_run(tmp_path, CONTENT) == (first, False)
    assert [path.name for path in tmp_path.iterdir()] == ["v01"]


def test_a_run_finished_between_the_look_and_the_rename_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process renames after we have looked for its run: our rename fails, and we look again."""
    real = Path.rename

    def other_first(self: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "rename", real)
        assert write_run(tmp_path, CONTENT)[1]
        return real(self, target)

    monkeypatch.setattr(Path, "rename", other_first)
    assert write_run(tmp_path, CONTENT) == (tmp_path / "v01", False)
    assert [path.name for path in tmp_path.iterdir()] == ["v01"]
