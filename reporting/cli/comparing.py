"""`reporting diff`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from reporting.cli.exits import Exit, UsageFault
from reporting.cli.options import existing_folder
from reporting.cli.printing import print_lines
from reporting.origin import printable

if TYPE_CHECKING:
    from reporting.batch.causes import Side
    from reporting.batch.changes import Change
    from reporting.batch.diff import Comparison
    from reporting.batch.drivers import Driver

_DRIVERS = 3  # lines below a change; --json gives more
_ROWS = 10  # rows of one table figure


def diff_command(before: Path, after: Path, absolute: float, relative: float, *, as_json: bool) -> int:
    """Print what changed from one run to another, and why."""
    from reporting.batch.diff import compare_runs

    for name, value in (("--absolute", absolute), ("--relative", relative)):
        if not 0 <= value < float("inf"):
            raise UsageFault(f"{name} is {value}, must be a number of 0 or more")
    for path in (before, after):
        existing_folder(path, "run folder")
    found = compare_runs(before, after, absolute, relative)
    if as_json:
        print(json.dumps(_record(found), ensure_ascii=False))
    else:
        print_lines(map(printable, _lines(found)))
    return Exit.OK


def _record(found: Comparison) -> dict[str, object]:
    return {
        "before": _side(found.before),
        "after": _side(found.after),
        "causes": asdict(found.causes),
        "changes": [asdict(change) for change in found.changes],
        "below_thresholds": found.smaller,
        "rows_left_out": dict(found.left_out),
        "remarks": list(found.remarks),
    }


def _side(side: Side) -> dict[str, object]:
    who = side.institution
    return {
        "lei": who["lei"],
        "name": who["name"],
        "reference_date": who["reference_date"],
        "version": side.folder.name,
        "run_id": side.manifest["run_id"],
    }


def _lines(found: Comparison) -> Iterator[str]:
    old, new = _side(found.before), _side(found.after)
    before, after = (f"{side['reference_date']} {side['version']}" for side in (old, new))
    yield f"{new['name']} ({new['lei']}): {before} -> {after}"
    for name in ("data", "options", "parameters", "program", "appearance"):
        for text in getattr(found.causes, name):
            yield f"  {name}: {text}"
    yield from (f"  not compared: {text}" for text in found.remarks)
    for figure, changes in groupby(found.changes, lambda change: change.figure):
        yield from _figure(list(changes), found.left_out.get(figure, 0))
    changed = len({change.figure for change in found.changes})
    yield f"{changed:,} of {found.figures:,} figures changed; {found.smaller:,} changes are below the thresholds"


def _figure(changes: list[Change], left_out: int) -> Iterator[str]:
    """The rows of a table figure, or the one line of another, each with what drives it."""
    rows = [list(row) for _, row in groupby(changes, lambda change: change.key)]
    for row in rows[:_ROWS]:
        yield from _row(row)
        yield from (f"    {_driver(driver)}" for driver in row[0].drivers[:_DRIVERS])
        if (more := row[0].driven_by - _DRIVERS) > 0:
            yield f"    and {more:,} more cells"
    if (more := len(rows) - _ROWS + left_out) > 0:
        yield f"{changes[0].figure}: {more:,} more rows"


def _row(changes: list[Change]) -> Iterator[str]:
    first = changes[0]
    if first.key and first.kind != "changed" and len({change.kind for change in changes}) == 1:
        yield f"{first.figure}[{first.key}]  {first.kind}, {_because(first)}"
        return
    for change in changes:
        place = f"[{change.key}] {change.column}" if change.key else ""
        yield f"{change.figure}{place}  {_said(change)}{_size(change)}, {_because(change)}"


def _said(change: Change) -> str:
    values = f"{_value(change.before, change)} -> {_value(change.after, change)}"
    reason = f" ({change.reason})" if change.reason else ""
    return values if change.kind == "changed" else f"{change.kind}: {values}{reason}"


def _size(change: Change) -> str:
    if change.difference is None:
        return ""
    per_cent = f", {change.relative:+,.4g} %" if change.relative is not None else ""
    return f" ({change.difference:+,.10g}{per_cent})"


def _because(change: Change) -> str:
    perhaps = f"perhaps {' or '.join(change.possible)}" if change.possible else ""
    if not change.causes:
        return f"cause: {perhaps or 'none was found'}"
    return f"cause: {' and '.join(change.causes)}{f', {perhaps}' if perhaps else ''}"


def _value(value: object, change: Change) -> str:
    from reporting.figures import value_text

    return "none" if value is None else value_text(value, "" if change.key else change.unit)


def _driver(driver: Driver) -> str:
    from reporting.figures import value_text

    old, new = ("blank" if value is None else value_text(value, "") for value in (driver.old, driver.new))
    moved = driver.before and driver.after and driver.before != driver.after
    where = f"{driver.after or driver.before}{f' (was {driver.before})' if moved else ''}"
    said = {"row added": new, "row removed": old, "changed": f"{old} -> {new}"}.get(driver.kind, new)
    counted = f" ({driver.difference:+,.10g})" if driver.difference is not None else ""
    return f"{driver.kind} {where} {driver.column} {said}{counted}"
