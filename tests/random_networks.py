"""Random networks of 2 to 40 institutions that reach the edge cases of contagion; the same seed, the same network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Generator = np.random.Generator

MOST_INSTITUTIONS = 40


@dataclass(frozen=True)
class RandomNetwork:
    """One network with all that the solvers take; `marks` names the edge cases that are in it.

    liabilities[i, j] is what i owes j; the exposures are its transpose. Where `whole` is set amounts are small
    integers in some unit, so that equality at a threshold happens and means something.
    """

    seed: int
    liabilities: Array
    external_assets: Array
    external_liabilities: Array
    equity: Array
    liquid: Array
    shock: Array
    defaulted: list[int]
    alpha: float
    beta: float
    loss_given_default: float
    steepness: float
    whole: bool
    marks: frozenset[str]

    @property
    def size(self) -> int:
        return len(self.equity)

    @property
    def exposures(self) -> Array:
        """Claims: exposures[i, j] is the claim of i on j."""
        return self.liabilities.T.copy()


def random_network(seed: int, *, most: int = MOST_INSTITUTIONS) -> RandomNetwork:
    """The network of this seed, with 2 to `most` institutions."""
    draw = np.random.default_rng(seed)
    whole = bool(draw.random() < 0.4)
    size = int(draw.integers(2, (min(most, 9) if whole else most) + 1))
    shape = str(draw.choice(list(SHAPES)))
    links = SHAPES[shape](draw, size)
    np.fill_diagonal(links, val=False)
    amounts = draw.integers(1, 10, (size, size)) if whole else draw.lognormal(0, draw.choice([0.1, 1.5]), (size, size))
    marks = {shape}
    liabilities = np.where(links, amounts, 0).astype(np.float64)
    if draw.random() < 0.2:
        _isolate(draw, liabilities, marks)
    network = RandomNetwork(
        seed=seed,
        liabilities=liabilities,
        external_assets=np.zeros(size),
        external_liabilities=_external_liabilities(draw, liabilities, whole, marks),
        equity=np.zeros(size),
        liquid=np.zeros(size),
        shock=_shock(draw, size),
        defaulted=_seeds(draw, size),
        alpha=float(draw.choice([1.0, 0.9, 0.5, 0.25])),
        beta=float(draw.choice([1.0, 0.8, 0.5, 0.25])),
        loss_given_default=float(draw.choice([1.0, 1.0, 0.6, 0.5, 0.45])),
        steepness=float(draw.choice([0.5, 1.0, 3.0, 10.0])),
        whole=whole,
        marks=frozenset(),
    )
    network = replace(
        network,
        external_assets=_external_assets(draw, network, marks),
        equity=_equity(draw, network, marks),
        liquid=_thresholds(draw, network, network.liabilities, 1.0),
    )
    _mark(network, marks)
    return _scaled(draw, replace(network, marks=frozenset(marks)))


# --- Who owes whom ---------------------------------------------------------------------------------------------------

Links = npt.NDArray[np.bool_]


def _sparse(draw: Generator, size: int) -> Links:
    return np.asarray(draw.random((size, size)) < min(1.0, draw.uniform(1, 5) / size), dtype=np.bool_)


def _complete(draw: Generator, size: int) -> Links:
    return np.ones((size, size), dtype=np.bool_)


def _chain(draw: Generator, size: int) -> Links:
    return np.eye(size, k=1, dtype=np.bool_)


def _ring(draw: Generator, size: int) -> Links:
    links = np.eye(size, k=1, dtype=np.bool_)
    links[-1, 0] = True
    return links


def _star(draw: Generator, size: int) -> Links:
    """The first owes all, all owe the first, or both."""
    links = np.zeros((size, size), dtype=np.bool_)
    kind = draw.integers(3)
    if kind != 0:
        links[0, :] = True
    if kind != 1:
        links[:, 0] = True
    return links


def _empty(draw: Generator, size: int) -> Links:
    return np.zeros((size, size), dtype=np.bool_)


def _closed_class(draw: Generator, size: int) -> Links:
    """Some institutions owe each other only, whatever the others owe."""
    links = _sparse(draw, size)
    inner = int(draw.integers(1, size)) + 1
    links[:inner, inner:] = False
    links[:inner, :inner] |= _ring(draw, inner)
    return links


def _periphery(draw: Generator, size: int) -> Links:
    """A complete core; each of the others is tied to one of the core."""
    core = max(2, size // 4)
    links = np.zeros((size, size), dtype=np.bool_)
    links[:core, :core] = True
    for i in range(core, size):
        links[i, draw.integers(core)] = True
        links[draw.integers(core), i] = bool(draw.random() < 0.5)
    return links


SHAPES: dict[str, Callable[[Generator, int], Links]] = {
    "sparse": _sparse, "complete": _complete, "chain": _chain, "ring": _ring, "star": _star, "no links": _empty,
    "closed class": _closed_class, "core and periphery": _periphery,
}  # fmt: skip


def _isolate(draw: Generator, liabilities: Array, marks: set[str]) -> None:
    one = draw.integers(len(liabilities))
    liabilities[one, :] = 0
    liabilities[:, one] = 0
    marks.add("isolated")


# --- What else they have and owe -------------------------------------------------------------------------------------


def _external_liabilities(draw: Generator, liabilities: Array, whole: bool, marks: set[str]) -> Array:
    """Deposits of some; none in a closed class, which would not be closed."""
    size = len(liabilities)
    if "closed class" in marks or draw.random() < 0.3:
        return np.zeros(size)
    owing = draw.random(size) < draw.uniform(0.2, 1)
    some = draw.integers(0, 10, size) if whole else draw.lognormal(0.5, 1, size)
    marks.add("external creditors")
    return np.where(owing, some, 0).astype(np.float64)


def _external_assets(draw: Generator, network: RandomNetwork, marks: set[str]) -> Array:
    """About what is needed to pay, so that some can and some cannot; exactly that for some."""
    size = network.size
    due = network.liabilities.sum(axis=1) + network.external_liabilities
    needed = np.maximum(0, due - network.liabilities.sum(axis=0))
    if "closed class" in marks and draw.random() < 0.7:
        marks.add("closed class without outside assets")
        return np.zeros(size)
    if draw.random() < 0.2:
        # All can pay, but not if others do not: where several vectors clear once default has a cost.
        marks.add("assets just above what is needed")
        return np.asarray(needed + (1 if network.whole else 0.05), dtype=np.float64)
    if network.whole:
        assets = np.maximum(0, needed + draw.integers(-4, 4, size))
    else:
        assets = needed * draw.uniform(0.3, 1.4, size) + np.where(
            draw.random(size) < 0.3, draw.lognormal(-2, 1, size), 0
        )
    exact = draw.random(size) < 0.3
    if exact.any():
        marks.add("assets of exactly what is needed")
    assets = np.where(exact, needed, assets)
    return np.asarray(np.where(draw.random(size) < 0.15, 0, assets), dtype=np.float64)


def _equity(draw: Generator, network: RandomNetwork, marks: set[str]) -> Array:
    """Equity that makes the leverage matrix stable or not, meets losses exactly, or is zero or negative for some."""
    exposures = network.exposures
    equity = _thresholds(draw, network, exposures, network.loss_given_default)
    if not network.whole:
        radius = float(np.abs(np.linalg.eigvals(exposures / equity[:, None])).max())
        if radius > 0:
            # Not 1 itself: near it the number of time steps has no bound.
            equity = equity * radius / draw.choice([0.2, 0.6, 0.9, 1.2, 2.0, 5.0])
    if draw.random() < 0.25:
        some = draw.integers(network.size, size=int(draw.integers(1, 3)))
        equity[some] = draw.choice([0.0, -1.0, -0.5], len(some))
        if (equity == 0).any():
            marks.add("zero equity")
        if (equity < 0).any():
            marks.add("negative equity")
    return equity


def _thresholds(draw: Generator, network: RandomNetwork, claims: Array, part: float) -> Array:
    """Positive buffers against losses of `part` of claims[i, :]; in whole numbers often equal to such a loss."""
    size = network.size
    if not network.whole:
        return np.asarray((claims.mean(axis=1) + 0.1) * draw.lognormal(0, 1, size), dtype=np.float64)
    buffers = draw.integers(1, 20, size).astype(np.float64)
    for i in range(size):
        debtors = np.flatnonzero(claims[i])
        if len(debtors) and draw.random() < 0.7:
            hit = draw.choice(debtors, size=int(draw.integers(1, len(debtors) + 1)), replace=False)
            buffers[i] = round(part * float(claims[i, hit].sum()), 9)
    return buffers


def _shock(draw: Generator, size: int) -> Array:
    """Relative losses of equity, of one, some or all; some of 1."""
    hit = draw.random(size) < draw.choice([0.1, 0.5, 1.0])
    hit[draw.integers(size)] = True
    losses = np.where(draw.random(size) < 0.2, 1.0, draw.choice([0.01, 0.05, 0.3]) * draw.random(size) + 0.001)
    return np.asarray(np.where(hit, losses, 0), dtype=np.float64)


def _seeds(draw: Generator, size: int) -> list[int]:
    number = int(draw.choice([0, 1, 1, 1, 2, 3]))
    return sorted(draw.choice(size, size=min(number, size), replace=False).tolist())


# --- Marks and scale -------------------------------------------------------------------------------------------------


def _mark(network: RandomNetwork, marks: set[str]) -> None:
    due = network.liabilities.sum(axis=1) + network.external_liabilities
    if (due == 0).any():
        marks.add("zero obligations")
    if (network.external_assets == 0).any():
        marks.add("no external assets")
    positive = network.equity > 0
    leverage = np.where(positive[:, None], network.exposures / np.where(positive, network.equity, 1)[:, None], 0)
    radius = float(np.abs(np.linalg.eigvals(network.loss_given_default * leverage)).max())
    marks.add("spectral radius above 1" if radius > 1 else "spectral radius of at most 1")
    if network.whole:
        marks.add("whole numbers")
    if not network.defaulted:
        marks.add("no seeds")


def _scaled(draw: Generator, network: RandomNetwork) -> RandomNetwork:
    """The same in another unit; whole numbers stay the decimal numbers that they are."""
    unit = float(draw.choice([1.0, 1.0, 1e9, 0.01] if network.whole else [1.0, 1.0, 1e-9, 1e9, 0.01]))
    if unit == 1:
        return network

    def scaled(amounts: Array) -> Array:
        if not network.whole:
            return amounts * unit
        digits = 11 if unit < 1 else 2
        return np.array([round(x * unit, digits) for x in amounts.flat]).reshape(amounts.shape)

    return replace(
        network,
        liabilities=scaled(network.liabilities),
        external_assets=scaled(network.external_assets),
        external_liabilities=scaled(network.external_liabilities),
        equity=scaled(network.equity),
        liquid=scaled(network.liquid),
        marks=network.marks | {"another unit"},
    )
