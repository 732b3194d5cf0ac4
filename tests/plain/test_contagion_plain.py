"""The plain contagion methods reproduce the published and agreed examples before anything is compared with them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.plain.contagion_cascade import Cascade, default_cascade, funding_cascade
from tests.plain.contagion_clearing import (
    Array,
    Debts,
    clear_by_programme,
    clear_classes,
    clear_from_above,
    clear_from_below,
)
from tests.plain.contagion_debtrank import differential, single_hit
from tests.plain.contagion_exact import clear_greatest, clear_least, network
from tests.plain.contagion_ranking import losses_of_single_defaults

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "contagion"


def golden(name: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return case


def names(*prefixes: str) -> list[str]:
    return sorted(path.stem for path in GOLDEN.glob("*.json") if path.stem.startswith(prefixes))


def debts_of(case: dict[str, Any]) -> Debts:
    inputs = case["inputs"]
    return Debts(
        np.array(inputs["L"]),
        np.array(inputs["external_assets"]),
        np.array(inputs["external_liabilities"]),
        senior=inputs.get("external_liabilities_rank") == "senior",
        alpha=inputs.get("alpha", 1.0),
        beta=inputs.get("beta", 1.0),
    )


def close(found: Any, expected: Any, rel: float = 1e-9) -> bool:
    scale = np.abs(np.asarray(expected, dtype=float)).max(initial=1.0)
    return np.allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=0, atol=rel * scale)


def test_there_are_goldens_of_every_kind() -> None:
    counts = [len(names(kind)) for kind in ("en_", "rv_", "dr2012_", "dr2015_", "furfine_")]
    assert counts == [6, 3, 2, 2, 2]


@pytest.mark.parametrize("name", names("en_", "rv_"))
def test_iteration_from_above_reproduces_the_golden(name: str) -> None:
    case = golden(name)
    debts, expected = debts_of(case), case["expected"]
    payments = clear_from_above(debts)
    assert close(debts.obligations, expected["total_obligations"])
    assert close(payments, expected["clearing_vector"])
    assert np.flatnonzero(~debts.solvent(payments)).tolist() == expected["default_set"]
    assert close(debts.value(payments) - debts.obligations, expected["net_worth"])


@pytest.mark.parametrize("name", [n for n in names("en_") if not n.endswith("senior")])
def test_the_linear_programme_reproduces_the_golden(name: str) -> None:
    case = golden(name)
    assert close(clear_by_programme(debts_of(case)), case["expected"]["clearing_vector"])


@pytest.mark.parametrize("name", [n for n in names("en_", "rv_") if not n.endswith(("senior", "random_30"))])
def test_exact_fictitious_default_reproduces_the_golden_and_its_rounds(name: str) -> None:
    case = golden(name)
    found = clear_greatest(_exact(debts_of(case)))
    assert close(found.payments, case["expected"]["clearing_vector"])
    assert found.rounds == case["expected"]["default_round"]


def test_the_least_vectors_differ_from_the_greatest_where_the_goldens_say_so() -> None:
    cycle, two = debts_of(golden("en_cycle_nonunique_greatest")), debts_of(golden("rv_two_banks_nonunique"))
    for debts, expected in ((cycle, [0, 0, 0]), (two, [0.1, 0.1])):
        assert close(clear_from_below(debts), expected)
        assert close(clear_least(_exact(debts)).payments, expected)


def test_a_limit_that_the_map_leaves_is_where_the_iteration_from_below_starts_again() -> None:
    # Two banks owing 1 each, e = 0.5: from below p = 0.25 + p / 2 creeps to 0.5, where 0.5 + 0.5 >= 1 pays in full.
    debts = Debts(np.array([[0.0, 1.0], [1.0, 0.0]]), np.full(2, 0.5), np.zeros(2), alpha=0.5, beta=0.5)
    assert clear_from_below(debts).tolist() == [1.0, 1.0]
    assert [float(p) for p in clear_least(_exact(debts)).payments] == [1.0, 1.0]


def test_classes_of_seniority_are_paid_one_after_the_other() -> None:
    # Bank 0 has 10 and owes 6 senior and 8 junior to bank 1, which owes 11 to bank 2 in the junior class only.
    senior, junior = np.zeros((3, 3)), np.zeros((3, 3))
    senior[0, 1], junior[0, 1], junior[1, 2] = 6, 8, 11
    paid = clear_classes([senior, junior], np.array([10.0, 0.0, 0.0]))
    assert [one.tolist() for one in paid] == [[6, 0, 0], [4, 10, 0]]


@pytest.mark.parametrize("name", names("dr2012_"))
def test_single_hit_time_steps_reproduce_the_golden(name: str) -> None:
    inputs, expected = golden(name)["inputs"], golden(name)["expected"]
    for run in expected["runs"]:
        shock = [run["psi"] if run["seed"] in ("all", i) else 0.0 for i in range(3)]
        distress, total = single_hit(inputs["A"], inputs["equity"], shock)
        assert close(distress, run["h_final"], 1e-12)
        assert math.isclose(total, run["debtrank"], rel_tol=1e-12)


@pytest.mark.parametrize("name", names("dr2015_"))
def test_differential_time_steps_reproduce_the_golden(name: str) -> None:
    inputs, expected = golden(name)["inputs"], golden(name)["expected"]
    equity = inputs["equity"]
    for run in expected["runs"]:
        distress = differential(inputs["A"], equity, run["h1"])
        assert close(distress, run["h_final"], 1e-10)
        total = math.fsum(e * h for e, h in zip(equity, distress, strict=True)) / math.fsum(equity)
        assert math.isclose(total, run["relative_equity_loss_total"], rel_tol=1e-10)
        assert [i for i, h in enumerate(distress) if h > 1 - 1e-12] == run["defaulted"]


def test_a_single_default_brings_the_loss_of_its_run() -> None:
    inputs, expected = golden("dr2015_three_banks")["inputs"], golden("dr2015_three_banks")["expected"]
    run = next(run for run in expected["runs"] if run["h1"] == [1, 0, 0])
    losses = losses_of_single_defaults(inputs["A"], inputs["equity"])
    assert math.isclose(losses[0], run["debtrank_additional"] * math.fsum(inputs["equity"]), rel_tol=1e-10)


def test_a_very_steep_propagation_tends_to_the_default_cascade() -> None:
    inputs = golden("furfine_chain_and_boundary")["inputs"]
    steep = differential(inputs["A"], inputs["equity"], [1, 0, 0, 0], steepness=2_000)
    assert close(steep, [1, 1, 1, 1])
    assert close(differential(inputs["A"], inputs["equity"], [0, 0.9, 0, 0], steepness=2_000), [0, 0.9, 0, 0])


@pytest.mark.parametrize("name", names("furfine_"))
def test_the_growing_set_reproduces_the_golden(name: str) -> None:
    inputs, expected = golden(name)["inputs"], golden(name)["expected"]
    for run in expected["runs"]:
        found: Cascade = default_cascade(
            inputs["A"],
            inputs["equity"],
            [run["seed"]],
            loss_given_default=inputs["lgd"],
            equality_defaults=inputs["default_rule"] == "ge",
        )
        assert found.rounds == run["default_round"]
        assert [float(x) for x in found.losses] == run["loss"]
        assert sorted(found.members) == run["default_set"]


def test_funding_is_withdrawn_along_the_claims() -> None:
    # Bank 0 lends 4 to bank 1, bank 1 lends 3 to bank 2; half of it is withdrawn: 2 > 1.5, then 1.5 = 1.5.
    claims = [[0.0, 4.0, 0.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]]
    assert funding_cascade(claims, [0, 1.5, 1.5], [0], withdrawn=0.5).rounds == [0, 1, -1]
    assert funding_cascade(claims, [0, 1.5, 1.4], [0], withdrawn=0.5).rounds == [0, 1, 2]
    assert funding_cascade(claims, [0, 2, 1.4], [0], withdrawn=0.5).rounds == [0, -1, -1]


def _exact(debts: Debts) -> Any:
    def rows(one: Array) -> Any:
        return one.tolist()

    return network(
        rows(debts.liabilities), rows(debts.external_assets), rows(debts.external_liabilities), debts.alpha, debts.beta
    )
