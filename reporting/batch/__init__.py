"""Units of work: one institution and date, from the submission to a finished run folder; and batches of many.

Each name is imported when it is first asked for: a batch sets the number of threads before numpy is.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reporting.batch.events import Batch, Event
    from reporting.batch.folder import latest_run
    from reporting.batch.log import log_run
    from reporting.batch.options import Options
    from reporting.batch.place import PlaceFault, UnwritableError, check_place, place_of
    from reporting.batch.reading import load_figures, with_keys
    from reporting.batch.run import plan_batch, run_batch
    from reporting.batch.settings import Settings, load_settings
    from reporting.batch.system_options import SystemOptions
    from reporting.batch.unit import Outcome, read_subject, run_unit

__all__ = [
    "Batch",
    "Event",
    "Options",
    "Outcome",
    "PlaceFault",
    "Settings",
    "SystemOptions",
    "UnwritableError",
    "check_place",
    "latest_run",
    "load_figures",
    "load_settings",
    "log_run",
    "place_of",
    "plan_batch",
    "read_subject",
    "run_batch",
    "run_unit",
    "with_keys",
]

_HOMES = {
    "Batch": "events",
    "Event": "events",
    "Options": "options",
    "Outcome": "unit",
    "PlaceFault": "place",
    "Settings": "settings",
    "SystemOptions": "system_options",
    "UnwritableError": "place",
    "check_place": "place",
    "latest_run": "folder",
    "load_figures": "reading",
    "load_settings": "settings",
    "log_run": "log",
    "place_of": "place",
    "plan_batch": "run",
    "read_subject": "unit",
    "run_batch": "run",
    "run_unit": "unit",
    "with_keys": "reading",
}


def __getattr__(name: str) -> Any:
    """Import a name from its module when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"reporting.batch.{_HOMES[name]}"), name)
