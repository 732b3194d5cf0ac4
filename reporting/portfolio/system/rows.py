"""The rows of submissions that are claims and obligations, each with its cell."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reporting.figures import Source
from reporting.intake.tables import Table
from reporting.origin import Cells, runs
from reporting.portfolio.balance import Amount
from reporting.portfolio.portfolio import Portfolio
from reporting.portfolio.system.said import Said, in_folder
from reporting.problems import Breach

Mask = npt.NDArray[np.bool_]
Record = Mapping[Hashable, Any]  # one row of a frame

# What is owed and can fail to be paid. Shares and fund units lose value but are no obligation of the issuer.
DEBTS = ("loan", "deposit", "bond", "trade_finance")
COLUMNS = (
    "lender", "borrower", "amount", "side", "outsider", "instrument", "maturity", "rank", "runnable_share", "secured",
    "currency", "stated", "file", "sheet", "column", "row",
)  # fmt: skip
_READ = {
    "exposures": ("counterparty_id", "instrument", "gross_carrying_amount", "currency", "off_balance_sheet",
                  "position_sign"),
    "funding": ("creditor_id", "amount", "currency"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Member:
    """A submission that is a node of the system.

    folder         in front of its files; "" for a workbook
    rates          currency -> units of the system's currency for one unit of it, by the rates of this submission
    equity, total_assets   in its own reporting currency
    """

    portfolio: Portfolio
    folder: str
    rates: Mapping[str, float]
    equity: Amount
    total_assets: Amount

    @property
    def lei(self) -> str:
        """Identifier of the institution, from its sheet entity."""
        return self.portfolio.entity.lei

    def in_system(self, amount: Amount) -> float:
        """The amount in the currency of the system."""
        return amount.value * self.rates[self.portfolio.entity.currency]

    def cells(self, cells: Cells) -> Cells:
        """The cells with the file named from the folder of the system."""
        return in_folder(cells, self.folder)

    def table(self, sheet: str) -> Table | None:
        """A checked sheet of the submission; None where it has no such sheet."""
        return self.portfolio.tables.get(sheet)


def reported_rows(member: Member) -> pd.DataFrame:
    """All claims and obligations of an institution, with the columns COLUMNS; an amount that may not be used is NaN.

    A claim is a debt on the balance sheet that is not a short position, at its gross carrying amount: what is owed does
    not fall when the lender makes an allowance.
    """
    found = []
    if (exposures := member.table("exposures")) is not None:
        found.append(_rows(member, exposures, exposures.frame[is_claim(exposures.frame)]))
    if (funding := member.table("funding")) is not None:
        found.append(_rows(member, funding, funding.frame))
    return pd.concat(found, ignore_index=True) if found else empty_rows()


def is_claim(exposures: pd.DataFrame) -> Mask:
    """(n,) True for the exposures that are debts on the balance sheet, held long."""
    on_balance = ~exposures["off_balance_sheet"].fillna(True).astype(bool).to_numpy(dtype=bool)
    short = (exposures["position_sign"] == "short").to_numpy(dtype=bool)
    return np.asarray(exposures["instrument"].isin(DEBTS).to_numpy(dtype=bool) & on_balance & ~short)


def not_counted(member: Member, leis: frozenset[str]) -> list[Said]:
    """SYS-016: exposures to other institutions of the system that are no claims."""
    table = member.table("exposures")
    if table is None:
        return []
    frame = table.frame
    inside = _parties(member, frame["counterparty_id"])["id"].isin(leis - {member.lei}).to_numpy(dtype=bool)
    rest = frame[inside & ~is_claim(frame)]
    if rest.empty:
        return []
    kinds = ", ".join(sorted(rest["instrument"].dropna().unique()))
    where = member.cells(table.cells("instrument", rest.index.to_numpy()))
    return [Said("SYS-016", where, f"{len(rest)} exposures to institutions of the system are of the kind {kinds}")]


def empty_rows() -> pd.DataFrame:
    """No rows, with the columns of rows."""
    numbers = dict.fromkeys(("amount", "runnable_share", "stated"), "float64")
    return pd.DataFrame({name: pd.Series(dtype=numbers.get(name, "object")) for name in COLUMNS})


def _rows(member: Member, table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    lends = table.name == "exposures"
    party, money = ("counterparty_id", "gross_carrying_amount") if lends else ("creditor_id", "amount")
    other = _parties(member, frame[party])
    blocked = blocked_rows(member.portfolio.breaches, table, _READ[table.name], frame)
    stated = (frame[money] * member.portfolio.entity.unit).where(~blocked)
    rate = frame["currency"].map(dict(member.rates)).astype("float64")
    return pd.DataFrame(
        {
            "lender": member.lei if lends else other["id"],
            "borrower": other["id"] if lends else member.lei,
            "amount": stated * rate,
            "side": "lender" if lends else "borrower",
            "outsider": other["name"],
            "instrument": frame["instrument"].astype("object") if lends else None,
            "maturity": frame["maturity"],
            "rank": None if lends else frame["rank"].astype("object"),
            "runnable_share": nan if lends else frame["runnable_share"],
            "secured": None if lends else frame["secured"].astype("object"),
            "currency": frame["currency"].astype("object"),
            "stated": stated,
            "file": member.cells(Cells(table.file)).file,
            "sheet": table.sheet,
            "column": table.letters.get(money, ""),
            "row": frame.index.to_numpy(dtype=np.int64),
        }
    )[list(COLUMNS)]


def _parties(member: Member, party: pd.Series[str]) -> pd.DataFrame:
    """Identifier and name of each counterparty: its LEI; without one, its own identifier behind the LEI of the member.

    Two institutions may use the same identifier for different clients, so it is never compared between them.
    """
    own = f"{member.lei}:" + party.fillna("").astype("str")
    table = member.table("counterparties")
    if table is None:
        return pd.DataFrame({"id": own, "name": party})
    known = table.frame.drop_duplicates("counterparty_id").set_index("counterparty_id")
    lei = party.map(known["lei"])
    return pd.DataFrame({"id": lei.where(lei.notna(), own), "name": party.map(known["name"])})


def blocked_rows(breaches: Iterable[Breach], table: Table, columns: Iterable[str], frame: pd.DataFrame) -> Mask:
    """(n,) True for the rows of the frame in which an error forbids a cell of one of the columns."""
    read = {table.letters[column] for column in columns if column in table.letters}
    rows = frame.index.to_numpy(dtype=np.int64)
    blocked = np.zeros(len(rows), dtype=bool)
    for breach in breaches:
        for cells in breach.blocks:
            if (cells.file, cells.sheet) == (table.file, table.sheet) and (not cells.column or cells.column in read):
                blocked |= _within(rows, cells)
    return blocked


def _within(rows: npt.NDArray[np.int64], cells: Cells) -> Mask:
    if not cells.rows:
        return np.ones(len(rows), dtype=bool)
    inside = [(rows >= first) & (rows <= last) for first, last in cells.rows]
    return np.asarray(np.logical_or.reduce(inside))


# --- Back to cells ---------------------------------------------------------------------------------------------------


def sources_of(rows: pd.DataFrame) -> tuple[Source, ...]:
    """The cells of the rows, one source for each column of a sheet."""
    found = []
    for place, group in rows.groupby(["file", "sheet", "column", "side"], sort=True):
        file, sheet, column, side = map(str, place)
        if file:
            heading = "gross_carrying_amount" if side == "lender" else "amount"
            numbers = np.sort(group["row"].to_numpy(dtype=np.int64))
            found.append(Source(Cells(file, sheet, column, (), heading), numbers))
    return tuple(found)


def cells_of(rows: pd.DataFrame) -> tuple[Cells, ...]:
    """The same as addresses."""
    return tuple(source.at(None) for source in sources_of(rows))


def cell(row: Record) -> Cells:
    """The cell of one row."""
    return Cells(row["file"], row["sheet"], row["column"], runs([int(row["row"])]), "amount")
