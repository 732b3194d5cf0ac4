"""Supervisory haircuts on collateral, by hand."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pandas as pd
import pytest

from reporting.measures.counterparty import FrameFault, haircuts, holding_periods
from tests.derivative_frames import netting_set, netting_set_frame, trade_frame
from tests.sa_ccr_runs import forward, margined, parameters

TEN_DAYS = pd.Series({"A": 10.0})


def item(**fields: Any) -> dict[str, Any]:
    usual = {
        "collateral_id": "C", "netting_set_id": "A", "direction": "received", "im_vm": "im", "type": "cash",
        "issuer_credit_quality_step": None, "residual_maturity_years": None, "currency": "EUR", "value": 100.0,
        "segregated": False,
    }  # fmt: skip
    return {**usual, **fields}


def value(days: float = 10.0, **fields: Any) -> float:
    frame = pd.DataFrame([item(**fields)])
    found = haircuts(frame, pd.Series({"A": days}), parameters(), settlement_currency="EUR")
    return float(found.collateral["value_after_haircut"].item())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 100.0),
        ({"currency": "USD"}, 92.0),
        ({"type": "gold"}, 80.0),
        ({"type": "main_index_equity"}, 80.0),
        ({"type": "other_equity", "currency": "USD"}, 62.0),
        ({"type": "sovereign", "issuer_credit_quality_step": 1, "residual_maturity_years": 1.0}, 99.5),
        ({"type": "sovereign", "issuer_credit_quality_step": 1, "residual_maturity_years": 1.01}, 98.0),
        ({"type": "sovereign", "issuer_credit_quality_step": 4, "residual_maturity_years": 30.0}, 85.0),
        ({"type": "other_issuer", "issuer_credit_quality_step": 2, "residual_maturity_years": 10.01}, 80.0),
        ({"type": "securitisation", "issuer_credit_quality_step": 3, "residual_maturity_years": 2.0}, 88.0),
        ({"direction": "posted"}, -100.0),
        ({"direction": "posted", "segregated": True}, 0.0),
        ({"direction": "received", "segregated": True}, 100.0),
        ({"type": "gold", "direction": "posted", "currency": "USD"}, -128.0),
        ({"type": "other_issuer", "issuer_credit_quality_step": 4, "residual_maturity_years": 1.0}, 0.0),
        ({"type": "other_issuer", "issuer_credit_quality_step": None, "residual_maturity_years": 1.0}, 0.0),
        ({"type": "sovereign", "issuer_credit_quality_step": 1, "residual_maturity_years": None}, 0.0),
        ({"type": "other_issuer", "issuer_credit_quality_step": 4, "direction": "posted"}, -130.0),
    ],
)  # fmt: skip
def test_a_haircut_lowers_what_was_received_and_raises_what_was_posted(fields: dict[str, Any], expected: float) -> None:
    assert value(**fields) == pytest.approx(expected, rel=1e-12)


def test_haircuts_grow_with_the_root_of_the_holding_period_up_to_the_whole_value() -> None:
    assert value(days=20.0, type="gold") == pytest.approx(100 * (1 - 0.2 * sqrt(2)), rel=1e-12)
    assert value(days=259.0, type="other_equity") == 0.0
    assert value(days=259.0, type="other_equity", direction="posted") == -200.0


def test_sums_by_netting_set_keep_initial_and_variation_margin_apart() -> None:
    frame = pd.DataFrame(
        [item(), item(im_vm="vm", value=30.0), item(netting_set_id="B", direction="posted", value=5.0)]
    )
    found = haircuts(frame, pd.Series({"B": 10.0, "A": 10.0}), parameters(), settlement_currency="EUR").netting_sets
    assert found.columns.tolist() == ["independent", "variation", "collateral"]
    assert found.index.tolist() == ["B", "A"]
    assert found.to_numpy().tolist() == [[-5.0, 0.0, -5.0], [100.0, 30.0, 130.0]]


def test_the_holding_period_is_the_margin_period_or_up_to_a_year() -> None:
    trades = [forward("1", m_years=0.1), forward("2", m_years=0.4), forward("3", netting_set_id="B", m_years=9.0)]
    rows = [netting_set(netting_set_id="A"), netting_set(netting_set_id="B"), netting_set(netting_set_id="C"),
            margined("D", remargining_days=5.0)]  # fmt: skip
    found = holding_periods(trade_frame(trades), netting_set_frame(rows), parameters())
    assert found.to_dict() == pytest.approx({"A": 100 + 9, "B": 250 + 9, "C": 1 + 9, "D": 14})


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"type": "wine"}, "type of collateral that the rules do not know: C"),
        ({"direction": "lent"}, "direction must be received or posted: C"),
        ({"im_vm": None}, "im_vm must be im or vm: C"),
        ({"value": -1.0}, "value must be zero or more: C"),
        ({"value": None}, "value must be zero or more: C"),
        ({"netting_set_id": "B"}, "netting set without holding period: C"),
    ],
)
def test_collateral_that_makes_no_sense_is_named(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(FrameFault, match=fault):
        haircuts(pd.DataFrame([item(**fields)]), TEN_DAYS, parameters(), settlement_currency="EUR")
