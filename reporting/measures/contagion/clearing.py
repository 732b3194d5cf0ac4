"""Clearing of an interbank network: Eisenberg and Noe (2001), default costs of Rogers and Veraart (2013)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.contagion.certificate import Certificate
from reporting.measures.contagion.engine import Increase, least_increase, spread
from reporting.measures.contagion.estate import Estate
from reporting.measures.contagion.network import (
    NEVER,
    TOLERANCE,
    BoolArray,
    IntArray,
    as_claims,
    as_share,
    as_vector,
    frozen,
)
from reporting.measures.contagion.uniqueness import has_one_vector

RANKS = ("pari_passu", "senior")
VECTORS = ("greatest", "least")
SETTLED = 1e-13  # of the obligations: the error bound of each round
WINDOW = 2  # applications between two looks at the bound: a few are enough where external creditors share the losses
MOST = 400  # applications before a round is solved exactly


@dataclass(frozen=True, eq=False)
class Clearing:
    """What everybody pays. Arrays (n,), read-only; amounts in the currency of the input.

    obligations         what the vector is about: to institutions, and to external creditors if they rank pari passu
    senior_obligations  to external creditors where they rank senior, else 0
    payments            of the obligations; 0 <= payments <= obligations
    senior_payments     of the senior obligations
    interbank_inflow    received from other institutions
    default_costs       (1 - alpha) external assets + (1 - beta) inflow of those in default, lost to everybody
    net_worth           external assets + inflow - all obligations, before default costs; negative in default
    defaulted           (n,) bool
    default_round       round of the fictitious default algorithm, from 0; -1 without default. For the least vector 0
                        for all: it starts from nobody paying, so that it has no order of defaults
    external_assets, alpha, beta    as given
    """

    obligations: FloatArray
    senior_obligations: FloatArray
    payments: FloatArray
    senior_payments: FloatArray
    interbank_inflow: FloatArray
    default_costs: FloatArray
    net_worth: FloatArray
    defaulted: BoolArray
    default_round: IntArray
    external_assets: FloatArray
    alpha: float
    beta: float
    certificate: Certificate

    @cached_property
    def recovery_rate(self) -> FloatArray:
        """Payments / obligations, from 0 to 1; 1 for an institution that owes nothing."""
        owes = self.obligations > 0
        return np.divide(self.payments, self.obligations, out=np.ones_like(self.payments), where=owes)

    @cached_property
    def shareholder_equity(self) -> FloatArray:
        """Net worth where it is positive; nothing is left for shareholders in default."""
        return np.where(self.defaulted, 0.0, np.maximum(self.net_worth, 0.0))


def clear(
    liabilities: Any,
    external_assets: Any,
    external_liabilities: Any | None = None,
    *,
    external_rank: str = "pari_passu",
    alpha: float = 1.0,
    beta: float = 1.0,
    which: str = "greatest",
) -> Clearing:
    """Payments = obligations if external assets + inflow cover them, else alpha x external assets + beta x inflow.

    liabilities            (n, n) numpy or scipy.sparse, currency; [i, j] is what i owes j; diagonal zero
    external_assets        (n,), currency, 0 or more
    external_liabilities   (n,), currency, 0 or more; None for none
    external_rank          of external creditors: `pari_passu` with institutions, or `senior` to them (Elsinger 2009)
    alpha, beta            what an estate realises of external assets and of inflow, 0 to 1; 1 and 1 is Eisenberg-Noe
    which                  `greatest` clearing vector, or `least`; they differ where obligations go round in a circle
                           without assets, and with default costs

    Whoever can just pay is not in default (equality to 1e-12 of the obligations); who owes nothing never is. The
    greatest vector is found by fictitious default: a set of defaults that only grows, solved to its error bound in each
    round; the least by a set of solvent institutions that only grows, from nobody paying, started again where the map
    jumps at a limit. ValueError for input that is not as said.
    """
    _check_choice(external_rank, RANKS, "external_rank")
    _check_choice(which, VECTORS, "which")
    estate = _estate(liabilities, external_assets, external_liabilities, external_rank, alpha, beta)
    return _greatest(estate) if which == "greatest" else _least(estate)


def _check_choice(given: str, known: tuple[str, ...], name: str) -> None:
    if given not in known:
        raise ValueError(f"{name} is {given!r}, must be one of {', '.join(known)}")


def _estate(liabilities: Any, assets: Any, external: Any | None, rank: str, alpha: float, beta: float) -> Estate:
    owed = as_claims(liabilities, "liabilities")
    n = owed.shape[0]
    outside = np.zeros(n) if external is None else as_vector(external, n, "external_liabilities")
    among = np.asarray(owed.sum(axis=1), dtype=np.float64)
    ranks_senior = rank == "senior"
    return Estate(
        owed,
        as_vector(assets, n, "external_assets"),
        outside if ranks_senior else np.zeros(n),
        among if ranks_senior else among + outside,
        as_share(alpha, "alpha"),
        as_share(beta, "beta"),
    )


def _greatest(estate: Estate) -> Clearing:
    """Fictitious default. The state of the engine is what is not paid; its pressure the inflow."""
    owed, found = estate.obligations, [estate.obligations]

    def settle(active: BoolArray, new: BoolArray, inflow: FloatArray) -> Increase:  # noqa: ARG001
        paid = found[-1]
        missing = np.where(active, paid - np.minimum(estate.in_default(inflow), paid), 0.0)
        fall = _increase(estate, missing, np.where(active, paid, 0.0))
        found.append(paid - fall.value)
        return fall

    spreading = spread(
        estate.inflow(owed),
        lambda unpaid: -estate.inflow(unpaid),
        estate.falls_short,
        settle,
        np.zeros(len(owed), dtype=np.bool_),
    )
    # Once more from the inflow: small payments out of large obligations get their own relative precision.
    inflow = np.maximum(spreading.pressure, 0.0)  # what is lost was taken off, and rounding with it
    paid = np.where(spreading.active, estate.in_default(inflow), owed)
    last, rounds = spreading.last, int(spreading.rounds.max(initial=NEVER)) + 1
    certificate = _certificate(estate, last, "greatest", paid, found[-1], spreading.iterations + 1, rounds)
    return _clearing(estate, paid, inflow, spreading.active, spreading.rounds, certificate)


def _increase(estate: Estate, source: FloatArray, cap: FloatArray) -> Increase:
    scale = np.where(estate.obligations > 0, estate.obligations, 1.0)
    return least_increase(
        estate.passed_on, source, cap, scale=scale, tolerance=SETTLED, matrix=estate.matrix, window=WINDOW, most=MOST
    )


def _least(estate: Estate) -> Clearing:
    """From nobody paying: whoever can pay in full is solvent for good, which may lift others over the jump."""
    owed = estate.obligations
    solvent = ~estate.falls_short(np.zeros(len(owed)))
    rise = _risen(estate, np.where(solvent, owed, 0.0), solvent)
    iterations, rounds = rise.iterations, int((solvent & (owed > 0)).any())
    while (new := ~solvent & ~estate.falls_short(rise.inflow)).any():  # at most n times: no one is new twice
        solvent |= new
        rise = _risen(estate, np.where(solvent, owed, rise.paid), solvent)
        iterations, rounds = iterations + rise.iterations, rounds + 1
    once_more = np.where(rise.paying, estate.in_default(rise.inflow), rise.paid)
    certificate = _certificate(estate, rise.last, "least", once_more, rise.paid, iterations, rounds)
    return _clearing(estate, once_more, rise.inflow, ~solvent, np.where(solvent, NEVER, 0), certificate)


@dataclass(frozen=True)
class _Rise:
    """Least payments for a set of solvent institutions, (n,); who else pays; the last increase of them."""

    paid: FloatArray
    inflow: FloatArray
    paying: BoolArray
    last: Increase
    iterations: int


def _risen(estate: Estate, paid: FloatArray, solvent: BoolArray) -> _Rise:
    """Least payments with these solvent ones; where senior creditors come first, payers join one by one.

    Who has just what senior creditors get does not join: from a rounding error payments would grow round a circle.
    """
    inflow, paying = estate.inflow(paid), np.zeros(len(paid), dtype=np.bool_)
    joining, last, iterations = estate.can_pay_some(inflow) & ~solvent, None, 1
    while last is None or joining.any():  # at most n + 1 times: whoever joins stays
        paying |= joining
        cap = np.where(paying, estate.obligations - paid, 0.0)
        last = _increase(estate, np.clip(estate.in_default(inflow) - paid, 0.0, cap), cap)
        paid = np.minimum(paid + last.value, estate.obligations)
        inflow = estate.inflow(paid)
        iterations += last.iterations + 1
        joining = estate.can_pay_some(inflow) & ~solvent & ~paying
    return _Rise(paid, inflow, paying, last, iterations)


def _certificate(
    estate: Estate,
    last: Increase | None,
    which: str,
    paid: FloatArray,
    before: FloatArray,
    iterations: int,
    rounds: int,
) -> Certificate:
    scale = np.where(estate.obligations > 0, estate.obligations, 1.0)
    residual = float(np.max(np.abs(paid - before) / scale))
    if last is None:
        return Certificate("active sets", which, iterations, rounds, residual, 0.0, None, True, has_one_vector(estate))
    converged = last.converged and residual <= TOLERANCE
    unique = has_one_vector(estate)
    return Certificate(last.method, which, iterations, rounds, residual, last.error_bound, last.rate, converged, unique)


def _clearing(
    estate: Estate,
    paid: FloatArray,
    inflow: FloatArray,
    defaulted: BoolArray,
    rounds: IntArray,
    certificate: Certificate,
) -> Clearing:
    value = estate.assets + inflow
    lost = (1 - estate.alpha) * estate.assets + (1 - estate.beta) * inflow
    costs = np.where(defaulted, lost, 0.0)
    senior = np.where(defaulted, np.minimum(estate.senior, value - costs), estate.senior)
    return Clearing(
        obligations=frozen(estate.obligations),
        senior_obligations=frozen(estate.senior),
        payments=frozen(paid),
        senior_payments=frozen(senior),
        interbank_inflow=frozen(inflow),
        default_costs=frozen(costs),
        net_worth=frozen(value - estate.obligations - estate.senior),
        defaulted=frozen(defaulted),
        default_round=frozen(rounds.astype(np.int64)),
        external_assets=frozen(estate.assets),
        alpha=estate.alpha,
        beta=estate.beta,
        certificate=certificate,
    )
