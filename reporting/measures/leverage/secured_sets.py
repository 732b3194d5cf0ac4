"""Netting sets and what secures them: margin as stated, collateral after haircuts, and the terms of the trades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.counterparty import haircuts, holding_periods
from reporting.measures.measure import Taken, step

# Columns of the engine and where the portfolio has them in single units of the reporting currency.
_SET_COLUMNS = {
    "threshold_amount": "threshold",
    "transfer_amount": "minimum_transfer_amount",
    "nica_amount": "nica",
    "variation_margin_amount": "variation_margin",
    "eligible_cash_amount": "variation_margin_cash_eligible",
}
SHARED_MARGIN = "a margin agreement covers several netting sets, so that each rests on the others"


@dataclass(frozen=True, eq=False)
class SecuredSets:
    """The netting sets of one institution.

    sets        as `sa_ccr` takes them; given as the sheet has them, row by row the same
    terms       netting_set_id, margin_agreement_id and m_years (maturity in years) of each trade
    collateral  after haircuts, with the columns of the sheet; None without any
    parameters  by which all of it is computed; none where there are no derivatives
    """

    sets: pd.DataFrame = field(default_factory=pd.DataFrame)
    given: pd.DataFrame = field(default_factory=pd.DataFrame)
    terms: pd.DataFrame = field(default_factory=pd.DataFrame)
    collateral: pd.DataFrame | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@step
def secured_sets(
    trade_terms: pd.DataFrame | None,
    netting_set_rows: pd.DataFrame | None,
    netting_set_collateral_rows: pd.DataFrame | None,
    derivative_lines: int,
    unsplit_lines: int,
    sa_ccr_parameters: Mapping[str, Any],
    supervisory_haircuts: Mapping[str, float] | None,
    currency_mismatch_haircut: float | None,
    haircut_period: float | None,
) -> SecuredSets | Taken | Unavailable:
    """The netting sets with their collateral; none where neither sheets nor balance sheet hold derivatives."""
    if trade_terms is None or netting_set_rows is None:
        return _without_sheets(trade_terms, netting_set_rows, derivative_lines, unsplit_lines)
    if not sa_ccr_parameters or supervisory_haircuts is None:
        return Unavailable("the parameters of SA-CCR are not in force on the reference date")
    parameters = {
        **sa_ccr_parameters,
        "supervisory_haircuts": supervisory_haircuts,
        "currency_mismatch_haircut": currency_mismatch_haircut,
        "haircut_period": haircut_period,
    }
    terms = trade_terms.rename(columns={"maturity_in_years": "m_years"})
    sets = netting_set_rows.drop(columns=list(_SET_COLUMNS.values()), errors="ignore").rename(columns=_SET_COLUMNS)
    collateral = None
    if netting_set_collateral_rows is not None and len(netting_set_collateral_rows):
        sets, collateral = _with_collateral(sets, terms, netting_set_collateral_rows, parameters)
    return SecuredSets(sets, netting_set_rows, terms, collateral, parameters)


def _without_sheets(
    terms: pd.DataFrame | None, sets: pd.DataFrame | None, derivative_lines: int, unsplit_lines: int
) -> Taken | Unavailable:
    if unsplit_lines:
        return Unavailable("the balance sheet holds only an unsplit total, from which derivatives cannot be told")
    lacking = [name for name, rows in (("netting_sets", sets), ("derivatives", terms)) if rows is None]
    are = "sheet " + lacking[0] + " is" if len(lacking) == 1 else "sheets netting_sets and derivatives are"
    if derivative_lines:
        lines = "line" if derivative_lines == 1 else "lines"
        return Unavailable(
            f"the balance sheet has {derivative_lines} {lines} of derivatives or their margin, "
            f"and the {are} not in the submission"
        )
    if len(lacking) == 1:
        return Unavailable(f"the {are} not in the submission")
    uses = ("trade_terms", "netting_set_rows", "derivative_lines", "unsplit_lines")
    return Taken(SecuredSets(), uses, "there are no derivatives")


def _with_collateral(
    sets: pd.DataFrame, terms: pd.DataFrame, rows: pd.DataFrame, parameters: Mapping[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Netting sets with their collateral outside the margin amounts, and this, after haircuts, item by item.

    The settlement currency is that of the netting set.
    """
    days = holding_periods(terms, sets, parameters)
    currency = dict(zip(sets["netting_set_id"], sets["currency"], strict=True))
    items = rows.rename(columns={"value_amount": "value"})
    parts = [
        haircuts(of_currency, days, parameters, settlement_currency=str(name))
        for name, of_currency in items.groupby(items["netting_set_id"].map(currency), observed=True)
    ]
    total = pd.concat([part.netting_sets["collateral"] for part in parts]).groupby(level=0).sum()
    first = ~sets["netting_set_id"].duplicated()
    after = items.join(pd.concat([part.collateral for part in parts]))
    return sets.assign(collateral=sets["netting_set_id"].map(total).where(first, 0.0).fillna(0.0)), after


def any_share_margin(margin_agreement_rows: pd.DataFrame | None) -> bool:
    """Whether a margin agreement covers several netting sets (BCBS CRE52.75; CRR Art. 275(3))."""
    if margin_agreement_rows is None:
        return False
    rows = margin_agreement_rows
    margined = rows[rows["margined"].eq(True) & ~rows["one_way_for_counterparty"].eq(True)]
    covered = margined.groupby("margin_agreement_id", observed=True)["netting_set_id"].nunique()
    return bool((covered > 1).any())


MEASURES = (secured_sets,)
