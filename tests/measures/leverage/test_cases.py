"""Worked examples in tests/cases/leverage: the functions are called with just their arguments."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reporting.documents import read_yaml
from reporting.measures import FACTS, MEASURES, Taken
from reporting.measures.measure import label_of
from reporting.rulebook import load_rulebook
from tests.measures.leverage.test_templates import LR1, LR2

BY_NAME = {label_of(function).name: function for function in MEASURES}
CASES = [
    case
    for path in sorted((Path(__file__).parents[2] / "cases" / "leverage").glob("*.yaml"))
    for case in read_yaml(path.read_text(encoding="utf-8"))
]


def result(name: str, known: Mapping[str, Any]) -> Any:
    """A measure from the values known, computing on the way what it rests on."""
    if name in known:
        return known[name]
    function = BY_NAME[name]
    found = function(**{argument: result(argument, known) for argument in inspect.signature(function).parameters})
    return found.value if isinstance(found, Taken) else found


def facts_of_the_same_rows(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    """The rows serve every fact that selects them, with the columns it asks for."""
    given, found = FACTS[name], {}
    for fact in FACTS.values():
        if (fact.sheet, fact.where, fact.in_force) == (given.sheet, given.where, given.in_force):
            frame = rows[[*fact.columns, *([fact.key] if fact.key else [])]]
            found[fact.name] = frame if fact.shape == "frame" else frame[fact.column].to_numpy(dtype=np.float64)
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_worked_example(case: dict[str, Any]) -> None:
    rulebook = load_rulebook(case["jurisdiction"], case["on"])
    known: dict[str, Any] = {name: parameter.value for name, parameter in rulebook.parameters.items()}
    for name, value in case.get("input", {}).items():
        known[name] = np.array(value, dtype=np.float64) if isinstance(value, list) else value
    for name, rows in case.get("rows", {}).items():
        known |= facts_of_the_same_rows(name, pd.DataFrame(rows))
    for name, expected in case.get("output", {}).items():
        found = result(name, known)
        if isinstance(expected, bool):
            assert found is expected, name
        else:
            assert math.isclose(found, expected, rel_tol=1e-12, abs_tol=1e-6), (name, found, expected)
    for name, expected in case.get("in_force", {}).items():
        assert rulebook.parameters[name].value == expected
    for name in case.get("not_in_force", []):
        assert name in rulebook.not_in_force


def test_every_measure_with_arithmetic_has_a_worked_example_or_is_a_plain_selection() -> None:
    shown = {name for case in CASES for name in case.get("output", {})}
    shown |= {name for rows in (*LR1.values(), *LR2.values()) for name in rows}
    plain = {
        "total_assets", "derivative_collateral_gross_up", "sft_securities_adjustment", "provisions_adjustment",
        "balance_sheet_lines", "excluded_exposures", "off_balance_sheet_by_bucket", "own_funds_items",
        "derivative_exposures", "sft_exposures", "exposure_measure", "simple_leverage", "leverage_above_amber",
        "tier1_required", "internal_limit_met", "excluded_exposures_by_row", "exposure_measure_before_exemption",
        "excluded_public_sector_exposures",
        # Tables behind the rows of LR2, which tests/measures/counterparty and test_transactions.py compute.
        "secured_sets", "derivatives", "derivative_collateral", "derivative_margin_agreements", "derivative_trades",
        "derivative_entities", "derivative_unmargined_entities", "derivative_hedging_sets",
        "derivative_unmargined_hedging_sets", "derivative_asset_classes",
        "derivative_netting_sets", "derivative_leverage_sets", "written_credit_derivatives", "sft_transactions",
        "sft_netting_sets", "sft_settlement_groups",
    }  # fmt: skip
    assert set(BY_NAME) <= shown | plain
