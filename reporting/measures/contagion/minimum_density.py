"""The network of given margins with the fewest claims (Anand, Craig and von Peter 2015)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.balanced_parts import Part, most_parts
from reporting.measures.contagion.forms import SparseForm, hub_network, sparse_form
from reporting.measures.contagion.margins import TOLERANCE, Margins
from reporting.measures.contagion.sparse_matching import matched
from reporting.measures.contagion.whole_units import Link, WholeMargins, balanced, whole_margins


@dataclass(frozen=True, eq=False)
class MinimumDensity:
    """A network with few claims.

    lower_bound   no network with these margins has fewer claims
    proven        whether the network has no more claims than that
    """

    network: SparseForm
    lower_bound: int
    proven: bool


def minimum_density(margins: Margins) -> MinimumDensity:
    """The fewest claims: exactly for up to 30 lenders and borrowers (15 institutions), by heuristic above.

    Exact: lenders and borrowers are split into the most parts that can settle by themselves; the fewest claims are
    lenders + borrowers - parts. Where more than 2,000 parts balance, as when many margins are equal, the heuristic
    stands.
    Heuristic: equal margins are matched, then the largest with the largest. It never has more claims than a vertex of
    the transport problem, lenders + borrowers - 1. Its lower bound counts the counterparties that each institution
    needs at least (see `fewest_links`); where it meets the bound, it is proven.
    """
    if margins.hub is not None or margins.total == 0.0:
        network = hub_network(margins, margins.hub or 0)
        return MinimumDensity(network, network.links, proven=True)
    whole = whole_margins(margins)
    found, bound = whole.without_dust(matched(whole)), fewest_links(margins)
    if bound < len(found) and (parts := most_parts(whole)) is not None:
        found = {link: amount for part in parts for link, amount in matched(_restricted(whole, part)).items()}
        bound = len(found)
    return MinimumDensity(_network(found, whole), bound, proven=bound == len(found))


def fewest_links(margins: Margins) -> int:
    """No network with these margins has fewer claims.

    Each lender needs so many borrowers that the largest obligations of the others cover its claims; the sum over
    lenders is a lower bound, and so is the sum over borrowers.
    """
    return max(_needed(margins.claims, margins.obligations), _needed(margins.obligations, margins.claims))


def _needed(own: FloatArray, others: FloatArray) -> int:
    order = np.argsort(-others, kind="stable")
    place = np.argsort(order, kind="stable")
    covered = np.cumsum(others[order])
    wanted = own * (1.0 - TOLERANCE)  # the sums are rounded
    count = np.searchsorted(covered, wanted) + 1
    beside_own = np.searchsorted(covered, wanted + others)  # where its own margin is among the largest, and not counted
    needed = np.where(count > place, beside_own, count)
    return int(needed[own > 0.0].clip(1, len(own) - 1).sum())


def _restricted(whole: WholeMargins, part: Part) -> WholeMargins:
    return balanced(
        [amount if i in part.lenders else 0 for i, amount in enumerate(whole.claims)],
        [amount if j in part.borrowers else 0 for j, amount in enumerate(whole.obligations)],
        whole.units,
    )


def _network(amounts: Mapping[Link, int], whole: WholeMargins) -> SparseForm:
    links = sorted(amounts)
    values = [amounts[link] / whole.units for link in links]
    return sparse_form([i for i, _ in links], [j for _, j in links], values, len(whole.claims))
