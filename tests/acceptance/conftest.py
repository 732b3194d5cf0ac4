"""The sample bank, run once for all acceptance tests: two quarters, the second beside the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.samples import SampleRuns, run_the_sample


@pytest.fixture(scope="session")
def sample(project: Path, tmp_path_factory: pytest.TempPathFactory) -> SampleRuns:
    """Run folders of the sample bank and the report they were written from."""
    return run_the_sample(project / "sample_inputs" / "northbank", tmp_path_factory.mktemp("sample"))
