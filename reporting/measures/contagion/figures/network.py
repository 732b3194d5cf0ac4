"""The reported claims and balance sheets as a network that the solvers take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.network import Matrix, frozen
from reporting.measures.measure import measure, step
from reporting.portfolio.system import pairs

OWN = "own calculation"
_TEXTS = ("pair", "lender", "borrower", "used", "side", "instrument", "maturity", "currency")


@dataclass(frozen=True, eq=False)
class Network:
    """Institutions in the order of their identifiers, and their claims on each other, in single currency units.

    exposures             (n, n) sparse; [i, j] is the claim of i on j
    equity, external_assets, external_liabilities   (n,), read-only
    """

    leis: tuple[str, ...]
    names: tuple[str, ...]
    exposures: Matrix
    equity: FloatArray
    external_assets: FloatArray
    external_liabilities: FloatArray

    @property
    def size(self) -> int:
        """Number of institutions."""
        return len(self.leis)

    @cached_property
    def liabilities(self) -> Matrix:
        """(n, n) sparse; [i, j] is what i owes j."""
        found: Matrix = self.exposures.T.tocsr()
        return found

    @cached_property
    def claims(self) -> FloatArray:
        """(n,) what each is owed by the others; exact sums."""
        return pairs.margins(self.exposures)[0]

    @cached_property
    def obligations(self) -> FloatArray:
        """(n,) what each owes the others; exact sums."""
        return pairs.margins(self.exposures)[1]

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Identifier -> position."""
        return {lei: n for n, lei in enumerate(self.leis)}

    @property
    def without_equity(self) -> str:
        """Why nothing can be given as a share of all positive equity; "" where it can."""
        return "" if (self.equity > 0).any() else "no institution has equity above zero"

    @property
    def unusable(self) -> str:
        """Why the network cannot be cleared; "" where it can."""
        for what, amounts in (("assets", self.external_assets), ("liabilities", self.external_liabilities)):
            if (amounts < 0).any():
                who = self.leis[int(np.argmin(amounts))]
                return f"external {what} of {who} are negative: its balance sheet and its claims do not fit (SYS-010)"
        return ""


@measure(unit="money", reference=OWN, label="Reported claims between institutions", key="cell")
def claims(reported_claims: pd.DataFrame) -> pd.DataFrame:
    """Each reported claim and obligation between two institutions; those of the side whose figure counts are used."""
    table = reported_claims.copy()
    return table.astype(dict.fromkeys(_TEXTS, object))


@measure(unit="money", reference=OWN, label="Institutions", key="lei")
def institutions(reported_institutions: pd.DataFrame) -> pd.DataFrame:
    """External assets = total assets - claims; external liabilities = total assets - equity - obligations.

    Claims and obligations are those between institutions of the system; an edge list states external amounts itself.
    """
    return reported_institutions.astype({"name": object, "kind": object})


@step
def network(claims: pd.DataFrame, institutions: pd.DataFrame) -> Network | Unavailable:
    """The used claims as a matrix."""
    leis = tuple(map(str, institutions.index))
    used = claims[claims["used"] == "yes"]
    exposures = pairs.matrix(pairs.sums(used, leis), len(leis))
    if not exposures.nnz:
        return Unavailable("no institution of the system reports a claim on another")
    own, assets, liabilities = (
        frozen(institutions[name].to_numpy(dtype=np.float64).copy())
        for name in ("equity", "external_assets", "external_liabilities")
    )
    names = tuple(name or lei for lei, name in zip(leis, institutions["name"], strict=True))
    return Network(leis, names, exposures, own, assets, liabilities)


MEASURES = (claims, institutions, network)
