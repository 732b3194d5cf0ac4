"""Securities financing transactions in the exposure measure: rows 14 to 18 of template LR2."""

from __future__ import annotations

from math import fsum

import numpy as np
import pandas as pd

from reporting.figures import Unavailable
from reporting.measures.arrays import table_of
from reporting.measures.measure import Taken, measure

# In these the institution lends cash against securities; in the others it lends securities against cash.
LENDS_CASH = ("reverse_repo", "securities_borrowing", "margin_lending")

_TEXTS = [
    "netting_set",
    "settlement_group",
    "counterparty_id",
    "netting_agreement_id",
    "role",
    "cash_nets",
    "settlement_date",
]
_AMOUNTS = ["counted", "receivable", "payable", "lent", "received"]


@measure(
    unit="money",
    reference="BCBS LEV30 (SFT exposures); CRR Art. 429b(4), 429e",
    label="Securities financing transactions",
    key="sft_id",
)
def sft_transactions(
    sft_rows: pd.DataFrame | None, sft_collateral_rows: pd.DataFrame | None, sft_lines: int, unsplit_lines: int
) -> pd.DataFrame | Taken | Unavailable:
    """Each transaction: cash receivable or payable, and what was lent and received, at fair value.

    netting_set        the netting agreement under which the exposure is netted; without one the transaction
    settlement_group   transactions whose cash legs may be set off: same netting agreement, counterparty and final
                       settlement date, conditions met; otherwise the transaction
    counterparty_id, netting_agreement_id, role   as on the sheet
    cash_nets             whether its cash may be set off: conditions met, under an agreement, as principal
    settlement_date       blank where the cash may not be set off
    counted               1: it counts in its netting set and settlement group
    receivable, payable   cash leg lent as principal, or borrowed; nothing for transactions made as agent
    lent, received        fair value of cash and securities lent to, and received from, the counterparty, further
                          collateral of the transaction included
    """
    if sft_rows is None:
        return _without_sheet(sft_lines, unsplit_lines)
    rows = sft_rows.set_index("sft_id")
    own = pd.Series(rows.index, index=rows.index)
    agent, lends_cash = rows["role"].eq("agent"), rows["kind"].isin(LENDS_CASH)
    agreement = rows["netting_agreement_id"].where(rows["netting_agreement_id"].notna(), "transaction " + own)
    set_off = rows["netting_conditions_met"].eq(True) & rows["netting_agreement_id"].notna() & ~agent
    day = pd.to_datetime(rows["settlement_date"])
    group = (
        agreement + ", " + rows["counterparty_id"].astype(str) + ", " + day.dt.strftime("%Y-%m-%d").fillna("no date")
    )
    cash, securities = rows["cash_amount"], rows["securities_amount"]
    return pd.DataFrame(
        {
            "netting_set": agreement.where(~agent, agreement + " as agent"),
            "settlement_group": group.where(set_off, "transaction " + own),
            "counterparty_id": rows["counterparty_id"],
            "netting_agreement_id": rows["netting_agreement_id"]
            .astype(object)
            .where(rows["netting_agreement_id"].notna()),
            "role": rows["role"],
            "cash_nets": np.where(set_off, "yes", "no"),
            "settlement_date": day.where(set_off),
            "counted": 1.0,
            "receivable": cash.where(lends_cash & ~agent, 0.0),
            "payable": cash.where(~lends_cash & ~agent, 0.0),
            "lent": cash.where(lends_cash, securities) + _collateral(sft_collateral_rows, "posted", rows.index),
            "received": securities.where(lends_cash, cash) + _collateral(sft_collateral_rows, "received", rows.index),
        },
        columns=[*_TEXTS, *_AMOUNTS],
    )


def _collateral(rows: pd.DataFrame | None, direction: str, transactions: pd.Index) -> pd.Series:
    """Collateral of each transaction beyond its two legs, posted or received."""
    if rows is None:
        return pd.Series(0.0, index=transactions)
    own = rows[rows["direction"].eq(direction) & rows["sft_id"].notna()]
    sums = {name: fsum(values) for name, values in own.groupby("sft_id", observed=True)["value_amount"]}
    return pd.Series([sums.get(name, 0.0) for name in transactions], index=transactions)


def _without_sheet(sft_lines: int, unsplit_lines: int) -> Taken | Unavailable:
    if unsplit_lines:
        return Unavailable("the balance sheet holds only an unsplit total, from which SFTs cannot be told")
    if sft_lines:
        lines = "line" if sft_lines == 1 else "lines"
        return Unavailable(
            f"the balance sheet has {sft_lines} {lines} of securities financing transactions, "
            "and the sheet sft is not in the submission"
        )
    empty = table_of("sft_id", {}, _TEXTS, _AMOUNTS)
    return Taken(empty, ("sft_rows", "sft_lines", "unsplit_lines"), "the balance sheet holds none")


@measure(
    unit="money",
    reference="BCBS LEV30 (SFT exposures); CRR Art. 429e",
    label="Counterparty credit risk of securities financing transactions by netting set",
    key="netting_set",
)
def sft_netting_sets(sft_transactions: pd.DataFrame) -> pd.DataFrame:
    """What was lent less what was received, where positive: E* = max(0, sum E - sum C), without haircuts."""
    table = {}
    for name, rows in sft_transactions.groupby("netting_set", sort=False):
        lent, received = fsum(rows["lent"]), fsum(rows["received"])
        table[name] = (rows["role"].iloc[0], lent, received, max(0.0, fsum((lent, -received))))
    return table_of("netting_set", table, ["role"], ["lent", "received", "exposure"])


@measure(
    unit="money",
    reference="BCBS LEV30 (SFT exposures); CRR Art. 429b(4)",
    label="Cash legs of securities financing transactions by settlement group",
    key="settlement_group",
)
def sft_settlement_groups(sft_transactions: pd.DataFrame) -> pd.DataFrame:
    """Cash receivables and payables that may be set off, and how much of them is: the smaller of the two."""
    table = {}
    for name, rows in sft_transactions.groupby("settlement_group", sort=False):
        receivable, payable = fsum(rows["receivable"]), fsum(rows["payable"])
        table[name] = (receivable, payable, min(receivable, payable))
    return table_of("settlement_group", table, [], ["receivable", "payable", "set_off"])


@measure(
    unit="money",
    reference="BCBS LEV30 (SFT exposures); CRR Art. 429(4)(c), 429b(1)",
    label="Gross SFT assets (with no recognition of netting)",
)
def gross_sft_assets(sft_settlement_groups: pd.DataFrame) -> float:
    """Cash receivables from transactions made as principal."""
    return fsum(sft_settlement_groups["receivable"])


@measure(
    unit="money",
    reference="BCBS LEV30 (SFT exposures); CRR Art. 429b(4)",
    label="Netted amounts of cash payables and cash receivables of gross SFT assets",
)
def netted_sft_cash(sft_settlement_groups: pd.DataFrame) -> float:
    """Less cash payables that may be set off against receivables."""
    return 0.0 - fsum(sft_settlement_groups["set_off"])


@measure(
    unit="money",
    reference="BCBS LEV30 (SFT exposures); CRR Art. 429e(1)-(3)",
    label="Counterparty credit risk exposure for SFT assets",
)
def sft_counterparty_exposure(sft_netting_sets: pd.DataFrame) -> float:
    """Sum of E* over the netting sets of transactions made as principal."""
    return fsum(sft_netting_sets.loc[sft_netting_sets["role"].eq("principal"), "exposure"])


@measure(
    unit="money",
    reference="BCBS LEV30 (SFT exposures); CRR Art. 429e(6)-(7)",
    label="Agent transaction exposures",
)
def agent_sft_exposure(sft_netting_sets: pd.DataFrame) -> float:
    """Sum of E* over the netting sets of transactions made as agent with an indemnity."""
    return fsum(sft_netting_sets.loc[sft_netting_sets["role"].eq("agent"), "exposure"])


@measure(
    unit="money",
    reference="BCBS LEV20.5; CRR Art. 429(4)(c)",
    label="Total SFT exposures",
)
def sft_exposures(
    gross_sft_assets: float, netted_sft_cash: float, sft_counterparty_exposure: float, agent_sft_exposure: float
) -> float:
    """Sum of rows 14 to 17."""
    return fsum((gross_sft_assets, netted_sft_cash, sft_counterparty_exposure, agent_sft_exposure))


MEASURES = (
    sft_transactions,
    sft_netting_sets,
    sft_settlement_groups,
    gross_sft_assets,
    netted_sft_cash,
    sft_counterparty_exposure,
    agent_sft_exposure,
    sft_exposures,
)
