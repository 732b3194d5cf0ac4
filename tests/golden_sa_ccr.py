"""The SA-CCR goldens of tests/golden/leverage as trades and netting sets, with what they expect and how closely.

Files whose name begins with `saccr_` (three published BCBS examples, a margined set, one of every class, the floors of
the margin period of risk) and `sco60_provisional_2a_ccr` (crypto-assets, parameters unconfirmed). The files are kept
as they came; only this module knows their spelling.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from tests.derivative_frames import netting_set, netting_set_frame, trade, trade_frame

FOLDER = Path(__file__).parent / "golden" / "leverage"
CLASSES = {"IR": "ir", "FX": "fx", "CR": "credit", "EQ": "equity", "CO": "commodity", "CRYPTO": "crypto"}
SUB_CLASSES = {"IG": "index_ig", "SG": "index_sg", "oilgas": "oil_gas", "agri": "agricultural"}
SPECIALS = {"basis": "basis", "vol": "volatility"}
TRADE_NAMES = {
    "d": "adjusted_notional", "delta": "supervisory_delta", "MF": "maturity_factor", "D": "effective_notional",
    "SF": "supervisory_factor",
}  # fmt: skip
SET_NAMES = {
    "V": "value", "RC": "replacement_cost", "AddOn": "add_on", "multiplier": "multiplier", "PFE": "pfe",
    "EAD": "exposure_at_default", "cap_applied": "capped",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One netting set of a golden; expected values by name of the result, to a relative tolerance.

    published holds what the standard prints, with half a unit of the last printed digit.
    """

    name: str
    trades: list[dict[str, Any]]
    netting_sets: list[dict[str, Any]]
    expected: Mapping[str, float | bool]
    relative_tolerance: float
    expected_by_class: Mapping[str, float] = field(default_factory=dict)
    expected_by_trade: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    published: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    published_delta: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    tranche_sign_as_printed: bool = False
    jurisdiction: str = "basel"
    reporting_currency: str = "USD"

    @property
    def trade_frame(self) -> pd.DataFrame:
        """The trades with the columns of the sheet `derivatives`."""
        return trade_frame(self.trades)

    @property
    def netting_set_frame(self) -> pd.DataFrame:
        """The netting set with the columns of the sheet `netting_sets`."""
        return netting_set_frame(self.netting_sets)


def cases() -> list[Case]:
    """Every SA-CCR golden, and the margin periods of risk one by one."""
    found = [_portfolio(path) for path in sorted(FOLDER.glob("saccr_*.json")) if "mpor" not in path.name]
    return [*found, _tranche_sign_as_printed(), *_margin_periods(), *_crypto()]


def _load(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _portfolio(path: Path) -> Case:
    golden = _load(path.stem)
    expected = golden["expected"]
    printed = expected.get("published", {})
    # Half a unit of the last printed digit; the file says which digit that is.
    half_units = {"EAD": 0.5, "AddOn": 0.5, "RC": 0.5, "multiplier": 0.0005}
    return Case(
        name=path.stem,
        trades=[_trade(row) for row in golden["inputs"]["trades"]],
        netting_sets=[_set(golden["inputs"])],
        expected={SET_NAMES[name]: expected[name] for name in SET_NAMES},
        relative_tolerance=golden["tolerance"].get("rel") or golden["tolerance"]["computed_rel"],
        expected_by_class=_by_class(expected),
        expected_by_trade={
            row["id"]: {TRADE_NAMES[name]: row[name] for name in TRADE_NAMES} for row in expected["trades"]
        },
        published={SET_NAMES[name]: (printed[name], half_units[name]) for name in half_units if name in printed},
        published_delta={name[6:]: (value, 0.005) for name, value in printed.items() if name.startswith("delta_")},
    )


def _by_class(expected: Mapping[str, Any]) -> dict[str, float]:
    return {CLASSES[name]: amount for name, amount in expected["addon_by_class"].items()}


def _set(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """C of the goldens has variation margin and NICA in one amount; only a margined set has a margin in it."""
    if not inputs["margined"]:
        return netting_set(netting_set_id="golden", nica=inputs["C"])
    return netting_set(
        netting_set_id="golden",
        margined=True,
        threshold=inputs["TH"],
        minimum_transfer_amount=inputs["MTA"],
        nica=inputs["NICA"],
        variation_margin=inputs["C"] - inputs["NICA"],
        margin_period_days=inputs["mpor_days"],
    )


def _trade(row: Mapping[str, Any]) -> dict[str, Any]:
    option, tranche, special = row.get("option", {}), row.get("tranche", {}), row.get("special", [None])
    sub_class = row.get("sub_class", "")
    asset_class = CLASSES[row["asset_class"]]
    return trade(
        trade_id=row["id"],
        netting_set_id="golden",
        asset_class=asset_class,
        sub_class="2a" if asset_class == "crypto" else SUB_CLASSES.get(sub_class, sub_class.lower()),
        hedging_set=row.get("hedging_set"),
        reference_entity=row.get("entity"),
        direction=row["direction"],
        notional=row["notional"],
        market_value=row["mtm"],
        s_years=row.get("S"),
        e_years=row.get("E"),
        m_years=row["M"],
        t_years=option.get("T"),
        option_type=option.get("type"),
        option_side=option.get("side"),
        option_price=option.get("P"),
        option_strike=option.get("K"),
        option_shift=option.get("lambda"),
        tranche_attach=tranche.get("A"),
        tranche_detach=tranche.get("D"),
        special=SPECIALS.get(special[0]),
        special_pair=special[1] if len(special) > 1 else None,
    )


def _tranche_sign_as_printed() -> Case:
    """The same trades with + for purchased protection, as CRE52.41 prints it."""
    golden = _load("saccr_mixed_unmargined")
    expected = golden["expected"]["alternative_tranche_sign"]
    return Case(
        name="saccr_mixed_unmargined, tranche sign as printed",
        trades=[_trade(row) for row in golden["inputs"]["trades"]],
        netting_sets=[_set(golden["inputs"])],
        expected={"exposure_at_default": expected["EAD"]},
        relative_tolerance=golden["tolerance"]["rel"],
        expected_by_class={"credit": expected["addon_CR"]},
        tranche_sign_as_printed=True,
    )


def _margin_periods() -> list[Case]:
    golden = _load("saccr_mpor_floors")
    return [
        _margin_period(inputs, expected, golden["tolerance"]["MF_rel"])
        for inputs, expected in zip(golden["inputs"], golden["expected"], strict=True)
    ]


def _margin_period(inputs: Mapping[str, Any], expected: Mapping[str, Any], tolerance: float) -> Case:
    """As many equal forwards as the golden names; disputed means more than two disputes in two quarters."""
    assert not inputs["cleared"]
    terms = {"netting_set_id": "golden", "asset_class": "fx", "hedging_set": "EUR/USD", "direction": "long"}
    trades = [
        trade(trade_id=f"t{number}", notional=1000.0, market_value=0.0, m_years=1.0, **terms)
        for number in range(inputs["n_trades"])
    ]
    margined = netting_set(
        netting_set_id="golden",
        margined=True,
        threshold=0.0,
        minimum_transfer_amount=0.0,
        remargining_days=float(inputs["remargin_days"]),
        disputes=3.0 if inputs["disputes"] else 0.0,
        illiquid=inputs["illiquid"],
    )
    circumstances = [f"remargined every {inputs['remargin_days']} days", f"{inputs['n_trades']} trades"]
    return Case(
        name=", ".join(["saccr_mpor_floors", *circumstances, *(k for k in ("illiquid", "disputes") if inputs[k])]),
        trades=trades,
        netting_sets=[margined],
        expected={"mpor_days": float(expected["mpor_days"])},
        relative_tolerance=tolerance,
        expected_by_trade={"t0": {"maturity_factor_margined": expected["MF_margined"]}},
    )


def _crypto() -> list[Case]:
    """Group 2a as a class of its own, Group 2b trade by trade; parameters unconfirmed.

    The net position of Group 2a in the same file is market risk and no business of SA-CCR.
    """
    golden = _load("sco60_provisional_2a_ccr")
    names = ("RC", "AddOn", "multiplier", "EAD")
    group_2a = Case(
        name="sco60_provisional_2a_ccr",
        trades=[_trade(row) for row in golden["inputs"]["saccr_group2a"]["trades"]],
        netting_sets=[_set(golden["inputs"]["saccr_group2a"])],
        expected={SET_NAMES[name]: golden["expected"]["saccr_group2a"][name] for name in names},
        relative_tolerance=golden["tolerance"]["rel"],
    )
    terms = {"netting_set_id": "golden", "asset_class": "crypto", "sub_class": "2b", "hedging_set": "other coin"}
    group_2b = Case(
        name="sco60_provisional_2a_ccr, group 2b",
        trades=[
            trade(trade_id=f"b{number}", notional=row["notional"], market_value=row["mtm"], direction="long",
                  m_years=1.0, **terms)
            for number, row in enumerate(golden["inputs"]["group2b_ccr"])
        ],
        netting_sets=[netting_set(netting_set_id="golden")],
        expected={"exposure_at_default": golden["expected"]["group2b_ccr_ead"]},
        relative_tolerance=golden["tolerance"]["rel"],
    )  # fmt: skip
    return [group_2a, group_2b]
