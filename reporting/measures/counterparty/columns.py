"""Columns of a frame as arrays: numbers with NaN for blanks, switches, and texts as codes of their sorted labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from reporting.measures.arrays import FloatArray

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
BLANK = -1


@dataclass(frozen=True)
class Labels:
    """A text column.

    codes   (n,) place of each row's text in `names`, BLANK where the cell is empty
    names   the distinct texts, sorted, so that codes do not depend on the order of the rows
    """

    codes: Codes
    names: tuple[str, ...]

    @property
    def given(self) -> Flags:
        """(n,) whether the cell is not empty."""
        found: Flags = self.codes != BLANK
        return found

    def equal(self, name: str) -> Flags:
        """(n,) whether the text is `name`."""
        found: Flags = self.codes == self.code(name)
        return found

    def code(self, name: str) -> int:
        """The code of `name`; a code that no row has where it does not occur."""
        return self.names.index(name) if name in self.names else len(self.names)

    def as_in(self, names: tuple[str, ...]) -> Codes:
        """(n,) place of each text in other `names`; BLANK for blank ones, `len(names)` for those not among them."""
        place = {name: code for code, name in enumerate(names)}
        found = np.array([*(place.get(name, len(names)) for name in self.names), BLANK], dtype=np.int64)
        return found[self.codes]


def numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    """(n,) a column of numbers, NaN where blank or where the frame has no such column."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    column = frame[name]
    if column.dtype == np.float64:
        return column.to_numpy()
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def filled(frame: pd.DataFrame, name: str, default: float) -> FloatArray:
    """(n,) a column of numbers whose blanks mean `default`, because the contract says nothing on it."""
    found = numbers(frame, name)
    blank = np.isnan(found)
    return np.where(blank, default, found) if blank.any() else found


def switches(frame: pd.DataFrame, name: str) -> Flags:
    """(n,) a column of true and false; False where blank or where the frame has no such column.

    TypeError for a column that holds anything else: the text "false" must not pass for an answer.
    """
    if name not in frame:
        return np.zeros(len(frame), dtype=np.bool_)
    column = frame[name]
    if column.dtype == np.bool_:
        return column.to_numpy()
    blank = column.isna()
    if not (blank | column.isin([True, False])).all():
        raise TypeError(f"column {name} must hold true, false or blank")
    return column.where(~blank, False).to_numpy(dtype=np.bool_)


def labels(frame: pd.DataFrame, name: str) -> Labels:
    """A text column: categorical, str or object. Empty text is blank, and so is a column that the frame has not."""
    if name not in frame:
        return Labels(np.full(len(frame), BLANK, dtype=np.int64), ())
    codes, texts = _encoded(frame[name])
    names = tuple(sorted({*texts} - {""}))
    place = dict(zip(names, range(len(names)), strict=True)) | {"": BLANK}
    return Labels(np.array([*map(place.__getitem__, texts), BLANK], dtype=np.int64)[codes], names)


def _encoded(column: pd.Series[Any]) -> tuple[npt.NDArray[np.integer[Any]], list[str]]:
    """(n,) place of each cell in the distinct texts, -1 where the cell is empty; and these texts."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), [str(one) for one in column.cat.categories]
    if isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow":
        encoded = pa.chunked_array(pa.array(column.array)).dictionary_encode().combine_chunks()
        return encoded.indices.fill_null(-1).to_numpy(), encoded.dictionary.to_pylist()
    codes, index = pd.factorize(column)
    return codes, [str(one) for one in index]
