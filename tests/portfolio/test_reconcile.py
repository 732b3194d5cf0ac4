"""Differences between exposures, balance sheet and funding planted in random banks: each is found, and nothing else."""

from __future__ import annotations

import random
from collections import Counter
from math import fsum
from typing import Any

import pytest

from reporting.portfolio import Portfolio
from tests.factories import Sheets, base_sheets, portfolio_of

_CLASSES = ("institutions", "corporates", "retail", "central_governments", "equity")
_TOLERANCE = 0.005  # share of the balance-sheet lines of a class
_RATES = {"EUR": 1.0, "USD": 0.9}  # as in the base sheets
_DIFFERENCES = (0.0, 0.004, -0.004, 0.006, -0.006, 0.4, -0.6)


def bank(draw: random.Random) -> tuple[Sheets, Counter[str]]:
    """A bank in thousand whose classes differ at random, and codes of what must be found."""
    sheets, expected = base_sheets(), Counter[str]()
    lines: list[dict[str, Any]] = []
    exposures: list[dict[str, Any]] = []
    for name in draw.sample(_CLASSES, draw.randint(1, 4)):
        booked = [float(draw.randint(500, 5_000)) for _ in range(draw.randint(1, 3))]
        difference = draw.choice(_DIFFERENCES)
        expected["REC-001"] += abs(difference) > _TOLERANCE
        lines += [_line(f"{name}{n}", amount, name) for n, amount in enumerate(booked)]
        exposures += _exposures(draw, name, fsum(booked) * (1 + difference))
    lines.append(_line("other", float(draw.randint(0, 2_000)), None))
    sheets["balance_sheet"], sheets["exposures"] = lines, exposures
    assets = fsum(line["gross_carrying_amount"] for line in lines)
    listed = fsum(one["gross_carrying_amount"] * _RATES[one["currency"]] for one in exposures if "nominal" not in one)
    expected["REC-002"] += listed > assets
    sheets["own_funds"][0]["amount"] = own = round(assets * 0.05)
    owed = (assets - own) * draw.choice((0.5, 0.999, 1.001, 1.5))
    expected["REC-003"] += owed > assets - own
    sheets["funding"] = [_obligation(n, owed / 4) for n in range(4)]
    return sheets, +expected


def _line(name: str, amount: float, of_class: str | None) -> dict[str, Any]:
    return {
        "line_id": name, "item": name, "gross_carrying_amount": amount, "loss_allowance_specific": 0,
        "lr_treatment": "ordinary", "exposure_class": of_class,
    }  # fmt: skip


def _exposures(draw: random.Random, of_class: str, total: float) -> list[dict[str, Any]]:
    """Rows in two currencies that sum to a total in the reporting currency, and one off the balance sheet beside."""
    share, base = draw.uniform(0.2, 0.8), base_sheets()["exposures"]
    found = [
        {**base[0], "exposure_id": f"{of_class} EUR", "gross_carrying_amount": total * share},
        {**base[0], "exposure_id": f"{of_class} USD", "gross_carrying_amount": total * (1 - share) / _RATES["USD"],
         "currency": "USD"},
        {**base[1], "exposure_id": f"{of_class} off", "nominal": 1e6},
    ]  # fmt: skip
    return [{**row, "exposure_class": of_class} for row in found]


def _obligation(number: int, amount: float) -> dict[str, Any]:
    return {
        "funding_id": f"F{number}", "creditor_id": "C1", "amount": amount, "currency": "EUR", "rank": "pari_passu",
        "secured": False,
    }  # fmt: skip


def found_in(portfolio: Portfolio) -> Counter[str]:
    return Counter({breach.rule.code: breach.count for breach in portfolio.breaches})


@pytest.mark.slow
def test_differences_planted_in_random_banks_are_found_and_nothing_else() -> None:
    draw, planted = random.Random(11), Counter[str]()
    while planted.total() == 0 or min(planted[f"REC-00{n}"] for n in (1, 2, 3)) < 20:
        sheets, expected = bank(draw)
        assert found_in(portfolio_of(sheets)) == expected
        planted += expected


def test_a_difference_stands_at_the_lines_of_its_class() -> None:
    sheets = base_sheets()
    sheets["balance_sheet"] = [_line("A", 100.0, "retail"), _line("B", 900.0, None), _line("C", 300.0, "retail")]
    sheets["exposures"] = _exposures(random.Random(1), "retail", 500.0)
    (breach,) = portfolio_of(sheets).breaches
    assert str(breach.problems[0]).startswith(
        "testbank.xlsx!balance_sheet!C2,C4: exposures of class retail sum to 500.00, the balance-sheet lines of that "
        "class to 400.00, a difference of 100.00"
    )
