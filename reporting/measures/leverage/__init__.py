"""The leverage ratio of the Basel framework and of the CRR."""

from pathlib import Path

from reporting.measures.leverage import capital, off_balance_sheet, on_balance_sheet, ratio

FACTS = Path(__file__).parent / "facts.yaml"
MEASURES = (
    *on_balance_sheet.MEASURES,
    *off_balance_sheet.MEASURES,
    *capital.MEASURES,
    *ratio.MEASURES,
)

__all__ = ["FACTS", "MEASURES"]
