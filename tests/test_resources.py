"""Where schemas and templates are found, and whose folders are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporting.resources import find_folder, schemas_folder, templates_folder

OURS = '[project]\nname = "reporting"\n'


def checkout(place: Path, pyproject: str | None) -> Path:
    """A package folder with `templates` beside it; returns the package folder."""
    package = place / "reporting"
    package.mkdir(parents=True)
    (place / "templates").mkdir()
    if pyproject is not None:
        (place / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    return package


def test_checkout_gives_its_own_schemas_and_templates(project: Path) -> None:
    assert schemas_folder() == project / "schemas"
    assert templates_folder() == project / "templates"


def test_packaged_folder_comes_before_the_one_beside(tmp_path: Path) -> None:
    package = checkout(tmp_path, OURS)
    (package / "_templates").mkdir()
    assert find_folder("templates", package) == package / "_templates"


def test_folder_beside_the_package_counts_beside_our_pyproject(tmp_path: Path) -> None:
    package = checkout(tmp_path, OURS)
    assert find_folder("templates", package) == tmp_path / "templates"


@pytest.mark.parametrize(
    "pyproject",
    [
        pytest.param(None, id="no pyproject"),
        pytest.param('[project]\nname = "another"\n', id="another project"),
        pytest.param('[tool.x]\nname = "reporting"\n', id="the name in another table"),
        pytest.param('project = "reporting"\n', id="project is no table"),
        pytest.param('[project\nname = "reporting"\n', id="not TOML"),
    ],
)
def test_templates_of_another_project_next_door_are_refused(tmp_path: Path, pyproject: str | None) -> None:
    package = checkout(tmp_path, pyproject)
    with pytest.raises(FileNotFoundError, match="no folder of templates"):
        find_folder("templates", package)


def test_missing_folder_names_both_places(tmp_path: Path) -> None:
    package = checkout(tmp_path, OURS)
    with pytest.raises(FileNotFoundError) as raised:
        find_folder("schemas", package)
    assert str(package / "_schemas") in str(raised.value)
    assert str(tmp_path / "schemas") in str(raised.value)
