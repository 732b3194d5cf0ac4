"""YAML read strictly: a key twice, an unknown key or a `no` read as false is never passed over."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import yaml

from reporting.problems import ConfigurationFault
from reporting.spelling import did_you_mean


class DocumentFault(ConfigurationFault):
    """A YAML document breaks its own rules; the text says which document, where and how."""


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe loader that refuses a key given twice and reads only true and false as booleans (NO is Norway)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise DocumentFault(f"line {key_node.start_mark.line + 1}: the key {key!r} stands twice")
            seen.add(key)
        return dict(super().construct_mapping(node, deep=deep))


_BOOLEAN = "tag:yaml.org,2002:bool"
_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOLEAN or first in "tf"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str) -> Any:
    """The content of a YAML document. DocumentFault where it cannot be read or gives a key twice."""
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a safe loader, made stricter
    except yaml.YAMLError as error:
        raise DocumentFault(" ".join(str(error).split())) from error


def require_keys(where: str, raw: object, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """The mapping itself. DocumentFault for a missing key, or an unknown one, with the nearest known name."""
    if not isinstance(raw, Mapping):
        raise DocumentFault(f"{where}: is {type(raw).__name__}, must be a mapping with {', '.join(required)}")
    known = [*required, *optional]
    for key in raw:
        if key not in known:
            raise DocumentFault(f"{where}: unknown key {key!r}{did_you_mean(str(key), known)}")
    if missing := [key for key in required if key not in raw]:
        raise DocumentFault(f"{where}: {', '.join(missing)} missing")
    return dict(raw)
