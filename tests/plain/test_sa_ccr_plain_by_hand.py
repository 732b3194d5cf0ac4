"""What no golden covers, in the plain SA-CCR: small cases whose numbers are worked out in the test."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import pytest

from tests.derivative_frames import netting_set, trade
from tests.plain.sa_ccr import Result, sa_ccr
from tests.plain.sa_ccr_sets import NettingSet, independent, variation
from tests.plain.sa_ccr_trades import TradeResult
from tests.random_derivatives import random_portfolio

PHI = NormalDist().cdf
Fields = dict[str, Any]
SWAP: Fields = {"asset_class": "ir", "hedging_set": "EUR", "direction": "long", "notional": 100.0, "e_years": 5.0}
FORWARD: Fields = {
    "asset_class": "fx",
    "hedging_set": "EUR/USD",
    "direction": "long",
    "notional": 100.0,
    "m_years": 1.0,
}
INDEX: Fields = {"asset_class": "equity", "sub_class": "index", "reference_entity": "I", "m_years": 1.0}
NAME: Fields = {
    "asset_class": "credit",
    "sub_class": "bb",
    "reference_entity": "N",
    "direction": "long",
    "e_years": 5.0,
}


def one_trade(jurisdiction: str = "basel", **fields: Any) -> TradeResult:
    made = trade(trade_id="T", netting_set_id="N", **{"market_value": 0.0, "m_years": 1.0} | fields)
    return sa_ccr([made], [netting_set(netting_set_id="N")], jurisdiction, reporting_currency="EUR").trades["T"]


def forwards(
    values: dict[str, float], rows: list[dict[str, Any]], jurisdiction: str = "basel", **fields: Any
) -> Result:
    """One forward for each netting set named, `N/1` being of the set N under its agreement 1."""
    made = []
    for number, (place, value) in enumerate(values.items()):
        name, _, agreement = place.partition("/")
        made.append(
            trade(trade_id=f"T{number}", netting_set_id=name, margin_agreement_id=agreement or None,
                  **FORWARD | {"market_value": value} | fields)
        )  # fmt: skip
    return sa_ccr(made, rows, jurisdiction, reporting_currency="EUR")


def test_amortising_notional_is_the_time_weighted_average() -> None:
    duration = (1 - math.exp(-0.25)) / 0.05
    found = one_trade(**SWAP | {"notional_schedule": "0-1:100;1-3:40"})
    assert found.adjusted_notional == pytest.approx((100 + 2 * 40) / 3 * duration)


def test_leverage_and_exchanges_of_principal_multiply_the_notional() -> None:
    duration = (1 - math.exp(-0.25)) / 0.05
    found = one_trade(**SWAP | {"leverage_multiplier": 3.0, "principal_exchanges": 4.0})
    assert found.adjusted_notional == pytest.approx(100 * 3 * 4 * duration)


@pytest.mark.parametrize(
    ("first", "second", "notional"), [("EUR", "USD", 120.0), ("GBP", "EUR", 100.0), ("GBP", "USD", 120.0)]
)
def test_foreign_leg_counts_and_of_two_foreign_legs_the_larger(first: str, second: str, notional: float) -> None:
    legs: Fields = {"notional_currency": first, "second_notional_currency": second, "second_notional": 120.0}
    assert one_trade(**FORWARD | legs).adjusted_notional == notional


@pytest.mark.parametrize(("jurisdiction", "buckets"), [("basel", [1, 2, 2, 3]), ("eu", [1, 1, 2, 3])])
def test_a_swap_of_exactly_one_year_is_in_the_second_bucket_under_basel_only(
    jurisdiction: str, buckets: list[int]
) -> None:
    found = [one_trade(jurisdiction, **SWAP | {"e_years": years}).bucket for years in (0.999, 1.0, 5.0, 5.001)]
    assert found == buckets


def test_second_to_default_of_five_is_a_tranche_from_20_to_40_percent() -> None:
    found = one_trade(**NAME | {"notional": 100.0, "nth": 2.0, "basket_size": 5.0})
    assert found.supervisory_delta == pytest.approx(15 / ((1 + 14 * 0.2) * (1 + 14 * 0.4)))


def test_a_digital_is_a_collar_and_its_effective_notional_is_limited_under_basel_only() -> None:
    option: Fields = {"option_price": 100.0, "option_strike": 100.0, "t_years": 1.0, "option_type": "call"}
    digital = INDEX | option | {"option_side": "bought", "digital_payoff": 1000.0}
    delta = PHI((math.log(100 / 95) + 0.5 * 0.75**2) / 0.75) - PHI((math.log(100 / 105) + 0.5 * 0.75**2) / 0.75)
    notional = 1000 / (105 - 95) * 100
    for jurisdiction in ("basel", "eu"):
        found = one_trade(jurisdiction, **digital)
        assert found.supervisory_delta == pytest.approx(delta)
        assert found.effective_notional == pytest.approx(notional * delta)
    short_dated = digital | {"t_years": 0.0001}  # delta 1, of a notional of 10,000
    assert one_trade("basel", **short_dated).effective_notional == pytest.approx(1000 / 0.2)
    assert one_trade("eu", **short_dated).effective_notional == pytest.approx(10_000)


@pytest.mark.parametrize("kind", ["call", "put"])
def test_a_sold_digital_mirrors_the_bought_one(kind: str) -> None:
    option: Fields = {"option_price": 90.0, "option_strike": 100.0, "t_years": 2.0, "option_type": kind}
    bought, sold = (
        one_trade(**INDEX | option | {"direction": "long", "option_side": side, "digital_payoff": 50.0})
        for side in ("bought", "sold")
    )
    assert bought.effective_notional == -sold.effective_notional
    assert (bought.effective_notional > 0) == (kind == "call")


@pytest.mark.parametrize(
    ("jurisdiction", "price", "strike", "stated", "shift"),
    [
        ("basel", -0.01, 0.02, 0.03, 0.03), ("basel", 0.01, 0.02, None, 0.0), ("eu", -0.01, 0.02, None, 0.011),
        ("eu", 0.01, -0.03, None, 0.031), ("eu", 0.0004, 0.02, None, 0.0006), ("eu", 0.01, 0.02, None, 0.0),
        ("eu", -0.01, 0.02, 0.03, 0.03),
    ],
)  # fmt: skip
def test_rates_are_shifted_as_stated_or_in_europe_by_the_rule(
    jurisdiction: str, price: float, strike: float, stated: float | None, shift: float
) -> None:
    option = {"option_type": "call", "option_side": "bought", "t_years": 1.0, "option_shift": stated}
    found = one_trade(jurisdiction, **SWAP, **option, option_price=price, option_strike=strike)
    d1 = (math.log((price + shift) / (strike + shift)) + 0.5 * 0.5**2) / 0.5
    assert found.supervisory_delta == pytest.approx(PHI(d1))


def test_negative_commodity_prices_are_shifted_under_the_european_rule() -> None:
    oil: Fields = {"asset_class": "commodity", "sub_class": "oil_gas", "reference_entity": "oil", "notional": 1.0}
    found = one_trade("eu", **oil, option_type="put", option_side="bought", option_price=-10.0, option_strike=5.0,
                      t_years=1.0)  # fmt: skip
    assert found.supervisory_delta == pytest.approx(-PHI(-(math.log(1.0 / 16.0) + 0.5 * 0.7**2) / 0.7))


@pytest.mark.parametrize(
    ("jurisdiction", "circumstances", "days"),
    [
        ("basel", {}, 10), ("basel", {"client_clearing": True}, 5), ("basel", {"remargining_days": 5.0}, 14),
        ("basel", {"illiquid": True, "remargining_days": 5.0}, 20), ("basel", {"disputes": 2.0}, 10),
        ("basel", {"disputes": 3.0, "remargining_days": 5.0}, 28), ("basel", {"margin_period_days": 8.0}, 10),
        ("basel", {"margin_period_days": 12.0}, 12), ("eu", {"illiquid": True, "remargining_days": 5.0}, 24),
        ("eu", {"disputes": 3.0, "remargining_days": 5.0}, 20), ("eu", {"disputes": 3.0, "remargining_days": 15.0}, 24),
        ("eu", {"client_clearing": True, "remargining_days": 3.0}, 7),
    ],
)  # fmt: skip
def test_margin_period_of_risk_is_the_estimate_or_its_floor(
    jurisdiction: str, circumstances: dict[str, Any], days: float
) -> None:
    row = netting_set(netting_set_id="N", margined=True, threshold=0.0, minimum_transfer_amount=0.0, **circumstances)
    result = forwards({"N": 0.0}, [row], jurisdiction)
    assert result.netting_sets["N"].mpor_days == days
    assert result.trades["T0"].maturity_factor == pytest.approx(1.5 * math.sqrt(days / 250))


def test_a_daily_settled_trade_has_a_maturity_of_ten_days() -> None:
    assert one_trade(**FORWARD | {"daily_settled": True}).maturity_factor == pytest.approx(math.sqrt(10 / 250))


def test_posted_margin_of_a_one_way_agreement_is_an_exposure() -> None:
    row = netting_set(
        netting_set_id="N", margined=True, one_way_for_counterparty=True, variation_margin=-30.0, nica=5.0
    )
    found = forwards({"N": 10.0}, [row]).netting_sets["N"]
    assert found.replacement_cost == 10 - 5 + 30
    assert found.ead_margined is None


def test_a_set_without_trades_is_capped_at_nothing_however_large_its_threshold() -> None:
    row = netting_set(netting_set_id="N", margined=True, threshold=0.0, minimum_transfer_amount=5e6)
    found = forwards({}, [row]).netting_sets["N"]
    assert found.ead_margined == pytest.approx(7e6)
    assert found.exposure_at_default == 0
    assert found.capped


def test_several_agreements_of_one_netting_set_share_one_replacement_cost() -> None:
    terms: Fields = {"netting_set_id": "N", "margined": True, "minimum_transfer_amount": 1.0}
    rows = [
        netting_set(**terms, margin_agreement_id="1", threshold=10.0, variation_margin=4.0),
        netting_set(**terms, margin_agreement_id="2", threshold=20.0, nica=3.0, margin_period_days=20.0),
        netting_set(netting_set_id="N", nica=2.0),
    ]
    found = forwards({"N/1": 15.0, "N/2": 7.0, "N": -2.0}, rows).netting_sets["N"]
    assert (found.value, found.collateral) == (20.0, 9.0)
    assert found.replacement_cost == 10 + 1 + 20 + 1 - 5  # above V - C = 11
    factors = (1.5 * math.sqrt(10 / 250), 1.5 * math.sqrt(20 / 250), 1.0)
    assert found.add_on == pytest.approx(0.04 * 100 * sum(factors))  # no offset between the sub-netting sets


@pytest.mark.parametrize(("margin", "rc"), [(30.0, 70.0), (130.0, 0.0), (-25.0, 100.0), (-60.0, 120.0)])
def test_one_agreement_over_two_netting_sets_nets_posted_margin_against_negative_values_only(
    margin: float, rc: float
) -> None:
    terms: Fields = {"margined": True, "threshold": 7.0, "minimum_transfer_amount": 0.0, "margin_agreement_id": "A"}
    rows = [
        netting_set(netting_set_id="N", variation_margin=margin, **terms),
        netting_set(netting_set_id="M", **terms),
    ]
    found = forwards({"N": 100.0, "M": -40.0}, rows).netting_sets
    assert found["N"].replacement_cost + found["M"].replacement_cost == pytest.approx(rc)
    assert found["N"].add_on == 4.0  # unmargined
    assert (found["M"].multiplier == 1) == (margin == -60.0)


def test_parts_of_a_shared_collateral_add_up_to_the_formula_of_the_agreement() -> None:
    compared = 0
    for seed in range(300):
        portfolio = random_portfolio(seed)
        arguments = (portfolio.trades, portfolio.netting_sets, portfolio.jurisdiction)
        found = sa_ccr(*arguments, reporting_currency=portfolio.reporting_currency).netting_sets
        agreements = {str(row["margin_agreement_id"]) for row in portfolio.netting_sets}
        for agreement in sorted(name for name in agreements if name.endswith("shared")):
            rows = [row for row in portfolio.netting_sets if row["margin_agreement_id"] == agreement]
            names = {row["netting_set_id"] for row in rows}
            own = [one for one in portfolio.trades if one["netting_set_id"] in names]
            if all(row["enforceable"] for row in rows) and not any(one["sub_class"] == "2b" for one in own):
                values = [found[name].value for name in names]
                c = sum(independent(row) + variation(row) for row in rows)
                rc = max(sum(max(v, 0) for v in values) - max(c, 0), 0)
                rc += max(sum(min(v, 0) for v in values) - min(c, 0), 0)
                assert sum(found[name].replacement_cost for name in names) == pytest.approx(rc, abs=1e-6)
                compared += 1
    assert compared > 20


def sole(row: dict[str, Any], jurisdiction: str = "basel", **fields: Any) -> NettingSet:
    made = trade(trade_id="T", netting_set_id="N", **fields)
    return sa_ccr([made], [row], jurisdiction, reporting_currency="EUR").netting_sets["N"]


def test_a_sold_option_outside_netting_with_its_premium_paid_has_no_exposure_but_leverage() -> None:
    outside, inside = (netting_set(netting_set_id="N", enforceable=enforceable) for enforceable in (False, True))
    option = INDEX | {
        "option_price": 100.0, "option_strike": 100.0, "t_years": 1.0, "option_type": "put", "option_side": "sold",
        "notional": 100.0, "premium_paid": True, "market_value": -5.0,
    }  # fmt: skip
    assert sole(outside, **option).exposure_at_default == 0
    assert sole(outside, **option).exposure_leverage > 0
    assert sole(inside, **option).exposure_at_default > 0
    assert sole(outside, **option | {"premium_paid": False}).exposure_at_default > 0
    assert sole(outside, "eu", **option).exposure_at_default == 0
    assert sole(outside, "eu", **option | {"market_value": 0.0}).exposure_at_default > 0


def test_posted_collateral_stays_an_exposure_where_every_trade_has_relief() -> None:
    outside = netting_set(netting_set_id="N", enforceable=False, nica=-30.0)
    sold = NAME | {"notional": 100.0, "m_years": 5.0, "market_value": 1.0, "unpaid_premia": 2.0}
    found = sole(outside, **sold)
    assert found.replacement_cost == 1 + 30
    assert found.exposure_at_default == pytest.approx(2 + 1.4 * 30)


def test_protection_sold_outside_netting_is_capped_at_the_unpaid_premia() -> None:
    outside = netting_set(netting_set_id="N", enforceable=False)
    sold = NAME | {"notional": 100.0, "m_years": 5.0, "market_value": 1.0, "unpaid_premia": 2.0}
    assert sole(outside, **sold).exposure_at_default == 2.0
    assert sole(outside, **sold | {"direction": "short"}).exposure_at_default > 2.0
    assert sole(outside, **sold | {"unpaid_premia": 1e6}).exposure_at_default == pytest.approx(
        1.4 * (1 + 0.0106 * 100 * (1 - math.exp(-0.25)) / 0.05)
    )


def test_posted_collateral_of_a_set_without_netting_and_without_trades_is_an_exposure() -> None:
    row = netting_set(netting_set_id="N", enforceable=False, nica=-30.0)
    assert forwards({}, [row]).netting_sets["N"].exposure_at_default == pytest.approx(1.4 * 30)


def test_a_one_way_agreement_bars_the_relief_of_sold_options() -> None:
    option = INDEX | {
        "option_price": 100.0, "option_strike": 100.0, "t_years": 1.0, "option_type": "put", "option_side": "sold",
        "notional": 100.0, "premium_paid": True, "market_value": -5.0,
    }  # fmt: skip
    row = netting_set(netting_set_id="N", enforceable=False, one_way_for_counterparty=True)
    assert sole(row, **option).exposure_at_default > 0


def test_group_2b_stands_outside_the_formulas_of_its_netting_set() -> None:
    terms: Fields = {"netting_set_id": "N", "direction": "long", "m_years": 1.0, "notional": 100.0}
    coin = {"asset_class": "crypto", "sub_class": "2b", "hedging_set": "coin"}
    made = [
        trade(trade_id="A", **terms, **coin, market_value=-7.0),
        trade(trade_id="B", **terms, **coin, market_value=3.0),
        trade(trade_id="C", **terms, asset_class="fx", hedging_set="EUR/USD", market_value=2.0),
    ]
    found = sa_ccr(made, [netting_set(netting_set_id="N")], "basel", reporting_currency="EUR").netting_sets["N"]
    assert found.replacement_cost == 2 + 3
    assert found.add_on == 4 + 50 + 50
    assert found.exposure_at_default == pytest.approx(1.4 * (5 + 104))


def test_only_eligible_cash_reduces_the_leverage_exposure_save_for_cleared_clients() -> None:
    terms: Fields = {"netting_set_id": "N", "margined": True, "threshold": 0.0, "minimum_transfer_amount": 0.0,
                     "nica": 50.0, "variation_margin": 60.0, "variation_margin_cash_eligible": 20.0}  # fmt: skip
    factor = 1.5 * math.sqrt(10 / 250)
    own, cleared = (
        forwards({"N": 100.0}, [netting_set(**terms, client_cleared=is_cleared)]).netting_sets["N"]
        for is_cleared in (False, True)
    )
    assert own.exposure_leverage == pytest.approx(1.4 * (80 + 4 * factor))
    multiplier = 0.05 + 0.95 * math.exp((100 - 110) / (1.9 * 4 * factor))
    assert cleared.exposure_leverage == pytest.approx(1.4 * multiplier * 4 * factor)
