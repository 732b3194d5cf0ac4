"""YAML of anyone: read strictly, and never deeper, larger or longer than it may be."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from reporting.documents import DocumentFault, entry_lines, read_text, read_yaml


def test_a_part_may_be_named_and_repeated_where_the_reader_allows_it() -> None:
    text = "a: &part {x: 1}\nb: *part\n"
    assert read_yaml(text) == {"a": {"x": 1}, "b": {"x": 1}}
    with pytest.raises(DocumentFault, match=r"line 1: names a part"):
        read_yaml(text, aliases=False)


def test_parts_that_multiply_each_other_are_refused_before_they_are_built() -> None:
    names = "abcdefghij"
    lines = ["a: &a [" + "x," * 10 + "]"]
    lines += [f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]" for before, name in pairwise(names)]
    assert len("\n".join(lines)) < 1_000
    with pytest.raises(DocumentFault, match="the document holds more than 200,000 values"):
        read_yaml("\n".join(lines))


def test_a_part_that_repeats_itself_is_refused() -> None:
    with pytest.raises(DocumentFault, match=r"line 2: \*a repeats a part inside itself"):
        read_yaml("- &a\n  - *a\n")


def test_a_name_given_twice_counts_as_what_it_names_last() -> None:
    with pytest.raises(DocumentFault):  # the library refuses it; the count must not stumble over it before
        read_yaml("- &a [1]\n- &a [*a, 2]\n- [*a]\n")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_depth_is_counted_before_the_library_goes_down(opening: str) -> None:
    with pytest.raises(DocumentFault, match="line 1: is more than 40 lists and mappings deep"):
        read_yaml(opening * 100_000)


def test_depth_is_that_of_the_deepest_place_not_the_sum() -> None:
    assert read_yaml("[[1], [2], " * 20 + "3" + "]" * 20)
    assert read_yaml("- [a]\n" * 500) == [["a"]] * 500


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-02-30", "'2026-02-30' is not a day"),
        ("!!timestamp soon", "'soon' is not a day"),
        ("!!int xx", "'xx' is not a whole number"),
        ("!!int ''", "'' is not a whole number"),
        ("0b_", "'0b_' is not a whole number"),
        ("1" * 5_000, "'11111111111111111111...' is not a whole number"),
        ("!!float xx", "'xx' is not a number"),
        ("!!bool perhaps", "'perhaps' is not true or false"),
        ("[a]: b", "a key is a list or a mapping, must be a plain value"),
        ("!!map [a]", "expected a mapping node, but found sequence"),
        ("!!int [a]", "expected a scalar node, but found sequence"),
    ],
)
def test_a_value_that_is_not_what_it_looks_like_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(DocumentFault) as raised:
        read_yaml(text)
    assert told in str(raised.value)
    assert "line 1" in str(raised.value)


def test_days_numbers_and_texts_are_read_as_before() -> None:
    read = read_yaml("{day: 2026-09-30, whole: 0x1F, number: 1.5, quoted: '2026-02-30', no: NO, yes: true}")
    assert [repr(value) for value in read.values()] == [
        "datetime.date(2026, 9, 30)", "31", "1.5", "'2026-02-30'", "'NO'", "True",
    ]  # fmt: skip


def test_entries_of_a_list_know_their_lines() -> None:
    assert entry_lines("x: [1]\nkey:\n  - a\n\n  - {b: c}\n", "key") == [3, 5]


def test_a_document_of_the_largest_size_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "some.yaml"
    path.write_bytes(b"x" * 100)
    assert len(read_text(path, 100)) == 100
    with pytest.raises(DocumentFault, match="is larger than 99 bytes"):
        read_text(path, 99)
