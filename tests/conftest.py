"""What all tests share: repeatable randomness, one thread for linear algebra, goldens that are rewritten on request."""

from __future__ import annotations

import os

# Before numpy is imported anywhere: the number of threads changes the last bits of a matrix product.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

CheckGolden = Callable[[str, str], None]

_ROOT = Path(__file__).resolve().parent.parent

# The same cases in every run, so that a red build is red again at a desk; times on a shared machine prove nothing.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --update-goldens` rewrites the expected texts; review their diff like code."""
    parser.addoption("--update-goldens", action="store_true", help="rewrite the files under tests/golden/")


def pytest_collection_finish() -> None:
    """What is imported by now stays: looking through it for garbage again and again took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_sessionfinish() -> None:
    """What is garbage by now goes while the libraries that it belongs to are still there: its end is quiet then."""
    gc.unfreeze()
    gc.collect()


@pytest.fixture(scope="session")
def project() -> Path:
    """Folder of the checkout."""
    return _ROOT


@pytest.fixture(scope="session")
def check_golden(request: pytest.FixtureRequest) -> CheckGolden:
    """`check_golden("leverage/report.txt", text)` compares text with that file under tests/golden/."""
    update = bool(request.config.getoption("--update-goldens"))

    def check(name: str, text: str) -> None:
        path = _ROOT / "tests" / "golden" / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.is_file(), f"no golden {name}: run pytest --update-goldens and review it"
        assert text == path.read_text(encoding="utf-8")

    return check
