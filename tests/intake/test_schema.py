from __future__ import annotations

import pytest
import yaml

from reporting.documents import DocumentFault, read_yaml
from reporting.intake.schema import load_rules, load_schemas, read_schema
from reporting.resources import schemas_folder

_FX = (schemas_folder() / "fx.yaml").read_text(encoding="utf-8")


def changed(old: str, new: str) -> str:
    assert old in _FX
    return _FX.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("single_row:", "single_rows:", "unknown key 'single_rows', did you mean 'single_row'?"),
        ("required: true", "requird: true", "column currency: unknown key 'requird', did you mean 'required'?"),
        ("type: currency", "type: curency", "column currency: unknown type 'curency', did you mean 'currency'?"),
        ("required: true", "required: yes", "column currency: required is 'yes', must be true or false"),
        ("columns: [rate]", "columns: [rat]", "FXR-002: unknown column 'rat', did you mean 'rate'?"),
        ("    columns: [rate]\n", "", "FXR-002: a rule without columns has a subject"),
        ("code: FXR-002", "code: FX-2", "a code is three capitals, a hyphen and three digits"),
        ("severity: error", "severity: fatal", "severity is 'fatal', must be one of error, warning, note"),
        ("severity: error", "severity: warning", "an error blocks cell, row, sheet, submission, nothing"),
        ("title: Exchange rates", "title: a\ntitle: b", "line 3: the key 'title' stands twice"),
        ("title: Exchange rates\n", "", "title missing"),
        ("key: [currency, date]", "key: [currency, day]", "key: unknown column 'day'"),
        ("{currency: USD, date", "{curr: USD, date", "examples: unknown column 'curr'"),
    ],
)
def test_fault_in_a_schema_is_named_with_its_place(old: str, new: str, fault: str) -> None:
    with pytest.raises(DocumentFault) as raised:
        read_schema("fx.yaml", changed(old, new))
    assert fault in str(raised.value)


def test_overridable_warning_is_refused_because_nothing_is_blocked() -> None:
    text = changed("severity: error\n    blocks: row", "severity: warning\n    overridable: true")
    with pytest.raises(DocumentFault, match="only an error can be overridden"):
        read_schema("fx.yaml", text)


def test_country_code_of_norway_is_not_read_as_false() -> None:
    assert read_yaml("country: NO\nopen: true") == {"country": "NO", "open": True}


def test_yaml_that_cannot_be_parsed_is_a_fault_with_its_line() -> None:
    with pytest.raises(DocumentFault, match="line 3"):
        read_yaml("a: 1\nb: [\n")


def test_placeholder_in_a_choice_stands_for_any_name() -> None:
    item = load_schemas()["own_funds"].columns["item"]
    assert item.allows("deduction_goodwill")
    assert item.allows("cet1")
    assert not item.allows("deduction_")
    assert not item.allows("deduction_<name>x")


def test_every_reference_of_a_column_has_the_rule_that_checks_it() -> None:
    declared = {
        (name, column.name, column.references)
        for name, schema in load_schemas().items()
        for column in schema.columns.values()
        if column.references
    }
    rules = {(r.sheet, r.columns[0], r.arguments["target"]) for r in load_rules("_across") if r.check == "refers_to"}
    assert declared == rules


def test_every_key_of_one_column_has_the_rule_that_it_is_unique() -> None:
    for name, schema in load_schemas().items():
        if not schema.single_row and len(schema.key) == 1:
            assert any(r.check == "unique" and r.columns == schema.key for r in schema.rules), name


def test_every_sheet_has_a_note_column_and_columns_are_explained() -> None:
    for schema in load_schemas().values():
        assert "note" in schema.columns
        assert all(column.about and column.example is not None for column in schema.columns.values())


def test_schema_files_are_plain_yaml_for_other_programs() -> None:
    for path in sorted(schemas_folder().glob("*.yaml")):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))
