"""index.html of a batch: one file that needs nothing else, not even a network."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reporting.resources import templates_folder

_KEY_FIGURES = 3  # columns of key figures on the page; the workbook has all
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# What a unit is about -> the table: its id, its first heading, what is counted, its caption.
_TABLES = {
    "institution": (
        "units", "Institution", "submission", "What became of each submission: checked, measured, reported, written"
    ),
    "system": ("systems", "System", "system", "What became of the system that the submissions make together"),
}  # fmt: skip
_SHAPES = {"met": "●", "amber": "▲", "breached": "■"}


def batch_html(content: Mapping[str, Any]) -> bytes:
    """The page of a batch, from the content of its batch.json."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(templates_folder()), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    template = environment.get_template("_batch/index.html.j2")
    dates = sorted({unit["reference_date"] for unit in content["units"]} - {""})
    page = template.render(
        content=content, groups=list(_groups(content["units"])), shapes=_SHAPES, dates=dates, script_hash="@hash@"
    )
    scripts = _SCRIPT.findall(page)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    return page.replace("@hash@", digest, 1).encode()


def _groups(units: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The tables of the page: submissions, and the system where there is one; each has key figures of its own."""
    for about, (table, first, noun, caption) in _TABLES.items():
        chosen = [unit for unit in units if unit["about"] == about]
        if not chosen:
            continue
        labels = list(dict.fromkeys(key["label"] for unit in chosen for key in unit["key_figures"]))[:_KEY_FIGURES]
        yield {
            "id": table,
            "first": first,
            "noun": noun if len(chosen) == 1 else f"{noun}s",
            "caption": caption,
            "labels": labels,
            "units": [{**unit, "headline": _by_label(unit, labels)} for unit in chosen],
        }


def _by_label(unit: Mapping[str, Any], labels: list[str]) -> list[Mapping[str, Any] | None]:
    """The key figures of a unit in the order of the columns."""
    found = {key["label"]: key for key in unit["key_figures"]}
    return [found.get(label) for label in labels]
