"""Patterns of the rows in the XML of a worksheet that need no second look, so that expat need not see them."""

from __future__ import annotations

import re

from reporting.intake.cell_names import letters

Pattern = re.Pattern[bytes]


def row_patterns(columns: int, prefix: bytes) -> tuple[Pattern, Pattern]:
    """Patterns of an ordinary row (its number is the group) and of a row without values, given the columns known.

    An ordinary row has a plain number, is not hidden, holds at least one value, and every cell carries the row's
    number and one of the known columns, is no error, and has one value, in plain text, if it has a formula.
    """
    tag = re.escape(prefix)
    style = rb'(?: s="\d++")?+'
    seen = rb"(?: (?:hidden=\"(?:0|false)\"|(?!hidden|r=|xmlns|ht=\"[0.]*\")[\w:.]++=\"[^\"<>]*+\"))*+"
    opening = rb"<%brow r=\"(NUMBER)\"%b" % (tag, seen)
    blank = rb"<%bc r=\"[A-Z]{1,3}%%b\"%b/>" % (tag, style)
    valued = rb"<%bc r=\"(?:%b)\1\"%b(?:%b)</%bc>" % (tag, _up_to(columns), style, _content(tag), tag)
    ordinary = opening.replace(b"NUMBER", rb"[1-9]\d{0,6}") + (
        rb">(?:%b)*+%b(?:%b|%b)*+</%brow>" % (blank % rb"\1", valued, valued, blank % rb"\1", tag)
    )
    empty = opening.replace(b"(NUMBER)", rb"[1-9]\d{0,6}") + rb"(?:/>|>(?:%b)*+</%brow>)" % (blank % rb"\d{1,7}", tag)
    return re.compile(ordinary), re.compile(empty)


def _content(tag: bytes) -> bytes:
    """Pattern of type and content of a cell whose value every reader understands in the same way.

    In a number a reference such as `&#53;` is left out here: not every reader resolves it there.
    """
    value, end = rb"<%bv>" % tag, rb"</%bv>" % tag
    formula = rb"(?:<%bf(?: \w++=\"[^\"<>]*+\")*+(?:/>|>[^<]*+</%bf>))?+" % (tag, tag)
    number = rb">%b%b[^<&]++%b" % (formula, value, end)
    inline = rb"<%bis><%bt(?: xml:space=\"preserve\")?+>[^<]++</%bt></%bis>" % (tag, tag, tag, tag)
    typed = (
        rb's">%b\d{1,9}%b' % (value, end),
        rb'str">%b%b[^<]++%b' % (formula, value, end),
        rb'b">%b%b[01]%b' % (formula, value, end),
        rb'[nd]"%b' % number,
        rb'inlineStr">%b' % inline,
    )
    return rb'%b| t="(?:%b)' % (number, b"|".join(typed))


def _up_to(columns: int) -> bytes:
    """Pattern of the names of that many columns, from A on."""
    last = letters(columns - 1)
    shorter = [f"[A-Z]{{{length}}}" for length in range(1, len(last))]
    same = [
        last[:at] + f"[A-{chr(ord(last[at]) - 1)}]" + "[A-Z]" * (len(last) - at - 1)
        for at in range(len(last) - 1)
        if last[at] > "A"
    ]
    return "|".join([*shorter, *same, f"{last[:-1]}[A-{last[-1]}]"]).encode()
