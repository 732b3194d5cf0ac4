"""A unit of work about a system: read, masked where that is asked for, measured, and its files hashed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

from reporting.batch.system_options import SystemOptions
from reporting.figures import Figure
from reporting.intake.limits import Limits
from reporting.intake.reading import input_files
from reporting.intake.tables import InputFile
from reporting.measures.contagion.figures import assess_system
from reporting.origin import printable
from reporting.portfolio.anonymous import anonymised
from reporting.portfolio.subject import Subject
from reporting.portfolio.system import Rule, load_system
from reporting.portfolio.system.loading import is_network, strangers_in, submissions_in, unread
from reporting.portfolio.system_view import SystemView, SystemViewFault, view_system
from reporting.rulebook import Rulebook


def read_system(path: Path, asked: SystemOptions, *, partial: bool, limits: Limits) -> SystemView:
    """The system in a folder, or one institution inside it, masked where that is asked for.

    InputRejected for errors in the data; SystemViewFault for a rule or institution that there is not.
    """
    rules: Mapping[str, Rule] = {rule: rule for rule in get_args(Rule)}
    if asked.rule not in rules:
        raise SystemViewFault(f"the rule is {asked.rule!r}, must be one of {', '.join(rules)}")
    system = load_system(path, rule=rules[asked.rule], reference_date=asked.day, partial=partial, limits=limits)
    if not asked.anonymise:
        return view_system(system, path.name, asked.institution)
    view_system(system, path.name, asked.institution)  # an institution that is not there is refused under its own name
    masked, digest = anonymised(system, asked.institution)
    return view_system(masked, "", asked.institution, f"system-anonymised-{digest}", masked=True)


def assessed(subject: Subject, rulebook: Rulebook) -> Mapping[str, Figure]:
    """The figures of a system. TypeError for what is none."""
    if not isinstance(subject, SystemView):
        raise TypeError(f"{type(subject).__name__} is no system")
    return assess_system(subject, rulebook)


def system_files(path: Path, limits: Limits, *, all_or_none: bool = False) -> tuple[InputFile, ...]:
    """All files of all submissions of a folder, or of an edge list, hashed now and named as a `SystemView` does.

    all_or_none   no file at all where a submission gives none, as one beyond a limit does: what is made of the system
                  then does not follow from files alone
    """
    if is_network(path):
        return input_files(path, limits)
    found = [unread(entry) for entry in strangers_in(path)]
    for entry in submissions_in(path):
        files = input_files(entry, limits)
        if all_or_none and not files:
            return ()
        front = f"{printable(entry.name)}/" if entry.is_dir() else ""
        found += [replace(file, path=front + file.path) for file in files] or [unread(entry)]
    return tuple(sorted(found, key=lambda file: (file.path, file.sha256)))
