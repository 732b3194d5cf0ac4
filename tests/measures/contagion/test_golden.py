"""The golden vectors of clearing, DebtRank and default cascades: figures on which several programs agreed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reporting.measures.contagion import clear, debtrank, default_cascade

FOLDER = Path(__file__).parents[2] / "golden" / "contagion"


def files(*prefixes: str) -> list[str]:
    found = sorted(path.name for path in FOLDER.glob("*.json") if path.name.startswith(prefixes))
    assert found, prefixes
    return found


def golden(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


def near(expected: Any, tolerance: dict[str, float]) -> Any:
    return pytest.approx(np.array(expected, dtype=float), abs=tolerance["abs"], rel=tolerance.get("rel", 0))


@pytest.mark.parametrize("name", files("en_", "rv_"))
def test_the_clearing_vector_and_all_that_follows_from_it(name: str) -> None:
    case = golden(name)
    given, expected, tolerance = case["inputs"], case["expected"], case["tolerance"]
    found = clear(
        given["L"], given["external_assets"], given["external_liabilities"],
        external_rank=given.get("external_liabilities_rank", "pari_passu"),
        alpha=given.get("alpha", 1.0), beta=given.get("beta", 1.0),
    )  # fmt: skip
    liabilities = np.array(given["L"])
    assert found.certificate.converged
    assert found.obligations == near(expected["total_obligations"], tolerance)
    assert found.payments == near(expected["clearing_vector"], tolerance)
    assert found.interbank_inflow == near(expected["interbank_inflow"], tolerance)
    assert found.recovery_rate == near(expected["recovery_rate"], tolerance)
    assert found.net_worth == near(expected["net_worth"], tolerance)
    assert np.flatnonzero(found.defaulted).tolist() == expected["default_set"]
    assert found.default_round.tolist() == expected["default_round"]
    assert found.certificate.rounds == expected["n_rounds"]
    if "shareholder_equity" in expected:
        assert found.shareholder_equity == near(expected["shareholder_equity"], tolerance)
        assert found.recovery_rate * liabilities.sum(1) == near(expected["payments_matrix_row_sums"], tolerance)
    if "deadweight_loss_total" in expected:
        assert found.default_costs.sum() == near(expected["deadweight_loss_total"], tolerance)


def test_the_least_clearing_vector_of_two_banks_with_default_costs() -> None:
    case = golden("rv_two_banks_nonunique.json")
    given = case["inputs"]
    found = clear(given["L"], given["external_assets"], alpha=given["alpha"], beta=given["beta"], which="least")
    assert found.payments == near(case["expected"]["least_clearing_vector"], case["tolerance"])


@pytest.mark.parametrize("name", files("dr2012_"))
def test_debtrank_of_2012(name: str) -> None:
    case = golden(name)
    given, tolerance = case["inputs"], case["tolerance"]
    for run in case["expected"]["runs"]:
        shock = np.full(3, run["psi"]) if run["seed"] == "all" else run["psi"] * np.eye(3)[run["seed"]]
        for weights in (given["economic_value"], None):
            found = debtrank(given["A"], given["equity"], shock, variant="single_hit", weights=weights)
            assert found.distress == near(run["h_final"], tolerance)
            assert found.additional_loss == near(run["debtrank"], tolerance)
            assert found.certificate.iterations == run["steps"]


@pytest.mark.parametrize("name", files("dr2015_"))
@pytest.mark.parametrize("method", ["iteration", "active_sets"])
def test_debtrank_of_2015(name: str, method: str) -> None:
    case = golden(name)
    given, tolerance = case["inputs"], case["tolerance"]
    runs = case["expected"]["runs"]
    assert len(runs) == len(given["initial_shocks"])
    together = debtrank(given["A"], given["equity"], np.array(given["initial_shocks"]).T, method=method)
    for number, run in enumerate(runs):
        alone = debtrank(given["A"], given["equity"], run["h1"], method=method)
        assert alone.certificate.converged
        assert alone.distress == near(run["h_final"], tolerance)
        assert together.distress[:, number] == near(run["h_final"], tolerance)
        assert alone.total_loss == near(run["relative_equity_loss_total"], tolerance)
        assert together.additional_loss[number] == near(run["debtrank_additional"], tolerance)
        assert np.flatnonzero(alone.defaulted).tolist() == run["defaulted"]


@pytest.mark.parametrize("name", files("furfine_"))
def test_the_default_cascade(name: str) -> None:
    case = golden(name)
    given = case["inputs"]
    for run in case["expected"]["runs"]:
        found = default_cascade(
            given["A"], given["equity"], [run["seed"]],
            loss_given_default=given["lgd"], equality_defaults={"ge": True, "gt": False}[given["default_rule"]],
        )  # fmt: skip
        assert np.flatnonzero(found.defaulted).tolist() == run["default_set"]
        assert found.default_round.tolist() == run["default_round"]
        assert found.loss == near(run["loss"], case["tolerance"])
        assert found.certificate.rounds == run["n_rounds"]
