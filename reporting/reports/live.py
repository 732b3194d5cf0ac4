"""`workbook.yaml`: how the workbook computes what the measures computed, as expressions over the input sheets."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from reporting.documents import read_yaml
from reporting.expressions import parse
from reporting.measures import FACTS
from reporting.portfolio.derived import load_derived
from reporting.reports.definition import DefinitionError
from reporting.reports.model import Live


@lru_cache
def load_live(path: Path) -> Live:
    """Read `workbook.yaml`. ExpressionError for a formula that is not allowed, DefinitionError for an unknown part."""
    raw = read_yaml(path.read_text(encoding="utf-8")) or {}
    if unknown := raw.keys() - {"figures", "tables"}:
        raise DefinitionError(f"{path.name}: unknown part {sorted(unknown)[0]!r}, there are figures and tables")
    return Live(
        figures={name: parse(text) for name, text in raw.get("figures", {}).items()},
        tables={
            table: {column: parse(text) for column, text in columns.items()}
            for table, columns in raw.get("tables", {}).items()
        },
        derived=load_derived(),
        facts=FACTS,
    )
