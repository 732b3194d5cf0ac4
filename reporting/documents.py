"""YAML read strictly: a key twice, an unknown key or a `no` read as false is never passed over.

A document may come from anyone. It is read from a regular file of bounded size, and its shape is looked at event by
event, before the library builds anything of it: building goes as deep as the document does.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from reporting.problems import ConfigurationFault
from reporting.spelling import did_you_mean

LARGEST = 1_000_000  # bytes of a document
_DEEPEST = 40  # lists and mappings inside each other
_MOST = 200_000  # values, those that an alias repeats counted each time
_LONGEST = 60  # characters of a number, a day, a true or false
_KINDS: dict[type, str] = {
    dict: "a mapping",
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
}
_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DocumentFault(ConfigurationFault):
    """A YAML document breaks its own rules; the text says which document, where and how."""


class _StrictLoader(_FAST):  # type: ignore[misc]
    """Safe loader that refuses a key given twice and reads only true and false as booleans (NO is Norway)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key_node, yaml.ScalarNode):
                raise DocumentFault(f"{_line(key_node)}: a key is a list or a mapping, must be a plain value")
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise DocumentFault(f"{_line(key_node)}: the key {key!r} stands twice")
            seen.add(key)
        return dict(super().construct_mapping(node, deep=deep))


def _line(place: Any) -> str:
    """`line 3` for a node or an event of the library."""
    return f"line {place.start_mark.line + 1}"


def _told(construct: Callable[[Any, Any], Any], what: str) -> Callable[[Any, Any], Any]:
    """The library's reading of a typed value; DocumentFault with the line where it is none, or is endless."""

    def read(loader: Any, node: Any) -> Any:
        text = node.value if isinstance(node, yaml.ScalarNode) else node.id
        shown = repr(text if len(text) <= _LONGEST else f"{text[:20]}...")
        try:
            if len(text) <= _LONGEST:
                return construct(loader, node)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
            pass  # whichever of them the library runs into, the text is no such value
        raise DocumentFault(f"{_line(node)}: {shown} is not {what}; a text that looks like one stands in quotes")

    return read


_CORE = "tag:yaml.org,2002:"
_TYPED = {
    f"{_CORE}bool": "true or false",
    f"{_CORE}int": "a whole number",
    f"{_CORE}float": "a number",
    f"{_CORE}timestamp": "a day",
}
_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_CORE}bool" or first in "tf"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.yaml_constructors = {
    tag: _told(construct, _TYPED[tag]) if tag in _TYPED else construct
    for tag, construct in yaml.SafeLoader.yaml_constructors.items()
}


def read_text(path: Path, largest: int = LARGEST) -> str:
    """The text of a document. DocumentFault where it is no regular file, is larger than `largest` bytes or not UTF-8.

    OSError where the file cannot be opened.
    """
    try:
        return read_bytes(path, largest).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentFault(f"is not text in UTF-8: byte {error.start + 1} cannot be read") from None


def read_bytes(path: Path, largest: int) -> bytes:
    """The bytes of a regular file of at most `largest` bytes; DocumentFault for another.

    OSError where the file cannot be opened.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # a named pipe must not block us
    handle = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise DocumentFault("is not a regular file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(largest + 1)
    finally:
        os.close(handle)
    if len(data) > largest:
        raise DocumentFault(f"is larger than {largest:,} bytes")
    return data


def read_yaml(text: str, *, aliases: bool = True) -> Any:
    """The content of a YAML document. DocumentFault where it cannot be read or gives a key twice.

    aliases   whether a part of it may be named (`&name`) and repeated (`*name`)
    """
    try:
        _check_shape(text, aliases)
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a safe loader, made stricter
    except (yaml.YAMLError, RecursionError) as error:
        told = str(error).replace('in "<unicode string>", line', "at line")
        raise DocumentFault(" ".join(told.split())) from error


def entry_lines(text: str, key: str) -> list[int]:
    """The line of each entry of the list at the top-level `key` of a document that `read_yaml` has read."""
    root = yaml.compose(text, Loader=_StrictLoader)
    pairs: list[tuple[yaml.ScalarNode, yaml.SequenceNode]] = root.value if isinstance(root, yaml.MappingNode) else []
    return [entry.start_mark.line + 1 for name, entries in pairs if name.value == key for entry in entries.value]


def _check_shape(text: str, aliases: bool) -> None:
    """DocumentFault for a document that is too deep, repeats itself without end or holds too many values."""
    sizes: dict[str | None, int] = {}  # of each named part, in values
    opened: list[tuple[str | None, int]] = []  # name of each list or mapping around, and the number of values before it
    count = 0
    for event in _events(text):
        if not aliases and getattr(event, "anchor", None) is not None:
            raise DocumentFault(f"{_line(event)}: names a part (&) or repeats one (*), must say each value itself")
        if isinstance(event, yaml.CollectionEndEvent):
            name, before = opened.pop()
            if name is not None:
                sizes[name] = count - before
            continue
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, count))
            sizes.pop(event.anchor, None)
        count += _values(event, sizes, {name for name, _ in opened})
        if len(opened) > _DEEPEST:
            raise DocumentFault(f"{_line(event)}: is more than {_DEEPEST} lists and mappings deep")
        if count > _MOST:
            raise DocumentFault(f"{_line(event)}: the document holds more than {_MOST:,} values")


def _events(text: str) -> Iterator[yaml.Event]:
    for event in yaml.parse(text, Loader=_FAST):
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event


def _values(event: yaml.Event, sizes: dict[str | None, int], around: Collection[str | None]) -> int:
    """How many values an event stands for."""
    if not isinstance(event, yaml.AliasEvent):
        return 1
    if event.anchor in around:
        raise DocumentFault(f"{_line(event)}: *{event.anchor} repeats a part inside itself")
    return sizes.get(event.anchor, 1)


def require_keys(where: str, raw: object, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """The mapping itself. DocumentFault for a missing key, or an unknown one, with the nearest known name."""
    known = [*required, *optional]
    if not isinstance(raw, Mapping):
        keys = ", ".join(required) if required else f"any of {', '.join(known)}"
        raise DocumentFault(f"{where}: is {kind_of(raw)}, must be a mapping with {keys}")
    for key in raw:
        if key not in known:
            raise DocumentFault(f"{where}: unknown key {key!r}{did_you_mean(str(key), known)}")
    if missing := [key for key in required if key not in raw]:
        raise DocumentFault(f"{where}: {', '.join(missing)} missing")
    return dict(raw)


def kind_of(raw: object) -> str:
    """What a value is, in words: `empty`, `a list`, `a text`."""
    return "empty" if raw is None else _KINDS.get(type(raw), type(raw).__name__)
