"""Networks from what is known of each institution only in total: its claims and its obligations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy.typing as npt

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.forms import Form, margin_residual
from reporting.measures.contagion.gibbs import Prior, gibbs_samples
from reporting.measures.contagion.margins import TOLERANCE, Margins, checked_margins
from reporting.measures.contagion.maximum_entropy import maximum_entropy
from reporting.measures.contagion.minimum_density import minimum_density
from reporting.measures.contagion.network import Matrix

METHODS = ("ras", "minimum_density", "gibbs")


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Networks with given margins; in each, exposures[i, j] is the claim of i on j, currency, and the diagonal is zero.

    method       "ras", "minimum_density" or "gibbs"
    margins      as used: `claims` and `obligations` (n,), which add up to the same
    networks     one, or one for each sample; each has row(i), matvec(x), rmatvec(x), links, matrix() and exposures()
    residual     largest difference of a margin of any network from what was asked, relative to it
    converged    whether that is at most 1e-9
    iterations   of the solver; zero where there is none
    lower_bound  minimum density: no network with these margins has fewer claims
    proven       minimum density: whether the network has no more claims than that; None for other methods
    prior, seed  Gibbs: what the samples were drawn with, rate and number of chains in figures
    drift        Gibbs: how far the number of claims still moved in the second half of the burn-in, in standard errors
                 over the chains; beyond 3 or so the burn-in was too short. NaN for fewer than 10 chains
    """

    method: str
    margins: Margins
    networks: tuple[Form, ...]
    residual: float
    converged: bool
    iterations: int = 0
    lower_bound: int | None = None
    proven: bool | None = None
    prior: Prior | None = None
    seed: int | None = None
    drift: float | None = None

    @property
    def network(self) -> Form:
        """The only network; ValueError if there are several."""
        if len(self.networks) != 1:
            raise ValueError(f"there are {len(self.networks)} networks: name one of `networks`")
        return self.networks[0]

    def matrix(self) -> FloatArray:
        """(n, n) the only network, dense; refused above 5,000 institutions."""
        return self.network.matrix()

    def matvec(self, x: FloatArray) -> FloatArray:
        """Product exposures @ x of the only network, for x (n,) or (n, m)."""
        return self.network.matvec(x)

    def row(self, i: int) -> FloatArray:
        """(n,) the claims of i in the only network."""
        return self.network.row(i)

    def __iter__(self) -> Iterator[FloatArray | Matrix]:
        """The exposures of one network after the other, as the solvers take them."""
        return (network.exposures() for network in self.networks)

    def __len__(self) -> int:
        return len(self.networks)


def reconstruct(
    claims: npt.ArrayLike,
    obligations: npt.ArrayLike,
    *,
    method: str = "ras",
    samples: int | None = None,
    seed: int | None = None,
    prior: Prior | None = None,
) -> Reconstruction:
    """Networks of exposures with zero diagonal, whose row sums are `claims` and column sums `obligations`.

    claims       (n,), currency, not negative: what each institution is owed by all others
    obligations  (n,), currency, not negative: what it owes to all others; the totals agree to 1e-9
    method       "ras": the most even network (Upper and Worms 2004), which understates contagion, in O(n) memory;
                 "minimum_density": the fewest claims (Anand, Craig and von Peter 2015), which overstates it;
                 "gibbs": random networks (Gandy and Veraart 2016), dense while they are drawn
    samples      number of networks, for "gibbs" only, one by default
    seed         for "gibbs" only, and needed there
    prior        for "gibbs" only

    Raises InfeasibleMargins, which names the institution and by how much, if no network has these margins: feasibility
    is tested first. ValueError for other unusable input and for arguments that the method does not take.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}, must be one of {', '.join(METHODS)}")
    margins = checked_margins(claims, obligations)
    if method == "gibbs":
        return _gibbs(margins, 1 if samples is None else samples, seed, prior or Prior())
    if samples is not None or seed is not None or prior is not None:
        raise ValueError(f"samples, seed and prior belong to the method 'gibbs'; {method!r} gives one network")
    return _ras(margins) if method == "ras" else _minimum_density(margins)


def _ras(margins: Margins) -> Reconstruction:
    network, iterations = maximum_entropy(margins)
    return Reconstruction("ras", margins, (network,), *_checked(margins, network), iterations=iterations)


def _minimum_density(margins: Margins) -> Reconstruction:
    found = minimum_density(margins)
    return Reconstruction(
        "minimum_density",
        margins,
        (found.network,),
        *_checked(margins, found.network),
        lower_bound=found.lower_bound,
        proven=found.proven,
    )


def _gibbs(margins: Margins, samples: int, seed: int | None, prior: Prior) -> Reconstruction:
    if seed is None:
        raise ValueError("the method 'gibbs' needs a seed, so that its samples can be drawn again")
    if samples < 1:
        raise ValueError(f"samples is {samples}, must be 1 or more")
    found = gibbs_samples(margins, samples, seed, prior)
    residual = _checked(margins, *found.networks)
    return Reconstruction("gibbs", margins, found.networks, *residual, prior=found.prior, seed=seed, drift=found.drift)


def _checked(margins: Margins, *networks: Form) -> tuple[float, bool]:
    residual = max(margin_residual(network, margins) for network in networks)
    return residual, residual <= TOLERANCE
