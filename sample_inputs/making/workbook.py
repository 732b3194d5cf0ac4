"""Writes a submission as a workbook that looks kept by a finance department, with the same bytes in every run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any  # XlsxWriter has no types

import xlsxwriter

Row = dict[str, Any]
Rows = list[Row]
Worksheet = Any

# Sheet -> columns in the order of the workbook. Optional columns that no row uses are left out.
COLUMNS: Mapping[str, str] = {
    "entity": (
        "lei name kind reference_date currency unit country scope accounting_standard jurisdiction g_sib schema_version"
    ),
    "own_funds": "item amount linked_asset_line note",
    "requirements": "item value valid_from valid_to decision",
    "balance_sheet": (
        "line_id item gross_carrying_amount loss_allowance_specific general_provision_deducted_from_tier1 "
        "lr_treatment exposure_class note"
    ),
    "counterparties": (
        "counterparty_id lei id_code id_type name natural_person sector country institution g_sib qccp shadow_banking "
        "sovereign_controlled credit_quality_step rating fund_id"
    ),
    "connections": "client_id related_id relation share criterion rebutted rebuttal_reason valid_from valid_to",
    "exposures": (
        "exposure_id counterparty_id instrument exposure_class asset_id quantity gross_carrying_amount "
        "loss_allowance_specific currency off_balance_sheet nominal ccf_category general_provision exempt_amount "
        "exemption_reference issue_id seniority position_sign book maturity pd elgd"
    ),
    "protection": "exposure_id kind provider_id amount currency maturity eligible",
    "netting_sets": (
        "netting_set_id margin_agreement_id counterparty_id currency margined one_way_for_counterparty threshold "
        "minimum_transfer_amount nica variation_margin variation_margin_cash_eligible remargining_days "
        "client_clearing disputes illiquid enforceable qccp client_cleared ccp_leg_exempt"
    ),
    "derivatives": (
        "trade_id netting_set_id margin_agreement_id asset_class sub_class hedging_set reference_entity direction "
        "notional notional_currency second_notional second_notional_currency underlying_units underlying_price "
        "underlying_price_currency market_value currency start end maturity exercise option_type option_side "
        "option_price option_strike digital_payoff tranche_attach tranche_detach nth basket_size special "
        "special_pair notional_schedule settlement premium_paid credit_seniority fv_change_in_tier1 "
        "matched_purchase_id"
    ),
    "collateral": (
        "collateral_id netting_set_id margin_agreement_id direction im_vm type issuer_id issuer_credit_quality_step "
        "residual_maturity_years currency value segregated"
    ),
    "sft": (
        "sft_id counterparty_id role kind cash_leg securities_leg currency netting_agreement_id "
        "netting_conditions_met settlement_date"
    ),
    "sft_daily": "date gross_sft_assets netted_cash",
    "funding": "funding_id creditor_id amount currency maturity rank runnable_share secured",
    "fx": "currency date rate",
}
_MONEY = frozenset(
    {
        "amount",
        "gross_carrying_amount",
        "loss_allowance_specific",
        "general_provision_deducted_from_tier1",
        "nominal",
        "general_provision",
        "exempt_amount",
        "notional",
        "second_notional",
        "market_value",
        "digital_payoff",
        "fv_change_in_tier1",
        "threshold",
        "minimum_transfer_amount",
        "nica",
        "variation_margin",
        "variation_margin_cash_eligible",
        "cash_leg",
        "securities_leg",
        "gross_sft_assets",
        "netted_cash",
    }
)
_NUMBER_FORMATS = {
    **dict.fromkeys(_MONEY, "#,##0.000"),
    "rate": "0.0000",
    "share": "0.0%",
    "pd": "0.00%",
    "elgd": "0%",
    "runnable_share": "0%",
    "quantity": "#,##0",
}
_WIDTHS = {
    "name": 40,
    "item": 58,
    "note": 56,
    "decision": 50,
    "criterion": 42,
    "rebuttal_reason": 56,
    "exemption_reference": 26,
    "lei": 25,
    "lr_treatment": 18,
    "exposure_class": 32,
    "sector": 30,
    "ccf_category": 30,
    "instrument": 18,
    "id_type": 18,
}
_AMOUNT_WIDTH, _LEAST_WIDTH = 17, 12
_TRUTH = '"TRUE";"TRUE";"FALSE"'  # Excel needs no format for a truth value; LibreOffice shows 1 and 0 without one
_CREATED = datetime(2026, 1, 1)
_FONT = {"font_name": "Calibri", "font_size": 10, "valign": "top"}


@dataclass
class Sheet:
    """A sheet before it is written.

    columns   headings, in order
    rows      heading -> value; a heading that a row lacks is an empty cell
    name      as the tab shows it
    finish    what is done to the worksheet after its cells are written
    """

    name: str
    columns: list[str]
    rows: Rows
    finish: list[Callable[[Worksheet], object]] = field(default_factory=list)


@dataclass(frozen=True)
class Formula:
    """A formula and the value that is stored beside it ("" for none)."""

    text: str
    stored: str | float


def sheets(submission: Mapping[str, Rows]) -> dict[str, Sheet]:
    """The sheets of a submission by name, in the usual order."""
    return {
        name: Sheet(name, columns.split(), submission[name]) for name, columns in COLUMNS.items() if name in submission
    }


def write(path: Path, contents: Sequence[Sheet], *, adorned: bool = True) -> None:
    """Write the sheets. Text stays text whatever it looks like, and dates are cells of type date.

    adorned   with styled headings, widths and filters; without them a small workbook stays small
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The date of creation is fixed, as are the dates inside the archive: same values, same bytes.
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:
        book.set_properties({"title": "Fictional submission", "created": _CREATED})
        formats = _Formats(book, adorned=adorned)
        for sheet in contents:
            worksheet = book.add_worksheet(sheet.name)
            _write_cells(worksheet, sheet, formats)
            if adorned:
                _adorn(worksheet, sheet, formats)
            for finish in sheet.finish:
                finish(worksheet)


class _Formats:
    """Formats of a workbook, made once each."""

    def __init__(self, book: Any, *, adorned: bool) -> None:
        self._book = book
        self._made: dict[Any, Any] = {}
        self._base: dict[str, Any] = dict(_FONT) if adorned else {}

    def of(self, **properties: object) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**self._base, **properties})
        return self._made[key]

    def text(self) -> Any:
        return self.of(align="left", indent=1) if self._base else self.of()

    def truth(self) -> Any:
        return self.of(num_format=_TRUTH, align="center") if self._base else self.of()

    def heading(self) -> Any:
        look = {
            "bold": True,
            "font_color": "#FFFFFF",
            "bg_color": "#1F3A5F",
            "valign": "vcenter",
            "align": "left",
            "indent": 1,
        }
        return self.of(**look, bottom=1, right=1, right_color="#FFFFFF") if self._base else self.of(bold=True)


def _write_cells(worksheet: Worksheet, sheet: Sheet, formats: _Formats) -> None:
    for position, column in enumerate(sheet.columns):
        worksheet.write_string(0, position, column, formats.heading())
        for number, row in enumerate(sheet.rows, 1):
            _write_cell(worksheet, number, position, row.get(column), column, formats)


def _write_cell(worksheet: Worksheet, row: int, position: int, value: object, column: str, formats: _Formats) -> None:
    number_format = formats.of(num_format=_NUMBER_FORMATS.get(column, "General"))
    if isinstance(value, bool):
        worksheet.write_boolean(row, position, value, formats.truth())
    elif isinstance(value, datetime):
        worksheet.write_datetime(row, position, value, formats.of(num_format="yyyy-mm-dd hh:mm"))
    elif isinstance(value, date):
        worksheet.write_datetime(row, position, value, formats.of(num_format="yyyy-mm-dd", align="right"))
    elif isinstance(value, int | float):
        worksheet.write_number(row, position, value, number_format)
    elif isinstance(value, Formula):
        worksheet.write_formula(row, position, value.text, number_format, value.stored)
    elif value is not None:
        worksheet.write_string(row, position, str(value), formats.text())


def _adorn(worksheet: Worksheet, sheet: Sheet, formats: _Formats) -> None:
    worksheet.freeze_panes(1, 1)
    worksheet.set_row(0, 22)
    worksheet.set_default_row(14)
    worksheet.hide_gridlines(2)
    worksheet.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.columns) - 1)
    worksheet.ignore_errors({"number_stored_as_text": "A1:Z5000"})
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(0)
    worksheet.set_footer("&L&F&C&A&R&P / &N")
    for position, column in enumerate(sheet.columns):
        usual = _AMOUNT_WIDTH if column in _MONEY else _WIDTHS.get(column, _LEAST_WIDTH)
        worksheet.set_column(position, position, max(usual, len(column) + 4), formats.text())
