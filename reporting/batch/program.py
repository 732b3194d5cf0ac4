"""What the program is: its own files and the libraries whose versions can change an output."""

from __future__ import annotations

import hashlib
import platform
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from reporting.resources import schemas_folder, templates_folder

_LIBRARIES = (
    "jinja2",
    "numpy",
    "pandas",
    "pandera",
    "pyarrow",
    "python-calamine",
    "vl-convert-python",
    "weasyprint",
    "xlsxwriter",
)


@lru_cache
def program_digest() -> str:
    """SHA-256 over code, parameters, schemas and templates; the same from a checkout and from a wheel."""
    package = Path(__file__).parent.parent
    roots = {"reporting": package, "schemas": schemas_folder(), "templates": templates_folder()}
    content = hashlib.sha256()
    for name, root in roots.items():
        for path in sorted(p for p in root.rglob("*") if p.is_file()):
            place = path.relative_to(root)
            if path.suffix == ".pyc" or (name == "reporting" and place.parts[0] in ("_schemas", "_templates")):
                continue
            content.update(f"{name}/{place.as_posix()}\0".encode() + path.read_bytes() + b"\n")
    return content.hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries, and the platform."""
    found = {library: version(library) for library in _LIBRARIES}
    return {"python": platform.python_version(), "platform": f"{platform.system()} {platform.machine()}", **found}
