"""Random networks of given margins: the Gibbs sampler of Gandy and Veraart (2016)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.forms import SparseForm, hub_network, sparse_form
from reporting.measures.contagion.margins import Margins
from reporting.measures.contagion.maximum_entropy import maximum_entropy
from reporting.measures.contagion.network import IntArray

_APART = 1e-12  # relative, by which margins are moved so that none coincide
_DUST = 1e-11  # of the smaller margin of a claim: what that leaves over, taken for zero
_LONGER = 0.5  # probability of a cycle of one more lender, against one less
_FEWEST = 10  # chains from which a drift can be told
_CELLS = 4_000_000  # of all chains together, about: there are fewer chains in a large system


@dataclass(frozen=True)
class Prior:
    """What is believed of a network before its margins are known, and how long the sampler runs.

    A claim exists with the link probability, independently of all others, and its amount is then exponential.

    link_probability  above 0, at most 1
    rate              of the exponential, per currency: one divided by the mean claim. None stands for the rate at which
                      the expected sum of all claims is the total of the margins
    burn_in           sweeps before the first sample; in a sweep each cell is drawn about once
    thinning          sweeps from one sample of a chain to its next
    chains            that run beside each other at most, each on its own; as many as there are samples are enough
    """

    link_probability: float = 0.5
    rate: float | None = None
    burn_in: int = 4_000
    thinning: int = 300
    chains: int = 100

    def __post_init__(self) -> None:
        if not 0.0 < self.link_probability <= 1.0:
            raise ValueError(f"link_probability is {self.link_probability}, must be above 0 and at most 1")
        if self.rate is not None and not 0.0 < self.rate < math.inf:
            raise ValueError(f"rate is {self.rate}, must be above 0 and finite")
        if self.burn_in < 0 or self.thinning < 1 or self.chains < 1:
            said = (
                f"burn_in {self.burn_in} must be 0 or more, thinning {self.thinning} and chains {self.chains} 1 or more"
            )
            raise ValueError(said)


@dataclass(frozen=True)
class Sampled:
    """Random networks, and whether the chains had forgotten where they began.

    networks   one for each sample
    prior      with the rate and the number of chains that were used
    drift      mean number of claims at the end of the burn-in less that half-way, over the chains, divided by its
               standard error: beyond 3 or so either way the burn-in was too short. NaN for fewer than 10 chains
    """

    networks: tuple[SparseForm, ...]
    prior: Prior
    drift: float


def gibbs_samples(margins: Margins, samples: int, seed: int, prior: Prior) -> Sampled:
    """Networks from the posterior distribution given the margins.

    Each step draws anew, given everything else, how much is moved round a cycle of k lenders and k borrowers: added to
    and taken from its claims in turn, so that no margin changes. That amount has a truncated exponential distribution
    and atoms at both ends, where a claim becomes zero. With one rate for all claims the exponential is flat, as much is
    added as is taken: uniform between the ends, each atom with the weight of a length (1 - p) / (p rate).
    k is drawn anew for each step, from 2 to all, each with half the probability of the one before. Cycles of one step
    share no lender and no borrower. Chains run beside each other, over the same cycles but with amounts of their own;
    each begins at the maximum-entropy network, which has too many claims, and gives its share of the samples.

    A cycle along which two claims would leave zero together stays as it is: such networks lie on a corner, which has
    all the weight on that line. For the same reason margins that happen to coincide, so that a part of the system could
    settle by itself, would hold the chain there for ever. They are taken as measured amounts, whose coincidences mean
    nothing: a chain moves each by a random 1e-12 of itself. The memory needed is that of a dense matrix for each chain.
    """
    pairs = _pairs(margins)
    if margins.hub is not None or not pairs:
        return Sampled((hub_network(margins, margins.hub or 0),) * samples, prior, math.nan)
    rate = prior.rate if prior.rate is not None else prior.link_probability * pairs / margins.total
    beside = max(1, min(prior.chains, samples, _CELLS // margins.size**2))
    used = replace(prior, rate=rate, chains=beside)
    chains = _Chains(margins, (1.0 - used.link_probability) / (used.link_probability * rate), seed, beside)
    chains.run(used.burn_in // 2)
    half_way = chains.claims()
    chains.run(used.burn_in - used.burn_in // 2)
    drift = _drift(half_way, chains.claims())
    found: list[SparseForm] = []
    while len(found) < samples:
        chains.run(used.thinning)
        found += chains.networks()
    return Sampled(tuple(found[:samples]), used, drift)


def _drift(half_way: FloatArray, end: FloatArray) -> float:
    if len(end) < _FEWEST:
        return math.nan
    moved = end - half_way
    error = moved.std(ddof=1) / math.sqrt(len(moved))
    return float(moved.mean() / error) if error > 0 else 0.0


def _pairs(margins: Margins) -> int:
    lends, borrows = margins.claims > 0.0, margins.obligations > 0.0
    return int(lends.sum()) * int(borrows.sum()) - int((lends & borrows).sum())


class _Chains:
    """The networks of one moment, over lenders and borrowers whose margin is not zero.

    `_values` is (lenders x borrowers, chains): the chains of a cell lie beside each other, and a step takes whole rows.
    """

    def __init__(self, margins: Margins, atom: float, seed: int, chains: int) -> None:
        self._size, self._atom = margins.size, atom
        self._random = np.random.default_rng(seed)
        self._lenders, self._borrowers = np.flatnonzero(margins.claims), np.flatnonzero(margins.obligations)
        network, _ = maximum_entropy(margins)
        even = network.matrix()[np.ix_(self._lenders, self._borrowers)].reshape(-1, 1)
        self._values: FloatArray = even * (1.0 + _APART * self._random.uniform(-1.0, 1.0, (len(even), chains)))
        dust = _DUST * np.minimum.outer(margins.claims[self._lenders], margins.obligations[self._borrowers])
        self._dust: FloatArray = dust.reshape(-1, 1)
        self._most = min(len(self._lenders), len(self._borrowers))
        weights = _LONGER ** np.arange(max(self._most - 1, 0))
        self._lengths = np.cumsum(weights) / weights.sum() if len(weights) else weights

    def run(self, sweeps: int) -> None:
        """Each cell is drawn about once in a sweep."""
        if self._most < 2:  # a single lender or borrower: nothing can be moved
            return
        steps = sweeps * math.ceil(max(len(self._lenders), len(self._borrowers)) / 2)
        for length in 2 + np.searchsorted(self._lengths, self._random.random(steps), side="right"):
            self._step(int(length))

    def _step(self, length: int) -> None:
        added, taken = self._cycles(length)
        if not len(added):
            return
        more, less = self._values[added], self._values[taken]
        moved = self._moved(-more.min(axis=1), less.min(axis=1))
        corner = ((more == 0.0).sum(axis=1) > 1) | ((less == 0.0).sum(axis=1) > 1)
        moved[corner] = 0.0
        self._values[added] = more + moved[:, np.newaxis]
        self._values[taken] = less - moved[:, np.newaxis]

    def _cycles(self, length: int) -> tuple[IntArray, IntArray]:
        """Cells (cycles, length) to which is added and from which is taken, of cycles that share no lender, no
        borrower and avoid the diagonal.
        """
        count = self._most // length
        rows = self._random.permutation(len(self._lenders))[: count * length].reshape(count, length)
        columns = self._random.permutation(len(self._borrowers))[: count * length].reshape(count, length)
        after = np.concatenate([columns[:, 1:], columns[:, :1]], axis=1)
        lenders = self._lenders[rows]
        to_itself = (lenders == self._borrowers[columns]) | (lenders == self._borrowers[after])
        allowed = ~to_itself.any(axis=1)
        first = rows[allowed] * len(self._borrowers)
        return first + columns[allowed], first + after[allowed]

    def _moved(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Uniform between low and high, or one of the two: each with the weight of the length of one atom."""
        width = high - low
        place = self._random.random(low.shape) * (width + 2.0 * self._atom) - self._atom
        inside = np.clip(low + place, low, high)
        return np.where(place <= 0.0, low, np.where(place >= width, high, inside))

    def networks(self) -> Iterator[SparseForm]:
        """The networks of this moment, by index of institution; what is only dust beside its margins is no claim."""
        for values, is_claim in zip(self._values.T, (self._values > self._dust).T, strict=True):
            rows, columns = np.divmod(np.flatnonzero(is_claim), len(self._borrowers))
            yield sparse_form(self._lenders[rows], self._borrowers[columns], values[is_claim], self._size)

    def claims(self) -> FloatArray:
        """(chains,) number of claims in each network."""
        return np.asarray((self._values > self._dust).sum(axis=0), dtype=np.float64)
