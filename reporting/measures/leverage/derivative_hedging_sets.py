"""Derivatives step by step: positions of entities and add-ons of hedging sets, and both if they were not margined.

The workbook computes these tables from those of the trades, so that each of their columns is one step of arithmetic.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from reporting.measures.counterparty import CounterpartyExposure
from reporting.measures.leverage.derivative_columns import (
    AS_IT_IS,
    BY_ENTITY,
    IF_UNMARGINED,
    Basis,
    Columns,
    entity_ids,
    hedging_set_ids,
    joined,
)
from reporting.measures.leverage.derivatives import Derivatives, sums_of
from reporting.measures.measure import Taken, measure


@measure(
    unit="money",
    reference="BCBS CRE52.60-52.72; CRR Art. 280c-280e",
    label="Positions of derivatives by reference entity or commodity type",
    key="entity_id",
)
def derivative_entities(derivatives: Derivatives, derivative_trades: pd.DataFrame) -> Taken:
    """Effective notionals of one entity or commodity type offset in full; add-on = factor x effective notional.

    supervisory_factor, correlation   fractions
    systematic, idiosyncratic         correlation x add-on; (1 - correlation^2) x add-on^2
    """
    table = _entities(derivatives.exposure, derivatives, derivative_trades, AS_IT_IS)
    return Taken(table, ("derivative_trades",), "from its trades")


@measure(
    unit="money",
    reference="BCBS CRE52.2, 52.60-52.72; CRR Art. 274(3), 280c-280e",
    label="Positions of margined derivatives by reference entity or commodity type, if they were not margined",
    key="unmargined_entity_id",
)
def derivative_unmargined_entities(derivatives: Derivatives, derivative_trades: pd.DataFrame) -> Taken:
    """Effective notionals of one entity or commodity type offset in full; add-on = factor x effective notional."""
    table = _entities(derivatives.unmargined, derivatives, derivative_trades, IF_UNMARGINED)
    return Taken(table, ("derivative_trades",), "from its trades")


_ENTITY_TEXTS = ("risk_class", "special", "reference_entity")
_ENTITY_NUMBERS = ("effective_notional", "supervisory_factor", "correlation", "add_on", "systematic", "idiosyncratic")


def _entities(
    of: CounterpartyExposure | None, derivatives: Derivatives, trades: pd.DataFrame, basis: Basis
) -> pd.DataFrame:
    columns = Columns(basis.entity_id, (basis.hedging_set_id, *_ENTITY_TEXTS), _ENTITY_NUMBERS)
    if of is None:
        return columns.empty()
    correlations = {name: share / 100 for name, share in derivatives.parameters["sa_ccr_correlations"].items()}
    chosen = of.positions["asset_class"].isin(BY_ENTITY)
    positions = of.positions[chosen]
    ids = pd.Index(entity_ids(of)[chosen], name=basis.entity_id)
    table = positions.set_index(ids).assign(
        **{basis.hedging_set_id: hedging_set_ids(of)[positions["hedging_set_row"].to_numpy()]},
        risk_class=positions["sub_class"].array,
        special=positions["kind"].astype(object).where(positions["kind"] != "plain").to_numpy(),
        reference_entity=positions["member"].array,
        effective_notional=_summed(trades[basis.effective_notional], trades[basis.entity_id], ids),
        correlation=positions["sub_class"].astype(object).map(correlations).to_numpy(dtype=np.float64),
    )
    table = table.assign(add_on=table["supervisory_factor"] * table["effective_notional"])
    table = table.assign(
        systematic=table["correlation"] * table["add_on"],
        idiosyncratic=(1.0 - table["correlation"] ** 2) * table["add_on"] ** 2,
    )
    return columns.of(table)


def _summed(amounts: pd.Series, names: pd.Series, ids: pd.Index) -> pd.Series:
    return pd.Series(sums_of(amounts, names, ids), index=ids, dtype=np.float64)


@measure(
    unit="money",
    reference="BCBS CRE52.45-52.47, 52.57-52.72; CRR Art. 277-277a, 280a-280f",
    label="Add-ons of derivatives by hedging set",
    key="hedging_set_id",
)
def derivative_hedging_sets(
    derivatives: Derivatives, derivative_trades: pd.DataFrame, derivative_entities: pd.DataFrame
) -> Taken:
    """Effective notionals offset within the hedging set, times the supervisory factor.

    trades              how many trades are in it
    effective_notional  of all of them; bucket_1 to bucket_3 by maturity, of interest rates
    systematic, idiosyncratic   sums over the entities; the add-on is the root of systematic^2 + idiosyncratic
    """
    table = _hedging_sets(derivatives.exposure, derivative_trades, derivative_entities, AS_IT_IS)
    return Taken(table, ("derivative_trades", "derivative_entities"), "from the effective notionals of its trades")


@measure(
    unit="money",
    reference="BCBS CRE52.2, 52.45-52.47, 52.57-52.72; CRR Art. 274(3), 277-277a, 280a-280f",
    label="Add-ons of margined derivatives by hedging set, if they were not margined",
    key="unmargined_hedging_set_id",
)
def derivative_unmargined_hedging_sets(
    derivatives: Derivatives, derivative_trades: pd.DataFrame, derivative_unmargined_entities: pd.DataFrame
) -> Taken:
    """Effective notionals offset within the hedging set, times the supervisory factor."""
    table = _hedging_sets(derivatives.unmargined, derivative_trades, derivative_unmargined_entities, IF_UNMARGINED)
    uses = ("derivative_trades", "derivative_unmargined_entities")
    return Taken(table, uses, "from the effective notionals of its trades")


_SET_TEXTS = ("netting_set_id", "asset_class", "asset_class_id", "hedging_set", "kind", "risk_class")
_SET_NUMBERS = (
    "trades", "supervisory_factor", "effective_notional", "bucket_1", "bucket_2", "bucket_3", "systematic",
    "idiosyncratic", "add_on",
)  # fmt: skip


def _hedging_sets(
    of: CounterpartyExposure | None, trades: pd.DataFrame, entities: pd.DataFrame, basis: Basis
) -> pd.DataFrame:
    key = basis.hedging_set_id
    columns = Columns(key, _SET_TEXTS, _SET_NUMBERS)
    if of is None:
        return columns.empty()
    ids = pd.Index(hedging_set_ids(of), name=key)
    sets = of.hedging_sets.set_index(ids)
    first = of.positions.drop_duplicates("hedging_set_row").set_index(ids)
    by_entity, by_bucket = sets["asset_class"].isin(BY_ENTITY), sets["asset_class"].eq("ir")
    notional, bucket = trades[basis.effective_notional], trades["maturity_bucket"]
    buckets = {f"bucket_{n}": _summed(notional.where(bucket.eq(n), 0.0), trades[key], ids) for n in (1, 2, 3)}
    parts = {name: _summed(entities[name], entities[key], ids) for name in ("systematic", "idiosyncratic")}
    table = sets.assign(
        asset_class_id=joined(sets, ["netting_set_id", "asset_class"]),
        risk_class=first["sub_class"].astype(object).where(~by_entity),
        supervisory_factor=first["supervisory_factor"].where(~by_entity),
        trades=_summed(trades["counted"], trades[key], ids),
        effective_notional=_summed(notional, trades[key], ids),
        **{name: amounts.where(by_bucket) for name, amounts in buckets.items()},
        **{name: amounts.where(by_entity) for name, amounts in parts.items()},
    )
    return columns.of(table)


MEASURES = (
    derivative_entities,
    derivative_hedging_sets,
    derivative_unmargined_entities,
    derivative_unmargined_hedging_sets,
)
