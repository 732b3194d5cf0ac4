"""Laws of SA-CCR on random portfolios of every kind: order, splitting, scale, the cap, and how hedging sets add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.measures.counterparty import CounterpartyExposure, sa_ccr
from tests.derivative_frames import TRADE_TEXT
from tests.random_derivatives import Portfolio, random_portfolio
from tests.sa_ccr_runs import forward, margined, parameters, protection, run, share, swap

SEEDS = st.integers(0, 10_000)
MONEY_OF_TRADES = ["notional", "second_notional", "underlying_units", "market_value", "digital_payoff", "unpaid_premia"]
MONEY_OF_SETS = [
    "threshold", "minimum_transfer_amount", "nica", "variation_margin", "variation_margin_cash_eligible", "collateral",
]  # fmt: skip
PURE = ["multiplier", "multiplier_unmargined", "mpor_days", "trades", "margined", "shares_collateral", "capped"]
PARAMETERS = {jurisdiction: parameters(jurisdiction) for jurisdiction in ("basel", "eu")}


def figures(portfolio: Portfolio, trades: pd.DataFrame, netting_sets: pd.DataFrame) -> CounterpartyExposure:
    return sa_ccr(
        trades, netting_sets, PARAMETERS[portfolio.jurisdiction],
        reporting_currency=portfolio.reporting_currency, offset_between_buckets=not portfolio.no_offset,
    )  # fmt: skip


@settings(max_examples=40)
@given(SEEDS, st.integers(0, 100))
def test_the_order_of_trades_changes_nothing_not_even_the_last_bit(seed: int, shuffle: int) -> None:
    portfolio = random_portfolio(seed)
    trades, netting_sets = portfolio.trade_frame, portfolio.netting_set_frame
    found = figures(portfolio, trades, netting_sets)
    order = np.random.default_rng(shuffle).permutation(len(trades))
    again = figures(portfolio, trades.iloc[order], netting_sets)
    pd.testing.assert_frame_equal(again.netting_sets, found.netting_sets, check_exact=True)
    pd.testing.assert_frame_equal(again.asset_classes, found.asset_classes, check_exact=True)
    effective = "effective_notional"
    pd.testing.assert_series_equal(again.trades[effective].sort_index(), found.trades[effective], check_exact=True)


@settings(max_examples=30)
@given(SEEDS)
def test_the_kind_of_text_column_changes_nothing(seed: int) -> None:
    portfolio = random_portfolio(seed)
    trades, netting_sets = portfolio.trade_frame, portfolio.netting_set_frame
    found = figures(portfolio, trades, netting_sets).netting_sets
    for kind in ("category", "object"):
        changed = trades.assign(**{name: trades[name].astype(kind) for name in TRADE_TEXT})
        again = figures(portfolio, changed, netting_sets).netting_sets
        pd.testing.assert_frame_equal(again, found, check_exact=True)


@settings(max_examples=40)
@given(SEEDS, st.floats(0.1, 0.9))
def test_splitting_trades_changes_nothing(seed: int, part: float) -> None:
    portfolio = random_portfolio(seed)
    trades, netting_sets = portfolio.trade_frame, portfolio.netting_set_frame
    enforceable = netting_sets.set_index("netting_set_id")["enforceable"].groupby(level=0).first()
    chosen = (
        trades["netting_set_id"].map(enforceable).to_numpy(dtype=bool) & trades["notional_schedule"].isna().to_numpy()
    )
    first, second = trades.copy(), trades[chosen].copy()
    first.loc[chosen, MONEY_OF_TRADES] *= part
    second[MONEY_OF_TRADES] *= 1 - part
    second["trade_id"] += "b"
    found = figures(portfolio, trades, netting_sets).netting_sets
    again = figures(portfolio, pd.concat([first, second]), netting_sets).netting_sets
    assert_alike(again.drop(columns="trades"), found.drop(columns="trades"))


@settings(max_examples=40)
@given(SEEDS, st.sampled_from([0.001, 3.0, 1e6]))
def test_scaling_amounts_scales_exposures(seed: int, scale: float) -> None:
    portfolio = random_portfolio(seed)
    trades, netting_sets = portfolio.trade_frame, portfolio.netting_set_frame
    found = figures(portfolio, trades, netting_sets).netting_sets
    trades[MONEY_OF_TRADES] *= scale
    trades["notional_schedule"] = trades["notional_schedule"].map(lambda text: scaled(text, scale), na_action="ignore")
    netting_sets[MONEY_OF_SETS] *= scale
    again = figures(portfolio, trades, netting_sets).netting_sets
    amounts = [str(name) for name in found if name not in PURE]
    found[amounts] *= scale
    assert_alike(again, found)


def scaled(schedule: str, scale: float) -> str:
    parts = [part.partition(":") for part in schedule.split(";")]
    return ";".join(f"{years}:{float(notional) * scale!r}" for years, _, notional in parts)


@settings(max_examples=60)
@given(SEEDS)
def test_a_margined_set_never_exceeds_its_unmargined_exposure(seed: int) -> None:
    portfolio = random_portfolio(seed)
    found = figures(portfolio, portfolio.trade_frame, portfolio.netting_set_frame).netting_sets
    assert (found["exposure_at_default"] <= found["ead_unmargined"]).all()
    capped = found[found["capped"]]
    assert (capped["exposure_at_default"] < capped["ead_margined"]).all()
    free = found[~found["capped"] & found["margined"]]
    assert (free["exposure_at_default"] == free["ead_margined"]).all()


@settings(max_examples=60)
@given(SEEDS)
def test_add_ons_add_up_from_hedging_sets_to_netting_sets(seed: int) -> None:
    portfolio = random_portfolio(seed)
    found = figures(portfolio, portfolio.trade_frame, portfolio.netting_set_frame)
    sets = found.hedging_sets.groupby("netting_set_id", observed=True)["add_on"].sum()
    classes = found.asset_classes.groupby("netting_set_id", observed=True)["add_on"].sum()
    expected = found.netting_sets["add_on"]
    for sums in (sets, classes):
        aligned = sums.reindex(expected.index).fillna(0.0).to_numpy(dtype=np.float64)
        np.testing.assert_allclose(aligned, expected, rtol=1e-12, atol=1e-6)
    assert (found.netting_sets["multiplier"] <= 1 + 1e-12).all()
    assert (found.netting_sets["pfe"] >= 0.05 * expected * (1 - 1e-12)).all()


@settings(max_examples=30)
@given(SEEDS)
def test_every_trade_leads_to_its_position_and_hedging_set(seed: int) -> None:
    portfolio = random_portfolio(seed)
    found = figures(portfolio, portfolio.trade_frame, portfolio.netting_set_frame)
    sums = found.trades.groupby("position")["effective_notional"].sum()
    np.testing.assert_allclose(sums, found.positions["effective_notional"], rtol=1e-9, atol=1e-6)
    positions = found.positions.loc[found.trades["position"]]
    for name in ("netting_set_id", "asset_class", "hedging_set", "kind"):
        assert positions[name].astype(str).tolist() == found.trades[name].astype(str).tolist(), name
    sets = found.hedging_sets.loc[found.positions["hedging_set_row"]]
    for name in ("netting_set_id", "trade_id", "hedging_set", "kind", "basis_pair"):
        assert sets[name].astype(str).tolist() == found.positions[name].astype(str).tolist(), name


def assert_alike(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Equal to rounding. Whether a cap binds is left out: both sides of it may be the same number."""
    left, right = (frame.drop(columns="capped").astype(np.float64) for frame in (found, expected))
    pd.testing.assert_frame_equal(left, right, rtol=1e-9, atol=1e-7)


# --- hedging sets of one class at a time -----------------------------------------------------------------------------


def add_on(*trades: dict[str, Any]) -> float:
    return float(
        run([{**trade, "trade_id": str(n)} for n, trade in enumerate(trades)], [margined()])
        .netting_sets["add_on"]
        .item()
    )


COMMODITY: dict[str, Any] = {"asset_class": "commodity", "sub_class": "metals", "hedging_set": None}
ENERGY = {**COMMODITY, "sub_class": "oil_gas"}
APART = [
    (swap(), swap(hedging_set="USD", direction="short")),
    (swap(), swap(hedging_set="inflation:EUR", direction="short")),
    (swap(), swap(direction="short", special="basis", special_pair="3M/6M")),
    (swap(special="basis", special_pair="1M/6M"), swap(direction="short", special="basis", special_pair="3M/6M")),
    (swap(), swap(direction="short", special="volatility")),
    (forward(), forward(hedging_set="EUR/GBP", direction="short")),
    (share(), share(direction="short", special="volatility")),
    (forward(**COMMODITY, reference_entity="Gold"), forward(**ENERGY, reference_entity="Crude", direction="short")),
    (forward(), swap(direction="short")),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), APART)
def test_hedging_sets_add_up(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert add_on(one, other) == pytest.approx(add_on(one) + add_on(other), rel=1e-14)


@pytest.mark.parametrize(
    "trade", [swap(), forward(), protection(), share(), forward(**ENERGY, reference_entity="Crude")]
)
def test_opposite_trades_of_one_hedging_set_and_entity_offset_in_full(trade: dict[str, Any]) -> None:
    assert add_on(trade, {**trade, "direction": "short"}) == 0.0


@pytest.mark.parametrize(
    ("one", "other", "rho"),
    [
        (protection(), protection(reference_entity="Other", direction="short"), (0.5, 0.5)),
        (protection(), protection(sub_class="index_ig", reference_entity="Index", direction="short"), (0.5, 0.8)),
        (share(), share(sub_class="index", reference_entity="Index"), (0.5, 0.8)),
        (forward(**ENERGY, reference_entity="Crude"),
         forward(**{**ENERGY, "sub_class": "electricity"}, reference_entity="Power", direction="short"), (0.4, 0.4)),
    ],
)  # fmt: skip
def test_entities_follow_the_single_factor_formula(
    one: dict[str, Any], other: dict[str, Any], rho: tuple[float, float]
) -> None:
    a, b = add_on(one), add_on(other) * (1 if other["direction"] == "long" else -1)
    systematic, own = rho[0] * a + rho[1] * b, (1 - rho[0] ** 2) * a**2 + (1 - rho[1] ** 2) * b**2
    assert add_on(one, other) == pytest.approx((systematic**2 + own) ** 0.5, rel=1e-13)


def test_maturity_buckets_offset_by_their_correlations() -> None:
    short, middle, long = (swap(e_years=end) for end in (0.5, 3.0, 10.0))
    one, two, three = add_on(short), -add_on(middle), add_on(long)
    squared = one**2 + two**2 + three**2 + 1.4 * one * two + 1.4 * two * three + 0.6 * one * three
    assert add_on(short, {**middle, "direction": "short"}, long) == pytest.approx(squared**0.5, rel=1e-13)
