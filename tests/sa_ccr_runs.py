"""Short ways to run SA-CCR in tests: from dictionaries that name only a few columns to the figures they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from reporting.measures.counterparty import CounterpartyExposure, sa_ccr
from reporting.rulebook import load_rulebook
from tests.derivative_frames import netting_set, netting_set_frame, trade, trade_frame

DAY = date(2026, 9, 30)
Fields = Mapping[str, Any]


def parameters(jurisdiction: str = "basel", **changed: Any) -> dict[str, Any]:
    """Values in force by name, some of them changed."""
    found = {name: one.value for name, one in load_rulebook(jurisdiction, DAY).parameters.items()}
    assert changed.keys() <= found.keys()
    return found | changed


def run(
    trades: Sequence[Fields], netting_sets: Sequence[Fields], jurisdiction: str = "basel", **changed: Any
) -> CounterpartyExposure:
    """The figures, in euros; `changed` are parameters."""
    frames = trade_frame(trades), netting_set_frame(netting_sets)
    return sa_ccr(*frames, parameters(jurisdiction, **changed), reporting_currency="EUR")


def one_set(trades: Sequence[Fields], jurisdiction: str = "basel", **row: Any) -> dict[str, Any]:
    """The figures of the netting set A with those trades."""
    found = run(trades, [netting_set(netting_set_id="A", **row)], jurisdiction)
    return figures_of(found, "A")


def figures_of(found: CounterpartyExposure, netting_set_id: str = "A") -> dict[str, Any]:
    """The row of one netting set."""
    return {str(name): found.netting_sets.at[netting_set_id, name] for name in found.netting_sets}


def one_trade(jurisdiction: str = "basel", changed: Fields | None = None, **fields: Any) -> dict[str, Any]:
    """The row of a single trade in an unmargined netting set."""
    found = run([forward() | fields], [netting_set(netting_set_id="A")], jurisdiction, **(changed or {}))
    return {str(name): found.trades[name].iloc[0] for name in found.trades}


def forward(name: str = "T", **fields: Any) -> dict[str, Any]:
    """A forward of 1,000 in dollars against euros over a year, in the netting set A, worth nothing."""
    usual = {
        "trade_id": name, "netting_set_id": "A", "asset_class": "fx", "hedging_set": "EUR/USD", "direction": "long",
        "notional": 1000.0, "market_value": 0.0, "m_years": 1.0,
    }  # fmt: skip
    return trade(**{**usual, **fields})


def swap(name: str = "T", **fields: Any) -> dict[str, Any]:
    """A swap of 1,000 in euros over ten years."""
    usual = {"asset_class": "ir", "hedging_set": "EUR", "e_years": 10.0, "m_years": 10.0}
    return forward(name, **{**usual, **fields})


def protection(name: str = "T", **fields: Any) -> dict[str, Any]:
    """Protection sold on 1,000 of a BBB name over five years."""
    usual = {
        "asset_class": "credit", "sub_class": "bbb", "hedging_set": None, "reference_entity": "Firm", "e_years": 5.0,
        "m_years": 5.0,
    }  # fmt: skip
    return forward(name, **{**usual, **fields})


def share(name: str = "T", **fields: Any) -> dict[str, Any]:
    """A forward on ten shares of 100."""
    usual = {
        "asset_class": "equity", "sub_class": "single", "hedging_set": None, "reference_entity": "Share",
        "notional": None, "underlying_units": 10.0, "underlying_price": 100.0,
    }  # fmt: skip
    return forward(name, **{**usual, **fields})


def margined(name: str = "A", **row: Any) -> dict[str, Any]:
    """A netting set with daily margin and neither threshold nor minimum transfer amount."""
    usual = {"margined": True, "threshold": 0.0, "minimum_transfer_amount": 0.0, "remargining_days": 1.0}
    return netting_set(netting_set_id=name, **{**usual, **row})
