"""The arrays that come in: checked, as sparse rows, never as a full matrix where they came sparse."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from reporting.measures.arrays import FloatArray

BoolArray: TypeAlias = npt.NDArray[np.bool_]
IntArray: TypeAlias = npt.NDArray[np.int64]
Matrix: TypeAlias = "sparse.csr_array[np.float64, tuple[int, int]]"

NEVER = -1  # round of those that never default
TOLERANCE = 1e-12  # relative: closer than this to a threshold counts as on it
EPS = float(np.finfo(np.float64).eps)


def as_claims(given: Any, name: str) -> Matrix:
    """The (n, n) matrix in compressed rows. An array already so is not copied.

    Raises ValueError for what is not square, not finite, negative, on the diagonal, or given twice.
    """
    if sparse.issparse(given):
        matrix = _compressed(given, name)
    else:
        dense = np.asarray(given, dtype=np.float64)
        _check_square(dense.shape, name)
        matrix = sparse.csr_array(dense)
    _check_entries(matrix, name)
    return matrix


def _compressed(given: Any, name: str) -> Matrix:
    _check_square(given.shape, name)
    rows: Matrix = sparse.csr_array(given, dtype=np.float64)
    if given.format == "coo":
        twice = _repeated(given.row.astype(np.int64) * given.shape[1] + given.col)
    elif rows.has_canonical_format:
        return rows
    else:
        line = np.repeat(np.arange(rows.shape[0], dtype=np.int64), np.diff(rows.indptr))
        twice = _repeated(line * rows.shape[1] + rows.indices)
    if twice is not None:
        i, j = divmod(twice, rows.shape[1])
        raise ValueError(f"{name}[{i}, {j}] is given more than once; add the entries up first if both are meant")
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows


def _repeated(keys: IntArray) -> int | None:
    ordered = np.sort(keys)
    (where,) = np.nonzero(ordered[1:] == ordered[:-1])
    return int(ordered[where[0]]) if where.size else None


def _check_square(shape: tuple[int, ...], name: str) -> None:
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 0:
        raise ValueError(f"{name} has the shape {shape}, must be (n, n) with n of 1 or more")


def _check_entries(matrix: Matrix, name: str) -> None:
    data = matrix.data
    if data.size and not (data.min() >= 0 and data.max() < np.inf):  # NaN fails every comparison
        at = int(np.flatnonzero(~((data >= 0) & (data < np.inf)))[0])
        row = int(np.searchsorted(matrix.indptr, at, side="right")) - 1
        raise ValueError(f"{name}[{row}, {matrix.indices[at]}] is {data[at]}, must be a finite number of 0 or more")
    own = matrix.diagonal()
    if own.any():
        at = int(np.flatnonzero(own)[0])
        raise ValueError(f"{name}[{at}, {at}] is {own[at]}: an institution has no claim on itself, must be 0")


def as_vector(given: Any, n: int, name: str, *, negative: bool = False) -> FloatArray:
    """The (n,) vector of finite amounts, copied; ValueError with the place of what is not."""
    values = np.array(given, dtype=np.float64)
    if values.shape != (n,):
        raise ValueError(f"{name} has the shape {values.shape}, must be ({n},): one value for each institution")
    check_amounts(values, name, negative=negative)
    return values


def check_amounts(values: FloatArray, name: str, *, negative: bool = False) -> None:
    """ValueError for the first value that is not finite or, unless allowed, negative."""
    wrong = ~np.isfinite(values) if negative else ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        at = tuple(int(k) for k in np.argwhere(wrong)[0])
        place = ", ".join(map(str, at))
        expected = "a finite number" if negative else "a finite number of 0 or more"
        raise ValueError(f"{name}[{place}] is {values[at]}, must be {expected}")


def as_share(given: float, name: str) -> float:
    """A number from 0 to 1."""
    value = float(given)
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value}, must be from 0 to 1")
    return value


def as_seeds(given: Any, n: int, name: str = "seeds") -> BoolArray:
    """The (n,) mask from a mask, or from indices of institutions."""
    seeds = np.asarray(given)
    if seeds.dtype == np.bool_:
        if seeds.shape != (n,):
            raise ValueError(f"{name} has the shape {seeds.shape}, must be ({n},) as a mask")
        return seeds.copy()
    mask = np.zeros(n, dtype=np.bool_)
    if seeds.size == 0:
        return mask
    if seeds.dtype.kind not in "iu" or seeds.ndim > 1:
        raise ValueError(f"{name} must be indices of institutions, or a mask of True and False")
    outside = (seeds < 0) | (seeds >= n)
    if outside.any():
        raise ValueError(
            f"{name} names institution {seeds.reshape(-1)[outside.reshape(-1)][0]}, must be from 0 to {n - 1}"
        )
    mask[seeds] = True
    return mask


def row_counts(matrix: Matrix) -> IntArray:
    """Entries in each row."""
    return np.diff(matrix.indptr).astype(np.int64)


def scaled_rows(matrix: Matrix, factors: FloatArray) -> Matrix:
    """The matrix with row i times factors[i]; the pattern is shared, the values are new."""
    data = matrix.data * np.repeat(factors, np.diff(matrix.indptr))
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def times(matrix: Any, x: FloatArray) -> FloatArray:
    """Matrix times x, (n,) or (n, m); in a place of its own for the sake of the type."""
    found: FloatArray = matrix @ x
    return found


def transposed(matrix: Matrix, factors: FloatArray) -> Matrix:
    """The transpose in compressed rows, with column j times factors[j]."""
    found: Matrix = scaled_rows(matrix, factors).T.tocsr()
    return found


def inverse(values: FloatArray) -> FloatArray:
    """1 / values, and 0 where the value is 0 or less."""
    positive = values > 0
    return np.divide(1.0, values, out=np.zeros_like(values), where=positive)


def frozen(array: npt.NDArray[Any]) -> Any:
    """The array, read-only."""
    array.flags.writeable = False
    return array
