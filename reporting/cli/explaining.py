"""`reporting explain`."""

from __future__ import annotations

from pathlib import Path

from reporting.cli.exits import Exit, UsageFault
from reporting.cli.options import existing_folder
from reporting.spelling import did_you_mean


def explain_command(run: Path, name: str, key: str) -> int:
    """Print the lineage of a figure of a finished run; without a name, list the figures."""
    from reporting.batch import latest_run, load_figures, with_keys
    from reporting.figures import value_text

    run = latest_run(existing_folder(run, "run folder"))
    figures = load_figures(run)
    if not name:
        for figure in figures.values():
            shown = (
                f"n/a: {figure.reason}"
                if not figure.available
                else "table"
                if figure.key
                else value_text(figure.value, figure.unit)
            )
            print(f"{figure.name}  {shown}  ({figure.label})")
        return Exit.OK
    if name not in figures:
        raise UsageFault(f"no figure {name!r} in {run}{did_you_mean(name, figures)}")
    figure = figures[name]
    if not key:
        print(figure.explain())
        return Exit.OK
    if not figure.key:
        raise UsageFault(f"{name} is not a table, it has no row {key!r}")
    if key not in figure.table.index:
        raise UsageFault(f"{name} has no row {key!r}{did_you_mean(key, figure.table.index.astype(str))}")
    print(with_keys(figure, run).explain(key))
    return Exit.OK
