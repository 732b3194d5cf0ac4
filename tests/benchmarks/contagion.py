"""Clearing, DebtRank and the proven ranking on random networks, against the matrix-vector products that they need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion import clear, debtrank
from reporting.measures.contagion.active_set import spectral_radius
from tests.benchmarks.clock import interleaved, medians, seconds
from tests.benchmarks.measured import Measured

DEGREE = 20  # claims of each institution
SIZES = (1_000, 5_000, 20_000, 100_000)
CLEARING = 100_000  # institutions for which the ratio is kept, where they are among the sizes
DEBTRANK = 5_000
RANKINGS = {(5_000, 0.83): 1.0, (100_000, 0.83): 30.0, (100_000, 0.95): 75.0}  # size, spectral radius -> seconds
MEMORY = 2048  # MiB
_PEAK = """
import json, resource, sys
from reporting.measures.contagion import rank_institutions
from tests.benchmarks import contagion
from tests.benchmarks.clock import seconds
network = contagion.network(int(sys.argv[1]), float(sys.argv[2]))
found = []
used = seconds(lambda: found.append(rank_institutions(network.exposures, network.equity)))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([used, peak, found[0].proven, int(found[0].run.sum()), found[0].spectral_radius]))
"""


@dataclass(frozen=True)
class Network:
    """Random claims with out-degree 20, sizes and equity; the spectral radius of Lambda as asked."""

    exposures: Any
    equity: FloatArray


@cache
def network(n: int, radius: float) -> Network:
    """Log-normal claims on creditors drawn at random; equity half to one and a half times the claims, then scaled."""
    rng = np.random.default_rng(n)
    degree = min(DEGREE, n - 1)
    rows = np.repeat(np.arange(n), degree)
    columns = (rows + 1 + np.concatenate([rng.choice(n - 1, degree, replace=False) for _ in range(n)])) % n
    claims = sparse.csr_array((rng.lognormal(0.0, 1.0, n * degree), (rows, columns)), shape=(n, n))
    equity = claims.sum(axis=1) * rng.uniform(0.5, 1.5, n)
    found = spectral_radius(sparse.csr_array(sparse.diags_array(1 / equity) @ claims))
    return Network(sparse.csr_array(claims * (radius / found)), equity)


def clearing(sizes: Sequence[int] = SIZES, rounds: int = 5) -> Measured:
    """Cost of clearing divided by that of its matrix-vector products."""
    timed = {size: _clearing(size, rounds) for size in sizes}
    kept = CLEARING if CLEARING in timed else max(timed)
    lines = [
        f"{size:,} institutions: {one['ours'] * 1e3:.2f} ms for {one['products']:.0f} products, {_times(one)}; "
        f"{one['defaults']:.0%} in default"
        for size, one in timed.items()
    ]
    return Measured("clearing", _ratio(timed[kept]), 1.5, tuple(lines), _points("clearing", timed))


def _clearing(size: int, rounds: int) -> dict[str, float]:
    owed = network(size, 0.83).exposures
    rng = np.random.default_rng(size)
    among = np.asarray(owed.sum(axis=1))
    external, assets = among * rng.uniform(0.5, 1.5, size), among * rng.uniform(0.4, 2.1, size)
    found = clear(owed, assets, external)
    obligations = among + external
    shares = sparse.csr_array(sparse.diags_array(1 / obligations) @ owed).T.tocsr()
    spent = _against(lambda: clear(owed, assets, external), shares, obligations, found.certificate.iterations, rounds)
    return spent | {"defaults": float(found.defaulted.mean())}


def one_shock(sizes: Sequence[int] = SIZES, rounds: int = 5) -> Measured:
    """Cost of DebtRank with one shock, 2 % of equity everywhere, divided by that of its matrix-vector products."""
    timed = {size: _one_shock(size, rounds) for size in sizes}
    kept = DEBTRANK if DEBTRANK in timed else max(timed)
    lines = [
        f"{size:,} institutions: {one['ours'] * 1e3:.2f} ms for {one['products']:.0f} products, {_times(one)}"
        for size, one in timed.items()
    ]
    return Measured("debtrank", _ratio(timed[kept]), 1.3, tuple(lines), _points("DebtRank, one shock", timed))


def _one_shock(size: int, rounds: int) -> dict[str, float]:
    case = network(size, 0.83)
    shock = np.full(size, 0.02)
    relative = sparse.csr_array(sparse.diags_array(1 / case.equity) @ case.exposures)
    found = debtrank(case.exposures, case.equity, shock)
    run = lambda: debtrank(case.exposures, case.equity, shock)  # noqa: E731 - one line of the table
    return _against(run, relative, shock, found.certificate.iterations, rounds)


def _against(run: Any, matrix: Any, vector: FloatArray, products: int, rounds: int) -> dict[str, float]:
    """Medians of our seconds and of those of so many products; the ratio is taken in each round."""

    def multiply() -> None:
        for _ in range(products):
            matrix @ vector

    repeat = min(200, max(1, 200_000 // (len(vector) + 1)))  # small systems are timed many at once

    def repeatedly(task: Any) -> Any:
        return lambda: [task() for _ in range(repeat)]

    found = medians(interleaved({"ours": repeatedly(run), "bare": repeatedly(multiply)}, rounds))
    return {"ours": found["ours"] / repeat, "bare": found["bare"] / repeat, "products": float(products)}


def _points(method: str, timed: Mapping[int, Mapping[str, float]]) -> tuple[tuple[str, int, float], ...]:
    """Cost of the method and of its bare products by size."""
    ours = [(method, size, one["ours"]) for size, one in timed.items()]
    return (*ours, *((f"{method}: products alone", size, one["bare"]) for size, one in timed.items()))


def _ratio(one: Mapping[str, float]) -> float:
    return one["ours"] / one["bare"]


def _times(one: Mapping[str, float]) -> str:
    return f"{_ratio(one):.2f} times their cost"


def ranking(cases: Mapping[tuple[int, float], float] = RANKINGS) -> Measured:
    """Proven top 20 of all single defaults; cost by institution of the largest against the smallest."""
    found = {case: _ranking(*case) for case in cases}
    lines = [_ranking_line(case, found[case], limit) for case, limit in cases.items()]
    size, radius = min(cases)
    case = network(size, radius)
    product = seconds(lambda: [case.exposures @ case.equity for _ in range(200)]) / 200
    points = [(f"top 20, spectral radius {case[1]:.2f}", case[0], taken[0]) for case, taken in found.items()]
    return Measured("ranking", found[size, radius][0] / product, None, tuple(lines), tuple(points))


def _ranking(size: int, radius: float) -> tuple[float, float, bool, int, float]:
    """Seconds, peak in MiB, proven, runs, spectral radius; in a process of its own, so that nothing else counts."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", _PEAK, str(size), str(radius)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    used, peak, proven, runs, found = json.loads(done.stdout)
    return used, peak / (2**20 if sys.platform == "darwin" else 2**10), proven, runs, found


def _ranking_line(case: tuple[int, float], found: tuple[float, float, bool, int, float], limit: float) -> str:
    used, peak, proven, runs, radius = found
    said = "proven" if proven else "NOT PROVEN"
    return (
        f"{case[0]:,} institutions, spectral radius {radius:.2f}: top 20 {said} in {used:.2f} s "
        f"(target {limit:.0f} s), {runs} defaults run, {peak:,.0f} MiB at the peak (target {MEMORY:,})"
    )
