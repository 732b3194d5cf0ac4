"""The report as one HTML page, from the Jinja2 templates: what WeasyPrint lays out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from reporting.problems import LISTED
from reporting.render.house_style import HouseStyle
from reporting.render.selection import PRINTED, anchors_of, contents_of, faults_of, footnotes_of, lineage_of, sums_of
from reporting.reports.model import Chart, Report

_CODES_OF_A_RUN = 12

# Characters that no font draws or that turn the text around them: shown as codes wherever they stand in the data.
_UNSEEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
_UNSEEN_RUN = re.compile(f"[{_UNSEEN}]+")


def report_html(report: Report, style: HouseStyle, charts: Mapping[str, str], missing: Sequence[int] = ()) -> str:
    """The whole report as HTML.

    charts   chart id -> SVG, as `draw_charts` gives them
    missing  code points that no font has; printed as codes, and named in the annex on data quality
    Raises jinja2.TemplateError for a template that is not there, asks for what is not, or leaves the sandbox.
    """
    template = style.environment.get_template(f"{report.name}/report.html.j2")
    lineage = lineage_of(report)
    page = template.render(
        report=report,
        charts={name: Markup(svg) for name, svg in charts.items()},  # noqa: S704  # drawn here, checked by draw_charts
        anchors=anchors_of(report),
        contents=contents_of(report),
        control_sums=sums_of(report.controls),
        faults=faults_of(report),
        footnotes=footnotes_of(report),
        lineage=lineage,
        lineage_anchors={entry.anchor for entry in lineage},
        listed=LISTED,
        missing=[code(point) for point in missing],
        printed=PRINTED,
    )
    return with_codes(page, missing)


def charts_of(report: Report) -> list[Chart]:
    """The charts of the report in the order in which they are printed."""
    return [block for section in report.sections for block in section.blocks if isinstance(block, Chart)]


def code(point: int) -> str:
    """U+5317."""
    return f"U+{point:04X}"


def with_codes(page: str, missing: Sequence[int]) -> str:
    """The page with characters that cannot be seen, and those in `missing`, replaced by their codes: [U+5317]."""
    page = _UNSEEN_RUN.sub(_codes, page)
    if not missing:
        return page
    return re.sub("[" + "".join(re.escape(chr(point)) for point in missing) + "]+", _codes, page)


def _codes(match: re.Match[str]) -> str:
    points = [code(ord(character)) for character in match[0][:_CODES_OF_A_RUN]]
    more = len(match[0]) - len(points)
    return f"[{' '.join(points)}{f' … {more} more' if more else ''}]"
