"""The process that parses: limits itself, reads the files from standard input, writes what it finds as frames.

A frame is one letter, a length of eight bytes, then that many bytes. Only this process touches foreign bytes with more
than a copy and a hash. It imports neither numpy nor pandas, which would take longer than a small workbook does.
"""

from __future__ import annotations

import gc
import importlib
import marshal
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePath
from typing import Any, BinaryIO

from reporting.intake.limits import Limits, size_text
from reporting.intake.packing import letter_count, pack
from reporting.intake.stored import LISTED, Refused, Remark, StoredSheet, too_many_faults

HEADING = struct.Struct("<cQ")
# FILE: the next of the files is at hand; MISSING: a library is; the rest say what they are.
BEGUN, FILE, SHEET, REMARK, MISSING, ENDED = b"B", b"F", b"S", b"R", b"M", b"E"
OUT_OF_MEMORY = 3  # exit status

_MODULES = {
    ".xlsx": ("workbook", "workbook_xlsx"), ".xlsm": ("workbook", "workbook_xlsx"),
    ".xlsb": ("workbook", "workbook_xlsb"), ".ods": ("workbook", "workbook_ods"), ".xls": ("workbook", "workbook_xls"),
    ".csv": ("folder_csv",), ".parquet": ("folder_parquet",),
}  # fmt: skip


def main(job: dict[str, Any]) -> None:
    """Read the files of a job: `suffix`, `files` (name and size of each, in the order of standard input), `limits`."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not look like a result
    gc.disable()
    limits = Limits(**job["limits"])
    try:
        _load(job["suffix"])
    except ImportError as error:
        _write(out, MISSING, str(error).encode())
        return
    unlimited = limit_process(limits)
    _write(out, BEGUN, b"")
    if unlimited:
        _write_remark(out, Remark("FIL-027", f"no limit on {' and '.join(unlimited)} could be set", job["files"][0][0]))
    try:
        _read_all(out, job, limits)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    _write(out, ENDED, b"")
    out.close()
    os._exit(0)  # nothing is left to tidy up, and freeing a million values takes time


def limit_process(limits: Limits) -> list[str]:
    """Bind this process to the limits; returns what could not be limited on this platform."""
    try:
        resource = importlib.import_module("resource")
    except ImportError:
        return ["memory", "processor time"]
    wanted = {
        "memory": (resource.RLIMIT_AS, limits.child_memory),
        "processor time": (resource.RLIMIT_CPU, limits.child_seconds),
        "core dumps": (resource.RLIMIT_CORE, 0),
        "output": (resource.RLIMIT_FSIZE, limits.child_memory),
    }
    failed = []
    for what, (kind, value) in wanted.items():
        hard = resource.getrlimit(kind)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        last = hard if what == "processor time" else most  # at the last second the signal would say less
        try:
            resource.setrlimit(kind, (most, last))
        except (ValueError, OSError):
            failed.append(what)
    return [what for what in failed if what in ("memory", "processor time")]


def _load(suffix: str) -> None:
    """Import the readers before the limits are set, so that these bind the parsing alone."""
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # the others reserve address space by the gigabyte
    for name in _MODULES[suffix]:
        importlib.import_module(f"reporting.intake.{name}")


def _read_all(out: BinaryIO, job: dict[str, Any], limits: Limits) -> None:
    sheets = _Sheets(out, limits)
    for name, size in job["files"]:
        _write(out, FILE, b"")
        data = sys.stdin.buffer.read(size)
        remarks = _Remarks(out)
        try:
            for found in _read(data, name, job["suffix"], limits, sheets.cells):
                if isinstance(found, Remark):
                    remarks.take(found)
                else:
                    sheets.take(found)
        except Refused as refused:
            remarks.take(refused.remark)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001  hostile bytes raise anything, a panic in Rust included
            reason = f"{type(error).__name__}: {error}"[:200]
            remarks.take(Remark("FIL-011", f"cannot be read ({reason})", name))
        remarks.end()


class _Sheets:
    """Sends sheets within the limits that hold for all files together."""

    def __init__(self, out: BinaryIO, limits: Limits) -> None:
        self._out, self._limits = out, limits
        self.cells = 0
        self._bytes = 0

    def take(self, found: StoredSheet) -> None:
        """Send a sheet. Raises Refused where it holds too much."""
        if len(found.faults) > self._limits.faults:
            raise too_many_faults(found.file, found.sheet, len(found.faults), self._limits, found.faults)
        try:
            packed = pack(found)
        except MemoryError:
            self._check_bytes(found, letter_count(found.columns))
            raise
        self._check_bytes(found, len(packed))
        self.cells += len(found.columns) * len(found.columns[0]) if found.columns else 0
        _write(self._out, SHEET, packed)

    def _check_bytes(self, found: StoredSheet, size: int) -> None:
        self._bytes += size
        if self._bytes > self._limits.value_bytes:
            limit = size_text(self._limits.value_bytes)
            text = f"brings the values in the cells to {size_text(self._bytes)} and the limit is {limit}"
            raise Refused(Remark("FIL-028", text, found.file, found.sheet))


class _Remarks:
    """Sends the first remarks of each rule on each sheet, and with the last of them how many more there are."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._counts: dict[tuple[str, str], int] = {}
        self._last: dict[tuple[str, str], Remark] = {}

    def take(self, remark: Remark) -> None:
        """Send a remark, or count it."""
        key = (remark.code, remark.sheet)
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] < LISTED:
            _write_remark(self._out, remark)
        elif self._counts[key] == LISTED:
            self._last[key] = remark

    def end(self) -> None:
        """Send those that were held back for the count."""
        for key, remark in self._last.items():
            _write_remark(self._out, remark._replace(unlisted=self._counts[key] - LISTED))


def _read(data: bytes, name: str, suffix: str, limits: Limits, before: int) -> Iterator[StoredSheet | Remark]:
    if suffix == ".csv":
        from reporting.intake.folder_csv import read_csv

        return read_csv(data, name, limits, before)
    if suffix == ".parquet":
        from reporting.intake.folder_parquet import read_parquet

        return read_parquet(data, name, limits, before)
    from reporting.intake.workbook import read_workbook

    return read_workbook(data, name, PurePath(name).suffix.lower(), limits)


def _write_remark(out: BinaryIO, remark: Remark) -> None:
    _write(out, REMARK, marshal.dumps(tuple(remark), 2))


def _write(out: BinaryIO, letter: bytes, content: bytes) -> None:
    out.write(HEADING.pack(letter, len(content)))
    out.write(content)
    with suppress(BrokenPipeError):  # the parent has given up
        out.flush()
