"""Random trades of every class, sub-class and kind for the random derivative portfolios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.derivative_frames import trade

GROUP_2B = ("crypto", "2b")
CLASSES = [
    ("ir", ""), ("ir", ""), ("ir", ""), ("fx", ""), ("fx", ""),
    *(("credit", rating) for rating in ("aaa", "aa", "a", "bbb", "bb", "b", "ccc", "index_ig", "index_sg")),
    ("equity", "single"), ("equity", "single"), ("equity", "index"), ("equity", "index"),
    *(("commodity", kind) for kind in ("electricity", "oil_gas", "metals", "agricultural", "other")),
    ("crypto", "2a"), GROUP_2B,
]  # fmt: skip
EU_CLASSES = [*CLASSES, ("commodity", "climatic"), ("other", "")]
EDGES = (5 / 250, 10 / 250, 1.0, 5.0)  # years at which a floor or a bucket begins
PAIRS = (("EUR", "USD"), ("EUR", "GBP"), ("GBP", "USD"), ("JPY", "USD"))
Fields = dict[str, Any]


class TradeMaker:
    """Makes trades and keeps them; the random stream is the caller's."""

    def __init__(self, rng: np.random.Generator, jurisdiction: str, reporting_currency: str) -> None:
        self.rng = rng
        self.jurisdiction = jurisdiction
        self.reporting_currency = reporting_currency
        self.trades: list[Fields] = []

    def add(
        self,
        netting_set_id: str,
        count: int,
        agreement: str | None = None,
        classes: Sequence[tuple[str, str]] | None = None,
    ) -> None:
        """Trades of random classes, or of the classes named."""
        open_classes = classes or (EU_CLASSES if self.jurisdiction == "eu" else CLASSES)
        for _ in range(count):
            asset_class, sub_class = open_classes[int(self.rng.integers(len(open_classes)))]
            self._keep(netting_set_id, agreement, self._trade(asset_class, sub_class))

    def add_opposites(self, netting_set_id: str) -> None:
        """The same currency forward bought and sold: no add-on, but a value."""
        for direction in ("long", "short"):
            fields = self._common("fx", "") | {
                "direction": direction, "hedging_set": "EUR/USD", "notional": 1e6, "m_years": 1.0,
            }  # fmt: skip
            self._keep(netting_set_id, None, fields)

    def add_relieved(self, netting_set_id: str, count: int) -> None:
        """Sold options with and without their premium paid, protection sold with unpaid premia."""
        for _ in range(count):
            if self.rng.random() < 0.5:
                fields = self._trade("equity", "index", plain=True)
                sold = {"option_side": "sold", "premium_paid": bool(self.rng.random() < 0.7)}
                fields |= self._option(fields, sign_free=False) | sold | {"market_value": self._value(1e5, down=True)}
            else:
                fields = self._trade("credit", "bb", plain=True)
                fields |= {"direction": "long", "unpaid_premia": self._one_of(None, 0.0, 50.0, 1e9)}
            self._keep(netting_set_id, None, fields)

    def add_many(self, netting_set_id: str, count: int) -> None:
        """Small forwards, to reach the number of trades at which the margin period of risk grows."""
        for number in range(count):
            direction = "long" if number % 3 else "short"
            fields = {
                "asset_class": "fx",
                "direction": direction,
                "hedging_set": "EUR/USD",
                "notional": 1000.0 + number,
            }
            self._keep(netting_set_id, None, fields | {"market_value": float(number % 7), "m_years": 0.5})

    def _keep(self, netting_set_id: str, agreement: str | None, fields: Fields) -> None:
        name = f"T{len(self.trades):05d}"
        self.trades.append(trade(trade_id=name, netting_set_id=netting_set_id, margin_agreement_id=agreement, **fields))

    # --- Draws -------------------------------------------------------------------------------------------------------

    def _one_of(self, *values: Any) -> Any:
        return values[self.rng.integers(len(values))]

    def _chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def _years(self, scale: float = 4.0) -> float:
        if self._chance(0.3):
            return float(self._one_of(*EDGES))
        return float(0.005 + self.rng.exponential(scale))

    def _size(self) -> float:
        return round(float(self.rng.lognormal(14, 1.2)), 2)

    def _value(self, scale: float, *, down: bool = False) -> float:
        amount = round(float(self.rng.normal(0, 0.05)) * scale, 2)
        return -abs(amount) if down and self._chance(0.85) else amount

    # --- Trades ------------------------------------------------------------------------------------------------------

    def _common(self, asset_class: str, sub_class: str) -> Fields:
        size = self._size()
        return {
            "asset_class": asset_class, "sub_class": sub_class, "direction": self._one_of("long", "short"),
            "notional": size, "market_value": self._value(size), "m_years": self._years(2.0),
        }  # fmt: skip

    def _trade(self, asset_class: str, sub_class: str, *, plain: bool = False) -> Fields:
        fields = self._common(asset_class, sub_class)
        fields |= getattr(self, f"_{asset_class}")(fields)
        if plain or (asset_class, sub_class) == GROUP_2B:
            return fields
        if asset_class == "credit" and self._chance(0.3):
            fields |= self._tranche()
        elif self._chance(0.35):
            fields |= self._option(fields, sign_free=True)
            if self._chance(0.3):
                fields |= self._digital(fields)
        elif self._chance(0.1):
            fields |= {
                "leverage_multiplier": self._one_of(1.0, 2.0, 3.5),
                "principal_exchanges": self._one_of(None, 2, 4),
            }
        if self._chance(0.15):
            fields |= self._special(fields)
        if self._chance(0.06):
            fields["daily_settled"] = True
        return fields

    def _ir(self, _: Fields) -> Fields:
        end = self._years(8.0)
        label = str(self._one_of("EUR", "EUR", "USD", "JPY"))
        if self._chance(0.12):
            label = f"inflation:{label}"
        return {"hedging_set": label, "e_years": end, "s_years": self._start(end)} | self._schedule()

    def _credit(self, fields: Fields) -> Fields:
        end = self._years(4.0)
        # An entity has one rating, so that its trades have one factor.
        entity = f"{fields['sub_class']} {self.rng.integers(3)}"
        return {"reference_entity": entity, "e_years": end, "s_years": self._start(end)} | self._schedule()

    def _start(self, end: float) -> float | None:
        return self._one_of(None, 0.0, float(self.rng.uniform(0, end)))  # type: ignore[no-any-return]

    def _schedule(self) -> Fields:
        if not self._chance(0.12):
            return {}
        years = np.cumsum(self.rng.integers(1, 4, size=self.rng.integers(1, 4))) * 0.5
        begins = [0.0, *years[:-1]]
        pieces = [f"{begin:g}-{end:g}:{self._size():.2f}" for begin, end in zip(begins, years, strict=True)]
        return {"notional_schedule": ";".join(pieces)}

    def _fx(self, fields: Fields) -> Fields:
        first, second = PAIRS[self.rng.integers(len(PAIRS))]
        label = {"hedging_set": f"{first}/{second}"}
        if self._chance(0.2):
            return label
        other = round(fields["notional"] * float(self.rng.uniform(0.9, 1.1)), 2)
        return label | {
            "notional_currency": first, "second_notional_currency": second, "second_notional": other,
        }  # fmt: skip

    def _equity(self, fields: Fields) -> Fields:
        return {"reference_entity": f"{fields['sub_class']} {self.rng.integers(4)}"} | self._units(fields)

    def _commodity(self, fields: Fields) -> Fields:
        return {"reference_entity": f"{fields['sub_class']} {self.rng.integers(3)}"} | self._units(fields)

    def _units(self, fields: Fields) -> Fields:
        if self._chance(0.3):
            return {}
        price = round(float(self.rng.uniform(5, 200)), 4)
        return {"notional": None, "underlying_units": round(fields["notional"] / price), "underlying_price": price}

    def _crypto(self, _: Fields) -> Fields:
        return {"hedging_set": self._one_of("BTC", "ETH")}

    def _other(self, _: Fields) -> Fields:
        return {"hedging_set": self._one_of("freight", "longevity")}

    def _special(self, fields: Fields) -> Fields:
        if self._chance(0.5):
            return {"special": "volatility"}
        label = fields.get("hedging_set") or fields["sub_class"]
        return {"special": "basis", "special_pair": f"{label} {self._one_of('3M/6M', 'spot/forward')}"}

    # --- Options and tranches ----------------------------------------------------------------------------------------

    def _tranche(self) -> Fields:
        if self._chance(0.4):
            basket = int(self.rng.integers(2, 11))
            return {"nth": float(self.rng.integers(1, basket + 1)), "basket_size": float(basket)}
        attach = float(self.rng.choice([0.0, 0.03, 0.07, 0.15]))
        return {
            "tranche_attach": attach,
            "tranche_detach": attach + float(self.rng.choice([0.03, 0.05, 0.85 - attach])),
        }

    def _option(self, fields: Fields, *, sign_free: bool) -> Fields:
        price = self._price(fields)
        strike = price * float(self.rng.uniform(0.6, 1.5))
        shift = None
        if sign_free and fields["asset_class"] == "ir" and self._chance(0.4):
            price, strike = (
                float(self.rng.uniform(-0.02, 0.02)),
                float(self._one_of(0.0, self.rng.uniform(-0.02, 0.02))),
            )
            if self.jurisdiction == "basel" or self._chance(0.3):  # the EU has a rule for the shift that is not stated
                shift = 0.01 - min(price, strike, 0.0)
        elif sign_free and fields["asset_class"] == "commodity" and fields.get("underlying_units") is None:
            price, strike = (float(self.rng.uniform(1, 40)) * float(self._one_of(-1, 1)) for _ in range(2))
            if min(price, strike) <= 0 and (self.jurisdiction == "basel" or self._chance(0.3)):
                shift = 1.0 - min(price, strike)
        return {
            "option_type": self._one_of("call", "put"), "option_side": self._one_of("bought", "sold"),
            "option_price": price, "option_strike": strike, "option_shift": shift,
            "t_years": float(self.rng.uniform(0.02, 5.0)), "premium_paid": self._chance(0.3),
        }  # fmt: skip

    def _price(self, fields: Fields) -> float:
        if fields.get("underlying_price") is not None:
            return float(fields["underlying_price"])
        low, high = {"ir": (0.0002, 0.08), "credit": (0.002, 0.05), "fx": (0.5, 1.6)}.get(
            fields["asset_class"], (5, 200)
        )
        return float(self.rng.uniform(low, high))

    def _digital(self, fields: Fields) -> Fields:
        strike = fields["option_strike"]
        if min(strike, fields["option_price"]) <= 0 and fields["asset_class"] != "ir":
            return {}
        if abs(strike) < 1e-4:  # a collar needs two strikes
            strike = 0.01
        return {"option_strike": strike, "digital_payoff": round(float(self.rng.lognormal(10, 1)), 2)}
