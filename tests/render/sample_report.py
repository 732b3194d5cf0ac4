"""A leverage report of a fictional bank, made by hand, for tests of the renderers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from reporting.figures import Parameter
from reporting.origin import Cells
from reporting.problems import Breach, Override, Problem, Rule, Severity
from reporting.reports.charts import fill_chart, load_chart
from reporting.reports.model import (
    Block,
    Chart,
    Column,
    Control,
    Finding,
    Format,
    Grid,
    Identification,
    KeyFigure,
    Line,
    LineageEntry,
    Lines,
    Report,
    Section,
    Shown,
    Text,
)
from reporting.resources import templates_folder

REFERENCE_DATE = date(2026, 9, 30)
PREVIOUS_DATE = date(2026, 6, 30)

_PROVISIONS = 1
_SCOPE_NOTE = 2
_RATE = 3

# row, label, current and previous amount in EUR thousand, reference, total, footnotes
_LR2: tuple[tuple[str, str, float | None, float | None, str, bool, tuple[int, ...]], ...] = (
    ("", "On-balance-sheet exposures", None, None, "", False, ()),
    ("1", "On-balance-sheet items (excluding derivatives and SFTs, but including collateral)", 47911204, 46804332,
     "LEV30.8, CRR Art. 429(5)(a)", False, (_SCOPE_NOTE,)),
    ("2", "Gross-up for derivatives collateral provided where deducted from balance sheet assets", 0, 0,
     "LEV30.24", False, ()),
    ("3", "Deductions of receivable assets for cash variation margin provided in derivatives transactions", 0, 0,
     "LEV30.27", False, ()),
    ("4", "Adjustment for securities received under SFTs that are recognised as an asset", 0, 0, "LEV30.37", False, ()),
    ("5", "Specific and general provisions that have reduced Tier 1 capital", -186340, -171902, "LEV30.9", False,
     (_PROVISIONS,)),
    ("6", "Asset amounts deducted in determining Tier 1 capital", -213418, -219577, "LEV30.3", False, ()),
    ("7", "Total on-balance-sheet exposures", 47511446, 46412853, "", True, ()),
    ("", "Derivative exposures", None, None, "", False, ()),
    ("13", "Total derivative exposures", 0, 0, "LEV30.13", True, ()),
    ("", "Securities financing transaction exposures", None, None, "", False, ()),
    ("18", "Total securities financing transaction exposures", 0, 0, "LEV30.36", True, ()),
    ("", "Other off-balance-sheet exposures", None, None, "", False, ()),
    ("19", "Off-balance-sheet exposure at gross notional amount", 17407905, 16980114, "LEV30.45", False, (_RATE,)),
    ("20", "Adjustments for conversion to credit equivalent amounts", -13196448, -12911870, "LEV30.46", False, ()),
    ("21", "Specific and general provisions deducted in determining Tier 1 capital", -1204, -1180, "LEV30.47", False,
     ()),
    ("22", "Off-balance-sheet items", 4210253, 4067064, "", True, ()),
    ("", "Capital and total exposures", None, None, "", False, ()),
    ("23", "Tier 1 capital", 2519007, 2533408, "CRR Art. 25", False, ()),
    ("24", "Total exposures (sum of rows 7, 13, 18 and 22)", 51721699, 50479917, "CRR Art. 429(4)", True, ()),
)  # fmt: skip

_RATIOS: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("25", "Leverage ratio (including the impact of any temporary exemption of central bank reserves)", "4.87",
     "5.02", "(0.15)", "CRR Art. 429(2)"),
    ("25a", "Leverage ratio (excluding the impact of any temporary exemption of central bank reserves)", "4.87",
     "5.02", "(0.15)", "CRR Art. 429(2)"),
    ("26", "National minimum leverage ratio requirement", "3.00", "3.00", "0.00", "CRR Art. 92(1)(d)"),
)  # fmt: skip

_TREATMENTS = (
    ("Loans and advances to customers", 31204876, 30557120, 5),
    ("Debt securities held to maturity", 6120455, 6098111, 5),
    ("Cash and balances with central banks", 5481067, 5104300, 3),
    ("Loans and advances to banks", 2867129, 2811904, 4),
    ("Financial assets at fair value through other comprehensive income", 1420331, 1428002, 5),
    ("Property, equipment and right-of-use assets", 388214, 391007, 5),
    ("Deferred tax assets relying on future profitability", 201556, 202770, 2),
    ("Intangible assets", 213418, 219577, 1),
    ("Other assets", 14158, 11118, 3),
)

_BUCKETS = (
    ("Unconditionally cancellable commitments", 10, 9120402, 912040),
    ("Trade letters of credit and similar", 20, 2110340, 422068),
    ("Commitments, other", 40, 3999801, 1599920),
    ("Note issuance facilities, performance guarantees", 50, 1800667, 900334),
    ("Direct credit substitutes", 100, 376695, 376695),
)


def sample_report(
    *, previous: bool = True, problems: int = 5, footnotes: int = 3, available: bool = True, name: str = "Northbank AG"
) -> Report:
    """The report of `name`.

    previous   False leaves out the earlier date everywhere
    problems   number of faults in the data, spread over rules
    footnotes  number of footnotes; those beyond the third hang on the off-balance-sheet items
    available  False makes every amount n/a, as for a bank whose balance sheet is unsplit
    """
    report = Report(
        name="leverage",
        title="Leverage report",
        subtitle="Leverage ratio, its parts and its headroom, from the data filed by the institution",
        identification=_identification(name, previous),
        key_figures=_key_figures(previous),
        findings=_findings(),
        sections=_sections(previous, tuple(range(4, footnotes + 1))),
        footnotes=_footnotes(footnotes),
        overrides=(_OVERRIDE,) if problems else (),
        breaches=_breaches(problems),
        controls=_controls(),
        parameters=_parameters(),
        lineage=_lineage(),
    )
    return report if available else _without_figures(report)


def _identification(name: str, previous: bool) -> Identification:
    return Identification(
        institution=name,
        lei="529900T8BM49AURSDO55",
        country="DE",
        reference_date=REFERENCE_DATE,
        scope="consolidated",
        accounting_standard="IFRS",
        jurisdiction="EU (CRR)",
        currency="EUR",
        money_unit="EUR thousand",
        classification="Confidential",
        state="Draft",
        toolkit_version="0.1.0",
        rulebook_digest="9f2c41a7be0d5533c1ee7720aa4ad0a1b2a6c8f0a9d3e4b5c6d7e8f9a0b1c2d3",
        input_digest="44b7d10f6c2e9a83715b5e0c9d8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f",
        run_id="0d3f6a91c57e42b8a6e4c2f1907b5d3e8a1c4f6b2d9e0a7c5b8f3e6d1a4c7b9e",
        previous_date=PREVIOUS_DATE if previous else None,
    )


def money(thousands: float, figure: str = "", key: str = "", footnotes: tuple[int, ...] = ()) -> Shown:
    """An amount in EUR thousand as the report prints it."""
    text = f"{abs(thousands):,.0f}"
    return Shown(
        f"({text})" if thousands < 0 else text, thousands * 1000.0, "money", figure, key, "amount" if key else "",
        footnotes,
    )  # fmt: skip


def percent(text: str, figure: str = "") -> Shown:
    """A percentage as the report prints it: the unit stands in the header or is set by the page."""
    number = float(text.strip("()"))
    return Shown(text, -number if text.startswith("(") else number, "percent", figure)


def _key_figures(previous: bool) -> tuple[KeyFigure, ...]:
    def key(
        label: str, now: Shown, before: Shown, change: Shown, limit: Shown | None, room: Shown | None, *, status: Any
    ) -> KeyFigure:
        words = {"met": "Met", "amber": "Amber", "breached": "Breached", "none": "No limit"}
        earlier, difference = (before, change) if previous else (None, None)
        return KeyFigure(label, now, earlier, difference, limit, room, status, words[status])

    return (
        key("Leverage ratio", percent("4.87", "leverage_ratio"), percent("5.02"), percent("(0.15)"),
            percent("3.00"), percent("1.87"), status="met"),
        key("Leverage ratio with buffers and guidance", percent("4.87", "leverage_ratio"), percent("5.02"),
            percent("(0.15)"), percent("4.75"), percent("0.12"), status="amber"),
        key("Tier 1 capital", money(2519007, "tier1_capital"), money(2533408), money(-14401), money(1551651),
            money(967356), status="met"),
        key("Exposure measure", money(51721699, "exposure_measure", footnotes=(_SCOPE_NOTE,)), money(50479917),
            money(1241782), money(83966900), money(32245201), status="met"),
        key("Common Equity Tier 1 by total assets", percent("4.51", "simple_leverage"), percent("4.66"),
            percent("(0.15)"), None, None, status="none"),
        key("Off-balance-sheet items after conversion",
            money(4210253, "off_balance_sheet_exposure", footnotes=(_RATE,)), money(4067064), money(143189),
            None, None, status="none"),
        key("Largest single bucket of commitments", money(1599920, "off_balance_sheet_by_bucket"), money(1544023),
            money(55897), money(1500000), money(-99920), status="breached"),
    )  # fmt: skip


def _findings() -> tuple[Finding, ...]:
    return (
        Finding("The leverage ratio is 4.87 %, 1.87 percentage points above the requirement of 3.00 %.", "met"),
        Finding(
            "It fell by 0.15 percentage points since 30 June 2026: the exposure measure grew by 2.5 %, Tier 1 capital "
            "shrank by 0.6 %.",
            "none",
        ),
        Finding(
            "With the buffers and the guidance for the institution the headroom is 0.12 percentage points.", "amber"
        ),
        Finding("Other commitments exceed the institution's own limit of EUR 1,500,000 thousand.", "breached"),
    )


def _sections(previous: bool, more_notes: tuple[int, ...]) -> tuple[Section, ...]:
    return (
        Section("leverage-ratio", "Leverage ratio", _ratio_blocks(previous)),
        Section("balance-sheet", "On-balance-sheet items", (_treatments(previous),)),
        Section("off-balance-sheet", "Off-balance-sheet items", _off_balance_sheet_blocks(more_notes)),
        Section("own-funds", "Own funds", (_own_funds(),)),
    )


def _ratio_blocks(previous: bool) -> tuple[Text | Lines | Chart, ...]:
    lines = tuple(_line(*row, previous=previous) for row in _LR2)
    ratios = tuple(
        Line(row, label, percent(now, "leverage_ratio" if row != "26" else "minimum_leverage_ratio"),
             percent(before) if previous else None, percent(change) if previous else None, reference)
        for row, label, now, before, change, reference in _RATIOS
    )  # fmt: skip
    charts = (_composition(), _ratio_chart()) if previous else (_composition(),)
    return (
        Text(
            "The leverage ratio divides Tier 1 capital by the exposure measure. The rows are those of template LR2 of "
            "the Basel framework; the institution holds neither derivatives nor securities financing transactions."
        ),
        Lines("lr2", "Leverage ratio common disclosure (LR2)", "Exposures by source", "EUR thousand",
              lines + ratios),
        *charts,
    )  # fmt: skip


def _line(
    row: str, label: str, now: float | None, before: float | None, reference: str, total: bool,
    notes: tuple[int, ...], *, previous: bool,
) -> Line:  # fmt: skip
    if now is None or before is None:
        return Line(row, label, Shown(""), None, None, reference, heading=True)
    current = money(now, f"lr2_{row}", footnotes=notes)
    return Line(
        row, label, current, money(before) if previous else None, money(now - before) if previous else None, reference,
        total,
    )  # fmt: skip


def _chart(name: str, title: str, alternative: str, rows: Sequence[dict[str, object]]) -> Chart:
    spec = fill_chart(load_chart(templates_folder() / "leverage" / "charts" / f"{name}.vl.json"), rows)
    return Chart(name, title, alternative, "Source: data filed by the institution; own calculation.", spec)


def _composition() -> Chart:
    parts = (
        ("On-balance-sheet items", 47724864),
        ("Derivatives", 0),
        ("Securities financing transactions", 0),
        ("Off-balance-sheet items", 4210253),
        ("Deducted from Tier 1 capital", -213418),
    )
    return _chart(
        "composition",
        "Parts of the exposure measure, EUR thousand",
        "On-balance-sheet items make up 92 % of the exposure measure, off-balance-sheet items 8 %.",
        [{"label": label, "value": amount, "text": money(amount).text} for label, amount in parts],
    )


def _ratio_chart() -> Chart:
    rows = (("30 September 2026", 4.87, "4.87 %"), ("30 June 2026", 5.02, "5.02 %"))
    return _chart(
        "ratio",
        "Leverage ratio against the requirement, %",
        "The leverage ratio fell from 5.02 % to 4.87 % and stays above the requirement of 3.00 % on both dates.",
        [
            {"label": label, "value": value, "text": text, "requirement": 3.0, "requirement_text": "3.00 %"}
            for label, value, text in rows
        ],
    )


def _columns(*columns: tuple[str, Format, str]) -> tuple[Column, ...]:
    return tuple(Column(label.lower(), label, form, unit) for label, form, unit in columns)


def _treatments(previous: bool) -> Grid:
    unit = "EUR thousand"
    dates: list[tuple[str, Format, str]] = [("30 Sep 2026", "money", unit)]
    if previous:
        dates += [("30 Jun 2026", "money", unit), ("Change", "money", unit)]
    figure = "balance_sheet_by_treatment"
    rows = []
    for label, now, before, lines in _TREATMENTS:
        amounts = [money(now, figure, label), money(before), money(now - before)]
        rows.append((Shown(label), Shown(str(lines), lines, "count"), *amounts[: len(dates)]))
    sums = [sum(row[1] for row in _TREATMENTS), sum(row[2] for row in _TREATMENTS)]
    total = [money(sums[0]), money(sums[1]), money(sums[0] - sums[1])]
    return Grid(
        "treatments",
        "Balance sheet by treatment in the exposure measure",
        "Carrying amounts after provisions",
        _columns(("Treatment", "text", ""), ("Balance sheet lines", "count", ""), *dates),
        tuple(rows),
        (Shown("Total assets"), Shown("33", 33, "count"), *total[: len(dates)]),
        figure,
        len(rows),
    )


def _off_balance_sheet_blocks(notes: tuple[int, ...]) -> tuple[Text | Grid | Chart, ...]:
    figure = "off_balance_sheet_by_bucket"
    rows = tuple(
        (Shown(label), Shown(f"{factor}.00", float(factor), "percent"),
         money(nominal, figure, label, notes if not n else ()), money(nominal * 0.0004, figure, label),
         money(exposure, figure, label))
        for n, (label, factor, nominal, exposure) in enumerate(_BUCKETS)
    )  # fmt: skip
    total = (Shown("Total"), Shown(""), money(17407905), money(6963), money(4211057))
    grid = Grid(
        "buckets",
        "Off-balance-sheet items by bucket",
        "Nominal amount times conversion factor, after provisions",
        _columns(("Bucket", "text", ""), ("Factor", "percent", "%"), ("Nominal amount", "money", "EUR thousand"),
                 ("Provisions", "money", "EUR thousand"), ("Exposure", "money", "EUR thousand")),
        rows,
        total,
        figure,
        61,
        "Buckets are those of the filed conversion category.",
    )  # fmt: skip
    chart = _chart(
        "conversion",
        "Off-balance-sheet items before and after conversion, EUR thousand",
        "Unconditionally cancellable commitments are the largest bucket before conversion, other commitments after it.",
        [
            {"label": f"{label.split(',')[0]}", "kind": kind, "value": amount, "text": money(amount).text}
            for label, _, nominal, exposure in _BUCKETS
            for kind, amount in (("Nominal amount", nominal), ("Exposure after conversion", exposure))
        ],
    )
    return (
        Text("Each item counts with the conversion factor of its bucket; the factors stand in annex B."),
        grid,
        chart,
    )


def _own_funds() -> Grid:
    rows = (
        ("Paid-up capital instruments and share premium", 1204000),
        ("Retained earnings and other reserves", 1419425),
        ("Goodwill and other intangible assets", -213418),
        ("Deferred tax assets relying on future profitability", -76000),
        ("Common Equity Tier 1", 2334007),
        ("Additional Tier 1", 185000),
    )
    return Grid(
        "own-funds",
        "Tier 1 capital",
        "As filed",
        _columns(("Item", "text", ""), ("30 Sep 2026", "money", "EUR thousand")),
        tuple((Shown(label), money(amount, "own_funds", label)) for label, amount in rows),
        (Shown("Tier 1 capital"), money(2519007, "tier1_capital")),
        "own_funds",
        len(rows),
    )


def _footnotes(count: int) -> tuple[str, ...]:
    texts = [
        "Provisions are filed without a split by stage; northbank.xlsx!balance_sheet!H17:H21 [BAL-014].",
        "Includes 3 lines in USD, converted at the rate of 30 September 2026.",
        "The rate EUR/CHF is 4 days older than the reference date; northbank.xlsx!fx!C6 [FX-003].",
    ]
    texts += [
        f"Line {n} of the off-balance-sheet items has no maturity; northbank.xlsx!exposures!K{n} [EXP-021]."
        for n in range(4, count + 1)
    ]
    return tuple(texts[:count])


_OVERRIDE = Override("EXP-012", "Confirmed with the branch by telephone on 12 October 2026", "A. Weber",
                     "northbank.xlsx!exposures!M114")  # fmt: skip

RULES = (
    Rule("EXP-003", Severity.ERROR, "must be 0 or more", "Correct the sign at the source.", "CRR Art. 111", True),
    Rule("EXP-012", Severity.ERROR, "must be a counterparty of the sheet counterparties",
         "Add the counterparty, or correct its code.", "inputs", True),
    Rule("CTP-004", Severity.WARNING, "must be an LEI with valid check digits", "Look the LEI up.", "ISO 17442"),
    Rule("FX-003", Severity.WARNING, "must be no older than 3 days", "File the rate of the reference date.", "inputs"),
    Rule("BAL-014", Severity.NOTE, "should be split by stage", "File the provisions by stage.", "IFRS 9"),
)  # fmt: skip


def _breaches(count: int) -> tuple[Breach, ...]:
    breaches = []
    for n, rule in enumerate(RULES):
        share = count // len(RULES) + (n < count % len(RULES))
        problems = tuple(
            Problem(rule, Cells("northbank.xlsx", "exposures", "F", ((row, row),)), f"amount is -{row * 100}",
                    _OVERRIDE if rule.code == "EXP-012" else None)
            for row in range(17, 17 + min(share, 200))
        )  # fmt: skip
        if share:
            breaches.append(Breach(rule, share, problems))
    return tuple(breaches)


def _controls() -> tuple[Control, ...]:
    sums = (("amount", "CHF", 812405117.25), ("amount", "EUR", 41870221904.5), ("amount", "USD", -1204880.0))
    return (
        Control("entity", "northbank.xlsx", 1, 0, 1, 0),
        Control("own_funds", "northbank.xlsx", 6, 0, 6, 0, (("amount", "EUR", 2519007000.0),)),
        Control("balance_sheet", "northbank.xlsx", 42, 2, 42, 0, (("carrying_amount", "EUR", 47911204000.0),)),
        Control("counterparties", "northbank.xlsx", 300, 0, 300, 0),
        Control("exposures", "northbank.xlsx", 2000, 4, 1999, 1, sums),
        Control("fx", "northbank.xlsx", 5, 0, 5, 0),
    )


def _parameters() -> tuple[Parameter, ...]:
    factors = {
        "unconditionally cancellable": 10.0,
        "20 %": 20.0,
        "other commitments": 40.0,
        "50 %": 50.0,
        "100 %": 100.0,
    }
    law = date(2021, 6, 28)
    checked = date(2026, 3, 31)
    return (
        Parameter("minimum_leverage_ratio", "Minimum leverage ratio", 3.0, "%", "CRR Art. 92(1)(d)", "eu", law, checked,
                  True),
        Parameter("conversion_factors", "Credit conversion factors", factors, "%", "CRR Art. 429f, Art. 111(2)", "eu",
                  date(2025, 1, 1), checked, False),
        Parameter("g_sii_buffer_share", "Share of the G-SII buffer that applies to the leverage ratio", 50.0, "%",
                  "CRR Art. 92(1a)", "eu", date(2023, 1, 1), checked, True),
        Parameter("central_bank_exemption", "Temporary exemption of central bank reserves in force", False, "",
                  "CRR Art. 429a(1)(n)", "eu", date(2022, 4, 1), checked, False),
    )  # fmt: skip


def _lineage() -> tuple[LineageEntry, ...]:
    def entry(
        name: str, label: str, value: Shown, formula: str, reference: str, *inputs: tuple[str, str]
    ) -> LineageEntry:
        return LineageEntry(
            name.replace("_", "-"), name, label, value, "", formula, reference, tuple(inputs)
        )  # fmt: skip

    rows = [
        entry(f"lr2_{row}", f"Row {row}: {label}", money(now), "Sum of the filed amounts with this treatment",
              reference, (f"northbank.xlsx!balance_sheet!F{n + 3}:F{n + 9} (carrying_amount)", ""),
              (f"northbank.xlsx!balance_sheet!D{n + 3}:D{n + 9} (treatment, selects rows)", ""),
              ("northbank.xlsx!fx!C2:C6 (rate, converts)", ""))
        for n, (row, label, now, _, reference, _, _) in enumerate(_LR2)
        if now is not None
    ]  # fmt: skip
    return (
        entry("leverage_ratio", "Leverage ratio", percent("4.87"), "Tier 1 capital divided by the exposure measure",
              "CRR Art. 429(2)", ("Tier 1 capital: 2,519,007", "tier1-capital"),
              ("Exposure measure: 51,721,699", "exposure-measure")),
        entry("tier1_capital", "Tier 1 capital", money(2519007), "Common Equity Tier 1 plus Additional Tier 1",
              "CRR Art. 25", ("northbank.xlsx!own_funds!C2:C7 (amount)", "")),
        entry("exposure_measure", "Exposure measure", money(51721699), "Sum of rows 7, 13, 18 and 22",
              "CRR Art. 429(4)", *((f"Row {row}", f"lr2-{row}") for row in ("7", "13", "18", "22"))),
        entry("simple_leverage", "Common Equity Tier 1 by total assets", percent("4.51"),
              "Common Equity Tier 1 divided by total assets", "", ("northbank.xlsx!own_funds!C2:C6 (amount)", "")),
        entry("off_balance_sheet_exposure", "Off-balance-sheet items after conversion", money(4210253),
              "Sum of nominal amounts times conversion factors, less provisions", "CRR Art. 429f",
              ("Off-balance-sheet items by bucket", "off-balance-sheet-by-bucket")),
        entry("off_balance_sheet_by_bucket", "Off-balance-sheet items by bucket", Shown(""),
              "Nominal amount times conversion factor by bucket", "CRR Art. 429f, Art. 111(2)",
              ("northbank.xlsx!exposures!F2:F2001 (amount)", ""), ("Parameter: Credit conversion factors", "")),
        entry("balance_sheet_by_treatment", "Balance sheet by treatment", Shown(""), "Carrying amounts by treatment",
              "CRR Art. 429(5)", ("northbank.xlsx!balance_sheet!F2:F43 (carrying_amount)", "")),
        entry("own_funds", "Own funds by item", Shown(""), "As filed", "CRR Art. 25",
              ("northbank.xlsx!own_funds!C2:C7 (amount)", "")),
        *rows,
    )  # fmt: skip


def _without_figures(report: Report) -> Report:
    """The same report where no figure is available; its charts are left out, as there is nothing to draw."""
    gone = Shown("n/a", None, "money", footnotes=(1,))
    reason = "Not available: the balance sheet holds only an unsplit total; northbank.xlsx!balance_sheet!D2 [BAL-020]."
    keys = tuple(
        KeyFigure(k.label, replace(gone, figure=k.current.figure), None, None, k.limit, gone, "not available", "n/a")
        for k in report.key_figures
    )
    return replace(
        report,
        identification=replace(report.identification, previous_date=None),
        key_figures=keys,
        findings=(Finding("The leverage ratio is not available.", "not available"),),
        sections=tuple(_section_without_figures(section, gone) for section in report.sections),
        footnotes=(reason,),
    )


def _section_without_figures(section: Section, gone: Shown) -> Section:
    blocks: list[Block] = []
    for block in section.blocks:
        if isinstance(block, Lines):
            lines = tuple(
                line if line.heading else replace(line, current=gone, previous=None, change=None)
                for line in block.lines
            )
            blocks.append(replace(block, lines=lines))
        elif isinstance(block, Grid):
            rows = tuple((row[0], *(gone for _ in row[1:])) for row in (*block.rows, block.total))
            blocks.append(replace(block, rows=rows[:-1], total=rows[-1]))
        elif isinstance(block, Text):
            blocks.append(block)
    return replace(section, blocks=tuple(blocks))
