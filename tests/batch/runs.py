"""Finished runs of small submissions, logged as the command logs them."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from reporting.batch import Options, log_run, run_unit
from reporting.batch.chain import Head
from reporting.batch.folder import MANIFEST, SEAL, seal_bytes
from tests.factories import Sheets, base_sheets, write_workbook

JSON = Options(outputs=("json",))
OTHER_LEI = "000000000000000001" + f"{98 - int('000000000000000001' + '00') % 97:02d}"


def run_of(sheets: Sheets | None, out: Path, name: str = "bank.xlsx", options: Options = JSON) -> Path:
    """The run folder of a submission that is written beside `out` and stays there; None: of the one that is there."""
    path = out.parent / "in" / name
    if sheets is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_workbook(path, sheets)
    outcome = run_unit(path, out, options)
    log_run(out, outcome, 0.1, path, options)
    return outcome.folder


def changed_sheets() -> Sheets:
    """The small bank a quarter later in its life: one line changed, an exposure gone, another new."""
    sheets = base_sheets()
    sheets["balance_sheet"][0]["gross_carrying_amount"] = 90500
    gone = sheets["exposures"].pop(1)
    sheets["exposures"].insert(0, {**gone, "exposure_id": "E3", "nominal": 1600})
    return sheets


def of_day(day: date) -> Sheets:
    """The small bank at another date."""
    sheets = base_sheets()
    sheets["entity"][0]["reference_date"] = sheets["fx"][0]["date"] = day
    return sheets


def rewritten(folder: Path, **files: Any) -> Path:
    """A run folder as someone leaves it who changes outputs and mends the manifest: `figures_json={...}`."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(data)
        for entry in manifest["outputs"]:
            if entry["path"] == path.name:
                entry.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    return with_manifest(folder, manifest)


def with_manifest(folder: Path, manifest: dict[str, Any]) -> Path:
    """The same for a manifest, sealed again."""
    data = (json.dumps(manifest) + "\n").encode()
    (folder / MANIFEST).write_bytes(data)
    (folder / SEAL).write_bytes(seal_bytes(hashlib.sha256(data).hexdigest(), Head()))
    return folder
