"""Systems whose equity is zero, negative or next to nothing are reported on like any other: nothing is a fault."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reporting.batch import Options, SystemOptions, run_unit
from reporting.cli import main
from tests.portfolio.small_systems import write_network

EDGES = (("A", "B", 100.0, ""), ("B", "A", 50.0, ""))
TOTALS: Mapping[str, tuple[float, float]] = {"negative": (-100, 30), "zero": (0, 0), "offset": (100, -100)}


def figures_in(out: Path) -> Mapping[str, Any]:
    """The figures of the only run below `out`, by name."""
    (path,) = out.rglob("figures.json")
    return {figure["name"]: figure for figure in json.loads(path.read_bytes())["figures"]}


def write_system(folder: Path, equity: Sequence[float], edges: Sequence[Sequence[Any]] = EDGES) -> Path:
    """Nodes A, B ... whose balance sheets hold together, with this equity."""
    folder.mkdir()
    return write_network(folder, {name: {"equity": own} for name, own in zip("ABCDE", equity, strict=False)}, edges)


@pytest.mark.parametrize("total", TOTALS)
def test_a_system_whose_equity_is_not_above_zero_in_all_has_every_output(tmp_path: Path, total: str) -> None:
    folder, out = write_system(tmp_path / "net", TOTALS[total]), tmp_path / "out"
    assert main(["run", str(folder), "--report", "contagion", "--date", "2026-09-30", "--out", str(out)]) == 0
    (run,) = (path.parent for path in out.rglob("manifest.json"))
    assert "SYS-009" in (run / "problems.json").read_text(encoding="utf-8")
    assert all((run / name).stat().st_size > 0 for name in ("report.pdf", "report.xlsx"))
    figures = figures_in(out)
    assert figures["claims_to_equity"]["value"] is None
    assert "not above zero" in figures["claims_to_equity"]["reason"]
    assert figures["interbank_claims"]["value"] == 150
    assert (figures["reverse_shock"]["value"] is None) == (total == "zero")


@pytest.mark.parametrize("seed", range(24))
def test_no_small_system_is_a_fault_of_the_program(tmp_path: Path, seed: int) -> None:
    """One to five nodes; no claims, some or all; balance sheets that hold together or not; the system or one of it."""
    draw = np.random.default_rng(seed)
    names = "ABCDE"[: int(draw.integers(1, 6))]
    density = draw.choice([0.0, 0.3, 1.0])
    edges = [
        (a, b, draw.choice([0.0, 7.0, 50.0, 100.0]), "")
        for a in names for b in names if a != b and draw.random() < density
    ]  # fmt: skip
    pool = ([-100, 0, 1e-12, 50], [0], [-100], [1e-12], [-100, 0, 1e-12])[int(draw.integers(5))]
    nodes = {name: _node(draw, pool) for name in names}
    (tmp_path / "net").mkdir()
    write_network(tmp_path / "net", nodes, edges or [("", "", 0.0, "")])
    _write_plainly(tmp_path / "net", without_edges=not edges)
    asked = SystemOptions(institution=names[0] if seed % 3 == 0 else "", day=date(2026, 9, 30))
    run_unit(tmp_path / "net", tmp_path / "out", Options(report="contagion", outputs=("json",), system=asked))
    for figure in figures_in(tmp_path / "out").values():
        assert figure["value"] is not None or "rows" in figure or figure["reason"], figure["name"]


def _node(draw: np.random.Generator, pool: Sequence[float]) -> dict[str, float]:
    outside = {name: float(draw.choice([0.0, 100.0, 1000.0])) for name in ("external_assets", "external_liabilities")}
    return {"equity": float(draw.choice(pool)), **(outside if draw.random() < 0.5 else {"external_liabilities": 0.0})}


def _write_plainly(folder: Path, *, without_edges: bool) -> None:
    """No exponents, which are no numbers of a table; of no edges the headings."""
    for path in folder.iterdir():
        lines = path.read_text(encoding="utf-8").replace("1e-12", f"{1e-12:.12f}").splitlines()
        kept = lines[:1] if without_edges and path.name == "edges.csv" else lines
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
