"""`reporting query`."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from reporting.cli.exits import Exit, UsageFault
from reporting.cli.options import existing_folder
from reporting.cli.printing import print_lines
from reporting.origin import printable

if TYPE_CHECKING:
    from reporting.batch.query import Answer, Cell

_LIVE = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet program would compute


def query_command(root: Path, sql: str, *, as_json: bool, as_csv: bool, quiet: bool) -> int:
    """Print the answer to a query as a table, JSON or CSV."""
    from reporting.batch.query import query

    if as_json and as_csv:
        raise UsageFault("--json and --csv exclude each other")
    answer = query(existing_folder(root, "output root"), sql)
    if as_json:
        print(json.dumps({"columns": answer.columns, "rows": answer.rows}, ensure_ascii=False))
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([map(_inert, answer.columns), *(map(_inert, row) for row in answer.rows)])
    else:
        print_lines(_table(answer))
    if not quiet:
        print(f"{len(answer.rows):,} rows from {answer.runs:,} runs", file=sys.stderr)
        for run in answer.left_out:
            print(f"left out, for an earlier release made it without figures.parquet: {run}", file=sys.stderr)
    return Exit.OK


def _table(answer: Answer) -> Iterator[str]:
    """Columns side by side; numbers to the right."""
    cells = [[_shown(value) for value in row] for row in answer.rows]
    headings = [printable(name) for name in answer.columns]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    numbers = [_is_number(row[place] for row in answer.rows) for place in range(len(headings))]
    for row in (headings, *cells):
        padded = (t.rjust(w) if n else t.ljust(w) for t, w, n in zip(row, widths, numbers, strict=True))
        yield "  ".join(padded).rstrip()


def _is_number(column: Iterable[Cell]) -> bool:
    values = [value for value in column if value is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _shown(value: Cell) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:,.10g}" if abs(value) < 1 else f"{value:,.15g}"
    return "" if value is None else printable(str(value))


def _inert(value: Cell) -> Cell:
    """A text that no spreadsheet program takes for a formula."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}" if isinstance(value, str) and value.startswith(_LIVE) else value
