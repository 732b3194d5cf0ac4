"""index.html of a batch: one file that needs nothing else, not even a network."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reporting.resources import templates_folder

_KEY_FIGURES = 3  # columns of key figures on the page; the workbook has all
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_SHAPES = {"met": "●", "amber": "▲", "breached": "■"}


def batch_html(content: Mapping[str, Any]) -> bytes:
    """The page of a batch, from the content of its batch.json."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(templates_folder()), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    template = environment.get_template("_batch/index.html.j2")
    labels = list(dict.fromkeys(key["label"] for unit in content["units"] for key in unit["key_figures"]))
    units = [{**unit, "headline": _by_label(unit, labels[:_KEY_FIGURES])} for unit in content["units"]]
    dates = sorted({unit["reference_date"] for unit in units} - {""})
    page = template.render(
        content=content, units=units, labels=labels[:_KEY_FIGURES], shapes=_SHAPES, dates=dates, script_hash="@hash@"
    )
    scripts = _SCRIPT.findall(page)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    return page.replace("@hash@", digest, 1).encode()


def _by_label(unit: Mapping[str, Any], labels: list[str]) -> list[Mapping[str, Any] | None]:
    """The key figures of a unit in the order of the columns."""
    found = {key["label"]: key for key in unit["key_figures"]}
    return [found.get(label) for label in labels]
