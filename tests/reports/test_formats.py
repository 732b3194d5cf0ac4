"""Numbers are printed by one stated policy, rounded once."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest

from reporting.reports.formats import Policy, rounded

THOUSANDS = Policy("EUR", 1000, 0, 2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1_234_567.0, "1,235"),
        (1_234_500.0, "1,235"),
        (-1_234_500.0, "(1,235)"),
        (499.99, "0"),
        (-499.99, "0"),
        (-500.0, "(1)"),
        (0.0, "0"),
        (-0.0, "0"),
        (9_007_199_254_740_993.0, "9,007,199,254,741"),
    ],
)
def test_money_is_printed_in_the_unit_with_brackets_for_negative_amounts(value: float, text: str) -> None:
    assert THOUSANDS.text(value, "money") == text


@pytest.mark.parametrize(("value", "text"), [(5.555, "5.56"), (5.545, "5.55"), (-0.004, "0.00"), (3.0, "3.00")])
def test_per_cent_is_rounded_half_away_from_zero_on_the_decimal_that_is_read(value: float, text: str) -> None:
    assert THOUSANDS.text(value, "percent") == text


def test_blank_yes_no_dates_and_text_are_printed_as_they_are() -> None:
    printed = [THOUSANDS.text(value, "text") for value in (None, True, False, date(2026, 9, 30), "x")]
    assert printed == ["", "yes", "no", "2026-09-30", "x"]


def test_rounding_is_off_by_at_most_half_a_unit_in_the_last_place() -> None:
    draw = random.Random(1)
    for _ in range(2000):
        value, scale, decimals = draw.uniform(-1e13, 1e13), draw.choice([1, 1000, 10**6]), draw.choice([0, 1, 2])
        step = Decimal(1).scaleb(-decimals)
        assert abs(rounded(value, scale, decimals) - Decimal(repr(value)) / scale) <= step / 2


@pytest.mark.parametrize("value", [1e60, -1.7976931348623157e308, 5e-324])
def test_a_number_of_any_size_is_rounded(value: float) -> None:
    assert float(rounded(value, 1, 2)) == pytest.approx(value, abs=0.005)
