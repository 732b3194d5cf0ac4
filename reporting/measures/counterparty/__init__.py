"""Counterparty exposure from derivatives: the standardised approach (SA-CCR) and supervisory haircuts on collateral."""

from reporting.measures.counterparty.faults import FrameFault
from reporting.measures.counterparty.haircuts import CollateralAfterHaircuts, haircuts, holding_periods
from reporting.measures.counterparty.results import CounterpartyExposure
from reporting.measures.counterparty.sa_ccr import sa_ccr

__all__ = [
    "CollateralAfterHaircuts",
    "CounterpartyExposure",
    "FrameFault",
    "haircuts",
    "holding_periods",
    "sa_ccr",
]
