"""Losses by single defaults, a few at a time, each with a bound on its error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.adjoint import Adjoint, rounding_of_map
from reporting.measures.contagion.network import EPS, IntArray, Matrix
from reporting.measures.contagion.propagation import differential

ACCURATE = 1e-11  # error bound of a loss, relative to it, at which a run ends
EVERY = 4  # applications between two looks at the error, each of which extrapolates
MOST = 5_000


@dataclass(frozen=True)
class Setting:
    """What all runs share.

    relative   Lambda, (n, n)
    source     (n,) 1 for those already in default: nobody's default is answerable for what they cause
    base       (n,) distress without any further default
    base_error bound on the error of weights x base
    weights    (n,) of the loss
    adjoint    None where the spectral radius may be 1 or more
    """

    relative: Matrix
    source: FloatArray
    base: FloatArray
    base_error: float
    weights: FloatArray
    adjoint: Adjoint | None


@dataclass(frozen=True)
class Losses:
    """Of the seeds of one block, (k,): loss of all others, bound on its error, whether the run met its tolerance."""

    loss: FloatArray
    error: FloatArray
    converged: bool
    iterations: int


def run_block(setting: Setting, seeds: IntArray) -> Losses:
    """The loss of all others from the default of each seed alone: weights x (distress - distress without it)."""
    source = np.repeat(setting.source[:, np.newaxis], len(seeds), axis=1)
    source[seeds, np.arange(len(seeds))] = 1.0
    if setting.adjoint is None:
        found = differential(setting.relative, source, exact=False)
        bound = found.certificate.error_bound
        error = np.full(len(seeds), float(setting.weights.sum()) * (np.inf if bound is None else bound))
        error += setting.base_error
        return Losses(
            _loss(setting, found.distress, seeds), error, found.certificate.converged, found.certificate.iterations
        )
    distress, error, converged, iterations = _priced(setting, setting.adjoint, source)
    return Losses(_loss(setting, distress, seeds), error, converged, iterations)


def _loss(setting: Setting, distress: FloatArray, seeds: IntArray) -> FloatArray:
    change = distress - setting.base[:, np.newaxis]
    change[seeds, np.arange(len(seeds))] = 0.0
    found: FloatArray = setting.weights @ change
    return found


def _priced(setting: Setting, found: Adjoint, source: FloatArray) -> tuple[FloatArray, FloatArray, bool, int]:
    """Iterate to the fixed point, along the slowest direction by extrapolation.

    |h - solution| <= (I - Lambda)^-1 |F(h) - h| for any h, so that the priced residual bounds the error of the loss
    however h was come by: extrapolation may fail to help but never spoils the result.
    """
    rounding = (
        2 * rounding_of_map(setting.relative, found) + 4 * EPS * float(setting.weights.sum()) + setting.base_error
    )
    h, before = np.minimum(source, 1.0), np.full(source.shape[1], np.inf)
    leapt, pause, rest, used = False, 1, 0, 0
    while True:
        used += 1
        new = setting.relative @ h
        new += source
        np.minimum(new, 1.0, out=new)
        if used % EVERY not in {0, EVERY - 1}:
            h = new
            continue
        step = new - h
        if used % EVERY:
            flow, h = found.prices @ step, new
            continue
        loss = setting.weights @ (h - setting.base[:, np.newaxis])
        noise = rounding + len(source) * EPS * loss
        error = found.prices @ np.abs(step)
        accurate = bool(np.all(error <= np.maximum(ACCURATE * loss, noise)))
        if accurate or used >= MOST:
            return h, error + noise, accurate, used
        if leapt and not np.all(error < before):  # it did not help: longer and longer without, so that in the end
            pause = rest = 2 * pause  # the plain iteration decides
        leapt, before, rest = rest <= 0, error, rest - 1
        h = _extrapolated(new, step, found.prices @ step, flow) if leapt else new


def _extrapolated(new: FloatArray, step: FloatArray, flow: FloatArray, before: FloatArray) -> FloatArray:
    """Aitken's formula on the priced steps of each column, kept within 0 and 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = flow / before
    usable = (rate > 0) & (rate < 1)
    factor = np.where(usable, rate / (1 - np.where(usable, rate, 0.0)), 0.0)
    return np.clip(new + step * factor, 0.0, 1.0)
