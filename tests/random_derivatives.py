"""Random derivative portfolios that reach every branch of SA-CCR; the same seed gives the same portfolio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tests.derivative_frames import netting_set, netting_set_frame, trade_frame
from tests.random_trades import GROUP_2B, TradeMaker

Set = dict[str, Any]


@dataclass(frozen=True)
class Portfolio:
    """Dictionaries of trades and netting sets, with the jurisdiction, the currency and the switches they go with."""

    trades: list[dict[str, Any]]
    netting_sets: list[Set]
    jurisdiction: str
    reporting_currency: str
    no_offset: bool
    tranche_sign_as_printed: bool

    @property
    def trade_frame(self) -> pd.DataFrame:
        """The trades with the columns of the sheet `derivatives`."""
        return trade_frame(self.trades)

    @property
    def netting_set_frame(self) -> pd.DataFrame:
        """The netting sets with the columns of the sheet `netting_sets`."""
        return netting_set_frame(self.netting_sets)


def random_portfolio(seed: int, *, large: bool = False) -> Portfolio:
    """One portfolio of a few netting sets; `large` adds one that stands at or just above 5,000 trades."""
    rng = np.random.default_rng(seed)
    jurisdiction = str(rng.choice(["basel", "eu"]))
    maker = TradeMaker(rng, jurisdiction, reporting_currency=str(rng.choice(["EUR", "USD"])))
    sets: list[Set] = []
    for number in range(int(rng.integers(1, 5))):
        kind = KINDS[int(rng.choice(len(KINDS), p=WEIGHTS))]
        sets.extend(kind(rng, f"N{number}", maker))
    if large:
        sets.append(_margined(rng, "LARGE") | {"margin_period_days": None, "remargining_days": 1.0})
        maker.add_many("LARGE", 5000 + int(rng.integers(0, 2)))
    # The order of rows must not matter, so it is not the order of making.
    trades = [maker.trades[i] for i in rng.permutation(len(maker.trades))]
    return Portfolio(
        trades=trades,
        netting_sets=[sets[i] for i in rng.permutation(len(sets))],
        jurisdiction=jurisdiction,
        reporting_currency=maker.reporting_currency,
        no_offset=jurisdiction == "basel" and bool(rng.random() < 0.2),
        tranche_sign_as_printed=bool(rng.random() < 0.2),
    )


# --- Rows of netting_sets --------------------------------------------------------------------------------------------


def _amount(rng: np.random.Generator, share: float = 1.0) -> float:
    return round(float(rng.lognormal(11, 1.5)) * share, 2)


def _maybe(rng: np.random.Generator, probability: float, value: Any) -> Any:
    return value if rng.random() < probability else None


def _signed(rng: np.random.Generator) -> float:
    return _amount(rng) * float(rng.choice([-1, 1, 1]))


def _unmargined(rng: np.random.Generator, name: str) -> Set:
    return netting_set(
        netting_set_id=name, nica=_maybe(rng, 0.3, _signed(rng)), collateral=_maybe(rng, 0.3, _signed(rng)),
        client_cleared=bool(rng.random() < 0.1),
    )  # fmt: skip


def _margined(rng: np.random.Generator, name: str) -> Set:
    margin = _maybe(rng, 0.9, _signed(rng))
    estimate = _maybe(rng, 0.4, float(rng.choice([3, 5, 10, 14, 22, 45])))
    calls = float(rng.choice([1, 1, 2, 5, 15]))  # days between margin calls
    return netting_set(
        netting_set_id=name,
        margined=True,
        threshold=float(rng.choice([0.0, 0.0, 50_000.0, _amount(rng), 5e7])),
        minimum_transfer_amount=float(rng.choice([0.0, 10_000.0, 500_000.0])),
        nica=_maybe(rng, 0.5, _signed(rng)),
        variation_margin=margin,
        variation_margin_cash_eligible=None if margin is None else float(rng.choice([0.0, margin, 0.5 * margin])),
        collateral=_maybe(rng, 0.2, _signed(rng)),
        margin_period_days=estimate,
        remargining_days=calls if estimate is None else _maybe(rng, 0.5, calls),
        client_clearing=bool(rng.random() < 0.2),
        disputes=_maybe(rng, 0.5, float(rng.choice([0, 1, 2, 3, 4]))),
        illiquid=bool(rng.random() < 0.15),
        qccp=bool(rng.random() < 0.15),
        client_cleared=bool(rng.random() < 0.1),
    )


def _one_way(rng: np.random.Generator, name: str) -> Set:
    posted = _maybe(rng, 0.8, -_amount(rng))
    return _unmargined(rng, name) | {
        "margined": bool(rng.random() < 0.7), "one_way_for_counterparty": True, "variation_margin": posted,
        "threshold": 0.0, "minimum_transfer_amount": 0.0, "variation_margin_cash_eligible": posted,
    }  # fmt: skip


# --- Netting sets with their trades ----------------------------------------------------------------------------------


def _ordinary(rng: np.random.Generator, name: str, maker: TradeMaker) -> list[Set]:
    kind: Callable[[np.random.Generator, str], Set] = [_unmargined, _margined, _one_way][
        rng.choice(3, p=[0.4, 0.5, 0.1])
    ]
    maker.add(name, int(rng.integers(1, 15)))
    return [kind(rng, name)]


def _without_trades(rng: np.random.Generator, name: str, _: TradeMaker) -> list[Set]:
    return [_margined(rng, name) if rng.random() < 0.5 else _unmargined(rng, name)]


def _cancelled(rng: np.random.Generator, name: str, maker: TradeMaker) -> list[Set]:
    """Two trades that leave no add-on, with values that do not vanish."""
    maker.add_opposites(name)
    return [_margined(rng, name) if rng.random() < 0.5 else _unmargined(rng, name)]


def _outside_netting(rng: np.random.Generator, name: str, maker: TradeMaker) -> list[Set]:
    """Trades each for itself, some of them sold options and protection that may have relief."""
    maker.add(name, int(rng.integers(0, 8)))
    maker.add_relieved(name, int(rng.integers(0, 4)))
    row = [_unmargined, _margined, _one_way][rng.choice(3, p=[0.6, 0.3, 0.1])](rng, name)
    bare = {"nica": None, "collateral": None, "variation_margin": None} if rng.random() < 0.5 else {}
    return [row | bare | {"enforceable": False, "variation_margin_cash_eligible": None, "client_cleared": False}]


def _several_agreements(rng: np.random.Generator, name: str, maker: TradeMaker) -> list[Set]:
    """Two to four margin agreements in one netting set, perhaps with trades that none of them covers."""
    rows = [_margined(rng, name) | {"margin_agreement_id": f"{name}/A{i}"} for i in range(int(rng.integers(1, 4)))]
    if len(rows) == 1 or rng.random() < 0.5:
        rows.append(_unmargined(rng, name))
    if rng.random() < 0.2:
        rows.append(_one_way(rng, name) | {"margin_agreement_id": f"{name}/W"})
    if rng.random() < 0.1:  # nothing but agreements that leave the set unmargined
        rows = [
            row | {"margined": False, "variation_margin": None} for row in rows if not row["one_way_for_counterparty"]
        ]
    for row in rows:
        row["client_cleared"] = rows[0]["client_cleared"]
        maker.add(name, int(rng.integers(0, 6)), row["margin_agreement_id"])
    return rows


def _shared_agreement(rng: np.random.Generator, name: str, maker: TradeMaker) -> list[Set]:
    """One margin agreement over two or three netting sets, one of which may not be enforceable."""
    rows = []
    for i in range(int(rng.integers(2, 4))):
        row = _margined(rng, f"{name}{i}") | {"margin_agreement_id": f"{name}/shared", "client_cleared": False}
        if rng.random() < 0.15:
            row |= {"enforceable": False, "variation_margin_cash_eligible": None}
        maker.add(f"{name}{i}", int(rng.integers(0, 6)), f"{name}/shared")
        rows.append(row)
    return rows


def _group_2b(rng: np.random.Generator, name: str, maker: TradeMaker) -> list[Set]:
    maker.add(name, int(rng.integers(1, 4)), classes=[GROUP_2B])
    return [_margined(rng, name) if rng.random() < 0.5 else _unmargined(rng, name)]


KINDS: Sequence[Callable[[np.random.Generator, str, TradeMaker], list[Set]]] = (
    _ordinary, _without_trades, _cancelled, _outside_netting, _several_agreements, _shared_agreement, _group_2b,
)  # fmt: skip
WEIGHTS = (0.54, 0.04, 0.04, 0.14, 0.12, 0.1, 0.02)
