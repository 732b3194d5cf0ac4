"""The supervisory numbers of SA-CCR, written out a second time: nothing here is read from the rulebook.

BCBS CRE52.72 table 2 (effective 1 January 2023); CRR Art. 280-280f and Art. 279a table 1; Delegated Regulation (EU)
2021/931 Art. 5 as amended by 2025/855. The crypto class is recalled from SCO60 and unconfirmed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Supervisory factor, correlation (None where the class has none) and option volatility, as fractions."""

    factor: float
    correlation: float | None
    volatility: float


# CRE52.72, table 2; CRR Art. 280c(5) gives the same factors by credit quality step: 1 = aaa and aa, 2 = a, 3 = bbb,
# 4 = bb, 5 = b, 6 = ccc.
TABLE = {
    ("ir", ""): Row(0.005, None, 0.50),
    ("fx", ""): Row(0.04, None, 0.15),
    ("credit", "aaa"): Row(0.0038, 0.50, 1.00),
    ("credit", "aa"): Row(0.0038, 0.50, 1.00),
    ("credit", "a"): Row(0.0042, 0.50, 1.00),
    ("credit", "bbb"): Row(0.0054, 0.50, 1.00),
    ("credit", "bb"): Row(0.0106, 0.50, 1.00),
    ("credit", "b"): Row(0.016, 0.50, 1.00),
    ("credit", "ccc"): Row(0.06, 0.50, 1.00),
    ("credit", "index_ig"): Row(0.0038, 0.80, 0.80),
    ("credit", "index_sg"): Row(0.0106, 0.80, 0.80),
    ("equity", "single"): Row(0.32, 0.50, 1.20),
    ("equity", "index"): Row(0.20, 0.80, 0.75),
    ("commodity", "electricity"): Row(0.40, 0.40, 1.50),
    ("commodity", "oil_gas"): Row(0.18, 0.40, 0.70),
    ("commodity", "metals"): Row(0.18, 0.40, 0.70),
    ("commodity", "agricultural"): Row(0.18, 0.40, 0.70),
    ("commodity", "other"): Row(0.18, 0.40, 0.70),
    ("crypto", "2a"): Row(0.32, None, 1.20),  # SCO60, unconfirmed
}
EU_TABLE = TABLE | {
    ("commodity", "climatic"): Row(0.18, 0.40, 0.70),  # CRR Art. 277a(1)(e)(v), 280e(5)
    ("other", ""): Row(0.08, None, 1.50),  # CRR Art. 280f(2), 279a table 1
}
# CRE52.45(5), CRE52.70(2); CRR Art. 277a(1)(e).
COMMODITY_SETS = {
    "electricity": "energy", "oil_gas": "energy", "metals": "metals", "agricultural": "agricultural",
    "other": "other", "climatic": "climatic",
}  # fmt: skip
ALPHA = 1.4  # CRE52.1; CRR Art. 274(2)
FLOOR = 0.05  # CRE52.23(2); CRR Art. 278(3)
DISCOUNT = 0.05  # CRE52.34; CRR Art. 279b(1)(a)
YEAR = 250  # business days, CRE52.49, 52.53
TEN_DAYS = 10 / 250  # CRE52.34, 52.48; CRR Art. 279b(1)(a), 279c(1)(a)
BASIS, VOLATILITY = 0.5, 5.0  # CRE52.46, 52.47, 52.73; CRR Art. 280
CROSS_12, CROSS_23, CROSS_13 = 1.4, 1.4, 0.6  # CRE52.57(5); CRR Art. 280a(3)
GROUP_2B = 0.5  # SCO60, share of the gross notional, unconfirmed
RATE_THRESHOLD = 0.001  # Delegated Regulation (EU) 2021/931 Art. 5(2): 0.10 %
COMMODITY_THRESHOLD = 0.1  # the same
DAYS, DAYS_CLIENT, DAYS_LARGE = 10, 5, 20  # CRE52.50(1), CRE54 for clients, 52.51; CRR Art. 285(2), (3), 279c(1)(b)
MANY_TRADES, MANY_DISPUTES = 5000, 2  # CRE52.51(1), (3); CRR Art. 285(3)(a), (4): more than these


def row_of(asset_class: str, sub_class: str, jurisdiction: str) -> Row:
    """The line of the table; a KeyError where the jurisdiction has no such class."""
    table = EU_TABLE if jurisdiction == "eu" else TABLE
    return table[(asset_class, sub_class)]
