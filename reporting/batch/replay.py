"""A run made once more from its manifest and its inputs, and compared with what it wrote."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from reporting.batch.chain_lines import Line, read_chain
from reporting.batch.folder import read_manifest
from reporting.batch.options import Options, asked_of
from reporting.batch.place import LOG
from reporting.batch.program import program_digest, versions
from reporting.batch.submissions import find_submission, recorded_places
from reporting.batch.system_options import SystemOptions
from reporting.batch.unit import run_unit
from reporting.batch.verify import Verification, all_runs, root_of
from reporting.batch.witness import Finding, Run, has_inputs
from reporting.documents import DocumentFault
from reporting.intake.limits import Limits
from reporting.problems import ConfigurationFault, InputRejected

CLOSE = 1e-12  # relative difference of a figure on another platform

Replayed = tuple[tuple[Finding, ...], tuple[str, ...]]


def replay(
    run: Run, lines: Sequence[Line], runs: Sequence[Run], inputs: Path | None = None, limits: Limits | None = None
) -> Replayed:
    """Make a run again in a temporary folder. Returns what differs, and what was not compared and why.

    lines    of the log, which names where the submission, the overrides and the templates stood
    runs     among them the previous run, if there was one
    inputs   where the submission is looked for instead

    With the same program, libraries and platform every output must have the same bytes. With other libraries or on
    another platform the figures must agree to 1e-12, and the text of the pages and the cells must be the same. With
    another program only the figures are compared.
    """
    if run.manifest is None:
        return (Finding(run.name, "cannot be replayed: it has no manifest"),), ()
    if not has_inputs(run):
        return (), (f"{run.name}: not replayed, for a batch makes it from its runs",)
    try:
        submission, options = _asked(run, run.manifest, lines, runs, inputs)
    except (KeyError, TypeError, AttributeError) as error:
        what = f"its manifest is not one that this release writes ({type(error).__name__}: {error})"
        return (Finding(run.name, f"cannot be replayed: {what}"),), ()
    except (ConfigurationFault, FileNotFoundError, _NotAtHand) as fault:
        return (Finding(run.name, f"cannot be replayed: {fault}"),), ()
    try:
        with tempfile.TemporaryDirectory() as folder:
            made = run_unit(submission, Path(folder), replace(options, limits=limits or Limits())).folder
            return _compared(run, run.manifest, made)
    except (ConfigurationFault, FileNotFoundError) as fault:
        return (Finding(run.name, f"cannot be replayed: {fault}"),), ()
    except InputRejected as rejected:
        return (Finding(run.name, f"cannot be replayed: its data are rejected now: {rejected}"),), ()


class _NotAtHand(Exception):
    """Something that the run was made from is not there any more, or was changed."""


# --- What was asked --------------------------------------------------------------------------------------------------


def _asked(
    run: Run, manifest: Mapping[str, Any], lines: Sequence[Line], runs: Sequence[Run], inputs: Path | None
) -> tuple[Path, Options]:
    places = (inputs,) if inputs else recorded_places(lines, run.name)
    submission = find_submission(manifest, places)
    if submission is None:
        raise _NotAtHand(f"its inputs are not in {', '.join(map(str, places)) or 'any place that the log names'}")
    asked = manifest["options"]
    recorded = _recorded(lines, run.name)
    options = Options(
        report=asked["report"],
        previous=_previous(asked["previous"], runs),
        overrides=_overrides(asked["overrides"], recorded),
        partial=asked["partial"],
        final=asked["state"] == "final",
        pdf_variant=asked["pdf_variant"],
        classification=asked["classification"],
        templates=_templates(asked["templates"], recorded),
        outputs=tuple(asked["outputs"]),
        system=SystemOptions.of(asked.get("system")),
    )
    again = asked_of(options, asked["previous"])
    if changed := [name for name in asked if again.get(name) != asked[name]]:
        raise _NotAtHand(f"{' and '.join(changed)} were changed since")
    return submission, options


def _recorded(lines: Sequence[Line], name: str) -> Mapping[str, Any]:
    contents = (line.content for line in reversed(lines) if line.content and line.content.get("folder") == name)
    found = (content.get("places") for content in contents)
    return next((places for places in found if isinstance(places, dict) and places), {})


def _previous(asked: Mapping[str, Any] | None, runs: Sequence[Run]) -> Path | None:
    if asked is None:
        return None
    for run in runs:
        if run.manifest is not None and run.manifest["run_id"] == asked["run_id"]:
            return run.folder
    raise _NotAtHand(f"its previous run {asked['run_id']} is not below the same output root")


def _overrides(asked: str | None, recorded: Mapping[str, Any]) -> Path | None:
    if asked is None:
        return None
    if not isinstance(recorded.get("overrides"), str):
        raise _NotAtHand("the log does not name its overrides file")
    return Path(recorded["overrides"])


def _templates(asked: Sequence[str], recorded: Mapping[str, Any]) -> tuple[Path, ...]:
    if not asked:
        return ()
    if not isinstance(recorded.get("templates"), list):
        raise _NotAtHand("the log does not name its folders of templates")
    return tuple(Path(str(folder)) for folder in recorded["templates"])


# --- What is compared ------------------------------------------------------------------------------------------------


def _compared(run: Run, manifest: Mapping[str, Any], made: Path) -> Replayed:
    again = read_manifest(made)
    if manifest["toolkit"] != again["toolkit"]:
        wrote, here = manifest["toolkit"]["program"][:12], program_digest()[:12]
        why = f"{run.name}: only its figures were compared: program {wrote} wrote it, program {here} runs here"
        return tuple(_figures_differ(run, made)), (why,)
    if manifest["versions"] != versions():
        others = ", ".join(f"{k} {v}" for k, v in manifest["versions"].items() if versions().get(k) != v)
        differ = (*_figures_differ(run, made), *_cells_differ(run, made), *_pages_differ(run, made))
        unseen = () if find_spec("pypdfium2") else (f"{run.name}: the text of the pages: it needs the extra 'replay'",)
        return differ, (*unseen, f"{run.name}: bytes were not compared: it was made with {others}")
    return tuple(_bytes_differ(run, manifest, again)), ()


def _bytes_differ(run: Run, manifest: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[Finding]:
    old, new = ({entry["path"]: entry["sha256"] for entry in one["outputs"]} for one in (manifest, again))
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield Finding(f"{run.name}/{name}", "is not what the same program makes of the same input")
    for key in sorted({*manifest, *again} - {"outputs", "replaces"}):
        if manifest.get(key) != again.get(key):
            yield Finding(f"{run.name}/manifest.json", f"{key} is not what the same program makes of the same input")


def _figures_differ(run: Run, made: Path) -> Iterator[Finding]:
    where = f"{run.name}/figures.json"
    old, new = (_figures(folder) for folder in (run.folder, made))
    for name in sorted({*old, *new}):
        if not _close(old.get(name), new.get(name)):
            yield Finding(where, f"{name} is not what a replay gives")


def _figures(folder: Path) -> dict[str, Any]:
    """Status, unit, value and rows of each figure by name."""
    try:
        content = json.loads((folder / "figures.json").read_bytes())
        return {f["name"]: [f["status"], f["unit"], f["value"], f.get("rows")] for f in content["figures"]}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DocumentFault(f"{folder / 'figures.json'} is not the figures.json of a run: {error}") from error


def _close(old: object, new: object) -> bool:
    """Whether two values agree: numbers to 1e-12, everything else exactly."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, int | float) and isinstance(new, int | float):
        return math.isclose(old, new, rel_tol=CLOSE, abs_tol=CLOSE)
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_close(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_close, old, new))
    return old == new


def _cells_differ(run: Run, made: Path) -> Iterator[Finding]:
    where = f"{run.name}/report.xlsx"
    old, new = (_sheets(folder / "report.xlsx") for folder in (run.folder, made))
    for name in sorted({*old, *new}):
        if not _close(old.get(name), new.get(name)):
            yield Finding(where, f"the cells of sheet {name} are not those that a replay gives")


def _sheets(path: Path) -> dict[str, Any]:
    from python_calamine import CalamineError, CalamineWorkbook

    if not path.is_file():
        return {}
    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
            return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    except CalamineError as error:
        raise DocumentFault(f"{path} cannot be read: {error}") from error


def _pages_differ(run: Run, made: Path) -> Iterator[Finding]:
    if find_spec("pypdfium2") is None:
        return
    old, new = (_pages(folder / "report.pdf") for folder in (run.folder, made))
    if len(old) != len(new):
        yield Finding(f"{run.name}/report.pdf", f"has {len(old)} pages, a replay gives {len(new)}")
    for number, (before, after) in enumerate(zip(old, new, strict=False), 1):
        if before != after:
            yield Finding(f"{run.name}/report.pdf", f"the text of page {number} is not that which a replay gives")


def _pages(path: Path) -> list[str]:
    from pypdfium2 import PdfDocument, PdfiumError

    if not path.is_file():
        return []
    try:
        document = PdfDocument(path)
    except PdfiumError as error:
        raise DocumentFault(f"{path} cannot be read: {error}") from error
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def replay_all(path: Path, found: Verification, inputs: Path | None, limits: Limits) -> Replayed:
    """Replay every run that was verified."""
    root = root_of(path)
    lines = read_chain(root)[0] if root is not None and (root / LOG).exists() else ()
    findings: list[Finding] = []
    unseen: list[str] = []
    for run in found.runs:
        differ, left = replay(run, lines, all_runs(root) if root else found.runs, inputs, limits)
        findings += differ
        unseen += left
    return tuple(findings), tuple(unseen)
