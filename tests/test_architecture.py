"""The shape of the project: who imports whom, what the package root loads, what may lie in the repository."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import reporting

LARGEST = 1_000_000  # bytes of a file in the repository

# --- who imports whom ------------------------------------------------------------------------------------------------


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_stages_import_one_way_only(project: Path) -> None:
    result = lint_imports(project)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "wrong"),
    [
        ("origin", "reporting.problems"),
        ("problems", "reporting.rulebook"),
        ("rulebook/__init__", "reporting.measures"),
        ("portfolio/__init__", "reporting.render"),
        ("reports/__init__", "reporting.render"),
    ],
)
def test_contract_refuses_an_import_to_the_right(project: Path, tmp_path: Path, module: str, wrong: str) -> None:
    copy_of_package(project, tmp_path)
    path = tmp_path / "reporting" / f"{module}.py"
    path.write_text(f"{path.read_text(encoding='utf-8')}\nimport {wrong}\n", encoding="utf-8")
    result = lint_imports(tmp_path)
    importer = f"reporting.{module.removesuffix('/__init__')}"
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{importer} is not allowed to import {wrong}" in result.stdout


def test_contract_refuses_a_stage_that_it_does_not_name(project: Path, tmp_path: Path) -> None:
    copy_of_package(project, tmp_path)
    (tmp_path / "reporting" / "utils.py").write_text('"""Odds and ends."""\n', encoding="utf-8")
    result = lint_imports(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "utils" in result.stdout


def copy_of_package(project: Path, to: Path) -> None:
    shutil.copytree(project / "reporting", to / "reporting", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(project / "pyproject.toml", to)


def names_taken_from_the_root(source: str) -> set[str]:
    """Names that a module imports from `reporting` itself."""
    froms = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    return {alias.name for node in froms if node.module == "reporting" for alias in node.names}


def test_no_stage_takes_a_public_name_from_the_package_root(project: Path) -> None:
    for path in (project / "reporting").rglob("*.py"):
        taken = names_taken_from_the_root(path.read_text(encoding="utf-8")) & set(reporting.__all__)
        assert not taken, f"{path.name}: import {', '.join(taken)} from the module that defines it"


def test_a_public_name_taken_from_the_root_would_be_seen() -> None:
    assert names_taken_from_the_root("def f():\n    from reporting import __version__, assess\n") == {
        "__version__",
        "assess",
    }


# --- what the package root loads -------------------------------------------------------------------------------------


def third_party_modules_after(statement: str) -> set[str]:
    """Top-level modules outside the standard library that a fresh interpreter holds after the statement."""
    code = (
        f"import sys; before = set(sys.modules); {statement}; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_importing_the_package_loads_no_library() -> None:
    assert third_party_modules_after("import reporting, reporting.resources") == {"reporting"}


def test_a_loaded_library_would_be_seen() -> None:
    assert {"numpy", "pandas"} <= third_party_modules_after("import reporting.figures")


def test_every_public_name_can_be_had() -> None:
    for name in reporting.__all__:
        assert getattr(reporting, name) is not None
        assert name in dir(reporting)


def test_public_names_are_the_same_for_readers_and_for_type_checkers(project: Path) -> None:
    tree = ast.parse((project / "reporting" / "__init__.py").read_text(encoding="utf-8"))
    for_checkers = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        (alias.name, node.module)
        for node in for_checkers.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == set(reporting._HOMES.items())
    assert sorted(reporting._HOMES) == sorted(reporting.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'reporting' has no attribute 'asess'"):
        reporting.asess  # noqa: B018 - the access is the test


# --- what may lie in the repository ----------------------------------------------------------------------------------

# Brackets around a letter, so that this file does not name what it forbids.
INDEX = re.compile(r"p[y]pi[.]|python[h]osted|/[s]imple\b|--(?:extra-)?[i]ndex-url|--[f]ind-links|[t]rusted-host")
MACHINE_PATH = re.compile(r"(?<![\w.~$}/-])/(?:work|root|home|tmp|Users)/\w")


def repository_files(project: Path) -> list[Path]:
    """Files that git tracks, or would if asked to add everything."""
    if not (project / ".git").exists() or shutil.which("git") is None:
        pytest.skip("no git checkout: the files of the repository are unknown")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout
    return [project / name for name in listed.split("\0") if name and (project / name).is_file()]


def texts(project: Path) -> Iterator[tuple[str, str]]:
    """Relative path and content of every text file."""
    for path in repository_files(project):
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(project).as_posix(), content.decode("utf-8", errors="replace")


def found(pattern: re.Pattern[str], content: str) -> list[str]:
    return [match.group() for match in pattern.finditer(content)]


def test_no_file_names_a_package_index(project: Path) -> None:
    naming = {path: hits for path, content in texts(project) if (hits := found(INDEX, content))}
    assert naming == {}


def test_no_file_names_a_place_on_one_machine(project: Path) -> None:
    naming = {path: hits for path, content in texts(project) if (hits := found(MACHINE_PATH, content))}
    assert naming == {}


@pytest.mark.parametrize("parts", [("https://py", "pi.org"), ("files.python", "hosted.org"), ("--index", "-url x")])
def test_a_package_index_would_be_found(parts: tuple[str, str]) -> None:
    assert found(INDEX, "".join(parts))


@pytest.mark.parametrize("folder", ["work", "tmp", "home", "Users"])
def test_a_place_on_one_machine_would_be_found(folder: str) -> None:
    assert found(MACHINE_PATH, f'open("/{folder}/x.csv")')
    assert not found(MACHINE_PATH, f'open("data/{folder}/x.csv")')


def test_no_file_is_large(project: Path) -> None:
    sizes = {str(path.relative_to(project)): path.stat().st_size for path in repository_files(project)}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}


# --- the lock file ---------------------------------------------------------------------------------------------------


def pins(lock: str) -> dict[str, tuple[Requirement, int]]:
    """Requirement and number of hashes of each entry, by name."""
    entries = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", lock)).splitlines()
    parsed = [(Requirement(entry.partition("--hash")[0]), entry.count("--hash=sha256:")) for entry in entries]
    return {canonicalize_name(requirement.name): (requirement, hashes) for requirement, hashes in parsed}


def test_every_locked_package_has_one_version_and_its_hashes(project: Path) -> None:
    locked = pins((project / "requirements.lock").read_text(encoding="utf-8"))
    assert len(locked) > 50
    for requirement, hashes in locked.values():
        assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), requirement
        assert hashes > 0, requirement


def test_a_pin_without_hash_would_be_seen() -> None:
    assert pins("one==1 \\\n    --hash=sha256:00\n    # via two\ntwo==2\n")["two"][1] == 0


def test_lock_satisfies_what_the_project_asks_for(project: Path) -> None:
    locked = pins((project / "requirements.lock").read_text(encoding="utf-8"))
    asked = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in (*asked["dependencies"], *asked["optional-dependencies"]["dev"]):
        wanted = Requirement(line)
        pin = next(iter(locked[canonicalize_name(wanted.name)][0].specifier))
        assert wanted.specifier.contains(pin.version), f"{line}: the lock has {pin.version}; run make lock"
