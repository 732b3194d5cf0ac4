"""One submission of a batch: what a worker is told, what it does, what it answers. The same in every executor."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from reporting.batch.chain import Head, read_head
from reporting.batch.inputs import at_hand
from reporting.batch.options import Options
from reporting.batch.program import program_digest
from reporting.batch.roots import LocalRoot, Root, root_at
from reporting.batch.unit import InputChangedError, Watch, files_of, read_subject, run_at
from reporting.intake.limits import Limits
from reporting.intake.reading import ReaderMissing
from reporting.intake.tables import InputFile
from reporting.origin import printable
from reporting.portfolio.subject import Subject
from reporting.problems import Breach, ConfigurationFault, InputRejected
from reporting.render.json import problems_json

Status = Literal["done", "checked", "rejected", "failed"]
# Why a unit failed. The first three may pass, and are tried once more.
Kind = Literal["", "died", "hung", "changed", "configuration", "environment", "internal"]
TRIED_AGAIN = ("died", "hung", "changed")

Step = Callable[[str], None]


class UnitRefused(ConfigurationFault):
    """The submission does not belong into this batch."""


@dataclass(frozen=True)
class Task:
    """A submission and what is to be done with it.

    unit          name of the submission in the batch, and `address`, where it lies
    out           output root, a path or URL
    jurisdiction  the only one that is accepted; "" for any
    claims        place below the root where each institution and date is claimed by one submission
    program       digest of the program that the batch runs; another one refuses the work
    head          of the log, for a root that has none of its own
    only_check    read and check, and write nothing
    system        whether it is a system of many
    """

    unit: str
    address: str
    out: str
    options: Options
    overrides: bool = False
    jurisdiction: str = ""
    claims: str = ""
    program: str = ""
    head: Head | None = None
    only_check: bool = False
    system: bool = False


@dataclass(frozen=True)
class Result:
    """What became of a submission.

    step      at which it failed: check, measure, report or write
    message   why it was rejected or failed, in a line
    problems  the content of problems.json of a rejected submission
    files     its files, where they stayed the same from beginning to end
    place     of its run below the output root, and `lei`, `day` as read
    made      whether the run is new
    tries     how often it was begun
    """

    unit: str
    status: Status
    kind: Kind = ""
    step: str = ""
    message: str = ""
    problems: dict[str, Any] = field(default_factory=dict)
    files: tuple[InputFile, ...] = ()
    place: str = ""
    run_id: str = ""
    lei: str = ""
    day: str = ""
    made: bool = False
    seconds: float = 0.0
    tries: int = 1


def work(task: Task, step: Step) -> Result:
    """Do a task. Whatever happens is a value; `step` hears of each step as it begins."""
    began = time.monotonic()
    watcher = _Watcher(task, step)
    try:
        result = _worked(task, watcher)
    except InputRejected as rejected:
        result = Result(task.unit, "rejected", "", "check", _first(rejected), _problems(rejected.breaches))
    except InputChangedError as error:
        result = watcher.failed("changed", str(error))
    except ConfigurationFault as error:
        result = watcher.failed("configuration", str(error))
    except (OSError, MemoryError, ReaderMissing) as error:
        result = watcher.failed("environment", _told(error))
    except Exception as error:  # noqa: BLE001 - one submission must not end the batch; the batch ends with code 5
        result = watcher.failed("internal", "".join(traceback.format_exception(error)))
    return replace(result, seconds=time.monotonic() - began, lei=watcher.lei, day=watcher.day)


def tried(once: Callable[[Task], Result], task: Task) -> Result:
    """The result, of a second try where the first failed for a reason that may pass."""
    first = once(task)
    return replace(once(task), tries=2) if first.kind in TRIED_AGAIN else first


def failed(task: Task, kind: Kind, step: str, message: str) -> Result:
    """The result of a task whose worker cannot answer itself."""
    return Result(task.unit, "failed", kind, step, message)


class _Watcher(Watch):
    def __init__(self, task: Task, step: Step) -> None:
        self.task = task
        self.at = "check"
        self.lei = self.day = ""
        self._step = step

    def step(self, name: str) -> None:
        self.at = name
        self._step(name)

    def read(self, portfolio: Subject) -> None:
        entity, task = portfolio.entity, self.task
        self.lei, self.day = entity.lei, entity.reference_date.isoformat()
        if task.jurisdiction and entity.jurisdiction != task.jurisdiction:
            raise UnitRefused(f"its jurisdiction is {entity.jurisdiction}, the batch takes {task.jurisdiction} only")
        if task.claims and not task.only_check:
            self._claim(root_at(task.out), f"{task.claims}/{self.day}-{self.lei}")

    def _claim(self, root: Root, place: str) -> None:
        """UnitRefused where another submission of the batch is of the same institution and date."""
        if root.put_new(place, self.task.unit.encode()):
            return
        other = (root.read(place) or b"").decode(errors="replace")
        if other != self.task.unit:
            raise UnitRefused(twice(self.lei, self.day, other))

    def failed(self, kind: Kind, message: str) -> Result:
        """The result of a submission that failed at the step it was at."""
        return failed(self.task, kind, self.at, message)


def twice(lei: str, day: str, other: str) -> str:
    """What is said of the second submission for an institution and date."""
    return f"{printable(other)} is for the same institution and date ({lei}, {day}); a batch takes one of them"


def _worked(task: Task, watcher: _Watcher) -> Result:
    if task.program and task.program != program_digest():
        raise OSError(
            f"the program here is {program_digest()[:12]}, that of the batch {task.program[:12]}: "
            "every worker must have the same version"
        )
    with at_hand(task.address, task.overrides) as (path, overrides):
        options = replace(task.options, overrides=overrides)
        files = files_of(path, options.limits, system=task.system)
        try:
            if task.only_check:
                return _checked(task, watcher, path, options)
            root = root_at(task.out)
            root.check()
            head = read_head(root.out) if isinstance(root, LocalRoot) else task.head
            landed = run_at(path, root, options, head, watcher)
        except InputRejected as rejected:
            _check_same(files, files_of(path, options.limits, system=task.system))
            found = _problems(rejected.breaches)
            return Result(task.unit, "rejected", "", "check", _first(rejected), found, files)
    return Result(
        task.unit, "done", files=files, place=landed.place, run_id=landed.run_id, made=landed.made,
    )  # fmt: skip


def _checked(task: Task, watcher: _Watcher, path: Any, options: Options) -> Result:
    watcher.step("check")
    portfolio = read_subject(path, options)
    parent = root_at(task.out).parent_of(portfolio)
    watcher.read(portfolio)
    return Result(task.unit, "checked", files=portfolio.files, place=parent)


def _check_same(before: tuple[InputFile, ...], after: tuple[InputFile, ...]) -> None:
    if before != after:
        raise InputChangedError("its files changed while they were checked; nothing was written")


def _problems(breaches: tuple[Breach, ...]) -> dict[str, Any]:
    return json.loads(problems_json(breaches))  # type: ignore[no-any-return]


def _first(rejected: InputRejected) -> str:
    return printable(str(rejected))


def _told(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "the memory that a process may use was not enough"
    if isinstance(error, OSError) and error.filename and error.strerror:  # without the folders of this machine
        return printable(f"{Path(str(error.filename)).name}: {error.strerror}")
    return printable(str(error))


def limits_text(limits: Limits) -> str:
    """The limits of reading as one text, for comparing."""
    from dataclasses import asdict

    return json.dumps(asdict(limits), sort_keys=True)
