"""The shape of the network: sums, density, concentration, core, and who stands where."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum, isfinite

import numpy as np
import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.arrays import per_cent, table_of
from reporting.measures.contagion.centrality import centralities
from reporting.measures.contagion.concentration import Concentration, concentration
from reporting.measures.contagion.core_periphery import CorePeriphery, core_periphery
from reporting.measures.contagion.figures.network import OWN, Network
from reporting.measures.measure import measure, step

_INDEX = 10_000  # scale of the Herfindahl-Hirschman index in competition law
_CENTRAL = 10_000  # institutions up to which paths between all of them are searched


@measure(unit="count", reference=OWN, label="Institutions in the system")
def institution_count(network: Network) -> float:
    """Number of institutions that submitted."""
    return float(network.size)


@measure(unit="count", reference=OWN, label="Claims between institutions")
def link_count(network: Network) -> float:
    """Number of ordered pairs of institutions of which the first has a claim on the second."""
    return float(network.exposures.nnz)


@measure(unit="%", reference=OWN, label="Density of the network")
def network_density(link_count: float, institution_count: float) -> float:
    """Claims / (institutions x (institutions - 1))."""
    return link_count / (institution_count * (institution_count - 1)) * 100


@measure(unit="money", reference=OWN, label="Claims in the system")
def interbank_claims(bilateral_claims: pd.DataFrame) -> float:
    """Sum of all claims between institutions."""
    return fsum(bilateral_claims["claim"])


@measure(unit="money", reference=OWN, label="Equity of the system")
def system_equity(institutions: pd.DataFrame) -> float:
    """Sum of the equity of all institutions."""
    return fsum(institutions["equity"])


@measure(unit="%", reference=OWN, label="Claims in the system to equity")
def claims_to_equity(interbank_claims: float, system_equity: float) -> float | Unavailable:
    """Claims between institutions / their equity."""
    share = per_cent(interbank_claims, system_equity)
    if isfinite(share):
        return share
    small = "next to nothing" if system_equity > 0 else "not above zero"
    return Unavailable(f"the equity of all institutions together is {small}")


@measure(unit="money", reference=OWN, label="Claims by pair", key="pair")
def bilateral_claims(claims: pd.DataFrame) -> pd.DataFrame:
    """Sum of the used claims of each lender on each borrower."""
    used = claims[(claims["used"] == "yes") & (claims["amount"] > 0)]
    rows = {pair: [*str(pair).split(" | "), fsum(group)] for pair, group in used.groupby("pair")["amount"]}
    return table_of("pair", rows, ("lender", "borrower"), ("claim",))


@step
def concentrations(network: Network) -> Concentration:
    """Herfindahl-Hirschman indices."""
    return concentration(network.exposures)


@measure(unit="", reference=OWN, label="Concentration of lenders (HHI)")
def lender_concentration(concentrations: Concentration) -> float:
    """Sum of the squared shares of the institutions in all claims, times 10,000."""
    return concentrations.system_lenders * _INDEX


@measure(unit="", reference=OWN, label="Concentration of borrowers (HHI)")
def borrower_concentration(concentrations: Concentration) -> float:
    """Sum of the squared shares of the institutions in all obligations, times 10,000."""
    return concentrations.system_borrowers * _INDEX


@step
def core(network: Network) -> CorePeriphery:
    """Core and periphery."""
    return core_periphery(network.exposures)


@measure(unit="count", reference="Craig and von Peter (2014)", label="Institutions in the core")
def core_size(core: CorePeriphery) -> float:
    """Size of the core with the fewest errors that was found."""
    return float(core.core.sum())


@measure(unit="%", reference="Craig and von Peter (2014)", label="Errors of the core-periphery model")
def core_error_score(core: CorePeriphery) -> float:
    """Claims that the model has and the network has not, or the other way round / claims."""
    return core.error_score * 100


@measure(unit="", reference=OWN, label="Place of each institution in the network", key="lei")
def positions(network: Network, core: CorePeriphery, concentrations: Concentration) -> pd.DataFrame:
    """Claims, obligations, numbers of counterparties, core, concentration and centrality of each institution."""
    found = centralities(network.exposures) if network.size <= _CENTRAL else None
    blank = np.full(network.size, np.nan)
    table = pd.DataFrame(
        {
            "name": pd.Series(network.names, dtype=object),
            "in_core": np.where(core.core, "yes", "no").astype(object),
            "claims": network.claims,
            "obligations": network.obligations,
            "borrowers": np.diff(network.exposures.indptr).astype(np.float64),
            "lenders": np.diff(network.liabilities.indptr).astype(np.float64),
            "lender_concentration": concentrations.of_lenders * _INDEX,
            "borrower_concentration": concentrations.of_borrowers * _INDEX,
            "pagerank": found.pagerank * 100 if found else blank,
            "eigenvector": found.eigenvector * 100 if found else blank,
            "betweenness": found.betweenness if found else blank,
        }
    )
    return table.set_index(pd.Index(network.leis, name="lei", dtype=object))


@measure(unit="money", reference=OWN, label="Pairs whose two sides differ", key="pair")
def report_differences(
    claims: pd.DataFrame,
    institutions: pd.DataFrame,
    contagion_difference_absolute: float,
    contagion_difference_relative: float,
) -> pd.DataFrame:
    """What the lender reports less what the borrower reports, where they differ by more than the limits."""
    rows = {}
    for pair, lent, owed in _both_sides(claims):
        allowed = max(contagion_difference_absolute, contagion_difference_relative / 100 * max(lent, owed))
        if abs(lent - owed) > allowed:
            ends = pair.split(" | ")
            names = [institutions["name"].get(end) or end for end in ends]
            rows[pair] = [*ends, *names, lent, owed, lent - owed]
    texts = ("lender", "borrower", "lender_name", "borrower_name")
    return table_of("pair", rows, texts, ("lender_reports", "borrower_reports", "difference"))


def _both_sides(claims: pd.DataFrame) -> Iterator[tuple[str, float, float]]:
    """Pairs of which both report: what the lender says, and the borrower. One that reports others and not this is 0."""
    lent, owed = (claims[claims["side"] == side] for side in ("lender", "borrower"))
    lenders, borrowers = set(lent["lender"]), set(owed["borrower"])
    sums = [{str(pair): fsum(group) for pair, group in side.groupby("pair")["amount"]} for side in (lent, owed)]
    for pair in sorted({*sums[0], *sums[1]}):
        lender, borrower = pair.split(" | ")
        if lender in lenders and borrower in borrowers:
            yield pair, sums[0].get(pair, 0.0), sums[1].get(pair, 0.0)


MEASURES = (
    institution_count, link_count, network_density, bilateral_claims, interbank_claims, system_equity, claims_to_equity,
    concentrations, lender_concentration, borrower_concentration, core, core_size, core_error_score, positions,
    report_differences,
)  # fmt: skip
