"""What a benchmark found, and how it stands against what is kept in the repository."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

KEPT = Path(__file__).with_name("ratios.json")
ALARM = 1.25  # times the ratio that is kept


@dataclass(frozen=True)
class Measured:
    """One benchmark.

    ratio     the cost against something that any machine can measure in the same minute; None where it was skipped
    at_most   what the ratio may be at most; None where only its growth counts
    lines     the figures in words, or why there are none
    points    (method, size, seconds) where several sizes were measured, for a plot
    """

    name: str
    ratio: float | None
    at_most: float | None
    lines: tuple[str, ...]
    points: tuple[tuple[str, int, float], ...] = ()


def kept_ratios() -> Mapping[str, float]:
    """Name -> ratio, as they were when the file was last written."""
    content: dict[str, float] = json.loads(KEPT.read_text(encoding="utf-8"))
    return content


def keep(measured: Iterable[Measured]) -> None:
    """Write the ratios that were measured; the others stay as they are."""
    found = {one.name: round(one.ratio, 2) for one in measured if one.ratio is not None}
    KEPT.write_text(json.dumps({**kept_ratios(), **found}, indent=1) + "\n", encoding="utf-8")


def alarms(measured: Iterable[Measured], kept: Mapping[str, float]) -> list[str]:
    """What has become too slow: beyond its own limit, or a quarter above the ratio that is kept."""
    found = []
    for one in measured:
        if one.ratio is None:
            continue
        if one.at_most is not None and one.ratio > one.at_most:
            found.append(f"{one.name}: {one.ratio:.2f}, must be at most {one.at_most}")
        elif one.name not in kept:
            found.append(f"{one.name}: {one.ratio:.2f}, and no ratio is kept to compare it with")
        elif one.ratio > ALARM * kept[one.name]:
            found.append(f"{one.name}: {one.ratio:.2f}, was {kept[one.name]:.2f}, alarm above {ALARM:.2f} times that")
    return found


def split(spent: Mapping[str, float]) -> str:
    """`read 0.31 s (12%), check 0.20 s (8%)`."""
    total = sum(spent.values())
    return ", ".join(f"{name} {used:.3f} s ({used / total:.0%})" for name, used in spent.items())
