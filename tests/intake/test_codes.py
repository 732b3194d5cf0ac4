from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.intake.codes import check_digits_right, load_codes, with_check_digits
from reporting.intake.rules import lei_form

# Public identifiers of well-known institutions, from the register of the Global LEI Foundation.
_REAL = ["529900T8BM49AURSDO55", "7LTWFZYICNSX8D621K86", "2138005O9XJIJN4JPN90", "213800X3Q9LSAKRUWY91"]
_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def right(*leis: str | None) -> list[bool]:
    return [bool(x) for x in check_digits_right(pd.Series(leis, dtype="str"))]


def by_definition(lei: str) -> bool:
    """ISO 7064, MOD 97-10, as one long division."""
    return int("".join(str(int(character, 36)) for character in lei)) % 97 == 1


def test_check_digits_of_real_identifiers_are_right() -> None:
    assert right(*_REAL) == [True] * len(_REAL)


def test_each_wrong_pair_of_check_digits_is_found() -> None:
    for digits in range(100):
        lei = f"{_REAL[0][:18]}{digits:02d}"
        assert right(lei) == [by_definition(lei)]


def test_blank_and_malformed_cells_are_left_to_other_rules() -> None:
    assert right(None, "529900T8BM49AURSDO5", "529900t8bm49aursdo55", "529900T8BM49AURSDO5\n", "") == [True] * 5


def test_a_column_without_any_identifier_passes() -> None:
    assert right(None, None) == [True, True]
    assert right() == []


@given(st.lists(st.text(_CHARACTERS, min_size=18, max_size=18), min_size=1, max_size=20), st.integers(0, 99))
def test_fast_check_agrees_with_the_definition(stems: list[str], digits: int) -> None:
    leis = [f"{stem}{digits:02d}" for stem in stems] + [with_check_digits(stem) for stem in stems]
    assert right(*leis, *leis) == [by_definition(lei) for lei in [*leis, *leis]]


@given(st.text(_CHARACTERS, min_size=18, max_size=18), st.integers(0, 17), st.sampled_from(_CHARACTERS))
def test_one_changed_character_is_always_found(stem: str, place: int, character: str) -> None:
    lei = with_check_digits(stem)
    other = lei[:place] + character + lei[place + 1 :]
    assert right(other) == [other == lei or by_definition(other)]


def test_check_digits_are_made_for_eighteen_capitals_or_digits_only() -> None:
    assert with_check_digits("529900T8BM49AURSDO") == "529900T8BM49AURSDO55"
    with pytest.raises(ValueError, match="18 capitals or digits"):
        with_check_digits("529900T8BM49AURSD")


def test_form_of_an_identifier_takes_ascii_capitals_only() -> None:
    cells = pd.Series(
        [_REAL[0], "529900T8BM49AURSDO5A", "529900t8BM49AURSDO55", "\uff1529900T8BM49AURSDO55", None], dtype="str"
    )
    passes = lei_form(pd.DataFrame({"lei": cells}), ("lei",))
    assert passes.tolist() == [True, False, False, False, True]
    assert passes.dtype == np.bool_


def test_code_lists_are_complete_and_dated() -> None:
    codes = load_codes()
    assert len(codes["country"].codes) == 249 + len({"XK", "ZZ"})
    assert {"NA", "NO", "XK", "ZZ", "UK", "XX"} & codes["country"].codes == {"NA", "NO", "XK", "ZZ"}
    assert len(codes["currency"].codes) > 170
    assert {"EUR", "USD", "XCG"} <= codes["currency"].codes
    assert not {"XTS", "XXX", "BTC"} & codes["currency"].codes
    assert codes["currency"].as_of == date(2026, 1, 1)


def test_a_currency_that_was_replaced_is_known_with_its_successor_and_day() -> None:
    currencies = load_codes()["currency"]
    assert "HRK" in currencies
    assert "HRK" not in currencies.codes
    assert currencies.withdrawn["HRK"] == ("EUR", date(2023, 1, 1))
    assert "ABC" not in currencies
