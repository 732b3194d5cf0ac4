"""The libraries' own parts of a run: the same content, with nothing of this project around the calls."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
import vl_convert
import xlsxwriter
from pandera.pandas import DataFrameSchema
from python_calamine import CalamineWorkbook
from weasyprint import HTML, Attachment

from reporting.intake.checks import compile_schema
from reporting.measures import assess
from reporting.portfolio import load_portfolio
from reporting.render.charts import draw_charts
from reporting.render.house_style import ORIGIN, Assets, HouseStyle, house_style
from reporting.render.html import charts_of, report_html
from reporting.render.json import figures_json, problems_json
from reporting.render.pdf import VARIANT
from reporting.render.xlsx import xlsx_bytes
from reporting.reports import Report, build_report
from reporting.rulebook import load_rulebook
from tests.benchmarks.clock import Task
from tests.benchmarks.recording import Recording

RUN_ID = "0" * 64


@dataclass(frozen=True)
class Content:
    """What a run of a submission hands to the libraries."""

    path: Path
    frames: tuple[tuple[DataFrameSchema, pd.DataFrame], ...]
    workbook: Recording
    page: str
    style: HouseStyle
    attached: Mapping[str, bytes]
    moment: datetime
    charts: tuple[str, ...]
    json: tuple[Any, ...]


def content_of(path: Path) -> Content:
    """Run a submission once and keep what each library was given."""
    portfolio = load_portfolio(path)
    rulebook = load_rulebook(portfolio.entity.jurisdiction, portfolio.entity.reference_date)
    report = build_report("leverage", portfolio, assess(portfolio, rulebook), rulebook, run_id=RUN_ID)
    recording = Recording()
    with patch.object(xlsxwriter, "Workbook", recording.workbook):
        workbook = xlsx_bytes(report)
    figures = figures_json(report)
    style = house_style(report.name, ())
    return Content(
        path=path,
        frames=tuple((compile_schema(name).pandera, table.frame) for name, table in portfolio.tables.items()),
        workbook=recording,
        page=_page(report, style),
        style=style,
        attached={"report.xlsx": workbook, "figures.json": figures},
        moment=datetime.combine(portfolio.entity.reference_date, time()),
        charts=tuple(json.dumps(dict(chart.spec)) for chart in charts_of(report)),
        json=(json.loads(figures), json.loads(problems_json(report.breaches))),
    )


def _page(report: Report, style: HouseStyle) -> str:
    return report_html(report, style, draw_charts(charts_of(report), style.theme, style.font_folders))


def parts(content: Content) -> Mapping[str, Task]:
    """One task for each library. XlsxWriter is not among them: `Recording.replay` takes its own time."""
    return {
        "calamine": lambda: read(content.path),
        "pandera": lambda: [schema.validate(frame, lazy=True) for schema, frame in content.frames],
        "weasyprint": lambda: printed(content),
        "vl-convert": lambda: [_drawn(spec, content.style) for spec in content.charts],
        "json": lambda: [json.dumps(one, ensure_ascii=False, indent=1).encode() for one in content.json],
    }


def read(path: Path) -> list[list[list[Any]]]:
    """All sheets as calamine reads them."""
    workbook = CalamineWorkbook.from_path(path)
    return [workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names]


def printed(content: Content) -> bytes:
    """The page as PDF, with the same attachments."""
    html = HTML(string=content.page, base_url=ORIGIN, url_fetcher=Assets(content.style.folders))
    style = content.style
    document = html.render(font_config=style.fonts, stylesheets=list(style.stylesheets), pdf_variant=VARIANT)
    when = content.moment
    files = [
        Attachment(string=data, name=name, description="", created=when, modified=when, relationship="Source")
        for name, data in content.attached.items()
    ]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"unclosed file .*sRGB2014\.icc", ResourceWarning)  # WeasyPrint's own
        return bytes(document.write_pdf(attachments=files, pdf_variant=VARIANT))


def _drawn(spec: str, style: HouseStyle) -> str:
    return str(vl_convert.vegalite_to_svg(spec, config=dict(style.theme), allowed_base_urls=[]))
