"""What a new version of a run replaces, and why: which of data, options, parameters and program changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REASONS = ("data", "options", "parameters", "program", "outputs")


def replaces(version: str, earlier: Mapping[str, Any] | None, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest of a new version says of the version before it.

    version   name of the version before, such as v01
    earlier   its manifest; None where it cannot be read
    manifest  the new one

    Returns version, run_id, reasons (of REASONS; "outputs" where nothing but the files of the version before was
    changed since, or its manifest cannot be read) and changes: what differs under each reason, in words.
    """
    if earlier is None:
        return _record(version, None, {"outputs": ["its manifest cannot be read"]})
    changes = {
        "data": _files_changed(earlier.get("inputs"), manifest.get("inputs")),
        "options": _keys_changed(earlier.get("options"), manifest.get("options")),
        "parameters": _keys_changed(earlier.get("rulebook"), manifest.get("rulebook")),
        "program": [
            *_keys_changed(earlier.get("toolkit"), manifest.get("toolkit")),
            *_keys_changed(earlier.get("versions"), manifest.get("versions")),
        ],
    }
    found = {reason: what for reason, what in changes.items() if what}
    return _record(version, earlier["run_id"], found or {"outputs": ["its files are not any more what was written"]})


def _record(version: str, run_id: str | None, changes: Mapping[str, list[str]]) -> dict[str, Any]:
    return {"version": version, "run_id": run_id, "reasons": list(changes), "changes": dict(changes)}


def _files_changed(before: object, now: object) -> list[str]:
    old, new = _digests(before), _digests(now)
    return [
        f"{path} {'is new' if path not in old else 'is gone' if path not in new else 'changed'}"
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]


def _digests(files: object) -> dict[str, str]:
    entries = files if isinstance(files, list) else []
    return {str(e.get("path")): str(e.get("sha256")) for e in entries if isinstance(e, dict)}


def _keys_changed(before: object, now: object) -> list[str]:
    """`digest`, or `report: leverage, was liquidity` where both are short texts."""
    old, new = _flat(before), _flat(now)
    return [
        _change(str(key), old.get(key), new.get(key)) for key in sorted({*old, *new}) if old.get(key) != new.get(key)
    ]


def _flat(content: object) -> dict[str, Any]:
    """The entries of a mapping; what is asked of a system one by one, as `system.rule`."""
    found = dict(content) if isinstance(content, dict) else {}
    system = found.pop("system", None)
    return found | {f"system.{key}": value for key, value in (system if isinstance(system, dict) else {}).items()}


def _change(key: str, old: object, new: object) -> str:
    plain = all(value is None or (isinstance(value, str | bool) and len(str(value)) <= 40) for value in (old, new))
    return f"{key}: {_word(new)}, was {_word(old)}" if plain else key


def _word(value: object) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
