"""Which cells hold one of some values, as the library says it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from reporting.intake.membership import among


@pytest.mark.parametrize("rows", [0, 1, 7, 500])
@pytest.mark.parametrize("dtype", ["str", "object"])
@pytest.mark.parametrize("values", [[], ["EUR"], ["EUR", "X", ""], [f"C{n}" for n in range(300)]])
def test_cells_are_found_as_the_library_finds_them(rows: int, dtype: str, values: list[str]) -> None:
    draw = np.random.default_rng(rows)
    drawn = draw.choice(np.array(["EUR", "C7", "x", "", None], dtype=object), rows)
    cells = pd.Series(drawn, dtype=dtype)
    assert among(cells, values).tolist() == cells.isin(values).tolist()
    assert not among(cells, values)[cells.isna().to_numpy()].any()
