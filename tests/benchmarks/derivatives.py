"""A made-up derivatives book of any size: all asset classes, options, tranches, basis trades, margined sets."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

CURRENCIES = np.array(["AUD", "CHF", "EUR", "GBP", "JPY", "SEK", "USD"])
PAIRS = np.array(["EUR/GBP", "EUR/JPY", "EUR/USD", "GBP/USD", "CHF/EUR", "EUR/SEK"])
CREDIT = np.array(["aaa", "aa", "a", "bbb", "bb", "b", "ccc", "index_ig", "index_sg"])
COMMODITIES = np.array(["electricity", "oil_gas", "metals", "agricultural", "other"])
TRADES_A_SET = 100


def book(trades: int, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sheets derivatives and netting_sets: so many trades, a hundredth as many netting sets."""
    draw = np.random.default_rng(seed)
    sets = max(1, trades // TRADES_A_SET)
    return _trades(draw, trades, sets), _netting_sets(draw, sets)


def _trades(draw: np.random.Generator, count: int, sets: int) -> pd.DataFrame:
    asset_class = draw.choice(
        ["ir", "fx", "credit", "equity", "commodity"], count, p=[0.45, 0.25, 0.1, 0.1, 0.1]
    ).astype(object)
    ir, fx, credit, equity, commodity = (asset_class == name for name in ("ir", "fx", "credit", "equity", "commodity"))
    names = np.array([f"NAME{number:04}" for number in range(2_000)], dtype=object)
    option = draw.random(count) < 0.2
    tranche = credit & ~option & (draw.random(count) < 0.1)
    start = np.where(draw.random(count) < 0.8, 0.0, draw.uniform(0, 2, count))
    end = start + draw.exponential(5, count)
    price = draw.lognormal(4, 0.5, count)
    strike = price * draw.lognormal(0, 0.2, count)
    sub_class = np.select(
        [credit, equity, commodity],
        [draw.choice(CREDIT, count), draw.choice(["single", "index"], count), draw.choice(COMMODITIES, count)], "",
    ).astype(object)  # fmt: skip
    basis = ir & ~option & (draw.random(count) < 0.05)
    notional = draw.lognormal(14, 1.5, count)
    return pd.DataFrame(
        {
            "trade_id": [f"T{number:07}" for number in range(count)],
            "netting_set_id": _ids(sets)[draw.integers(0, sets, count)],
            "asset_class": asset_class,
            "sub_class": _blank_unless(credit | equity | commodity, sub_class),
            "hedging_set": _blank_unless(
                ir | fx, np.where(fx, draw.choice(PAIRS, count), draw.choice(CURRENCIES, count))
            ),
            "reference_entity": _blank_unless(credit | equity | commodity, draw.choice(names, count)),
            "direction": draw.choice(["long", "short"], count),
            "notional": np.where(equity | commodity, np.nan, notional),
            "notional_currency": _blank_unless(fx, np.full(count, "EUR")),
            "second_notional": np.where(fx, notional * draw.uniform(0.9, 1.1, count), np.nan),
            "second_notional_currency": _blank_unless(fx, np.full(count, "USD")),
            "underlying_units": np.where(equity | commodity, notional / price, np.nan),
            "underlying_price": np.where(equity | commodity, price, np.nan),
            "market_value": draw.normal(0, 0.02, count) * notional,
            "s_years": np.where(ir | credit, start, np.nan),
            "e_years": np.where(ir | credit, end, np.nan),
            "m_years": end,
            "t_years": np.where(option, np.minimum(end, 1.0), np.nan),
            "option_type": _blank_unless(option, draw.choice(["call", "put"], count)),
            "option_side": _blank_unless(option, draw.choice(["bought", "sold"], count)),
            "option_price": np.where(option, price, np.nan),
            "option_strike": np.where(option, strike, np.nan),
            "digital_payoff": np.where(option & (draw.random(count) < 0.1), notional / 100, np.nan),
            "tranche_attach": np.where(tranche, 0.03, np.nan),
            "tranche_detach": np.where(tranche, 0.07, np.nan),
            "special": _blank_unless(basis, np.full(count, "basis")),
            "special_pair": _blank_unless(basis, np.full(count, "3M/6M")),
            "notional_schedule": _blank_unless(
                ir & (draw.random(count) < 0.02), np.full(count, "0-1:1000000;1-3:500000")
            ),
        }
    )


def _netting_sets(draw: np.random.Generator, count: int) -> pd.DataFrame:
    margined = draw.random(count) < 0.6
    margin = np.where(margined, draw.normal(0, 1e6, count), 0.0)
    return pd.DataFrame(
        {
            "netting_set_id": _ids(count),
            "margined": margined,
            "threshold": np.where(margined, draw.choice([0.0, 1e6, 1e9], count), np.nan),
            "minimum_transfer_amount": np.where(margined, 5e5, np.nan),
            "nica": np.where(draw.random(count) < 0.3, 1e6, 0.0),
            "variation_margin": margin,
            "variation_margin_cash_eligible": margin * 0.8,
            "remargining_days": np.where(margined, draw.choice([1.0, 5.0], count), np.nan),
            "enforceable": draw.random(count) < 0.99,
        }
    )


def _ids(count: int) -> npt.NDArray[np.object_]:
    return np.array([f"NS{number:06}" for number in range(count)], dtype=object)


def _blank_unless(given: npt.NDArray[np.bool_], texts: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    found = texts.astype(object)
    found[~given] = None
    return found
