"""The arrays that measures take, and the tables that they return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]


def table_of(key: str, rows: Mapping[Any, Sequence[Any]], texts: Sequence[str], numbers: Sequence[str]) -> pd.DataFrame:
    """The table figure with the index `key` and these rows, texts before numbers; right types without rows, too."""
    table = pd.DataFrame.from_dict(dict(rows), orient="index", columns=[*texts, *numbers]).rename_axis(key)
    return table.astype(dict.fromkeys(texts, object) | dict.fromkeys(numbers, np.float64))
