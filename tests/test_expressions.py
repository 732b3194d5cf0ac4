from __future__ import annotations

import math
import pickle
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reporting.expressions import KEY, RATES, Expression, ExpressionError, Reference, parse
from reporting.expressions.nodes import (
    Arithmetic,
    Choice,
    Comparison,
    Function,
    Kind,
    Logic,
    Negative,
    Node,
    Not,
    Number,
    Referring,
    Text,
    children,
)
from tests.render.libreoffice import recalculated, soffice

VALUES: Mapping[str, float] = {"a": 2.0, "b": -3.5, "c": 1_000.0, "zero": 0.0, "x.y": 0.25}


def cell(reference: Reference) -> str:
    by = f" by {reference.by}" if reference.by else ""
    at = f" at {', '.join(reference.at)}" if reference.at else ""
    where = " where " + " ".join(f"{column}={value}" for column, value in reference.where) if reference.where else ""
    return f"[{reference.kind} {reference.name}{by}{at}{where}]"


# --- Reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a.b.c", 0, "at most one dot"),
        ("1 + __import__('os')", 4, "unknown function"),
        ("a if b else 'x'", 12, "text is allowed only in a comparison"),
        ("a < b", 0, "a condition stands where a number is needed"),
        ("a if 1 else 2", 5, "a condition is needed"),
        ("a if 1 < b < 2 else 3", 5, "one comparison at a time"),
        ("a if 'x' < b else 1", 5, "by == or !="),
        ("a if 'x' == 'y' else 1", 5, "by == or !="),
        ("total(a, by='x')", 12, "`by`"),
        ("total(a, of=b)", 12, "`by`"),
        ("count(a, by=b)", 12, "`by`"),
        ("total()", 0, "takes one name"),
        ("total(a, b=c)", 11, "other words a constant"),
        ("largest(a, b=1)", 13, "other words a constant"),
        ("a['x'] if same(b) else 1", 10, "same takes two names"),
        ("1 if given(a, b) else 1", 5, "given takes one name"),
        ("a[b + 1]", 0, "brackets hold"),
        ("a[b:c:d]", 0, "brackets hold"),
        ("1 + blank", 4, "stands only as a branch"),
        ("computed * 2", 0, "stands only as a branch"),
        ("total(a + b)", 6, "a name is needed"),
        ("min()", 0, "takes 1 to 30 numbers"),
        ("abs(a, b)", 0, "takes one number"),
        ("a ** 2", 0, "not allowed"),
        ("+a", 0, "not allowed"),
        ("a[1]", 0, "not allowed"),
        ("key + 1", 0, "only in brackets"),
        ("1 + unavailable", 4, "stands only as a branch"),
        ("1 if unavailable else 2", 5, "stands only as a branch"),
        ("lambda: 1", 0, "not allowed"),
        ("[x for x in a]", 0, "not allowed"),
        ("a.b()", 0, "unknown function"),
        ("True", 0, "only numbers"),
        ("1j", 0, "only numbers"),
        ("1e999", 0, "too large"),
        ("1" * 400, 0, "too large"),
        ("a if x == 'é' else ü", 19, "a name is needed"),
    ],
)
def test_what_is_not_allowed_is_refused_with_a_caret_at_the_place(text: str, place: int, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert message in caught.value.message
    assert str(caught.value).splitlines()[1:] == [f"  {text}", "  " + " " * place + "^"]


@pytest.mark.parametrize("text", ["", "a +", "(" * 300 + "1", "-" * 300 + "1", "a\0b", "1if a>b else 2", "a" * 5000])
def test_what_python_itself_cannot_read_is_an_expression_error(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def test_names_are_those_of_facts_figures_and_parameters() -> None:
    expression = parse(
        "total(rows.nominal, by=bucket) * factors[key] + (a if flag else entity.unit) + stated(b) * rate(c)"
    )
    assert expression.names() == {"rows.nominal", "factors", "a", "flag", "entity.unit", "b", "c"}
    assert Reference("total", "rows.nominal", "bucket") in expression.references()


def test_an_error_survives_the_way_from_a_worker_process() -> None:
    error = ExpressionError("wrong", "a + b", 4)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes
    assert pickle.loads(pickle.dumps(parse("a + 1"))) == parse("a+1.0")  # noqa: S301 - as above


# --- Evaluating ------------------------------------------------------------------------------------------------------


def test_totals_are_exact_and_leave_blanks_out() -> None:
    amounts = np.array([1e16, 1.0, math.nan, -1e16])
    assert parse("total(f)").evaluate({"f": amounts}) == 1.0
    assert parse("count(f)").evaluate({"f": amounts}) == 3.0


def test_a_selection_of_nothing_totals_to_zero_and_counts_zero() -> None:
    assert parse("total(f) + count(f)").evaluate({"f": None}) == 0.0
    assert parse("total(f) if count(f) > 0 else 7").evaluate({"f": np.array([])}) == 7.0


def test_totals_by_key_follow_the_keys_of_the_table() -> None:
    rows = pd.DataFrame({"bucket": ["x", "y", None, "x"], "nominal": [1.0, 2.0, 4.0, 8.0]})
    names: dict[str, object] = {
        "rows": rows,
        KEY: pd.Series(["y", "x", "none"]),
        "factors": {"x": 50, "y": 20, "none": 1},
    }
    expression = parse("total(rows.nominal, by=bucket) * factors[key] / 100")
    assert np.array_equal(np.asarray(expression.evaluate(names)), [0.4, 4.5, 0.0])
    assert expression.evaluate({**names, KEY: "x"}) == 4.5


def test_blank_spoils_a_row_unless_it_is_read_as_stated() -> None:
    names = {"a": pd.Series([1.0, None]), "b": pd.Series([None, 2.0], dtype="Float64"), "entity": {"unit": 10}}
    assert np.isnan(np.asarray(parse("a * entity.unit").evaluate(names))).tolist() == [False, True]
    assert np.array_equal(np.asarray(parse("stated(a) + stated(b)").evaluate(names)), [1.0, 2.0])


def test_a_currency_without_a_rate_has_no_value() -> None:
    names = {"currency": pd.Series(["EUR", "USD", None, "JPY"]), RATES: {"EUR": 1.0, "USD": 0.9}}
    rates = np.asarray(parse("rate(currency)").evaluate(names))
    assert rates[:2].tolist() == [1.0, 0.9]
    assert np.isnan(rates[2:]).all()


@pytest.mark.parametrize(
    "text",
    ["a / zero", "sqrt(b)", "exp(c)", "1e308 * c", "a / zero if a > 1 else 1", "1 if a > 1 and a / zero > 1 else 2"],
)
def test_a_single_value_that_is_no_finite_number_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text).evaluate(VALUES)


def test_the_branch_that_is_not_taken_is_not_computed() -> None:
    assert parse("1 if zero == 0 else a / zero").evaluate(VALUES) == 1.0


def test_a_branch_that_is_unavailable_is_an_error_in_python_and_na_in_a_formula() -> None:
    expression = parse("a if zero > 0 else unavailable")
    assert parse("a if zero == 0 else unavailable").evaluate(VALUES) == 2.0
    with pytest.raises(ExpressionError, match="not available"):
        expression.evaluate(VALUES)
    assert expression.to_formula(lambda reference: reference.name) == "IF(zero>0,a,NA())"
    assert expression.names() == {"a", "zero"}
    assert parse(str(expression)) == expression


def test_in_a_column_a_branch_that_is_unavailable_is_nan() -> None:
    values = np.asarray(parse("v if v > 0 else unavailable").evaluate({"v": np.array([4.0, -1.0])}))
    assert np.array_equal(values, [4.0, math.nan], equal_nan=True)


def test_in_a_column_what_cannot_be_computed_is_nan_and_spoils_conditions() -> None:
    names = {"v": np.array([4.0, 0.0, -1.0, math.nan])}
    assert np.array_equal(np.asarray(parse("1 / v").evaluate(names)), [0.25, math.nan, -1.0, math.nan], equal_nan=True)
    chosen = np.asarray(parse("1 if 1 / v > 0 and v < 9 else 2").evaluate(names))
    assert np.array_equal(chosen, [1.0, math.nan, 2.0, math.nan], equal_nan=True)


def test_texts_are_compared_letter_by_letter() -> None:
    names = {"t": pd.Series(["EUR", "eur", None])}
    assert np.asarray(parse("1 if t == 'EUR' else 0").evaluate(names)).tolist() == [1.0, 0.0, 0.0]
    assert np.asarray(parse("1 if 'EUR' != t else 0").evaluate(names)).tolist() == [0.0, 1.0, 1.0]
    assert parse("1 if t == 'EUR' else 0").evaluate({"t": "EUR"}) == 1.0


def test_flags_must_be_booleans() -> None:
    assert parse("1 if f else 2").evaluate({"f": True}) == 1.0
    assert parse("1 if not f else 2").evaluate({"f": None}) == 1.0
    with pytest.raises(ExpressionError, match="f is not a boolean"):
        parse("1 if f else 2").evaluate({"f": 1.0})
    with pytest.raises(ExpressionError, match="f is not a number"):
        parse("f + 1").evaluate({"f": True})


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(ExpressionError, match="unknown name tier_capital, did you mean tier1_capital"):
        parse("tier_capital").evaluate({"tier1_capital": 1.0})
    with pytest.raises(ExpressionError, match=r"did you mean entity\.unit"):
        parse("entity.units").evaluate({"entity": {"unit": 1}})


BOOKS = pd.DataFrame({"isbn": ["a", "b", "c"], "price": [3.0, math.nan, 7.0], "paper": [True, None, False]})
SHELVES = pd.DataFrame({"first": ["c", "a"], "room": [1.0, 2.0]}, index=pd.Index(["top", "low"], name="shelf"))


def evaluated(text: str, **own: object) -> list[float]:
    """The value in two rows of a table: on the shelf low stands b, on the shelf top c, and on a third nothing."""
    shelves = pd.Series(["low", "top", None])
    names = {"books": BOOKS, "shelves": SHELVES, "shelf": shelves, "book": pd.Series(["b", "c", None]), KEY: shelves}
    found = np.broadcast_to(np.asarray(parse(text).evaluate({**names, **own}), dtype=np.float64), 3)
    return [float(value) for value in found]


def test_a_cell_is_looked_up_in_the_row_that_has_what_the_own_row_has() -> None:
    assert evaluated("shelves.room[shelf] if given(shelf) else -1") == [2.0, 1.0, -1.0]
    assert evaluated("1 if shelves.first[shelf] == 'c' else 0") == [0.0, 1.0, 0.0]
    assert evaluated("1 if given(books.price[isbn: book]) else 0") == [0.0, 1.0, 0.0]
    assert evaluated("stated(books.price[isbn: book])") == [0.0, 7.0, 0.0]
    assert evaluated("1 if books.paper[isbn: book] else 0", book=pd.Series(["a", "b", "c"])) == [1.0, 0.0, 0.0]
    several = {"room": pd.Series([2.0, 1.0, 2.0])}
    assert evaluated("stated(shelves.room[shelf, room])", **several) == [2.0, 1.0, 0.0]
    with pytest.raises(ExpressionError, match="no column author"):
        evaluated("books.price[author]")


def test_an_entry_of_a_mapping_is_named_or_looked_up_by_a_column() -> None:
    factors = {"b": 5.0, "c": 6.0}
    assert evaluated("factors['c']", factors=factors) == [6.0, 6.0, 6.0]
    assert np.array_equal(evaluated("factors[book]", factors=factors), [5.0, 6.0, math.nan], equal_nan=True)
    with pytest.raises(ExpressionError, match="no value for 'x'"):
        evaluated("factors['x']", factors=factors)


def test_cells_are_the_same_with_the_same_content_or_none() -> None:
    names = {"a": pd.Series(["x", "X", None, "y"]), "b": pd.Series(["x", "x", None, None])}
    assert np.asarray(parse("1 if same(a, b) else 0").evaluate(names)).tolist() == [1.0, 0.0, 1.0, 0.0]
    numbers = {"a": pd.Series([1.0, math.nan, 2.0]), "b": pd.Series([1.0, math.nan, 3.0])}
    assert np.asarray(parse("1 if same(a, b) else 0").evaluate(numbers)).tolist() == [1.0, 1.0, 0.0]
    assert parse("1 if same(a, b) else 0").evaluate({"a": "x", "b": "x"}) == 1.0


def test_a_total_asks_for_constants_and_for_what_the_own_row_has() -> None:
    trades = pd.DataFrame(
        {"set": ["x", "x", "y"], "bucket": [1.0, 2.0, 1.0], "kind": ["p", "p", "q"], "v": [1.0, 2.0, 4.0]}
    )
    names = {"trades": trades, "set": pd.Series(["y", "x", None]), KEY: pd.Series(["k", "l", "m"])}
    assert np.asarray(parse("total(trades.v, by=set, bucket=1)").evaluate(names)).tolist() == [4.0, 1.0, 0.0]
    assert np.asarray(parse("largest(trades.v, by=set)").evaluate(names)).tolist() == [4.0, 2.0, 0.0]
    assert parse("total(trades.v, kind='p')").evaluate(names) == 3.0


def test_blank_and_computed_stand_for_an_empty_cell_and_for_the_value_of_the_program() -> None:
    names = {"v": np.array([4.0, -1.0]), "computed": np.array([8.0, 9.0])}
    assert np.array_equal(np.asarray(parse("v if v > 0 else blank").evaluate(names)), [4.0, math.nan], equal_nan=True)
    assert np.asarray(parse("v if v > 0 else computed").evaluate(names)).tolist() == [4.0, 9.0]
    assert np.asarray(parse("computed").evaluate(names)).tolist() == [8.0, 9.0]
    assert str(parse("computed")) == "computed"
    assert parse("ln(a) if a > 0 else blank").evaluate({"a": math.e}) == 1.0


# --- Formulas --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("a - (b - c)", "[value a]-([value b]-[value c])"),
        ("-(a + b) * 2.50", "-([value a]+[value b])*2.5"),
        ("a / (b * c)", "[value a]/([value b]*[value c])"),
        ("1e22 + 100", "1E+22+100"),
        ("a if a >= b and not c != 1 else 0", "IF(AND([value a]>=[value b],NOT([value c]<>1)),[value a],0)"),
        ("1 if t == 'a\"b' or f else 0", 'IF(OR(EXACT([text t],"a""b"),([flag f]=TRUE)),1,0)'),
        ("1 if t != 'x' else 0", 'IF(NOT(EXACT([text t],"x")),1,0)'),
        ("min(a, 1) + norm_cdf(b)", "MIN([value a],1)+NORMSDIST([value b])"),
        ("total(f.x, by=k) * g[key]", "[total f.x by k]*[lookup g at key]"),
        ("v if given(v) else blank", 'IF(([given v]<>""),[value v],"")'),
        ("1 if same(a, t.b[key]) else computed", 'IF(EXACT([text a]&"",[text t.b at key]&""),1,[computed ])'),
        ("ln(t.b[a, x: y]) + p['it''s']", "LN([lookup t.b at a, x: y])+[entry p at its]"),
        ("total(t.x, by=k, n=2, m='z')", "[total t.x by k where n=2.0 m=z]"),
        ("stated(a) * rate(c)", "N([stated a])*[rate c]"),
    ],
)
def test_formulas_are_written_with_the_functions_of_spreadsheets(text: str, formula: str) -> None:
    assert parse(text).to_formula(cell) == formula


# --- Any expression --------------------------------------------------------------------------------------------------

_NAMES = ["a", "b", "c", "zero", "x.y"]
_CENTS = st.integers(0, 10**7).map(lambda cents: cents / 100)
_NUMBERS = st.one_of(_CENTS, st.floats(0, 1e300, allow_nan=False, allow_infinity=False))
_TEXTS = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=8).filter(str.isprintable)


@st.composite
def expressions(draw: st.DrawFn, numbers: st.SearchStrategy[float], kinds: tuple[Kind, ...], texts: bool) -> Expression:
    """Any expression whose leaves are `numbers` and references of `kinds`; with texts and flags where `texts` holds."""

    def refer(kind: Kind) -> Node:
        return Referring(Reference(kind, draw(st.sampled_from(_NAMES)), at=draw(st.sampled_from(_PLACES[kind]))))

    def number(depth: int) -> Node:
        form = draw(st.sampled_from("#%" if not depth else "#%-++**//?fgm"))
        if form in "#%":
            return Number(draw(numbers)) if form == "#" else refer(draw(st.sampled_from(kinds)))
        one = number(depth - 1)
        if form == "-":
            return Negative(one)
        if form == "?":
            return Choice(condition(depth - 1), one, number(depth - 1))
        if form == "f":
            return Function(draw(st.sampled_from(["abs", "sqrt", "norm_cdf"])), (one,))
        if form == "g":
            return Function("exp", (Function("min", (one, Number(20.0))),))
        if form == "m":
            return Function(
                draw(st.sampled_from(["min", "max"])), (one, *(number(0) for _ in range(draw(st.integers(0, 2)))))
            )
        return Arithmetic(form, one, number(depth - 1))

    def condition(depth: int) -> Node:
        form = draw(st.sampled_from(("<", "<", "=", "!", "&") if depth else ("<", "=")))
        if form == "!":
            return Not(condition(depth - 1))
        if form == "&":
            return Logic(draw(st.sampled_from(["and", "or"])), (condition(depth - 1), condition(depth - 1)))
        if form == "=" and texts:
            equal = draw(st.sampled_from(["==", "!="]))
            return draw(st.sampled_from([refer("flag"), Comparison(equal, refer("text"), Text(draw(_TEXTS)))]))
        sign = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
        return Comparison(sign, number(max(depth - 1, 0)), number(0))

    return Expression(number(draw(st.integers(0, 4))))


# What stands in brackets behind a name.
_PLACES: Mapping[Kind, list[tuple[str, ...]]] = defaultdict(
    lambda: [()],
    {
        "lookup": [("key",), ("k",), ("k", "other_k")],
        "entry": [("a",), ("it's",)],
        "text": [(), ("k",)],
        "flag": [(), ("key",)],
        "stated": [(), ("k",)],
    },
)
_ANY_KIND: tuple[Kind, ...] = ("value", "total", "count", "lookup", "entry", "stated", "rate")


@given(expressions(_NUMBERS, _ANY_KIND, texts=True))
@settings(max_examples=400)
def test_what_is_written_is_read_as_the_same_expression(expression: Expression) -> None:
    assert parse(str(expression)) == expression
    assert str(parse(str(expression))) == str(expression)


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_any_text_is_either_read_or_refused_as_an_expression_error(text: str) -> None:
    try:
        expression = parse(text)
    except ExpressionError:
        return
    assert parse(str(expression)) == expression


def _scale(node: Node, names: Mapping[str, float]) -> float:
    """The largest number that occurs on the way: what a rounding error is measured against."""
    below = max((_scale(child, names) for child in children(node)), default=0.0)
    try:
        return max(below, abs(float(np.asarray(Expression(node).evaluate(names)))))
    except ExpressionError:
        return below


@pytest.mark.slow
@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_python_and_libreoffice_compute_the_same(tmp_path: Path) -> None:
    """600 random expressions in one workbook. Numbers are cents, as LibreOffice takes near numbers for equal."""
    found: dict[Expression, float] = {}

    @given(expressions(_CENTS, ("value",), texts=False))
    @settings(max_examples=900, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def collect(expression: Expression) -> None:
        try:
            value = expression.evaluate(VALUES)
        except ExpressionError:
            return
        if isinstance(value, float) and len(str(expression)) < 2_000:
            found[expression] = value

    collect()
    assert len(found) >= 300
    path = tmp_path / "expressions.xlsx"
    _write(path, found)
    computed = recalculated(path)
    differing = []
    for row, (expression, value) in enumerate(found.items(), 1):
        result = computed.get(("Sheet1", f"A{row}"))
        near = isinstance(result, int | float) and abs(result - value) <= 1e-9 * max(
            1.0, _scale(expression.node, VALUES)
        )
        if not near:
            differing.append((str(expression), value, result))
    assert not differing


def _write(path: Path, expressions: Mapping[Expression, float]) -> None:
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet("Sheet1")
    places = {name: f"$C${row}" for row, name in enumerate(VALUES, 1)}
    for row, value in enumerate(VALUES.values()):
        sheet.write_number(row, 2, value)
    for row, expression in enumerate(expressions):
        sheet.write_formula(row, 0, "=" + expression.to_formula(lambda reference: places[reference.name]), None, 999)
    workbook.close()


def test_a_blank_cell_in_a_sum_is_no_number_for_the_first_that_is_not_blank() -> None:
    text = parse("first(a, b - c)").to_formula(lambda reference: reference.name)
    assert text == "IF(ISNUMBER(a),a,IF(AND(ISNUMBER(b),ISNUMBER(c),ISNUMBER(b-c)),b-c,NA()))"
