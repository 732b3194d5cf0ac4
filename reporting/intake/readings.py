"""A column as read: its values, and by position what does not fit. Shared by the readers of each type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from reporting.intake.schema import TEXTUAL

Positions = npt.NDArray[np.int64]
Cells = Sequence[Any]
Kinds = set[type]
Values = Any  # a pandas or numpy array (n,) of the column's dtype

# What spreadsheet programs write into text files, and people into cells, for a value that could not be computed.
ERRORS: frozenset[object] = frozenset(
    {
        "#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!",
        "#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#GETTING_DATA", "Err:502", "Err:504", "Err:508", "Err:522", "Err:523",
    }
)  # fmt: skip

# The dtype of a column in a frame, by type. Text has pandas' own "str", in which blank is NaN.
_DTYPES: Mapping[str, str] = {"boolean": "boolean", "date": "datetime64[s]", **dict.fromkeys(TEXTUAL, "str")}


@dataclass(frozen=True, eq=False)
class Reading:
    """A column as read.

    values    (n,) of the column's dtype; blank where the cell is blank or does not fit
    faults    name of the check -> positions of the cells that do not fit, ascending
    suspects  the same for cells that fit but deserve a warning; their value stands
    """

    values: Values
    faults: Mapping[str, Positions]
    suspects: Mapping[str, Positions]


def dtype_of(kind: str) -> str:
    """The dtype of a column of this type in a frame."""
    return _DTYPES.get(kind, "float64")


def told(fault: str, places: Sequence[int] | Positions) -> dict[str, Positions]:
    """The positions of one fault, as `Reading` holds them; nothing where there is none."""
    return {fault: np.array(places, dtype=np.int64)} if len(places) else {}


def from_arrow(values: pa.Array) -> npt.NDArray[Any]:
    """A numpy array that can be changed; blank is NaN or NaT."""
    return np.array(values.to_numpy(zero_copy_only=False))


def strings(cells: Cells) -> Values:
    """A pandas array of text, blank where there is None."""
    return pd.array(pa.array(cells, type=pa.large_string()), dtype="str")
