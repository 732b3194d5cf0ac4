"""Counterparty exposure from derivatives: the standardised approach (SA-CCR) and supervisory haircuts on collateral."""

from reporting.measures.counterparty.faults import FrameFault
from reporting.measures.counterparty.haircuts import CollateralAfterHaircuts, haircuts, holding_periods
from reporting.measures.counterparty.results import CounterpartyExposure
from reporting.measures.counterparty.sa_ccr import sa_ccr
from reporting.measures.counterparty.steps import agreement_steps, trade_steps

__all__ = [
    "CollateralAfterHaircuts",
    "CounterpartyExposure",
    "FrameFault",
    "agreement_steps",
    "haircuts",
    "holding_periods",
    "sa_ccr",
    "trade_steps",
]
