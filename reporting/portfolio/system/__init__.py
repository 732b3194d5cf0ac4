"""Many institutions of one date as one network: who owes what to whom, reconciled from both sides."""

from reporting.portfolio.system.assembly import Terms
from reporting.portfolio.system.loading import Submission, build_system, load_system, read_for_system
from reporting.portfolio.system.pairs import Tolerance
from reporting.portfolio.system.value import Rule, System

__all__ = ["Rule", "Submission", "System", "Terms", "Tolerance", "build_system", "load_system", "read_for_system"]
