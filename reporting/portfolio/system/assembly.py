"""Members and their rows put together: matrix, residual balance sheets, origins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import fsum
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from reporting.figures import Source
from reporting.intake.tables import InputFile
from reporting.origin import Cells
from reporting.portfolio.system import pairs
from reporting.portfolio.system.conversion import CURRENCIES, RATES, behind_amount, currency_cells, rate_cells
from reporting.portfolio.system.pairs import TOLERANCE, FloatArray, Tolerance
from reporting.portfolio.system.rows import Member, empty_rows, not_counted, reported_rows
from reporting.portfolio.system.said import Said, money
from reporting.portfolio.system.value import Rule, System
from reporting.problems import Breach

Origins = Mapping[str, Mapping[str, tuple[Source, ...]]]


@dataclass(frozen=True)
class Terms:
    """How a system is put together; see `load_system`. A currency or date that is None is that of most submissions."""

    rule: Rule = "lender"
    tolerance: Tolerance = TOLERANCE
    currency: str | None = None
    reference_date: date | None = None
    partial: bool = False


@dataclass(frozen=True, eq=False)
class Parts:
    """All but the terms of a system, and what was found wrong while it was put together."""

    leis: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    exposures: csr_array[np.float64]
    equity: FloatArray
    external_assets: FloatArray
    external_liabilities: FloatArray
    claims: pd.DataFrame
    external: pd.DataFrame
    origins: Origins
    said: tuple[Said, ...]

    def system(
        self,
        terms: Terms,
        files: Mapping[str, tuple[InputFile, ...]],
        breaches: tuple[Breach, ...],
        left_out: Mapping[str, str],
    ) -> System:
        """The frozen system."""
        return System(
            self.leis, self.names, self.kinds, terms.reference_date, terms.currency or "", terms.rule, self.exposures,
            self.equity, self.external_assets, self.external_liabilities, self.claims, self.external, self.origins,
            MappingProxyType(dict(left_out)), MappingProxyType(dict(files)), breaches,
        )  # fmt: skip


def of_members(members: Sequence[Member], terms: Terms, further_claims: pd.DataFrame | None) -> Parts:
    """The network of institutions. ValueError where `further_claims` is not as `load_system` asks."""
    members = sorted(members, key=lambda member: member.lei)
    leis = tuple(member.lei for member in members)
    reported = [reported_rows(member) for member in members]
    rows = pd.concat([*(frame for frame in reported if len(frame)), further_rows(further_claims, terms)])
    within, external = pairs.split(rows, leis)
    claims, said = pairs.usable(within)
    compared, entries = _entries(claims, members, terms)
    names = {member.lei: member.portfolio.entity.name for member in members}
    said += _missing_sheets(members)
    said += pairs.differences(compared, claims, names, terms.tolerance, terms.currency or "")
    said += pairs.repeated(claims)
    said += [one for member in members for one in not_counted(member, frozenset(leis))]
    exposures = pairs.matrix(entries, len(members))
    own, assets, liabilities, faults = _balances(members, exposures)
    return Parts(
        leis=leis,
        names=tuple(names.values()),
        kinds=tuple(member.portfolio.entity.kind for member in members),
        exposures=exposures,
        equity=own,
        external_assets=assets,
        external_liabilities=liabilities,
        claims=_used(claims, compared, leis),
        external=external,
        origins=_origins(members, terms.currency or ""),
        said=(*said, *faults),
    )


def further_rows(further: pd.DataFrame | None, terms: Terms) -> pd.DataFrame:
    """Claims that come from elsewhere, as rows without a cell."""
    if further is None or further.empty:
        return empty_rows()
    lacking = {"lender", "borrower", "amount", "instrument"} - set(further.columns)
    amount = further["amount"].astype("float64") if not lacking else pd.Series(dtype="float64")
    if lacking or not (np.isfinite(amount) & (amount >= 0)).all():
        what = f"lacks the columns {sorted(lacking)}" if lacking else "has an amount that is negative or not a number"
        raise ValueError(f"further_claims {what}")
    rows = further[["lender", "borrower", "instrument"]].assign(
        amount=amount, stated=amount, currency=terms.currency, side="further", file="", sheet="", column="", row=0
    )
    return pd.concat([empty_rows(), rows], ignore_index=True)[list(empty_rows().columns)]


def _entries(claims: pd.DataFrame, members: Sequence[Member], terms: Terms) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pairs as both sides report them with the side that is taken, and what enters the matrix, further claims too."""
    leis = tuple(member.lei for member in members)
    lends = np.array([member.table("exposures") is not None for member in members])
    borrows = np.array([member.table("funding") is not None for member in members])
    compared = pairs.taken(pairs.both_sides(claims, leis, lends, borrows), terms.rule)
    further = pairs.sums(claims[claims["side"] == "further"], leis)
    return compared, pd.concat([compared[["i", "j", "amount"]], further])


def _used(claims: pd.DataFrame, compared: pd.DataFrame, leis: tuple[str, ...]) -> pd.DataFrame:
    """The rows with the column `used`: those of the side whose figure counts for their pair."""
    side = {(leis[i], leis[j]): side for i, j, side in zip(compared["i"], compared["j"], compared["side"], strict=True)}
    chosen = [side.get(pair) for pair in zip(claims["lender"], claims["borrower"], strict=True)]
    return claims.assign(used=(claims["side"] == "further") | (claims["side"] == pd.Series(chosen, dtype="object")))


def _missing_sheets(members: Iterable[Member]) -> Iterator[Said]:
    for member in members:
        for sheet, what in (("exposures", "what it is owed"), ("funding", "what it owes")):
            if member.table(sheet) is None:
                where = Cells(member.folder or member.portfolio.name)
                yield Said("SYS-005", where, f"the sheet {sheet} is not there, so that {what} is told by others alone")


# --- Balance sheets --------------------------------------------------------------------------------------------------


def _balances(
    members: Sequence[Member], exposures: csr_array[np.float64]
) -> tuple[FloatArray, FloatArray, FloatArray, list[Said]]:
    """Equity, external assets and external liabilities, and what is wrong with them."""
    claims, obligations = pairs.margins(exposures)
    own = np.array([member.in_system(member.equity) for member in members])
    total = np.array([member.in_system(member.total_assets) for member in members])
    assets = np.array([fsum(pair) for pair in zip(total, -claims, strict=True)])
    liabilities = np.array([fsum(three) for three in zip(total, -own, -obligations, strict=True)])
    said: list[Said] = []
    for n, member in enumerate(members):
        if own[n] <= 0:
            said.append(Said("SYS-009", _place(member, "equity"), f"the equity of {member.lei} is {money(own[n])}"))
        if assets[n] < 0:
            found = f"the claims of {member.lei} of {money(claims[n])} exceed its total assets of {money(total[n])}"
            said.append(Said("SYS-010", _place(member, "total_assets"), found))
        if liabilities[n] < 0:
            found = (
                f"the obligations of {member.lei} of {money(obligations[n])} exceed its total assets less equity of "
                f"{money(fsum((total[n], -own[n])))}"
            )
            said.append(Said("SYS-010", _place(member, "total_assets"), found))
    return own, assets, liabilities, said


def _place(member: Member, quantity: str) -> Cells:
    amount = member.equity if quantity == "equity" else member.total_assets
    return member.cells(amount.sources[0].at(None))


def _origins(members: Iterable[Member], currency: str) -> Origins:
    found: dict[str, dict[str, tuple[Source, ...]]] = {"equity": {}, "total_assets": {}, RATES: {}, CURRENCIES: {}}
    for member in members:
        found["equity"][member.lei] = _behind(member, member.equity.sources, currency)
        found["total_assets"][member.lei] = _behind(member, member.total_assets.sources, currency)
        found[RATES][member.lei] = rate_cells(member)
        found[CURRENCIES][member.lei] = currency_cells(member)
    return MappingProxyType({what: MappingProxyType(by_id) for what, by_id in found.items()})


def _behind(member: Member, sources: Iterable[Source], currency: str) -> tuple[Source, ...]:
    """The cells of an amount and of the rate that it was converted by."""
    own = tuple(
        Source(member.cells(s.cells), s.rows, s.role, s.note, s.keys, s.by, s.via) for s in sources
    )  # fmt: skip
    return own + behind_amount(member, currency)
