"""The derivatives of Northbank AG: 400 trades in 25 netting sets on both dates, with their margin and collateral."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from math import fsum

from making.ledger import DATES, JUNE, RATES, SEPTEMBER
from making.netting import SETS, NettingSet
from making.workbook import Row, Rows

TRADES, CHANGED = 400, 12  # on each date, and those of them that are there on one date only
_PAIRS = ("EUR/USD", "EUR/USD", "EUR/GBP", "EUR/CHF", "EUR/SEK", "GBP/USD")
_RATES_OF = ("EUR", "EUR", "EUR", "USD", "GBP", "CHF")
_RATINGS = {1: "aa", 2: "a", 3: "bbb", 4: "bb", 5: "b", 6: "ccc"}
_INDICES = (("Beispiel Credit Main", "index_ig"), ("Beispiel Credit Crossover", "index_sg"))
_SHARES = ("Beispiel 40", "Sample 500")
_COMMODITIES = (
    ("Crude oil", "oil_gas", 68.0, "USD"), ("Natural gas", "oil_gas", 31.0, "EUR"),
    ("Baseload power", "electricity", 82.0, "EUR"), ("Copper", "metals", 8_600.0, "USD"),
    ("Aluminium", "metals", 2_250.0, "USD"), ("Wheat", "agricultural", 205.0, "EUR"),
    ("Heating degree days", "climatic", 20.0, "EUR"), ("Timber", "other", 310.0, "EUR"),
)  # fmt: skip


class Desk:
    """Draws the trades; their numbers run on. Names of reference entities are those of companies among the clients."""

    def __init__(self, parties: Rows) -> None:
        self._rng = random.Random("northbank derivatives")
        rated = [row for row in parties if row["sector"] == "non_financial_corporate" and row["credit_quality_step"]]
        self._names = [(row["name"], _RATINGS[row["credit_quality_step"]]) for row in rated[:24]]
        self._number = 0
        self._sign = 1  # of the value of the option drawn last

    def drawn(self) -> tuple[Rows, Rows]:
        """The trades of June and of September."""
        rows: Rows = []
        while len(rows) < TRADES + CHANGED:
            for one in SETS:
                rows += [row for _ in range(one.weight) for row in self._trades(one)]
        core, late = rows[:TRADES], rows[TRADES : TRADES + CHANGED]
        matched = {row.get("matched_purchase_id") for row in rows}
        plain = [row for row in core if not row.get("matched_purchase_id") and row["trade_id"] not in matched]
        ending = {row["trade_id"] for row in plain[7::9][:CHANGED]}
        june = [_ends_soon(row) if row["trade_id"] in ending else row for row in core]
        late = [{name: value for name, value in row.items() if name != "matched_purchase_id"} for row in late]
        september = [self._moved(row) for row in core if row["trade_id"] not in ending] + late
        return june, september

    def _trades(self, one: NettingSet) -> Iterator[Row]:
        kind = self._rng.choice(one.kinds)
        common: Row = {"netting_set_id": one.netting_set_id, "currency": "EUR"}
        if one.agreements:
            common["margin_agreement_id"] = self._rng.choice(one.agreements)
        row = self._numbered(common | getattr(self, f"_{kind}")())
        yield row
        if kind == "sold_protection" and self._rng.random() < 0.7:
            purchase = self._purchase(row)
            row["matched_purchase_id"] = purchase["trade_id"]
            yield purchase

    def _numbered(self, row: Row) -> Row:
        self._number += 1
        return {"trade_id": f"T{self._number:05d}", **row}

    # --- Interest rates ----------------------------------------------------------------------------------------------

    def _swap(self) -> Row:
        years, notional = self._years(14), self._size(25_000)
        start = SEPTEMBER + timedelta(days=self._rng.choice([-700, -300, -120, 15, 200]))
        end = self._day(years)
        row = self._rate() | {"direction": self._side(), "start": start, "end": max(end, start + timedelta(days=180))}
        return row | {"maturity": row["end"], "notional": notional, "market_value": self._value(notional, years)}

    def _amortising(self) -> Row:
        row, notional = self._swap() | {"notional_currency": "EUR", "hedging_set": "EUR"}, self._size(12_000)
        steps = ((0, 1, 1.0), (1, 3, 0.7), (3, 6, 0.35))
        schedule = ";".join(f"{begun}-{ended}:{round(notional * share)}" for begun, ended, share in steps)
        end = self._day(6.0)
        return row | {"notional": notional, "notional_schedule": schedule, "end": end, "maturity": end}

    def _basis(self) -> Row:
        return self._swap() | {"special": "basis", "special_pair": "EURIBOR 3M/EURIBOR 6M", "hedging_set": "EUR"}

    def _inflation(self) -> Row:
        return self._swap() | {"hedging_set": "inflation:EUR", "notional_currency": "EUR"}

    def _swaption(self) -> Row:
        exercise, length = self._rng.choice([0.5, 1.0, 2.0]), self._rng.choice([3.0, 5.0, 10.0])
        begins, notional = self._day(exercise), self._size(18_000)
        end = self._day(exercise + length)
        forward = round(self._rng.uniform(0.021, 0.034), 4)
        return self._rate() | self._option(forward, 0.1) | {
            "notional": notional, "market_value": self._premium(notional, 0.02), "start": begins, "end": end,
            "maturity": end, "exercise": begins, "settlement": "physical",
        }  # fmt: skip

    def _rate(self) -> Row:
        currency = self._rng.choice(_RATES_OF)
        return {"asset_class": "ir", "hedging_set": currency, "notional_currency": currency}

    # --- Foreign exchange --------------------------------------------------------------------------------------------

    def _forward(self) -> Row:
        pair, years, euro = self._rng.choice(_PAIRS), self._years(2), self._size(9_000)
        first, second = (self._per_euro(code) for code in pair.split("/"))
        return {
            "asset_class": "fx", "hedging_set": pair, "direction": self._side(), "maturity": self._day(years),
            "notional": round(euro * first), "notional_currency": pair[:3], "second_notional_currency": pair[4:],
            "second_notional": round(euro * second * self._rng.uniform(0.97, 1.03)),
            "market_value": self._value(euro, 2.5), "settlement": "physical",
        }  # fmt: skip

    def _fx_option(self) -> Row:
        row = {name: value for name, value in self._forward().items() if name != "direction"}
        spot = self._per_euro(row["hedging_set"][4:]) / self._per_euro(row["hedging_set"][:3])
        return row | self._option(round(spot, 4), 0.05) | {"exercise": row["maturity"], "market_value": 0.0} | {
            "market_value": self._premium(row["notional"], 0.02), "settlement": "cash",
        }  # fmt: skip

    def _digital(self) -> Row:
        row = self._fx_option()
        return row | {"option_side": "bought", "digital_payoff": round(row["notional"] * 0.05), "market_value": 40.0}

    # --- Credit ------------------------------------------------------------------------------------------------------

    def _sold_protection(self) -> Row:
        name, rating = self._rng.choice(self._names)
        notional, years = self._size(6_000), self._rng.choice([3.0, 4.0, 5.0])
        value = round(self._rng.gauss(0, 0.012) * notional, 1)
        return self._credit(rating, name, "long", notional, years) | {
            "market_value": value, "credit_seniority": "senior", "fv_change_in_tier1": value,
        }  # fmt: skip

    def _purchase(self, sold: Row) -> Row:
        """Protection bought from a margined bank that offsets the sale."""
        longer = sold["maturity"] + timedelta(days=self._rng.choice([0, 0, 91]))
        return self._numbered({
            **{name: value for name, value in sold.items() if name not in ("trade_id", "margin_agreement_id")},
            "netting_set_id": "NS-003", "direction": "short", "market_value": -sold["market_value"],
            "fv_change_in_tier1": -sold["fv_change_in_tier1"], "end": longer, "maturity": longer,
        })  # fmt: skip

    def _bought_protection(self) -> Row:
        name, rating = self._rng.choice(self._names)
        notional = self._size(5_000)
        row = self._credit(rating, name, "short", notional, self._rng.choice([2.0, 3.0, 5.0]))
        return row | {"market_value": self._value(notional, 1.0)}

    def _credit_index(self) -> Row:
        name, kind = self._rng.choice(_INDICES)
        row = self._credit(kind, name, "short", self._size(10_000), 5.0)
        return row | {"market_value": self._value(row["notional"], 1.0)}

    def _tranche(self) -> Row:
        return self._credit_index() | {"tranche_attach": 0.03, "tranche_detach": 0.07}

    def _nth_to_default(self) -> Row:
        row = self._credit("bbb", "Basket of five suppliers", "short", self._size(3_000), 4.0)
        return row | {"nth": 2, "basket_size": 5, "market_value": self._value(row["notional"], 1.0)}

    def _credit(self, rating: str, name: str, direction: str, notional: float, years: float) -> Row:
        end = self._day(years)
        return {
            "asset_class": "credit", "sub_class": rating, "reference_entity": name, "direction": direction,
            "notional": notional, "notional_currency": "EUR", "end": end, "maturity": end,
        }  # fmt: skip

    # --- Equity, commodities, others ---------------------------------------------------------------------------------

    def _share(self) -> Row:
        single = self._rng.random() < 0.6
        name = self._rng.choice(self._names)[0] if single else self._rng.choice(_SHARES)
        price = round(self._rng.uniform(20, 180) if single else self._rng.uniform(4_000, 6_000), 2)
        years, units = self._years(1.5), round(self._size(2_500) * 1000 / price)
        currency = "USD" if name == "Sample 500" else "EUR"
        return {
            "asset_class": "equity", "sub_class": "single" if single else "index", "reference_entity": name,
            "underlying_units": units, "underlying_price": price, "underlying_price_currency": currency,
            "direction": self._side(), "maturity": self._day(years),
            "market_value": self._value(units * price / 1000, 8),
        }  # fmt: skip

    def _share_option(self) -> Row:
        row = {name: value for name, value in self._share().items() if name != "direction"}
        size = row["underlying_units"] * row["underlying_price"] / 1000
        return row | self._option(row["underlying_price"], 0.1) | {
            "exercise": row["maturity"], "market_value": self._premium(size, 0.08), "settlement": "cash",
        }  # fmt: skip

    def _variance(self) -> Row:
        row = {name: value for name, value in self._share().items() if not name.startswith("underlying")}
        return row | {
            "sub_class": "index", "reference_entity": "Beispiel 40", "notional": self._size(400),
            "notional_currency": "EUR", "special": "volatility", "special_pair": "Beispiel 40",
        }  # fmt: skip

    def _commodity(self) -> Row:
        name, kind, price, currency = self._rng.choice(_COMMODITIES)
        price = round(price * self._rng.uniform(0.95, 1.05), 2)
        units, years = round(self._size(1_800) * 1000 / price), self._years(2)
        return {
            "asset_class": "commodity", "sub_class": kind, "reference_entity": name, "underlying_units": units,
            "underlying_price": price, "underlying_price_currency": currency, "direction": self._side(),
            "maturity": self._day(years), "market_value": self._value(units * price / 1000, 6),
        }  # fmt: skip

    def _freight(self) -> Row:
        notional = self._size(800)
        return {
            "asset_class": "other", "hedging_set": "Freight", "direction": "long", "notional": notional,
            "notional_currency": "EUR", "maturity": self._day(1.0), "market_value": self._value(notional, 4),
        }  # fmt: skip

    # --- Draws -------------------------------------------------------------------------------------------------------

    def _option(self, price: float, spread: float) -> Row:
        side = self._rng.choice(["bought", "bought", "sold"])
        strike = round(price * (1 + self._rng.uniform(-spread, spread)), 4)
        row: Row = {
            "option_type": self._rng.choice(["call", "put"]), "option_side": side, "option_price": price,
            "option_strike": strike,
        }  # fmt: skip
        self._sign = -1 if side == "sold" else 1
        return row | ({"premium_paid": True} if side == "sold" else {})

    def _premium(self, size: float, share: float) -> float:
        """The value of the option drawn last: its sign is that of its side."""
        return round(self._sign * size * self._rng.uniform(0.3, 1.0) * share, 1)

    def _size(self, typical: float) -> float:
        return float(max(50, round(typical * self._rng.lognormvariate(0, 0.7) / 50) * 50))

    def _value(self, size: float, years: float) -> float:
        return round(size * self._rng.gauss(0.0015, 0.008) * years**0.5, 1)

    def _side(self) -> str:
        return self._rng.choice(["long", "short"])

    def _years(self, longest: float) -> float:
        return 0.12 + self._rng.betavariate(1.2, 2.0) * longest

    def _day(self, years: float) -> date:
        day = SEPTEMBER + timedelta(days=round(years * 365))
        return day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])

    def _per_euro(self, currency: str) -> float:
        return 1.0 if currency == "EUR" else 1 / RATES[SEPTEMBER][currency]

    def _moved(self, row: Row) -> Row:
        """Three months later: another market value. What Tier 1 has taken in moves with it."""
        size = row.get("notional") or row["underlying_units"] * row["underlying_price"] / 1000
        sign = row["market_value"] if "option_side" in row else 0.0
        value = round(row["market_value"] + size * self._rng.gauss(0, 0.002), 1)
        if sign:
            value = row["market_value"] * round(self._rng.uniform(0.6, 1.3), 2)
        moved = row | {"market_value": round(value, 1)}
        return moved | ({"fv_change_in_tier1": round(value, 1)} if "fv_change_in_tier1" in row else {})


def _ends_soon(row: Row) -> Row:
    """A trade of June that has ended by September."""
    last = JUNE + timedelta(days=42)
    dates = {name: last for name in ("end", "maturity", "exercise") if name in row}
    started = {"start": date(2025, 8, 11)} if "start" in row else {}
    return {name: value for name, value in row.items() if name != "notional_schedule"} | dates | started


# --- What the trades come to ------------------------------------------------------------------------------------------


def market_values(trades: Rows, period: int) -> Mapping[str, float]:
    """Netting set -> net market value, EUR thousand."""
    rates = RATES[DATES[period]]
    sums: dict[str, list[float]] = {}
    for row in trades:
        rate = 1.0 if row["currency"] == "EUR" else rates[row["currency"]]
        sums.setdefault(row["netting_set_id"], []).append(row["market_value"] * rate)
    return {name: fsum(values) for name, values in sums.items()}


def derivative_assets(trades: Rows) -> float:
    """Positive market values without offsetting, EUR thousand: what the balance sheet shows."""
    return round(fsum(row["market_value"] for row in trades if row["market_value"] > 0), 3)
