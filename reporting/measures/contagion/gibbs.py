"""Random networks of given margins: the Gibbs sampler of Gandy and Veraart (2016)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.forms import SparseForm, hub_network, sparse_form
from reporting.measures.contagion.margins import Margins
from reporting.measures.contagion.maximum_entropy import maximum_entropy
from reporting.measures.contagion.network import IntArray

_APART = 1e-12  # relative, by which margins are moved so that none coincide
_DUST = 1e-11  # of the smaller margin of a claim: what that leaves over, taken for zero
_LONGER = 0.5  # probability of a cycle of one more lender, against one less


@dataclass(frozen=True)
class Prior:
    """What is believed of a network before its margins are known, and how long the sampler runs.

    A claim exists with the link probability, independently of all others, and its amount is then exponential.

    link_probability  above 0, at most 1
    rate              of the exponential, per currency: one divided by the mean claim. None stands for the rate at which
                      the expected sum of all claims is the total of the margins
    burn_in           sweeps before the first sample; in a sweep each cell is drawn about once
    thinning          sweeps from one sample to the next
    """

    link_probability: float = 0.5
    rate: float | None = None
    burn_in: int = 500
    thinning: int = 20

    def __post_init__(self) -> None:
        if not 0.0 < self.link_probability <= 1.0:
            raise ValueError(f"link_probability is {self.link_probability}, must be above 0 and at most 1")
        if self.rate is not None and not 0.0 < self.rate < math.inf:
            raise ValueError(f"rate is {self.rate}, must be above 0 and finite")
        if self.burn_in < 0 or self.thinning < 1:
            raise ValueError(f"burn_in {self.burn_in} must be 0 or more, thinning {self.thinning} 1 or more")


def gibbs_samples(margins: Margins, samples: int, seed: int, prior: Prior) -> tuple[list[SparseForm], Prior]:
    """Networks from the posterior distribution given the margins, and the prior with the rate that was used.

    Each step draws anew, given everything else, how much is moved round a cycle of k lenders and k borrowers: added to
    and taken from its claims in turn, so that no margin changes. That amount has a truncated exponential distribution
    and atoms at both ends, where a claim becomes zero. With one rate for all claims the exponential is flat, as much is
    added as is taken: uniform between the ends, each atom with the weight of a length (1 - p) / (p rate).
    k is drawn anew for each step, from 2 to all, each with half the probability of the one before. Cycles of one step
    share no lender and no borrower. The chain begins at the maximum-entropy network.

    A cycle along which two claims would leave zero together stays as it is: such networks lie on a corner, which has
    all the weight on that line. For the same reason margins that happen to coincide, so that a part of the system could
    settle by itself, would hold the chain there for ever. They are taken as measured amounts, whose coincidences mean
    nothing: the chain moves each by a random 1e-12 of itself. The memory needed is that of a dense matrix.
    """
    pairs = _pairs(margins)
    if margins.hub is not None or not pairs:
        return [hub_network(margins, margins.hub or 0)] * samples, prior
    rate = prior.rate if prior.rate is not None else prior.link_probability * pairs / margins.total
    used = Prior(prior.link_probability, rate, prior.burn_in, prior.thinning)
    chain = _Chain(margins, (1.0 - used.link_probability) / (used.link_probability * rate), seed)
    chain.run(used.burn_in)
    found = []
    for _ in range(samples):
        chain.run(used.thinning)
        found.append(chain.network())
    return found, used


def _pairs(margins: Margins) -> int:
    lends, borrows = margins.claims > 0.0, margins.obligations > 0.0
    return int(lends.sum()) * int(borrows.sum()) - int((lends & borrows).sum())


class _Chain:
    """The network of one moment, over lenders and borrowers whose margin is not zero."""

    def __init__(self, margins: Margins, atom: float, seed: int) -> None:
        self._size, self._atom = margins.size, atom
        self._random = np.random.default_rng(seed)
        self._lenders, self._borrowers = np.flatnonzero(margins.claims), np.flatnonzero(margins.obligations)
        network, _ = maximum_entropy(margins)
        cells = np.ix_(self._lenders, self._borrowers)
        even = network.matrix()[cells]
        self._values: FloatArray = even * (1.0 + _APART * self._random.uniform(-1.0, 1.0, even.shape))
        self._dust = _DUST * np.minimum.outer(margins.claims[self._lenders], margins.obligations[self._borrowers])
        self._most = min(len(self._lenders), len(self._borrowers))
        weights = _LONGER ** np.arange(max(self._most - 1, 0))
        self._lengths = np.cumsum(weights) / weights.sum() if len(weights) else weights

    def run(self, sweeps: int) -> None:
        """Each cell is drawn about once in a sweep."""
        if self._most < 2:  # a single lender or borrower: nothing can be moved
            return
        steps = sweeps * math.ceil(max(self._values.shape) / 2)
        for length in 2 + np.searchsorted(self._lengths, self._random.random(steps), side="right"):
            self._step(int(length))

    def _step(self, length: int) -> None:
        rows, columns = self._cycles(length)
        if not len(rows):
            return
        after = np.roll(columns, -1, axis=1)
        more, less = self._values[rows, columns], self._values[rows, after]
        moved = self._moved(-more.min(axis=1), less.min(axis=1))
        corner = ((more == 0.0).sum(axis=1) > 1) | ((less == 0.0).sum(axis=1) > 1)
        moved[corner] = 0.0
        self._values[rows, columns] = more + moved[:, np.newaxis]
        self._values[rows, after] = less - moved[:, np.newaxis]

    def _cycles(self, length: int) -> tuple[IntArray, IntArray]:
        """Lenders and borrowers (cycles, length) of cycles that share none and avoid the diagonal."""
        count = self._most // length
        rows = self._random.permutation(len(self._lenders))[: count * length].reshape(count, length)
        columns = self._random.permutation(len(self._borrowers))[: count * length].reshape(count, length)
        lenders, borrowers = self._lenders[rows], self._borrowers[columns]
        allowed = ~((lenders == borrowers) | (lenders == np.roll(borrowers, -1, axis=1))).any(axis=1)
        return rows[allowed], columns[allowed]

    def _moved(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Uniform between low and high, or one of the two: each with the weight of the length of one atom."""
        width = high - low
        place = self._random.random(len(low)) * (width + 2.0 * self._atom) - self._atom
        inside = np.clip(low + place, low, high)
        return np.where(place <= 0.0, low, np.where(place >= width, high, inside))

    def network(self) -> SparseForm:
        """The network of this moment, by index of institution; what is only dust beside its margins is no claim."""
        rows, columns = np.nonzero(self._values > self._dust)
        return sparse_form(self._lenders[rows], self._borrowers[columns], self._values[rows, columns], self._size)
