"""Dated parameters of the law: loaded, checked, and the value in force picked."""

from reporting.rulebook.loading import Entry, RulebookError, Version, load_entries
from reporting.rulebook.rulebook import Rulebook, jurisdictions, load_rulebook

__all__ = ["Entry", "Rulebook", "RulebookError", "Version", "jurisdictions", "load_entries", "load_rulebook"]
