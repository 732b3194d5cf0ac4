"""The command line: `reporting check`, `run`, `explain`, `rules`, `parameters`."""

from reporting.cli.main import main

__all__ = ["main"]
