"""What a batch tells while it runs, and what it did in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reporting.batch.task import Result


@dataclass(frozen=True)
class Event:
    """Something that happened: `what` is left_out, unchanged, done, rejected, failed or warning."""

    what: str
    unit: str
    text: str
    finished: int
    total: int
    seconds: float = 0.0


Tell = Callable[[Event], None]


@dataclass(frozen=True)
class Batch:
    """What a batch did.

    results    of the submissions, by name
    unchanged  names of those that were passed over
    place      of the batch's own report below the output root; "" where it could not be written, or nothing was asked
    faults     what went wrong beside the submissions: a state or a log that could not be written
    """

    results: tuple[Result, ...]
    unchanged: frozenset[str] = frozenset()
    place: str = ""
    faults: tuple[str, ...] = ()
