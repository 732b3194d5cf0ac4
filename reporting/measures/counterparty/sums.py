"""Sums by group that do not depend on the order of their terms, and groups of rows that agree in several codes."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np

from reporting.measures.arrays import FloatArray
from reporting.measures.counterparty.columns import Codes

_BITS = 53  # of a binary64 number
_KEPT = 90  # bits of the largest value down to which sums are exact
_MOST_COMBINATIONS = 2**62


def plain_sums(codes: Codes, values: FloatArray, size: int) -> FloatArray:
    """(size,) the sum of `values` (n,) of each group, added in the order of the rows."""
    found: FloatArray = np.bincount(codes, values, size).astype(np.float64, copy=False)
    return found


def sums_by(codes: Codes, values: FloatArray, size: int) -> FloatArray:
    """(size,) the sum of `values` (n,) of each group; zero for a group without rows.

    Each value is split at fixed powers of two (Demmel and Nguyen 2013, reproducible summation): the parts of one level
    add up without rounding, so that their order changes nothing. What the last level leaves is below 2^-90 of the
    largest value and is added as it comes.
    """
    if not len(values):
        return np.zeros(size)
    most = int(np.bincount(codes, minlength=size).max())
    largest = float(np.abs(values).max())
    if most == 1 or largest == 0.0:
        return plain_sums(codes, values, size)
    room = most.bit_length() + 1
    splitter = np.ldexp(1.0, int(np.frexp(largest)[1]) + room)
    parts, rest = [], values
    for _ in range(ceil(_KEPT / (_BITS - room))):
        high = (rest + splitter) - splitter
        parts.append(plain_sums(codes, high, size))
        rest = rest - high
        splitter = np.ldexp(splitter, room - _BITS)
    total = plain_sums(codes, rest, size)
    for part in reversed(parts):
        total = total + part
    return total


def grouped(keys: Sequence[tuple[Codes, int]]) -> tuple[Codes, Codes]:
    """Groups of rows that agree in all keys: the group of each row (n,) and one row of each group (groups,).

    keys   pairs of codes (n,) from BLANK on and the number of different codes, BLANK included; groups come in the order
           of the keys
    """
    combined, combinations = keys[0][0].astype(np.int64), keys[0][1]
    for codes, size in keys[1:]:
        if combinations * size >= _MOST_COMBINATIONS:
            combined, member = _ranked(combined, combinations)
            combinations = len(member)
        combined *= size
        combined += codes
        combinations *= size
    return _ranked(combined, combinations)


def _ranked(keys: Codes, combinations: int) -> tuple[Codes, Codes]:
    """Keys (n,) numbered from 0 on in ascending order, and one row of each.

    By sorting, which does not slow down, as hashing does, where nearly every key is another one.

    combinations   more than the largest size of a key
    """
    order, ordered = _sorted(keys, combinations)
    begins = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    rank = np.empty(len(keys), dtype=np.int64)
    rank[order] = np.cumsum(begins) - 1
    return rank, order[begins]


def _sorted(keys: Codes, combinations: int) -> tuple[Codes, Codes]:
    """The rows in the order of their keys, and the keys in that order."""
    bits = len(keys).bit_length()
    if combinations << bits >= _MOST_COMBINATIONS:
        order = np.argsort(keys)
        return order, keys[order]
    packed = (keys << bits) + np.arange(len(keys))  # numbers are sorted in half the time that their places take
    packed.sort()
    return packed & ((1 << bits) - 1), packed >> bits
