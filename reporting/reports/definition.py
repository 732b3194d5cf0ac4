"""`report.yaml`: what a report says and in which order. An unknown key is refused, with the nearest name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from reporting.documents import DocumentFault, kind_of, read_text, read_yaml
from reporting.problems import ConfigurationFault
from reporting.reports.model import Format, Status
from reporting.spelling import did_you_mean


class DefinitionError(ConfigurationFault):
    """A report definition breaks its own rules."""


@dataclass(frozen=True)
class KeyFigureSpec:
    """A headline figure: `met` and `above_amber` name figures that are true or false, the others numbers."""

    figure: str
    label: str = ""
    limit: str = ""
    headroom: str = ""
    met: str = ""
    above_amber: str = ""


@dataclass(frozen=True)
class FindingSpec:
    """A sentence. All conditions in `when` must hold: condition -> figure (see reporting/reports/findings.py).

    text   with {figure}, {previous.figure}, {change.figure}, {reason.figure} filled in
    """

    text: str
    when: Mapping[str, str]
    status: Status = "none"


@dataclass(frozen=True)
class LineSpec:
    """A row of an official template: a figure, or a heading without one.

    key, column   the cell of a table figure, which needs a label
    only          the jurisdiction whose template has the row; "" for all
    """

    row: str = ""
    figure: str = ""
    label: str = ""
    total: bool = False
    key: str = ""
    column: str = ""
    only: str = ""


@dataclass(frozen=True)
class LinesSpec:
    """An official template."""

    id: str
    title: str
    rows: tuple[LineSpec, ...]
    caption: str = ""


@dataclass(frozen=True)
class ColumnSpec:
    """A column of a table figure; `name` is a column of the frame or its key.

    compared   a column with the filed values of the previous period stands to its right, where there is one
    """

    name: str
    label: str
    format: Format = "text"
    compared: bool = False


@dataclass(frozen=True)
class GridSpec:
    """A table figure.

    total    the columns that are summed
    if_any   True where the table is left out when it has no row; a section without blocks is left out too
    labels   texts for keys and categories; one for `deduction_*` holds for all that begin so, followed by the rest
    """

    id: str
    title: str
    figure: str
    columns: tuple[ColumnSpec, ...]
    caption: str = ""
    total: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    printed_rows: int = 500
    if_any: bool = False


@dataclass(frozen=True)
class ChartSpec:
    """A chart: a Vega-Lite file and its rows.

    rows         each a mapping from field to a text (filled in like a finding) or to a mapping of one of
                 figure, previous, change (the number, in the money unit or in per cent), figure_text, previous_text,
                 change_text (as printed) to the name of a figure; a row is left out if it names a figure that is not
                 available
    table        instead of rows: a table figure. Each key gives one row a series, with the fields label, kind, value
                 and text; keys that are zero in every series are left out
    series       column -> its name in the chart
    fields       instead of series: field of the chart -> column of the table, or its key; each key gives one row. A row
                 in which one of them is blank is left out
    money        fields that are amounts, drawn in the unit of the report
    unit         of what is drawn, where it is no amount
    further      further tables with their own fields, whose rows follow; the field `layer` names the table
    needs        figures, and previous.figures, without which the chart is left out
    alternative  text for those who cannot see it, filled in like a finding
    """

    id: str
    title: str
    spec: str
    alternative: str
    rows: tuple[Mapping[str, Any], ...] = ()
    table: str = ""
    series: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    money: tuple[str, ...] = ()
    unit: str = "%"
    further: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    source: str = "Source: own calculation from the submission."


@dataclass(frozen=True)
class TextSpec:
    """A paragraph, filled in like a finding."""

    text: str
    when: Mapping[str, str] = field(default_factory=dict)


BlockSpec = LinesSpec | GridSpec | ChartSpec | TextSpec


@dataclass(frozen=True)
class SectionSpec:
    """A chapter."""

    id: str
    title: str
    blocks: tuple[BlockSpec, ...]


@dataclass(frozen=True)
class ReportSpec:
    """A report definition.

    money_decimals   unit of the submission (1, 1000, 1000000) -> digits after the point
    about            what is read: a submission of one institution, or a folder of many that make a system
    """

    name: str
    title: str
    subtitle: str
    money_decimals: Mapping[int, int]
    percent_decimals: int
    key_figures: tuple[KeyFigureSpec, ...]
    findings: tuple[FindingSpec, ...]
    sections: tuple[SectionSpec, ...]
    classification: str = "Confidential"
    about: Literal["institution", "system"] = "institution"


Spec = TypeVar("Spec")

_BLOCKS: Mapping[str, type[BlockSpec]] = {"lines": LinesSpec, "table": GridSpec, "chart": ChartSpec, "text": TextSpec}


def load_definition(path: Path) -> ReportSpec:
    """Read `report.yaml`. DefinitionError names the place and the nearest key."""
    name = path.parent.name
    try:
        return _defined(name, read_text(path))
    except DocumentFault as fault:
        raise DefinitionError(f"{name}/{path.name}: {fault}") from fault


@lru_cache(maxsize=32)
def _defined(name: str, text: str) -> ReportSpec:
    """The definition of a report in a YAML text. DocumentFault, DefinitionError."""
    raw = read_yaml(text)
    if not isinstance(raw, dict):
        raise DocumentFault(f"is {kind_of(raw)}, must be a mapping")
    raw["key_figures"] = _many(KeyFigureSpec, raw.get("key_figures", []), f"{name}: key_figures")
    raw["findings"] = _many(FindingSpec, raw.get("findings", []), f"{name}: findings")
    raw["sections"] = tuple(_section(section, f"{name}: sections") for section in raw.get("sections", []))
    return _one(ReportSpec, raw, name)


def _section(raw: Mapping[str, Any], where: str) -> SectionSpec:
    place = f"{where}: {raw.get('id', '?')}"
    blocks = tuple(_block(block, place) for block in raw.get("blocks", []))
    return _one(SectionSpec, {**raw, "blocks": blocks}, place)


def _block(raw: Mapping[str, Any], where: str) -> BlockSpec:
    (kind, content), *more = raw.items()
    if more or kind not in _BLOCKS:
        raise DefinitionError(f"{where}: a block is one of {', '.join(_BLOCKS)}, not {', '.join(raw)}")
    if kind == "lines":
        content = {**content, "rows": _many(LineSpec, content["rows"], where)}
    if kind == "table":
        content = {**content, "columns": _many(ColumnSpec, content["columns"], where)}
    return _one(_BLOCKS[kind], {"text": content} if isinstance(content, str) else content, where)


def _many(spec: type[Spec], raw: Any, where: str) -> tuple[Spec, ...]:
    return tuple(_one(spec, entry, f"{where} {number}") for number, entry in enumerate(raw, 1))


def _one(spec: type[Spec], raw: Mapping[str, Any], where: str) -> Spec:
    known = {f.name: f for f in fields(spec)}  # type: ignore[arg-type]  # every spec is a dataclass
    for key in raw.keys() - known.keys():
        raise DefinitionError(f"{where}: unknown key {key!r}{did_you_mean(str(key), known)}")
    needed = {n for n, f in known.items() if f.default is MISSING and f.default_factory is MISSING}
    if missing := needed - raw.keys():
        raise DefinitionError(f"{where}: {', '.join(sorted(missing))} missing")
    return spec(**{key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()})
