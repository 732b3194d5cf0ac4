"""Numbers of things in messages."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """`1 row`, `2 rows`: for things whose plural ends in s."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
