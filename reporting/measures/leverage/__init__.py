"""The leverage ratio of the Basel framework and of the CRR."""

from pathlib import Path

from reporting.measures.counterparty import sa_ccr
from reporting.measures.leverage import (
    capital,
    conservation,
    daily_values,
    derivative_exposures,
    derivative_hedging_sets,
    derivative_margin,
    derivative_netting_sets,
    derivative_trades,
    derivatives,
    exclusions,
    off_balance_sheet,
    on_balance_sheet,
    ratio,
    reconciliation,
    secured_sets,
    sft,
    written_credit,
)

FACTS = Path(__file__).parent / "facts.yaml"
MEASURES = (
    *on_balance_sheet.MEASURES,
    *exclusions.MEASURES,
    *secured_sets.MEASURES,
    *derivative_margin.MEASURES,
    *derivative_trades.MEASURES,
    *derivative_hedging_sets.MEASURES,
    *derivative_netting_sets.MEASURES,
    *derivatives.MEASURES,
    *derivative_exposures.MEASURES,
    *written_credit.MEASURES,
    *sft.MEASURES,
    *off_balance_sheet.MEASURES,
    *capital.MEASURES,
    *ratio.MEASURES,
    *daily_values.MEASURES,
    *conservation.MEASURES,
    *reconciliation.MEASURES,
)

__all__ = ["FACTS", "MEASURES", "sa_ccr"]
