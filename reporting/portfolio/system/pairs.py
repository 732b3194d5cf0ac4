"""What each pair of institutions reports of each other, compared, and the one figure that counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from reporting.portfolio.system.rows import Record, cell, cells_of
from reporting.portfolio.system.said import Said, money
from reporting.problems import LISTED

FloatArray = npt.NDArray[np.float64]
_UNITS = (1_000.0, 1_000_000.0)  # by which amounts differ when one side takes the unit wrong
_NEAR = 0.01  # of such a factor


@dataclass(frozen=True)
class Tolerance:
    """What two sides may differ by: `absolute` in currency units, or `relative` of the larger, whichever is more."""

    absolute: float = 1_000.0
    relative: float = 0.001

    def exceeded(self, left: FloatArray, right: FloatArray, size: FloatArray | None = None) -> npt.NDArray[np.bool_]:
        """(n,) True where the difference is more; False where one of them is not known.

        size   (n,) what `relative` is of, instead of the larger
        """
        larger = np.maximum(np.abs(left), np.abs(right)) if size is None else size
        most = np.maximum(self.absolute, self.relative * larger)
        return np.asarray(np.abs(left - right) > most)


TOLERANCE = Tolerance()


def split(rows: pd.DataFrame, leis: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows between nodes, and those with an end that is none; each sorted, so that no order of files counts."""
    inside = rows["lender"].isin(leis) & rows["borrower"].isin(leis)
    order = ["lender", "borrower", "side", "file", "sheet", "row"]
    within, without = (rows[mask].sort_values(order, kind="stable", ignore_index=True) for mask in (inside, ~inside))
    return within, without


def usable(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Said]]:
    """The rows between two different nodes with an amount of 0 or more, and what is wrong with the others."""
    own = (rows["lender"] == rows["borrower"]).to_numpy(dtype=bool)
    unknown = ~own & rows["amount"].isna().to_numpy()
    negative = ~own & (rows["amount"] < 0).to_numpy()
    said = [
        *_each(rows[own], "SYS-007", lambda row: f"{row['lender']} has a claim of {_amount(row)} on itself"),
        *_each(rows[unknown], "SYS-011", lambda row: f"what {row['borrower']} owes {row['lender']} is not available"),
        *_each(rows[negative], "SYS-008", lambda row: f"{row['borrower']} owes {row['lender']} {_amount(row)}"),
    ]
    return rows[~own & ~unknown & ~negative].reset_index(drop=True), said


def repeated(rows: pd.DataFrame) -> list[Said]:
    """SYS-006: rows of a pair that do not differ in what tells contracts apart.

    Of an edge list that is the instrument and the currency; of a submission the amount and the maturity too.
    """
    said: list[Said] = []
    contract = ["lender", "borrower", "side", "instrument", "currency"]
    for is_edge, keys in ((True, contract), (False, [*contract, "stated", "maturity", "rank"])):
        of_kind = rows[(rows["side"] == "edge") == is_edge]
        of_kind = of_kind[of_kind["side"] != "further"]
        again = of_kind[of_kind.duplicated(keys)]
        said += _each(
            again,
            "SYS-006",
            lambda row: (
                f"{_amount(row)} that {row['borrower']} owes {row['lender']} stands beside another row of the pair"
            ),
        )
    return said


def _each(rows: pd.DataFrame, code: str, words: Callable[[Record], str]) -> list[Said]:
    listed = [Said(code, cell(row), words(row)) for row in rows.head(LISTED).to_dict("records")]
    if len(rows) > LISTED:
        listed[-1] = listed[-1]._replace(more=len(rows) - LISTED)
    return listed


def _amount(row: Record) -> str:
    return f"{money(row['stated'])} {row['currency']}"


# --- Both sides ------------------------------------------------------------------------------------------------------


def sums(rows: pd.DataFrame, leis: tuple[str, ...]) -> pd.DataFrame:
    """Sum of each pair: columns i, j (positions of lender and borrower) and amount; exact, whatever the order."""
    place = pd.Series(np.arange(len(leis)), index=list(leis))
    i = rows["lender"].map(place).to_numpy(dtype=np.int64)
    j = rows["borrower"].map(place).to_numpy(dtype=np.int64)
    order = np.lexsort((j, i))
    i, j, amount = i[order], j[order], rows["amount"].to_numpy(dtype=np.float64)[order]
    first = np.flatnonzero(np.r_[True, (np.diff(i) != 0) | (np.diff(j) != 0)]) if len(i) else np.empty(0, np.int64)
    ends = np.r_[first[1:], len(i)].astype(np.int64)
    total = amount[first].copy()
    for pair in np.flatnonzero(ends - first > 1):
        total[pair] = fsum(amount[first[pair] : ends[pair]])
    return pd.DataFrame({"i": i[first], "j": j[first], "amount": total})


def both_sides(
    rows: pd.DataFrame, leis: tuple[str, ...], lends: npt.NDArray[np.bool_], borrows: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    """Pairs with what the lender says (`lender`) and what the borrower says (`borrower`).

    lends, borrows   (n,) whether the node reports its claims, and its obligations, at all: then a pair it does not
                     mention is 0. Otherwise its side is NaN, not known
    """
    sides = [sums(rows[rows["side"] == side], leis).rename(columns={"amount": side}) for side in ("lender", "borrower")]
    pairs = sides[0].merge(sides[1], how="outer", on=["i", "j"]).sort_values(["i", "j"], ignore_index=True)
    i, j = pairs["i"].to_numpy(dtype=np.int64), pairs["j"].to_numpy(dtype=np.int64)
    pairs["lender"] = pairs["lender"].fillna(0.0).where(lends[i])
    pairs["borrower"] = pairs["borrower"].fillna(0.0).where(borrows[j])
    return pairs


def taken(pairs: pd.DataFrame, rule: str) -> pd.DataFrame:
    """With the column `side`, whose figure counts, and `amount`. Where one side is not known, the other's counts."""
    lender, borrower = pairs["lender"].to_numpy(dtype=np.float64), pairs["borrower"].to_numpy(dtype=np.float64)
    wanted = {"lender": lender >= 0, "borrower": borrower < 0, "larger": lender >= borrower}[rule]
    by_lender = np.where(np.isnan(lender), False, np.where(np.isnan(borrower), True, wanted))
    side = np.where(by_lender, "lender", "borrower")
    return pairs.assign(side=side, amount=np.where(by_lender, lender, borrower))


def differences(
    pairs: pd.DataFrame, rows: pd.DataFrame, names: Mapping[str, str], tolerance: Tolerance, currency: str
) -> Iterator[Said]:
    """SYS-004: pairs of which the two sides differ by more than the tolerance, with the cells of both."""
    leis = list(names)
    differ = tolerance.exceeded(pairs["lender"].to_numpy(), pairs["borrower"].to_numpy())
    by_pair = rows.groupby(["lender", "borrower"])
    for pair in pairs[differ].to_dict("records"):
        lender, borrower = leis[int(pair["i"])], leis[int(pair["j"])]
        reported = by_pair.get_group((lender, borrower))
        claimed, owed = (cells_of(reported[reported["side"] == side]) for side in ("lender", "borrower"))
        where = (*claimed, *owed)
        other = "".join(f" ({cells})" for cells in where[1:])
        yield Said(
            "SYS-004",
            where[0],
            f"{names[lender]} is owed {money(pair['lender'])} {currency} by {names[borrower]}, which owes it "
            f"{money(pair['borrower'])}{other}, a difference of {money(pair['lender'] - pair['borrower'])}"
            f"{_factor(pair['lender'], pair['borrower'])}; the {pair['side']}'s figure is used",
        )


def _factor(left: float, right: float) -> str:
    """A hint that one side has taken the unit wrong."""
    small, large = sorted((left, right))
    for unit in _UNITS:
        if small > 0 and abs(large / small / unit - 1) < _NEAR:
            return f" and a factor of about {unit:,.0f}, as if in another unit"
    return ""


def matrix(pairs: pd.DataFrame, number: int) -> csr_array[np.float64]:
    """(n, n) the amounts by lender and borrower; several rows of a pair add up, and no entry is 0."""
    kept = pairs[pairs["amount"] > 0]
    places = (kept["i"].to_numpy(dtype=np.int32), kept["j"].to_numpy(dtype=np.int32))
    found = csr_array((kept["amount"].to_numpy(dtype=np.float64), places), shape=(number, number))
    found.sort_indices()
    return found


def margins(exposures: csr_array[np.float64]) -> tuple[FloatArray, FloatArray]:
    """(n,) what each node is owed by the others, and (n,) what it owes them; exact sums."""
    return _row_sums(exposures), _row_sums(csr_array(exposures.T))


def _row_sums(entries: csr_array[np.float64]) -> FloatArray:
    bounds, data = entries.indptr, entries.data.tolist()
    return np.array([fsum(data[a:b]) for a, b in pairwise(bounds.tolist())], dtype=np.float64)
