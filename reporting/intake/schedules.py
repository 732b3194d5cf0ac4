"""Schedules of a notional that changes: `0-1:100;1-2.5:50`, from-to in years and the notional in between."""

from __future__ import annotations

import re

_YEARS = r"(\d+(?:\.\d*)?|\.\d+)"
_PERIOD = re.compile(rf"\s*{_YEARS}\s*-\s*{_YEARS}\s*:\s*(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\s*")


def average_notional(text: str) -> float | None:
    """Time-weighted average of the notionals (BCBS CRE52.37(2)), in the unit in which they are written.

    None where the text is no schedule: periods overlap, run backwards or are no numbers.
    """
    total = time = before = 0.0
    for part in text.split(";"):
        period = _PERIOD.fullmatch(part)
        if period is None:
            return None
        begun, ended, notional = (float(one) for one in period.groups())
        if ended <= begun or begun < before:
            return None
        total, time, before = total + notional * (ended - begun), time + ended - begun, ended
    return total / time
