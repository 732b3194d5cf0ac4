"""What a solver says about its own result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Certificate:
    """How far a result may be from the exact solution of its model. Nothing is returned without one.

    method        `iteration` (monotone, stopped on the error bound), `active sets` (exact linear solutions on sets that
                  only grow) or `sets` (a threshold map: the set itself is exact)
    which         `greatest` or `least` solution, or `path` where the model is a sequence of steps and not an equation
    iterations    matrix-vector products
    rounds        rounds in which an institution was added to the set of defaults; for DebtRank, time steps
    residual      largest change by one more application of the map, relative to the scale of each institution (its
                  obligations, its equity)
    error_bound   on the distance to the exact solution for these sets of defaults, on the same scale, with rounding:
                  step x rate / (1 - rate), or a bracket. None where the result is a set, or no bound was found
    contraction   the rate in that bound: an upper bound, by application, on the set where no cap binds. None if unused
    converged     False: the figures are not the solution; report them as a fault
    unique        True where theory says that the equation has this one solution, so that the greatest is the least;
                  None where it says nothing, or was not asked
    """

    method: str
    which: str
    iterations: int
    rounds: int
    residual: float
    error_bound: float | None
    contraction: float | None
    converged: bool
    unique: bool | None = None
