"""The template folders: what may be read from them, and what is read once a process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from weasyprint import CSS
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from reporting.origin import runs
from reporting.render import widths, wording
from reporting.reports.formats import in_words, long_date, short_date
from reporting.resources import templates_folder

ORIGIN = "https://templates.invalid/"  # a host that cannot exist: addresses of assets, never of the network

_MEDIA = {
    ".css": "text/css",
    ".otf": "font/otf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}


class AssetRefused(ValueError):
    """A template asked for something that is not an asset of the template folders."""


class Assets(URLFetcher):  # type: ignore[misc]  # weasyprint has no types
    """Serves style sheets, fonts and pictures of the template folders, and refuses every other address."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        super().__init__(allowed_protocols=(), fail_on_errors=True)
        self._folders = folders
        self.refused: list[str] = []

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:  # noqa: ARG002  # weasyprint's signature
        """The asset at `url`; raises AssetRefused for anything else.

        The refusals are kept too, since WeasyPrint swallows every exception that is raised while it draws an SVG.
        """
        try:
            return self._asset(url)
        except AssetRefused as refusal:
            self.refused.append(str(refusal))
            raise

    def _asset(self, url: str) -> URLFetcherResponse:
        if not url.startswith(ORIGIN):
            raise AssetRefused(f"{url[:200]} is not an asset of the template folders")
        name = unquote(urlsplit(url).path).lstrip("/")
        media = _MEDIA.get(PurePosixPath(name).suffix)
        if media is None:
            raise AssetRefused(f"{name} is no style sheet, font or picture")
        return URLFetcherResponse(url, find(self._folders, name).read_bytes(), {"Content-Type": media})


@dataclass(frozen=True)
class HouseStyle:
    """Everything that is the same for every report of a kind.

    Style sheets and fonts are parsed once: 80 ms that a second report in the same process does not pay.
    """

    folders: tuple[Path, ...]
    environment: ImmutableSandboxedEnvironment
    fonts: FontConfiguration
    stylesheets: tuple[CSS, ...]
    theme: dict[str, Any]
    font_folders: tuple[Path, ...]


@lru_cache(maxsize=4)
def house_style(name: str, folders: tuple[Path, ...]) -> HouseStyle:
    """The style of the report `name`; `folders` (absolute) are looked up before the templates that are shipped.

    Each file is taken from the first folder that has it: `_base/print.css`, then `<name>/print.css` where there is one.
    """
    search = (*folders, templates_folder())
    assets = Assets(search)
    fonts = FontConfiguration()
    sheets = [f"{part}/print.css" for part in ("_base", name) if _exists(search, f"{part}/print.css")]
    try:
        stylesheets = tuple(CSS(url=ORIGIN + sheet, url_fetcher=assets, font_config=fonts) for sheet in sheets)
    except FatalURLFetchingError as error:
        raise AssetRefused(str(error.__cause__ or error)) from error
    theme = json.loads(find(search, "_base/vega-theme.json").read_text(encoding="utf-8"))
    font_folders = tuple(folder / "_base" / "fonts" for folder in search if (folder / "_base" / "fonts").is_dir())
    return HouseStyle(search, _environment(search), fonts, stylesheets, theme, font_folders)


def find(folders: tuple[Path, ...], name: str) -> Path:
    """The file `name` in the first folder that has it. Raises AssetRefused if none has, or if it lies outside."""
    for folder in folders:
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    raise AssetRefused(f"{name} is in no template folder")


def _exists(folders: tuple[Path, ...], name: str) -> bool:
    return any((folder / name).is_file() for folder in folders)


def _environment(search: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([str(folder) for folder in search]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["left_formats"] = widths.LEFT_FORMATS
    environment.filters.update(
        categories=wording.categories,
        compared=widths.is_compared,
        grid_widths=widths.grid_widths,
        iso=lambda day: day.isoformat(),
        in_words=in_words,
        kept_together=wording.kept_together,
        key_figure_widths=widths.key_figure_widths,
        kind=lambda block: type(block).__name__,
        limited=widths.is_limited,
        line_widths=widths.line_widths,
        long_date=long_date,
        number_runs=runs,
        plain=wording.plain,
        short_date=short_date,
        short_digest=wording.short_digest,
        shorten=wording.shorten,
        with_unit=wording.with_unit,
    )
    return environment
