"""The netting sets of Northbank AG: who they are with, how they are margined, and what is traded in them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from making.workbook import Row, Rows

_RATES = ("swap", "swap", "swap", "swap", "swaption", "basis", "amortising", "inflation")
_MONEY = ("forward", "forward", "forward", "fx_option", "digital")
_CREDIT = ("sold_protection", "sold_protection", "bought_protection", "credit_index", "tranche", "nth_to_default")
_SHARES = ("share", "share", "share_option", "variance")
_DEALER = (*_RATES, *_MONEY, *_CREDIT, *_SHARES, "commodity", "freight")
_HEDGER = ("swap", "swap", "amortising", "forward", "forward", "forward", "fx_option", "commodity", "commodity")
_SOVEREIGN = ("swap", "swap", "forward")


@dataclass(frozen=True)
class NettingSet:
    """A netting set.

    sector, place   the counterparty: the place-th of that sector
    kinds           what is traded, as often as it stands there; weight is the number of trades drawn in a turn
    threshold, transfer   of the margin agreement, EUR thousand; None where there is no margin
    agreements      names of its margin agreements where it has two
    other           further columns
    """

    netting_set_id: str
    sector: str
    place: int
    kinds: tuple[str, ...]
    weight: int = 3
    threshold: float | None = None
    transfer: float = 0.0
    agreements: tuple[str, ...] = ()
    other: Row = field(default_factory=dict)


_CLEARED: Row = {"qccp": True}
SETS: tuple[NettingSet, ...] = (
    NettingSet("NS-001", "ccp", 0, ("swap", "swap", "swap", "basis"), 8, 0.0, 0.0, other=_CLEARED),
    NettingSet("NS-002", "ccp", 1, ("swap", "credit_index"), 5, 0.0, 0.0, other=_CLEARED),
    NettingSet("NS-003", "credit_institution", 0, _DEALER, 6, 0.0, 500.0),
    NettingSet("NS-004", "credit_institution", 1, _DEALER, 5, 0.0, 500.0),
    NettingSet("NS-005", "credit_institution", 2, _DEALER, 4, 1_000.0, 250.0),
    NettingSet("NS-006", "credit_institution", 3, _DEALER, 4, 0.0, 250.0, other={"disputes": 3}),
    NettingSet("NS-007", "credit_institution", 4, _DEALER, 4, 0.0, 100.0, other={"illiquid": True}),
    NettingSet("NS-008", "credit_institution", 5, _DEALER, 4, 2_000.0, 500.0, other={"remargining_days": 5}),
    NettingSet("NS-009", "credit_institution", 6, _DEALER, 4, 0.0, 500.0, ("MA-009-1", "MA-009-2")),
    NettingSet("NS-010", "investment_firm", 0, (*_SHARES, *_MONEY), 3, 0.0, 100.0),
    NettingSet("NS-011", "other_financial", 0, ("swap", "forward", "bought_protection"), 3, 500.0, 100.0),
    NettingSet("NS-012", "fund", 0, ("forward", "forward", "share_option"), 3, 250.0, 50.0),
    NettingSet("NS-013", "regional_government", 0, _SOVEREIGN, 3, 0.0, 250.0, other={"one_way_for_counterparty": True}),
    NettingSet("NS-014", "ccp", 0, ("swap",), 2, 0.0, 0.0,
               other={"qccp": True, "client_cleared": True, "ccp_leg_exempt": True}),
    NettingSet("NS-015", "non_financial_corporate", 0, ("swap",), 2, 0.0, 100.0,
               other={"client_clearing": True, "client_cleared": True, "ccp_leg_exempt": False}),
    NettingSet("NS-016", "non_financial_corporate", 2, _HEDGER, 3),
    NettingSet("NS-017", "non_financial_corporate", 4, _HEDGER, 3),
    NettingSet("NS-018", "non_financial_corporate", 6, _HEDGER, 3),
    NettingSet("NS-019", "non_financial_corporate", 8, _HEDGER, 3),
    NettingSet("NS-020", "non_financial_corporate", 11, _HEDGER, 2),
    NettingSet("NS-021", "non_financial_corporate", 14, _HEDGER, 2),
    NettingSet("NS-022", "public_sector_entity", 0, _SOVEREIGN, 2),
    NettingSet("NS-023", "regional_government", 1, _SOVEREIGN, 2),
    NettingSet("NS-024", "non_financial_corporate", 20, ("forward", "commodity"), 2, other={"enforceable": False}),
    NettingSet("NS-025", "fund", 1, ("forward", "forward", "swap"), 2),
)  # fmt: skip


def netting_sets(parties: Rows, values: Mapping[str, float]) -> Rows:
    """The rows of the sheet. Variation margin follows the net market values (EUR thousand) of the sets."""
    return [row for one in SETS for row in _rows(one, _party(parties, one), values.get(one.netting_set_id, 0.0))]


def _party(parties: Rows, one: NettingSet) -> str:
    lasting = [row for row in parties if row["sector"] == one.sector]
    return str(lasting[one.place]["counterparty_id"])


def _rows(one: NettingSet, counterparty: str, value: float) -> Rows:
    row: Row = {
        "netting_set_id": one.netting_set_id, "counterparty_id": counterparty, "currency": "EUR",
        "margined": one.threshold is not None, "enforceable": True, "qccp": False, "client_cleared": False,
    }  # fmt: skip
    if one.threshold is None:
        return [row | one.other]
    row |= {
        "one_way_for_counterparty": False, "threshold": one.threshold, "minimum_transfer_amount": one.transfer,
        "remargining_days": 1, "client_clearing": False, "disputes": 0, "illiquid": False,
    }  # fmt: skip
    row |= one.other
    if one.netting_set_id in ("NS-004", "NS-007"):
        row["nica"] = 2_500.0
    held = _margin(one, min(value, 0.0) if row["one_way_for_counterparty"] else value)
    if not one.agreements:
        return [row | _variation(held)]
    shares = (0.6, 0.4)
    return [
        row | {"margin_agreement_id": name} | _variation(round(held * share, 1))
        for name, share in zip(one.agreements, shares, strict=True)
    ]


def _margin(one: NettingSet, value: float) -> float:
    """What has been called: the value beyond the threshold, in steps of the minimum transfer amount."""
    beyond = max(abs(value) - (one.threshold or 0.0), 0.0)
    step = one.transfer or 0.1
    return round((1 if value > 0 else -1) * (beyond // step) * step, 1) + 0.0


def _variation(held: float) -> Row:
    return {"variation_margin": held, "variation_margin_cash_eligible": held}


def collateral(sets: Rows, parties: Rows) -> Rows:
    """Bonds received and posted as initial margin, beside the cash of the variation margin."""
    rng = random.Random("northbank collateral")
    issuers = [row["counterparty_id"] for row in parties if row["sector"] == "central_government"]
    rows: Rows = []
    for number, row in enumerate(one for one in sets if one["margined"] and not one["one_way_for_counterparty"]):
        received = not row["qccp"] and not row["client_cleared"]
        cash = number % 4 == 3
        rows.append({
            "collateral_id": f"K{number + 1:04d}", "netting_set_id": row["netting_set_id"],
            "margin_agreement_id": row.get("margin_agreement_id"), "direction": "received" if received else "posted",
            "im_vm": "im", "type": "cash" if cash else "sovereign", "currency": "EUR",
            "value": round(rng.uniform(400, 3_000), 1), "segregated": not received,
            **({} if cash else {
                "issuer_id": rng.choice(issuers), "issuer_credit_quality_step": rng.choice([1, 1, 2]),
                "residual_maturity_years": round(rng.uniform(0.5, 9.5), 2),
            }),
        })  # fmt: skip
    return rows
