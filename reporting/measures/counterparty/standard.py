"""The parameters in force in the form in which the arithmetic uses them: fractions for per cents, years for days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reporting.figures import Parameter
from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import BLANK, Codes, Labels

ASSET_CLASSES = ("ir", "fx", "credit", "equity", "commodity", "crypto", "other")
IR, FX, CREDIT, EQUITY, COMMODITY, CRYPTO, OTHER = range(len(ASSET_CLASSES))
BY_DURATION = (IR, CREDIT)
BY_PRICE = (EQUITY, COMMODITY)
BY_ENTITY = (CREDIT, EQUITY, COMMODITY)
WITHOUT_OFFSET = "crypto/2b"  # each trade stands alone, with a share of its gross notional

# Electricity and oil and gas have different factors and one hedging set (CRE52.45(5), 52.72).
_HEDGING_SET = {"credit": "credit", "equity": "equity"}
_ENERGY = ("commodity/electricity", "commodity/oil_gas")


@dataclass(frozen=True)
class SubClasses:
    """One row for each asset class and sub-class that the rules know.

    names        "credit/aaa", "ir"; asset_class (n,) place in ASSET_CLASSES
    factor       (n,) supervisory factor, a fraction
    correlation  (n,) supervisory correlation, a fraction; NaN where the class has none
    volatility   (n,) supervisory option volatility, a fraction; NaN where the class has none
    """

    names: tuple[str, ...]
    asset_class: Codes
    factor: FloatArray
    correlation: FloatArray
    volatility: FloatArray

    def of(self, asset_class: Labels, sub_class: Labels) -> Codes:
        """(trades,) the row of each trade; BLANK where the rules do not know its class."""
        found = np.full((len(asset_class.names) + 1, len(sub_class.names) + 1), BLANK, dtype=np.int64)
        for row, name in enumerate(self.names):
            first, _, second = name.partition("/")
            if first in asset_class.names and (not second or second in sub_class.names):
                found[asset_class.code(first), sub_class.code(second) if second else BLANK] = row
        return found[asset_class.codes, sub_class.codes]

    @cached_property
    def hedging_sets(self) -> tuple[str, ...]:
        """The hedging set of each row; empty where the trade names it."""
        return tuple(_hedging_set(name) for name in self.names)


class Standard:
    """Values in force by name, as `sa_ccr` is given them: of the rulebook's parameters, or the parameters themselves.

    KeyError for a parameter that is not among them.
    """

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._parameters = parameters

    def value(self, name: str) -> Any:
        """The value of a parameter."""
        found = self._parameters[name]
        return found.value if isinstance(found, Parameter) else found

    def number(self, name: str) -> float:
        """The value of a parameter that is one number, in the unit of the rulebook."""
        return float(self.value(name))

    def share(self, name: str) -> float:
        """A parameter in per cent, as a fraction."""
        return self.number(name) / 100

    def shares(self, name: str) -> Mapping[str, float]:
        """A table in per cent, as fractions."""
        return {key: number / 100 for key, number in self.value(name).items()}

    def years(self, name: str) -> float:
        """A parameter in business days, in years."""
        return self.number(name) / self.number("sa_ccr_business_days")

    @cached_property
    def sub_classes(self) -> SubClasses:
        """The table of asset classes and sub-classes by the parameters in force; crypto groups are sub-classes."""
        crypto = {f"crypto/{group}": share for group, share in self.shares("sa_ccr_crypto_factors").items()}
        swings = {f"crypto/{group}": s for group, s in self.shares("sa_ccr_crypto_option_volatilities").items()}
        factors = {**self.shares("sa_ccr_supervisory_factors"), **crypto}
        volatilities = {**self.shares("sa_ccr_option_volatilities"), **swings}
        correlations = self.shares("sa_ccr_correlations")
        return SubClasses(
            names=tuple(factors),
            asset_class=np.array([ASSET_CLASSES.index(name.partition("/")[0]) for name in factors]),
            factor=np.array(list(factors.values())),
            correlation=np.array([correlations.get(name, np.nan) for name in factors]),
            volatility=np.array([volatilities.get(name, np.nan) for name in factors]),
        )


def _hedging_set(name: str) -> str:
    asset_class, _, sub_class = name.partition("/")
    if name in _ENERGY:
        return "energy"
    return sub_class if asset_class == "commodity" else _HEDGING_SET.get(asset_class, "")
