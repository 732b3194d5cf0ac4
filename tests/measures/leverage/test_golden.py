"""The published-template goldens of the leverage ratio, row by row, through the measures."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reporting.measures import MEASURES, Taken
from reporting.measures.counterparty.replacement_cost import unmargined_replacement_cost
from reporting.measures.leverage.derivatives import Derivatives
from reporting.measures.leverage.secured_sets import SecuredSets
from reporting.measures.measure import label_of
from reporting.rulebook import load_rulebook
from tests.factories import DAY

FOLDER = Path(__file__).parents[2] / "golden" / "leverage"
BY_NAME = {label_of(function).name: function for function in MEASURES}
BUCKETS = {
    "100": "direct_credit_substitute", "50": "note_issuance_facility", "40": "other_commitment",
    "20": "self_liquidating_trade", "10": "unconditionally_cancellable",
}  # fmt: skip
ROWS = {
    "1": "on_balance_sheet_assets", "2": "derivative_collateral_gross_up", "3": "cash_variation_margin_deduction",
    "4": "sft_securities_adjustment", "5": "provisions_adjustment", "6": "tier1_deducted_assets",
    "7": "on_balance_sheet_exposures", "8": "derivative_replacement_cost", "9": "derivative_future_exposure",
    "10": "exempted_ccp_leg", "11": "written_credit_notional", "12": "written_credit_offset",
    "13": "derivative_exposures", "14": "gross_sft_assets", "15": "netted_sft_cash", "16": "sft_counterparty_exposure",
    "17": "agent_sft_exposure", "18": "sft_exposures", "19": "off_balance_sheet_nominal",
    "20": "off_balance_sheet_conversion", "21": "off_balance_sheet_provisions", "22": "off_balance_sheet_items",
    "23": "tier1_capital", "24": "exposure_measure", "24_before_exemption": "exposure_measure_before_exemption",
}  # fmt: skip
OTHERS = {  # key of the golden -> figure, and what one unit of the golden is
    "exposure_measure_before_cb_exemption": ("exposure_measure_before_exemption", 1),
    "exposure_measure_after_cb_exemption": ("exposure_measure", 1),
    "leverage_ratio_excl_exemption": ("leverage_ratio_before_exemption", 100),
    "leverage_ratio_incl_exemption": ("leverage_ratio", 100),
}
GOLDENS = ["leverage_ratio_1", "leverage_ratio_2_gsib"]


@pytest.mark.parametrize("name", GOLDENS)
def test_every_row_of_lr2_is_met(name: str) -> None:
    golden = json.loads((FOLDER / f"{name}.json").read_text())
    known = facts_of(golden["inputs"])
    amount, ratio = golden["tolerance"]["amount_abs"], golden["tolerance"]["ratio_abs"]
    for row, expected in golden["expected"]["rows_LR2"].items():
        assert abs(result(ROWS[row], known) - expected) <= amount, row
    for key, (figure, unit) in OTHERS.items():
        if key in golden["expected"]:
            found = result(figure, known) / unit
            assert abs(found - golden["expected"][key]) <= (amount if unit == 1 else ratio), key


@pytest.mark.parametrize("name", GOLDENS)
def test_requirement_and_headroom_are_met(name: str) -> None:
    """The goldens take the measure before the exemption here, with the minimum that is not recalibrated."""
    golden = json.loads((FOLDER / f"{name}.json").read_text())
    known, expected = facts_of(golden["inputs"]), golden["expected"]
    known |= {"exposure_measure": expected["exposure_measure_before_cb_exemption"], "central_bank_declaration": None}
    assert result("applicable_minimum", known) / 100 == pytest.approx(expected["minimum"], abs=1e-12)
    assert result("gsib_leverage_buffer", known) / 100 == pytest.approx(expected["gsib_buffer"], abs=1e-12)
    assert result("leverage_requirement", known) / 100 == pytest.approx(expected["required"], abs=1e-12)
    assert result("headroom_in_tier1", known) == pytest.approx(expected["headroom_tier1"], abs=1e-6)
    assert result("leverage_requirement_met", known) is expected["meets_minimum_plus_buffer"]
    if "leverage_conservation_ratio" in expected:
        assert result("conservation_ratio", known) / 100 == expected["leverage_conservation_ratio"]


def test_the_minimum_is_recalibrated_with_the_exemption() -> None:
    golden = json.loads((FOLDER / "leverage_ratio_2_gsib.json").read_text())
    known, expected = facts_of(golden["inputs"]), golden["expected"]
    known |= {
        "exposure_at_calibration": expected["exposure_measure_before_cb_exemption"],
        "central_bank_at_calibration": golden["inputs"]["central_bank_reserves_exempt"],
    }
    assert result("applicable_minimum", known) / 100 == pytest.approx(
        expected["recalibrated_minimum_eu_429a_7"], abs=1e-12
    )


def result(name: str, known: dict[str, Any]) -> Any:
    """A measure from the values known, computing on the way what it rests on."""
    if name not in known:
        function = BY_NAME[name]
        found = function(**{argument: result(argument, known) for argument in inspect.signature(function).parameters})
        known[name] = found.value if isinstance(found, Taken) else found
    return known[name]


def facts_of(given: Mapping[str, Any]) -> dict[str, Any]:
    exempt = given.get("central_bank_reserves_exempt", 0)
    known: dict[str, Any] = {
        name: parameter.value for name, parameter in load_rulebook("basel", DAY).parameters.items()
    }
    amounts = {
        "on_balance_sheet_lines": given["on_bs_ex_deriv_sft"],
        "derecognised_collateral_lines": given["grossup_collateral_provided"],
        "eligible_cash_margin_lines": given["cash_vm_receivable_deducted"],
        "sft_security_lines": given.get("sft_securities_received_recognised", 0),
        "general_provision_lines": given["provisions_on_bs"],
        "tier1_deducted_lines": given["tier1_deductions"],
        "central_bank_lines": exempt,
        "excluded_429a_lines": 0,
    }
    known |= {name: np.array([float(amount)]) for name, amount in amounts.items()}
    return known | {
        "unsplit_lines": 0,
        "sft_lines": 0,
        "tier1_capital": given["tier1"],
        "central_bank_declaration": 1.0 if exempt else None,
        "is_gsib": "gsib_hla" in given,
        "gsib_higher_loss_absorbency": given["gsib_hla"] * 100 if "gsib_hla" in given else None,
        "exposure_at_calibration": None,
        "central_bank_at_calibration": None,
        "additional_requirement": 0.0,
        "derivatives": derivatives(given, known["sa_ccr_alpha"]),
        "margin_agreement_rows": None,
        "credit_derivative_rows": credit_derivatives(given["written_credit_derivatives"]),
        "sft_rows": transactions(given["sft"]),
        "sft_collateral_rows": None,
        **off_balance_sheet(given["off_balance_sheet"], given["provisions_obs"]),
    }


def derivatives(given: Mapping[str, Any], alpha: float) -> Derivatives:
    """Netting sets with their add-ons; margin that is not eligible is ignored. One more is the exempted leg."""
    sets = given["derivative_netting_sets"]
    cash = [(s["cash_vm_received"] - s["cash_vm_posted"]) * s.get("vm_eligible", True) for s in sets]
    cost = unmargined_replacement_cost(np.array([float(s["V"]) for s in sets]), np.array(cash, dtype=float))
    add_on = np.array([float(s["addon"]) for s in sets])
    table = pd.DataFrame({"replacement_cost_leverage": cost, "pfe_leverage": add_on}, index=[s["id"] for s in sets])
    table = table.assign(exposure_leverage=alpha * (cost + add_on))
    leg = given.get("exempted_ccp_leg", 0)
    if leg:  # its exposure is deducted, and has no part in rows 8 and 9 of the golden
        table.loc["leg"] = [0.0, 0.0, leg]
    trades = pd.DataFrame({"netting_set_id": [s["id"] for s in sets], "market_value": [float(s["V"]) for s in sets]})
    exposure: Any = SimpleNamespace(
        netting_sets=table.rename_axis("netting_set_id"),
        positions=pd.DataFrame({"trade_id": [None]}),  # no trade stands alone
        trades=pd.DataFrame({"position": np.zeros(len(trades), dtype=np.int64)}),
    )
    margin = pd.DataFrame({"netting_set_id": trades["netting_set_id"], "variation_margin_cash_eligible": cash})
    if leg:
        margin = pd.concat([margin, pd.DataFrame({"netting_set_id": ["leg"], "variation_margin_cash_eligible": [0.0]})])
    stated = margin[["netting_set_id"]].assign(client_cleared=False, ccp_leg_exempt=margin["netting_set_id"].eq("leg"))
    secured = SecuredSets(margin, stated, parameters={"sa_ccr_alpha": alpha})
    return Derivatives(exposure, trades, secured=secured)


def credit_derivatives(written: list[Mapping[str, Any]]) -> pd.DataFrame:
    rows = []
    for one in written:
        same = {
            "reference_entity": one["id"],
            "maturity_in_years": 5.0,
            "option_type": None,
            "leverage_multiplier": np.nan,
        }
        same |= {"credit_seniority": "senior"}
        rows.append({**same, "trade_id": one["id"], "direction": "long", "notional_amount": float(one["notional"]),
                     "fv_change_amount": float(one["fv_change_reflected_in_tier1"]),
                     "matched_purchase_id": f"P{one['id']}"})  # fmt: skip
        bought = {"trade_id": f"P{one['id']}", "direction": "short", "fv_change_amount": 0.0}
        offered = {"notional_amount": float(one["eligible_purchased_offset"]), "matched_purchase_id": None}
        rows.append({**same, **bought, **offered})
    return pd.DataFrame(rows)


def transactions(sets: list[Mapping[str, Any]]) -> pd.DataFrame:
    """A netting set is a reverse repo and a repo whose amounts add up to what the golden says was lent and received."""
    rows = []
    for one in sets:
        own = one["id"] if one["netting_conditions_met"] else None
        same = {"counterparty_id": "C1", "role": one["role"], "netting_agreement_id": own, "settlement_date": DAY,
                "netting_conditions_met": one["netting_conditions_met"]}  # fmt: skip
        payable = one["payable"] if own else 0
        lent = {"kind": "reverse_repo", "cash_amount": float(one["E"]), "securities_amount": float(one["C"] - payable)}
        rows.append({**same, **lent, "sft_id": f"{one['id']}a"})
        borrowed = {"kind": "repo", "cash_amount": float(one["payable"]), "securities_amount": 0.0}
        rows.append({**same, **borrowed, "sft_id": f"{one['id']}b"})
    return pd.DataFrame(rows)


def off_balance_sheet(nominals: Mapping[str, float], provisions: float) -> dict[str, Any]:
    rows = pd.DataFrame(
        {
            "ccf_category": [BUCKETS[factor] for factor in nominals],
            "nominal_amount": [float(nominal) for nominal in nominals.values()],
        }
    )
    return {
        "off_balance_sheet_nominal_amounts": rows["nominal_amount"].to_numpy(),
        "off_balance_sheet_nominal_rows": rows,
        "off_balance_sheet_specific_rows": rows.assign(specific_provision_amount=0.0),
        "off_balance_sheet_specific_amounts": np.zeros(1),
        "off_balance_sheet_general_amounts": np.array([float(provisions)]),
    }
