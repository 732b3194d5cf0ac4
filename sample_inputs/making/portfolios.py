"""What the exposures behind each balance-sheet line, and in each conversion bucket, look like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Portfolio:
    """Exposures of one kind.

    source      line_id of the balance sheet, or ccf_category off it
    instrument  as on the sheet
    number      of exposures in June
    sectors     of those who owe them; "property" stands for the property companies
    years       longest time to maturity; 0 where there is none
    nominal     off the balance sheet: EUR million in June and September; on it the ledger has the amounts
    """

    source: str
    instrument: str
    number: int
    sectors: tuple[str, ...]
    years: int
    nominal: tuple[float, float] | None = None

    @property
    def off_balance_sheet(self) -> bool:
        return self.nominal is not None


_COMPANY, _FINANCIAL = "non_financial_corporate", "other_financial"
_BANK, _STATE, _REGION = "credit_institution", "central_government", "regional_government"

ON_BALANCE = (
    Portfolio("A-020", "deposit", 3, ("central_bank",), 0),
    Portfolio("A-030", "deposit", 4, ("central_bank",), 0),
    Portfolio("A-110", "deposit", 70, (_BANK,), 0),
    Portfolio("A-120", "loan", 100, (_BANK,), 2),
    Portfolio("A-140", "deposit", 8, ("ccp",), 0),
    Portfolio("A-210", "loan", 30, (_STATE,), 12),
    Portfolio("A-220", "loan", 80, (_REGION,), 20),
    Portfolio("A-230", "loan", 60, ("public_sector_entity",), 15),
    Portfolio("A-310", "loan", 110, (_FINANCIAL, "investment_firm"), 6),
    Portfolio("A-330", "loan", 50, ("fund",), 3),
    Portfolio("A-410", "loan", 360, (_COMPANY, "other"), 8),
    Portfolio("A-430", "loan", 60, (_COMPANY,), 18),
    Portfolio("A-450", "loan", 150, ("property",), 12),
    Portfolio("A-460", "loan", 60, (_COMPANY,), 7),
    Portfolio("A-540", "loan", 113, ("household",), 10),
    Portfolio("A-610", "bond", 60, (_STATE,), 15),
    Portfolio("A-620", "bond", 40, (_STATE,), 10),
    Portfolio("A-630", "bond", 24, (_REGION,), 12),
    Portfolio("A-640", "bond", 10, ("multilateral_development_bank",), 12),
    Portfolio("A-650", "bond", 50, (_BANK,), 9),
    Portfolio("A-660", "bond", 40, (_BANK,), 7),
    Portfolio("A-670", "bond", 60, (_COMPANY,), 8),
    Portfolio("A-680", "bond", 24, (_COMPANY,), 6),
    Portfolio("A-710", "fund_unit", 16, ("fund",), 0),
    Portfolio("A-720", "equity", 14, (_COMPANY, _FINANCIAL), 0),
    Portfolio("A-730", "equity", 4, (_FINANCIAL,), 0),
)
OFF_BALANCE = (
    Portfolio("direct_credit_substitute", "guarantee_given", 60, (_COMPANY, _FINANCIAL), 5, (950, 965)),
    Portfolio("forward_asset_purchase", "commitment", 12, (_BANK,), 1, (180, 195)),
    Portfolio("partly_paid_securities", "commitment", 6, (_COMPANY,), 3, (45, 45)),
    Portfolio("note_issuance_facility", "commitment", 14, (_COMPANY,), 4, (320, 340)),
    Portfolio("performance_contingency", "guarantee_given", 78, (_COMPANY, "property"), 6, (1_350, 1_410)),
    Portfolio("other_commitment", "commitment", 150, (_COMPANY, _FINANCIAL, "property", "fund"), 7, (5_600, 5_920)),
    Portfolio("self_liquidating_trade", "trade_finance", 40, (_COMPANY,), 1, (480, 455)),
    Portfolio("unconditionally_cancellable", "commitment", 40, (_COMPANY, "household"), 0, (2_100, 2_140)),
)
