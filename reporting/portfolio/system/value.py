"""The network of institutions at one date: a frozen value with arrays for solvers and rows for whoever asks why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from reporting.figures import Source
from reporting.intake.tables import InputFile
from reporting.origin import Cells
from reporting.portfolio.system.rows import sources_of
from reporting.problems import Breach, Problem

FloatArray = npt.NDArray[np.float64]
Rule = Literal["lender", "borrower", "larger"]


@dataclass(frozen=True, eq=False)
class System:
    """Institutions and what they owe each other, in single units of one currency. Arrays are read-only.

    leis                  (n,) identifiers of the nodes, ascending: LEIs, or the node ids of an edge list
    names, kinds          (n,) as reported; "" where an edge list has none
    reference_date        None where an edge list came without one
    currency              of all amounts
    rule                  whose figure counts where two sides differ: the lender's, the borrower's, or the larger one.
                          An edge list has one side only
    exposures             (n, n) sparse; [i, j] is the claim of i on j, 0 or more; diagonal zero
    equity                (n,) of a fund its net asset value, otherwise Common Equity Tier 1; may be negative
    external_assets       (n,) total assets less claims on other nodes
    external_liabilities  (n,) total assets less equity and less obligations to other nodes
    claims                one row for each reported row between nodes: lender, borrower, amount in `currency`, side
                          (who reports it: lender, borrower, edge, further), used (whether it is part of `exposures`),
                          instrument, maturity, rank, runnable_share, secured, currency and stated (the amount as
                          reported, in single units of that currency), and its cell (file, sheet, column, row)
    external              the same for rows whose lender or borrower is no node; `outsider` is its name
    origins               equity | total_assets | external_assets | external_liabilities -> id -> the cells behind it;
                          rates | currencies -> id -> the cells that convert its claims (`system/conversion.py`)
    left_out              submissions that are no nodes, by name, with the reason: only where `partial` was asked for
    files                 name of each submission, and of what else stands beside them -> files as they were read
    breaches              everything that was found wrong, with the submissions and with the system
    """

    leis: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    reference_date: date | None
    currency: str
    rule: Rule
    exposures: csr_array[np.float64]
    equity: FloatArray
    external_assets: FloatArray
    external_liabilities: FloatArray
    claims: pd.DataFrame
    external: pd.DataFrame
    origins: Mapping[str, Mapping[str, tuple[Source, ...]]]
    left_out: Mapping[str, str]
    files: Mapping[str, tuple[InputFile, ...]]
    breaches: tuple[Breach, ...]

    def __post_init__(self) -> None:
        arrays = (self.equity, self.external_assets, self.external_liabilities)
        for array in (*arrays, self.exposures.data, self.exposures.indices, self.exposures.indptr):
            array.flags.writeable = False

    @cached_property
    def liabilities(self) -> csr_array[np.float64]:
        """(n, n) sparse, read-only; [i, j] is what i owes j: the exposures transposed."""
        owed = csr_array(self.exposures.T)
        for array in (owed.data, owed.indices, owed.indptr):
            array.flags.writeable = False
        return owed

    @cached_property
    def nodes(self) -> pd.DataFrame:
        """One row a node, indexed by its identifier and in the order of the arrays."""
        return pd.DataFrame(
            {
                "name": self.names,
                "kind": self.kinds,
                "equity": self.equity,
                "external_assets": self.external_assets,
                "external_liabilities": self.external_liabilities,
                "claims": np.asarray(self.exposures.sum(axis=1)),
                "obligations": np.asarray(self.exposures.sum(axis=0)),
            },
            index=pd.Index(self.leis, name="lei"),
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The listed problems of all breaches."""
        return tuple(problem for breach in self.breaches for problem in breach.problems)

    def sources(self, lender: str | None = None, borrower: str | None = None) -> tuple[Source, ...]:
        """The cells behind the entries of `exposures` of one lender, of one borrower, of the pair, or of all."""
        rows = self.claims[self.claims["used"]]
        if lender is not None:
            rows = rows[rows["lender"] == lender]
        if borrower is not None:
            rows = rows[rows["borrower"] == borrower]
        return sources_of(rows)

    def cells(self, lender: str, borrower: str) -> tuple[Cells, ...]:
        """The cells that make up what `borrower` owes `lender`; none where it owes nothing."""
        return tuple(source.at(None) for source in self.sources(lender, borrower))
