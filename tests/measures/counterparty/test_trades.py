"""Adjusted notional, supervisory delta and maturity factor of single trades, by hand."""

from __future__ import annotations

from math import erf, exp, log, sqrt
from typing import Any

import numpy as np
import pytest

from reporting.intake.schedules import average_notional
from tests.sa_ccr_runs import forward, margined, one_trade, protection, run, share, swap

TENOR = (1 - exp(-0.05 * 10)) / 0.05  # supervisory duration of ten years


def phi(x: float) -> float:
    return 0.5 * (1 + erf(x / sqrt(2)))


# --- adjusted notional -----------------------------------------------------------------------------------------------


def test_a_swap_counts_with_its_supervisory_duration() -> None:
    assert one_trade(**swap())["adjusted_notional"] == pytest.approx(1000 * TENOR, rel=1e-14)


def test_a_start_in_the_past_is_a_start_today() -> None:
    assert one_trade(**swap(s_years=-3.0))["adjusted_notional"] == pytest.approx(1000 * TENOR, rel=1e-14)


def test_the_duration_is_floored_and_not_the_start() -> None:
    assert one_trade(**swap(s_years=1.0, e_years=1.01))["adjusted_notional"] == pytest.approx(
        1000 * 10 / 250, rel=1e-14
    )


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        ({"notional_currency": "EUR", "second_notional_currency": "USD", "second_notional": 900.0}, 900.0),
        ({"notional_currency": "USD", "second_notional_currency": "EUR", "second_notional": 1100.0}, 1000.0),
        ({"notional_currency": "USD", "second_notional_currency": "GBP", "second_notional": 1100.0}, 1100.0),
        ({"notional_currency": "USD", "second_notional_currency": "GBP", "second_notional": 900.0}, 1000.0),
        ({}, 1000.0),
    ],
)
def test_the_foreign_leg_counts_and_the_larger_one_of_two(legs: dict[str, Any], expected: float) -> None:
    assert one_trade(**legs)["adjusted_notional"] == expected


def test_equity_counts_units_at_their_price_or_the_notional_that_is_given() -> None:
    assert one_trade(**share())["adjusted_notional"] == 1000.0
    assert one_trade(**share(notional=70.0, underlying_units=None, underlying_price=None))["adjusted_notional"] == 70.0


def test_leverage_and_exchanges_of_principal_multiply() -> None:
    assert one_trade(leverage_multiplier=2.0, principal_exchanges=3)["adjusted_notional"] == 6000.0


def test_an_amortising_swap_counts_with_its_time_weighted_average() -> None:
    row = one_trade(**swap(notional=None, notional_schedule="0-1:100; 1-4:60"))
    assert row["adjusted_notional"] == pytest.approx(70 * TENOR, rel=1e-14)  # (100 + 3 x 60) / 4


@pytest.mark.parametrize("text", ["", "100", "0-1:abc", "1-0:100", "0-2:100;1-3:50", "0-1:100;", "0-1.2.3:100"])
def test_a_schedule_that_makes_no_sense_has_no_average(text: str) -> None:
    assert average_notional(text) is None


# --- supervisory delta -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "side", "sign", "inside"),
    [("call", "bought", 1, 1), ("call", "sold", -1, 1), ("put", "bought", -1, -1), ("put", "sold", 1, -1)],
)
def test_the_delta_of_an_option(kind: str, side: str, sign: int, inside: int) -> None:
    row = one_trade(
        **share(option_type=kind, option_side=side, option_price=100.0, option_strike=80.0, t_years=2.0, direction=None)
    )
    d1 = (log(100 / 80) + 0.5 * 1.2**2 * 2) / (1.2 * sqrt(2))
    assert row["supervisory_delta"] == pytest.approx(sign * phi(inside * d1), rel=1e-13)


@pytest.mark.parametrize(("strike", "delta"), [(80.0, 1.0), (100.0, 0.5), (120.0, 0.0)])
def test_an_option_exercised_today_is_in_the_money_or_not(strike: float, delta: float) -> None:
    row = one_trade(
        **share(option_type="call", option_side="bought", option_price=100.0, option_strike=strike, t_years=0.0)
    )
    assert row["supervisory_delta"] == delta


DIGITAL: dict[str, Any] = {
    "option_type": "call", "option_side": "bought", "option_price": 100.0, "option_strike": 90.0, "t_years": 1.0,
    "digital_payoff": 500.0,
}  # fmt: skip


def test_a_digital_option_is_a_collar_of_its_payoff() -> None:
    row = one_trade(**share(**DIGITAL))
    lower, upper = ((log(100 / strike) + 0.5 * 1.2**2) / 1.2 for strike in (0.95 * 90, 1.05 * 90))
    assert row["adjusted_notional"] == pytest.approx(500 / 9 * 100, rel=1e-12)
    assert row["supervisory_delta"] == pytest.approx(phi(lower) - phi(upper), rel=1e-12)
    assert row["effective_notional"] == pytest.approx(row["adjusted_notional"] * row["supervisory_delta"], rel=1e-12)


def test_a_digital_put_is_short_where_the_call_is_long() -> None:
    call, put = (one_trade(**share(**{**DIGITAL, "option_type": kind})) for kind in ("call", "put"))
    assert put["supervisory_delta"] == -call["supervisory_delta"]


def test_the_effective_notional_of_a_digital_option_is_capped_under_basel_only() -> None:
    fields = swap(**{**DIGITAL, "option_price": 0.02, "option_strike": 0.02})
    basel, eu = (one_trade(jurisdiction, **fields)["effective_notional"] for jurisdiction in ("basel", "eu"))
    assert basel == pytest.approx(500 / 0.005, rel=1e-12)
    assert eu > basel


def test_tranches_and_baskets_have_the_sign_of_single_names() -> None:
    tranche: dict[str, Any] = {"tranche_attach": 0.03, "tranche_detach": 0.07}
    size = 15 / ((1 + 14 * 0.03) * (1 + 14 * 0.07))
    assert one_trade(**protection(**tranche))["supervisory_delta"] == pytest.approx(size, rel=1e-14)
    assert one_trade(**protection(**tranche, direction="short"))["supervisory_delta"] == pytest.approx(-size, rel=1e-14)
    printed = {"sa_ccr_purchased_tranche_positive": True}
    assert one_trade(changed=printed, **protection(**tranche))["supervisory_delta"] == pytest.approx(-size, rel=1e-14)
    second_of_five = one_trade(**protection(nth=2.0, basket_size=5.0))["supervisory_delta"]
    assert second_of_five == pytest.approx(15 / ((1 + 14 * 0.2) * (1 + 14 * 0.4)), rel=1e-14)


def option(price: float, strike: float, **fields: Any) -> dict[str, Any]:
    terms = {"option_type": "call", "option_side": "bought", "t_years": 1.0}
    return swap(**{**terms, "option_price": price, "option_strike": strike, **fields})


def shifted_delta(price: float, strike: float, shift: float, volatility: float) -> float:
    return phi((log((price + shift) / (strike + shift)) + 0.5 * volatility**2) / volatility)


def test_a_shift_that_is_given_lifts_price_and_strike() -> None:
    row = one_trade(**option(-0.01, 0.02, option_shift=0.03))
    assert row["supervisory_delta"] == pytest.approx(shifted_delta(-0.01, 0.02, 0.03, 0.5), rel=1e-12)


def test_under_the_crr_each_option_is_lifted_to_the_threshold_by_itself() -> None:
    """Del. Reg. (EU) 2021/931 Art. 5(2): max(0.1 % - min(P, K), 0), positive prices and strikes below it included."""
    trades = [option(0.01, -0.02, trade_id="1"), option(0.01, -0.01, trade_id="2"), option(0.03, 0.02, trade_id="3"),
              option(0.01, 0.0005, trade_id="4", hedging_set="USD")]  # fmt: skip
    found = run(trades, [margined()], "eu").trades["supervisory_delta"]
    assert found[0] == pytest.approx(shifted_delta(0.01, -0.02, 0.021, 0.5), rel=1e-12)
    assert found[1] == pytest.approx(shifted_delta(0.01, -0.01, 0.011, 0.5), rel=1e-12)
    assert found[2] == pytest.approx(shifted_delta(0.03, 0.02, 0.0, 0.5), rel=1e-12)
    assert found[3] == pytest.approx(shifted_delta(0.01, 0.0005, 0.0005, 0.5), rel=1e-12)


def test_under_the_crr_a_negative_commodity_price_is_lifted_by_its_own_size() -> None:
    commodity = {"asset_class": "commodity", "sub_class": "oil_gas", "hedging_set": None, "reference_entity": "Crude"}
    row = one_trade("eu", **option(-10.0, 20.0, **commodity))
    assert row["supervisory_delta"] == pytest.approx(shifted_delta(-10, 20, 11.0, 0.7), rel=1e-12)


# --- maturity factor -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("maturity", "factor"), [(0.0, sqrt(10 / 250)), (0.02, sqrt(10 / 250)), (0.25, 0.5), (1.0, 1.0), (30.0, 1.0)]
)
def test_the_unmargined_factor_is_floored_at_ten_days_and_cut_at_a_year(maturity: float, factor: float) -> None:
    assert one_trade(m_years=maturity)["maturity_factor"] == pytest.approx(factor, rel=1e-14)


def test_a_trade_settled_daily_takes_ten_days_margined_or_not() -> None:
    trades = [forward("1", daily_settled=True, m_years=None), forward("2")]
    found = run(trades, [margined()]).trades
    assert found["maturity_factor"].tolist() == pytest.approx([0.2, 0.3], rel=1e-14)
    assert found["maturity_factor_unmargined"].tolist() == pytest.approx([0.2, 1.0], rel=1e-14)


@pytest.mark.parametrize(
    ("row", "basel", "eu"),
    [
        ({}, 10, 10),
        ({"remargining_days": 5.0}, 14, 14),
        ({"client_clearing": True}, 5, 5),
        ({"illiquid": True, "remargining_days": 5.0}, 20, 24),
        ({"illiquid": True, "remargining_days": 15.0}, 24, 34),
        ({"disputes": 2.0}, 10, 10),
        ({"disputes": 3.0}, 20, 20),
        ({"disputes": 3.0, "remargining_days": 5.0}, 28, 20),
        ({"margin_period_days": 12.0}, 12, 12),
        ({"margin_period_days": 3.0, "remargining_days": None}, 10, 10),
    ],
)
def test_the_margin_period_of_risk_is_the_banks_own_or_the_floor(row: dict[str, Any], basel: float, eu: float) -> None:
    found = [run([forward()], [margined(**row)], j).netting_sets["mpor_days"].item() for j in ("basel", "eu")]
    assert found == [basel, eu]


@pytest.mark.parametrize(
    ("count", "row", "basel", "eu"),
    [
        (5000, {}, 10, 10),
        (5001, {}, 20, 20),
        (5001, {"qccp": True}, 10, 10),
        (5001, {"qccp": True, "disputes": 1.0}, 20, 10),  # CRE54.8(1); CRR Art. 285(3)(a) has no such condition
        (5001, {"qccp": True, "disputes": 3.0}, 40, 20),  # twice 20; twice 10
        (5000, {"qccp": True, "disputes": 3.0}, 20, 20),
    ],
)
def test_more_than_five_thousand_trades_are_large_unless_with_a_central_counterparty(
    count: int, row: dict[str, Any], basel: float, eu: float
) -> None:
    trades = [forward(str(number)) for number in range(count)]
    found = [run(trades, [margined(**row)], j).netting_sets["mpor_days"].item() for j in ("basel", "eu")]
    assert found == [basel, eu]


# --- buckets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "basel", "eu"), [(0.99, "1", "1"), (1.0, "2", "1"), (1.01, "2", "2"), (5.0, "2", "2"), (5.01, "3", "3")]
)
def test_the_maturity_bucket_follows_the_end_date(end: float, basel: str, eu: str) -> None:
    for jurisdiction, bucket in (("basel", basel), ("eu", eu)):
        found = run([swap(e_years=end)], [margined()], jurisdiction)
        assert found.positions["member"].tolist() == [bucket]


def test_basis_and_volatility_scale_the_supervisory_factor() -> None:
    trades = [swap("1"), swap("2", special="basis", special_pair="3M/6M"), swap("3", special="volatility")]
    found = run(trades, [margined()])
    assert found.trades["supervisory_factor"].tolist() == [0.005, 0.0025, 0.025]
    assert found.hedging_sets["kind"].tolist() == ["plain", "volatility", "basis"]
    assert np.isclose(found.hedging_sets["add_on"].sum(), found.netting_sets["add_on"].item(), rtol=1e-14)
