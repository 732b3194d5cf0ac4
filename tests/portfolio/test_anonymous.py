"""A masked system: no name of others anywhere, the same amounts, the same tokens every time."""

from __future__ import annotations

import re
from dataclasses import fields

import numpy as np

from reporting.portfolio.anonymous import anonymised
from reporting.portfolio.system import System
from tests.contagion_runs import NORTHBANK, sample_system


def everything(system: System) -> str:
    """All texts that a system holds."""
    parts = [repr(getattr(system, f.name)) for f in fields(system) if f.name not in ("claims", "external", "exposures")]
    return "\n".join([*parts, system.claims.to_csv(), system.external.to_csv()])


def names_of_others(keep: str) -> set[str]:
    """Identifiers, names, first words of names and names of files of all but one, and of counterparties outside."""
    system = sample_system()
    others = [n for n, lei in enumerate(system.leis) if lei != keep]
    found = {system.leis[n] for n in others} | {system.names[n] for n in others}
    files = {source.cells.file for lei, one in system.origins["equity"].items() if lei != keep for source in one}
    inside = set(system.names)
    outside = {name for name in system.external["outsider"].dropna() if name not in inside}
    return found | {file.removesuffix(".xlsx") for file in files} | outside


def test_no_identity_of_another_is_left() -> None:
    for keep in ("", NORTHBANK):
        masked, _ = anonymised(sample_system(), keep)
        text = everything(masked)
        left = sorted(name for name in names_of_others(keep) if name in text)
        assert left == []
        assert (NORTHBANK in text) == bool(keep)


def test_the_same_names_are_found_in_the_system_itself() -> None:
    text = everything(sample_system())
    assert [name for name in names_of_others("") if name not in text] == []
    assert len(names_of_others("")) > 90


def test_amounts_and_counts_stay() -> None:
    plain, (masked, _) = sample_system(), anonymised(sample_system(), NORTHBANK)
    assert np.array_equal(np.sort(plain.equity), np.sort(masked.equity))
    assert np.array_equal(np.sort(plain.exposures.data), np.sort(masked.exposures.data))
    assert sorted(plain.claims["amount"]) == sorted(masked.claims["amount"])
    assert [(b.rule.code, b.count, len(b.problems)) for b in plain.breaches] == [
        (b.rule.code, b.count, len(b.problems)) for b in masked.breaches
    ]
    here, there = plain.leis.index(NORTHBANK), masked.leis.index(NORTHBANK)
    assert plain.exposures[[here], :].sum() == masked.exposures[[there], :].sum()
    assert list(masked.leis) == sorted(masked.leis)


def test_tokens_are_the_same_every_time_and_not_in_the_order_of_identifiers() -> None:
    (first, one), (second, other) = (anonymised(sample_system()) for _ in range(2))
    assert (first.leis, one) == (second.leis, other)
    assert np.array_equal(first.equity, second.equity)
    assert not np.array_equal(first.equity, sample_system().equity)
    assert all(re.fullmatch(r"INST-[0-9]{2}", lei) for lei in first.leis)


def test_texts_of_the_checks_of_a_system_name_tokens() -> None:
    masked, _ = anonymised(sample_system())
    (breach,) = masked.breaches
    assert all("is owed" in problem.found and "Institution " in problem.found for problem in breach.problems)
    assert all(problem.where.file.startswith("INST-") for problem in breach.problems)
