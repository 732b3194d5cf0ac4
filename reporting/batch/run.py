"""A batch: what is unchanged is passed over, the rest is worked on, and the batch writes a report of its own."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from reporting.batch.addresses import is_url
from reporting.batch.events import Batch, Event, Tell
from reporting.batch.executors import Executor, executor_of
from reporting.batch.inputs import Submission, find_submissions
from reporting.batch.leftovers import sweep
from reporting.batch.lock import locked
from reporting.batch.logged import AlteredRunError, Logged
from reporting.batch.notes import Notes
from reporting.batch.options import Options
from reporting.batch.own_report import write_own_report
from reporting.batch.place import PlaceFault, UnwritableError
from reporting.batch.program import program_digest
from reporting.batch.roots import STATE, LocalRoot, Root, root_at
from reporting.batch.settings import LATEST, Settings
from reporting.batch.state import Memory, Seen, unlike_members
from reporting.batch.system_options import SystemOptions
from reporting.batch.task import Result, Task, twice


def run_batch(settings: Settings, *, wait: bool = False, tell: Tell = lambda _: None) -> Batch:
    """Run a batch. `tell` hears of every event.

    SettingsFault for what the batch file promises and is not there; RootBusyError while another batch is at work on
    the root, unless asked to `wait`; PlaceFault, UnwritableError where the root cannot be used; OSError where no Dask
    scheduler answers. What befalls a submission is a result, never an exception.
    """
    submissions, left_out = find_submissions(settings)
    root = root_at(settings.out)
    root.check()
    with locked(root, wait=wait), executor_of(settings) as executor:
        if isinstance(root, LocalRoot):
            sweep(root.out)
        return _Running(settings, root, executor, tell, len(submissions)).run(submissions, left_out)


def plan_batch(settings: Settings, *, tell: Tell = lambda _: None) -> Batch:
    """Check everything and say what a run would do; nothing is written, so nothing is remembered either.

    Results of what would be done have the status "checked" and the place above the versions.
    """
    submissions, left_out = find_submissions(settings)
    root = root_at(settings.out)
    check_unwritten(root)
    with executor_of(settings) as executor:
        return _Running(settings, root, executor, tell, len(submissions)).plan(submissions, left_out)


def check_unwritten(root: Root) -> None:
    """As far as can be told without writing, whether this can be an output root. PlaceFault, UnwritableError."""
    if not isinstance(root, LocalRoot):
        return
    there = next(path for path in (root.out, *root.out.absolute().parents) if path.exists())
    if not there.is_dir():
        raise PlaceFault(f"the output folder {root.out} cannot be made: {there} is a file")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UnwritableError(f"the output folder {root.out} cannot be written, in {there}")


def options_of(settings: Settings, *, system: bool = False) -> Options:
    """The options of every submission of a batch, or of the report on its system."""
    earlier = settings.out if settings.previous == LATEST else settings.previous
    return Options(
        report=settings.report_on("system" if system else "institution"),
        earlier=earlier,
        partial=settings.partial,
        final=settings.final,
        pdf_variant=settings.pdf_variant,
        classification=settings.classification,
        templates=settings.templates,
        outputs=settings.outputs,
        system=settings.whole if system else SystemOptions(),
        limits=settings.intake,
    )


@dataclass
class _Running:
    """A batch under way."""

    settings: Settings
    root: Root
    executor: Executor
    tell: Tell
    total: int
    results: dict[str, Result] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    unchanged: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.options = {system: options_of(self.settings, system=system) for system in (False, True)}
        self.notes = Notes(self.settings, self.root, self.options[False])
        self.logged = Logged.read(self.notes.folder, self.root)
        self.memory = Memory(self.settings, self.root, self.options, self.logged)
        self.claims = f"{STATE}/claims-{secrets.token_hex(8)}"

    def run(self, submissions: Sequence[Submission], left_out: Iterable[str]) -> Batch:
        """All submissions in waves, then the report on the batch; the claims of the batch go whatever happens."""
        began = time.monotonic()
        for text in left_out:
            self._event("left_out", "", text)
        self.notes.begin()
        try:
            for wave in self._waves(submissions):
                self._wave(wave)
        finally:
            with suppress(OSError):
                self.root.drop(self.claims)
        return replace(self._batch(), place=self._report(submissions, time.monotonic() - began))

    def plan(self, submissions: Sequence[Submission], left_out: Iterable[str]) -> Batch:
        """What a run would do: submissions are checked only, and no report is written."""
        for text in left_out:
            self._event("left_out", "", text)
        seen = [self.memory.look(one) for one in submissions]
        todo = [one for one in seen if not self._passed_over(one)]
        for result in self.executor.run([self._task(one, only_check=True) for one in todo]):
            self._finish(result)
        return self._batch()

    def _batch(self) -> Batch:
        results = tuple(self.results[name] for name in sorted(self.results))
        return Batch(results, frozenset(self.unchanged), "", tuple(self.faults))

    # --- the order of the work ---------------------------------------------------------------------------------------

    def _waves(self, submissions: Sequence[Submission]) -> Iterator[Sequence[Seen]]:
        """All at once, or one date after the other where a run may be the previous run of another; a system last."""
        seen = [self.memory.look(one) for one in submissions if not one.system]
        yield from self._by_date(seen)
        for system in (self.memory.look(one) for one in submissions if one.system):
            if told := unlike_members(system, seen):
                self._finish(Result(system.submission.name, "failed", "changed", "check", told))
            else:
                yield [system]

    def _by_date(self, seen: Sequence[Seen]) -> Iterator[Sequence[Seen]]:
        if self.settings.previous != LATEST or len(seen) <= 1:
            yield seen
            return
        days = {one.submission.name: found[1] for one in seen if (found := self.memory.identity(one))}
        unknown = [one for one in seen if one.submission.name not in days]
        for result in self.executor.run([self._task(one, only_check=True) for one in unknown]):
            if result.status == "checked":
                days[result.unit] = result.day
        # What could not be read comes last, and then says why.
        for day in sorted({*days.values(), ""}, key=lambda day: day or "~"):
            if wave := [one for one in seen if days.get(one.submission.name, "") == day]:
                yield wave

    def _wave(self, seen: Sequence[Seen]) -> None:
        todo = {one.submission.name: one for one in seen if not self._passed_over(one)}
        if not todo:
            return
        self._claim_unchanged()
        for result in self.executor.run([self._task(one) for one in todo.values()]):
            self._land(result, todo[result.unit])

    def _task(self, seen: Seen, *, only_check: bool = False) -> Task:
        settings, one = self.settings, seen.submission
        head = self.notes.head() if is_url(settings.out) and not only_check else None
        overrides, law = (False, "") if one.system else (settings.overrides, settings.jurisdiction)
        return Task(
            one.name, one.address, settings.out, self.options[one.system], overrides, law, self.claims,
            program_digest(), head, only_check, one.system,
        )  # fmt: skip

    # --- results -----------------------------------------------------------------------------------------------------

    def _passed_over(self, seen: Seen) -> bool:
        """Whether nothing has to be done for a submission; then its result is there."""
        result = self.memory.result(seen)
        if result is None:
            return False
        if (other := self.places.get(result.place)) is not None:
            told = twice(result.lei, result.day, other)
            self._finish(Result(result.unit, "failed", "configuration", "check", told, lei=result.lei, day=result.day))
            return True
        self.unchanged.add(result.unit)
        self._finish(result, "unchanged")
        return True

    def _claim_unchanged(self) -> None:
        for result in self.results.values():
            if result.status == "done":
                self.root.put_new(f"{self.claims}/{result.day}-{result.lei}", result.unit.encode())

    def _land(self, result: Result, seen: Seen) -> None:
        try:
            if result.status == "done" and not result.made:
                self.logged.check(self.root, result.place)
            if result.status == "done":
                self.notes.of_run(result, seen.submission)
            if record := self.memory.keep(seen, result):
                self.notes.of_rejection(result, record)
        except AlteredRunError as error:
            result = replace(result, status="failed", kind="environment", step="write", message=str(error), place="")
        except OSError as error:
            self._fault(f"what became of {result.unit} could not be noted below {self.root.name}: {error}")
        self._finish(result)

    def _finish(self, result: Result, what: str = "") -> None:
        self.results[result.unit] = result
        if result.status == "done":
            self.places[result.place] = result.unit
        name = what if what and result.status == "done" else result.status
        text = result.place if name in ("done", "unchanged", "checked") else result.message
        self._event(name, result.unit, text, result.seconds)

    def _fault(self, text: str) -> None:
        self.faults.append(text)
        self._event("warning", "", text)

    def _event(self, what: str, unit: str, text: str, seconds: float = 0.0) -> None:
        self.tell(Event(what, unit, text, len(self.results), self.total, seconds))

    def _report(self, submissions: Sequence[Submission], seconds: float) -> str:
        try:
            return write_own_report(submissions, self.results, self.notes, seconds)
        except OSError as error:
            self._fault(f"the report of the batch could not be written: {error}")
            return ""
