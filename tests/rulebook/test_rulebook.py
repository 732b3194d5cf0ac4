"""Parameters of the law: dated, checked, and one digest over all of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reporting.problems import ConfigurationFault
from reporting.rulebook import RulebookError, jurisdictions, load_entries, load_rulebook
from reporting.rulebook.loading import load_file, parameter_files

GOOD = """
minimum_leverage_ratio:
  label: Minimum leverage ratio
  unit: "%"
  checked_on: 2026-03-31
  values:
    2020-01-01: {value: 2.0, reference: "first", status: unconfirmed}
    2021-06-28: {value: 3.0, reference: "second", status: confirmed}
"""


def loaded(tmp_path: Path, text: str) -> object:
    path = tmp_path / "parameters" / "xx.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_file(path)


def test_the_value_in_force_is_the_last_one_that_has_begun(tmp_path: Path) -> None:
    entry = loaded(tmp_path, GOOD)["minimum_leverage_ratio"]  # type: ignore[index]
    assert entry.on(date(2019, 12, 31)) is None
    assert entry.on(date(2021, 6, 27)).value == 2.0
    assert entry.on(date(2021, 6, 28)).value == 3.0
    assert entry.on(date(2026, 9, 30)).confirmed


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("label:", "lable:", "unknown key 'lable', did you mean 'label'"),
        ("status: confirmed", "status: sure", "status is 'sure', must be confirmed or unconfirmed"),
        ("    2020-01-01:", "    2022-01-01:", "the earliest first"),
        ("2020-01-01", "the-start", "must be a date"),
        ("value: 2.0", "value: [2.0]", "must be a number, true or false, text, or numbers by category"),
        ("value: 2.0", "value: true", "another kind than an earlier one"),
        ("  checked_on: 2026-03-31\n", "", "checked_on missing"),
    ],
)
def test_a_file_that_breaks_its_rules_is_refused(tmp_path: Path, before: str, after: str, message: str) -> None:
    with pytest.raises(ConfigurationFault, match=message):
        loaded(tmp_path, GOOD.replace(before, after, 1))


def test_an_unknown_jurisdiction_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(RulebookError, match="no parameters for jurisdiction 'mars'; there are basel, eu"):
        load_rulebook("mars", date(2026, 9, 30))


@pytest.mark.parametrize("jurisdiction", jurisdictions())
def test_every_parameter_has_label_reference_and_day_of_check(jurisdiction: str) -> None:
    for entry in load_entries(jurisdiction).values():
        assert entry.label
        assert entry.checked_on <= date(2026, 11, 22)
        assert all(version.reference for version in entry.versions)


def test_jurisdictions_have_the_same_parameters_of_the_same_kind() -> None:
    basel, eu = load_entries("basel"), load_entries("eu")
    assert basel.keys() == eu.keys()
    for name, entry in basel.items():
        assert type(entry.versions[0].value) is type(eu[name].versions[0].value), name
        assert entry.unit == eu[name].unit


def test_the_same_rulebook_has_the_same_digest_for_each_jurisdiction_and_day() -> None:
    digests = {load_rulebook(j, day).digest for j in jurisdictions() for day in (date(2015, 1, 1), date(2026, 9, 30))}
    assert len(digests) == 1
    assert len(parameter_files()) >= 3
