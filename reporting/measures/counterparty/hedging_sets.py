"""Hedging sets, and within them the positions that offset in full (BCBS CRE52.45-52.47; CRR Art. 277a)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import BLANK, Codes
from reporting.measures.counterparty.netting import Netting
from reporting.measures.counterparty.standard import ASSET_CLASSES, BY_ENTITY, IR, Standard
from reporting.measures.counterparty.sums import grouped
from reporting.measures.counterparty.trades import Trades

KINDS = ("plain", "volatility", "basis")
BUCKETS = ("1", "2", "3")


@dataclass(frozen=True)
class Names:
    """What the codes of positions stand for: hedging sets, basis pairs, and buckets or entities."""

    hedging_sets: tuple[str, ...]
    pairs: tuple[str, ...]
    members: tuple[str, ...]

    def sizes(self, netted: int, standard: Standard) -> tuple[int, ...]:
        """Number of different codes in each column of positions but the last, BLANK included.

        netted   number of sub-sets or units
        """
        table = len(standard.sub_classes.names)
        found = (
            netted,
            len(ASSET_CLASSES),
            len(self.hedging_sets),
            len(self.pairs) + len(KINDS),
            table,
            len(self.members),
        )
        return tuple(size + 1 for size in found)


@dataclass(frozen=True)
class Positions:
    """The g positions: trades of one sub-set, hedging set, sub-class and maturity bucket or reference entity.

    netted       (g,) the sub-set, or the unit, within which they net
    asset_class  (g,) place in ASSET_CLASSES; sub_class (g,) row in the table of sub-classes
    label        (g,) code of the hedging set's name; special (g,) 0 plain, 1 volatility, from 2 on the basis pair
    member       (g,) code of bucket or entity; BLANK where the hedging set has one position only
    hedging_set  (g,) number of the hedging set, ascending
    """

    netted: Codes
    asset_class: Codes
    label: Codes
    special: Codes
    sub_class: Codes
    member: Codes
    hedging_set: Codes

    @property
    def count(self) -> int:
        """The number g of positions."""
        return len(self.netted)

    @property
    def first(self) -> Codes:
        """(h,) the first position of each hedging set."""
        return np.flatnonzero(np.diff(self.hedging_set, prepend=-1))

    @property
    def kind(self) -> Codes:
        """(g,) place in KINDS."""
        return np.minimum(self.special, len(KINDS) - 1)


def positions_of(trades: Trades, netting: Netting, standard: Standard) -> tuple[Positions, Codes, Names]:
    """Positions within sub-sets, the position of each trade (n,), and names. Those of a hedging set stand together.

    Basis trades have a hedging set for each pair of risk factors, within that of their currency or category; volatility
    trades follow the ordinary construction (CRE52.46, 52.47).
    """
    table = standard.sub_classes
    names = Names(
        hedging_sets=tuple(sorted({*trades.hedging_set.names, *table.hedging_sets} - {""})),
        pairs=trades.pair.names,
        members=(*BUCKETS, *trades.entity.names),
    )
    by_rule = np.array([names.hedging_sets.index(name) if name else BLANK for name in table.hedging_sets])
    ruled = by_rule[trades.sub_class]
    label = np.where(ruled == BLANK, trades.hedging_set.as_in(names.hedging_sets), ruled)
    columns = (
        netting.sub_set,
        trades.asset_class,
        label,
        _specials(trades),
        trades.sub_class,
        _members(trades, standard),
    )
    positions, of_trade = _merged(columns, names.sizes(netting.sub_sets, standard))
    return positions, of_trade, names


def merged(positions: Positions, names: Names, netting: Netting, standard: Standard) -> tuple[Positions, Codes]:
    """The positions when the sub-sets of each unit net with each other, and where each position (g,) has gone."""
    if netting.sub_sets == netting.units:  # each unit has one sub-set, with the same number
        return positions, np.arange(positions.count)
    p = positions
    columns = (netting.sub_set_unit[p.netted], p.asset_class, p.label, p.special, p.sub_class, p.member)
    return _merged(columns, names.sizes(netting.units, standard))


def maturity_buckets(end: FloatArray, standard: Standard) -> Codes:
    """(n,) 0, 1, 2 by the end of the period that the rate refers to, not by the maturity (CRE52.57(3))."""
    first, second = (standard.value("sa_ccr_maturity_buckets")[bucket] for bucket in BUCKETS[:2])
    beyond = end > first if standard.value("sa_ccr_first_bucket_has_its_end") else end >= first
    bucket: Codes = beyond.astype(np.int64) + (end > second)
    return bucket


def _specials(trades: Trades) -> Codes:
    """(n,) 0 plain, 1 volatility, from 2 on the basis pair."""
    volatility, basis = trades.special.equal("volatility"), trades.special.equal("basis")
    return np.where(basis, trades.pair.codes + KINDS.index("basis"), volatility)


def _members(trades: Trades, standard: Standard) -> Codes:
    """(n,) maturity bucket of interest rates, entity or commodity type, else BLANK."""
    entity = np.where(trades.of_class(*BY_ENTITY), trades.entity.codes + len(BUCKETS), BLANK)
    return np.where(trades.of_class(IR), maturity_buckets(trades.end, standard), entity)


def _merged(columns: Sequence[Codes], sizes: Sequence[int]) -> tuple[Positions, Codes]:
    """Rows with the same codes become one position, sorted by them; and the position of each row."""
    group, row = grouped([*zip(columns, sizes, strict=True)])
    netted, asset_class, label, special, sub_class, member = (column[row] for column in columns)
    hedging_set = _numbered((netted, asset_class, label, special))
    return Positions(netted, asset_class, label, special, sub_class, member, hedging_set), group


def _numbered(columns: Sequence[Codes]) -> Codes:
    """(g,) numbers of the hedging sets of sorted positions: a new one wherever a column changes."""
    begins = np.zeros(len(columns[0]), dtype=np.bool_)
    for column in columns:
        begins[1:] |= column[1:] != column[:-1]
    return np.cumsum(begins)
