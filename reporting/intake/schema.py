"""The schemas: which sheets may come in, with which columns, and which rules hold on them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from reporting.documents import DocumentFault, read_yaml, require_keys
from reporting.problems import Rule, Severity
from reporting.resources import schemas_folder
from reporting.spelling import did_you_mean

ColumnType = Literal[
    "code", "text", "choice", "lei", "currency", "country",
    "money", "number", "share", "percent", "integer", "boolean", "date",
]  # fmt: skip
Scope = Literal["cell", "row", "sheet", "submission", "nothing"]

CURRENT_VERSION = 1
NUMERIC: frozenset[str] = frozenset({"money", "number", "share", "percent", "integer"})
TEXTUAL: frozenset[str] = frozenset({"code", "text", "choice", "lei", "currency", "country"})

# What a placeholder in a name such as `deduction_<name>` stands for.
_PLACEHOLDERS = {"<name>": "[a-z0-9_]+", "<figure>": "[a-z0-9_]+", "<letter>": "[a-z]{1,2}"}
_CODE = re.compile(r"[A-Z]{3}-\d{3}")
_NOTHING: Mapping[str, Any] = MappingProxyType({})

_SCHEMA_KEYS = ("sheet", "title", "about", "version", "needed_for", "single_row", "key", "columns", "examples", "rules")
_COLUMN_KEYS = ("type", "required", "about", "example")
_RULE_KEYS = (
    "code", "check", "severity", "asked", "mend", "reference", "passes", "fails",
)  # fmt: skip
_RULE_OPTIONS = ("subject", "columns", "with", "when", "blocks", "overridable", "also", "example", "sheet")


@dataclass(frozen=True)
class Column:
    """A column of a sheet.

    type        how a cell is read; money is in the entity's unit, a share lies between 0 and 1
    values      for a choice: allowed value -> meaning; a value may hold a placeholder, such as `deduction_<name>`
    references  `sheet.column` whose values it may take; "" where it refers to nothing
    """

    name: str
    type: ColumnType
    required: bool
    about: str
    example: object
    values: Mapping[str, str] = field(default_factory=dict)
    references: str = ""

    @property
    def pattern(self) -> str | None:
        """Regular expression of the allowed values with a placeholder; None where each value stands as it is."""
        open_values = [value for value in self.values if "<" in value]
        return "|".join(_pattern(value) for value in open_values) or None

    def allows(self, value: str) -> bool:
        """True if the value of a choice is one of those listed."""
        return value in self.values or bool(self.pattern and re.fullmatch(self.pattern, value))


@dataclass(frozen=True)
class SchemaRule:
    """A rule with what is needed to run it and to show that it works.

    check      name of a function in `rules.CHECKS` or `across.CHECKS`, or of a test made while reading
    columns    the cells a breach points at (the first) and blocks (all)
    arguments  what the function gets besides the columns
    when       column -> values of the rows to which the rule applies; a text that ends in * takes all that begin so
    blocks     how far an error reaches; None for warnings and notes
    passes, fails   examples: changes to the example row, or steps (see `examples`)
    also       codes that the failing example cannot but fire as well
    example    the example row, counted from 1, that the changes apply to
    """

    rule: Rule
    sheet: str
    check: str
    columns: tuple[str, ...]
    arguments: Mapping[str, Any]
    when: Mapping[str, tuple[Any, ...]]
    blocks: Scope | None
    passes: Any
    fails: Any
    also: tuple[str, ...] = ()
    example: int = 1

    @property
    def code(self) -> str:
        """Code of the rule, such as EXP-003."""
        return self.rule.code


@dataclass(frozen=True)
class Schema:
    """A sheet: its columns in the order of the template, its key, its rules and rows that pass them all."""

    sheet: str
    title: str
    about: str
    version: int
    needed_for: str
    single_row: bool
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    examples: tuple[Mapping[str, Any], ...]
    rules: tuple[SchemaRule, ...]


@lru_cache
def load_schemas() -> Mapping[str, Schema]:
    """Schemas of all sheets by name, in the order of a submission. DocumentFault if one is bad."""
    paths = [p for p in sorted(schemas_folder().glob("*.yaml")) if not p.name.startswith("_")]
    found = {schema.sheet: schema for schema in (read_schema(p.name, p.read_text(encoding="utf-8")) for p in paths)}
    order = read_yaml((schemas_folder() / "_every_sheet.yaml").read_text(encoding="utf-8"))["order"]
    if sorted(order) != sorted(found):
        raise DocumentFault(f"_every_sheet.yaml: order names {order}, the folder holds {sorted(found)}")
    return MappingProxyType({name: found[name] for name in order})


@lru_cache
def load_network_schemas() -> Mapping[str, Schema]:
    """Schemas of the tables `nodes` and `edges`, which are no sheets of a submission. DocumentFault if one is bad."""
    paths = sorted((schemas_folder() / "network").glob("*.yaml"))
    found = (read_schema(path.name, path.read_text(encoding="utf-8")) for path in paths)
    return MappingProxyType({schema.sheet: schema for schema in found})


@lru_cache
def load_rules(name: str) -> tuple[SchemaRule, ...]:
    """Rules that belong to no single sheet: `_every_sheet`, `_across`, `_files`, `_overrides` or `_system`."""
    file = f"{name}.yaml"
    raw = read_yaml((schemas_folder() / file).read_text(encoding="utf-8"))
    content = require_keys(file, raw, ("rules",), ("about", "order"))
    return tuple(_rule(file, entry, "") for entry in content["rules"])


@lru_cache
def standard_rules() -> Mapping[str, SchemaRule]:
    """The rules that hold on every sheet, by the name of their check."""
    return MappingProxyType({rule.check: rule for rule in load_rules("_every_sheet")})


def schema_files() -> tuple[Path, ...]:
    """Every file of the schema folder, in the order of names: for digests and documentation."""
    return tuple(sorted(schemas_folder().rglob("*.yaml")))


def read_schema(file: str, text: str) -> Schema:
    """The schema in a YAML text. DocumentFault, naming file and place, for anything that is not as it must be."""
    raw = require_keys(file, read_yaml(text), _SCHEMA_KEYS)
    columns = {name: _column(f"{file}: column {name}", name, entry) for name, entry in raw["columns"].items()}
    for name in raw["key"]:
        _known(f"{file}: key", name, columns)
    rules = tuple(_rule(file, entry, raw["sheet"]) for entry in raw["rules"])
    for rule in rules:
        for name in (*rule.columns, *rule.when):
            _known(f"{file}: {rule.code}", name, columns)
    for row in raw["examples"]:
        for name in row:
            _known(f"{file}: examples", name, columns)
    return Schema(
        sheet=str(raw["sheet"]),
        title=str(raw["title"]),
        about=str(raw["about"]),
        version=int(raw["version"]),
        needed_for=str(raw["needed_for"]),
        single_row=bool(raw["single_row"]),
        key=tuple(raw["key"]),
        columns=MappingProxyType(columns),
        examples=tuple(MappingProxyType(dict(row)) for row in raw["examples"]),
        rules=rules,
    )


def _column(where: str, name: str, raw: object) -> Column:
    entry = require_keys(where, raw, _COLUMN_KEYS, ("values", "references"))
    kind = entry["type"]
    if kind not in get_args(ColumnType):
        raise DocumentFault(f"{where}: unknown type {kind!r}{did_you_mean(str(kind), get_args(ColumnType))}")
    if (kind == "choice") != bool(entry.get("values")):
        raise DocumentFault(f"{where}: a choice has values, and nothing else has")
    values = {str(value): str(meaning) for value, meaning in (entry.get("values") or {}).items()}
    return Column(
        name=name,
        type=kind,
        required=_boolean(where, "required", entry["required"]),
        about=str(entry["about"]),
        example=entry["example"],
        values=MappingProxyType(values),
        references=str(entry.get("references", "")),
    )


def _rule(file: str, raw: object, sheet: str) -> SchemaRule:
    code = raw.get("code") if isinstance(raw, Mapping) else None
    where = f"{file}: rule {code}"
    entry = require_keys(where, raw, _RULE_KEYS, _RULE_OPTIONS)
    if not _CODE.fullmatch(str(code)):
        raise DocumentFault(f"{where}: a code is three capitals, a hyphen and three digits")
    severity = _severity(where, entry["severity"])
    overridable = _boolean(where, "overridable", entry.get("overridable", False))
    blocks = entry.get("blocks")
    if (severity is Severity.ERROR) != (blocks in get_args(Scope)):
        raise DocumentFault(f"{where}: an error blocks {', '.join(get_args(Scope))}; a warning blocks nothing")
    if overridable and severity is not Severity.ERROR:
        raise DocumentFault(f"{where}: only an error can be overridden")
    texts = {key: str(entry[key]) for key in ("asked", "mend", "reference")}
    sheet, columns = str(entry.get("sheet", sheet)), tuple(entry.get("columns", ()))
    subject = _subject(where, entry, sheet, columns)
    return SchemaRule(
        rule=Rule(code=str(code), severity=severity, overridable=overridable, subject=subject, **texts),
        sheet=sheet,
        check=str(entry["check"]),
        columns=columns,
        arguments=MappingProxyType(dict(entry.get("with", _NOTHING))),
        when=MappingProxyType({column: tuple(values) for column, values in entry.get("when", _NOTHING).items()}),
        blocks=blocks,
        passes=entry["passes"],
        fails=entry["fails"],
        also=tuple(entry.get("also", ())),
        example=int(entry.get("example", 1)),
    )


def _subject(where: str, entry: Mapping[str, Any], sheet: str, columns: Sequence[str]) -> str:
    """What a rule is about: what it says itself, or its first column as `sheet.column`."""
    if "subject" in entry:
        return str(entry["subject"])
    if not columns:
        raise DocumentFault(f"{where}: a rule without columns has a subject")
    return f"{sheet}.{columns[0]}"


def _severity(where: str, raw: object) -> Severity:
    try:
        return Severity(str(raw))
    except ValueError:
        raise DocumentFault(f"{where}: severity is {raw!r}, must be one of {', '.join(Severity)}") from None


def _boolean(where: str, key: str, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise DocumentFault(f"{where}: {key} is {raw!r}, must be true or false")
    return raw


def _known(where: str, name: str, columns: Mapping[str, Column]) -> None:
    if name not in columns:
        raise DocumentFault(f"{where}: unknown column {name!r}{did_you_mean(name, columns)}")


def _pattern(value: str) -> str:
    pattern = re.escape(value)
    for placeholder, letters in _PLACEHOLDERS.items():
        pattern = pattern.replace(re.escape(placeholder), letters)
    return pattern
