"""The smallest shock that reaches a loss."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.measures.contagion.debtrank import debtrank
from reporting.measures.contagion.reverse import smallest_shock


@given(threshold=st.floats(1e-3, 1.0))
def test_the_bracket_holds_the_smallest_shock_and_is_as_narrow_as_asked(threshold: float) -> None:
    found = smallest_shock(lambda shock: shock**2, threshold**2)
    assert found.reached
    assert found.monotone
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower**2 < threshold**2 <= found.upper**2
    assert found.upper - found.lower <= 1e-9


def test_a_loss_that_jumps_is_bracketed_at_the_jump() -> None:
    found = smallest_shock(lambda shock: 10.0 if shock >= 0.3 else shock, 5.0, tolerance=1e-12)
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower < 0.3 <= found.upper
    assert len(found.evaluations) <= 43
    assert (found.upper, 10.0) in found.evaluations


def test_a_loss_that_the_largest_shock_does_not_reach_is_said_to_be_out_of_reach() -> None:
    found = smallest_shock(lambda shock: shock, 3.0, upper=2.0)
    assert not found.reached
    assert found.lower == 2.0
    assert found.evaluations == ((0.0, 0.0), (2.0, 2.0))
    assert str(found) == "a loss of 3.0 is not reached at the largest shock 2.0 (2 evaluations)"


def test_a_loss_that_is_there_without_a_shock_needs_none() -> None:
    found = smallest_shock(lambda shock: 1.0, 1.0)
    assert (found.lower, found.upper, len(found.evaluations)) == (None, 0.0, 1)
    assert "reached without any shock" in str(found)


def test_a_loss_strictly_above_a_limit_is_asked_for_by_the_next_number() -> None:
    found = smallest_shock(lambda shock: 1.0 if shock < 0.5 else 2.0, math.nextafter(1.0, math.inf))
    assert found.upper == 0.5


def test_a_loss_that_falls_as_the_shock_grows_is_said() -> None:
    # 0 at 0, 0.9 at 1; at 0.5 the loss is 2, so a smaller shock does more.
    found = smallest_shock(lambda shock: {0.0: 0.0, 1.0: 0.9, 0.5: 2.0}.get(shock, 0.1), 0.5, tolerance=0.3)
    assert found.reached
    assert not found.monotone
    assert found.not_monotone == ((0.5, 1.0),)
    assert "not monotone" in str(found)


def test_rounding_is_no_fall() -> None:
    found = smallest_shock(lambda shock: 1.0 - 1e-14 * shock if shock else 0.0, 0.5)
    assert found.monotone


def test_the_shock_that_brings_down_one_institution_by_debtrank() -> None:
    # Institution 1 has a claim of 2 on 0 against equity of 4, and both lose the share s of their equity:
    # h1 = s + 0.5 s = 1 at s = 2 / 3, where 0 has not failed.
    exposures, equity = np.array([[0, 0], [2.0, 0]]), np.array([3.0, 4.0])
    found = smallest_shock(lambda s: float(debtrank(exposures, equity, np.full(2, s)).distress[1]), 1.0)
    assert found.upper == pytest.approx(2 / 3, abs=1e-9)


@pytest.mark.parametrize(
    "arguments",
    [
        {"at_least": math.nan},
        {"at_least": 1.0, "upper": 0.0},
        {"at_least": 1.0, "upper": math.inf},
        {"at_least": 1.0, "tolerance": 0.0},
    ],
)
def test_unusable_arguments_are_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="numbers above zero are needed"):
        smallest_shock(lambda shock: shock, **arguments)


def test_a_loss_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the loss at the shock 0\.0 is not a number"):
        smallest_shock(lambda shock: math.nan, 1.0)
