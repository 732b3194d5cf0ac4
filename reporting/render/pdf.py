"""The report as a tagged, archival PDF with its workbook and figures attached."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from weasyprint import HTML, Attachment, Document
from weasyprint.urls import FatalURLFetchingError

from reporting.render.charts import draw_charts
from reporting.render.house_style import ORIGIN, AssetRefused, Assets, HouseStyle, house_style
from reporting.render.html import charts_of, report_html
from reporting.reports.model import Report

VARIANT = "pdf/a-3a"


@dataclass(frozen=True)
class Attached:
    """A file inside the PDF, such as the workbook that the report was made with."""

    name: str
    content: bytes
    description: str = ""


def write_pdf(
    report: Report,
    path: Path,
    attachments: Sequence[Attached] = (),
    variant: str = VARIANT,
    templates: Sequence[Path] = (),
) -> None:
    """Write the report to `path`; see `pdf_bytes`."""
    path.write_bytes(pdf_bytes(report, attachments, variant, templates))


def pdf_bytes(
    report: Report,
    attachments: Sequence[Attached] = (),
    variant: str = VARIANT,
    templates: Sequence[Path] = (),
) -> bytes:
    """The report as PDF: the same input gives the same bytes on one machine.

    attachments  files to carry along, with relationship Source; dated like everything else by the reference date
    variant      "pdf/a-3a" or "pdf/ua-1"; a file can declare one. Nothing here certifies the conformance.
    templates    folders that are looked up before the shipped templates
    Raises ChartRefused, AssetRefused and jinja2.TemplateError for templates that may not or cannot be drawn.
    """
    style = house_style(report.name, tuple(folder.resolve() for folder in templates))
    charts = draw_charts(charts_of(report), style.theme, style.font_folders)
    missing: tuple[int, ...] = ()
    while True:
        page = report_html(report, style, charts, missing)
        document, written = _printed(page, style, attachments, report.identification.reference_date, variant)
        # Only drawing tells which characters no font of this machine has. PDF/A forbids the empty box, and nobody
        # could read it: such characters are printed as codes in a second round. The set only grows, so this ends.
        found = tuple(sorted({*missing, *(point for font in document.fonts.values() for point in font.missing)}))
        if found == missing:
            return written
        missing = found


def _printed(
    page: str, style: HouseStyle, attachments: Sequence[Attached], day: date, variant: str
) -> tuple[Document, bytes]:
    assets = Assets(style.folders)
    html = HTML(string=page, base_url=ORIGIN, url_fetcher=assets)
    files = [_attachment(file, day) for file in attachments]
    try:
        document = html.render(font_config=style.fonts, stylesheets=list(style.stylesheets), pdf_variant=variant)
        with warnings.catch_warnings():
            # WeasyPrint 70.0 opens its colour profile and leaves the closing to the garbage collector.
            warnings.filterwarnings("ignore", r"unclosed file .*sRGB2014\.icc", ResourceWarning)
            written = bytes(document.write_pdf(attachments=files, pdf_variant=variant))
    except FatalURLFetchingError as error:
        raise AssetRefused(str(error.__cause__ or error)) from error
    if assets.refused:
        raise AssetRefused("; ".join(assets.refused))
    return document, written


def _attachment(file: Attached, day: date) -> Attachment:
    moment = datetime.combine(day, time())
    return Attachment(
        string=file.content,
        name=file.name,
        description=file.description,
        created=moment,
        modified=moment,
        relationship="Source",
    )
