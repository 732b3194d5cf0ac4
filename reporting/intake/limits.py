"""How large an input may be, and what the process that parses it may use: all set before a foreign file is opened."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one submission. A file beyond one of them is refused with a problem that says which.

    file_bytes       size on disk; the files of a folder together
    inflated_bytes   what the parts of a zipped workbook inflate to, together
    ratio            inflated bytes for one byte stored, of any part (and of all together) that inflates to more than
                     `ratio_from` bytes. Real sheets stay below 60, an archive bomb comes near 1,000
    members          parts of a zipped workbook
    sheets           sheets of a workbook, or files of a folder
    rows, columns    last row and column that hold anything, counted from row 1 and column A
    cells            rows times columns, over all sheets: empty cells inside the used range take memory too
    value_bytes      size of the values in all cells, of which a number takes 9 bytes and a text its length and 5
                     more: a text that is stored once may stand in a million cells
    faults           cells of one sheet that hold an error or a formula without a stored value
    child_memory     bytes of address space of the process that parses; the second wall behind the limits above
    child_seconds    seconds that it may take, of the clock and of the processor
    """

    file_bytes: int = 100 * MIB
    inflated_bytes: int = GIB
    ratio: int = 200
    ratio_from: int = 100 * MIB
    members: int = 1_000
    sheets: int = 64
    rows: int = 1_048_576
    columns: int = 1_024
    cells: int = 30_000_000
    value_bytes: int = 400 * MIB
    faults: int = 200_000
    child_memory: int = 2 * GIB
    child_seconds: int = 120


def size_text(size: int) -> str:
    """A number of bytes for people: `812 bytes`, `5.1 KiB`, `100.0 MiB`."""
    for unit, bytes_of in (("GiB", GIB), ("MiB", MIB), ("KiB", 1024)):
        if size >= bytes_of:
            return f"{size / bytes_of:,.1f} {unit}"
    return f"{size} bytes"
