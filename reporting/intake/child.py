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

from reporting.intake.limits import Limits
from reporting.intake.packing import pack
from reporting.intake.stored import Refused, Remark, StoredSheet

HEADING = struct.Struct("<cQ")
BEGUN, SHEET, REMARK, MISSING, ENDED = b"B", b"S", b"R", b"M", b"E"
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
    cells = 0
    for name, size in job["files"]:
        data = sys.stdin.buffer.read(size)
        try:
            for found in _read(data, name, job["suffix"], limits, cells):
                if isinstance(found, Remark):
                    _write_remark(out, found)
                else:
                    cells += len(found.columns) * len(found.columns[0]) if found.columns else 0
                    _write(out, SHEET, pack(found))
        except Refused as refused:
            _write_remark(out, refused.remark)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001  hostile bytes raise anything, a panic in Rust included
            reason = f"{type(error).__name__}: {error}"[:200]
            _write_remark(out, Remark("FIL-011", f"cannot be read ({reason})", name))


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
