"""The same book through creditriskengine: run by an interpreter that has it, so nothing of this project is imported."""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module, metadata
from typing import Any

import pandas as pd

CLASSES = {"ir": "interest_rate", "fx": "fx", "credit": "credit", "equity": "equity", "commodity": "commodity"}
MPOR = 10 / 250


def main(trades: str, netting_sets: str) -> None:
    """Print seconds for making its trades and for the figures of all netting sets; reading the files does not count."""
    engine = import_module("creditriskengine.ccr.sa_ccr")
    rows, sets = pd.read_csv(trades, low_memory=False), pd.read_csv(netting_sets)
    begun = time.process_time()
    margined = dict(zip(sets["netting_set_id"], sets["margined"], strict=True))
    of_set: dict[str, list[Any]] = {name: [] for name in margined}
    row: Any
    for row in rows.itertuples():
        of_set[row.netting_set_id].append(_trade(engine, row, margined[row.netting_set_id]))
    value = rows.groupby("netting_set_id")["market_value"].sum()
    made = time.process_time()
    for row in sets.itertuples():
        if of_set[row.netting_set_id]:
            _exposure(engine, of_set[row.netting_set_id], float(value[row.netting_set_id]), row)
    done = time.process_time()
    version = metadata.version("creditriskengine")
    print(json.dumps({"version": version, "trades": made - begun, "figures": done - made}))


def _trade(engine: Any, row: Any, margined: bool) -> Any:
    option = isinstance(row.option_type, str)
    sub_class = row.sub_class if isinstance(row.sub_class, str) else ""
    notional = row.notional if row.notional == row.notional else row.underlying_units * row.underlying_price
    start, end = (row.s_years, row.e_years) if row.e_years == row.e_years else (0.0, row.m_years)
    label = sub_class if row.asset_class == "commodity" else row.hedging_set
    return engine.SACCRTrade(
        asset_class=engine.AssetClass(CLASSES[row.asset_class]),
        notional=notional,
        start=start,
        end=end,
        direction=1 if row.direction == "long" else -1,
        hedging_set=label if isinstance(label, str) else "default",
        reference=row.reference_entity if isinstance(row.reference_entity, str) else "",
        credit_rating=sub_class.removeprefix("index_").upper() if row.asset_class == "credit" else "",
        is_index="index" in sub_class,
        option_type=engine.OptionType(f"{row.option_side}_{row.option_type}" if option else "none"),
        strike=row.option_strike if option else 0.0,
        underlying_price=row.option_price if option else 0.0,
        option_expiry=row.t_years if option else 0.0,
        is_tranche=row.tranche_attach == row.tranche_attach,
        attachment=row.tranche_attach if row.tranche_attach == row.tranche_attach else 0.0,
        detachment=row.tranche_detach if row.tranche_detach == row.tranche_detach else 0.0,
        margined_mpor=MPOR if margined else None,
    )


def _exposure(engine: Any, trades: list[Any], value: float, row: Any) -> float:
    found = engine.sa_ccr_ead(
        trades,
        net_mtm=value,
        collateral=row.variation_margin + row.nica,
        margined=row.margined,
        threshold=row.threshold if row.margined else 0.0,
        mta=row.minimum_transfer_amount if row.margined else 0.0,
        nica=row.nica,
    )
    return float(found.ead)


if __name__ == "__main__":
    main(*sys.argv[1:])
