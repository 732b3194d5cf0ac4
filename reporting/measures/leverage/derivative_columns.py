"""What the tables of derivatives share: their columns, and the names by which their rows are joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reporting.measures.arrays import table_of
from reporting.measures.counterparty import CounterpartyExposure

BY_ENTITY = ("credit", "equity", "commodity")
# What a netting set is computed by; the workbook follows these two.
MARGINED, UNMARGINED = "margined", "unmargined"


@dataclass(frozen=True)
class Columns:
    """The key of a table, and its columns: texts before numbers."""

    key: str
    texts: tuple[str, ...]
    numbers: tuple[str, ...]

    def empty(self) -> pd.DataFrame:
        """The table without rows."""
        return table_of(self.key, {}, self.texts, self.numbers)

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """These columns of a table by its key: texts as objects and blank as None, as any other table is read."""
        plain = {name: table[name].astype(object).where(table[name].notna(), None) for name in self.texts}
        return table.assign(**plain)[[*self.texts, *self.numbers]].astype(dict.fromkeys(self.numbers, np.float64))


@dataclass(frozen=True)
class Basis:
    """Columns that a table has twice: as the netting set is margined or not, and if it were not margined."""

    hedging_set_id: str
    entity_id: str
    effective_notional: str


AS_IT_IS = Basis("hedging_set_id", "entity_id", "effective_notional")
IF_UNMARGINED = Basis("unmargined_hedging_set_id", "unmargined_entity_id", "effective_notional_unmargined")


def yes_or_no(flags: pd.Series) -> Any:
    """(n,) yes where the flag is true; no where it is false or blank."""
    return np.where(flags.eq(True).fillna(False), "yes", "no")


def agreement_names(sets: pd.DataFrame) -> Any:
    """(s,) names of the rows of the netting sets: netting set and margin agreement."""
    return joined(sets, ["netting_set_id", "margin_agreement_id"])


def hedging_set_ids(of: CounterpartyExposure) -> Any:
    """(h,) names of the hedging sets: all that tells one from another."""
    days = of.hedging_sets["margin_period_days"]
    periods = days.map(lambda period: f"{period:g} days", na_action="ignore")
    names = ["netting_set_id", "asset_class", "hedging_set", "kind", "basis_pair", "margin_period", "trade_id"]
    return joined(of.hedging_sets.assign(margin_period=periods), names)


def entity_ids(of: CounterpartyExposure) -> Any:
    """(p,) names of the positions: hedging set, sub-class and entity; None for classes without entities."""
    table = of.positions.assign(hedging_set_id=hedging_set_ids(of)[of.positions["hedging_set_row"].to_numpy()])
    names = joined(table, ["hedging_set_id", "sub_class", "member"])
    return np.where(table["asset_class"].isin(BY_ENTITY), names, None)


def joined(table: pd.DataFrame, names: list[str]) -> Any:
    """(n,) a name for each row, from those of the columns that are not blank."""
    texts = table[names].astype(object).where(table[names].notna(), "")
    return np.array([" | ".join(str(part) for part in row if part != "") for row in texts.to_numpy()], dtype=object)
