"""Where the schemas and templates lie: inside an installed package, or beside it in the checkout."""

from __future__ import annotations

from pathlib import Path

_PROJECT = "reporting"
_PACKAGE = Path(__file__).resolve().parent


def schemas_folder() -> Path:
    """Folder of the sheet schemas, one YAML file per sheet. Raises FileNotFoundError as `find_folder` does."""
    return find_folder("schemas", _PACKAGE)


def templates_folder() -> Path:
    """Folder of the report templates, one folder per report. Raises FileNotFoundError as `find_folder` does."""
    return find_folder("templates", _PACKAGE)


def find_folder(name: str, package: Path) -> Path:
    """Absolute path of a folder that this project ships.

    name     "schemas" or "templates"
    package  folder of the package: a wheel carries `_<name>` in it, a checkout has `<name>` beside it

    The folder beside the package counts only where a `pyproject.toml` there names this project: what lies beside an
    installed package belongs to others. Raises FileNotFoundError, with both places, where there is neither.
    """
    packaged = package / f"_{name}"
    if packaged.is_dir():
        return packaged
    beside = package.parent / name
    if beside.is_dir() and _names_this_project(package.parent / "pyproject.toml"):
        return beside
    raise FileNotFoundError(
        f"no folder of {name}: neither {packaged} nor, beside a pyproject.toml of {_PROJECT}, {beside}; "
        f"install {_PROJECT} again"
    )


def _names_this_project(pyproject: Path) -> bool:
    import tomllib

    try:
        content = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False  # another project's broken file is not ours either
    project = content.get("project")
    return isinstance(project, dict) and project.get("name") == _PROJECT
