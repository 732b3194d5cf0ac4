"""Contagion through exposures: clearing, DebtRank, default and funding cascades, ranking with proof, reconstruction.

Orientation, everywhere: `liabilities[i, j]` is what i owes j; `exposures[i, j]` is the claim of i on j.
"""

from reporting.measures.contagion.audit import AuditTrail, audit_trail
from reporting.measures.contagion.bands import Bands, bands
from reporting.measures.contagion.cascade import Cascade, default_cascade
from reporting.measures.contagion.centrality import Centralities, centralities
from reporting.measures.contagion.certificate import Certificate
from reporting.measures.contagion.clearing import Clearing, clear
from reporting.measures.contagion.concentration import Concentration, concentration
from reporting.measures.contagion.core_periphery import CorePeriphery, core_periphery
from reporting.measures.contagion.debtrank import DebtRank, debtrank
from reporting.measures.contagion.funding_cascade import FundingCascade, default_and_funding_cascade, funding_cascade
from reporting.measures.contagion.gibbs import Prior
from reporting.measures.contagion.impact import Impact, impact
from reporting.measures.contagion.margins import InfeasibleMargins
from reporting.measures.contagion.ranking import Ranking, rank_institutions
from reporting.measures.contagion.reconstruct import Reconstruction, reconstruct
from reporting.measures.contagion.reverse import SmallestShock, smallest_shock
from reporting.measures.contagion.seniority import ClassClearing, clear_by_seniority
from reporting.measures.contagion.threat import threat_index

__all__ = [
    "AuditTrail",
    "Bands",
    "Cascade",
    "Centralities",
    "Certificate",
    "ClassClearing",
    "Clearing",
    "Concentration",
    "CorePeriphery",
    "DebtRank",
    "FundingCascade",
    "Impact",
    "InfeasibleMargins",
    "Prior",
    "Ranking",
    "Reconstruction",
    "SmallestShock",
    "audit_trail",
    "bands",
    "centralities",
    "clear",
    "clear_by_seniority",
    "concentration",
    "core_periphery",
    "debtrank",
    "default_and_funding_cascade",
    "default_cascade",
    "funding_cascade",
    "impact",
    "rank_institutions",
    "reconstruct",
    "smallest_shock",
    "threat_index",
]
