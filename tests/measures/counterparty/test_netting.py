"""What nets with what and whose collateral counts, by hand with forwards of 1,000 (add-on 40, margined 12)."""

from __future__ import annotations

from math import exp
from typing import Any

import pytest

from tests.derivative_frames import netting_set
from tests.sa_ccr_runs import figures_of, forward, margined, one_set, protection, run, share

ADD_ON = 40.0  # 4% of 1,000 over a year
MARGINED = 12.0  # 0.3 of it


def multiplier(excess: float, add_on: float) -> float:
    return min(1.0, 0.05 + 0.95 * exp(excess / (1.9 * add_on)))


# --- one netting set -------------------------------------------------------------------------------------------------


def test_an_unmargined_set_counts_all_collateral() -> None:
    row = one_set([forward(market_value=100.0)], nica=20.0, collateral=10.0)
    assert row["replacement_cost"] == 70.0
    assert row["exposure_at_default"] == pytest.approx(1.4 * (70 + ADD_ON), rel=1e-14)


def test_excess_collateral_lowers_the_multiplier_down_to_its_floor() -> None:
    row = one_set([forward()], nica=50.0)
    assert row["multiplier"] == pytest.approx(multiplier(-50, ADD_ON), rel=1e-14)
    assert one_set([forward()], nica=1e9)["multiplier"] == pytest.approx(0.05, rel=1e-14)


def test_a_margined_set_counts_what_triggers_no_call() -> None:
    terms = margined(threshold=30.0, minimum_transfer_amount=5.0, nica=10.0, variation_margin=95.0)
    row = figures_of(run([forward(market_value=100.0)], [terms]))
    assert row["replacement_cost"] == 25.0  # 30 + 5 - 10, more than 100 - 105
    assert row["multiplier"] == pytest.approx(multiplier(-5, MARGINED), rel=1e-14)
    assert row["ead_margined"] == pytest.approx(1.4 * (25 + multiplier(-5, MARGINED) * MARGINED), rel=1e-14)


def test_a_margined_set_is_capped_at_its_unmargined_exposure() -> None:
    row = figures_of(run([forward()], [margined(minimum_transfer_amount=5e6)]))
    assert row["capped"]
    assert row["ead_margined"] == pytest.approx(1.4 * (5e6 + MARGINED), rel=1e-14)
    assert row["exposure_at_default"] == row["ead_unmargined"] == pytest.approx(1.4 * ADD_ON, rel=1e-14)


def test_a_margined_set_without_trades_has_no_exposure() -> None:
    row = figures_of(run([], [margined(minimum_transfer_amount=5e6)]))
    assert row["exposure_at_default"] == 0.0
    assert row["trades"] == 0


def test_under_the_crr_the_cap_leaves_variation_margin_out() -> None:
    posted = margined(variation_margin=-150.0)
    basel, eu = (figures_of(run([forward(market_value=-50.0)], [posted], j)) for j in ("basel", "eu"))
    assert basel["exposure_at_default"] == pytest.approx(1.4 * (100 + MARGINED), rel=1e-14)
    assert eu["exposure_at_default"] == pytest.approx(1.4 * multiplier(-50, ADD_ON) * ADD_ON, rel=1e-14)


@pytest.mark.parametrize("declared", [True, False])
def test_margin_that_only_the_bank_posts_leaves_the_set_unmargined(declared: bool) -> None:
    row = one_set([forward()], margined=declared, one_way_for_counterparty=True, variation_margin=-60.0)
    assert not row["margined"]
    assert row["replacement_cost"] == 60.0
    assert row["add_on"] == pytest.approx(ADD_ON, rel=1e-14)


# --- several margin agreements in a netting set ----------------------------------------------------------------------


def test_sub_sets_share_replacement_cost_and_multiplier_and_add_up_their_add_ons() -> None:
    trades = [
        forward("1", margin_agreement_id="M", market_value=100.0),
        forward("2", margin_agreement_id="N", market_value=-30.0, direction="short"),
        forward("3", market_value=5.0, direction="short"),
    ]
    rows = [
        margined(margin_agreement_id="M", threshold=10.0, variation_margin=90.0),
        margined(margin_agreement_id="N", threshold=1.0, illiquid=True, nica=4.0),
        netting_set(netting_set_id="A"),
    ]
    found = run(trades, rows)
    row = figures_of(found)
    assert row["replacement_cost"] == 7.0  # TH 11 - NICA 4, more than 75 - 94
    add_on = ADD_ON * (0.3 + 0.3 * 2**0.5 + 1)  # ten days, twenty days, unmargined: no offset between them
    assert row["add_on"] == pytest.approx(add_on, rel=1e-12)
    assert row["multiplier"] == pytest.approx(multiplier(75 - 94, add_on), rel=1e-12)
    assert row["add_on_unmargined"] == pytest.approx(ADD_ON, rel=1e-12)  # on that basis all net with each other
    assert found.hedging_sets["margin_period_days"].fillna(0).tolist() == [0, 10, 20]


def test_agreements_of_one_margin_period_net_with_each_other() -> None:
    trades = [forward("1", margin_agreement_id="M"), forward("2", margin_agreement_id="N", direction="short")]
    rows = [margined(margin_agreement_id=name) for name in "MN"]
    assert run(trades, rows).netting_sets["add_on"].item() == 0.0


# --- one margin agreement over several netting sets ------------------------------------------------------------------


def shared(
    values: tuple[float, float], collateral: tuple[float, float], jurisdiction: str = "basel", **row: Any
) -> Any:
    trades = [forward(name, netting_set_id=name, margin_agreement_id="M", market_value=value)
              for name, value in zip("AB", values, strict=True)]  # fmt: skip
    rows = [margined(name, margin_agreement_id="M", variation_margin=amount, **row)
            for name, amount in zip("AB", collateral, strict=True)]  # fmt: skip
    return run(trades, rows, jurisdiction).netting_sets


def test_collateral_of_a_shared_agreement_covers_what_is_owed() -> None:
    found = shared((100.0, -30.0), (0.0, 40.0))
    assert found["replacement_cost"].tolist() == [60.0, 0.0]  # 100 - 40, whichever netting set the margin stands in
    assert found["add_on"].tolist() == pytest.approx([ADD_ON, ADD_ON], rel=1e-14)  # unmargined
    assert found["multiplier"].tolist() == pytest.approx([1.0, multiplier(-30, ADD_ON)], rel=1e-14)
    assert not found["margined"].any()


def test_surplus_collateral_of_a_shared_agreement_is_spread_by_add_on() -> None:
    found = shared((100.0, -30.0), (140.0, 20.0))
    assert found["replacement_cost"].tolist() == [0.0, 0.0]
    expected = [multiplier(-30, ADD_ON), multiplier(-30 - 30, ADD_ON)]  # 60 left, half of it each
    assert found["multiplier"].tolist() == pytest.approx(expected, rel=1e-14)


def test_collateral_posted_under_a_shared_agreement_is_at_risk_beyond_what_is_owed() -> None:
    found = shared((20.0, -50.0), (-80.0, 10.0))
    assert found["replacement_cost"].sum() == 20.0 + (70.0 - 50.0)
    assert found["multiplier"].tolist() == [1.0, 1.0]  # more was posted than is owed


def test_collateral_posted_up_to_what_is_owed_raises_its_multiplier() -> None:
    found = shared((20.0, -50.0), (-30.0, 10.0))
    assert found["replacement_cost"].tolist() == [20.0, 0.0]
    assert found["multiplier"].tolist() == pytest.approx([1.0, multiplier(-50 + 20, ADD_ON)], rel=1e-14)


def test_under_the_crr_only_independent_collateral_counts_in_the_multiplier() -> None:
    found = shared((10.0, -50.0), (-30.0, 10.0), "eu", nica=15.0)
    expected = [multiplier(10 - 15, ADD_ON), multiplier(-50 - 15, ADD_ON)]
    assert found["multiplier"].tolist() == pytest.approx(expected, rel=1e-14)


def test_agreements_that_overlap_make_one_pool() -> None:
    trades = [forward(name, netting_set_id=name, margin_agreement_id=agreement, market_value=value)
              for name, agreement, value in (("A", "M", 10.0), ("B", "M", 10.0), ("C", "N", 10.0))]  # fmt: skip
    rows = [margined("A", margin_agreement_id="M", variation_margin=30.0), margined("B", margin_agreement_id="M"),
            margined("B", margin_agreement_id="N"), margined("C", margin_agreement_id="N")]  # fmt: skip
    found = run(trades, rows).netting_sets
    assert found["replacement_cost"].tolist() == [0.0, 0.0, 0.0]
    assert found["shares_collateral"].all()


# --- netting that is not enforceable ---------------------------------------------------------------------------------


def test_without_enforceable_netting_each_trade_stands_alone() -> None:
    trades = [forward("1", market_value=100.0), forward("2", market_value=-30.0, direction="short")]
    row = one_set(trades, enforceable=False)
    assert row["replacement_cost"] == 100.0
    assert row["add_on"] == pytest.approx(2 * ADD_ON, rel=1e-14)
    assert row["pfe"] == pytest.approx(ADD_ON * (1 + multiplier(-30, ADD_ON)), rel=1e-14)


def test_their_collateral_is_shared() -> None:
    trades = [forward("1", market_value=100.0), forward("2", market_value=-30.0, direction="short")]
    assert one_set(trades, enforceable=False, nica=40.0)["replacement_cost"] == 60.0
    assert one_set(trades, enforceable=False, nica=-70.0)["replacement_cost"] == 140.0  # 100, and 70 - 30 too much


OPTION: dict[str, Any] = {
    "option_type": "call", "option_side": "sold", "option_price": 100.0, "option_strike": 90.0, "t_years": 1.0,
    "premium_paid": True,
}  # fmt: skip


def test_a_sold_option_whose_premium_is_paid_has_no_exposure_outside_netting() -> None:
    sold = share(**OPTION, market_value=-5.0)
    row = one_set([sold], enforceable=False)
    assert row["exposure_at_default"] == 0.0
    assert row["exposure_leverage"] > 0.0
    assert one_set([sold])["exposure_at_default"] > 0.0  # within a netting agreement it has
    assert one_set([sold], enforceable=False, one_way_for_counterparty=True)["exposure_at_default"] > 0.0
    assert one_set([share(**{**OPTION, "option_side": "bought"})], enforceable=False)["exposure_at_default"] > 0.0


def test_under_the_crr_its_value_must_be_negative() -> None:
    sold = share(**OPTION, market_value=5.0)
    basel, eu = (one_set([sold], jurisdiction, enforceable=False) for jurisdiction in ("basel", "eu"))
    assert basel["exposure_at_default"] == 0.0
    assert eu["exposure_at_default"] > 0.0


def test_protection_sold_outside_netting_is_capped_at_the_unpaid_premia() -> None:
    assert one_set([protection(unpaid_premia=7.0)], enforceable=False)["exposure_at_default"] == 7.0
    assert one_set([protection(unpaid_premia=7.0, direction="short")], enforceable=False)["exposure_at_default"] > 7.0
    assert one_set([protection(unpaid_premia=7.0)])["exposure_at_default"] > 7.0
    assert one_set([protection(unpaid_premia=7.0)], enforceable=False)["exposure_leverage"] > 7.0


# --- crypto-assets of group 2b ---------------------------------------------------------------------------------------


def test_group_2b_counts_half_its_gross_notional_without_offset_or_collateral() -> None:
    coins: dict[str, Any] = {"asset_class": "crypto", "sub_class": "2b", "hedging_set": "Coin"}
    trades = [forward("1", **coins, market_value=30.0), forward("2", **coins, market_value=-20.0, direction="short"),
              forward("3", market_value=-1e3)]  # fmt: skip
    row = figures_of(run(trades, [margined(nica=50.0)]))
    plain = figures_of(run(trades[2:], [margined(nica=50.0)]))
    assert row["exposure_at_default"] == pytest.approx(plain["exposure_at_default"] + 1.4 * (30 + 1000), rel=1e-12)


def test_an_option_on_a_group_2b_asset_counts_with_its_gross_notional_and_a_digital_with_its_payoff_at_most() -> None:
    coins: dict[str, Any] = {"asset_class": "crypto", "sub_class": "2b", "hedging_set": "Coin"}
    put = {"option_type": "put", "option_side": "sold", "option_price": 5.0, "option_strike": 4.0, "t_years": 0.5}
    ends = [{}, put, {**put, "digital_payoff": 3.0}]
    outright, option, digital = (
        figures_of(run([forward("1", **coins, **end)], [margined(margined=False)]))["exposure_at_default"]
        for end in ends
    )
    assert option == outright == pytest.approx(1.4 * 500)
    assert digital == pytest.approx(1.4 * 3)


# --- leverage ratio --------------------------------------------------------------------------------------------------


def test_in_the_leverage_ratio_only_eligible_cash_counts_and_no_multiplier() -> None:
    row = one_set([forward(market_value=100.0)], nica=500.0, variation_margin=60.0, variation_margin_cash_eligible=25.0)
    assert row["replacement_cost_leverage"] == 75.0
    assert row["exposure_leverage"] == pytest.approx(1.4 * (75 + ADD_ON), rel=1e-14)


def test_client_cleared_sets_keep_their_margin_and_multiplier_in_the_leverage_ratio() -> None:
    row = one_set([forward(market_value=100.0)], nica=500.0, client_cleared=True)
    assert row["replacement_cost_leverage"] == 0.0
    assert row["exposure_leverage"] == pytest.approx(1.4 * multiplier(-400, ADD_ON) * ADD_ON, rel=1e-14)


def test_in_the_leverage_ratio_a_margined_set_takes_margined_maturity_factors() -> None:
    row = figures_of(run([forward()], [margined(threshold=1e9)]))
    assert row["exposure_leverage"] == pytest.approx(1.4 * MARGINED, rel=1e-14)
