"""SA-CCR agrees with a second, plain implementation on random portfolios: every netting set, every intermediate."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from reporting.measures.counterparty import CounterpartyExposure, sa_ccr
from reporting.rulebook import load_rulebook
from tests.plain import sa_ccr as plain
from tests.plain.sa_ccr_sets import NettingSet
from tests.plain.sa_ccr_trades import TradeResult
from tests.random_derivatives import Portfolio, random_portfolio

DAY = date(2026, 9, 30)
RELATIVE = 1e-9
SMALLEST_AMOUNT = 1e-6  # of one unit of currency, where amounts of millions cancel to nothing
SMALLEST_DELTA = 1e-12
OF_TRADE = (
    "adjusted_notional", "supervisory_delta", "supervisory_factor", "maturity_factor", "maturity_factor_unmargined",
    "maturity_factor_margined", "effective_notional",
)  # fmt: skip
OF_NETTING_SET = (
    "value", "collateral", "mpor_days", "add_on", "replacement_cost", "multiplier", "pfe", "add_on_unmargined",
    "replacement_cost_unmargined", "multiplier_unmargined", "pfe_unmargined", "ead_unmargined", "ead_margined",
    "exposure_at_default", "replacement_cost_leverage", "pfe_leverage", "exposure_leverage",
)  # fmt: skip

Key = tuple[str, ...]


@pytest.fixture(scope="module")
def parameters() -> dict[str, dict[str, Any]]:
    """Values in force, by jurisdiction and name."""
    return {
        jurisdiction: {name: one.value for name, one in load_rulebook(jurisdiction, DAY).parameters.items()}
        for jurisdiction in ("basel", "eu")
    }


def exposure_of(portfolio: Portfolio, parameters: Mapping[str, Mapping[str, Any]]) -> CounterpartyExposure:
    values = dict(parameters[portfolio.jurisdiction])
    values["sa_ccr_purchased_tranche_positive"] = portfolio.tranche_sign_as_printed
    return sa_ccr(
        portfolio.trade_frame,
        portfolio.netting_set_frame,
        values,
        reporting_currency=portfolio.reporting_currency,
        offset_between_buckets=not portfolio.no_offset,
    )


def plain_of(portfolio: Portfolio) -> plain.Result:
    return plain.sa_ccr(
        portfolio.trades,
        portfolio.netting_sets,
        portfolio.jurisdiction,
        reporting_currency=portfolio.reporting_currency,
        tranche_sign_as_printed=portfolio.tranche_sign_as_printed,
        no_offset=portfolio.no_offset,
    )


def differences(found: CounterpartyExposure, expected: plain.Result) -> Iterator[tuple[Any, ...]]:
    """Where, what, the value found, the value expected."""
    trades = found.trades.set_index("trade_id")
    for trade_id, one in expected.trades.items():
        yield from differences_of_trade(trades.loc[trade_id], one)
    for name, one_set in expected.netting_sets.items():
        yield from differences_of_netting_set(found.netting_sets.loc[name], one_set)
    yield from unlike(add_ons_by_class(found), plain_add_ons_by_class(expected))
    yield from unlike(add_ons_by_hedging_set(found), plain_add_ons_by_hedging_set(expected))


def differences_of_trade(row: Any, one: TradeResult) -> Iterator[tuple[Any, ...]]:
    for name in OF_TRADE:
        smallest = SMALLEST_DELTA * (one.adjusted_notional if name == "effective_notional" else 1.0)
        if not same(row[name], getattr(one, name), smallest):
            yield one.trade_id, name, row[name], getattr(one, name)
    if (row["asset_class"], row["kind"]) != (one.asset_class, one.kind):
        yield one.trade_id, "kind", (row["asset_class"], row["kind"]), (one.asset_class, one.kind)


def differences_of_netting_set(row: Any, one: NettingSet) -> Iterator[tuple[Any, ...]]:
    for name in OF_NETTING_SET:
        if not same(row[name], getattr(one, name), SMALLEST_AMOUNT):
            yield one.netting_set_id, name, row[name], getattr(one, name)
    near = one.ead_margined is not None and same(one.ead_margined, one.ead_unmargined, SMALLEST_AMOUNT)
    if bool(row["capped"]) != one.capped and not near:
        yield one.netting_set_id, "capped", row["capped"], one.capped


def same(found: float, expected: float | None, smallest: float) -> bool:
    if expected is None or math.isnan(found):
        return expected is None and math.isnan(found)
    return math.isclose(found, expected, rel_tol=RELATIVE, abs_tol=smallest)


def unlike(found: dict[Key, list[float]], expected: dict[Key, list[float]]) -> Iterator[tuple[Any, ...]]:
    """Equal amounts under equal keys, whatever their order."""
    for key in found.keys() | expected.keys():
        ours, theirs = sorted(found.get(key, [])), sorted(expected.get(key, []))
        if len(ours) != len(theirs) or not all(map(same, ours, theirs, [SMALLEST_AMOUNT] * len(ours))):
            yield key, "add_on", ours, theirs


def add_ons_by_class(found: CounterpartyExposure) -> dict[Key, list[float]]:
    table = found.asset_classes
    return gathered(zip(table["netting_set_id"], table["asset_class"], table["add_on"], strict=True))


def plain_add_ons_by_class(expected: plain.Result) -> dict[Key, list[float]]:
    sets = expected.netting_sets.items()
    return gathered(
        (name, asset_class, add_on) for name, one in sets for asset_class, add_on in one.add_on_by_class.items()
    )


def add_ons_by_hedging_set(found: CounterpartyExposure) -> dict[Key, list[float]]:
    table = found.hedging_sets
    labels = table["hedging_set"].astype(object).where(table["kind"] != "basis", table["basis_pair"].astype(object))
    columns = (table["netting_set_id"], table["asset_class"], labels, table["kind"], table["add_on"])
    return gathered(zip(*columns, strict=True))


def plain_add_ons_by_hedging_set(expected: plain.Result) -> dict[Key, list[float]]:
    return gathered(
        (name, part.asset_class, part.hedging_set, part.kind, part.add_on)
        for name, one in expected.netting_sets.items()
        for part in one.hedging_sets
    )


def gathered(rows: Any) -> dict[Key, list[float]]:
    found: dict[Key, list[float]] = {}
    for *key, amount in rows:
        found.setdefault(tuple(map(str, key)), []).append(float(amount))
    return found


def agree_on(seeds: range, parameters: Mapping[str, Mapping[str, Any]], large_every: int) -> Counter[str]:
    """Counts what was compared; every difference of the first portfolios that show one is in the message."""
    compared: Counter[str] = Counter()
    wrong = []
    for seed in seeds:
        portfolio = random_portfolio(seed, large=seed % large_every == large_every - 1)
        expected = plain_of(portfolio)
        wrong += [
            (seed, portfolio.jurisdiction, *one) for one in differences(exposure_of(portfolio, parameters), expected)
        ]
        compared.update(trades=len(expected.trades), netting_sets=len(expected.netting_sets))
        assert len(wrong) < 20, wrong
    assert not wrong, wrong
    return compared


def test_a_plain_second_implementation_agrees_on_random_portfolios(parameters: dict[str, dict[str, Any]]) -> None:
    compared = agree_on(range(200), parameters, large_every=100)
    assert compared["trades"] > 2_000
    assert compared["netting_sets"] > 400


@pytest.mark.slow
def test_a_plain_second_implementation_agrees_on_ten_thousand_portfolios(
    parameters: dict[str, dict[str, Any]],
) -> None:
    compared = agree_on(range(1_000, 11_000), parameters, large_every=500)
    assert compared["netting_sets"] > 20_000
