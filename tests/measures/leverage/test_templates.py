"""Templates LR1 and LR2 from a whole submission, one hand calculation a jurisdiction.

All amounts in single euro; one dollar is 0.90 euro.

Derivatives  one FX forward, EUR 100 against USD 100, value 12, one year, unmargined: the foreign leg is 90, the add-on
             4 % of it or 3.6. Row 8: 1.4 x 12 = 16.8; row 9: 1.4 x 3.6 = 5.04; row 13: 21.84
SFTs         reverse repo 80 against 78 and repo 29 against 30 under one agreement, same settlement date: rows 14, 15
             80 and -30; row 16: 80 + 29 - 78 - 30 = 1; as agent 20 lent against 18: row 17: 2; row 18: 53
Off balance  commitment of 500 at 40 %, specific provisions 10, general 3: row 20 -300. EU: 10 x 40 % + 3 = 7, row 22
             193; Basel: 10 + 3 = 13, row 22 187
On balance   loans 980 + central bank 200 + intangibles 30 + security received 15 + margin given 8 + regular way
             12 + cash pool 20 = 1265, in the EU 25 + 35 under Article 429a(1)(c) and (d) more; rows 2 to 6: 6, -8, -15,
             -5, -32
Row 24       EU: 1271 + 21.84 + 53 + 193 - 60 - 200 = 1278.84; Basel: 1211 + 21.84 + 53 + 187 - 200 = 1272.84
Row 28       mean of 60 - 8, 65 - 10 and 70 - 12 = 55; row 29: 80 - 30 = 50
LR1          total assets 1565 (Basel 1505), of which loans 970 published, regular way 9, cash pool 4: row 1 1536
             (1476), rows 2, 6, 7: 10, 3, 16; row 8: 21.84 + 6 - 8 - 50 = -30.16; row 9: 53 - 15 - 90 = -52;
             row 10: 193 + 7 = 200 (187 + 13); row 11: -2 - 5 - 7 = -14 (-20); row 12: -30 - 35 = -65 (-30)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from reporting.figures import Figure
from reporting.intake.schema import load_schemas
from reporting.measures import assess
from reporting.measures.leverage.exclusions import ROWS
from reporting.rulebook import load_rulebook
from tests.factories import DAY, Sheets, base_sheets, portfolio_of

QUARTER = (date(2026, 7, 31), date(2026, 8, 31), DAY)

LR2: Mapping[str, dict[str, float]] = {
    "eu": {
        "on_balance_sheet_assets": 1325, "derivative_collateral_gross_up": 6, "cash_variation_margin_deduction": -8,
        "sft_securities_adjustment": -15, "provisions_adjustment": -5, "tier1_deducted_assets": -32,
        "on_balance_sheet_exposures": 1271, "derivative_replacement_cost": 16.8, "derivative_future_exposure": 5.04,
        "exempted_ccp_leg": 0, "written_credit_notional": 0, "written_credit_offset": 0, "derivative_exposures": 21.84,
        "gross_sft_assets": 80, "netted_sft_cash": -30, "sft_counterparty_exposure": 1, "agent_sft_exposure": 2,
        "sft_exposures": 53, "off_balance_sheet_nominal": 500, "off_balance_sheet_conversion": -300,
        "off_balance_sheet_provisions": -7, "off_balance_sheet_items": 193, "excluded_exposures": -60,
        "central_bank_exemption": -200, "tier1_capital": 100, "exposure_measure": 1278.84,
        "leverage_ratio": 100 / 1278.84 * 100, "leverage_ratio_before_exemption": 100 / 1478.84 * 100,
        "leverage_ratio_before_public_sector_exemption": 100 / 1313.84 * 100,
        "applicable_minimum": 3 * 1500 / 1290, "gsib_leverage_buffer": 0, "leverage_requirement": 3 * 1500 / 1290 + 0.1,
        "mean_sft_assets": 55, "quarter_end_sft_assets": 50, "exposure_measure_with_mean_sft": 1283.84,
        "exposure_measure_with_mean_sft_before_exemption": 1483.84,
        "leverage_ratio_with_mean_sft": 100 / 1283.84 * 100,
        "leverage_ratio_with_mean_sft_before_exemption": 100 / 1483.84 * 100,
    },
    "basel": {
        "on_balance_sheet_assets": 1265, "on_balance_sheet_exposures": 1211, "derivative_exposures": 21.84,
        "sft_exposures": 53, "off_balance_sheet_provisions": -13, "off_balance_sheet_items": 187,
        "excluded_exposures": 0, "central_bank_exemption": -200, "exposure_measure": 1272.84,
        "leverage_ratio": 100 / 1272.84 * 100, "leverage_ratio_before_exemption": 100 / 1472.84 * 100,
        "applicable_minimum": 3 * 1500 / 1290, "gsib_leverage_buffer": 0.5, "mean_sft_assets": 55,
        "exposure_measure_with_mean_sft": 1277.84, "exposure_measure_with_mean_sft_before_exemption": 1477.84,
        "leverage_ratio_with_mean_sft": 100 / 1277.84 * 100,
        "leverage_ratio_with_mean_sft_before_exemption": 100 / 1477.84 * 100,
    },
}  # fmt: skip
LR1: Mapping[str, dict[str, float]] = {
    "eu": {
        "published_total_assets": 1536, "scope_adjustment": 10, "risk_transfer_adjustment": -60,
        "central_bank_exemption": -200, "fiduciary_adjustment": -40, "regular_way_adjustment": 3,
        "cash_pooling_adjustment": 16, "derivative_adjustment": -30.16, "sft_adjustment": -52,
        "off_balance_sheet_adjustment": 200, "valuation_and_provision_adjustment": -14,
        "excluded_intragroup_exposures": -25, "excluded_deposits_with_public_entities": 0, "other_adjustments": -65,
        "reconciled_exposure_measure": 1278.84,
    },
    "basel": {
        "published_total_assets": 1476, "scope_adjustment": 10, "risk_transfer_adjustment": -60,
        "central_bank_exemption": -200, "fiduciary_adjustment": -40, "regular_way_adjustment": 3,
        "cash_pooling_adjustment": 16, "derivative_adjustment": -30.16, "sft_adjustment": -52,
        "off_balance_sheet_adjustment": 200, "valuation_and_provision_adjustment": -20,
        "excluded_intragroup_exposures": 0, "excluded_deposits_with_public_entities": 0, "other_adjustments": -30,
        "reconciled_exposure_measure": 1272.84,
    },
}  # fmt: skip


@pytest.mark.parametrize("jurisdiction", ["eu", "basel"])
@pytest.mark.parametrize("template", [LR1, LR2], ids=["LR1", "LR2"])
def test_every_row_is_as_calculated_by_hand(template: Mapping[str, dict[str, float]], jurisdiction: str) -> None:
    figures = figures_of(submission(jurisdiction), jurisdiction)
    for name, expected in template[jurisdiction].items():
        assert figures[name].available, (name, figures[name].reason)
        assert figures[name].number == pytest.approx(expected, rel=1e-12, abs=1e-9), name


def test_excluded_exposures_stand_in_their_rows() -> None:
    table = figures_of(submission("eu"), "eu")["excluded_exposures_by_row"].table["amount"]
    assert {row: amount for row, amount in table.items() if amount} == {"EU-22a": -25, "EU-22c": -35}


def figures_of(sheets: Sheets, jurisdiction: str) -> Mapping[str, Figure]:
    return assess(portfolio_of(sheets), load_rulebook(jurisdiction, DAY))


def line(name: str, treatment: str, gross: float, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"line_id": name, "item": name, "gross_carrying_amount": gross}
    return {**given, "loss_allowance_specific": 0, "lr_treatment": treatment, **more}


def submission(jurisdiction: str) -> Sheets:
    sheets = base_sheets()
    client = sheets["counterparties"][0]["counterparty_id"]
    gsib = jurisdiction == "basel"
    sheets["entity"][0] |= {"unit": 1, "jurisdiction": jurisdiction, "g_sib": gsib}
    sheets["own_funds"] = [{"item": "cet1", "amount": 90}, {"item": "additional_tier1", "amount": 10}]
    sheets["balance_sheet"] = [
        line("A1", "ordinary", 1000, loss_allowance_specific=20, general_provision_deducted_from_tier1=5)
        | {"amount_published": 970},
        line("A2", "central_bank_exempt", 200), line("A3", "tier1_deducted", 30), line("A4", "pva", 2),
        line("A5", "fiduciary", 40), line("A6", "srt_securitisation", 60), line("A7", "derivative_asset", 50),
        line("A8", "sft_asset", 90), line("A9", "sft_security_received", 15),
        line("A10", "cash_vm_receivable_eligible", 8), line("A11", "derivative_collateral_derecognised", 6),
        line("A14", "regular_way", 12, amount_published=9), line("A15", "cash_pool", 20, amount_published=4),
        *([line("A12", "eu_429a_c", 25), line("A13", "eu_429a_d", 35)] if jurisdiction == "eu" else []),
    ]  # fmt: skip
    sheets["exposures"] = [
        {
            "exposure_id": "E2", "counterparty_id": client, "instrument": "commitment", "nominal": 500,
            "loss_allowance_specific": 10, "general_provision": 3, "currency": "EUR", "off_balance_sheet": True,
            "ccf_category": "other_commitment", "book": "banking",
        }
    ]  # fmt: skip
    valid = {"valid_from": date(2026, 1, 1), "decision": "decision of 2025"}
    items: dict[str, float] = {"cb_exemption": 1, "em_calibration": 1500, "cb_calibration": 210}
    items |= {"gsib_hla_rate": 1.0} if gsib else {"p2r_lr": 0.1}
    sheets["requirements"] = [{"item": item, "value": value, **valid} for item, value in items.items()]
    sheets["netting_sets"] = [
        {
            "netting_set_id": "N1", "counterparty_id": client, "currency": "EUR", "margined": False,
            "enforceable": True, "qccp": False, "client_cleared": False,
        }
    ]  # fmt: skip
    sheets["derivatives"] = [
        {
            "trade_id": "T1", "netting_set_id": "N1", "asset_class": "fx", "hedging_set": "EUR/USD",
            "direction": "long", "notional": 100, "notional_currency": "EUR", "second_notional": 100,
            "second_notional_currency": "USD", "market_value": 12, "currency": "EUR", "m_years": 1,
        }
    ]  # fmt: skip
    deal = {"counterparty_id": client, "role": "principal", "currency": "EUR", "netting_agreement_id": "GMRA",
            "netting_conditions_met": True, "settlement_date": date(2026, 10, 14)}  # fmt: skip
    sheets["sft"] = [
        {**deal, "sft_id": "S1", "kind": "reverse_repo", "cash_leg": 80, "securities_leg": 78},
        {**deal, "sft_id": "S2", "kind": "repo", "cash_leg": 30, "securities_leg": 29},
        {
            "sft_id": "S3", "counterparty_id": client, "role": "agent", "kind": "securities_lending", "currency": "EUR",
            "cash_leg": 18, "securities_leg": 20, "netting_conditions_met": False,
        },
    ]  # fmt: skip
    sheets["sft_daily"] = [
        {"date": day, "gross_sft_assets": gross, "netted_cash": netted}
        for day, gross, netted in zip(QUARTER, (60, 65, 70), (8, 10, 12), strict=True)
    ]
    return sheets


def test_every_point_that_excludes_an_asset_has_its_row_in_the_template() -> None:
    treatments = load_schemas()["balance_sheet"].columns["lr_treatment"].values
    assert {name for name in treatments if name.startswith("eu_429")} == set(ROWS)
