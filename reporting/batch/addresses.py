"""Paths and URLs: a path is one of this machine; `s3://bucket/in/*.xlsx` goes through fsspec."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from reporting.problems import ConfigurationFault
from reporting.spelling import did_you_mean

_URL = re.compile(r"[a-z][a-z0-9+.-]+(::[a-z][a-z0-9+.-]+)*://", re.IGNORECASE)  # of two letters or more: C:/ is a path


def is_url(text: str) -> bool:
    """Whether this is a URL of a store; `file://` is a path of this machine."""
    return bool(_URL.match(text)) and not text.lower().startswith("file://")


def local_path(text: str) -> Path:
    """The path that a text or a `file://` URL means."""
    return Path(unquote(urlsplit(text).path)) if text.lower().startswith("file://") else Path(text)


def store_of(url: str) -> tuple[Any, str]:
    """The file system of a URL and the path on it.

    ConfigurationFault where the kind is not known, or the package for it is not installed.
    """
    import fsspec

    protocol = url.partition("://")[0]
    try:
        return fsspec.core.url_to_fs(url)  # type: ignore[no-any-return]
    except ValueError as error:
        hint = did_you_mean(protocol, fsspec.available_protocols())
        raise ConfigurationFault(
            f"{protocol}:// in {url} is not a kind of store that is known{hint} ({error})"
        ) from None
    except ImportError as error:
        raise ConfigurationFault(f"{protocol}:// in {url} needs a package that is not installed: {error}") from None


def beside(base: Path, text: str) -> str:
    """A path of a batch file, which counts from the folder of that file; a URL as it is."""
    return text if is_url(text) else str(base / local_path(text))
