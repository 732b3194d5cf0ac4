"""The arrays that measures take, and the tables that they return."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]


def per_cent(part: float, whole: float) -> float:
    """100 x part / whole; NaN, which is blank in a table, where the whole is not above zero or next to nothing.

    Next to nothing is a whole by which the part cannot be divided: the share would be beyond all numbers.
    """
    share = part / whole * 100 if whole > 0 else math.nan
    return share if math.isfinite(share) else math.nan


def table_of(key: str, rows: Mapping[Any, Sequence[Any]], texts: Sequence[str], numbers: Sequence[str]) -> pd.DataFrame:
    """The table figure with the index `key` and these rows, texts before numbers; right types without rows, too."""
    names, index = [*texts, *numbers], pd.Index(list(rows), name=key)
    columns = zip(*rows.values(), strict=True) if rows else [()] * len(names)
    kinds = [object] * len(texts) + [np.float64] * len(numbers)
    made = {n: pd.Series(c, index, dtype=kind) for n, c, kind in zip(names, columns, kinds, strict=True)}
    return pd.DataFrame(made, index=index, columns=names)
