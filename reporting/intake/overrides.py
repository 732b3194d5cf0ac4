"""Overrides: named persons' decisions to accept a fault, read as strictly as the data and applied to what was found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reporting.documents import DocumentFault, entry_lines, kind_of, read_text, read_yaml, require_keys
from reporting.intake.catalogue import all_rules
from reporting.intake.findings import Finding, Rows, shown, to_breaches
from reporting.intake.schema import load_rules
from reporting.origin import Cells
from reporting.problems import Breach, Override
from reporting.spelling import did_you_mean

# As `Cells` prints them: F17, F2:F90, row 17, rows 2:90.
_CELL = re.compile(
    r"(?P<column>[A-Z]{1,3}|row |rows )(?P<first>[1-9]\d{0,6})(:(?P<other>[A-Z]{0,3})(?P<last>[1-9]\d{0,6}))?", re.A
)


def read_overrides(path: Path) -> tuple[tuple[Override, ...], tuple[Breach, ...]]:
    """The overrides of a YAML file, and what is wrong with it.

        overrides:
          - {rule: EXP-005, cells: Exposures!G17, reason: "...", name: "..."}

    Without `cells` an override accepts every fault of the rule. An entry that is not as it must be is told with its
    line and left out. OSError where the file cannot be opened.
    """
    overrides: list[Override] = []
    findings: list[Finding] = []
    for line, entry in _entries(path, findings):
        fault = _fault_of(entry)
        if fault:
            findings.append(_finding("override_malformed", path.name, f"line {line}: {fault}"))
        else:
            overrides.append(Override(entry["rule"], entry["reason"], entry["name"], entry.get("cells", "")))
    return tuple(overrides), to_breaches(findings, ())


def _entries(path: Path, findings: list[Finding]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Line and content of each entry; what keeps the file from being read is added to `findings`."""
    try:
        text = read_text(path)
        content = read_yaml(text, aliases=False)
        if not isinstance(content, Mapping):
            raise DocumentFault(f"is {kind_of(content)}")
        entries = require_keys("the file", content, ("overrides",))["overrides"]
        if not isinstance(entries, list):
            raise DocumentFault(f"`overrides` is {kind_of(entries)}")
    except DocumentFault as fault:
        findings.append(_finding("overrides_unreadable", path.name, str(fault)))
        return
    yield from zip(entry_lines(text, "overrides"), entries, strict=True)


def _fault_of(entry: object) -> str:
    """What is wrong with an entry; "" for one that is as it must be."""
    if not isinstance(entry, Mapping):
        return f"is {kind_of(entry)}"
    try:
        fields = require_keys("the override", entry, ("rule", "reason", "name"), ("cells",))
    except DocumentFault as fault:
        return str(fault)
    for key, value in fields.items():
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            return f"{key} is {shown(value)}"
    if "cells" in fields and _Place.read(fields["cells"]) is None:
        return f"cells is {shown(fields['cells'])}"
    return ""


# --- Applying --------------------------------------------------------------------------------------------------------


def apply_overrides(findings: Iterable[Finding], overrides: Sequence[Override], file: str) -> tuple[Finding, ...]:
    """The findings with those accepted that an override names, and what is wrong with the overrides.

    file   name of the overrides' file, for messages
    """
    used: set[Override] = set()
    accepted = tuple(part for finding in findings for part in _accept(finding, overrides, used))
    return (*accepted, *_unusable(overrides, used, file))


def _accept(finding: Finding, overrides: Sequence[Override], used: set[Override]) -> tuple[Finding, ...]:
    """The finding in parts, each with the first override that accepts it. Adds to `used` those that did."""
    if not finding.rule.rule.overridable:
        return (finding,)
    done: tuple[Finding, ...] = ()
    left: Finding | None = finding
    for override in overrides:
        if left is None or override.rule != finding.rule.code:
            continue
        parts = _split(left, override)
        done += tuple(part for part in parts if part.override is not None)
        left = next((part for part in parts if part.override is None), None)
        if any(part.override is override for part in parts):
            used.add(override)
    return done if left is None else (*done, left)


def _split(finding: Finding, override: Override) -> tuple[Finding, ...]:
    place = _Place.read(override.cells)
    if place is None:
        return (replace(finding, override=override),)
    rows = place.rows(finding)
    return finding.split(rows, override) if len(finding.rows) else (finding,)


@dataclass(frozen=True)
class _Place:
    """The cells that an override names, from one row to another: those of one column, or (column "") whole rows."""

    sheet: str
    column: str
    first: int
    last: int

    @staticmethod
    def read(text: str) -> _Place | None:
        """None where the text names no cells."""
        sheet, _, cell = text.rpartition("!")
        match = _CELL.fullmatch(cell)
        if not sheet or not match:
            return None
        column = match["column"] if match["column"].isupper() else ""
        if match["other"] not in (None, column):
            return None
        first = int(match["first"])
        return _Place(sheet, column, first, int(match["last"] or first))

    def rows(self, finding: Finding) -> Rows:
        """The rows of the finding that lie in these cells."""
        where = finding.where
        names = {str(Cells(where.file, where.sheet)), where.sheet, f"'{where.sheet}'"}
        if self.sheet not in names or self.column != where.column:
            return finding.rows[:0]
        return finding.rows[(finding.rows >= self.first) & (finding.rows <= self.last)]


def _unusable(overrides: Sequence[Override], used: set[Override], file: str) -> Iterator[Finding]:
    rules = all_rules()
    for number, override in enumerate(overrides, 1):
        which = f"override {number} ({override.rule}{' at ' * bool(override.cells)}{override.cells})"
        if override.rule not in rules:
            found = f"{which} is for a rule that does not exist{did_you_mean(override.rule, rules)}"
            yield _finding("override_of_unknown_rule", file, found)
        elif not rules[override.rule].rule.overridable:
            yield _finding("override_not_allowed", file, f"{which} is for a rule that nobody can override")
        elif override not in used:
            yield _finding("override_without_fault", file, f"{which} accepts nothing that was found")


def _finding(check: str, file: str, found: str) -> Finding:
    (rule,) = (rule for rule in load_rules("_overrides") if rule.check == check)
    return Finding(rule, Cells(file), lambda _: (found, ""))
