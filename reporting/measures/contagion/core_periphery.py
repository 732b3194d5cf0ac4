"""A core that lends to all of itself and a periphery that does not (Craig and von Peter 2014)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.links import links_of
from reporting.measures.contagion.network import BoolArray, Matrix, frozen, times


@dataclass(frozen=True, eq=False)
class CorePeriphery:
    """The core, and where the network is not as the block model has it. Numbers of claims.

    core               (n,) bool, read-only
    missing_in_core    claims between two institutions of the core that do not exist
    within_periphery   claims between two institutions of the periphery
    missing_across     of each core institution that lends to no periphery institution, the size of the periphery; again
                       for each that borrows from none
    links              claims in the network
    """

    core: BoolArray
    missing_in_core: int
    within_periphery: int
    missing_across: int
    links: int

    @property
    def errors(self) -> int:
        """Number of errors of the three kinds: missing in the core, within the periphery, missing across."""
        return self.missing_in_core + self.within_periphery + self.missing_across

    @property
    def error_score(self) -> float:
        """Errors divided by claims; NaN, not available, in a network without claims."""
        return self.errors / self.links if self.links else float("nan")


def core_periphery(exposures: Any) -> CorePeriphery:
    """The core with the fewest errors that is found, by the block model of Craig and von Peter (2014, section 2).

    exposures  (n, n), dense or sparse; [i, j] is the claim of i on j. Only whether there is a claim counts

    In the model all institutions of the core lend to each other, none of the periphery do, and each of the core lends
    to and borrows from at least one of the periphery. Algorithm: institutions are ordered by number of counterparties,
    by lenders, by borrowers and by the lesser of the two; of each order the best leading part is taken, and
    institutions change sides one by one, always the one that lowers the errors most, until none does. The best of the
    four stands, the smaller core on a tie. No single change of side improves it; that no other core is better is not
    proven.
    """
    links = links_of(exposures)
    network = _Links(links, links.T.tocsr())
    lends, borrows = network.borrowers_of, network.lenders_of
    orders = (lends + borrows, np.minimum(lends, borrows), lends, borrows)
    cores = [_improved(network, _best_leading(network, order)) for order in orders]
    best = min(cores, key=lambda core: (_counts(network, core).errors, int(core.sum())))
    return _counts(network, best)


def core_errors(exposures: Any, core: Any) -> CorePeriphery:
    """The errors of a given core (n,) bool."""
    links = links_of(exposures)
    chosen = np.array(core, dtype=np.bool_)
    if chosen.shape != (links.shape[0],):
        raise ValueError(f"core has the shape {chosen.shape}, must be ({links.shape[0]},)")
    return _counts(_Links(links, links.T.tocsr()), chosen)


@dataclass(frozen=True, eq=False)
class _Links:
    """Ones where there is a claim: on borrowers by lender, on lenders by borrower."""

    out: Matrix
    into: Matrix

    @property
    def borrowers_of(self) -> FloatArray:
        """(n,) how many institutions each lends to."""
        return times(self.out, np.ones(self.out.shape[0]))

    @property
    def lenders_of(self) -> FloatArray:
        """(n,) how many institutions each borrows from."""
        return times(self.into, np.ones(self.out.shape[0]))


def _counts(network: _Links, core: BoolArray) -> CorePeriphery:
    inside = core.astype(np.float64)
    size, outside = int(core.sum()), int((~core).sum())
    lent = times(network.out, inside)
    in_core = int(inside @ lent)
    periphery_out, periphery_in = times(network.out, 1.0 - inside), times(network.into, 1.0 - inside)
    isolated = int((core & (periphery_out == 0.0)).sum() + (core & (periphery_in == 0.0)).sum())
    within = int((1.0 - inside) @ periphery_out)
    return CorePeriphery(
        frozen(core.copy()), size * (size - 1) - in_core, within, isolated * outside, int(network.out.nnz)
    )


def _best_leading(network: _Links, order: FloatArray) -> BoolArray:
    """The first k of the order, largest first, for the k with the fewest errors."""
    places = np.argsort(-order, kind="stable")
    rank = np.empty(len(places), dtype=np.int64)
    rank[places] = np.arange(len(places))
    errors = _errors_of_leading(network, rank)
    found: BoolArray = rank < int(np.argmin(errors))
    return found


def _errors_of_leading(network: _Links, rank: np.ndarray[Any, np.dtype[np.int64]]) -> FloatArray:
    """(n + 1,) the errors of the core of the first 0, 1, ... n."""
    size = len(rank)
    sizes = np.arange(size + 1.0)
    lenders, borrowers = network.out.nonzero()
    joined = np.maximum(rank[lenders], rank[borrowers])  # in the core once both are
    touched = np.minimum(rank[lenders], rank[borrowers])  # no longer within the periphery once one is
    in_core = np.concatenate([[0.0], np.cumsum(np.bincount(joined, minlength=size))])
    within = len(lenders) - np.concatenate([[0.0], np.cumsum(np.bincount(touched, minlength=size))])
    isolated = np.zeros(size + 1)
    for matrix in (network.out, network.into):
        last = np.zeros(size, dtype=np.int64)  # core size from which all its counterparties are in the core
        own, other = matrix.nonzero()
        np.maximum.at(last, own, rank[other] + 1)
        isolated += np.cumsum(np.bincount(np.maximum(last, rank + 1), minlength=size + 1))
    errors: FloatArray = sizes * (sizes - 1.0) - in_core + within + isolated * (size - sizes)
    return errors


def _improved(network: _Links, core: BoolArray) -> BoolArray:
    while True:
        change = _changes(network, core)
        node = int(np.argmin(change))
        if change[node] >= 0.0:
            return core
        core = core.copy()
        core[node] = not core[node]


def _changes(network: _Links, core: BoolArray) -> FloatArray:
    """(n,) by how much the errors change if one institution changes sides."""
    inside = core.astype(np.float64)
    size, outside = inside.sum(), (~core).sum()
    joining, leaving = np.zeros(len(core)), np.zeros(len(core))  # core institutions without periphery, afterwards
    with_core, within, isolated = np.zeros(len(core)), np.zeros(len(core)), 0.0
    for matrix, other in ((network.out, network.into), (network.into, network.out)):
        to_core, to_periphery = times(matrix, inside), times(matrix, 1.0 - inside)
        alone = core & (to_periphery == 0.0)
        isolated += float(alone.sum())
        joining += times(other, (core & (to_periphery == 1.0)).astype(np.float64)) + (to_periphery == 0.0)
        leaving -= times(other, alone.astype(np.float64)) + alone
        with_core = with_core + to_core
        within = within + to_periphery
    joins = 2.0 * size - with_core - within + (isolated + joining) * (outside - 1) - isolated * outside
    leaves = -2.0 * (size - 1.0) + with_core + within + (isolated + leaving) * (outside + 1) - isolated * outside
    found: FloatArray = np.where(core, leaves, joins)
    return found
