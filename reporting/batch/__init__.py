"""Units of work: one institution and date, from the submission to a finished run folder."""

from reporting.batch.folder import latest_run
from reporting.batch.log import log_run
from reporting.batch.place import PlaceFault, UnwritableError, check_place, place_of
from reporting.batch.reading import load_figures, with_keys
from reporting.batch.unit import Options, Outcome, run_unit

__all__ = [
    "Options",
    "Outcome",
    "PlaceFault",
    "UnwritableError",
    "check_place",
    "latest_run",
    "load_figures",
    "log_run",
    "place_of",
    "run_unit",
    "with_keys",
]
