"""What is asked of a run, and the run id that follows from it, the inputs, the rulebook and the program."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reporting.batch.program import program_digest
from reporting.batch.system_options import SystemOptions
from reporting.documents import LARGEST, read_bytes
from reporting.intake.limits import Limits
from reporting.reports import about_of


@dataclass(frozen=True)
class Options:
    """What is asked of a run. All of it but `limits` determines the outputs and is part of the run id.

    overrides   YAML file of problems that a named person accepts
    previous    run folder, or the folder above its versions, whose figures are printed beside the new ones
    earlier     instead of it, an output root (path or URL): the latest run there of the institution before its date
    templates   folders searched before the templates of the release
    classification   printed on every page and sheet instead of that of the report, at most 40 letters
    outputs     which of pdf, xlsx and json to make; json always is
    system      of a report about a system: the institution in focus, and whether the others are masked
    """

    report: str = "leverage"
    previous: Path | None = None
    earlier: str = ""
    overrides: Path | None = None
    partial: bool = False
    final: bool = False
    pdf_variant: str = "pdf/a-3a"
    classification: str = ""
    templates: tuple[Path, ...] = ()
    outputs: tuple[str, ...] = ("pdf", "xlsx", "json")
    system: SystemOptions = field(default_factory=SystemOptions)
    limits: Limits = field(default_factory=Limits)


def asked_of(options: Options, previous: dict[str, str] | None) -> dict[str, Any]:
    """The options that determine the outputs, without paths of this machine."""
    return {
        "report": options.report,
        "previous": previous,
        "overrides": _file_digest(options.overrides) if options.overrides else None,
        "partial": options.partial,
        "state": "final" if options.final else "draft",
        "pdf_variant": options.pdf_variant,
        "classification": options.classification,
        "templates": [_folder_digest(folder) for folder in options.templates],
        "outputs": sorted({*options.outputs, "json"}),
        **(options.system.asked() if about_of(options.report, options.templates) == "system" else {}),
    }


def _file_digest(path: Path) -> str:
    return hashlib.sha256(read_bytes(path, LARGEST)).hexdigest()


def _folder_digest(folder: Path) -> str:
    content = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return content.hexdigest()


def run_id_of(inputs: str, rulebook: str, asked: dict[str, Any]) -> str:
    """The run id: SHA-256 over the digests of inputs, rulebook and program, and the options."""
    parts = [inputs, rulebook, program_digest(), json.dumps(asked, sort_keys=True)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
