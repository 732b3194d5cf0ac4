"""The question turned round: how small a common shock is enough."""

from __future__ import annotations

import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.arrays import table_of
from reporting.measures.contagion.figures.clearing import Choices, cleared_after, equity_lost
from reporting.measures.contagion.figures.network import Network
from reporting.measures.contagion.reverse import SmallestShock, smallest_shock
from reporting.measures.measure import measure, step

PAPER = "own calculation, bisection on the clearing of Rogers and Veraart (2013)"
_WIDTH = 1e-6  # of the bracket, as a share of all external assets


@step
def reversed_question(
    network: Network, clearing_choices: Choices, contagion_reverse_loss: float
) -> SmallestShock | Unavailable:
    """The smallest common shock that brings the loss."""
    if reason := network.unusable or network.without_equity:
        return Unavailable(reason)

    def loss(shock: float) -> float:
        return equity_lost(network, cleared_after(network, clearing_choices, shock))

    return smallest_shock(loss, contagion_reverse_loss / 100, tolerance=_WIDTH)


@measure(unit="%", reference=PAPER, label="Smallest shock that brings the loss")
def reverse_shock(reversed_question: SmallestShock) -> float | Unavailable:
    """Share of external assets that everybody must lose before the system loses the stated share of its equity.

    The upper end of the bracket of a bisection.
    """
    if reversed_question.upper is None:
        return Unavailable("the loss is not reached even if all external assets are lost")
    return reversed_question.upper * 100


@measure(unit="%", reference=PAPER, label="Largest shock tried that does not bring the loss")
def reverse_shock_below(reversed_question: SmallestShock) -> float | Unavailable:
    """Lower end of the same bracket."""
    if reversed_question.lower is None:
        return Unavailable("the loss is reached without any shock")
    return reversed_question.lower * 100


@measure(unit="", reference=PAPER, label="Bracket of the bisection")
def reverse_bracket(reversed_question: SmallestShock) -> str | Unavailable:
    """Both ends in per cent of external assets, with the digits that tell them apart."""
    lower, upper = reversed_question.lower, reversed_question.upper
    if lower is None or upper is None:
        return Unavailable("the loss is reached without any shock, or by none")
    return f"{lower * 100:.6f} % to {upper * 100:.6f} %"


@measure(unit="", reference=PAPER, label="The loss never fell as the shock grew")
def reverse_monotone(reversed_question: SmallestShock) -> bool:
    """Whether all evaluated shocks agree that a larger shock brings a larger loss; not a proof."""
    return reversed_question.monotone


@measure(unit="%", reference=PAPER, label="Shocks that were evaluated", key="evaluation")
def reverse_evaluations(reversed_question: SmallestShock) -> pd.DataFrame:
    """Each evaluated common loss of external assets, and the equity that the system loses, both in per cent."""
    rows = {f"{n:03d}": [shock * 100, loss * 100] for n, (shock, loss) in enumerate(reversed_question.evaluations, 1)}
    return table_of("evaluation", rows, (), ("shock", "loss"))


MEASURES = (
    reversed_question,
    reverse_shock,
    reverse_shock_below,
    reverse_bracket,
    reverse_monotone,
    reverse_evaluations,
)
