"""The report as a tagged, archival PDF with its workbook and figures attached."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from weasyprint import HTML, Attachment, Document
from weasyprint.urls import FatalURLFetchingError

from reporting.intake.child_process import collector_paused
from reporting.render.charts import draw_charts, start_drawing
from reporting.render.house_style import ORIGIN, AssetRefused, Assets, HouseStyle, house_style
from reporting.render.html import charts_of, report_html
from reporting.render.pdf_objects import write_objects_once
from reporting.reports.model import Report

VARIANT = "pdf/a-3a"
VARIANTS = (VARIANT, "pdf/ua-1")


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
    variant      one of VARIANTS; a file can declare only one. Nothing here certifies the conformance.
    templates    folders that are looked up before the shipped templates
    Raises ChartRefused, AssetRefused and jinja2.TemplateError for templates that may not or cannot be drawn, and
    ValueError for another variant.
    """
    if variant not in VARIANTS:
        raise ValueError(f"variant is {variant}, must be one of {', '.join(VARIANTS)}")
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


def warm_up(name: str, templates: Sequence[Path] = ()) -> None:
    """Do what the first PDF of the report `name` in a process would wait for: style sheet, fonts, drawing engine.

    Half of it runs outside Python's lock, so a caller may run this in a thread while it reads its input, and joins the
    thread before it writes. A process that has done so must not fork: the engine's own thread stays behind.
    """
    start_drawing(house_style(name, tuple(folder.resolve() for folder in templates)).font_folders)


@collector_paused()  # all that is made on the way lives until the end; looking through it takes a tenth of the time
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
            written = bytes(document.write_pdf(attachments=files, pdf_variant=variant, finisher=write_objects_once))
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
