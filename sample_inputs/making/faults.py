"""Workbooks with one fault each, made from one small submission without any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from making.financing import working_days
from making.ledger import SEPTEMBER
from making.names import lei
from making.workbook import Formula, Rows, Sheet, Worksheet

Contents = dict[str, Sheet]
Fault = Callable[[Contents], object]

_COLUMNS = {
    "entity": (
        "lei name kind reference_date currency unit country scope accounting_standard jurisdiction g_sib schema_version"
    ),
    "own_funds": "item amount linked_asset_line",
    "requirements": "item value valid_from valid_to decision",
    "balance_sheet": "line_id item gross_carrying_amount loss_allowance_specific lr_treatment exposure_class",
    "counterparties": (
        "counterparty_id lei id_code id_type name natural_person sector country institution g_sib qccp shadow_banking "
        "sovereign_controlled"
    ),
    "connections": "client_id related_id relation share criterion rebutted rebuttal_reason valid_from",
    "exposures": (
        "exposure_id counterparty_id instrument exposure_class asset_id gross_carrying_amount loss_allowance_specific "
        "currency off_balance_sheet nominal ccf_category seniority book maturity pd"
    ),
    "protection": "exposure_id kind provider_id amount currency maturity eligible",
    "fx": "currency date rate",
}
_ROWS: Mapping[str, str] = {
    "entity": "FICTIONALSOUTHBANK|Southbank AG|bank|2026-09-30|EUR|1000|DE|consolidated|ifrs|eu|no|1",
    "own_funds": """
        cet1_instruments|60000
        retained_earnings|45000
        deduction_goodwill|5000|A-060
        cet1|100000
        additional_tier1|20000
        tier1|120000
        tier2|15000""",
    "requirements": """
        p2r_lr|0.1|2026-01-01|2026-12-31|Supervisory decision of 2025
        amber_leverage_ratio|4|2026-01-01""",
    "balance_sheet": """
        A-010|Balances with the central bank|300000|0|ordinary
        A-020|Loans to banks|242100|200|ordinary|Institutions
        A-030|Loans to corporates|1150000|12000|ordinary
        A-040|Residential mortgage loans|600000|4000|ordinary
        A-050|Government bonds|180000|0|ordinary
        A-060|Goodwill|5000|0|tier1_deducted
        A-070|Other assets|25000.5|0|ordinary""",
    "counterparties": """
        001|FICTIONALSOUTH0001|||Model Central Bank of Germany|no|central_bank|DE|no|no|no|no|no
        002|FICTIONALSOUTH0002|||Bank Zwirnmoor AG|no|credit_institution|DE|yes|no|no|no|no
        003|FICTIONALSOUTH0003|||Ruhnvik Bank plc|no|credit_institution|GB|yes|no|no|no|no
        004|FICTIONALSOUTH0004|||Käferholm Maschinenbau GmbH|no|non_financial_corporate|DE|no|no|no|no|no
        005|FICTIONALSOUTH0005|||Käferholm Industries Inc.|no|non_financial_corporate|US|no|no|no|no|no
        006||0004711|customer number|Zoë O'Sample|yes|household|DE|no|no|no|no|no""",
    "connections": """
        004|005|control|0.8|Majority of the voting rights|no||2021-04-01
        006|004|depends_on||Salary is the income|yes|Lives on rent|2022-01-01""",
    "exposures": """
        X-001|002|deposit|Institutions||150100|200|EUR|no|||senior|banking|2026-12-30
        X-002|003|loan|Institutions||80000|0|GBP|no|||senior|banking|2027-03-31
        X-003|001|deposit|Central banks||300000|0|EUR|no||||banking
        X-004|004|loan|Corporates||40000|900|EUR|no|||senior|banking|2029-06-29|0.012
        X-005|004|commitment|Corporates|||0|EUR|yes|25000|other_commitment||banking|2028-06-30|0.012
        X-006|005|guarantee_given|Corporates|||0|USD|yes|8000|performance_contingency||banking|2027-09-30|0.02
        X-007|005|bond|Corporates|BND-00007|12500.25|60|USD|no|||senior|banking|2030-01-15|0.02
        X-008|006|loan|Private clients||850|5|EUR|no||||banking|2031-12-31|0.006""",
    "protection": """
        X-004|guarantee|002|15000|EUR|2029-06-29|yes
        X-007|collateral|001|4000|USD||yes""",
    "fx": """
        USD|2026-09-30|0.86
        GBP|2026-09-30|1.15
        USD|2026-06-30|0.85""",
}
_TRUTH = {"yes": True, "no": False}
_TEXT = frozenset({"counterparty_id", "client_id", "related_id", "provider_id", "id_code"})


def sound() -> Contents:
    """The submission without a fault."""
    return {
        name: Sheet(name, columns.split(), _rows(columns.split(), _ROWS[name])) for name, columns in _COLUMNS.items()
    }


def _rows(columns: list[str], text: str) -> Rows:
    lines = (line.strip().split("|") for line in text.strip().splitlines())
    return [{name: _value(name, cell) for name, cell in zip(columns, line, strict=False)} for line in lines]


def _value(column: str, cell: str) -> object:
    if column == "lei":
        return lei(cell) if cell else None
    if not cell or column in _TEXT:
        return cell or None
    if cell in _TRUTH:
        return _TRUTH[cell]
    for kind in (int, float, date.fromisoformat):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell


# --- What can be done to a submission --------------------------------------------------------------------------------
# Rows are numbered as a spreadsheet program shows them: 2 is the first one below the headings.


def _cell(sheet: str, row: int, column: str, value: Any) -> Fault:
    return lambda contents: contents[sheet].rows[row - 2].update({column: value})


def _cells(sheet: str, row: int, **values: object) -> Fault:
    return lambda contents: contents[sheet].rows[row - 2].update(values)


def _added(sheet: str, like: int, **values: object) -> Fault:
    return lambda contents: contents[sheet].rows.append({**contents[sheet].rows[like - 2], **values})


def _without_row(sheet: str, row: int) -> Fault:
    return lambda contents: contents[sheet].rows.pop(row - 2)


def _without_sheet(sheet: str) -> Fault:
    return lambda contents: contents.pop(sheet)


def _without_column(sheet: str, column: str) -> Fault:
    return lambda contents: contents[sheet].columns.remove(column)


def _new_column(sheet: str, heading: str, *values: object) -> Fault:
    def add(contents: Contents) -> None:
        contents[sheet].columns.append(heading)
        for row, value in zip(contents[sheet].rows, values, strict=False):
            row.setdefault(heading, value)

    return add


def _named(sheet: str, name: str) -> Fault:
    return lambda contents: setattr(contents[sheet], "name", name)


def _finished(sheet: str, finish: Callable[[Worksheet], object]) -> Fault:
    return lambda contents: contents[sheet].finish.append(finish)


def _merged(sheet: str, cells: str, text: str) -> Fault:
    return _finished(sheet, lambda worksheet: worksheet.merge_range(cells, text))


def _hidden(sheet: str, *rows: int) -> Fault:
    return _finished(
        sheet, lambda worksheet: [worksheet.set_row(row - 1, None, None, {"hidden": True}) for row in rows]
    )


def _names_like_formulas(contents: Contents) -> None:
    names = ("=Sum & Partner GmbH", "+49 Telefonbau AG", "-Minus- Modehaus KG", "@home Möbel SE", "#Hashtag Medien UG")
    for row, name in zip(contents["counterparties"].rows[:5], names, strict=True):
        row["name"] = name


# --- Derivatives and securities financing ----------------------------------------------------------------------------

_TRADING_COLUMNS = {
    "netting_sets": (
        "netting_set_id counterparty_id currency margined one_way_for_counterparty threshold minimum_transfer_amount "
        "variation_margin variation_margin_cash_eligible remargining_days client_clearing disputes illiquid "
        "enforceable qccp client_cleared"
    ),
    "derivatives": (
        "trade_id netting_set_id asset_class sub_class hedging_set reference_entity direction notional "
        "notional_currency second_notional second_notional_currency underlying_units underlying_price "
        "underlying_price_currency market_value currency start end maturity m_years exercise option_type option_side "
        "option_price option_strike tranche_attach tranche_detach credit_seniority"
    ),
    "collateral": "collateral_id netting_set_id sft_id direction im_vm type currency value segregated",
    "sft": (
        "sft_id counterparty_id role kind cash_leg securities_leg currency netting_agreement_id netting_conditions_met "
        "settlement_date"
    ),
    "sft_daily": "date gross_sft_assets netted_cash",
}
_TRADING_ROWS: Mapping[str, str] = {
    "netting_sets": """
        NS-1|002|EUR|yes|no|0|100|0|0|1|no|0|no|yes|no|no
        NS-2|004|EUR|no||||||||||yes|no|no""",
    "derivatives": """
        T-01|NS-1|ir||EUR||long|20000|EUR||||||150|EUR|2026-01-15|2031-01-15|2031-01-15
        T-02|NS-1|fx||EUR/USD||short|5000|EUR|5800|USD||||-40|EUR|||2027-03-31
        T-03|NS-2|equity|single||Käferholm AG||||||20000|45|EUR|60|EUR|||2027-09-30||2027-09-30|call|bought|45|50
        T-04|NS-2|credit|index_ig||Sample Index|short|8000|EUR||||||12|EUR||2030-12-20|2030-12-20|||||||0.03|0.07""",
    "collateral": "K-1|NS-1||received|im|cash|EUR|200|no",
    "sft": """
        S-1|002|principal|reverse_repo|5000|4900|EUR|GMRA-1|yes|2026-10-14
        S-2|002|principal|repo|3000|3100|EUR|GMRA-1|yes|2026-10-14""",
    "sft_daily": "\n".join(f"{day}|{5200 if day < SEPTEMBER else 5000}|3000" for day in working_days(SEPTEMBER)),
}


def _trading(fault: Fault) -> Fault:
    """The fault in a submission of derivatives and securities financing only."""

    def add(contents: Contents) -> None:
        rates = contents.pop("fx")
        for name in set(contents) - {"entity", "counterparties"}:
            del contents[name]
        for name, columns in _TRADING_COLUMNS.items():
            contents[name] = Sheet(name, columns.split(), _rows(columns.split(), _TRADING_ROWS[name]))
        contents["fx"] = rates
        fault(contents)

    return add


_TRADING_FAULTS: Mapping[str, Fault] = {
    "trade_of_unknown_class": _trading(_cell("derivatives", 2, "asset_class", "interest")),
    "trade_of_another_sub_class": _trading(_cell("derivatives", 4, "sub_class", "bbb")),
    "trade_without_netting_set": _trading(_cell("derivatives", 3, "netting_set_id", "NS-9")),
    "trade_has_ended": _trading(_cell("derivatives", 3, "maturity", date(2026, 9, 29))),
    "option_without_strike": _trading(_cell("derivatives", 4, "option_strike", None)),
    "option_needs_a_shift": _trading(_cell("derivatives", 4, "option_strike", -5)),
    "tranche_upside_down": _trading(_cells("derivatives", 5, tranche_attach=0.07, tranche_detach=0.03)),
    "years_unlike_the_date": _trading(_cell("derivatives", 3, "m_years", 0.6)),
    "pair_turned_round": _trading(_added("derivatives", 3, trade_id="T-05", hedging_set="USD/EUR")),
    "margin_period_unknown": _trading(_cell("netting_sets", 2, "remargining_days", None)),
    "collateral_for_two": _trading(_cell("collateral", 2, "sft_id", "S-1")),
    "sft_without_settlement_date": _trading(_cell("sft", 2, "settlement_date", None)),
    "day_of_another_quarter": _trading(_added("sft_daily", 2, date=date(2026, 6, 30))),
}

FAULTS: Mapping[str, Fault] = {
    # amounts
    "amount_blank": _cell("balance_sheet", 4, "gross_carrying_amount", None),
    "amount_in_words": _cell("balance_sheet", 4, "gross_carrying_amount", "1.150.000,00 EUR"),
    "amount_stored_as_text": _cell("exposures", 5, "gross_carrying_amount", "40000"),
    "amount_is_an_error_value": _cell("exposures", 5, "gross_carrying_amount", Formula("=NA()", "#N/A")),
    "amount_never_calculated": _cell("balance_sheet", 5, "gross_carrying_amount", Formula("=400000+200000", "")),
    "amount_negative": _cell("balance_sheet", 8, "gross_carrying_amount", -25000.5),
    "amount_too_large": _cell("balance_sheet", 8, "gross_carrying_amount", 1e308),
    "allowance_above_gross": _cell("exposures", 5, "loss_allowance_specific", 41000),
    "share_given_in_per_cent": _cell("exposures", 5, "pd", 1.2),
    # codes and choices
    "code_is_a_number": _cell("exposures", 8, "asset_id", 4711),
    "leading_zeros_lost": _cell("counterparties", 7, "id_code", 4711),
    "leading_zeros_lost_in_a_key": _cell("counterparties", 5, "counterparty_id", 4),
    "lei_check_digits_wrong": _cell("counterparties", 5, "lei", lei("FICTIONALSOUTH0004")[:18] + "00"),
    "currency_unknown": _cell("exposures", 5, "currency", "EURO"),
    "country_unknown": _cell("counterparties", 4, "country", "UK"),
    "choice_with_trailing_blank": _cell("exposures", 5, "seniority", "senior "),
    "choice_misspelt": _cell("balance_sheet", 6, "lr_treatment", "ordinery"),
    "truth_in_another_language": _cell("protection", 2, "eligible", "ja"),
    "names_like_formulas": _names_like_formulas,
    # dates
    "date_in_local_form": _cell("exposures", 5, "maturity", "31.12.2026"),
    "date_with_time": _cell("exposures", 5, "maturity", datetime(2029, 6, 29, 17, 30)),
    "date_is_a_plain_number": _cell("exposures", 5, "maturity", 47298),
    # keys and references
    "key_twice": _cell("exposures", 9, "exposure_id", "X-003"),
    "reference_to_nobody": _cell("exposures", 9, "counterparty_id", "016"),
    "client_connected_to_itself": _cell("connections", 2, "related_id", "004"),
    # sheets, rows and columns
    "entity_sheet_missing": _without_sheet("entity"),
    "entity_with_two_rows": _added("entity", 2, name="Southbank Leasing GmbH", lei=lei("FICTIONALSOUTHLEAS")),
    "sheet_name_mistyped": _named("requirements", "requirments"),
    "column_missing": _without_column("exposures", "loss_allowance_specific"),
    "column_unknown": _new_column("exposures", "region", "North", "North", "South", "South"),
    "heading_twice": _new_column("balance_sheet", "gross_carrying_amount"),
    "rows_hidden": _hidden("exposures", 4, 5),
    "cells_merged": _merged("exposures", "D5:D8", "Corporates"),
    # rules of the sheets
    "unit_blank": _cell("entity", 2, "unit", None),
    "version_older": _cell("entity", 2, "schema_version", 0),
    "g_sib_without_rate": _cell("entity", 2, "g_sib", True),
    "own_funds_disagree": _cell("own_funds", 7, "amount", 119000),
    "requirement_valid_twice": _added("requirements", 2, value=0.2, valid_from=date(2026, 7, 1)),
    "total_beside_its_lines": _added(
        "balance_sheet", 8, line_id="A-999", item="Total assets", gross_carrying_amount=2502100.5,
        lr_treatment="total_assets_unsplit",
    ),
    "rate_missing": _without_row("fx", 3),
    "bucket_on_the_balance_sheet": _cell("exposures", 5, "ccf_category", "other_commitment"),
    "bucket_missing": _cell("exposures", 6, "ccf_category", None),
    "rebutted_without_reason": _cell("connections", 3, "rebuttal_reason", None),
    "person_with_an_lei": _cells("counterparties", 7, lei=lei("FICTIONALSOUTH0006"), id_code=None, id_type=None),
    "class_does_not_reconcile": _cell("exposures", 2, "gross_carrying_amount", 110100),
    **_TRADING_FAULTS,
}  # fmt: skip
