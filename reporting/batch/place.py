"""Where a run goes: looked at before any work begins, and never outside the folder that was asked for."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from reporting.batch.leftovers import hidden_prefix
from reporting.intake.catalogue import all_rules
from reporting.intake.findings import shown
from reporting.origin import Cells
from reporting.portfolio.subject import Subject
from reporting.problems import Breach, ConfigurationFault, InputRejected, Problem

LOG = "runs.jsonl"
HEAD = "runs.head.json"

# As in figures.schema.json. It names a folder, so nobody can accept another one.
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_MALFORMED = "CEL-020"


class PlaceFault(ConfigurationFault):
    """The folder for outputs cannot be one."""


class UnwritableError(OSError):
    """The system does not let us write where outputs are to go."""


def check_place(out: Path) -> None:
    """PlaceFault where `out` cannot be a folder of runs, UnwritableError where nothing can be written there.

    A folder is made and taken away again, for no other question is answered alike by all systems.
    """
    try:
        there = next(path for path in (out, *out.absolute().parents) if path.exists())
        if not there.is_dir():
            raise PlaceFault(f"the output folder {out} cannot be made: {there} is a file")
        for name, what in ((LOG, "the log of runs"), (HEAD, "the head of that log")):
            if (path := below(out, name)).exists() and not path.is_file():
                raise PlaceFault(f"{path}, {what}, is not a regular file")
    except OSError as error:
        raise PlaceFault(f"the output folder {str(out)[:80]} cannot be looked up: {error.strerror}") from None
    try:
        Path(tempfile.mkdtemp(prefix=hidden_prefix(), dir=there)).rmdir()
        if (out / LOG).exists():
            (out / LOG).open("ab").close()
    except OSError as error:
        raise UnwritableError(f"the output folder {out} cannot be written, in {there}: {error.strerror}") from None


def place_of(out: Path, portfolio: Subject) -> Path:
    """The folder of this institution and date below `out`, above its versions.

    InputRejected where the LEI is not of the shape of one, whoever accepted it; PlaceFault as for `below`.
    """
    return below(out, relative_place(portfolio))


def below(out: Path, place: str) -> Path:
    """The path of a place, such as `2026-09-30/<LEI>/v01`, below an output folder.

    PlaceFault where a symbolic link stands on the way: what it leads to may lie anywhere, and may be anyone's.
    """
    path = out
    for part in place.split("/"):
        path = path / part
        if path.is_symlink():
            raise PlaceFault(f"{path} is a link; nothing in the output folder {out} may be one")
    return path


def relative_place(portfolio: Subject) -> str:
    """`2026-09-30/<LEI>`, of a system its own folder. InputRejected for an LEI of another shape, though accepted."""
    entity = portfolio.entity
    if portfolio.folder:
        return f"{entity.reference_date.isoformat()}/{portfolio.folder}"
    if not _LEI.fullmatch(entity.lei):
        raise InputRejected(_nameless(portfolio))
    return f"{entity.reference_date.isoformat()}/{entity.lei}"


def _nameless(portfolio: Subject) -> Iterator[Breach]:
    """The breaches, with an LEI that cannot name a folder among them as an error that nobody accepted."""
    table = portfolio.tables["entity"]
    where = Cells(table.file, table.sheet)
    for breach in portfolio.breaches:
        if breach.rule.code != _MALFORMED or not any(problem.where.overlaps(where) for problem in breach.problems):
            yield breach
    rule = replace(all_rules()[_MALFORMED].rule, overridable=False)
    found = f"lei is {shown(portfolio.entity.lei)} and would name the folder of the run"
    yield Breach(rule, 1, (Problem(rule, where, found),))
