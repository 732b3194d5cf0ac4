"""Changes of single cells of the trading sheets, with the cells that must follow so that the data stay valid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from reporting.intake.schema import load_schemas
from tests.acceptance.banks import Bank, Cell
from tests.acceptance.changes import Change
from tests.acceptance.trading import trading_alternatives
from tests.factories import DAY

Row = Mapping[str, Any]


def trading_changes(bank: Bank, cell: Cell) -> Iterator[Change]:
    """Changes of a cell that holds something, alone and then with companions. The checks say which are valid."""
    sheet, column, row = cell
    own = bank[sheet][row]
    if own[column] is None:
        return
    yield from trading_alternatives(bank, cell)
    if (sheet, column) in _WITH_COMPANIONS:
        yield from _WITH_COMPANIONS[sheet, column](bank, row, own)


def openers(bank: Bank, cell: Cell) -> Iterator[Change]:
    """Changes of other cells of the row that open a branch of the rules behind which the cell has been hidden."""
    sheet, column, row = cell
    own = bank[sheet][row]
    if sheet == "netting_sets" and own["margined"]:
        if column != "one_way_for_counterparty" and own["one_way_for_counterparty"]:
            yield {(sheet, "one_way_for_counterparty", row): False}
        if column != "illiquid" and own["illiquid"]:
            yield {(sheet, "illiquid", row): False}
    if sheet == "derivatives" and own["asset_class"] == "credit" and own["matched_purchase_id"] is None:
        yield from _matched(bank, row, own)


def _matched(bank: Bank, row: int, own: Row) -> Iterator[Change]:
    """A purchase on the same name, of the same rank, that the trade then names."""
    for number, other in bank["derivatives"].items():
        if other["asset_class"] == "credit" and other["direction"] == "short" and own["direction"] == "long":
            alike = ("reference_entity", "credit_seniority", "m_years")
            yield {
                ("derivatives", "matched_purchase_id", row): other["trade_id"],
                **{("derivatives", column, number): own[column] for column in alike},
            }


def _set_renamed(bank: Bank, _: int, own: Row) -> Iterator[Change]:
    yield _everywhere(bank, "netting_set_id", own["netting_set_id"], ("netting_sets", "derivatives", "collateral"))


def _transaction_renamed(bank: Bank, _: int, own: Row) -> Iterator[Change]:
    yield _everywhere(bank, "sft_id", own["sft_id"], ("sft", "collateral"))


def _trade_renamed(bank: Bank, row: int, own: Row) -> Iterator[Change]:
    sales = [n for n, cells in bank["derivatives"].items() if cells["matched_purchase_id"] == own["trade_id"]]
    new = f"{own['trade_id']}x"
    yield {
        ("derivatives", "trade_id", row): new,
        **{("derivatives", "matched_purchase_id", number): new for number in sales},
    }


def _everywhere(bank: Bank, column: str, name: str, sheets: tuple[str, ...]) -> Change:
    return {
        (sheet, column, number): f"{name}x"
        for sheet in sheets
        for number, cells in bank[sheet].items()
        if cells[column] == name
    }


def _agreement_renamed(bank: Bank, row: int, own: Row) -> Iterator[Change]:
    new, pair = f"{own['margin_agreement_id']}x", ("netting_set_id", "margin_agreement_id")
    yield {("netting_sets", "margin_agreement_id", row): new} | {
        (sheet, "margin_agreement_id", number): new
        for sheet in ("derivatives", "collateral")
        for number, cells in bank[sheet].items()
        if all(cells[name] == own[name] for name in pair)
    }


def _cleared(_: Bank, row: int, own: Row) -> Iterator[Change]:
    cleared = not own["client_cleared"]
    yield {
        ("netting_sets", "client_cleared", row): cleared,
        ("netting_sets", "ccp_leg_exempt", row): False if cleared else None,
    }


def _margined(_: Bank, row: int, own: Row) -> Iterator[Change]:
    if not own["margined"]:
        terms = {"one_way_for_counterparty": False, "threshold": 10.0, "minimum_transfer_amount": 1.0,
                 "remargining_days": 1, "client_clearing": False, "disputes": 0, "illiquid": False}  # fmt: skip
        yield {("netting_sets", column, row): value for column, value in {"margined": True, **terms}.items()}


def _less_cash(_: Bank, row: int, own: Row) -> Iterator[Change]:
    yield {("netting_sets", "variation_margin_cash_eligible", row): own["variation_margin_cash_eligible"] / 2}


def _other_set(bank: Bank, row: int, own: Row) -> Iterator[Change]:
    for cells in bank["netting_sets"].values():
        if cells["netting_set_id"] != own["netting_set_id"]:
            yield {
                ("derivatives", "netting_set_id", row): cells["netting_set_id"],
                ("derivatives", "margin_agreement_id", row): cells["margin_agreement_id"],
            }


def _other_agreement(bank: Bank, row: int, own: Row) -> Iterator[Change]:
    sets = [cells for cells in bank["netting_sets"].values() if cells["netting_set_id"] == own["netting_set_id"]]
    others = [cells["margin_agreement_id"] for cells in sets if len(sets) > 1] or [None]
    yield from (
        {("derivatives", "margin_agreement_id", row): other} for other in others if other != own["margin_agreement_id"]
    )


def _other_class(_: Bank, row: int, own: Row) -> Iterator[Change]:
    none = dict.fromkeys(("tranche_attach", "tranche_detach", "nth", "basket_size", "sub_class", "hedging_set"))
    if own["asset_class"] == "equity":
        new: Row = {"asset_class": "commodity", "sub_class": "metals"}
    elif own["asset_class"] == "commodity":
        new = {"asset_class": "equity", "sub_class": "single"}
    else:
        new = {**none, "asset_class": "crypto", "sub_class": "2a", "hedging_set": "ETH", "reference_entity": None}
    yield {("derivatives", column, row): value for column, value in new.items()}


def _other_sub_class(_: Bank, row: int, own: Row) -> Iterator[Change]:
    (rule,) = (rule for rule in load_schemas()["derivatives"].rules if rule.check == "fits_class")
    known = rule.arguments[own["asset_class"]]
    yield from ({("derivatives", "sub_class", row): name} for name in known if name != own["sub_class"])


def _other_hedging_set(_: Bank, row: int, own: Row) -> Iterator[Change]:
    if own["asset_class"] == "fx":
        first, _, second = own["hedging_set"].partition("/")
        leg = "notional_currency" if own["notional_currency"] == first else "second_notional_currency"
        yield {("derivatives", "hedging_set", row): f"JPY/{second}", ("derivatives", leg, row): "JPY"}
        other = "second_notional_currency" if leg == "notional_currency" else "notional_currency"
        yield {("derivatives", "hedging_set", row): f"{first}/JPY", ("derivatives", other, row): "JPY"}
    else:
        yield {("derivatives", "hedging_set", row): "GBP"}


def _other_side(_: Bank, row: int, own: Row) -> Iterator[Change]:
    side = "bought" if own["option_side"] == "sold" else "sold"
    yield {
        ("derivatives", "option_side", row): side,
        ("derivatives", "premium_paid", row): True if side == "sold" else None,
    }


def _wider_tranche(_: Bank, row: int, own: Row) -> Iterator[Change]:
    yield {("derivatives", "tranche_detach", row): own["tranche_detach"] * 1.5}


def _one_more(_: Bank, row: int, own: Row) -> Iterator[Change]:
    yield {("derivatives", "principal_exchanges", row): own["principal_exchanges"] + 1}


def _not_daily(_: Bank, row: int, own: Row) -> Iterator[Change]:
    yield {("derivatives", "daily_settled", row): not own["daily_settled"], ("derivatives", "m_years", row): 0.4}


def _sooner(_: Bank, row: int, own: Row) -> Iterator[Change]:
    yield {("derivatives", "m_years", row): 0.3}


def _other_client(bank: Bank, row: int, own: Row) -> Iterator[Change]:
    agreement = own["netting_agreement_id"]
    together = [n for n, c in bank["sft"].items() if n == row or (agreement and c["netting_agreement_id"] == agreement)]
    for other in bank["counterparties"].values():
        if other["counterparty_id"] != own["counterparty_id"]:
            yield {("sft", "counterparty_id", number): other["counterparty_id"] for number in together}


def _netted(_: Bank, row: int, own: Row) -> Iterator[Change]:
    if not own["netting_conditions_met"]:
        conditions = {"netting_conditions_met": True, "netting_agreement_id": "G9", "settlement_date": DAY}
        day = {"settlement_date": DAY + timedelta(days=7)}
        yield {("sft", column, row): value for column, value in {**conditions, **day}.items()}


def _other_margin(_: Bank, row: int, own: Row) -> Iterator[Change]:
    yield {("collateral", "im_vm", row): "vm" if own["im_vm"] == "im" else "im"}


def _worse_step(_: Bank, row: int, own: Row) -> Iterator[Change]:
    yield {("collateral", "issuer_credit_quality_step", row): own["issuer_credit_quality_step"] + 1}


def _other_type(_: Bank, row: int, own: Row) -> Iterator[Change]:
    yield from ({("collateral", "type", row): kind} for kind in ("gold", "cash", "other_equity") if kind != own["type"])


def _other_transaction(bank: Bank, row: int, own: Row) -> Iterator[Change]:
    names = [cells["sft_id"] for cells in bank["sft"].values() if cells["sft_id"] != own["sft_id"]]
    yield from ({("collateral", "sft_id", row): name} for name in names[:1])


_WITH_COMPANIONS: Mapping[tuple[str, str], Callable[[Bank, int, Row], Iterator[Change]]] = {
    ("netting_sets", "netting_set_id"): _set_renamed,
    ("netting_sets", "margin_agreement_id"): _agreement_renamed,
    ("netting_sets", "margined"): _margined,
    ("netting_sets", "client_cleared"): _cleared,
    ("netting_sets", "variation_margin_cash_eligible"): _less_cash,
    ("derivatives", "trade_id"): _trade_renamed,
    ("derivatives", "netting_set_id"): _other_set,
    ("derivatives", "margin_agreement_id"): _other_agreement,
    ("derivatives", "asset_class"): _other_class,
    ("derivatives", "sub_class"): _other_sub_class,
    ("derivatives", "hedging_set"): _other_hedging_set,
    ("derivatives", "notional_currency"): _other_hedging_set,
    ("derivatives", "second_notional_currency"): _other_hedging_set,
    ("derivatives", "option_side"): _other_side,
    ("derivatives", "tranche_detach"): _wider_tranche,
    ("derivatives", "principal_exchanges"): _one_more,
    ("derivatives", "daily_settled"): _not_daily,
    ("derivatives", "m_years"): _sooner,
    ("sft", "sft_id"): _transaction_renamed,
    ("sft", "counterparty_id"): _other_client,
    ("sft", "netting_conditions_met"): _netted,
    ("collateral", "im_vm"): _other_margin,
    ("collateral", "issuer_credit_quality_step"): _worse_step,
    ("collateral", "type"): _other_type,
    ("collateral", "sft_id"): _other_transaction,
}
