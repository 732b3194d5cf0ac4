"""The measures agree with a second, plain implementation on random banks, and obey their laws."""

from __future__ import annotations

import math
import random
from collections import Counter
from datetime import date
from typing import Any

import pytest

from reporting.figures import Figure
from reporting.measures import assess
from reporting.rulebook import load_rulebook
from tests.factories import DAY, Sheets, base_sheets, portfolio_of
from tests.plain import leverage as plain

CURRENCIES = {"EUR": 1.0, "USD": 0.8517, "GBP": 1.1603, "JPY": 0.006137}
TREATMENTS = [
    "ordinary", "ordinary", "ordinary", "cash_pool", "regular_way", "tier1_deducted", "pva", "fiduciary",
    "srt_securitisation", "central_bank_exempt",
]  # fmt: skip
RARE = [
    "derivative_asset",
    "sft_asset",
    "sft_security_received",
    "cash_vm_receivable_eligible",
    "derivative_collateral_derecognised",
]


def figures(sheets: Sheets) -> dict[str, Figure]:
    portfolio = portfolio_of(sheets)
    return dict(assess(portfolio, load_rulebook(portfolio.entity.jurisdiction, portfolio.entity.reference_date)))


def number(figure: Figure) -> float | bool | None:
    if not figure.available:
        return None
    return figure.value if isinstance(figure.value, bool) else figure.number


def random_bank(draw: random.Random) -> Sheets:
    sheets = base_sheets()
    entity = sheets["entity"][0]
    entity.update(unit=draw.choice([1, 1000, 1_000_000]), jurisdiction=draw.choice(["basel", "eu"]))
    treatments = TREATMENTS + (["eu_429a_d"] if entity["jurisdiction"] == "eu" else [])
    sheets["balance_sheet"] = [_line(draw, number, treatments) for number in range(draw.randint(1, 12))]
    if draw.random() < 0.15:
        sheets["balance_sheet"].append(_line(draw, 99, RARE))
    if draw.random() < 0.1:
        sheets["balance_sheet"] = [_line(draw, 0, ["total_assets_unsplit"])]
    if draw.random() < 0.05:  # no assets at all
        sheets["balance_sheet"] = [_line(draw, 0, ["pva"])]
    sheets["exposures"] = [_exposure(draw, number) for number in range(draw.randint(1, 12))]
    sheets["fx"] = [{"currency": c, "date": DAY, "rate": r} for c, r in CURRENCIES.items() if c != "EUR"]
    sheets["own_funds"] = _own_funds(draw)
    if draw.random() < 0.3:
        until = draw.choice([None, date(2026, 6, 30), date(2026, 12, 31)])
        sheets["requirements"] = [
            {"item": "cb_exemption", "value": 1, "valid_from": date(2026, 1, 1), "valid_to": until},
            {"item": "em_calibration", "value": 1000, "valid_from": date(2026, 1, 1), "valid_to": None},
            {"item": "cb_calibration", "value": 100, "valid_from": date(2026, 1, 1), "valid_to": None},
            {"item": "p2r_lr", "value": 0.5, "valid_from": date(2026, 1, 1), "valid_to": None},
        ]
    if draw.random() < 0.1:
        del sheets["exposures"]
    return sheets


def _line(draw: random.Random, number: int, treatments: list[str]) -> dict[str, Any]:
    gross = round(draw.lognormvariate(8, 2), 2)
    return {
        "line_id": f"A{number}", "item": f"Line {number}", "gross_carrying_amount": gross,
        "loss_allowance_specific": draw.choice([0, round(gross * 0.02, 2)]), "lr_treatment": draw.choice(treatments),
        "general_provision_deducted_from_tier1": draw.choice([None, 0, round(gross * 0.001, 2)]),
    }  # fmt: skip


def _exposure(draw: random.Random, number: int) -> dict[str, Any]:
    amount = round(draw.lognormvariate(6, 2), 2)
    common = {
        "exposure_id": f"E{number}", "counterparty_id": "C1", "currency": draw.choice(list(CURRENCIES)),
        "loss_allowance_specific": draw.choice([0, round(amount * 0.01, 2)]), "book": "banking",
    }  # fmt: skip
    if draw.random() < 0.3:
        return {**common, "instrument": "loan", "off_balance_sheet": False, "gross_carrying_amount": amount}
    return {
        **common, "instrument": "commitment", "off_balance_sheet": True, "nominal": amount,
        "ccf_category": draw.choice(list(plain.CONVERSION)),
        "general_provision": draw.choice([None, round(amount * 0.002, 2)]),
    }  # fmt: skip


def _own_funds(draw: random.Random) -> list[dict[str, Any]]:
    amount = round(draw.lognormvariate(7, 1), 2)
    components = [{"item": "cet1_instruments", "amount": amount}, {"item": "deduction_intangibles", "amount": 1.25}]
    stated = [{"item": "cet1", "amount": amount}]
    own_funds = draw.choice([components, stated])
    if draw.random() < 0.5:
        return [*own_funds, {"item": "additional_tier1", "amount": 12.5}]
    total = amount - (1.25 if own_funds is components else 0)
    return [*own_funds, {"item": "tier1", "amount": round(total + 7, 2)}, {"item": "additional_tier1", "amount": 7}]


def agree_on(count: int, seed: int) -> Counter[str]:
    draw = random.Random(seed)
    seen: Counter[str] = Counter()
    for number_of_bank in range(count):
        sheets = random_bank(draw)
        found, expected = figures(sheets), plain.leverage(sheets)
        for name, value in expected.items():
            got = number(found[name])
            assert (got is None) == (value is None), (number_of_bank, name, got, value, found[name].reason)
            if got is not None and value is not None:
                assert math.isclose(got, value, rel_tol=1e-9), (number_of_bank, name)
            seen[f"{name} {'given' if value is not None else 'withheld'}"] += 1
    return seen


def test_a_plain_second_implementation_agrees_on_random_banks() -> None:
    seen = agree_on(25, seed=1)
    assert seen["leverage_ratio given"] > 10
    assert seen["leverage_ratio withheld"] > 3


@pytest.mark.slow
def test_a_plain_second_implementation_agrees_on_five_hundred_random_banks() -> None:
    seen = agree_on(500, seed=2)
    assert min(seen.values()) > 10


def scaled(sheets: Sheets, factor: float) -> Sheets:
    money = {
        "gross_carrying_amount", "loss_allowance_specific", "general_provision_deducted_from_tier1", "nominal",
        "general_provision", "amount",
    }  # fmt: skip
    return {
        sheet: [{k: v * factor if k in money and v is not None else v for k, v in row.items()} for row in rows]
        for sheet, rows in sheets.items()
    }


def test_order_of_rows_changes_nothing() -> None:
    draw = random.Random(3)
    for _ in range(10):
        sheets = random_bank(draw)
        shuffled = {name: draw.sample(rows, len(rows)) for name, rows in sheets.items()}
        before, after = figures(sheets), figures(shuffled)
        assert {n: number(f) for n, f in before.items() if not f.key} == {
            n: number(f) for n, f in after.items() if not f.key
        }


def test_scaling_every_amount_scales_amounts_and_leaves_ratios() -> None:
    draw = random.Random(4)
    for _ in range(10):
        sheets = random_bank(draw)
        before, after = figures(sheets), figures(scaled(sheets, 4.0))
        for name in ("exposure_measure", "tier1_capital", "total_assets"):
            if before[name].available:
                assert math.isclose(after[name].number, 4 * before[name].number, rel_tol=1e-12)
        if before["leverage_ratio"].available:
            assert math.isclose(after["leverage_ratio"].number, before["leverage_ratio"].number, rel_tol=1e-12)


def test_stating_amounts_in_another_unit_changes_nothing() -> None:
    sheets = base_sheets()
    in_single = scaled(sheets, 1000)
    in_single["entity"][0]["unit"] = 1
    before, after = figures(sheets), figures(in_single)
    for name in ("exposure_measure", "leverage_ratio", "headroom_in_assets"):
        assert math.isclose(before[name].number, after[name].number, rel_tol=1e-12)


def test_more_off_balance_sheet_nominal_never_raises_the_ratio() -> None:
    for bucket in plain.CONVERSION:
        sheets = base_sheets()
        sheets["exposures"][1]["ccf_category"] = bucket
        before = figures(sheets)["leverage_ratio"].number
        sheets["exposures"][1]["nominal"] += 500
        assert figures(sheets)["leverage_ratio"].number < before
