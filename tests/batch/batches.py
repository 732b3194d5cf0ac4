"""Small batches for the tests: made-up banks in workbooks, a batch file, what of an output root is to be compared."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from reporting.batch.options import Options
from reporting.batch.settings import Settings, load_settings
from reporting.batch.task import Task
from tests.factories import DAY, base_sheets, write_workbook

# Of when something ran, not of what was made.
_PASSING = ("runs.jsonl", "runs.head.json", "seal.json")


def lei_of(number: int) -> str:
    """A made-up LEI with correct check digits."""
    return f"{number:018d}{98 - int(f'{number:018d}00') % 97:02d}"


def bank(
    path: Path, number: int, *, day: date = DAY, amount: float = 400, allowance: float = 1000, **entity: Any
) -> Path:
    """A workbook of the bank of this number. A negative amount is rejected; a negative allowance may be accepted."""
    sheets = base_sheets()
    sheets["entity"][0].update({"lei": lei_of(number), "name": f"Bank {number}", "reference_date": day, **entity})
    sheets["exposures"][0]["gross_carrying_amount"] = amount
    sheets["balance_sheet"][0]["loss_allowance_specific"] = allowance
    sheets["fx"][0]["date"] = day
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_workbook(path, sheets)


def banks(folder: Path, *numbers: int) -> None:
    """Workbooks in/bank1.xlsx and so on."""
    for number in numbers:
        bank(folder / "in" / f"bank{number}.xlsx", number)


def batch_file(folder: Path, text: str = "", *, files: str = "in/*.xlsx", workers: str = "count = 0") -> Path:
    """A batch that makes JSON only, in this process unless said otherwise."""
    path = folder / "batch.toml"
    path.write_text(
        f'outputs = ["json"]\n{text}\n[inputs]\nfiles = ["{files}"]\n[workers]\n{workers}\n', encoding="utf-8"
    )
    return path


def settings(folder: Path, text: str = "", *, files: str = "in/*.xlsx", workers: str = "count = 0") -> Settings:
    """The same, read."""
    return load_settings(batch_file(folder, text, files=files, workers=workers))


def lasting(root: Path) -> Mapping[str, bytes]:
    """Every file of an output root that must be the same after any history: no log, no seals, nothing hidden."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in _PASSING and not _hidden(path.relative_to(root))
    }


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def runs_of(root: Path) -> list[str]:
    """Places of all runs of institutions."""
    found = (path.parent.relative_to(root) for path in root.glob("2*/*/v*/manifest.json"))
    return sorted(path.as_posix() for path in found)


def snapshot(root: Path) -> Mapping[str, tuple[int, int, bytes]]:
    """Everything below a folder with the time it was changed, hidden things and folders too."""
    return {
        str(path): (path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted([root, *root.rglob("*")])
    }


# --- Options that do harm to the process that takes them out of its pipe ---------------------------------------------


class Harm(Options):
    """Options that run a function where they arrive."""

    def __init__(self, function: Any, *arguments: object) -> None:
        super().__init__(outputs=("json",))
        object.__setattr__(self, "harm", (function, arguments))

    def __reduce__(self) -> Any:
        return self.harm  # type: ignore[attr-defined]


def die(mark: Path | None) -> Options:
    """End this process as the system would; where there is a mark, only the first time."""
    if mark is None or not mark.exists():
        if mark is not None:
            mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Options(outputs=("json",))


def hang(mark: Path | None) -> Options:
    """Take very long; where there is a mark, only the first time."""
    if mark is None or not mark.exists():
        if mark is not None:
            mark.touch()
        time.sleep(600)
    return Options(outputs=("json",))


def task_of(path: Path, out: Path, options: Options | None = None) -> Task:
    """A task for a workbook."""
    return Task(path.name, str(path), str(out), options or Options(outputs=("json",)))
