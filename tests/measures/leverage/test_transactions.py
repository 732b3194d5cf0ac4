"""Securities financing and written credit derivatives, one by one, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from reporting.figures import Unavailable
from reporting.measures import Taken
from reporting.measures.leverage.sft import sft_netting_sets, sft_settlement_groups, sft_transactions
from reporting.measures.leverage.written_credit import written_credit_derivatives
from tests.factories import DAY


def deals(*rows: dict[str, Any], collateral: pd.DataFrame | None = None) -> pd.DataFrame:
    same = {"counterparty_id": "C1", "role": "principal", "netting_agreement_id": "M", "settlement_date": DAY}
    frame = pd.DataFrame([{**same, "netting_conditions_met": True, "sft_id": f"S{i}", **r} for i, r in enumerate(rows)])
    table = sft_transactions(frame, collateral, 0, 0)
    assert isinstance(table, pd.DataFrame)
    return table


def lent(cash: float, securities: float, **more: Any) -> dict[str, Any]:
    return {"kind": "reverse_repo", "cash_amount": cash, "securities_amount": securities, **more}


def borrowed(cash: float, securities: float, **more: Any) -> dict[str, Any]:
    return {"kind": "repo", "cash_amount": cash, "securities_amount": securities, **more}


def test_payables_are_set_off_up_to_the_receivables_of_their_group() -> None:
    groups = sft_settlement_groups(deals(lent(50.0, 49.0), borrowed(70.0, 71.0)))
    assert groups["set_off"].tolist() == [50.0]


@pytest.mark.parametrize(
    "unlike",
    [{"settlement_date": DAY.replace(day=29)}, {"counterparty_id": "C2"}, {"netting_agreement_id": "N"},
     {"netting_conditions_met": False}, {"netting_agreement_id": None}],
)  # fmt: skip
def test_nothing_is_set_off_over_another_date_counterparty_or_agreement(unlike: dict[str, Any]) -> None:
    groups = sft_settlement_groups(deals(lent(50.0, 49.0), borrowed(70.0, 71.0, **unlike)))
    assert groups["set_off"].sum() == 0.0


def test_exposure_nets_within_an_agreement_and_not_beyond() -> None:
    sets = sft_netting_sets(deals(lent(50.0, 45.0), borrowed(30.0, 28.0), lent(10.0, 12.0, netting_agreement_id=None)))
    assert sets["exposure"].to_dict() == {"M": 3.0, "transaction S2": 0.0}


def test_agents_and_principals_do_not_net() -> None:
    sets = sft_netting_sets(deals(lent(50.0, 45.0), lent(10.0, 12.0, role="agent")))
    assert sets["exposure"].to_dict() == {"M": 5.0, "M as agent": 0.0}
    assert sets["role"].tolist() == ["principal", "agent"]


def test_further_collateral_counts_in_its_transaction() -> None:
    rows = [("S0", "received", 4.0), ("S0", "posted", 1.0), (None, "received", 99.0)]
    collateral = pd.DataFrame(rows, columns=["sft_id", "direction", "value_amount"])
    sets = sft_netting_sets(deals(lent(50.0, 45.0), collateral=collateral))
    assert sets["exposure"].tolist() == [2.0]


def test_without_the_sheet_the_balance_sheet_decides() -> None:
    assert isinstance(sft_transactions(None, None, 2, 0), Unavailable)
    assert isinstance(sft_transactions(None, None, 0, 1), Unavailable)
    none = sft_transactions(None, None, 0, 0)
    assert isinstance(none, Taken)
    assert len(none.value) == 0


def protection(*rows: dict[str, Any]) -> pd.DataFrame:
    same: dict[str, Any] = {
        "reference_entity": "X", "direction": "long", "notional_amount": 100.0, "maturity_in_years": 5.0,
        "option_type": None, "leverage_multiplier": np.nan, "credit_seniority": "senior", "fv_change_amount": np.nan,
        "matched_purchase_id": None,
    }  # fmt: skip
    found = written_credit_derivatives(pd.DataFrame([{**same, "trade_id": f"T{i}", **r} for i, r in enumerate(rows)]))
    table = found.value if isinstance(found, Taken) else found
    assert isinstance(table, pd.DataFrame)
    return table


def bought(**more: Any) -> dict[str, Any]:
    return {"trade_id": "P", "direction": "short", "notional_amount": 60.0, **more}


def sold(**more: Any) -> dict[str, Any]:
    return {"matched_purchase_id": "P", **more}


def test_losses_and_leverage_change_the_effective_notional() -> None:
    table = protection({"fv_change_amount": -30.0}, {"fv_change_amount": 30.0}, {"leverage_multiplier": 2.0},
                       {"fv_change_amount": -500.0})  # fmt: skip
    assert table["effective_notional"].tolist() == [70.0, 100.0, 200.0, 0.0]


@pytest.mark.parametrize(
    ("purchase", "offset"),
    [({}, -60.0), ({"notional_amount": 130.0}, -100.0), ({"credit_seniority": "subordinated"}, -60.0),
     ({"maturity_in_years": 4.99}, 0.0), ({"reference_entity": "Y"}, 0.0), ({"direction": "long"}, 0.0)],
)  # fmt: skip
def test_protection_bought_offsets_only_what_is_alike(purchase: dict[str, Any], offset: float) -> None:
    assert protection(sold(), bought(**purchase)).loc["T0", "offset"] == offset


def test_senior_protection_does_not_offset_a_subordinated_sale() -> None:
    assert protection(sold(credit_seniority="subordinated"), bought()).loc["T0", "offset"] == 0.0


def test_gains_on_the_purchase_count_only_where_losses_on_the_sale_do() -> None:
    assert protection(sold(fv_change_amount=-10.0), bought(fv_change_amount=15.0)).loc["T0", "offset"] == -45.0
    assert protection(sold(fv_change_amount=10.0), bought(fv_change_amount=15.0)).loc["T0", "offset"] == -60.0


def test_one_purchase_is_shared_and_never_used_twice() -> None:
    table = protection(sold(), sold(notional_amount=50.0), bought())
    assert table["offset"].tolist() == pytest.approx([-40.0, -20.0])
