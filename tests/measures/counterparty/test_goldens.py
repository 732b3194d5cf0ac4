"""The published examples to the printed digit, and the worked cases to their tolerance, trade by trade."""

from __future__ import annotations

from typing import Any

import pytest

from reporting.measures.counterparty import sa_ccr
from tests.golden_sa_ccr import Case, cases
from tests.sa_ccr_runs import figures_of, parameters

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_worked_case_gives_its_figures(case: Case) -> None:
    values = parameters(case.jurisdiction, sa_ccr_purchased_tranche_positive=case.tranche_sign_as_printed)
    found = sa_ccr(case.trade_frame, case.netting_set_frame, values, reporting_currency=case.reporting_currency)
    row = figures_of(found, "golden")
    for name, expected in case.expected.items():
        assert row[name] == pytest.approx(expected, rel=case.relative_tolerance), name
    for name, (printed, half_a_unit) in case.published.items():
        assert abs(row[name] - printed) <= half_a_unit, name
    by_class = found.asset_classes.set_index("asset_class")["add_on"]
    for name, expected in case.expected_by_class.items():
        assert by_class[name] == pytest.approx(expected, rel=case.relative_tolerance), name
    by_trade: dict[Any, Any] = found.trades.set_index("trade_id").to_dict("index")
    for trade, of_trade in case.expected_by_trade.items():
        for name, expected in of_trade.items():
            assert by_trade[trade][name] == pytest.approx(expected, rel=case.relative_tolerance), (trade, name)
    for trade, (printed, half_a_unit) in case.published_delta.items():
        assert abs(by_trade[trade]["supervisory_delta"] - printed) <= half_a_unit


def test_all_goldens_are_there() -> None:
    names = {case.name.partition(",")[0] for case in CASES}
    assert names == {
        "saccr_bcbs_ex1", "saccr_bcbs_ex2", "saccr_bcbs_ex3", "saccr_margined", "saccr_mixed_unmargined",
        "saccr_mpor_floors", "sco60_provisional_2a_ccr",
    }  # fmt: skip
