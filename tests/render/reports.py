"""A small report made by hand: 5 balance-sheet lines, 6 exposures in three currencies, rates and own funds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from reporting.expressions import parse
from reporting.figures import Figure, Parameter, Unavailable
from reporting.intake.tables import Table
from reporting.origin import Cells, letters
from reporting.portfolio.derived import derive, load_derived
from reporting.portfolio.facts import FactSpec
from reporting.problems import Breach, Override, Problem, Rule, Severity
from reporting.reports.model import (
    Chart,
    Column,
    Control,
    Finding,
    Grid,
    Identification,
    KeyFigure,
    Line,
    LineageEntry,
    Lines,
    Live,
    Report,
    Section,
    Shown,
    Text,
)

FILE = "northbank.xlsx"
DATE = date(2026, 9, 30)
UNIT = 1000


def table(
    name: str, columns: Mapping[str, tuple[str, list[Any]]], money: tuple[str, ...] = (), first: int = 2
) -> Table:
    """A checked sheet: column -> (dtype, values), from column A on; the headings stand above row `first`."""
    count = len(next(iter(columns.values()))[1])
    index = pd.RangeIndex(first, first + count)
    frame = pd.DataFrame({c: pd.Series(v, index=index, dtype=t) for c, (t, v) in columns.items()}, index=index)
    at = {column: letters(place) for place, column in enumerate(columns)}
    counts = {"read": count, "blank": 1, "accepted": count, "rejected": 0}
    return Table(name, FILE, name.capitalize(), frame, at, counts, money)


def entity() -> Table:
    return table("entity", {
        "lei": ("str", ["529900T8BM49AURSDO55"]), "name": ("str", ["Northbank & Söhne AG"]),
        "reference_date": ("datetime64[s]", [pd.Timestamp(DATE)]), "currency": ("str", ["EUR"]),
        "unit": ("Int64", [UNIT]), "g_sib": ("boolean", [False]),
    })  # fmt: skip


def balance_sheet() -> Table:
    return table("balance_sheet", {
        "line_id": ("str", ["A-010", "A-020", "a-020", "000123", "123"]),
        "item": ("str", ["Cash", "Loans", "Bonds", "Goodwill", "Derivatives"]),
        "gross_carrying_amount": ("float64", [1200.5, 88_000.25, 4_321.1, 250.0, 75.0]),
        "loss_allowance_specific": ("float64", [0.0, 1_000.75, None, 0.0, 0.0]),
        "general_provision_deducted_from_tier1": ("float64", [None, 300.0, None, None, 0.0]),
        "amount_published": ("float64", [None, None, None, None, None]),
        "lr_treatment": ("str", ["ordinary", "ordinary", "eu_429a_p", "tier1_deducted", "derivative_asset"]),
    }, money=("gross_carrying_amount", "loss_allowance_specific"), first=5)  # fmt: skip


def exposures() -> Table:
    return table("exposures", {
        "exposure_id": ("str", ["E1", "E2", "E3", "E4", "E5", "E6"]),
        "gross_carrying_amount": ("float64", [500.0, 700.0, None, None, None, None]),
        "loss_allowance_specific": ("float64", [5.0, 0.0, 1.5, 0.0, 0.25, 2.0]),
        "currency": ("str", ["EUR", "USD", "USD", "EUR", "JPY", "EUR"]),
        "off_balance_sheet": ("boolean", [False, False, True, True, True, True]),
        "nominal": ("float64", [None, None, 1_000.0, 2_000.0, 90_000.0, 333.3]),
        "ccf_category": ("str", [None, None, "other_commitment", "other_commitment", "note_issuance_facility",
                                 "unconditionally_cancellable"]),
        "general_provision": ("float64", [None, None, 3.0, None, None, 1.0]),
        "maturity": ("datetime64[s]", [pd.Timestamp(2030, 1, 31), None, None, pd.Timestamp(1899, 5, 1), None, None]),
    }, money=("gross_carrying_amount", "nominal"))  # fmt: skip


def fx() -> Table:
    return table("fx", {
        "currency": ("str", ["USD", "USD", "JPY"]),
        "date": ("datetime64[s]", [pd.Timestamp(DATE), pd.Timestamp(2026, 6, 30), pd.Timestamp(DATE)]),
        "rate": ("float64", [0.87, 0.91, 0.0061]),
    })  # fmt: skip


def own_funds() -> Table:
    return table("own_funds", {
        "item": ("str", ["cet1_instruments", "retained_earnings", "deduction_goodwill", "additional_tier1"]),
        "amount": ("float64", [3_000.0, 1_500.5, 250.0, 400.0]),
    }, money=("amount",))  # fmt: skip


def requirements() -> Table:
    return table("requirements", {
        "item": ("str", ["p2r_lr", "p2r_lr", "p2r_lr"]),
        "value": ("float64", [0.5, 0.25, 9.0]),
        "valid_from": ("datetime64[s]", [pd.Timestamp(2025, 1, 1), pd.Timestamp(2026, 7, 1), pd.Timestamp(2027, 1, 1)]),
        "valid_to": ("datetime64[s]", [pd.Timestamp(2026, 6, 30), None, None]),
    })  # fmt: skip


def inputs() -> dict[str, Table]:
    tables = (entity(), own_funds(), requirements(), balance_sheet(), exposures(), fx())
    return {t.name: t for t in tables}


FACTORS = {
    "other_commitment": 40.0,
    "note_issuance_facility": 50.0,
    "unconditionally_cancellable": 10.0,
    "unused": 20.0,
}

FACTS = {
    spec.name: spec
    for spec in (
        FactSpec("lines", "balance_sheet", ("net_amount",),
                 {"lr_treatment": ("ordinary", "tier1_deducted", "eu_429a_*")}),
        FactSpec("excluded_lines", "balance_sheet", ("net_amount",), {"lr_treatment": ("eu_429a_*",)}),
        FactSpec("all_lines", "balance_sheet", ("net_amount",)),
        FactSpec("provisions", "balance_sheet", ("general_provision_amount",), {"lr_treatment": ("ordinary",)}),
        FactSpec("line_rows", "balance_sheet", ("net_amount",), shape="frame", key="line_id"),
        FactSpec("off_rows", "exposures", ("nominal_amount", "specific_provision_amount", "general_provision_amount"),
                 {"off_balance_sheet": (True,)}, shape="frame", key="ccf_category"),
        FactSpec("foreign", "exposures", ("nominal_amount",),
                 {"currency": ("USD", "JPY"), "ccf_category": ("other_commitment", "note_issuance_facility")}),
        FactSpec("numbered_line", "balance_sheet", ("net_amount",), {"line_id": ("000123",)}),
        FactSpec("cet1_parts", "own_funds", ("money_amount",), {"item": ("cet1_instruments", "retained_earnings")}),
        FactSpec("deductions", "own_funds", ("money_amount",), {"item": ("deduction_*",)}),
        FactSpec("additional_tier1", "own_funds", ("money_amount",), {"item": ("additional_tier1",)}, shape="one"),
        FactSpec("stated_tier1", "own_funds", ("money_amount",), {"item": ("tier1",)}, shape="one"),
        FactSpec("p2r", "requirements", ("value",), {"item": ("p2r_lr",)}, in_force=True, shape="one"),
        FactSpec("is_gsib", "entity", ("g_sib",), shape="one"),
        FactSpec("collateral", "collateral", ("amount",)),
    )
}  # fmt: skip

FIGURES = {
    "assets": "total(lines)",
    "all_assets": "total(all_lines)",
    "excluded": "-total(excluded_lines)",
    "provision": "-total(provisions)",
    "foreign_commitments": "total(foreign) + total(collateral)",
    "numbered": "total(numbered_line)",
    "off_balance_sheet": "total(by_bucket.exposure)",
    "tier1": "total(stated_tier1) if count(stated_tier1) > 0 "
    "else total(cet1_parts) - total(deductions) + additional_tier1",
    "exposure_measure": "assets + provision + off_balance_sheet + derivatives + excluded",
    "leverage_ratio": "tier1 / exposure_measure * 100",
    "requirement": "minimum + total(p2r) + (1 if is_gsib else 0)",
    "headroom": "tier1 - requirement * exposure_measure / 100",
    "quantile": "norm_cdf(-1.5) * max(1, 2) - min(abs(-3), sqrt(16)) / exp(0.5)",
}

TABLES = {
    "by_bucket": {
        "nominal": "total(off_rows.nominal_amount, by=ccf_category)",
        "factor": "factors[key]",
        "provisions": "total(off_rows.specific_provision_amount, by=ccf_category) * "
        "(factor / 100 if before_conversion else 1) + total(off_rows.general_provision_amount, by=ccf_category)",
        "exposure": "nominal * factor / 100 - provisions",
    },
    "by_line": {"amount": "total(line_rows.net_amount, by=line_id)"},
}


def live() -> Live:
    return Live(
        figures={name: parse(text) for name, text in {**FIGURES, "rests_on_missing": "missing + 1"}.items()},
        tables={name: {c: parse(text) for c, text in columns.items()} for name, columns in TABLES.items()},
        derived=load_derived(),
        facts=FACTS,
    )


def parameters() -> tuple[Parameter, ...]:
    def one(name: str, value: Any, unit: str) -> Parameter:
        return Parameter(
            name, name.capitalize(), value, unit, "CRR Art. 1", "eu", date(2021, 6, 28), DATE, name != "factors"
        )

    return (one("minimum", 3.0, "%"), one("factors", FACTORS, "%"), one("before_conversion", True, ""))


def frames(tables: Mapping[str, Table]) -> dict[str, pd.DataFrame]:
    """The sheets with their derived columns."""
    institution = {str(k): v for k, v in tables["entity"].frame.iloc[0].items()}
    derived = load_derived()
    return {n: derive(t.frame, derived.get(n, {}), institution, tables["fx"].frame) for n, t in tables.items()}


def selected(spec: FactSpec, tables: Mapping[str, Table]) -> Any:
    """What a fact selects, written without the code under test."""
    if spec.sheet not in tables:
        return None
    frame = frames(tables)[spec.sheet]
    for column, wanted in spec.where.items():
        begins = tuple(w[:-1] for w in wanted if isinstance(w, str) and w.endswith("*"))
        cells = frame[column].astype(object)
        frame = frame[[v in wanted or (isinstance(v, str) and bool(begins) and v.startswith(begins)) for v in cells]]
    if spec.in_force:
        day = pd.Timestamp(DATE)
        frame = frame[(frame["valid_from"] <= day) & (frame["valid_to"].isna() | (frame["valid_to"] >= day))]
    if spec.shape == "frame":
        return frame
    values = frame[spec.column]
    if spec.shape == "one":
        return None if values.empty else values.iloc[0]
    return values.to_numpy()


def evaluated(tables: Mapping[str, Table]) -> dict[str, Any]:
    """Every figure of the report: numbers and frames, by its expression in Python."""
    names: dict[str, Any] = {name: selected(spec, tables) for name, spec in FACTS.items()}
    names |= {p.name: p.value for p in parameters()}
    names["derivatives"] = 12_345.67
    for name, columns in TABLES.items():
        keys = list(FACTORS) if name == "by_bucket" else tables["balance_sheet"].frame["line_id"].tolist()
        values: dict[str, Any] = {}
        for column, text in columns.items():
            values[column] = parse(text).evaluate({**names, **values, "key": pd.Series(keys)})
        names[name] = pd.DataFrame(
            values, index=pd.Index(keys, name="ccf_category" if name == "by_bucket" else "line_id")
        )
    for name, text in FIGURES.items():
        names[name] = parse(text).evaluate(names)
    kept = ("derivatives", *TABLES, *FIGURES)
    return {name: names[name] for name in kept}


def figures(tables: Mapping[str, Table]) -> dict[str, Figure]:
    percent = ("leverage_ratio", "requirement")
    made = {
        name: Figure(
            name, name.replace("_", " ").capitalize(), value, "%" if name in percent else "money", "In words.", "LR2"
        )
        for name, value in evaluated(tables).items()
    }
    made["missing"] = Figure("missing", "Not there", Unavailable("no sheet sft"), "money", "In words.", "LR2")
    made["rests_on_missing"] = Figure("rests_on_missing", "Rests", 1.5, "money", "In words.", "LR2")
    made["met"] = Figure("met", "Met", True, "", "In words.", "LR2")
    return made


def printed(value: float, form: str) -> str:
    text = f"{abs(value) / UNIT:,.1f}" if form == "money" else f"{abs(value):,.2f}"
    return f"({text})" if value < 0 else text


def shown(figure: Figure, form: Any = "money") -> Shown:
    if not figure.available:
        return Shown("n/a", None, form, figure.name, footnotes=(1,))
    return Shown(printed(figure.number, form), figure.number, form, figure.name)


def grid(figure: Figure, labels: Mapping[str, str]) -> Grid:
    columns = [Column("ccf_category", "Bucket", "text"), Column("nominal", "Nominal", "money", "EUR thousand")]
    columns += [Column("factor", "Factor", "percent", "%"), Column("exposure", "Exposure", "money", "EUR thousand")]
    rows = []
    for key, values in figure.table.head(3).iterrows():
        cells = [Shown(labels.get(str(key), str(key)), str(key), "text", figure.name, str(key), "ccf_category")]
        for column in columns[1:]:
            number = float(values[column.name])
            cells.append(
                Shown(printed(number, column.format), number, column.format, figure.name, str(key), column.name)
            )
        rows.append(tuple(cells))
    total = figure.table["exposure"].sum()
    last = (
        Shown("Total"),
        Shown(""),
        Shown(""),
        Shown(printed(total, "money"), total, "money", figure.name, "", "exposure"),
    )
    return Grid(
        "buckets",
        "Buckets",
        "By bucket.",
        tuple(columns),
        tuple(rows),
        last,
        figure.name,
        4,
        "3 of 4 rows are printed.",
    )


def line(row: str, figure: Figure, form: Any = "money", before: float | None = None) -> Line:
    previous = None if before is None else Shown(printed(before, form), before, form, figure.name)
    change = None if before is None else Shown("", figure.number - before, form, figure.name)
    return Line(row, figure.label, shown(figure, form), previous, change, figure.reference, row == "24")


def report(**changes: Any) -> Report:
    """The report; `changes` replace its parts."""
    tables = changes.pop("inputs", None) or inputs()
    made = changes.pop("figures", None) or figures(tables)
    composition = {
        "data": {"values": [
            {"label": "Assets", "value": made["assets"].number / UNIT, "text": "a", "figure": "assets"},
            {"label": "Provisions", "value": made["provision"].number / UNIT, "text": "b", "figure": "provision"},
            {"label": "Other", "value": 3.5, "text": "c"},
        ]},
        "transform": [{"calculate": "datum.value < 0 ? 'deducted' : 'added'", "as": "sign"}],
        "encoding": {"y": {"field": "label", "type": "nominal"}},
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"x": {"field": "value", "type": "quantitative"},
                                                   "color": {"field": "sign", "type": "nominal"}}},
            {"mark": "rule", "encoding": {"x": {"datum": 0}}},
        ],
    }  # fmt: skip
    lines = Lines("lr2", "Template LR2", "Rows of template LR2.", "EUR thousand", (
        Line("", "On-balance sheet", Shown(""), None, None, "", heading=True),
        line("1", made["assets"], before=100_000.0),
        line("24", made["exposure_measure"], before=2_000_000.0),
        line("25", made["leverage_ratio"], "percent"),
        line("13", made["missing"]),
    ))  # fmt: skip
    sections = (
        Section("lr2", "Template: LR2 [common disclosure] / rows 1 to 27", (lines, Text("A paragraph."))),
        Section("composition", "Composition", (
            Chart(
                "c", "Composition of the exposure measure", "Mostly assets.", "Source: northbank", composition,
                "EUR thousand",
            ),
            Chart("n", "Network", "Banks.", "", {"data": {"values": [{"a": 1}]}, "mark": "point"}),
            grid(made["by_bucket"], {"other_commitment": "Other commitments"}),
        )),
    )  # fmt: skip
    base: dict[str, Any] = {
        "name": "leverage", "title": "Leverage ratio report", "subtitle": "Northbank",
        "identification": Identification(
            "Northbank & Söhne AG", "529900T8BM49AURSDO55", "NA", DATE, "consolidated", "ifrs", "eu", "EUR",
            "EUR thousand", "Confidential", "Draft", "0.1.0", "abc", "def", "run-1", date(2026, 6, 30),
        ),
        "key_figures": (
            KeyFigure("Leverage ratio", shown(made["leverage_ratio"], "percent"),
                      Shown("4.00", 4.0, "percent", "leverage_ratio"),
                      Shown("0.1", 0.1, "percent", "leverage_ratio"), shown(made["requirement"], "percent"),
                      shown(made["headroom"]), "met", "Met"),
            KeyFigure("Missing", shown(made["missing"]), None, None, None, None, "not available", "n/a"),
        ),
        "findings": (Finding("The requirement is met.", "met"),),
        "sections": sections,
        "footnotes": ("Not available: no sheet sft.",),
        "overrides": (Override("EXP-003", "Confirmed by the front office", "A. Person", "Exposures!F17"),),
        "breaches": breaches(),
        "controls": (Control("exposures", FILE, 6, 1, 6, 0,
                             (("nominal", "EUR", 2_333.3), ("nominal", "JPY", 90_000.0))),
                     Control("own_funds", FILE, 4, 0, 4, 0, (("amount", "", 5_150.5),))),
        "parameters": parameters(),
        "lineage": lineage(made),
        "figures": made, "inputs": tables, "live": live(),
    }  # fmt: skip
    return Report(**{**base, **changes})


def breaches() -> tuple[Breach, ...]:
    rule = Rule("EXP-003", Severity.WARNING, "must be 0 or more", "Enter 0", "LEV30.1", True)
    where = Cells(FILE, "Exposures", "B", ((3, 3),), "gross_carrying_amount")
    problem = Problem(rule, where, "gross_carrying_amount is -1", Override("EXP-003", "Confirmed", "A. Person"))
    return (Breach(rule, 1_234, (problem, Problem(rule, Cells("other.csv", "", "B", ((3, 3),)), "x is -1"))),)


def lineage(made: Mapping[str, Figure]) -> tuple[LineageEntry, ...]:
    def entry(name: str, *inputs: tuple[str, str]) -> LineageEntry:
        figure = made[name]
        value = (
            Shown("table", None, "text", name)
            if name in TABLES
            else shown(figure)
            if name != "met"
            else Shown("yes", True)
        )
        return LineageEntry(
            f"figure-{name}", name, figure.label, value, "EUR", figure.formula, figure.reference, inputs
        )

    cells = f"gross_carrying_amount: {Cells(FILE, 'Balance_sheet', 'C', ((6, 8),))} (amounts)"
    return (
        entry("leverage_ratio", ("Tier 1", "figure-tier1"), ("Exposure measure", "figure-exposure_measure")),
        entry("tier1", (f"amount: {Cells(FILE, 'Own_funds', 'B', ((2, 5),))} (amounts)", "")),
        entry("exposure_measure", ("Assets", "figure-assets")),
        entry("assets", (cells, ""), ("Minimum: 3 %", "")),
        entry("by_bucket", (f"nominal: {Cells(FILE, 'Exposures', 'F', ((4, 4), (6, 7)))}", "")),
        entry("missing"),
        entry("met"),
    )
