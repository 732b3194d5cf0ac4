"""How far losses can travel along paths of exposures: measures of Silva, Souza and Tabak (2015)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import expm

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.network import BoolArray, as_claims, as_vector, frozen


@dataclass(frozen=True, eq=False)
class Impact:
    """Measures on V, V[i, j] = min(1, exposures[j, i] / equity[j]): what the default of i takes from the equity of j.

    C is exp(V) without its diagonal, the weighted sum over all paths. Pure numbers, arrays (n,), read-only.

    criticality             sum of row i of V: what the default of i takes directly from all others
    vulnerability           sum of column j of V: what the defaults of all others would take directly from j
    susceptibility          sum of column j of C over that of V; above 1, j is vulnerable to institutions that it has no
                            claims on; zero if it has no claims
    fluidity                mean susceptibility
    diffusion_start         sum of row i of C over that of V: paths that begin at i; zero if nobody has claims on it
    diffusion_intermediate  sum of the rows j other than i of C - C', over the sum of row i of V, where C' is C when i
                            passes on nothing: paths that lead through i
    diffusion               both together
    without_equity          (n,) bool; equity of zero or less, where any claim counts as 1, the limit for small equity
    """

    criticality: FloatArray
    vulnerability: FloatArray
    susceptibility: FloatArray
    fluidity: float
    diffusion_start: FloatArray
    diffusion_intermediate: FloatArray
    diffusion: FloatArray
    without_equity: BoolArray


def impact(exposures: Any, equity: Any, *, binary: bool = False) -> Impact:
    """Criticality, vulnerability, susceptibility, fluidity and diffusion.

    exposures  (n, n), currency, dense or sparse; [i, j] is the claim of i on j
    equity     (n,), currency
    binary     whether V is 1 where the exposure is at least the equity and 0 elsewhere

    V is dense, and the diffusion takes an exponential of it for each institution: O(n^4), for hundreds of institutions.
    """
    v, without_equity = impact_matrix(exposures, equity, binary=binary)
    outward, inward = v.sum(axis=1), v.sum(axis=0)
    paths = communicability(v)
    susceptibility = _ratio(paths.sum(axis=0), inward)
    start = _ratio(paths.sum(axis=1), outward)
    through = np.array([_through(v, i, paths) for i in range(len(v))])
    intermediate = _ratio(through, outward)
    return Impact(
        frozen(outward),
        frozen(inward),
        frozen(susceptibility),
        float(susceptibility.mean()),
        frozen(start),
        frozen(intermediate),
        frozen(start + intermediate),
        frozen(without_equity),
    )


def impact_matrix(exposures: Any, equity: Any, *, binary: bool = False) -> tuple[FloatArray, BoolArray]:
    """V (n, n) as `impact` has it, and (n,) where there is no equity."""
    claims = as_claims(exposures, "exposures").toarray()
    own = as_vector(equity, len(claims), "equity", negative=True)
    without_equity = own <= 0.0
    reached = (claims > 0.0) & ((claims >= own[:, np.newaxis]) | without_equity[:, np.newaxis])
    if binary:
        return reached.T.astype(np.float64), without_equity
    share = np.divide(
        claims, own[:, np.newaxis], out=np.ones_like(claims), where=~reached & ~without_equity[:, np.newaxis]
    )
    return np.ascontiguousarray(np.where(claims > 0.0, share, 0.0).T), without_equity


def communicability(v: FloatArray) -> FloatArray:
    """(n, n) exp(V) with zero diagonal (Estrada and Hatano 2008)."""
    found: FloatArray = expm(v)
    np.fill_diagonal(found, 0.0)
    return found


def _through(v: FloatArray, i: int, paths: FloatArray) -> float:
    """Sum of C - C' over all rows but i; row i of C' is zero."""
    if not v[i].any():
        return 0.0
    silent = v.copy()
    silent[i] = 0.0
    change = paths - communicability(silent)
    change[i] = 0.0
    return float(change.sum())


def _ratio(paths: FloatArray, direct: FloatArray) -> FloatArray:
    found: FloatArray = np.divide(paths, direct, out=np.zeros(len(direct)), where=direct > 0.0)
    return found
