"""Which cells of a column hold one of some values."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

_FEW = 20  # cells for each value, below which it is the values that cost


def among(cells: pd.Series[Any], values: Collection[Any]) -> npt.NDArray[np.bool_]:
    """(n,) True for the cells that hold one of the values; a blank one holds none.

    The library translates every value anew for each column, which for the list of currencies takes longer than a sheet.
    """
    if not pd.api.types.is_string_dtype(cells.dtype) or len(cells) > _FEW * len(values):
        return cells.isin(list(values)).to_numpy(dtype=bool)
    codes, distinct = pd.factorize(cells)  # -1 for blank
    wanted = frozenset(values)
    held = np.fromiter((value in wanted for value in distinct), dtype=bool, count=len(distinct))
    return np.append(held, False)[codes]
