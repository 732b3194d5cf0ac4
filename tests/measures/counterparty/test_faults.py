"""Frames that cannot be used are refused with every trade that has the fault."""

from __future__ import annotations

from typing import Any

import pytest

from reporting.measures.counterparty import FrameFault, sa_ccr
from tests.derivative_frames import netting_set, netting_set_frame, trade_frame
from tests.sa_ccr_runs import forward, margined, parameters, protection, run, share, swap

OPTION: dict[str, Any] = {
    "option_type": "call",
    "option_side": "bought",
    "option_price": 100.0,
    "option_strike": 90.0,
    "t_years": 1.0,
}


@pytest.mark.parametrize(
    ("trade", "fault"),
    [
        (forward(asset_class="weather"), "asset class or sub-class that the rules do not know"),
        (forward(asset_class="other"), "asset class or sub-class that the rules do not know"),  # the CRR knows it
        (share(sub_class="basket"), "asset class or sub-class that the rules do not know"),
        (share(sub_class=""), "asset class or sub-class that the rules do not know"),
        (forward(netting_set_id=None), "trade without netting set"),
        (forward(netting_set_id="B"), "netting set, or margin agreement, that is not among the netting sets"),
        (forward(margin_agreement_id="M"), "netting set, or margin agreement, that is not among the netting sets"),
        (forward(hedging_set=None), "no hedging set"),
        (share(reference_entity=None), "no reference entity"),
        (forward(special="spread"), "special must be basis or volatility"),
        (forward(special="basis"), "basis trade without its pair"),
        (forward(direction="up"), "direction must be long or short"),
        (forward(direction=None), "no direction"),
        (forward(market_value=None), "no market value"),
        (forward(market_value=float("inf")), "no market value"),
        (forward(notional=None), "no notional"),
        (swap(notional_schedule="soon"), "notional schedule that cannot be read"),
        (share(underlying_price=None), "underlying units without price"),
        (forward(notional=-1.0), "negative or infinite notional, units, leverage or exchanges of principal"),
        (forward(notional_currency="EUR"), "no notional of the foreign leg"),
        (forward(notional_currency="EUR", second_notional_currency="EUR", second_notional=1.0), "both legs in the"),
        (forward(notional_currency="USD", second_notional=1.0), "two legs, and the currency of one is not given"),
        (forward(m_years=-0.1), "negative or infinite maturity, end or exercise date"),
        (forward(m_years=None), "no maturity"),
        (swap(e_years=None), "no end of the period that the rate refers to"),
        (swap(s_years=11.0), "the period that the rate refers to ends before it starts"),
        (share(**{**OPTION, "option_type": "swap"}), "option type must be call or put"),
        (share(**{**OPTION, "option_side": "held"}), "option side must be bought or sold"),
        (share(**{**OPTION, "option_side": None}), "option without side"),
        (share(**{**OPTION, "option_strike": None}), "option without strike"),
        (share(**{**OPTION, "option_price": None}), "option without price of the underlying"),
        (share(**{**OPTION, "t_years": None}), "option without exercise date"),
        (share(**{**OPTION, "option_strike": float("inf")}), "infinite price, strike or shift"),
        (share(digital_payoff=1.0), "digital payoff of a trade that is no option"),
        (share(**{**OPTION, "option_strike": 0.0}, digital_payoff=1.0), "digital option with a strike of zero"),
        (protection(unpaid_premia=-1.0), "negative digital payoff or unpaid premia"),
        (share(tranche_attach=0.0, tranche_detach=0.1), "tranche or nth-to-default of a trade that is no credit"),
        (protection(tranche_attach=0.1, tranche_detach=0.1), "tranche must have 0 <= attachment < detachment <= 1"),
        (protection(tranche_attach=0.1), "tranche must have 0 <= attachment < detachment <= 1"),
        (protection(nth=3.0, basket_size=2.0), "tranche must have 0 <= attachment < detachment <= 1"),
        (protection(**OPTION, tranche_attach=0.0, tranche_detach=0.1), "option on a tranche"),
        (share(**{**OPTION, "option_price": -1.0}), "price and strike must be positive, after a shift if need be"),
        (swap(**{**OPTION, "option_price": -0.02, "option_strike": -0.01}), "price and strike must be positive"),
        (swap(**{**OPTION, "option_price": -0.02, "option_shift": 0.02}), "price and strike must be positive"),
    ],
)  # fmt: skip
def test_a_trade_that_cannot_be_computed_is_named_with_the_reason(trade: dict[str, Any], fault: str) -> None:
    with pytest.raises(FrameFault) as refused:
        run([forward("good"), {**trade, "trade_id": "bad"}], [netting_set(netting_set_id="A")])
    found = {name: ids for name, ids in refused.value.faults.items() if name.startswith(fault)}
    assert list(found.values()) == [("bad",)]
    assert isinstance(refused.value, ValueError)


def test_all_faults_of_all_trades_are_in_one_error() -> None:
    trades = [forward("1", m_years=None), forward("2"), forward("3", m_years=None), forward("4", direction=None)]
    with pytest.raises(FrameFault, match="no direction: 4; no maturity: 1, 3"):
        run(trades, [netting_set(netting_set_id="A")])


def test_a_long_list_is_cut_in_the_message_and_whole_in_the_error() -> None:
    trades = [forward(str(number), m_years=None) for number in range(30)]
    with pytest.raises(FrameFault, match=r"18, 19 and 10 more$") as refused:
        run(trades, [netting_set(netting_set_id="A")])
    assert len(refused.value.faults["no maturity"]) == 30


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([netting_set(netting_set_id="A")] * 2, "netting set found twice with the same margin agreement: A, A|: A$"),
        ([netting_set()], "netting set without a name, in row: 1"),
        ([margined(threshold=None)], "margined, without threshold or minimum transfer amount: A"),
        ([margined(remargining_days=None)], "margined, without margin period or days between margin calls: A"),
        ([margined(threshold=-1.0)], "negative threshold or minimum transfer amount: A"),
        ([margined(remargining_days=0.0)], "days between margin calls below one, or margin period below zero: A"),
        ([netting_set(netting_set_id="A", nica=float("inf"))], "infinite amount: A"),
    ],
)
def test_a_netting_set_that_makes_no_sense_is_named(rows: list[dict[str, Any]], fault: str) -> None:
    with pytest.raises(FrameFault, match=fault):
        run([forward()], rows)


def test_a_blank_answer_is_not_no() -> None:
    sets = netting_set_frame([netting_set(netting_set_id="A")]).astype({"margined": object})
    sets.loc[0, "margined"] = None
    with pytest.raises(FrameFault, match="margined and enforceable must be stated: A"):
        sa_ccr(trade_frame([forward()]), sets, parameters(), reporting_currency="EUR")
    sets.loc[0, "margined"] = "no"
    with pytest.raises(TypeError, match="column margined must hold true, false or blank"):
        sa_ccr(trade_frame([forward()]), sets, parameters(), reporting_currency="EUR")


def test_the_crr_permits_no_choice_about_offsetting_buckets() -> None:
    frames = trade_frame([swap("1"), swap("2", e_years=2.0, direction="short")]), netting_set_frame([margined()])
    with pytest.raises(ValueError, match="the rules in force permit no choice"):
        sa_ccr(*frames, parameters("eu"), reporting_currency="EUR", offset_between_buckets=False)
    with_offset, without = (
        sa_ccr(*frames, parameters(), reporting_currency="EUR", offset_between_buckets=offset)
        for offset in (True, False)
    )
    assert without.netting_sets["add_on"].item() > with_offset.netting_sets["add_on"].item()
