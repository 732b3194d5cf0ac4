"""A batch file is checked like data: nothing unknown, nothing of another kind, nothing that nobody would hold to."""

from __future__ import annotations

import re
import tomllib
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import pytest

from reporting.batch.addresses import is_url
from reporting.batch.inputs import find_submissions
from reporting.batch.reader import SettingsFault
from reporting.batch.settings import (
    LATEST,
    Settings,
    example_text,
    load_settings,
    read_settings,
    with_workers,
)
from reporting.batch.system_options import SystemOptions
from reporting.intake.limits import Limits
from tests.batch.batches import bank, banks, settings

FILE = Path("/somewhere/batch.toml")
INPUTS = '\n[inputs]\nfiles = ["in/*.xlsx"]\n'


def test_the_example_passes_its_own_check_and_shows_the_defaults() -> None:
    assert read_settings(example_text(), FILE) == Settings(
        FILE, files=("in/*.xlsx",), out="/somewhere/out", bounded=True
    )


def test_every_line_of_the_example_that_is_commented_out_is_known_too() -> None:
    shown = re.findall(r"^# ([a-z]+ = [^#\n]*)", example_text(), re.MULTILINE)
    assert len(shown) == 8
    system = 'reports = ["leverage", "contagion"]\n[inputs]\nsystem = "in"\n'
    for line in shown:
        (key,) = tomllib.loads(line)
        whole = {
            "dask": f"{INPUTS}[workers]\n{line}", "system": f"[inputs]\n{line}",
            "classification": f"{INPUTS}[options]\n{line}",
            "rule": f"{system}[options]\n{line}", "date": f"{system}[options]\n{line}",
        }.get(key, line + INPUTS)  # fmt: skip
        with pytest.raises(SettingsFault, match="is given") if key == "log" else nullcontext():
            read_settings(whole, FILE)


def test_only_the_inputs_must_be_named() -> None:
    assert read_settings(INPUTS, FILE) == Settings(FILE, files=("in/*.xlsx",), out="/somewhere/out")


def test_every_value_arrives() -> None:
    text = """
        name = "june"
        out = "s3://bucket/out"
        log = "log"
        jurisdiction = "eu"
        outputs = ["xlsx"]
        previous = "latest"
        [inputs]
        files = ["a.xlsx", "memory://in/*.xlsx"]
        [options]
        partial = true
        final = true
        pdf_variant = "pdf/ua-1"
        classification = "Internal"
        overrides = true
        [workers]
        count = 7
        recycle = 3
        [limits]
        seconds = 5
        memory = 1073741824
        intake = {rows = 10}
    """
    assert read_settings(text, FILE) == Settings(
        FILE, "june", ("leverage",), "s3://bucket/out", "/somewhere/log", "eu", ("xlsx",), (), LATEST,
        ("a.xlsx", "memory://in/*.xlsx"), "", SystemOptions(), True, True, "pdf/ua-1", True, 7, 3, "", True, 5, 2**30,
        Limits(rows=10), "Internal",
    )  # fmt: skip


def test_every_value_for_a_system_arrives() -> None:
    text = """
        reports = ["leverage", "contagion"]
        [inputs]
        files = ["a.xlsx"]
        system = "system"
        [options]
        rule = "larger"
        date = 2026-09-30
    """
    found = read_settings(text, FILE)
    assert (found.reports, found.files, found.system) == (("leverage", "contagion"), ("a.xlsx",), "system")
    assert found.whole == SystemOptions(rule="larger", day=date(2026, 9, 30))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nam = 'x'", "batch.toml: nam is unknown, did you mean 'name'?"),
        ("x = 1", "x is unknown; there are name, reports, out"),
        ("name = 'a/b'", "name is 'a/b', must consist of at most 60 letters, digits, - and _"),
        ("name = 3", "name is a number, must be a text"),
        ("name = 2026-09-30", "name is a day, must be a text"),
        ("reports = ['levrage']", "reports[0] is 'levrage', which is not known, did you mean 'leverage'?"),
        ("reports = ['leverage', 'other']", "reports[1] is 'other', which is not known"),
        ("reports = ['leverage', 'leverage']", "reports names something twice"),
        ("reports = []", "reports names 0 reports, must name one about institutions"),
        ("reports = ['contagion']", "inputs.system is missing: contagion is about a system"),
        ("reports = ['contagion']\n[inputs]\nfiles = ['x']\nsystem = 'y'", "inputs.files names submissions, but"),
        ("[options]\nrule = 'larger'", "options.rule is given, but none of the reports is about a system"),
        ("[options]\nrule = 'smaller'", "options.rule is 'smaller', which is not known"),
        ("[options]\ndate = '2026-09-30'", "options.date is a text, must be a day such as 2026-09-30"),
        ("reports = 'leverage'", "reports is a text, must be a list of texts"),
        ("out = ''", "out is '', must be a text that can be printed"),
        ("out = 's3://bucket/out'", "log is missing: out is a URL"),
        ("log = 'log'", "log is given, but out is a folder"),
        ("jurisdiction = 'mars'", "jurisdiction is 'mars', which is not known; there are basel, eu"),
        ("outputs = ['pfd']", "outputs[0] is 'pfd', which is not known"),
        ("outputs = ['pdf', 'pdf']", "outputs names something twice"),
        ("templates = ['nowhere']", "templates names /somewhere/nowhere, which is not a folder"),
        ("previous = true", "previous is true or false, must be a text"),
        ("inputs = []", "inputs is a list, must be a table"),
        ("[inputs]\nfiles = []", "inputs.files is missing or empty"),
        ("[inputs]\nfile = ['x']", "inputs.file is unknown, did you mean 'files'?"),
        ("[inputs]\nfiles = ['x', 3]", "inputs.files[1] is a number, must be a text"),
        ("[inputs]\nsystem = 3", "inputs.system is a number, must be a text"),
        ("[options]\npartial = 1", "options.partial is a number, must be true or false"),
        (f"[options]\nclassification = '{'x' * 41}'", "options.classification has 41 letters, must have at most 40"),
        ("[options]\npdf_variant = 'a-9'", "options.pdf_variant is 'a-9', which is not known"),
        ("[workers]\ncount = -1", "workers.count is -1, must be a whole number from 0 to 1,000"),
        ("[workers]\ncount = true", "workers.count is true or false, must be a whole number"),
        ("[workers]\ncount = 1\ndask = 'tcp://x:1'", "workers.count and workers.dask are both given"),
        ("[limits]\nseconds = 0.5", "limits.seconds is a number, must be a whole number"),
        ("[limits]\nmemory = 5", "limits.memory is 5, must be a whole number from 268,435,456"),
        ("[limits.intake]\nrow = 3", "limits.intake.row is unknown, did you mean 'rows'?"),
        ("[limits.intake]\nrows = 0", "limits.intake.rows is 0, must be a whole number above zero"),
        ("[workers]\ncount = 0\n[limits]\nseconds = 5", "with 0 workers nothing holds to limits.seconds"),
        ("a = [", "batch.toml is not TOML: "),
        ("name = 'a'\nname = 'b'", "batch.toml is not TOML: "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, told: str) -> None:
    whole = text if "inputs" in text else text + INPUTS
    with pytest.raises(SettingsFault) as raised:
        read_settings(whole, FILE)
    assert told in str(raised.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "batch.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsFault, match=r"batch.toml: is not text in UTF-8"):
        load_settings(path)


def test_workers_of_the_command_line_are_held_to_the_same_rules() -> None:
    given = read_settings(INPUTS, FILE)
    assert with_workers(given, 5).count == 5
    assert with_workers(given, None, "local").dask == "local"
    with pytest.raises(SettingsFault, match="must be from 0 to 1,000"):
        with_workers(given, -1)
    bounded = read_settings(f"{INPUTS}[limits]\nseconds = 5\n", FILE)
    with pytest.raises(SettingsFault, match="with 0 workers"):
        with_workers(bounded, 0)
    assert with_workers(bounded, 0, "local").dask == "local"


@pytest.mark.parametrize(
    ("text", "url"), [("s3://b/x", True), ("MEMORY://x", True), ("file:///x", False), ("C:/x", False), ("x/y", False)]
)
def test_a_url_is_told_from_a_path(text: str, url: bool) -> None:
    assert is_url(text) is url


# --- Which submissions -----------------------------------------------------------------------------------------------


def test_submissions_are_found_by_pattern_and_by_name_each_once(tmp_path: Path) -> None:
    banks(tmp_path, 2, 1)
    bank(tmp_path / "in" / "~$bank1.xlsx", 1)
    bank(tmp_path / "out" / "2026-09-30" / "report.xlsx", 1)
    found, left_out = find_submissions(settings(tmp_path, files='**/*.xlsx", "in/bank2.xlsx'))
    assert [one.name for one in found] == ["in/bank1.xlsx", "in/bank2.xlsx"]
    assert [text.partition(": ")[0] for text in left_out] == [
        "in/~$bank1.xlsx is left out", "out/2026-09-30/report.xlsx is left out",
    ]  # fmt: skip


def test_names_do_not_depend_on_the_folder_of_this_machine(tmp_path: Path) -> None:
    banks(tmp_path, 1)
    (tmp_path / "below").mkdir()
    (found,), _ = find_submissions(settings(tmp_path / "below", files="../in/*.xlsx"))
    assert found.name == "../in/bank1.xlsx"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ("in/bnk1.xlsx", "inputs.files[0]: in/bnk1.xlsx does not exist, did you mean in/bank1.xlsx?"),
        ("in/*.ods", "inputs.files[0]: in/*.ods matches nothing"),
        ("memory://nowhere/*.xlsx", "memory://nowhere/*.xlsx matches nothing"),
        ("in/~*", "batch.toml: the inputs name nothing that is a submission"),
    ],
)
def test_a_pattern_or_name_without_a_match_is_refused(tmp_path: Path, files: str, told: str) -> None:
    banks(tmp_path, 1)
    bank(tmp_path / "in" / "~$bank1.xlsx", 1)
    with pytest.raises(SettingsFault) as raised:
        find_submissions(settings(tmp_path, files=files))
    assert told in str(raised.value)


def test_a_store_of_an_unknown_kind_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    from reporting.problems import ConfigurationFault

    with pytest.raises(ConfigurationFault, match="memry:// in memry://x is not a kind of store that is known"):
        find_submissions(settings(tmp_path, files="memry://x"))
