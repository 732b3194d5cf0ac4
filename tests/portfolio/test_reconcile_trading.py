"""Trades against the balance sheet: a range from netted to gross, in which the accounts must lie."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import base_sheets, portfolio_of

FORWARD = {
    "netting_set_id": "N1", "asset_class": "fx", "hedging_set": "EUR/USD", "direction": "long", "currency": "EUR",
    "notional": 100, "notional_currency": "EUR", "second_notional": 100, "second_notional_currency": "USD",
    "s_years": 0, "e_years": 1, "m_years": 1,
}  # fmt: skip
REPO = {
    "role": "principal", "securities_leg": 0, "currency": "EUR", "netting_conditions_met": True,
    "netting_agreement_id": "G1", "settlement_date": "2026-10-14",
}  # fmt: skip


def codes(treatment: str, booked: float | None, **sheets: list[dict[str, Any]]) -> list[str]:
    """Rules that fire on one line of a treatment with this amount (None: no line), amounts in EUR thousand."""
    content = base_sheets()
    client = content["counterparties"][0]["counterparty_id"]
    line = {"line_id": "T", "item": "T", "loss_allowance_specific": 0, "lr_treatment": treatment}
    content["balance_sheet"] += [] if booked is None else [line | {"gross_carrying_amount": booked}]
    for name, rows in sheets.items():
        counterparty = {"counterparty_id": client} if name != "derivatives" else {}
        content[name] = [counterparty | row for row in rows]
    return [breach.rule.code for breach in portfolio_of(content).breaches if breach.rule.code.startswith("REC")]


def derivatives(booked: float | None, variation_margin: float = 0) -> list[str]:
    """Values of 30 and -10 in one netting set, 5 in another: 35 gross, 25 net of each other."""
    nset = {"currency": "EUR", "margined": False, "enforceable": True, "qccp": False, "client_cleared": False}
    values = {"D1": ("N1", 30), "D2": ("N1", -10), "D3": ("N2", 5)}
    return codes(
        "derivative_asset",
        booked,
        netting_sets=[
            {"netting_set_id": "N1", "variation_margin": variation_margin, **nset},
            {"netting_set_id": "N2", **nset},
        ],
        derivatives=[
            FORWARD | {"trade_id": trade, "netting_set_id": of, "market_value": value}
            for trade, (of, value) in values.items()
        ],
    )


def transactions(booked: float | None) -> list[str]:
    """Lent 80 and 10, borrowed 50 under the same agreement and date: 90 gross, 40 net."""
    legs = (("reverse_repo", 80), ("margin_lending", 10), ("repo", 50))
    rows = [{"sft_id": f"S{n}", "kind": kind, "cash_leg": cash, **REPO} for n, (kind, cash) in enumerate(legs)]
    agent = {"sft_id": "S9", "kind": "securities_borrowing", "cash_leg": 1000, **REPO, "role": "agent"}
    return codes("sft_asset", booked, sft=[*rows, agent])


# The tolerance is 0.5 % of either sum.
@pytest.mark.parametrize(("booked", "fires"), [(35, False), (35.2, True), (25, False), (24.8, True), (None, True)])
def test_derivative_assets_lie_between_net_and_gross_market_values(booked: float | None, fires: bool) -> None:
    assert derivatives(booked) == ["REC-004"] * fires


def test_margin_received_lowers_the_net_value_and_margin_given_does_not_raise_it() -> None:
    assert derivatives(5, variation_margin=20) == []
    assert derivatives(24, variation_margin=-7) == ["REC-004"]


@pytest.mark.parametrize(("booked", "fires"), [(90, False), (91, True), (40, False), (39, True), (None, True)])
def test_financing_assets_lie_between_cash_after_set_off_and_gross(booked: float | None, fires: bool) -> None:
    assert transactions(booked) == ["REC-005"] * fires


def test_an_unsplit_total_is_not_compared() -> None:
    sheets = base_sheets()
    sheets["balance_sheet"] = [
        {"line_id": "A", "item": "Total", "gross_carrying_amount": 90_000, "loss_allowance_specific": 0,
         "lr_treatment": "total_assets_unsplit"}
    ]  # fmt: skip
    sheets["sft"] = [{"sft_id": "S1", "counterparty_id": "C1", "kind": "reverse_repo", "cash_leg": 80, **REPO}]
    assert "REC-005" not in [breach.rule.code for breach in portfolio_of(sheets).breaches]
