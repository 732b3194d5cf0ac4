"""All rules of all schema files, by code: what `reporting rules` lists and what an override can name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from reporting.documents import DocumentFault
from reporting.intake.schema import SchemaRule, load_rules, load_schemas

SHARED_FILES = ("_files", "_every_sheet", "_across", "_overrides", "_system")


@lru_cache
def all_rules() -> Mapping[str, SchemaRule]:
    """Every rule by code, in the order of codes. DocumentFault where two rules have the same code."""
    shared = [rule for file in SHARED_FILES for rule in load_rules(file)]
    of_sheets = [rule for schema in load_schemas().values() for rule in schema.rules]
    found: dict[str, SchemaRule] = {}
    for rule in (*shared, *of_sheets):
        if rule.code in found:
            raise DocumentFault(f"two rules have the code {rule.code}")
        found[rule.code] = rule
    return MappingProxyType(dict(sorted(found.items())))
