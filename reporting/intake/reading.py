"""From a path to a submission as stored: the files are copied and hashed once, and parsed by a process of their own."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from reporting.intake.child_process import Outcome, ReaderMissing, collector_paused, read_in_child
from reporting.intake.file_rules import file_breaches
from reporting.intake.limits import Limits, size_text
from reporting.intake.stored import Refused, Remark, StoredSheet
from reporting.intake.tables import InputFile, RawSheet, RawSubmission
from reporting.origin import printable
from reporting.problems import Breach, Severity

__all__ = ["WORKBOOKS", "ReaderMissing", "input_files", "read_submission"]

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_TABLES = (".csv", ".parquet")
_STEP = 1 << 20
_OF_THE_SYSTEM = ("thumbs.db", "desktop.ini")
_KINDS = {
    stat.S_ISFIFO: "a named pipe", stat.S_ISSOCK: "a socket", stat.S_ISCHR: "a device", stat.S_ISBLK: "a device",
    stat.S_ISLNK: "a link", stat.S_ISDIR: "a folder",
}  # fmt: skip


def read_submission(path: Path, limits: Limits = Limits()) -> tuple[RawSubmission | None, tuple[Breach, ...]]:  # noqa: B008  frozen
    """A workbook, or a folder of CSV or Parquet files, as stored, and what is wrong with the files.

    The submission is None where nothing could be read. A CSV or Parquet file that cannot be read is left out, with its
    breach, and the others are read. Sheets of a CSV or Parquet file are named "": the file's name says what it is.
    A link given as the path itself is followed; one inside a folder is not.

    Raises FileNotFoundError or PermissionError (any OSError) where the path cannot be opened, and ReaderMissing where
    this machine cannot run the reading process.
    """
    mode = path.stat().st_mode
    remarks: list[Remark] = []
    try:
        if stat.S_ISDIR(mode):
            paths = _tables_of(path, limits, remarks)
        elif stat.S_ISREG(mode):
            paths = [_workbook(path)]
        else:
            raise Refused(Remark("FIL-019", f"is {_kind(mode)}", _shown(path)))
        with tempfile.TemporaryFile() as copies:
            files = _copy_all(paths, copies, limits)
            copies.seek(0)
            named = [(file.path, file.bytes) for file in files]
            outcome = read_in_child(copies, paths[0].suffix.lower(), named, limits)
    except Refused as refused:
        return None, file_breaches([*remarks, refused.remark], _shown(path))
    breaches = file_breaches([*remarks, *outcome.remarks], _shown(path))
    unusable = stat.S_ISREG(mode) and any(breach.rule.severity is Severity.ERROR for breach in breaches)
    # The sheets that came before the fault are not shown alone: what they lack would be told as faults of their own.
    return None if unusable else _submission(path, files, outcome), breaches


def input_files(path: Path, limits: Limits = Limits()) -> tuple[InputFile, ...]:  # noqa: B008  frozen
    """The files of a submission with size and hash as `read_submission` gives them, without parsing any.

    Empty where they are no submission or lie beyond a limit. OSError where the path cannot be opened.
    """
    try:
        paths = _tables_of(path, limits, []) if stat.S_ISDIR(path.stat().st_mode) else [_workbook(path)]
        with Path(os.devnull).open("wb") as nowhere:
            return tuple(_copy_all(paths, nowhere, limits))
    except Refused:
        return ()


def _submission(path: Path, files: Sequence[InputFile], outcome: Outcome) -> RawSubmission | None:
    if not outcome.sheets:
        return None
    with collector_paused():
        return RawSubmission(_shown(path), tuple(files), tuple(map(_raw_sheet, outcome.sheets)))


def _raw_sheet(stored: StoredSheet) -> RawSheet:
    return RawSheet(
        file=stored.file,
        sheet=stored.sheet,
        rows=list(map(list, zip(*stored.columns, strict=True))),
        faults=stored.faults,
        visible=stored.visible,
        hidden_rows=tuple(stored.hidden_rows),
        hidden_columns=tuple(stored.hidden_columns),
    )


def _workbook(path: Path) -> Path:
    suffix = path.suffix.lower()
    if suffix in _TABLES:
        raise Refused(Remark("FIL-017", f"is a single {suffix} file", _shown(path)))
    if suffix not in WORKBOOKS:
        raise Refused(Remark("FIL-017", f"has the suffix {suffix!r}" if suffix else "has no suffix", _shown(path)))
    return path


def _tables_of(folder: Path, limits: Limits, remarks: list[Remark]) -> list[Path]:
    """The tables in a folder, by name, and remarks on what is left out. Raises Refused if they are no submission."""
    found: dict[str, list[Path]] = {suffix: [] for suffix in _TABLES}
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~$")) or path.name.lower() in _OF_THE_SYSTEM:
            continue
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            is_folder = stat.S_ISDIR(mode)
            what = f"is {_kind(mode)}{' in a folder of tables' * is_folder}"
            raise Refused(Remark("FIL-018" if is_folder else "FIL-019", what, _shown(path)))
        suffix = path.suffix.lower()
        if suffix in WORKBOOKS:
            raise Refused(Remark("FIL-018", "is a workbook in a folder of tables", _shown(path)))
        if suffix in found:
            found[suffix].append(path)
        else:
            remarks.append(Remark("FIL-021", "is neither a .csv nor a .parquet file", _shown(path)))
    return _of_one_kind(found, folder, limits)


def _of_one_kind(found: dict[str, list[Path]], folder: Path, limits: Limits) -> list[Path]:
    kinds = [paths for paths in found.values() if paths]
    if len(kinds) != 1:
        what = "holds .csv and .parquet files" if kinds else "holds no .csv or .parquet file"
        raise Refused(Remark("FIL-018", what, _shown(folder)))
    if len(kinds[0]) > limits.sheets:
        what = f"holds {len(kinds[0])} tables and the limit is {limits.sheets}"
        raise Refused(Remark("FIL-005", what, _shown(folder)))
    return kinds[0]


def _copy_all(paths: Sequence[Path], copies: IO[bytes], limits: Limits) -> list[InputFile]:
    files: list[InputFile] = []
    for path in paths:
        files.append(_copy(path, copies, limits, sum(file.bytes for file in files)))
    return files


def _copy(path: Path, copies: IO[bytes], limits: Limits, before: int) -> InputFile:
    """Copy a file once: what is hashed here is what is parsed, whatever becomes of it. Raises Refused, OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # a named pipe must not block us
    with os.fdopen(os.open(path, flags), "rb", buffering=0) as source:
        state = os.fstat(source.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise Refused(Remark("FIL-019", f"is {_kind(state.st_mode)}", _shown(path)))
        digest, size = hashlib.sha256(), 0
        _check_size(path, before + state.st_size, limits)
        while piece := source.read(_STEP):
            size += len(piece)
            _check_size(path, before + size, limits)
            digest.update(piece)
            copies.write(piece)
        after = os.fstat(source.fileno())
    if (after.st_size, after.st_mtime_ns) != (state.st_size, state.st_mtime_ns) or size != state.st_size:
        raise Refused(Remark("FIL-020", "was written to while it was read", _shown(path)))
    return InputFile(_shown(path), size, digest.hexdigest())


def _check_size(path: Path, size: int, limits: Limits) -> None:
    if size > limits.file_bytes:
        found = f"brings the input to {size_text(size)} and the limit is {size_text(limits.file_bytes)}"
        raise Refused(Remark("FIL-001", found, _shown(path)))


def _kind(mode: int) -> str:
    return next((name for test, name in _KINDS.items() if test(mode)), "not a regular file")


def _shown(path: Path) -> str:
    """The name of a file, with what cannot be printed written as an escape."""
    return printable(path.name or path.resolve().name)
