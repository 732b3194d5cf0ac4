"""The wheel, built from the sdist, works far from the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from reporting.version import VERSION

SAMPLE = Path("sample_inputs/northbank/2026-09-30/northbank.xlsx")


def run(*command: str | Path, cwd: Path) -> str:
    """Standard output of a command that must succeed; nothing of the checkout leads into it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    environment = inherited | {"HOME": str(cwd)}
    result = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the sdist of the checkout and the wheel made from that sdist, without network."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, project, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def environment(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commands of a virtual environment that holds the wheel and sees the locked packages, but not the checkout.

    A path in a .pth file is put on the search path, but the .pth files in it are not read: so the editable install
    of the checkout, which is one of them, stays out of sight.
    """
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    commands = folder / "venv" / "bin"
    wheel = next(built.glob("*.whl"))
    install = ("install", "--no-deps", "--no-index", "--disable-pip-version-check", wheel)
    run(sys.executable, "-m", "pip", "--python", commands / "python", *install, cwd=folder)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run(commands / "python", "-c", code, cwd=folder).strip())
    locked = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "locked.pth").write_text("\n".join(sorted(locked)) + "\n", encoding="utf-8")
    return commands


def test_sdist_holds_what_building_and_testing_need(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    parts = {name.partition("/")[0] for name in names}
    assert {"reporting", "schemas", "templates", "sample_inputs", "tests", ".ci"} <= parts
    assert {"pyproject.toml", "Makefile", "requirements.lock", "LICENSE", "README.md", "CHANGELOG.md"} <= parts
    assert not {name for name in names if "__pycache__" in name}


def test_wheel_holds_every_schema_template_and_parameter(project: Path, built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as archive:
        shipped = set(archive.namelist())
    moved = {"schemas": "reporting/_schemas", "templates": "reporting/_templates", "reporting": "reporting"}
    wanted = {
        f"{there}/{path.relative_to(project / here).as_posix()}"
        for here, there in moved.items()
        for path in (project / here).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted
    assert wanted - shipped == set()
    assert not {name for name in shipped if name.startswith(("tests/", "schemas/", "templates/", "sample_inputs/"))}


def test_installed_package_is_the_wheel_and_finds_its_own_folders(environment: Path, tmp_path: Path) -> None:
    code = (
        "import reporting, reporting.resources as r;"
        "print(reporting.__file__, r.schemas_folder(), r.templates_folder(), sep='\\n')"
    )
    package, schemas, templates = (
        Path(line) for line in run(environment / "python", "-c", code, cwd=tmp_path).splitlines()
    )
    assert package.is_relative_to(environment.parent)
    assert schemas == package.parent / "_schemas"
    assert templates == package.parent / "_templates"


@pytest.mark.slow
def test_installed_command_makes_the_report_from_another_folder(
    project: Path, environment: Path, tmp_path: Path
) -> None:
    assert run(environment / "reporting", "--version", cwd=tmp_path).split()[-1] == VERSION
    shutil.copy(project / SAMPLE, tmp_path / "submission.xlsx")
    run(environment / "reporting", "run", "submission.xlsx", "--report", "leverage", "--out", "made", cwd=tmp_path)
    (folder,) = (tmp_path / "made" / SAMPLE.parent.name).glob("*/v01")
    names = {path.name for path in folder.iterdir()}
    assert {"report.pdf", "report.xlsx", "figures.json", "problems.json", "manifest.json"} <= names
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert zipfile.is_zipfile(folder / "report.xlsx")
