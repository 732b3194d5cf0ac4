"""A batch does what has changed and passes over the rest, stops for nobody, and says what became of each submission."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest

from reporting.batch import options as batch_options
from reporting.batch import run as batch_run
from reporting.batch import unit as batch_unit
from reporting.batch.events import Event
from reporting.batch.executors import Inline
from reporting.batch.folder import read_manifest
from reporting.batch.run import plan_batch, run_batch
from reporting.batch.task import Result
from reporting.batch.unit import run_unit
from reporting.measures import assess as measure_all
from reporting.rulebook import load_rulebook
from tests.batch.batches import bank, banks, lasting, lei_of, runs_of, settings, snapshot

DAY = "2026-09-30"


def statuses(results: tuple[Result, ...]) -> list[str]:
    return [result.status for result in results]


def manifest_of(root: Path, number: int, version: str = "v01", day: str = DAY) -> dict[str, Any]:
    return read_manifest(root / day / lei_of(number) / version)


def content_of(folder: Path, place: str) -> dict[str, Any]:
    return json.loads((folder / "out" / place / "batch.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_a_batch_makes_what_single_runs_make(tmp_path: Path) -> None:
    banks(tmp_path, 1, 2)
    given = settings(tmp_path)
    batch = run_batch(given)
    assert statuses(batch.results) == ["done", "done"]
    assert batch.faults == ()
    for number in (1, 2):
        run_unit(tmp_path / "in" / f"bank{number}.xlsx", tmp_path / "single", batch_run.options_of(given))
    single = lasting(tmp_path / "single")
    assert {name: data for name, data in lasting(tmp_path / "out").items() if name.startswith(DAY)} == single


def test_one_bad_submission_stops_nobody_and_is_explained(tmp_path: Path) -> None:
    banks(tmp_path, 1, 3)
    bank(tmp_path / "in" / "bank2.xlsx", 2, amount=-4)
    (tmp_path / "in" / "bank4.xlsx").write_bytes(b"no workbook")
    batch = run_batch(settings(tmp_path))
    assert statuses(batch.results) == ["done", "rejected", "done", "rejected"]
    assert runs_of(tmp_path / "out") == [f"{DAY}/{lei_of(1)}/v01", f"{DAY}/{lei_of(3)}/v01"]
    units = {unit["unit"]: unit for unit in content_of(tmp_path, batch.place)["units"]}
    (told,) = units["in/bank2.xlsx"]["listed"]
    assert told == "bank2.xlsx!exposures!D2: gross_carrying_amount is -4, must be 0 or more [EXP-003]"
    assert units["in/bank2.xlsx"]["steps"] == {
        "check": "failed", "measure": "not reached", "report": "not reached", "write": "not reached",
    }  # fmt: skip
    problems = tmp_path / "out" / batch.place / units["in/bank2.xlsx"]["links"]["problems"]
    assert json.loads(problems.read_text(encoding="utf-8"))["breaches"][0]["rule"] == "EXP-003"


def test_what_is_unchanged_is_passed_over_without_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    banks(tmp_path, 1)
    bank(tmp_path / "in" / "bank2.xlsx", 2, amount=-4)
    first = run_batch(settings(tmp_path))
    before = lasting(tmp_path / "out")

    def work(*_: object) -> None:
        raise ZeroDivisionError("the work began")

    monkeypatch.setattr(Inline, "run", work)
    again = run_batch(settings(tmp_path))
    assert statuses(again.results) == ["done", "rejected"]
    assert again.unchanged == {"in/bank1.xlsx", "in/bank2.xlsx"}
    assert again.place == first.place
    assert lasting(tmp_path / "out") == before


def test_changed_data_make_the_next_version_which_names_what_it_replaces_and_why(tmp_path: Path) -> None:
    banks(tmp_path, 1, 2)
    run_batch(settings(tmp_path))
    before = lasting(tmp_path / "out")
    bank(tmp_path / "in" / "bank1.xlsx", 1, amount=500)
    batch = run_batch(settings(tmp_path))
    root = tmp_path / "out"
    assert [result.place[-3:] for result in batch.results] == ["v02", "v01"]
    assert batch.unchanged == {"in/bank2.xlsx"}
    assert manifest_of(root, 1)["replaces"] is None
    assert manifest_of(root, 1, "v02")["replaces"] == {
        "version": "v01", "run_id": manifest_of(root, 1)["run_id"], "reasons": ["data"],
        "changes": {"data": ["bank1.xlsx changed"]},
    }  # fmt: skip
    assert {name: data for name, data in lasting(root).items() if name in before} == before


@pytest.mark.parametrize(
    ("text", "reason"), [("final = true", "state: final, was draft"), ("partial = true", "partial: true, was false")]
)
def test_other_options_are_the_reason_of_a_new_version(tmp_path: Path, text: str, reason: str) -> None:
    banks(tmp_path, 1)
    run_batch(settings(tmp_path))
    run_batch(settings(tmp_path, f"[options]\n{text}"))
    assert manifest_of(tmp_path / "out", 1, "v02")["replaces"]["changes"] == {"options": [reason]}


def test_another_program_or_other_parameters_are_the_reason_of_a_new_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import reporting.batch.state as batch_state
    import reporting.batch.task as batch_task

    banks(tmp_path, 1)
    run_batch(settings(tmp_path))
    for module in (batch_options, batch_run, batch_state, batch_task, batch_unit):
        monkeypatch.setattr(module, "program_digest", lambda: "f" * 64)
    run_batch(settings(tmp_path))
    assert manifest_of(tmp_path / "out", 1, "v02")["replaces"]["reasons"] == ["program"]

    def other(jurisdiction: str, on: date) -> object:
        return replace(load_rulebook(jurisdiction, on), digest="e" * 64)

    monkeypatch.setattr(batch_unit, "load_rulebook", other)
    monkeypatch.setattr(batch_state, "rulebook_digest", lambda *_: "e" * 64)
    run_batch(settings(tmp_path))
    assert manifest_of(tmp_path / "out", 1, "v03")["replaces"]["reasons"] == ["parameters"]
    assert run_batch(settings(tmp_path)).unchanged == {"in/bank1.xlsx"}


def test_an_output_that_was_touched_is_made_again_beside_it(tmp_path: Path) -> None:
    banks(tmp_path, 1)
    (result,) = run_batch(settings(tmp_path)).results
    (tmp_path / "out" / result.place / "figures.json").write_bytes(b"{}")
    (result,) = run_batch(settings(tmp_path)).results
    assert result.place.endswith("v02")
    assert manifest_of(tmp_path / "out", 1, "v02")["replaces"]["reasons"] == ["outputs"]


def test_two_submissions_for_one_institution_and_date_are_not_both_taken(tmp_path: Path) -> None:
    banks(tmp_path, 1)
    bank(tmp_path / "in" / "again.xlsx", 1, amount=500)
    for _ in range(2):  # when both are new, and when one was done before
        batch = run_batch(settings(tmp_path))
        assert sorted(statuses(batch.results)) == ["done", "failed"]
        assert runs_of(tmp_path / "out") == [f"{DAY}/{lei_of(1)}/v01"]
        (failed,) = (result for result in batch.results if result.status == "failed")
        assert f"is for the same institution and date ({lei_of(1)}, {DAY})" in failed.message


def test_the_same_file_twice_is_seen_though_nothing_is_worked_on(tmp_path: Path) -> None:
    banks(tmp_path, 1)
    run_batch(settings(tmp_path))
    (tmp_path / "in" / "copy").mkdir()
    (tmp_path / "in" / "copy" / "bank1.xlsx").write_bytes((tmp_path / "in" / "bank1.xlsx").read_bytes())
    batch = run_batch(settings(tmp_path, files="in/**/*.xlsx"))
    assert sorted(statuses(batch.results)) == ["done", "failed"]


def test_another_jurisdiction_than_that_of_the_batch_is_refused(tmp_path: Path) -> None:
    banks(tmp_path, 1)
    bank(tmp_path / "in" / "bank2.xlsx", 2, jurisdiction="basel")
    batch = run_batch(settings(tmp_path, 'jurisdiction = "eu"'))
    assert statuses(batch.results) == ["done", "failed"]
    assert batch.results[1].message == "its jurisdiction is basel, the batch takes eu only"
    assert statuses(run_batch(settings(tmp_path)).results) == ["done", "done"]
    assert statuses(run_batch(settings(tmp_path, 'jurisdiction = "basel"')).results) == ["failed", "done"]


def test_overrides_lie_beside_a_submission_and_are_part_of_what_is_compared(tmp_path: Path) -> None:
    banks(tmp_path, 2)
    bank(tmp_path / "in" / "bank1.xlsx", 1, allowance=-1)
    beside = tmp_path / "in" / "bank1.overrides.yaml"
    beside.write_text("overrides:\n  - {rule: BAL-003, reason: reversal, name: A. Meier}\n", encoding="utf-8")
    assert statuses(run_batch(settings(tmp_path)).results) == ["rejected", "done"]
    given = settings(tmp_path, "[options]\noverrides = true", files="in/*")
    assert statuses(run_batch(given).results) == ["done", "done"]
    assert run_batch(given).unchanged == {"in/bank1.xlsx", "in/bank2.xlsx"}
    beside.write_text("overrides:\n  - {rule: BAL-003, reason: other, name: A. Meier}\n", encoding="utf-8")
    assert run_batch(given).unchanged == {"in/bank2.xlsx"}
    assert manifest_of(tmp_path / "out", 1, "v02")["replaces"]["changes"] == {"options": ["overrides"]}


def test_the_latest_earlier_run_stands_beside_the_new_figures_whatever_the_order_of_the_files(tmp_path: Path) -> None:
    bank(tmp_path / "in" / "a.xlsx", 1)
    bank(tmp_path / "in" / "b.xlsx", 1, day=date(2026, 6, 30))
    bank(tmp_path / "in" / "c.xlsx", 1, day=date(2026, 3, 31))
    given = settings(tmp_path, 'previous = "latest"')
    assert statuses(run_batch(given).results) == ["done"] * 3
    march, june, september = (manifest_of(tmp_path / "out", 1, day=d) for d in ("2026-03-31", "2026-06-30", DAY))
    assert march["options"]["previous"] is None
    assert june["options"]["previous"]["run_id"] == march["run_id"]
    assert september["options"]["previous"]["run_id"] == june["run_id"]
    assert len(run_batch(given).unchanged) == 3


def test_a_corrected_earlier_period_makes_the_later_ones_anew(tmp_path: Path) -> None:
    bank(tmp_path / "in" / "a.xlsx", 1)
    bank(tmp_path / "in" / "b.xlsx", 1, day=date(2026, 6, 30))
    given = settings(tmp_path, 'previous = "latest"')
    run_batch(given)
    bank(tmp_path / "in" / "b.xlsx", 1, day=date(2026, 6, 30), amount=700)
    assert [result.place[-3:] for result in run_batch(given).results] == ["v02", "v02"]
    told = manifest_of(tmp_path / "out", 1, "v02")["replaces"]
    assert told["changes"] == {"options": ["previous"]}


def test_the_earlier_run_may_lie_below_another_root(tmp_path: Path) -> None:
    bank(tmp_path / "june" / "a.xlsx", 1, day=date(2026, 6, 30))
    run_batch(settings(tmp_path, 'out = "filed"', files="june/*.xlsx"))
    banks(tmp_path, 1, 2)
    given = settings(tmp_path, 'previous = "filed"')
    run_batch(given)
    assert manifest_of(tmp_path / "out", 1)["options"]["previous"] is not None
    assert manifest_of(tmp_path / "out", 2)["options"]["previous"] is None
    assert len(run_batch(given).unchanged) == 2


def test_input_that_changes_during_the_run_is_tried_once_more_and_then_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    banks(tmp_path, 1)
    path = tmp_path / "in" / "bank1.xlsx"
    changes = iter((500, 600))

    def assess(*arguments: Any) -> Any:
        if (amount := next(changes, None)) is not None:
            bank(path, 1, amount=amount)
        return measure_all(*arguments)

    monkeypatch.setattr(batch_unit, "assess", assess)
    (result,) = run_batch(settings(tmp_path)).results
    assert (result.status, result.kind, result.tries) == ("failed", "changed", 2)
    assert "bank1.xlsx changed while the run was at work; nothing was written" in result.message
    assert runs_of(tmp_path / "out") == []
    changes = iter((700,))
    (result,) = run_batch(settings(tmp_path)).results
    assert (result.status, result.tries) == ("done", 2)


def test_a_fault_of_the_program_befalls_one_submission_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    banks(tmp_path, 1, 2)

    def assess(portfolio: Any, rulebook: Any) -> Any:
        if portfolio.entity.name == "Bank 1":
            raise ZeroDivisionError("planted")
        return measure_all(portfolio, rulebook)

    monkeypatch.setattr(batch_unit, "assess", assess)
    batch = run_batch(settings(tmp_path))
    assert [(result.status, result.kind, result.step) for result in batch.results] == [
        ("failed", "internal", "measure"), ("done", "", ""),
    ]  # fmt: skip
    assert "Traceback" in batch.results[0].message
    (unit, _) = content_of(tmp_path, batch.place)["units"]
    assert unit["message"] == "ZeroDivisionError: planted"


def test_a_plan_writes_nothing_and_says_what_would_be_done(tmp_path: Path) -> None:
    banks(tmp_path, 1, 2)
    run_batch(settings(tmp_path))
    bank(tmp_path / "in" / "bank2.xlsx", 2, amount=500)
    bank(tmp_path / "in" / "bank3.xlsx", 3, amount=-4)
    bank(tmp_path / "in" / "bank4.xlsx", 4)
    given = settings(tmp_path)
    before = snapshot(tmp_path)
    batch = plan_batch(given)
    assert snapshot(tmp_path) == before
    assert statuses(batch.results) == ["done", "checked", "rejected", "checked"]
    assert batch.unchanged == {"in/bank1.xlsx"}
    assert batch.results[1].place == f"{DAY}/{lei_of(2)}"


def test_a_plan_makes_no_output_root(tmp_path: Path) -> None:
    banks(tmp_path, 1)
    given = settings(tmp_path)
    before = snapshot(tmp_path)
    assert statuses(plan_batch(given).results) == ["checked"]
    assert snapshot(tmp_path) == before


def test_every_event_is_told_with_the_count(tmp_path: Path) -> None:
    banks(tmp_path, 1)
    bank(tmp_path / "in" / "bank2.xlsx", 2, amount=-4)
    bank(tmp_path / "in" / "~$x.xlsx", 3)
    told: list[Event] = []
    run_batch(settings(tmp_path, files="in/*"), tell=told.append)
    assert [(event.what, event.finished, event.total) for event in told] == [
        ("left_out", 0, 2), ("done", 1, 2), ("rejected", 2, 2),
    ]  # fmt: skip
    told.clear()
    run_batch(settings(tmp_path, files="in/*"), tell=told.append)
    assert Counter(event.what for event in told) == {"left_out": 1, "unchanged": 1, "rejected": 1}


def test_the_report_of_a_batch_follows_its_schema_and_links_to_what_is_there(tmp_path: Path) -> None:
    banks(tmp_path, 1)
    bank(tmp_path / "in" / "bank2.xlsx", 2, amount=-4)
    run_batch(settings(tmp_path))
    bank(tmp_path / "in" / "bank1.xlsx", 1, amount=500)
    batch = run_batch(settings(tmp_path))
    content = content_of(tmp_path, batch.place)
    schema = json.loads((Path(batch_run.__file__).parent / "batch.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema)
    folder = tmp_path / "out" / batch.place
    links = [link for unit in content["units"] for link in unit["links"].values()]
    assert len(links) == 3
    assert all((folder / link).is_file() for link in links)
    assert content["counts"] == {"done": 1, "rejected": 1, "failed": 0}


def test_the_workbook_of_a_batch_has_a_row_for_each_institution_figure_and_total(tmp_path: Path) -> None:
    banks(tmp_path, 1, 2)
    bank(tmp_path / "in" / "bank3.xlsx", 3, amount=-4, name="=HYPERLINK(1)")
    bank(tmp_path / "in" / "bank4.xlsx", 4, name="=1+1")
    batch = run_batch(settings(tmp_path))
    content = content_of(tmp_path, batch.place)
    book = openpyxl.load_workbook(tmp_path / "out" / batch.place / "batch.xlsx")
    rows = {sheet.title: list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book}
    assert {row[3]: row[4] for row in rows["Institutions"]} == {
        "in/bank1.xlsx": "done", "in/bank2.xlsx": "done", "in/bank3.xlsx": "rejected", "in/bank4.xlsx": "done",
    }  # fmt: skip
    assert len(rows["Key figures"]) == sum(len(unit["key_figures"]) for unit in content["units"]) > 3
    shown = {(row[1], row[4]): row[6] for row in rows["Key figures"]}
    assert shown[lei_of(1), "Leverage ratio"] == pytest.approx(5.59573918, rel=1e-9)
    assert len(rows["Control totals"]) >= 3 * 6
    assert "EXP-003" in str(rows["Problems"][0][-1])
    formulas = [cell.coordinate for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    assert formulas == []
    assert "=1+1" in {row[0] for row in rows["Institutions"]}


def test_control_totals_of_a_batch_are_those_of_its_inputs(tmp_path: Path) -> None:
    banks(tmp_path, 1, 2, 3)
    batch = run_batch(settings(tmp_path))
    for unit in content_of(tmp_path, batch.place)["units"]:
        assert all(control["read"] == control["accepted"] + control["rejected"] for control in unit["controls"])
        (exposures,) = (control for control in unit["controls"] if control["sheet"] == "exposures")
        assert exposures["read"] == 2
        assert ["gross_carrying_amount", "EUR", 400.0] in exposures["sums"]
